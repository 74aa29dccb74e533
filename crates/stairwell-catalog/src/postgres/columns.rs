//! Columns of tables and views, and attributes of composite types.

use tokio_postgres::GenericClient;

use super::{
    ReadError,
    reader::{Cells, Class, Reader, collation, part},
};
use crate::{
    id::Kind,
    object::{Attribute, Column, ColumnSettings, Expression, Generated},
    sql_type::SqlType,
};

pub(super) async fn read<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    let collation = collation("a.attcollation", "t.typcollation");
    let sql = format!(
        "SELECT a.attrelid, a.attnum, a.attname::text AS name, a.atttypid, \
         format_type(a.atttypid, a.atttypmod) AS type_text, a.attnotnull, a.attidentity::text, \
         a.attgenerated::text, pg_get_expr(d.adbin, d.adrelid) AS default, {collation} AS collation, \
         CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage::text END AS storage, \
         nullif(a.attcompression::text, '') AS compression, nullif(a.attstattarget::int2, -1::int2) AS statistics, \
         a.attoptions, a.attfdwoptions \
         FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid \
         JOIN pg_type AS t ON t.oid = a.atttypid \
         LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
         WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c') AND c.relnamespace = ANY ($1) \
         AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum"
    );
    let mut position = 0;
    let mut last = 0;
    for row in reader.ask("columns", &sql).await? {
        let relation_oid: u32 = row.get("attrelid")?;
        // Dropped columns keep their numbers, so that the numbers that are left have holes.
        position = if relation_oid == last { position + 1 } else { 1 };
        last = relation_oid;
        let ty = reader.types.with_text(row.get("atttypid")?, row.get("type_text")?);
        let Some(relation) = reader.relation(relation_oid) else { continue };
        if relation.kind == "c" {
            let attribute = Attribute { name: row.get("name")?, ty, collation: row.get("collation")? };
            reader.attributes.entry(relation_oid).or_default().push(attribute);
            continue;
        }
        let is_table = !matches!(relation.kind.as_str(), "v" | "m");
        let id = part(relation, Kind::Column, row.get("name")?);
        let number: i16 = row.get("attnum")?;
        let column = column(&row, position, ty, is_table)?;
        reader.put_part(Class::Relation, relation_oid, i32::from(number), id, column);
    }
    Ok(())
}

fn column(row: &Cells, position: u32, ty: SqlType, is_table: bool) -> Result<Column, ReadError> {
    let generated = match (row.get("attidentity")?, row.get("attgenerated")?) {
        ("", "") => Generated::No,
        ("a", _) => Generated::IdentityAlways,
        ("d", _) => Generated::IdentityByDefault,
        (_, "s") => Generated::Stored,
        (_, "v") => Generated::Virtual,
        (identity, generated) => {
            return Err(ReadError::unknown(
                row.what,
                format!("attidentity = {identity}, attgenerated = {generated}"),
            ));
        }
    };
    Ok(Column {
        position,
        ty,
        not_null: is_table && row.get("attnotnull")?,
        default: row.get::<Option<String>>("default")?.map(Expression),
        generated,
        collation: row.get("collation")?,
        settings: settings(row)?,
    })
}

fn settings(row: &Cells) -> Result<ColumnSettings, ReadError> {
    let code = |name: &'static str, words: &[(&str, &str)]| -> Result<Option<String>, ReadError> {
        if row.get::<Option<&str>>(name)?.is_none() {
            return Ok(None);
        }
        let word = |code: &str| words.iter().find(|(it, _)| *it == code).map(|(_, word)| (*word).to_owned());
        row.code(name, word).map(Some)
    };
    Ok(ColumnSettings {
        storage: code("storage", &[("p", "plain"), ("e", "external"), ("m", "main"), ("x", "extended")])?,
        compression: code("compression", &[("p", "pglz"), ("l", "lz4")])?,
        statistics: row.get("statistics")?,
        options: row.options("attoptions")?,
        foreign_options: row.options("attfdwoptions")?,
    })
}
