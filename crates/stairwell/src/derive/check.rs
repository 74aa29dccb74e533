//! Compares a struct with a table.

use std::marker::PhantomData;

use super::text::Text;
use crate::column_type::{ColumnType, is_readable};
use crate::table::{Column, Nullability, Table, is_same};

/// A field of a struct, with what its attributes say.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    name: &'static str,
    column: &'static str,
    /// The type as it is written, and without its `Option`.
    written: &'static str,
    bare: &'static str,
    accepts: &'static [&'static str],
    arrays: usize,
    is_option: bool,
    not_null: bool,
    /// The type that the value is cast to before it is read.
    cast: Option<&'static str>,
}

impl Field {
    /// A field of a type that says itself what it reads.
    pub const fn new<T: ColumnType>(
        name: &'static str,
        column: &'static str,
        written: &'static str,
        bare: &'static str,
    ) -> Self {
        let (accepts, arrays, is_option) = (T::ACCEPTS, T::ARRAYS, T::NULLABLE);
        Field { name, column, written, bare, accepts, arrays, is_option, not_null: false, cast: None }
    }

    /// A field whose attribute says what it reads.
    pub const fn reading(
        accepts: &'static [&'static str],
        is_option: bool,
        name: &'static str,
        column: &'static str,
        written: &'static str,
        bare: &'static str,
    ) -> Self {
        Field { name, column, written, bare, accepts, arrays: 0, is_option, not_null: false, cast: None }
    }

    /// With `#[stairwell(not_null)]`.
    #[must_use]
    pub const fn not_null(mut self) -> Self {
        self.not_null = true;
        self
    }

    /// With `#[stairwell(cast = "…")]`.
    #[must_use]
    pub const fn cast(mut self, sql_type: &'static str) -> Self {
        self.cast = Some(sql_type);
        self
    }

    /// What is wrong with it; `fields` are the columns of all fields.
    pub const fn problem(&self, table: &Table, fields: &[&str]) -> Option<Text> {
        let Some(column) = table.column(self.column) else {
            if table.has_unknown_columns() {
                return None;
            }
            return Some(self.extra(table, fields));
        };
        let read = match self.cast {
            Some(cast) => &Column::new(column.name(), cast, column.nullability()),
            None => column,
        };
        if !is_readable(read, self.accepts, self.arrays) {
            return Some(self.wrong_type(table, column));
        }
        match (column.nullability(), self.is_option) {
            (Nullability::Nullable, false) => Some(self.nullable(table, column)),
            (Nullability::NotNull, true) => Some(self.never_null(table, column)),
            (Nullability::Unknown, false) if !self.not_null => Some(self.perhaps_null(table, column)),
            (Nullability::NotNull, false) if self.not_null => Some(self.not_needed(table, column)),
            (_, true) if self.not_null => Some(self.contradiction()),
            _ => None,
        }
    }

    const fn extra(&self, table: &Table, fields: &[&str]) -> Text {
        let text = of_table(Text::new(), table).push(" has no column ").code(self.column);
        let mut text = text.push(", which the field ").code(self.name).push(" reads");
        let columns = table.columns();
        let (mut at, mut count) = (0, 0);
        while at < columns.len() {
            if !contains(fields, columns[at].name()) {
                text = if count == 0 { text.push("\nno field reads: ") } else { text.push(", ") };
                text = declaration(text, &columns[at]);
                count += 1;
            }
            at += 1;
        }
        text
    }

    const fn wrong_type(&self, table: &Table, column: &Column) -> Text {
        let text = self.subject(table, column);
        if let Some(cast) = self.cast {
            let text = text.push(" is cast to ").code(cast).push(", which the field ").code(self.name);
            return text.push(" does not read: it is ").code(self.written);
        }
        let text = text.push(" does not fit the field ").code(self.name).push(": ").code(self.written);
        expected(text.push("\nexpected: "), column)
    }

    const fn nullable(&self, table: &Table, column: &Column) -> Text {
        let text = self.subject(table, column).push(" can be NULL, but the field ").code(self.name);
        let text = text.push(" is never None: ").code(self.written);
        text.push("\nexpected: `Option<").push(self.written).push(">`")
    }

    const fn never_null(&self, table: &Table, column: &Column) -> Text {
        let text = self.subject(table, column).push(" is never NULL, but the field ").code(self.name);
        let text = text.push(" can be None: ").code(self.written);
        if !is_same(self.written, self.bare) {
            return text.push("\nexpected: ").code(self.bare);
        }
        // The `Option` has another name here.
        expected(text.push("\nexpected: "), column)
    }

    const fn perhaps_null(&self, table: &Table, column: &Column) -> Text {
        let text = self.subject(table, column).push(" may be NULL, because nothing says that it is not");
        let text = text.push(", but the field ").code(self.name);
        let text = text.push(" is never None: ").code(self.written);
        let text = text.push("\nexpected: `Option<").push(self.written).push(">`, or ");
        text.push("`#[stairwell(not_null)]` if it is never NULL")
    }

    const fn not_needed(&self, table: &Table, column: &Column) -> Text {
        self.subject(table, column).push(" is never NULL anyway: remove `#[stairwell(not_null)]`")
    }

    const fn contradiction(&self) -> Text {
        let text = Text::new().push("`#[stairwell(not_null)]` contradicts the type of the field ");
        text.code(self.name).push(": ").code(self.written)
    }

    /// ``column `toner_level` (`integer`) of table `public.printer_supplies` ``
    const fn subject(&self, table: &Table, column: &Column) -> Text {
        let text = Text::new().push("column ").code(self.column).push(" (");
        of_table(sql_type(text, column).push(") of "), table)
    }
}

