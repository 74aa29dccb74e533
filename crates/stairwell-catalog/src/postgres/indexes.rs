//! Indexes, those behind constraints included.

use std::collections::BTreeSet;

use tokio_postgres::GenericClient;

use super::{
    ReadError,
    operator_classes::OperatorClasses,
    reader::{Cells, Class, Reader, column_names},
};
use crate::{
    id::{Kind, ObjectId, QualifiedName},
    object::{Expression, Index, IndexKey},
};

const DESCENDING: i16 = 1;
const NULLS_FIRST: i16 = 2;

pub(super) async fn read<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    let classes = OperatorClasses::read(reader).await?;
    let columns = column_names("i.indkey::int2[]", "i.indrelid");
    let nulls = if reader.since(15) { "i.indnullsnotdistinct" } else { "false" };
    // Columns within expressions are known by what the index depends on. A foreign key has the index
    // that it relies on in `conindid` too, and does not own it.
    let sql = format!(
        "SELECT i.indexrelid, i.indrelid, c.relnamespace, c.relname::text AS name, c.reloptions, \
         m.amname::text AS method, i.indisunique, i.indisvalid, {nulls} AS nulls_not_distinct, \
         i.indnkeyatts::int4 AS key_columns, {columns} AS columns, i.indclass::oid[] AS classes, \
         i.indoption::int2[] AS options, pg_get_expr(i.indpred, i.indrelid) AS predicate, \
         ARRAY(SELECT coalesce(a.atttypid, x.atttypid) FROM unnest(i.indkey::int2[]) \
         WITH ORDINALITY AS key (number, place) \
         LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = key.number \
         LEFT JOIN pg_attribute AS x ON x.attrelid = i.indexrelid AND x.attnum = key.place \
         ORDER BY key.place) AS key_types, \
         ARRAY(SELECT a.attname::text FROM pg_depend AS d \
         JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid \
         WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid \
         AND d.refclassid = 'pg_class'::regclass AND d.refobjid = i.indrelid \
         AND d.refobjsubid > 0) AS expression_columns, \
         EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid \
         AND k.contype IN ('p', 'u', 'x')) AS is_constraint, \
         pn.nspname::text AS parent_schema, p.relname::text AS parent_name \
         FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_am AS m ON m.oid = c.relam \
         LEFT JOIN pg_inherits AS h ON h.inhrelid = i.indexrelid \
         LEFT JOIN pg_class AS p ON p.oid = h.inhparent \
         LEFT JOIN pg_namespace AS pn ON pn.oid = p.relnamespace \
         WHERE c.relnamespace = ANY ($1)"
    );
    for row in reader.ask("indexes", &sql).await? {
        let Some(table) = reader.relation(row.get("indrelid")?).map(|relation| relation.name.clone()) else {
            continue;
        };
        let (keys, include) = keys(reader, &classes, &row)?;
        let read: BTreeSet<String> = row.names("columns")?;
        let in_expressions: BTreeSet<String> = row.names("expression_columns")?;
        let parent_schema: Option<String> = row.get("parent_schema")?;
        let index = Index {
            table,
            method: row.get("method")?,
            unique: row.get("indisunique")?,
            nulls_not_distinct: row.get("nulls_not_distinct")?,
            keys,
            include,
            predicate: row.get::<Option<String>>("predicate")?.map(Expression),
            columns: &read | &in_expressions,
            valid: row.get("indisvalid")?,
            constraint: row.get("is_constraint")?,
            parent: match parent_schema {
                Some(schema) => Some(QualifiedName::new(schema, row.get::<String>("parent_name")?)),
                None => None,
            },
            options: row.options("reloptions")?,
        };
        let name = reader.qualified(&row, "relnamespace")?;
        let id = ObjectId::new(Kind::Index, name.schema, name.name);
        reader.put(Class::Relation, row.get("indexrelid")?, id, index);
    }
    Ok(())
}

fn keys<C: GenericClient>(
    reader: &Reader<'_, C>,
    classes: &OperatorClasses,
    row: &Cells,
) -> Result<(Vec<IndexKey>, Vec<String>), ReadError> {
    let count = usize::try_from(row.get::<i32>("key_columns")?).unwrap_or_default();
    let mut columns: Vec<Option<String>> = row.list("columns")?;
    let include = columns.split_off(count.min(columns.len())).into_iter().flatten().collect();
    let (types, own_classes): (Vec<u32>, Vec<u32>) = (row.list("key_types")?, row.list("classes")?);
    let options: Vec<i16> = row.list("options")?;
    let key = |((column, ty), (class, option)): ((Option<String>, &u32), (&u32, &i16))| IndexKey {
        column,
        operator_class: classes.unusual(*class, reader.types.base(*ty)),
        descending: option & DESCENDING != 0,
        nulls_first: option & NULLS_FIRST != 0,
    };
    Ok((columns.into_iter().zip(&types).zip(own_classes.iter().zip(&options)).map(key).collect(), include))
}
