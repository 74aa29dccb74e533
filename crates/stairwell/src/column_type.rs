//! Which SQL types a Rust type can read. It mirrors `FromSql::accepts` of tokio-postgres in constants, because
//! that function runs only when a row is there.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::SystemTime;

use crate::table::{Column, is_same};

/// A Rust type that a column can be read into: the field of a [`Row`](crate::Row).
///
/// It is implemented for every type that tokio-postgres reads without further crates. Types of your own derive
/// it (see the macro of the same name), or implement it beside `FromSql`:
///
/// ```
/// use stairwell::ColumnType;
///
/// struct Money(i64);
///
/// impl ColumnType for Money {
///     const ACCEPTS: &'static [&'static str] = &["money"];
/// }
/// ```
///
/// The type of another crate, such as `uuid::Uuid`, needs no implementation if its fields say what they
/// read: `#[stairwell(sql_type = "uuid")]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not known to read a column",
    note = "an enum or a struct around one value can have `#[derive(stairwell::ColumnType)]`",
    note = "for a type of another crate, say what the field reads: `#[stairwell(sql_type = \"uuid\")]`"
)]
pub trait ColumnType {
    /// The SQL types that it reads, without lengths, in the words of PostgreSQL's `format_type`:
    /// `character varying`, `timestamp with time zone`, `printer_status`.
    ///
    /// A name without a schema stands for the type of that name in every schema. A domain can be named
    /// itself or by its base type; the server sends values of the base type.
    const ACCEPTS: &'static [&'static str];

    /// How many levels of arrays of [`ACCEPTS`](ColumnType::ACCEPTS) it reads.
    const ARRAYS: usize = 0;

    /// Whether it has a value for NULL.
    const NULLABLE: bool = false;
}

macro_rules! reads {
    ($($rust:ty: $($sql:literal),+;)*) => {
        $(
            impl ColumnType for $rust {
                const ACCEPTS: &'static [&'static str] = &[$($sql),+];
            }
        )*
    };
}

reads! {
    bool: "boolean";
    i8: "\"char\"";
    i16: "smallint";
    i32: "integer";
    i64: "bigint";
    u32: "oid";
    f32: "real";
    f64: "double precision";
    String: "text", "character varying", "character", "name", "citext", "ltree", "lquery", "ltxtquery";
    Box<str>: "text", "character varying", "character", "name", "citext", "ltree", "lquery", "ltxtquery";
    Vec<u8>: "bytea";
    SystemTime: "timestamp with time zone", "timestamp without time zone";
    IpAddr: "inet";
    HashMap<String, Option<String>>: "hstore";
}

impl<T: ColumnType> ColumnType for Option<T> {
    const ACCEPTS: &'static [&'static str] = T::ACCEPTS;
    const ARRAYS: usize = T::ARRAYS;
    const NULLABLE: bool = true;
}

impl<T: ColumnType> ColumnType for Vec<T> {
    const ACCEPTS: &'static [&'static str] = T::ACCEPTS;
    const ARRAYS: usize = T::ARRAYS + 1;
}

impl<T: ColumnType> ColumnType for Box<[T]> {
    const ACCEPTS: &'static [&'static str] = T::ACCEPTS;
    const ARRAYS: usize = T::ARRAYS + 1;
}

/// Whether a value of the column can be read as one of the types. A type that nobody knows can.
pub(crate) const fn is_readable(column: &Column, accepts: &[&str], arrays: usize) -> bool {
    let Some(sql_type) = column.sql_type() else { return true };
    let base_type = match column.base_type() {
        Some(base_type) => base_type,
        None => sql_type,
    };
    let mut at = 0;
    while at < accepts.len() {
        if is_type(sql_type, accepts[at], arrays) || is_type(base_type, accepts[at], arrays) {
            return true;
        }
        at += 1;
    }
    false
}

/// Whether `actual` is `arrays` levels of arrays of `accepted`, with whatever length or precision.
const fn is_type(actual: &str, accepted: &str, arrays: usize) -> bool {
    let (actual, accepted) = (actual.as_bytes(), accepted.as_bytes());
    let mut end = actual.len();
    let mut levels = 0;
    while end >= 2 && actual[end - 2] == b'[' && actual[end - 1] == b']' {
        end -= 2;
        levels += 1;
    }
    if levels != arrays {
        return false;
    }
    // A name without a schema stands for every schema.
    let start = if has_schema(accepted, accepted.len()) { 0 } else { name_start(actual, end) };
    let (mut at, mut expected) = (start, 0);
    let mut is_quoted = false;
    while at < end {
        if actual[at] == b'"' {
            is_quoted = !is_quoted;
        }
        if actual[at] == b'(' && !is_quoted {
            // `(40)`, wherever it stands: `timestamp(3) with time zone`.
            while at < end && actual[at] != b')' {
                at += 1;
            }
            at += 1;
            continue;
        }
        if expected >= accepted.len() || actual[at] != accepted[expected] {
            return false;
        }
        at += 1;
        expected += 1;
    }
    expected == accepted.len()
}

const fn has_schema(name: &[u8], end: usize) -> bool {
    name_start(name, end) > 0
}

/// Where the name behind the schema begins.
const fn name_start(name: &[u8], end: usize) -> usize {
    let (mut at, mut start) = (0, 0);
    let mut is_quoted = false;
    while at < end {
        if name[at] == b'"' {
            is_quoted = !is_quoted;
        }
        if name[at] == b'.' && !is_quoted {
            start = at + 1;
        }
        at += 1;
    }
    start
}

/// Whether values of the type are text on their way.
pub(crate) const fn is_text(sql_type: &str) -> bool {
    let mut at = 0;
    while at < String::ACCEPTS.len() {
        if is_same(String::ACCEPTS[at], sql_type) {
            return true;
        }
        at += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::is_type;

    #[test]
    fn lengths_do_not_count() {
        assert!(is_type("character varying(40)", "character varying", 0));
        assert!(is_type("timestamp(3) with time zone", "timestamp with time zone", 0));
        assert!(is_type("numeric(10,2)[]", "numeric", 1));
        assert!(!is_type("timestamp(3) without time zone", "timestamp with time zone", 0));
        assert!(!is_type("character varying(40)", "character", 0));
        assert!(!is_type("character", "character varying", 0));
    }

    #[test]
    fn a_name_without_a_schema_stands_for_every_schema() {
        assert!(is_type("extensions.citext", "citext", 0));
        assert!(is_type("\"my.types\".\"a(b)\"", "\"a(b)\"", 0));
        assert!(is_type("printers.status", "printers.status", 0));
        assert!(!is_type("printers.status", "computers.status", 0));
        assert!(!is_type("status", "computers.status", 0));
    }

    #[test]
    fn arrays_count() {
        assert!(is_type("integer[]", "integer", 1));
        assert!(!is_type("integer[]", "integer", 0));
        assert!(!is_type("integer", "integer", 1));
        assert!(!is_type("integer[]", "integer", 2));
    }
}