/// What the struct `name` does not have, if the table has columns that no field reads.
pub const fn missing(name: &str, table: &Table, fields: &[&str]) -> Option<Text> {
    let columns = table.columns();
    let (mut at, mut count) = (0, 0);
    let mut text = of_table(Text::new(), table).push(" has columns that ").code(name).push(" lacks:");
    while at < columns.len() {
        let column = &columns[at];
        if !contains(fields, column.name()) {
            count += 1;
            text = declaration(text.push("\n  "), column);
            text = expected(text.push(": "), column);
        }
        at += 1;
    }
    if count == 0 {
        return None;
    }
    Some(text.push("\nadd the fields, or `#[stairwell(partial)]` if the struct leaves them out on purpose"))
}

/// ``table `public.printers` ``
const fn of_table(text: Text, table: &Table) -> Text {
    let text = text.push(table.kind().name()).push(" `").push(table.schema());
    text.push(".").push(table.name()).push("`")
}

/// `` `toner_level` `integer NOT NULL` ``
const fn declaration(text: Text, column: &Column) -> Text {
    let text = text.code(column.name()).push(" (");
    sql_type(text, column).push(")")
}

const fn sql_type(text: Text, column: &Column) -> Text {
    let Some(sql_type) = column.sql_type() else { return text.push("of unknown type") };
    let text = text.push("`").push(sql_type);
    match column.nullability() {
        Nullability::NotNull => text.push(" NOT NULL`"),
        Nullability::Nullable | Nullability::Unknown => text.push("`"),
    }
}

/// The type that a field should have; without one, what can be done.
const fn expected(text: Text, column: &Column) -> Text {
    let (rust_type, way_out) = match column.rust_type() {
        Some(rust_type) => (rust_type, ""),
        None => ("String", " with `#[stairwell(cast = \"text\")]`, or a type with `stairwell::ColumnType`"),
    };
    let text = match column.nullability() {
        Nullability::NotNull => text.code(rust_type),
        Nullability::Nullable | Nullability::Unknown => text.push("`Option<").push(rust_type).push(">`"),
    };
    text.push(way_out)
}

const fn contains(names: &[&str], name: &str) -> bool {
    let mut at = 0;
    while at < names.len() {
        if is_same(names[at], name) {
            return true;
        }
        at += 1;
    }
    false
}

/// Tells whether a type is an `Option`, whatever its alias: an inherent constant comes before a trait's.
#[derive(Debug)]
pub struct Probe<T>(PhantomData<T>);

impl<T> Probe<Option<T>> {
    /// It is one.
    pub const IS_OPTION: bool = true;
}

/// What [`Probe`] says of every other type.
pub trait NotAnOption {
    /// It is none.
    const IS_OPTION: bool = false;
}

impl<T> NotAnOption for Probe<T> {}
