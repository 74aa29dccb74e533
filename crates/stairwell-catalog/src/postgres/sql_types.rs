//! Types by OID, taken apart by what `pg_type` knows instead of by parsing text.

use std::collections::HashMap;

use tokio_postgres::GenericClient;

use super::{ReadError, reader::Reader};
use crate::{id::QualifiedName, sql_type::SqlType};

/// Every type of the database.
#[derive(Default)]
pub(super) struct SqlTypes(HashMap<u32, Known>);

struct Known {
    name: QualifiedName,
    /// What `format_type` says without a modifier.
    bare: String,
    /// Of an array, the type of its elements.
    element: Option<u32>,
    /// Of a domain, the type below.
    base: Option<u32>,
}

pub(super) async fn read<C: GenericClient>(reader: &mut Reader<'_, C>) -> Result<(), ReadError> {
    // What makes a type an array is told as `format_type` tells it: `point` and `int2vector` have elements
    // as well.
    let sql = "SELECT t.oid, n.nspname::text AS schema, t.typname::text AS name, t.typbasetype AS base, \
               format_type(t.oid, NULL) AS bare, \
               CASE WHEN t.typsubscript = 'array_subscript_handler'::regproc AND t.typstorage <> 'p' \
               THEN t.typelem ELSE 0 END AS element \
               FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace";
    let some = |oid: u32| (oid != 0).then_some(oid);
    for row in reader.ask_all("types", sql).await? {
        let known = Known {
            name: QualifiedName::new(row.get::<String>("schema")?, row.get::<String>("name")?),
            bare: row.get("bare")?,
            element: some(row.get("element")?),
            base: some(row.get("base")?),
        };
        reader.types.0.insert(row.get("oid")?, known);
    }
    Ok(())
}

impl SqlTypes {
    /// The type without a modifier, as an argument of a function has it.
    pub(super) fn bare(&self, oid: u32) -> SqlType {
        match self.0.get(&oid) {
            Some(known) => self.with_text(oid, &known.bare),
            // Created since the snapshot was taken, and so not used in it.
            None => SqlType::Opaque,
        }
    }

    /// The type, given what `format_type` says with the modifier.
    pub(super) fn with_text(&self, oid: u32, text: &str) -> SqlType {
        let Some(known) = self.0.get(&oid) else { return SqlType::Opaque };
        if let Some(element) = known.element {
            return self.with_text(element, text.strip_suffix("[]").unwrap_or(text)).into_array();
        }
        if known.name.schema == "pg_catalog" {
            return SqlType::built_in(text);
        }
        let modifier = text.strip_prefix(&known.bare).unwrap_or_default();
        SqlType::Named { name: known.name, modifier: modifier.to_owned() }
    }

    /// The types with commas between, as the identity of a function has them.
    pub(super) fn list(&self, oids: &[u32]) -> String {
        oids.iter().map(|oid| self.bare(*oid).to_string()).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn name(&self, oid: u32) -> Option<&QualifiedName> {
        self.0.get(&oid).map(|known| &known.name)
    }

    /// What is below all domains.
    pub(super) fn base(&self, mut oid: u32) -> u32 {
        while let Some(base) = self.0.get(&oid).and_then(|known| known.base) {
            oid = base;
        }
        oid
    }
}
