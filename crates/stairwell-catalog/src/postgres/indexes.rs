//! Indexes, those behind constraints included.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::GenericClient;

use super::{
    ReadError,
    operator_classes::OperatorClasses,
    reader::{Cells, Class, Reader, collation, column_names},
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
    let collation = collation("key.own_collation", "a.attcollation");
    // Columns within expressions are known by what the index depends on. A foreign key has the index
    // that it relies on in `conindid` too, and does not own it.
    let sql = format!(
        "SELECT i.indexrelid, i.indrelid, c.relnamespace, c.relname::text AS name, c.reloptions, \
         m.amname::text AS method, i.indisunique, i.indisvalid, i.indisclustered, {nulls} AS nulls_not_distinct, \
         i.indnkeyatts::int4 AS key_columns, {columns} AS columns, i.indclass::oid[] AS classes, \
         i.indoption::int2[] AS options, pg_get_expr(i.indpred, i.indrelid) AS predicate, \
         ARRAY(SELECT coalesce(a.atttypid, x.atttypid) FROM unnest(i.indkey::int2[]) \
         WITH ORDINALITY AS key (number, place) \
         LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = key.number \
         LEFT JOIN pg_attribute AS x ON x.attrelid = i.indexrelid AND x.attnum = key.place \
         ORDER BY key.place) AS key_types, \
         ARRAY(SELECT CASE WHEN key.number <> 0 THEN {collation} END \
         FROM unnest(i.indkey::int2[], i.indcollation::oid[]) WITH ORDINALITY AS key (number, own_collation, place) \
         LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = key.number \
         ORDER BY key.place) AS collations, \
         ARRAY(SELECT CASE key.number WHEN 0 THEN pg_get_indexdef(i.indexrelid, key.place::int4, false) END \
         FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS key (number, place) ORDER BY key.place) AS expressions, \
         ARRAY(SELECT nullif(x.attstattarget::int2, -1::int2) FROM pg_attribute AS x \
         WHERE x.attrelid = i.indexrelid AND x.attnum > 0 ORDER BY x.attnum) AS targets, \
         ARRAY(SELECT array_to_string(x.attoptions, chr(10)) FROM pg_attribute AS x \
         WHERE x.attrelid = i.indexrelid AND x.attnum > 0 ORDER BY x.attnum) AS class_options, \
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
        let Some(table) = reader.relation(row.get("indrelid")?).map(|relation| relation.name) else {
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
            clustered: row.get("indisclustered")?,
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
    let collations: Vec<Option<String>> = row.list("collations")?;
    let expressions: Vec<Option<String>> = row.list("expressions")?;
    let class_options: Vec<Option<String>> = row.list("class_options")?;
    let statistics: Vec<Option<i16>> = row.list("targets")?;
    let mut keys = Vec::with_capacity(columns.len());
    for (place, column) in columns.into_iter().enumerate() {
        let (class, ty) = (own_classes.get(place), types.get(place));
        let option = options.get(place).copied().unwrap_or_default();
        keys.push(IndexKey {
            column,
            expression: expressions.get(place).cloned().flatten().map(Expression),
            collation: collations.get(place).cloned().flatten(),
            operator_class: class
                .zip(ty)
                .and_then(|(class, ty)| classes.unusual(*class, reader.types.base(*ty))),
            operator_class_options: class_options
                .get(place)
                .map(|it| pairs(it.as_deref()))
                .unwrap_or_default(),
            statistics: statistics.get(place).copied().flatten(),
            descending: option & DESCENDING != 0,
            nulls_first: option & NULLS_FIRST != 0,
        });
    }
    Ok((keys, include))
}

/// The lines `name=value` as a map.
fn pairs(lines: Option<&str>) -> BTreeMap<String, String> {
    let pairs = lines.unwrap_or_default().lines().filter_map(|line| line.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
