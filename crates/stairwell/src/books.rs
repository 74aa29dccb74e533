//! Where a run keeps its books: histories, state, journal, notes and lease.
//!
//! Usually that is the schema `stairwell`. The books of a tenant are in the tenant's own schema, with a prefix before
//! their names: so they are dropped, dumped and moved together with what they are about, two tenants share nothing
//! that one could wait for or break, and a name of 63 bytes needs no room for an ending.

use std::borrow::Cow;

use crate::error::{Error, Kind};
use crate::history::quoted;
use crate::settings::literal;
use crate::{Chain, SCHEMA, lock};

/// What stands before the names of a tenant's books.
pub(crate) const PREFIX: &str = "stairwell_";

/// The books of the database, or of one tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Books {
    /// The schema of the tenant.
    tenant: Option<&'static str>,
}

impl Books {
    /// Those in the schema `stairwell`.
    pub(crate) const SHARED: Books = Books { tenant: None };

    /// Those of the tenant in this schema.
    pub(crate) const fn of_tenant(schema: &'static str) -> Self {
        Books { tenant: Some(schema) }
    }

    /// Those of `chains`, which are of one migrator and so have the same.
    pub(crate) fn of<'c>(chains: impl IntoIterator<Item = &'c Chain>) -> Self {
        chains.into_iter().next().map_or(Books::SHARED, |chain| chain.history().books())
    }

    /// The schema of the tenant, if they are of one.
    pub(crate) fn tenant(self) -> Option<&'static str> {
        self.tenant
    }

    /// The schema that they are in.
    pub(crate) fn schema(self) -> &'static str {
        self.tenant.unwrap_or(SCHEMA)
    }

    /// What stands before their names there.
    pub(crate) fn prefix(self) -> &'static str {
        if self.tenant.is_some() { PREFIX } else { "" }
    }

    /// How the catalogs call what is `object` in the schema `stairwell`.
    pub(crate) fn name(self, object: &str) -> String {
        format!("{}{object}", self.prefix())
    }

    /// How SQL calls it.
    pub(crate) fn table(self, object: &str) -> String {
        match self.tenant {
            None => format!("{SCHEMA}.{object}"),
            Some(tenant) => format!("{}.{PREFIX}{object}", quoted(tenant)),
        }
    }

    /// The same with quotes where none are needed, for messages.
    pub(crate) fn quoted(self, object: &str) -> String {
        format!("{}.{}", quoted(self.schema()), quoted(&self.name(object)))
    }

    /// SQL that was written for the schema `stairwell`; constant, so that no name in it comes from outside.
    pub(crate) fn sql(self, template: &'static str) -> Cow<'static, str> {
        let Some(tenant) = self.tenant else { return Cow::Borrowed(template) };
        let name = format!("{}.{PREFIX}", quoted(tenant));
        let text = literal(&name);
        let text = text.strip_suffix('\'').unwrap_or(&text);
        let mut parts = template.split("stairwell.");
        let mut sql = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            // A name in a string constant, such as those of `to_regclass`.
            if sql.ends_with('\'') {
                sql.pop();
                sql.push_str(text);
            } else {
                sql.push_str(&name);
            }
            sql.push_str(part);
        }
        Cow::Owned(sql)
    }

    /// The second half of the key of the advisory lock.
    pub(crate) fn key(self) -> i32 {
        self.tenant.map_or(lock::KEY, fnv1a)
    }

    /// Where names without a schema are looked for in the steps of a tenant.
    pub(crate) fn search_path(self) -> Option<String> {
        self.tenant.map(|tenant| format!("{}, public", quoted(tenant)))
    }
}

/// FNV-1a, 32 bits: short, and never going to change.
pub(crate) const fn fnv1a(text: &str) -> i32 {
    let bytes = text.as_bytes();
    let mut hash: u32 = 0x811c_9dc5;
    let mut index = 0;
    while index < bytes.len() {
        hash = (hash ^ bytes[index] as u32).wrapping_mul(0x0100_0193);
        index += 1;
    }
    hash.cast_signed()
}

/// What it means that the schema of a tenant is not there. It is never created: a name that was misspelt, or a
/// tenant that was dropped a moment ago, would be made.
pub(crate) fn no_schema(tenant: &str) -> Error {
    Error::new(
        Kind::Database,
        format!(
            "the schema {} does not exist; nothing was run; create it, or correct the name",
            quoted(tenant)
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_a_tenant_are_quoted_for_where_they_stand() {
        let books = Books::of_tenant(r#"o'hara "\ inc"#);
        assert_eq!(
            books.sql("SELECT to_regclass('stairwell.state'), s FROM stairwell.state s"),
            r#"SELECT to_regclass(E'"o''hara ""\\ inc".stairwell_state'), s FROM "o'hara ""\ inc".stairwell_state s"#
        );
        assert_eq!(Books::SHARED.sql("SELECT FROM stairwell.state"), "SELECT FROM stairwell.state");
        assert_eq!(
            [books.table("state"), books.name("state")],
            [r#""o'hara ""\ inc".stairwell_state"#, "stairwell_state"]
        );
    }

    #[test]
    fn the_keys_of_tenants_never_change() {
        assert_eq!(Books::SHARED.key(), 712_157_282);
        assert_eq!(Books::of_tenant("tenant_1").key(), 1_347_249_325);
    }
}
