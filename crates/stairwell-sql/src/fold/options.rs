//! Storage parameters: `WITH (fillfactor = 70)`.

use std::collections::BTreeMap;

use squawk_syntax::ast::{self, AstNode};

use super::resolve::{identifier, text};

/// The parameters by name, those of the TOAST table with `toast.` before theirs; `oids` is kept nowhere.
pub(crate) fn options(list: Option<ast::AttributeList>) -> BTreeMap<String, String> {
    list.iter()
        .flat_map(ast::AttributeList::attribute_options)
        .filter_map(|option| {
            let name = option_name(&option)?;
            let value =
                option.attribute_value().map_or_else(|| "true".to_owned(), |value| value_text(&value));
            (name != "oids").then_some((name, value))
        })
        .collect()
}

/// `RESET (fillfactor)`.
pub(crate) fn reset_options(options: &mut BTreeMap<String, String>, list: Option<ast::AttributeList>) {
    for option in list.iter().flat_map(ast::AttributeList::attribute_options) {
        if let Some(name) = option_name(&option) {
            options.remove(&name);
        }
    }
}

fn option_name(option: &ast::AttributeOption) -> Option<String> {
    let name = identifier(option.name()?.syntax());
    Some(match option.namespace() {
        Some(namespace) => format!("{}.{name}", identifier(namespace.syntax())),
        None => name,
    })
}

fn value_text(value: &ast::AttributeValue) -> String {
    let literal = value.syntax().children().find_map(ast::Literal::cast);
    if let Some(literal) = literal.filter(|literal| text(literal).contains('\''))
        && let Some(string) = literal.string_value()
    {
        return string;
    }
    text(value).trim().trim_matches('"').to_ascii_lowercase()
}
