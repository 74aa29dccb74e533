//! The derives of Stairwell. Use them through the crate `stairwell`, which has their documentation.
//!
//! The macros see only the struct; what they write compares it with the table's constants while the
//! application is compiled, and reports what does not fit at the field.

mod attributes;
mod column_type;
mod row;
mod rust_type;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Reads rows of a table or view into a struct, and compares the struct with the table while it is compiled.
///
/// `#[stairwell(table = …)]` names the module that the build script wrote for the table, such as
/// `schema::printers::tables::printer_supplies`. A field reads the column of its name.
///
/// | on the struct | meaning |
/// |---|---|
/// | `table = path` | the table; compulsory |
/// | `partial` | the struct leaves columns of the table out |
///
/// | on a field | meaning |
/// |---|---|
/// | `column = "type"` | it reads the column of this name |
/// | `not_null` | the view's column is never NULL, which PostgreSQL does not tell |
/// | `cast = "text"` | the column is cast to this type in the query |
/// | `sql_type = "uuid"` | what the field's type reads, if that is from another crate |
///
/// These do not compile, each with a message that names the column, the table and the type that fits:
/// a field that no column has, a column that no field has, a type that cannot be read from the column's, a
/// nullable column in a field without `Option`, and an `Option` around what is never NULL.
///
/// The struct has named fields, no generics and no lifetimes.
#[proc_macro_derive(Row, attributes(stairwell))]
pub fn row(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    row::derive(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Reads and writes an enum of PostgreSQL, or a value in a struct of its own.
///
/// An enum without data stands for the PostgreSQL enum with its name in snake case, or for
/// `#[stairwell(sql_type = "…")]`, and its variants for the labels with their names in snake case, or
/// for `#[stairwell(label = "…")]`. With `sql_type = "text"` it reads and writes text.
///
/// A struct around one value is read and written as this value, from the SQL types that it accepts, or only
/// from `#[stairwell(sql_type = "…")]`. It can also stand for a domain over one of these, which the plain value
/// cannot in a parameter or an array.
///
/// Implements `ColumnType` of `stairwell`, and `FromSql` and `ToSql` of tokio-postgres; the latter wants `Debug`,
/// which the type has to derive beside it.
#[proc_macro_derive(ColumnType, attributes(stairwell))]
pub fn column_type(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    column_type::derive(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}
