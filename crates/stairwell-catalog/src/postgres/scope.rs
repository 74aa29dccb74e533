//! Which part of a database is read.

use std::collections::BTreeSet;

use crate::id::QualifiedName;

/// Which part of a database is read.
///
/// What every database has from the start, temporary objects, and what belongs to an extension are never read.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    only: Option<String>,
    schemas: BTreeSet<String>,
    tables: BTreeSet<QualifiedName>,
    owner: Option<String>,
}

impl Scope {
    /// The whole database.
    #[must_use]
    pub fn database() -> Self {
        Self::default()
    }

    /// One schema with what lives in it, and nothing that lives in no schema (extensions, event triggers,
    /// publications, languages, casts, servers …).
    #[must_use]
    pub fn schema(name: impl Into<String>) -> Self {
        Self { only: Some(name.into()), ..Self::default() }
    }

    /// Leaves out a schema and everything in it.
    #[must_use]
    pub fn without_schema(mut self, name: impl Into<String>) -> Self {
        self.schemas.insert(name.into());
        self
    }

    /// Leaves out a table (or a view or a sequence) with its parts, its indexes and the sequences it owns.
    #[must_use]
    pub fn without_table(mut self, table: QualifiedName) -> Self {
        self.tables.insert(table);
        self
    }

    /// Shows what belongs to this role without an owner, instead of what belongs to the role that reads.
    ///
    /// For one who reads what another one migrates.
    #[must_use]
    pub fn with_owner(mut self, role: impl Into<String>) -> Self {
        self.owner = Some(role.into());
        self
    }

    pub(super) fn owner(&self) -> Option<&str> {
        self.owner.as_deref()
    }

    pub(super) fn has_schema(&self, name: &str) -> bool {
        // PostgreSQL reserves the prefix for itself, so temporary schemas and those of TOAST are among them.
        !name.starts_with("pg_")
            && name != "information_schema"
            && self.only.as_ref().is_none_or(|only| only == name)
            && !self.schemas.contains(name)
    }

    pub(super) fn has_relation(&self, name: &QualifiedName) -> bool {
        !self.tables.contains(name)
    }

    /// Whether objects that live in no schema are read.
    pub(super) fn has_globals(&self) -> bool {
        self.only.is_none()
    }
}
