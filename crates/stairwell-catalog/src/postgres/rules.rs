//! Rules.

use tokio_postgres::GenericClient;

use super::{
    ReadError,
    reader::{Class, Reader, part},
    triggers::enabled,
};
use crate::{
    id::Kind,
    object::{Expression, Rule},
};

pub(super) async fn read<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    // `_RETURN` is the view itself.
    let sql = "SELECT r.oid, r.ev_class, r.rulename::text AS name, r.ev_type::text, r.is_instead, \
               r.ev_enabled::text, pg_get_ruledef(r.oid) AS definition \
               FROM pg_rewrite AS r JOIN pg_class AS c ON c.oid = r.ev_class \
               WHERE c.relnamespace = ANY ($1) AND r.rulename <> '_RETURN'";
    for row in reader.ask("rules", sql).await? {
        let Some(relation) = reader.relation(row.get("ev_class")?) else { continue };
        let id = part(relation, Kind::Rule, row.get("name")?);
        let event = row.code("ev_type", |code| match code {
            "1" => Some("select"),
            "2" => Some("update"),
            "3" => Some("insert"),
            "4" => Some("delete"),
            _ => None,
        })?;
        let rule = Rule {
            event: event.to_owned(),
            instead: row.get("is_instead")?,
            enabled: row.code("ev_enabled", enabled)?,
            definition: Expression(row.get("definition")?),
        };
        reader.put(Class::Rule, row.get("oid")?, id, rule);
    }
    Ok(())
}
