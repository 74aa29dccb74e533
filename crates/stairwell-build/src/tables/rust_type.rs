//! The Rust types that tokio-postgres reads SQL types into, without features of it or crates beside it.
//!
//! A test of the runtime reads a value of every entry from a real server.

/// SQL types without length or precision, and the Rust type of a value that is not NULL.
///
/// Types of extensions have their names without a schema. Not here, because the driver cannot read them:
/// `numeric`, `date`, `time`, `interval`, `uuid`, `json`, `jsonb`, `xml`, `macaddr`, `cidr`, ranges, enums.
pub const RUST_TYPES: &[(&str, &str)] = &[
    ("boolean", "bool"),
    ("smallint", "i16"),
    ("integer", "i32"),
    ("bigint", "i64"),
    ("oid", "u32"),
    ("real", "f32"),
    ("double precision", "f64"),
    ("\"char\"", "i8"),
    ("text", "String"),
    ("character varying", "String"),
    ("character", "String"),
    ("name", "String"),
    ("bytea", "Vec<u8>"),
    ("timestamp with time zone", "std::time::SystemTime"),
    ("timestamp without time zone", "std::time::SystemTime"),
    ("inet", "std::net::IpAddr"),
    ("citext", "String"),
    ("ltree", "String"),
    ("lquery", "String"),
    ("ltxtquery", "String"),
    ("hstore", "std::collections::HashMap<String, Option<String>>"),
];

/// The Rust type that tokio-postgres reads a value of this SQL type into, if it does.
///
/// The type is in the words of PostgreSQL's `format_type`; that of a column whose type is a domain is the
/// base type of the domain, because that is what the server sends.
///
/// ```
/// assert_eq!(stairwell_build::rust_type("character varying(40)"), Some("String".to_owned()));
/// assert_eq!(stairwell_build::rust_type("bigint[]"), Some("Vec<i64>".to_owned()));
/// assert_eq!(stairwell_build::rust_type("numeric(10,2)"), None);
/// ```
pub fn rust_type(sql_type: &str) -> Option<String> {
    if let Some(element) = sql_type.strip_suffix("[]") {
        // The server has no arrays of arrays: `integer[][]` is `integer[]`.
        return rust_type(element).map(|element| format!("Vec<{element}>"));
    }
    let name = without_length(sql_type);
    // A quoted part may have a dot in it; no name of the list is quoted but `"char"`.
    let name = name.rsplit_once('.').map_or(name.as_str(), |(_, name)| name);
    RUST_TYPES.iter().find(|(sql, _)| *sql == name).map(|(_, rust)| (*rust).to_owned())
}

/// `timestamp(3) with time zone` without the `(3)`.
fn without_length(sql_type: &str) -> String {
    match (sql_type.find('('), sql_type.rfind(')')) {
        (Some(start), Some(end)) if start < end && !sql_type.contains('"') => {
            format!("{}{}", &sql_type[..start], &sql_type[end + 1..])
        }
        _ => sql_type.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::rust_type;

    #[test]
    fn lengths_and_schemas_do_not_count() {
        let rust = |sql| rust_type(sql).unwrap_or_default();
        assert_eq!(rust("character(3)"), "String");
        assert_eq!(rust("timestamp(3) with time zone"), "std::time::SystemTime");
        assert_eq!(rust("extensions.citext"), "String");
        assert_eq!(rust("\"char\""), "i8");
        assert_eq!(rust("bytea[]"), "Vec<Vec<u8>>");
    }

    #[test]
    fn types_that_the_driver_cannot_read_have_none() {
        for sql in [
            "numeric",
            "date",
            "uuid",
            "jsonb",
            "printer_status",
            "time without time zone",
            "",
            "[]",
            ")(",
            "\"text\"",
        ] {
            assert_eq!(rust_type(sql), None, "{sql}");
        }
    }
}
