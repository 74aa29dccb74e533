//! Publications and what they publish.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::GenericClient;

use super::{
    ReadError,
    reader::{Class, Reader, column_names},
};
use crate::{
    id::{Kind, ObjectId, QualifiedName},
    name::quote_identifier,
    object::Plain,
};

pub(super) async fn read<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    let mut tables = tables(reader).await?;
    let schemas = if reader.since(15) {
        "ARRAY(SELECT s.nspname::text FROM pg_publication_namespace AS n \
         JOIN pg_namespace AS s ON s.oid = n.pnnspid WHERE n.pnpubid = p.oid)"
    } else {
        "NULL::text[]"
    };
    let generated = if reader.since(18) { "p.pubgencols = 's'" } else { "false" };
    let sql = format!(
        "SELECT p.oid, p.pubname::text AS name, p.puballtables, p.pubviaroot, {schemas} AS schemas, \
         {generated} AS generated, ARRAY(SELECT word FROM (VALUES ('insert', p.pubinsert), \
         ('update', p.pubupdate), ('delete', p.pubdelete), ('truncate', p.pubtruncate)) AS it (word, published) \
         WHERE published) AS publish, p.pubinsert AND p.pubupdate AND p.pubdelete AND p.pubtruncate AS everything \
         FROM pg_publication AS p"
    );
    for row in reader.ask_all("publications", &sql).await? {
        let oid: u32 = row.get("oid")?;
        let Published { tables, rows } = tables.remove(&oid).unwrap_or_default();
        let schemas: BTreeSet<String> = row.names("schemas")?;
        let mut publication = Plain::new()
            .with_flag("all tables", row.get("puballtables")?)
            .with_list("tables", tables)
            .with_text("rows", Vec::from_iter(rows).join(", "))
            .with_list("schemas", schemas.iter().map(|schema| quote_identifier(schema)));
        if !row.get::<bool>("everything")? {
            publication = publication.with("publish", row.list::<String>("publish")?.join(", "));
        }
        publication = publication
            .with_flag("via root", row.get("pubviaroot")?)
            .with_flag("generated columns", row.get("generated")?);
        let id = ObjectId::global(Kind::Publication, row.get::<String>("name")?);
        reader.put(Class::Publication, oid, id, publication);
    }
    Ok(())
}

/// The tables that a publication names, with their columns, and which of their rows.
#[derive(Default)]
struct Published {
    tables: BTreeSet<String>,
    rows: BTreeSet<String>,
}

async fn tables<C: GenericClient>(reader: &Reader<'_, C>) -> Result<BTreeMap<u32, Published>, ReadError> {
    let (columns, condition) = if reader.since(15) {
        let names = column_names("r.prattrs::int2[]", "r.prrelid");
        (format!("CASE WHEN r.prattrs IS NOT NULL THEN {names} END"), "pg_get_expr(r.prqual, r.prrelid)")
    } else {
        ("NULL::text[]".to_owned(), "NULL::text")
    };
    let sql = format!(
        "SELECT r.prpubid, n.nspname::text AS schema, c.relname::text AS name, {columns} AS columns, \
         {condition} AS condition FROM pg_publication_rel AS r JOIN pg_class AS c ON c.oid = r.prrelid \
         JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    );
    let mut published: BTreeMap<u32, Published> = BTreeMap::new();
    for row in reader.ask_all("published tables", &sql).await? {
        let table = QualifiedName::new(row.get::<String>("schema")?, row.get::<String>("name")?).to_string();
        let it = published.entry(row.get("prpubid")?).or_default();
        if let Some(condition) = row.get::<Option<String>>("condition")? {
            it.rows.insert(format!("{table} where {condition}"));
        }
        // Their order is the table's, however they were listed.
        let columns: BTreeSet<String> = row.names("columns")?;
        let columns: Vec<_> = columns.iter().map(|column| quote_identifier(column)).collect();
        it.tables.insert(if columns.is_empty() {
            table
        } else {
            format!("{table} ({})", columns.join(", "))
        });
    }
    Ok(published)
}
