//! `OPTIONS (…)` of what belongs to foreign data: wrappers, servers, user mappings, tables and columns.

use std::collections::BTreeMap;

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};

use super::{constant::literal_text, resolve::identifier};

/// The options that a new object is given.
pub(crate) fn given(changes: impl Iterator<Item = ast::AlterOption>) -> BTreeMap<String, String> {
    let mut options = BTreeMap::new();
    // What is there twice is refused where an object is changed; a new one is only created once.
    let _ = apply(&mut options, changes);
    options
}

/// Adds, sets and drops options. `Err` says what the server refuses, and where it is written; the changes
/// before it and after it are made all the same.
pub(crate) fn apply(
    options: &mut BTreeMap<String, String>,
    changes: impl Iterator<Item = ast::AlterOption>,
) -> Result<(), (String, SyntaxNode)> {
    let mut refused = Ok(());
    for change in changes {
        let node = change.syntax().clone();
        let (name, value, adds) = match &change {
            ast::AlterOption::AddForeignOption(it) => (it.foreign_option_name(), it.literal(), true),
            ast::AlterOption::SetForeignOption(it) => (it.foreign_option_name(), it.literal(), false),
            ast::AlterOption::DropForeignOption(it) => (it.foreign_option_name(), None, false),
        };
        let Some(name) = name.map(|name| identifier(name.syntax())) else { continue };
        let is_there = options.contains_key(&name);
        if adds && is_there {
            refused = Err((format!("the option {name} is there already"), node));
        } else if !adds && !is_there {
            refused = Err((format!("there is no option {name}"), node));
        }
        match value {
            Some(value) => {
                options.insert(name, literal_text(&value).unwrap_or_default());
            }
            None => {
                options.remove(&name);
            }
        }
    }
    refused
}
