//! Values of enums, which travel as their labels, and of domains, which travel as what is below them.

use tokio_postgres::types::{FromSql as _, Kind, Type};

use crate::column_type::{ColumnType as _, is_text};

type AnyError = Box<dyn std::error::Error + Sync + Send>;

/// What an enum reads that stands for `sql_type`: every type of text, if that is one.
pub const fn enum_types(sql_type: &'static [&'static str; 1]) -> &'static [&'static str] {
    if is_text(sql_type[0]) { String::ACCEPTS } else { sql_type }
}

/// Whether the server's type is the enum `sql_type`, or text if that is what `sql_type` names.
pub fn accepts_enum(ty: &Type, sql_type: &str) -> bool {
    let ty = below_domains(ty, |ty| !matches!(ty.kind(), Kind::Domain(_)));
    if is_text(sql_type) {
        return <&str>::accepts(ty);
    }
    let is_schema = match sql_type.rsplit_once('.') {
        Some((schema, _)) => schema.trim_matches('"') == ty.schema(),
        None => true,
    };
    let name = sql_type.rsplit('.').next().unwrap_or(sql_type).trim_matches('"');
    matches!(ty.kind(), Kind::Enum(_)) && ty.name() == name && is_schema
}

/// The type that `accepts` takes: the server's, or what is below it if that is a domain.
///
/// The server names the base type of a column, but the domain itself of a parameter and in an array.
pub fn below_domains(ty: &Type, accepts: fn(&Type) -> bool) -> &Type {
    let mut below = ty;
    while let (Kind::Domain(base), false) = (below.kind(), accepts(below)) {
        below = base;
    }
    below
}

/// The label that the server sent.
///
/// # Errors
///
/// When it is not UTF-8.
pub fn label(raw: &[u8]) -> Result<&str, AnyError> {
    Ok(std::str::from_utf8(raw)?)
}

/// A label that the Rust enum has no variant for.
pub fn unknown_label(label: &str, rust_type: &str) -> AnyError {
    format!("`{rust_type}` has no variant for the label `{label}`").into()
}
