//! Rows of a table as structs.

use crate::table::Table;

/// A struct that a row of a table or view can be read into.
///
/// Derive it: the macro of the same name compares every field with the column.
pub trait Row: Sized {
    /// The table.
    const TABLE: Table;

    /// The columns that the struct has, as a SELECT takes them: `"asset_id", "hostname"`.
    const COLUMNS: &'static str;

    /// Reads every row: `SELECT "asset_id", "hostname" FROM "public"."computers"`.
    ///
    /// Conditions can be put behind it.
    const SELECT: &'static str;

    /// Reads a row of any query that gives the columns of the struct, by their names.
    ///
    /// # Errors
    ///
    /// When a column is missing, is of another type, or is NULL where the field has no value for it: the
    /// database is then not the one that the migrations make, or the query is not [`SELECT`](Row::SELECT).
    fn from_row(row: &tokio_postgres::Row) -> Result<Self, tokio_postgres::Error>;
}
