//! Storage parameters: `WITH (fillfactor = 70)`.

use std::collections::BTreeMap;

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};

use super::resolve::{identifier, text};

/// The parameters by name. Those of the TOAST table are kept elsewhere, and `oids` is nowhere.
pub(crate) fn options(list: Option<ast::AttributeList>) -> BTreeMap<String, String> {
    list.iter()
        .flat_map(ast::AttributeList::attribute_options)
        .filter(|option| option.namespace().is_none())
        .filter_map(|option| {
            let name = option_name(option.name()?.syntax());
            let value =
                option.attribute_value().map_or_else(|| "true".to_owned(), |value| value_text(&value));
            (name != "oids").then_some((name, value))
        })
        .collect()
}

/// `RESET (fillfactor)`.
pub(crate) fn reset_options(options: &mut BTreeMap<String, String>, list: Option<ast::AttributeList>) {
    for option in list.iter().flat_map(ast::AttributeList::attribute_options) {
        if let Some(name) = option.name()
            && option.namespace().is_none()
        {
            options.remove(&option_name(name.syntax()));
        }
    }
}

fn option_name(node: &SyntaxNode) -> String {
    identifier(node)
}

fn value_text(value: &ast::AttributeValue) -> String {
    if let Some(literal) = value.syntax().children().find_map(ast::Literal::cast)
        && let Some(string) = literal.string_value()
    {
        return string;
    }
    text(value).trim().trim_matches('"').to_ascii_lowercase()
}
