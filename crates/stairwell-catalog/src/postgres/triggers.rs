//! Triggers and event triggers.

use tokio_postgres::GenericClient;

use super::{
    ReadError,
    reader::{Cells, Class, Reader, column_names, no_member, part},
};
use crate::{
    id::{Kind, ObjectId, QualifiedName},
    object::{Enabled, EventTrigger, Expression, Trigger},
};

const ROW: i16 = 1;
const BEFORE: i16 = 2;
const INSTEAD: i16 = 64;
const EVENTS: [(i16, &str); 4] = [(4, "insert"), (8, "delete"), (16, "update"), (32, "truncate")];

pub(super) async fn read<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    let columns = column_names("t.tgattr::int2[]", "t.tgrelid");
    // PostgreSQL 14 calls the copies on partitions internal, as it does those that carry out constraints.
    let sql = format!(
        "SELECT t.oid, t.tgrelid, t.tgname::text AS name, t.tgtype, t.tgenabled::text, t.tgparentid <> 0 AS copy, \
         coalesce(k.contype = 't', false) AS is_constraint, t.tgdeferrable, t.tginitdeferred, \
         {columns} AS columns, t.tgargs, t.tgnargs::int4 AS arguments, \
         CASE WHEN t.tgqual IS NOT NULL THEN pg_get_triggerdef(t.oid) END AS definition, \
         t.tgoldtable::text, t.tgnewtable::text, \
         n.nspname::text AS function_schema, p.proname::text AS function_name \
         FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid \
         JOIN pg_proc AS p ON p.oid = t.tgfoid JOIN pg_namespace AS n ON n.oid = p.pronamespace \
         LEFT JOIN pg_constraint AS k ON k.oid = t.tgconstraint \
         WHERE c.relnamespace = ANY ($1) AND (NOT t.tgisinternal \
         OR t.tgparentid <> 0 AND (k.oid IS NULL OR k.contype = 't'))"
    );
    for row in reader.ask("triggers", &sql).await? {
        let Some(relation) = reader.relation(row.get("tgrelid")?) else { continue };
        let id = part(relation, Kind::Trigger, row.get("name")?);
        reader.put(Class::Trigger, row.get("oid")?, id, trigger(&row)?);
    }
    Ok(())
}

fn trigger(row: &Cells) -> Result<Trigger, ReadError> {
    let bits: i16 = row.get("tgtype")?;
    let timing = match bits & (BEFORE | INSTEAD) {
        0 => "after",
        BEFORE => "before",
        _ => "instead of",
    };
    let definition: Option<&str> = row.get("definition")?;
    let constraint: bool = row.get("is_constraint")?;
    Ok(Trigger {
        timing: timing.to_owned(),
        events: EVENTS
            .iter()
            .filter(|(bit, _)| bits & bit != 0)
            .map(|(_, event)| (*event).to_owned())
            .collect(),
        columns: row.names("columns")?,
        for_each_row: bits & ROW != 0,
        condition: definition.and_then(condition).map(|text| Expression(text.to_owned())),
        function: function(row)?,
        arguments: arguments(row)?,
        enabled: row.code("tgenabled", enabled)?,
        constraint: if constraint {
            Some((row.get("tgdeferrable")?, row.get("tginitdeferred")?))
        } else {
            None
        },
        old_table: row.get("tgoldtable")?,
        new_table: row.get("tgnewtable")?,
        inherited: row.get("copy")?,
    })
}

fn function(row: &Cells) -> Result<ObjectId, ReadError> {
    let name = QualifiedName::new(row.get::<String>("function_schema")?, row.get::<String>("function_name")?);
    Ok(ObjectId::function(&name, ""))
}

/// The arguments, each of which the server ends with a zero byte.
fn arguments(row: &Cells) -> Result<Vec<String>, ReadError> {
    let count = usize::try_from(row.get::<i32>("arguments")?).unwrap_or_default();
    let bytes: &[u8] = row.get("tgargs")?;
    let arguments = bytes.split(|byte| *byte == 0).take(count);
    Ok(arguments.map(|argument| String::from_utf8_lossy(argument).into_owned()).collect())
}

/// What stands in `WHEN (…)` of a trigger's definition.
///
/// `pg_get_expr` cannot print it, because it speaks of two relations, OLD and NEW.
fn condition(definition: &str) -> Option<&str> {
    const START: &str = " WHEN (";
    let start = find_unquoted(definition, START)? + START.len();
    let rest = definition.get(start..)?;
    rest.get(..find_unquoted(rest, ") EXECUTE FUNCTION ")?)
}

/// Where `wanted` is in `sql` outside of quotes. Within them the server doubles every quote.
fn find_unquoted(sql: &str, wanted: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in sql.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), _) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"') => quote = Some(byte),
            (None, _) if sql.as_bytes().get(at..)?.starts_with(wanted.as_bytes()) => return Some(at),
            (None, _) => {}
        }
    }
    None
}

pub(super) fn enabled(code: &str) -> Option<Enabled> {
    Some(match code {
        "O" => Enabled::Origin,
        "D" => Enabled::Disabled,
        "R" => Enabled::Replica,
        "A" => Enabled::Always,
        _ => return None,
    })
}

pub(super) async fn read_event_triggers<C: GenericClient>(
    reader: &mut Reader<'_, C>,
) -> Result<(), ReadError> {
    let own = no_member("pg_event_trigger", "t.oid");
    let sql = format!(
        "SELECT t.oid, t.evtname::text AS name, t.evtevent::text, t.evtenabled::text, t.evttags, \
         n.nspname::text AS function_schema, p.proname::text AS function_name \
         FROM pg_event_trigger AS t JOIN pg_proc AS p ON p.oid = t.evtfoid \
         JOIN pg_namespace AS n ON n.oid = p.pronamespace WHERE {own}"
    );
    for row in reader.ask_all("event triggers", &sql).await? {
        let trigger = EventTrigger {
            event: row.get("evtevent")?,
            tags: row.names("evttags")?,
            function: function(&row)?,
            enabled: row.code("evtenabled", enabled)?,
        };
        let id = ObjectId::global(Kind::EventTrigger, row.get::<String>("name")?);
        reader.put(Class::EventTrigger, row.get("oid")?, id, trigger);
    }
    Ok(())
}
