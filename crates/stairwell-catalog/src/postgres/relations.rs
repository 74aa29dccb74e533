//! Tables, views and materialised views; of sequences and composite types, that they exist.

use std::collections::HashMap;

use tokio_postgres::GenericClient;

use super::{
    ReadError,
    reader::{Cells, Class, Reader, Relation, column_names, no_member},
};
use crate::{
    id::{Kind, ObjectId, QualifiedName},
    object::{Expression, Object, ReplicaIdentity, Table, TableKind, View},
};

pub(super) async fn read<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    let parents = parents(reader).await?;
    let key = column_names("p.partattrs::int2[]", "c.oid");
    let own = no_member("pg_class", "c.oid");
    let sql = format!(
        "SELECT c.oid, c.relnamespace, c.relname::text AS name, c.relkind::text, \
         c.relpersistence = 'u' AS unlogged, c.relrowsecurity, c.relforcerowsecurity, c.relreplident::text, \
         c.relispopulated, c.reloptions, pg_get_expr(c.relpartbound, c.oid) AS bound, c.reloftype, \
         CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END AS query, \
         p.partstrat::text, {key} AS partition_key, \
         ARRAY(SELECT 'toast.' || o FROM pg_class AS t, unnest(t.reloptions) AS o \
         WHERE t.oid = c.reltoastrelid) AS toast_options, \
         (SELECT s.srvname::text FROM pg_foreign_table AS f JOIN pg_foreign_server AS s ON s.oid = f.ftserver \
         WHERE f.ftrelid = c.oid) AS server, \
         (SELECT f.ftoptions FROM pg_foreign_table AS f WHERE f.ftrelid = c.oid) AS foreign_options, \
         (SELECT x.relname::text FROM pg_index AS i JOIN pg_class AS x ON x.oid = i.indexrelid \
         WHERE i.indrelid = c.oid AND i.indisreplident) AS replica_index \
         FROM pg_class AS c LEFT JOIN pg_partitioned_table AS p ON p.partrelid = c.oid \
         WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S', 'c') AND c.relpersistence <> 't' \
         AND c.relnamespace = ANY ($1) AND {own}"
    );
    for row in reader.ask("tables and views", &sql).await? {
        let (oid, kind): (u32, String) = (row.get("oid")?, row.get("relkind")?);
        let name = reader.qualified(&row, "relnamespace")?;
        if !reader.scope.has_relation(&name) {
            continue;
        }
        let object = match kind.as_str() {
            "r" | "p" | "f" => {
                let parents = parents.get(&oid).cloned().unwrap_or_default();
                let of_type = reader.types.name(row.get("reloftype")?).cloned();
                Some((Kind::Table, Object::Table(table(&row, parents, of_type)?)))
            }
            "v" => Some((Kind::View, Object::View(view(&row)?))),
            "m" => Some((Kind::MaterializedView, Object::View(view(&row)?))),
            // Sequences and composite types have more to tell than `pg_class` knows.
            _ => None,
        };
        if let Some((kind, object)) = object {
            let id = ObjectId::new(kind, name.schema, name.name);
            reader.put(Class::Relation, oid, id, object);
        }
        reader.relations.insert(oid, Relation { name, kind });
    }
    Ok(())
}

/// The parents of every table in their order; they may be in schemas that are not read.
async fn parents<C: GenericClient>(
    reader: &Reader<'_, C>,
) -> Result<HashMap<u32, Vec<QualifiedName>>, ReadError> {
    let sql = "SELECT i.inhrelid, n.nspname::text AS schema, p.relname::text AS name \
               FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid \
               JOIN pg_class AS p ON p.oid = i.inhparent JOIN pg_namespace AS n ON n.oid = p.relnamespace \
               WHERE c.relkind IN ('r', 'p', 'f') AND c.relnamespace = ANY ($1) \
               ORDER BY i.inhrelid, i.inhseqno";
    let mut parents: HashMap<u32, Vec<QualifiedName>> = HashMap::new();
    for row in reader.ask("inheritance", sql).await? {
        let parent = QualifiedName::new(row.get::<String>("schema")?, row.get::<String>("name")?);
        parents.entry(row.get("inhrelid")?).or_default().push(parent);
    }
    Ok(parents)
}

fn table(
    row: &Cells,
    parents: Vec<QualifiedName>,
    of_type: Option<QualifiedName>,
) -> Result<Table, ReadError> {
    let kind = match row.get::<&str>("relkind")? {
        "p" => {
            let strategy = row.code("partstrat", |code| match code {
                "r" => Some("range"),
                "l" => Some("list"),
                "h" => Some("hash"),
                _ => None,
            })?;
            TableKind::Partitioned { strategy: strategy.to_owned(), key: row.get("partition_key")? }
        }
        "f" => TableKind::Foreign { server: row.get("server")?, options: row.options("foreign_options")? },
        _ => TableKind::Ordinary,
    };
    let replica_index: Option<String> = row.get("replica_index")?;
    let replica_identity = row.code("relreplident", |code| match code {
        "f" => Some(ReplicaIdentity::Full),
        // Foreign tables are created with it, and can have no other.
        "n" if matches!(kind, TableKind::Foreign { .. }) => Some(ReplicaIdentity::Default),
        "n" => Some(ReplicaIdentity::Nothing),
        // Without the index, which can be dropped, it is as if nothing were set.
        "i" => Some(replica_index.map_or(ReplicaIdentity::Nothing, ReplicaIdentity::Index)),
        "d" => Some(ReplicaIdentity::Default),
        _ => None,
    })?;
    let mut options = row.options("reloptions")?;
    options.extend(row.options("toast_options")?);
    Ok(Table {
        kind,
        unlogged: row.get("unlogged")?,
        parents,
        bound: row.get::<Option<String>>("bound")?.map(Expression),
        of_type,
        row_security: row.get("relrowsecurity")?,
        force_row_security: row.get("relforcerowsecurity")?,
        replica_identity,
        options,
    })
}

fn view(row: &Cells) -> Result<View, ReadError> {
    Ok(View {
        query: Expression(row.get("query")?),
        options: row.options("reloptions")?,
        populated: row.get("relispopulated")?,
    })
}
