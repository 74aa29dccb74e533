//! Text search: configurations, dictionaries, parsers and templates.

use tokio_postgres::GenericClient;

use super::{
    ReadError,
    reader::{Class, Reader, no_member},
};
use crate::{
    id::{Kind, ObjectId},
    object::Plain,
};

pub(super) async fn read<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    configurations(reader).await?;
    dictionaries(reader).await?;
    let functions = ["prsstart", "prstoken", "prsend", "prsheadline", "prslextype"];
    parts(reader, Class::TextSearchParser, Kind::TextSearchParser, "pg_ts_parser", "prs", &functions).await?;
    let functions = ["tmplinit", "tmpllexize"];
    parts(reader, Class::TextSearchTemplate, Kind::TextSearchTemplate, "pg_ts_template", "tmpl", &functions)
        .await
}

async fn configurations<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    let own = no_member("pg_ts_config", "c.oid");
    let parser = qualified("p.prsname", "n.nspname");
    let sql = format!(
        "SELECT c.oid, c.cfgnamespace, c.cfgname::text AS name, {parser} AS parser, \
         ARRAY(SELECT concat(token.alias, ': ', \
         string_agg(m.mapdict::regdictionary::text, ' ' ORDER BY m.mapseqno)) \
         FROM pg_ts_config_map AS m JOIN ts_token_type(c.cfgparser) AS token ON token.tokid = m.maptokentype \
         WHERE m.mapcfg = c.oid GROUP BY token.alias ORDER BY token.alias COLLATE \"C\") AS mappings \
         FROM pg_ts_config AS c JOIN pg_ts_parser AS p ON p.oid = c.cfgparser \
         JOIN pg_namespace AS n ON n.oid = p.prsnamespace WHERE c.cfgnamespace = ANY ($1) AND {own}"
    );
    for row in reader.ask("text search configurations", &sql).await? {
        let name = reader.qualified(&row, "cfgnamespace")?;
        let id = ObjectId::new(Kind::TextSearchConfiguration, name.schema, name.name);
        let configuration = Plain::new()
            .with("parser", row.get::<String>("parser")?)
            .with_list("mappings", row.list::<String>("mappings")?);
        reader.put(Class::TextSearchConfiguration, row.get("oid")?, id, configuration);
    }
    Ok(())
}

async fn dictionaries<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    let own = no_member("pg_ts_dict", "d.oid");
    let template = qualified("t.tmplname", "n.nspname");
    let sql = format!(
        "SELECT d.oid, d.dictnamespace, d.dictname::text AS name, {template} AS template, d.dictinitoption \
         FROM pg_ts_dict AS d JOIN pg_ts_template AS t ON t.oid = d.dicttemplate \
         JOIN pg_namespace AS n ON n.oid = t.tmplnamespace WHERE d.dictnamespace = ANY ($1) AND {own}"
    );
    for row in reader.ask("text search dictionaries", &sql).await? {
        let name = reader.qualified(&row, "dictnamespace")?;
        let id = ObjectId::new(Kind::TextSearchDictionary, name.schema, name.name);
        let dictionary = Plain::new()
            .with("template", row.get::<String>("template")?)
            .with_list("options", row.get::<Option<String>>("dictinitoption")?);
        reader.put(Class::TextSearchDictionary, row.get("oid")?, id, dictionary);
    }
    Ok(())
}

/// Parsers or templates, which are nothing but functions.
async fn parts<C: GenericClient>(
    reader: &mut Reader<'_, C>,
    class: Class,
    kind: Kind,
    catalog: &str,
    prefix: &str,
    functions: &[&str],
) -> Result<(), ReadError> {
    let own = no_member(catalog, "t.oid");
    let functions: Vec<String> = functions
        .iter()
        .map(|column| format!("'{} = ' || nullif(t.{column}::oid, 0)::regproc", &column[prefix.len()..]))
        .collect();
    let sql = format!(
        "SELECT t.oid, t.{prefix}namespace AS schema, t.{prefix}name::text AS name, \
         concat_ws(', ', {}) AS definition FROM {catalog} AS t \
         WHERE t.{prefix}namespace = ANY ($1) AND {own}",
        functions.join(", ")
    );
    for row in reader.ask(kind.word(), &sql).await? {
        let name = reader.qualified(&row, "schema")?;
        let id = ObjectId::new(kind, name.schema, name.name);
        let object = Plain::new().with_text("definition", row.get::<String>("definition")?);
        reader.put(class, row.get("oid")?, id, object);
    }
    Ok(())
}

/// SQL for a name: bare if it is PostgreSQL's own, otherwise qualified.
fn qualified(name: &str, schema: &str) -> String {
    format!("CASE {schema} WHEN 'pg_catalog' THEN {name}::text ELSE format('%I.%I', {schema}, {name}) END")
}
