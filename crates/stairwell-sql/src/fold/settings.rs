//! Settings, as `SET` gives them and as PostgreSQL keeps those of a function.

use squawk_syntax::{
    SyntaxKind,
    ast::{self, AstNode},
};
use stairwell_catalog::quote_identifier;

use super::{constant::literal_text, resolve};

/// What `SET name …` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Assigned {
    /// The values, as they are.
    Values(Vec<String>),
    /// `TO DEFAULT`.
    Default,
    /// `FROM CURRENT`.
    Current,
}

/// The name of the setting, in PostgreSQL's own spelling, and what it is set to.
pub(crate) fn assignment(it: &ast::SetConfigParam) -> Option<(String, Assigned)> {
    let name = canonical_name(&resolve::parts(it.config_parameter_ref()?.syntax()).join("."));
    let assigned = match it.config_assignment()? {
        ast::ConfigAssignment::FromCurrent(_) => Assigned::Current,
        ast::ConfigAssignment::ToConfigValue(values) if values.default_token().is_some() => Assigned::Default,
        ast::ConfigAssignment::ToConfigValue(values) => {
            Assigned::Values(values.config_values().map(|value| value_text(&value)).collect())
        }
    };
    Some((name, assigned))
}

/// The spelling of the few settings whose names PostgreSQL keeps with capitals.
pub(crate) fn canonical_name(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    match lower.as_str() {
        "timezone" => "TimeZone".to_owned(),
        "datestyle" => "DateStyle".to_owned(),
        "intervalstyle" => "IntervalStyle".to_owned(),
        _ => lower,
    }
}

/// One value: a string without its quotes, a number as written, a word in lower case.
fn value_text(value: &ast::ConfigValue) -> String {
    match value {
        ast::ConfigValue::Literal(literal) => literal_text(literal).unwrap_or_else(|| {
            let text = literal.syntax().text().to_string();
            let is_word = text.chars().all(|it| it.is_ascii_alphabetic());
            if is_word { text.to_ascii_lowercase() } else { text }
        }),
        ast::ConfigValue::ConfigValueName(name) => resolve::identifier(name.syntax()),
        ast::ConfigValue::PrefixExpr(it) => {
            let tokens = it.syntax().descendants_with_tokens().filter_map(|it| it.into_token());
            tokens.filter(|it| it.kind() != SyntaxKind::WHITESPACE).map(|it| it.text().to_owned()).collect()
        }
    }
}

/// The values as `pg_proc.proconfig` has them: those of a setting that lists names are quoted as names.
pub(crate) fn flattened(name: &str, values: &[String]) -> String {
    let lists_names = matches!(
        name,
        "search_path"
            | "temp_tablespaces"
            | "local_preload_libraries"
            | "session_preload_libraries"
            | "shared_preload_libraries"
            | "unix_socket_directories"
    );
    let values: Vec<String> = values
        .iter()
        .map(|value| if lists_names { quote_identifier(value).into_owned() } else { value.clone() })
        .collect();
    values.join(", ")
}

/// The schemas of a `search_path` as it is kept, without those that stand for the session's own and the
/// system's objects.
pub(crate) fn search_path(flattened: &str) -> Vec<String> {
    flattened
        .split(',')
        .map(|schema| schema.trim().trim_matches('"').to_owned())
        .filter(|schema| {
            let is_special =
                schema.starts_with("pg_temp") || matches!(schema.as_str(), "$user" | "pg_catalog");
            !schema.is_empty() && !is_special
        })
        .collect()
}
