//! Conditions of `IF` that ask the system's catalogs whether something exists: the fold knows the answer.

use squawk_syntax::ast::{self, AstNode, BinOp, PrefixOp};

use super::{
    Fold,
    catalog_query::{name_parts, relations_of},
    plpgsql::Frame,
    resolve::{self, Found},
    system_catalog::{Question, table_of},
};

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Truth {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// That is known only when it runs.
    Unknown {
        /// Whether it is the system's catalogs that know.
        asks_catalog: bool,
    },
}

impl Default for Truth {
    fn default() -> Self {
        Self::Unknown { asks_catalog: false }
    }
}

impl Truth {
    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            unknown @ Self::Unknown { .. } => unknown,
        }
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, other) => other,
            (this, Self::Yes) => this,
            (Self::Unknown { asks_catalog: a }, Self::Unknown { asks_catalog: b }) => {
                Self::Unknown { asks_catalog: a && b }
            }
        }
    }
}

impl Fold {
    /// Whether a condition holds now.
    pub(crate) fn truth(&self, expr: &ast::Expr, frame: &Frame) -> Truth {
        match expr {
            ast::Expr::ParenExpr(it) => {
                if let Some(inner) = it.expr() {
                    return self.truth(&inner, frame);
                }
                it.select().map_or(Truth::default(), |select| self.truth_of_select(&select, frame))
            }
            ast::Expr::PrefixExpr(it) => match (it.op(), it.expr()) {
                (Some(PrefixOp::Not(_)), Some(inner)) => self.truth(&inner, frame).not(),
                _ => Truth::default(),
            },
            ast::Expr::BinExpr(it) => self.truth_of_operation(it, frame),
            ast::Expr::PostfixExpr(it) => {
                let Some(inner) = it.expr() else { return Truth::default() };
                let is_there = self.lookup(&inner, frame);
                match it.op() {
                    Some(ast::PostfixOp::IsNull(_)) => is_there.not(),
                    Some(ast::PostfixOp::NotNull(_)) => is_there,
                    _ => Truth::default(),
                }
            }
            ast::Expr::CallExpr(it) => match it.exists_fn().and_then(|exists| exists.select_variant()) {
                Some(ast::SelectVariant::Select(select)) => self.exists(&select, frame),
                _ => Truth::default(),
            },
            ast::Expr::NameRef(name) => {
                let name = resolve::identifier(name.syntax());
                if name == "found" {
                    return frame.found;
                }
                frame.truths.get(&name).copied().unwrap_or_default()
            }
            ast::Expr::Literal(literal) => match literal.kind() {
                Some(ast::LitKind::True(_)) => Truth::Yes,
                Some(ast::LitKind::False(_)) => Truth::No,
                _ => Truth::default(),
            },
            _ => Truth::default(),
        }
    }

    fn truth_of_operation(&self, it: &ast::BinExpr, frame: &Frame) -> Truth {
        let (Some(lhs), Some(rhs), Some(op)) = (it.lhs(), it.rhs(), it.op()) else { return Truth::default() };
        match op {
            BinOp::And(_) => self.truth(&lhs, frame).and(self.truth(&rhs, frame)),
            BinOp::Or(_) => self.truth(&lhs, frame).not().and(self.truth(&rhs, frame).not()).not(),
            BinOp::Is(_) if is_null(&rhs) => self.lookup(&lhs, frame).not(),
            BinOp::IsNot(_) if is_null(&rhs) => self.lookup(&lhs, frame),
            BinOp::Is(_) | BinOp::Eq(_) if is_boolean(&rhs, true) => self.truth(&lhs, frame),
            BinOp::Is(_) | BinOp::Eq(_) if is_boolean(&rhs, false) => self.truth(&lhs, frame).not(),
            BinOp::IsNot(_) if is_boolean(&rhs, true) => self.truth(&lhs, frame).not(),
            // `(SELECT count(*) FROM …) = 0`
            _ => {
                let number = self.constant(&rhs, &frame.constants).unwrap_or_default();
                compared(self.counted(&lhs, frame), &op, &number)
            }
        }
    }

    /// Whether a query that counts rows finds one.
    fn counted(&self, expr: &ast::Expr, frame: &Frame) -> Truth {
        let ast::Expr::ParenExpr(paren) = expr else { return Truth::default() };
        if let Some(inner) = paren.expr() {
            return self.counted(&inner, frame);
        }
        let Some(select) = paren.select() else { return Truth::default() };
        if sole_target(&select).is_some_and(|target| is_count(&target)) {
            self.exists_rows(&select, frame)
        } else {
            Truth::default()
        }
    }

