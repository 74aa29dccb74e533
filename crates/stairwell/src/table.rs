//! What the compiler hands on about tables and views: their columns as the last migration leaves them.
//!
//! Everything here can be built in a `const` and borrows only `'static` data, like the chains.

use std::fmt;

/// A table or view, as the last migration of a chain leaves it.
///
/// The compiler writes one constant per table. The constructor and the `const` builders below are for that
/// generated code and for tests; they check nothing.
///
/// ```
/// use stairwell::{Column, Nullability, Table, TableKind};
///
/// const ID: Column = Column::new("id", "bigint", Nullability::NotNull).read_as("i64");
/// const SITES: Table = Table::new("public", "sites", TableKind::Table, &[ID]);
///
/// assert_eq!(SITES.to_string(), r#""public"."sites""#);
/// assert_eq!(SITES.column("id").and_then(|id| id.sql_type()), Some("bigint"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    schema: &'static str,
    name: &'static str,
    kind: TableKind,
    columns: &'static [Column],
    has_unknown_columns: bool,
}

impl Table {
    /// The table `name` in `schema`, both unquoted, with its columns in the order of the table.
    pub const fn new(
        schema: &'static str,
        name: &'static str,
        kind: TableKind,
        columns: &'static [Column],
    ) -> Self {
        Table { schema, name, kind, columns, has_unknown_columns: false }
    }

    /// With columns that the compiler could not see, in whatever number.
    #[must_use]
    pub const fn with_unknown_columns(mut self) -> Self {
        self.has_unknown_columns = true;
        self
    }

    /// The schema, unquoted.
    pub const fn schema(&self) -> &'static str {
        self.schema
    }

    /// The name without its schema, unquoted.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// What kind of table it is.
    pub const fn kind(&self) -> TableKind {
        self.kind
    }

    /// The columns, in the order of the table.
    pub const fn columns(&self) -> &'static [Column] {
        self.columns
    }

    /// Whether there may be more columns than [`columns`](Table::columns) has, as after dynamic SQL.
    pub const fn has_unknown_columns(&self) -> bool {
        self.has_unknown_columns
    }

    /// The column `name`, unquoted and in the case that the catalog has.
    pub const fn column(&self, name: &str) -> Option<&'static Column> {
        let columns = self.columns;
        let mut at = 0;
        while at < columns.len() {
            if is_same(columns[at].name, name) {
                return Some(&columns[at]);
            }
            at += 1;
        }
        None
    }
}

/// The name as SQL takes it: both parts quoted.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", Quoted(self.schema), Quoted(self.name))
    }
}

/// What stands behind the name of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TableKind {
    /// An ordinary table, a partition included.
    Table,
    /// A partitioned table.
    Partitioned,
    /// A foreign table.
    Foreign,
    /// A view.
    View,
    /// A materialized view.
    MaterializedView,
}

impl TableKind {
    /// What SQL calls it: `table`, `view` and so on.
    pub const fn name(self) -> &'static str {
        match self {
            TableKind::Table => "table",
            TableKind::Partitioned => "partitioned table",
            TableKind::Foreign => "foreign table",
            TableKind::View => "view",
            TableKind::MaterializedView => "materialized view",
        }
    }
}

/// A column of a [`Table`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    name: &'static str,
    sql_type: Option<&'static str>,
    base_type: Option<&'static str>,
    nullability: Nullability,
    default: ColumnDefault,
    rust_type: Option<&'static str>,
    is_uncertain: bool,
}

impl Column {
    /// The column `name` (unquoted) of the type `sql_type`, in the words of PostgreSQL's `format_type`:
    /// `character varying(40)`, `timestamp with time zone`, `integer[]`.
    pub const fn new(name: &'static str, sql_type: &'static str, nullability: Nullability) -> Self {
        Column {
            name,
            sql_type: Some(sql_type),
            base_type: None,
            nullability,
            default: ColumnDefault::None,
            rust_type: None,
            is_uncertain: false,
        }
    }

    /// A column whose type the compiler could not see, as of an expression in a view.
    pub const fn of_unknown_type(name: &'static str, nullability: Nullability) -> Self {
        let column = Column::new(name, "", nullability);
        Column { sql_type: None, ..column }
    }

    /// With the type below a domain: what the server says that the values of the column are.
    #[must_use]
    pub const fn based_on(mut self, base_type: &'static str) -> Self {
        self.base_type = Some(base_type);
        self
    }

    /// With the Rust type that tokio-postgres reads a value into.
    #[must_use]
    pub const fn read_as(mut self, rust_type: &'static str) -> Self {
        self.rust_type = Some(rust_type);
        self
    }

    /// With what fills the column when an INSERT does not.
    #[must_use]
    pub const fn with_default(mut self, default: ColumnDefault) -> Self {
        self.default = default;
        self
    }

    /// Of which the compiler is not sure: a statement about it runs only under a condition that the server decides.
    #[must_use]
    pub const fn uncertain(mut self) -> Self {
        self.is_uncertain = true;
        self
    }

    /// The name, unquoted.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Whether the column may be otherwise than this says, or not be there at all.
    pub const fn is_uncertain(&self) -> bool {
        self.is_uncertain
    }

    /// The type; `None` if the compiler could not see it.
    pub const fn sql_type(&self) -> Option<&'static str> {
        self.sql_type
    }

    /// The type below the domain, if the type is one.
    pub const fn base_type(&self) -> Option<&'static str> {
        self.base_type
    }

    /// Whether a value can be NULL.
    pub const fn nullability(&self) -> Nullability {
        self.nullability
    }

    /// What fills the column when an INSERT does not.
    pub const fn default(&self) -> ColumnDefault {
        self.default
    }

    /// The Rust type that tokio-postgres reads a value into that is not NULL: `i64`, `String`.
    ///
    /// `None` if it has none without another crate or a type of the application's own, as for `numeric`
    /// and for enums.
    pub const fn rust_type(&self) -> Option<&'static str> {
        self.rust_type
    }
}

/// The name as SQL takes it: quoted.
impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Quoted(self.name).fmt(f)
    }
}

/// Whether a column can be NULL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nullability {
    /// Never: NOT NULL, or part of the primary key.
    NotNull,
    /// It can.
    Nullable,
    /// PostgreSQL does not say, as of every column of a view.
    Unknown,
}

/// What fills a column when an INSERT names no value. Expressions are as the migrations have them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColumnDefault {
    /// Nothing: it becomes NULL.
    None,
    /// DEFAULT with this expression.
    Expression(&'static str),
    /// GENERATED ALWAYS AS IDENTITY.
    IdentityAlways,
    /// GENERATED BY DEFAULT AS IDENTITY.
    IdentityByDefault,
    /// GENERATED ALWAYS AS this expression, STORED.
    GeneratedStored(&'static str),
    /// GENERATED ALWAYS AS this expression, VIRTUAL.
    GeneratedVirtual(&'static str),
}

struct Quoted(&'static str);

impl fmt::Display for Quoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.replace('"', "\"\""))
    }
}

/// `==` for constants.
pub(crate) const fn is_same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}
