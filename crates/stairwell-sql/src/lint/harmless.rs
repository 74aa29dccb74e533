//! What the linter finds dangerous and is not.

use std::collections::BTreeSet;

use squawk_syntax::{
    SourceFile, SyntaxNode,
    ast::{self, AstNode},
};

use super::LintFinding;

/// Rules about what takes long on a table with rows, and that judge one which the same text creates alike.
const ABOUT_ROWS: [&str; 5] =
    [DEFAULT, "adding-not-nullable-field", "adding-required-field", PRIMARY_KEY, RETYPED];

const DEFAULT: &str = "adding-field-with-default";

const PRIMARY_KEY: &str = "adding-serial-primary-key-field";

const RETYPED: &str = "changing-column-type";

/// Whether a finding is about a table that is new, or about a default that is a constant.
pub(super) fn is_harmless(finding: &LintFinding, file: &SourceFile, new: &BTreeSet<String>) -> bool {
    if !ABOUT_ROWS.contains(&finding.rule.as_str()) {
        return false;
    }
    let is_around = |node: &SyntaxNode| {
        let range = node.text_range();
        usize::from(range.start()) <= finding.span.start && finding.span.end <= usize::from(range.end())
    };
    let is_constant_default = |default: ast::DefaultConstraint| {
        is_around(default.syntax()) && default.expr().is_some_and(|expr| is_constant(&expr))
    };
    let Some(ast::Stmt::AlterTable(alter)) = file.stmts().find(|statement| is_around(statement.syntax()))
    else {
        return false;
    };
    if alter.table_relation_name().is_some_and(|name| new.contains(&last_name(name.syntax()))) {
        return true;
    }
    finding.rule == DEFAULT
        && alter.syntax().descendants().filter_map(ast::DefaultConstraint::cast).any(is_constant_default)
}

/// The tables that a text creates, if they are not there already, by their last names.
pub(super) fn new_tables(file: &SourceFile) -> BTreeSet<String> {
    let created = file.stmts().filter_map(|statement| match statement {
        ast::Stmt::CreateTable(create) if create.if_not_exists().is_none() => create.table_name(),
        _ => None,
    });
    created.map(|name| last_name(name.syntax())).collect()
}

fn last_name(node: &SyntaxNode) -> String {
    let text = node.text().to_string();
    let name = text.trim().trim_start_matches("ONLY ").trim_start_matches("only ");
    let name = name.rsplit('.').next().unwrap_or_default().trim().trim_end_matches('*').trim();
    match name.strip_prefix('"') {
        Some(quoted) => quoted.trim_end_matches('"').to_owned(),
        None => name.to_ascii_lowercase(),
    }
}

/// A number with a sign is a constant to the server, and none to the linter; so is one in parentheses.
fn is_constant(expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::Literal(_) => true,
        ast::Expr::PrefixExpr(it) => it.expr().is_some_and(|inner| is_constant(&inner)),
        ast::Expr::ParenExpr(it) => it.expr().is_some_and(|inner| is_constant(&inner)),
        ast::Expr::CastExpr(it) => it.expr().is_some_and(|inner| is_constant(&inner)),
        _ => false,
    }
}