    /// Whether `to_regclass('…')` and its like find something.
    fn lookup(&self, expr: &ast::Expr, frame: &Frame) -> Truth {
        let unknown = Truth::Unknown { asks_catalog: true };
        match expr {
            ast::Expr::ParenExpr(it) => match (it.expr(), it.select()) {
                (Some(inner), _) => self.lookup(&inner, frame),
                (None, Some(select)) if select.from_clause().is_none() => {
                    sole_target(&select).map_or(Truth::default(), |target| self.lookup(&target, frame))
                }
                // `(SELECT oid FROM pg_type WHERE …) IS NULL`
                (None, Some(select)) => self.exists(&select, frame),
                (None, None) => Truth::default(),
            },
            ast::Expr::CastExpr(it) => it.expr().map_or(Truth::default(), |it| self.lookup(&it, frame)),
            ast::Expr::CallExpr(call) => {
                let Some(name) = call.expr().map(|name| resolve::identifier_of(name.syntax())) else {
                    return Truth::default();
                };
                let argument = call.arg_list().and_then(|list| list.args().next()).and_then(|arg| arg.expr());
                let Some(text) = argument.and_then(|expr| self.constant(&expr, &frame.constants)) else {
                    return Truth::default();
                };
                let parts = name_parts(&text);
                let found = match name.as_str() {
                    "to_regclass" => self.find_relation(&parts),
                    "to_regtype" => match parts.as_slice() {
                        [name] if super::types::is_built_in(name) => return Truth::Yes,
                        _ => self.find_type(&parts),
                    },
                    _ => return Truth::default(),
                };
                match found {
                    _ if self.blind.is_some() => unknown,
                    Found::Object(id) => match self.state.get(&id) {
                        Some(entry) if entry.opaque.is_none() => Truth::Yes,
                        _ => unknown,
                    },
                    Found::Elsewhere(_) => unknown,
                    Found::Nothing(_) => Truth::No,
                }
            }
            _ => Truth::default(),
        }
    }

    /// Whether `SELECT condition`, or `SELECT count(*) > 0 FROM …`, gives true.
    fn truth_of_select(&self, select: &ast::Select, frame: &Frame) -> Truth {
        match sole_target(select) {
            Some(ast::Expr::BinExpr(it)) if select.from_clause().is_some() => {
                let (Some(lhs), Some(rhs), Some(op)) = (it.lhs(), it.rhs(), it.op()) else {
                    return Truth::default();
                };
                let number = self.constant(&rhs, &frame.constants).unwrap_or_default();
                if is_count(&lhs) {
                    compared(self.exists_rows(select, frame), &op, &number)
                } else {
                    Truth::default()
                }
            }
            Some(target) if select.from_clause().is_none() && select.where_clause().is_none() => {
                self.truth(&target, frame)
            }
            _ => Truth::default(),
        }
    }

    /// What a query that is a statement gives, if it is one truth.
    pub(crate) fn sole_truth(&self, statement: &ast::Stmt, frame: &Frame) -> Truth {
        match statement {
            ast::Stmt::Select(select) => self.truth_of_select(select, frame),
            _ => Truth::default(),
        }
    }

    /// Whether a query that is a statement gives rows: what `FOUND` is after it.
    pub(crate) fn rows_of(&self, statement: &ast::Stmt, frame: &Frame) -> Truth {
        match statement {
            ast::Stmt::Select(select)
                if select.from_clause().is_none() && select.where_clause().is_none() =>
            {
                Truth::Yes
            }
            ast::Stmt::Select(select) => self.exists(select, frame),
            _ => Truth::default(),
        }
    }

    /// Whether a query gives rows.
    fn exists(&self, select: &ast::Select, frame: &Frame) -> Truth {
        // `EXISTS (SELECT count(*) …)` is always true.
        let aggregates = sole_target(select)
            .is_some_and(|target| matches!(&target, ast::Expr::CallExpr(call) if call.expr().is_some()));
        if aggregates && select.from_clause().is_some() {
            return Truth::Unknown { asks_catalog: self.asks_catalog(select) };
        }
        self.exists_rows(select, frame)
    }

    pub(super) fn asks_catalog(&self, select: &ast::Select) -> bool {
        let mut relations = relations_of(select).into_iter();
        let mut any = false;
        relations.all(|(parts, _)| {
            any = true;
            table_of(&parts).is_some()
        }) && any
    }

    /// Whether the rows that a query goes through, before it counts them, are there.
    fn exists_rows(&self, select: &ast::Select, frame: &Frame) -> Truth {
        if !self.asks_catalog(select) {
            return Truth::default();
        }
        let unknown = Truth::Unknown { asks_catalog: true };
        if select.group_by_clause().is_some()
            || select.having_clause().is_some()
            || select.with_clause().is_some()
        {
            return unknown;
        }
        let mut question = Question::default();
        self.ask(select, &mut question, frame);
        self.answer(&question)
    }
}

fn sole_target(select: &ast::Select) -> Option<ast::Expr> {
    let mut targets = select.select_clause()?.target_list()?.targets();
    let only = targets.next()?;
    if targets.next().is_none() { only.expr() } else { None }
}

fn is_count(expr: &ast::Expr) -> bool {
    let ast::Expr::CallExpr(call) = expr else { return false };
    call.expr().is_some_and(|name| resolve::identifier_of(name.syntax()) == "count")
}

/// Whether the comparison of a number of rows holds, given whether there are any.
fn compared(any: Truth, op: &BinOp, number: &str) -> Truth {
    match (op, number) {
        (BinOp::Eq(_), "0") | (BinOp::LAngle(_), "1") | (BinOp::Lteq(_), "0") => any.not(),
        (BinOp::RAngle(_) | BinOp::Neq(_) | BinOp::Neqb(_), "0") | (BinOp::Gteq(_), "1") => any,
        // What is asked for by its name is there once.
        (BinOp::Eq(_), "1") => any,
        _ => Truth::default(),
    }
}

fn is_null(expr: &ast::Expr) -> bool {
    matches!(expr, ast::Expr::Literal(literal) if matches!(literal.kind(), Some(ast::LitKind::Null(_))))
}

fn is_boolean(expr: &ast::Expr, value: bool) -> bool {
    match expr {
        ast::Expr::Literal(literal) => match literal.kind() {
            Some(ast::LitKind::True(_)) => value,
            Some(ast::LitKind::False(_)) => !value,
            _ => false,
        },
        _ => false,
    }
}
