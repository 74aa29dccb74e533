//! Tables and views as their chains leave them: what is emitted about them, and nothing else.

mod names;
mod rust_type;

pub(crate) use names::Names;
pub use rust_type::{RUST_TYPES, rust_type};

use crate::plan::Plan;

/// A table or view.
#[derive(Clone, Debug)]
pub(crate) struct TableModel {
    /// Unquoted.
    pub(crate) schema: String,
    /// Unquoted.
    pub(crate) name: String,
    pub(crate) kind: TableKind,
    /// In the order of the table.
    pub(crate) columns: Vec<ColumnModel>,
    /// Whether there may be columns that nobody could see.
    pub(crate) has_unknown_columns: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(test), expect(dead_code, reason = "the static catalog will make them"))]
pub(crate) enum TableKind {
    Table,
    Partitioned,
    Foreign,
    View,
    MaterializedView,
}

/// A column.
#[derive(Clone, Debug)]
pub(crate) struct ColumnModel {
    /// Unquoted.
    pub(crate) name: String,
    /// In the words of PostgreSQL's `format_type`: `character varying(40)`, `integer[]`; `None` if nobody
    /// could see it.
    pub(crate) sql_type: Option<String>,
    /// The type below a domain, or below a domain over a domain; `None` if the type is no domain.
    pub(crate) base_type: Option<String>,
    /// `NotNull` also where a domain says so; `Unknown` for every column of a view.
    pub(crate) nullability: Nullability,
    pub(crate) default: ColumnDefault,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(test), expect(dead_code, reason = "the static catalog will make them"))]
pub(crate) enum Nullability {
    NotNull,
    Nullable,
    Unknown,
}

/// What fills a column when an INSERT does not. Expressions are as the migrations have them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(not(test), expect(dead_code, reason = "the static catalog will make them"))]
pub(crate) enum ColumnDefault {
    None,
    Expression(String),
    IdentityAlways,
    IdentityByDefault,
    GeneratedStored(String),
    GeneratedVirtual(String),
}

/// The tables of every plugin, in the order of [`Plan::plugins`], as the whole chain set leaves them.
///
/// The static catalog will say it; until then there are none.
pub(crate) fn tables(plan: &Plan) -> Vec<Vec<TableModel>> {
    plan.plugins.iter().map(|_| Vec::new()).collect()
}
