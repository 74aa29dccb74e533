//! Constraints of tables and domains.

use std::collections::HashMap;

use tokio_postgres::GenericClient;

use super::{
    ReadError,
    reader::{Cells, Class, Reader, column_names},
};
use crate::{
    id::{Kind, ObjectId, QualifiedName},
    object::{Action, Constraint, ConstraintRule, Expression, ForeignKey},
};

pub(super) async fn read<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    let rows = reader.ask("constraints", &query(reader)).await?;
    let copies = Copies::new(&rows)?;
    for row in rows {
        let oid: u32 = row.get("oid")?;
        if copies.is_of_partition(oid) {
            continue;
        }
        let owner = match (row.get("conrelid")?, row.get("contypid")?) {
            (0, domain) => match reader.ids.get(&(Class::Type, domain, 0)) {
                Some(id) => id.owner(),
                None => continue,
            },
            (table, _) => match reader.relation(table) {
                Some(relation) => relation.name,
                None => continue,
            },
        };
        let id = ObjectId::part(Kind::Constraint, &owner, row.get::<String>("name")?);
        let rule = rule(&row)?;
        let constraint = Constraint {
            deferrable: row.get("condeferrable")?,
            deferred: row.get("condeferred")?,
            validated: row.get("convalidated")?,
            // The server sets it for every key of a table without partitions, where it says nothing.
            no_inherit: matches!(rule, ConstraintRule::Check { .. }) && row.get("connoinherit")?,
            enforced: row.get("enforced")?,
            period: row.get("period")?,
            rule,
        };
        reader.put(Class::Constraint, oid, id, constraint);
    }
    Ok(())
}

fn query<C: GenericClient>(reader: &Reader<'_, C>) -> String {
    let columns = column_names("k.conkey", "k.conrelid");
    let referenced = column_names("k.confkey", "k.confrelid");
    let index = column_names("i.indkey::int2[]", "i.indrelid");
    let set = if reader.since(15) {
        column_names("k.confdelsetcols", "k.conrelid")
    } else {
        "NULL::text[]".to_owned()
    };
    let nulls = if reader.since(15) { "i.indnullsnotdistinct" } else { "false" };
    let period = if reader.since(18) { "k.conperiod" } else { "false" };
    let enforced = if reader.since(18) { "k.conenforced" } else { "true" };
    format!(
        "SELECT k.oid, k.conname::text AS name, k.contype::text, k.conrelid, k.contypid, k.conparentid, \
         k.confrelid, k.condeferrable, k.condeferred, k.convalidated, k.connoinherit, {enforced} AS enforced, \
         {period} AS period, \
         CASE WHEN k.contype = 'c' THEN pg_get_expr(k.conbin, k.conrelid) END AS condition, \
         {columns} AS columns, {index} AS index_columns, i.indnkeyatts::int4 AS key_columns, \
         coalesce({nulls}, false) AS nulls_not_distinct, n.nspname::text AS referenced_schema, \
         f.relname::text AS referenced_table, {referenced} AS referenced_columns, k.confupdtype::text, \
         k.confdeltype::text, k.confmatchtype = 'f' AS match_full, {set} AS set_columns \
         FROM pg_constraint AS k LEFT JOIN pg_class AS f ON f.oid = k.confrelid \
         LEFT JOIN pg_namespace AS n ON n.oid = f.relnamespace \
         LEFT JOIN pg_index AS i ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u') \
         WHERE k.connamespace = ANY ($1) AND k.contype IN ('c', 'f', 'p', 'u', 'x')"
    )
}

/// Which foreign keys are copies of others.
///
/// Where the referencing table has partitions, each has a key of its own, which is a constraint like others.
/// Where the referenced table has partitions, the server keeps a copy for each of those on the same table,
/// which nobody can name in a statement: its root points elsewhere.
struct Copies(HashMap<u32, (u32, u32)>);

impl Copies {
    fn new(rows: &[Cells]) -> Result<Self, ReadError> {
        let keys = rows.iter().map(|row| {
            Ok::<_, ReadError>((row.get("oid")?, (row.get("conparentid")?, row.get("confrelid")?)))
        });
        Ok(Self(keys.collect::<Result<_, _>>()?))
    }

    fn is_of_partition(&self, oid: u32) -> bool {
        let Some((mut parent, references)) = self.0.get(&oid).copied() else { return false };
        let mut root_references = references;
        while let Some((next, references)) = self.0.get(&parent).copied() {
            (parent, root_references) = (next, references);
        }
        references != root_references
    }
}

fn rule(row: &Cells) -> Result<ConstraintRule, ReadError> {
    Ok(match row.get("contype")? {
        "c" => ConstraintRule::Check {
            condition: Expression(row.get("condition")?),
            columns: row.names("columns")?,
        },
        "p" => ConstraintRule::PrimaryKey { columns: row.names("columns")?, include: include(row)? },
        "u" => ConstraintRule::Unique {
            columns: row.names("columns")?,
            include: include(row)?,
            nulls_not_distinct: row.get("nulls_not_distinct")?,
        },
        "f" => ConstraintRule::ForeignKey(ForeignKey {
            columns: row.names("columns")?,
            references: QualifiedName::new(
                row.get::<String>("referenced_schema")?,
                row.get::<String>("referenced_table")?,
            ),
            referenced_columns: row.names("referenced_columns")?,
            on_update: row.code("confupdtype", action)?,
            on_delete: row.code("confdeltype", action)?,
            set_columns: row.names("set_columns")?,
            match_full: row.get("match_full")?,
        }),
        "x" => ConstraintRule::Exclude { columns: row.list("columns")? },
        other => return Err(ReadError::unknown(row.what, format!("contype = {other}"))),
    })
}

/// The columns behind those of the key, which only the index knows.
fn include(row: &Cells) -> Result<Vec<String>, ReadError> {
    let keys: Option<i32> = row.get("key_columns")?;
    let columns: Vec<String> = row.names("index_columns")?;
    Ok(columns.into_iter().skip(keys.and_then(|keys| keys.try_into().ok()).unwrap_or(usize::MAX)).collect())
}

fn action(code: &str) -> Option<Action> {
    Some(match code {
        "a" => Action::NoAction,
        "r" => Action::Restrict,
        "c" => Action::Cascade,
        "n" => Action::SetNull,
        "d" => Action::SetDefault,
        _ => return None,
    })
}
