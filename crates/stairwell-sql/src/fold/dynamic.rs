//! `EXECUTE` in PL/pgSQL.

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};

use super::{Fold, body, constant::Part, plpgsql::Frame};

impl Fold {
    /// Folds what `EXECUTE` runs: known text like any other statement; of anything else, no more is said
    /// than that it is not seen.
    pub(crate) fn dynamic(&mut self, query: &ast::PlpgsqlExpr, frame: &mut Frame) {
        self.plpgsql_expr(query);
        let node = query.syntax();
        let Some(expr) = super::plpgsql::sole_expr(query) else {
            self.opaque("the text of EXECUTE is put together at run time", node);
            return;
        };
        let parts = self.text_parts(&expr, &frame.constants);
        let known: Option<String> = parts
            .iter()
            .map(|part| match part {
                Part::Text(text) => Some(text.as_str()),
                _ => None,
            })
            .collect();
        let Some(text) = known else {
            if let Some(text) = with_any_literals(&parts) {
                let inner = self.composed(text, node);
                self.execute_text(inner, node, &parts);
            } else if is_harmless(&parts) {
                self.unseen("the text of EXECUTE is put together at run time", node);
            } else {
                self.opaque("the text of EXECUTE is put together at run time", node);
            }
            return;
        };
        let literal = match &expr {
            ast::Expr::Literal(literal) => self.decoded(literal),
            _ => None,
        };
        let inner = literal.unwrap_or_else(|| self.composed(text, node));
        self.execute_text(inner, node, &parts);
    }

    fn execute_text(&mut self, inner: body::Inner, node: &SyntaxNode, parts: &[Part]) {
        let statements = body::statements(&inner.text);
        let read = statements.is_some_and(|statements| {
            let folded = self.inside(inner.locate, |fold| {
                for statement in &statements {
                    fold.statement_inside(statement);
                    if fold.within.caught.is_some() {
                        break;
                    }
                }
            });
            folded.is_some()
        });
        if !read {
            if is_harmless(parts) {
                self.unseen("the text of EXECUTE cannot be read", node);
            } else {
                self.opaque("the text of EXECUTE cannot be read", node);
            }
        }
    }
}

/// The text with some literal in place of each that is not known, if the statement is one of which the
/// catalog keeps no literal but in the text of expressions.
fn with_any_literals(parts: &[Part]) -> Option<String> {
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Text(part) => text.push_str(part),
            Part::Literal => text.push_str("'0'"),
            Part::Identifier | Part::Unknown => return None,
        }
    }
    let statements = body::statements(&text)?;
    let fits = statements.iter().all(|statement| match statement {
        ast::Stmt::AlterTable(it) => it.actions().all(|action| {
            matches!(
                action,
                ast::AlterTableAction::AddColumn(_)
                    | ast::AlterTableAction::DropColumn(_)
                    | ast::AlterTableAction::AlterColumn(_)
                    | ast::AlterTableAction::AddConstraint(_)
            )
        }),
        ast::Stmt::CreateTable(_)
        | ast::Stmt::Select(_)
        | ast::Stmt::Insert(_)
        | ast::Stmt::Update(_)
        | ast::Stmt::Delete(_) => true,
        _ => false,
    });
    fits.then_some(text)
}

/// Whether a text begins like a statement that changes nothing of what is followed: rows, rights, comments,
/// roles, owners.
fn is_harmless(parts: &[Part]) -> bool {
    let mut head = String::new();
    let mut whole = String::new();
    let mut is_head = true;
    for part in parts {
        match part {
            Part::Text(text) => {
                if is_head {
                    head.push_str(text);
                }
                whole.push_str(text);
            }
            Part::Identifier | Part::Literal | Part::Unknown => {
                is_head = false;
                whole.push('\u{1}');
            }
        }
    }
    // A second statement behind the first may be anything.
    if whole.trim().trim_end_matches(';').contains(';') {
        return false;
    }
    let words: Vec<String> = head.split_whitespace().map(str::to_ascii_lowercase).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [
            "select" | "with" | "values" | "insert" | "update" | "delete" | "merge" | "refresh" | "analyze"
            | "vacuum" | "notify" | "listen" | "comment" | "grant" | "revoke" | "lock" | "copy" | "security"
            | "cluster" | "reindex" | "truncate",
            ..,
        ] => true,
        ["set", "local" | "session", name, ..] | ["set", name, ..] => {
            !name.starts_with("search_path") && !matches!(*name, "local" | "session")
        }
        ["create" | "alter" | "drop", "role" | "user" | "group" | "database" | "tablespace", ..]
        | ["alter", "system", ..]
        | ["alter", "default", "privileges", ..] => true,
        ["alter", ..] => {
            let mut depth = 0_usize;
            let outside_brackets = |character: &char| {
                match character {
                    '(' => depth += 1,
                    ')' => depth = depth.saturating_sub(1),
                    _ => return depth == 0,
                }
                false
            };
            let whole: String = whole.to_ascii_lowercase().chars().filter(outside_brackets).collect();
            let words: Vec<&str> = whole.split_whitespace().collect();
            matches!(words.as_slice(), [.., "owner", "to", _]) && !whole.contains(',')
        }
        _ => false,
    }
}
