//! Calling routines: what their bodies do then.

use std::sync::Arc;

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};
use stairwell_catalog::{Function, FunctionKind, Object, ObjectId, Verb};

use super::{Fold, Via, body, plpgsql::Frame, resolve, settings};

/// Calls within calls that are followed.
const MAX_CALLS: usize = 16;

impl Fold {
    pub(crate) fn call(&mut self, it: &ast::Call) {
        let Some(name) = it.procedure_name_ref() else { return };
        let arguments: Vec<ast::Arg> = it.arg_list().into_iter().flat_map(|list| list.args()).collect();
        let scope = super::query::Scope { variables: self.within.variables, ..super::query::Scope::empty() };
        for expr in arguments.iter().filter_map(ast::Arg::expr) {
            self.expression(&expr, &scope);
        }
        let parts = resolve::parts(name.syntax());
        let procedures: Vec<ObjectId> = self
            .find_functions(&parts)
            .into_iter()
            .filter(|id| match self.state.get(id).map(|entry| &entry.object) {
                Some(Object::Function(it)) => it.kind == FunctionKind::Procedure,
                _ => false,
            })
            .collect();
        let fits = |id: &&ObjectId| match self.state.get(id).map(|entry| &entry.object) {
            Some(Object::Function(it)) => {
                let all = it.arguments.len();
                let defaults = it.arguments.iter().filter(|argument| argument.default).count();
                (all - defaults..=all).contains(&arguments.len())
            }
            _ => false,
        };
        let chosen = procedures.iter().find(fits).or(procedures.first()).cloned();
        match chosen {
            Some(id) => {
                self.effect(Verb::Reference, &id, name.syntax());
                self.called(&id, it.syntax());
            }
            None => self.missing_routine(&parts, "", name.syntax()),
        }
    }

    /// Folds what a routine does that `node` calls, as what follows from the statement around it.
    ///
    /// Whoever finds a call in a statement calls this, after noting the reference; it looks by itself whether
    /// the call runs now.
    pub(crate) fn called(&mut self, function: &ObjectId, node: &SyntaxNode) {
        if self.via == Via::Body
            || self.within.calls.contains(function)
            || self.within.calls.len() >= MAX_CALLS
            || !runs_now(node)
        {
            return;
        }
        let Some(Object::Function(it)) = self.state.get(function).map(|entry| entry.object.clone()) else {
            return;
        };
        // What is not volatile may not write.
        let Some(text) = it.body.as_ref().map(|body| body.0.clone()).filter(|_| it.volatility == "volatile")
        else {
            return;
        };
        let span = self.span(node);
        let via = self.via;
        let within = self.within.clone();
        let (guard, session) = (self.guard.clone(), self.session.clone());
        if via == Via::Statement {
            self.via = Via::Consequence;
        }
        self.within.variables = true;
        self.within.calls.push(*function);
        if !is_once(node) {
            let reason = || "a function that is called for rows may not be called".to_owned();
            self.guard.perhaps.get_or_insert_with(reason);
        }
        self.set_search_path(it.settings.get("search_path").map(|path| settings::search_path(path)));
        let frame = self.arguments_given(&it, node);
        let read = self.inside(Arc::new(move |_| span.clone()), |fold| fold.run(&it, &text, frame));
        let caught = self.within.caught.take();
        self.within = within;
        self.within.caught = self.within.caught.take().or(caught);
        (self.guard, self.session) = (guard, session);
        if read != Some(true) {
            self.opaque(format!("what {function} does cannot be read"), node);
        }
        self.via = via;
    }

    /// Runs a body; whether it could be read.
    fn run(&mut self, function: &Function, text: &str, frame: Frame) -> bool {
        match function.language.as_str() {
            "plpgsql" => match self.read_plpgsql(text) {
                Some(body) => {
                    self.plpgsql(&body, frame);
                    true
                }
                None => false,
            },
            "sql" => {
                let lower = text.trim_start().to_ascii_lowercase();
                if lower.starts_with("begin") || lower.starts_with("return") {
                    let whole = format!("CREATE FUNCTION f() RETURNS int LANGUAGE sql {text}");
                    let Some(statements) = body::statements(&whole) else { return false };
                    for body in statements.iter().filter_map(|it| match it {
                        ast::Stmt::CreateFunction(it) => it.body(),
                        _ => None,
                    }) {
                        self.routine_body(&body);
                    }
                    return true;
                }
                let Some(statements) = body::statements(text) else { return false };
                statements.iter().for_each(|statement| self.statement_inside(statement));
                true
            }
            // Nobody knows; but hardly any of them changes a catalog.
            _ => true,
        }
    }

    /// The parameters whose values the call says.
    fn arguments_given(&mut self, function: &Function, node: &SyntaxNode) -> Frame {
        let mut frame = Frame::default();
        let inputs: Vec<&str> = function
            .arguments
            .iter()
            .filter(|argument| argument.mode.is_input())
            .map(|argument| argument.name.as_str())
            .collect();
        let list = std::iter::once(node.clone())
            .chain(node.parent())
            .find_map(|node| node.children().find_map(ast::ArgList::cast));
        for (index, argument) in list.into_iter().flat_map(|list| list.args()).enumerate() {
            let (name, expr) = match argument.func_arg_expr() {
                Some(ast::FuncArgExpr::NamedArg(named)) => {
                    let Some(name) = named.name() else { continue };
                    (resolve::identifier(name.syntax()), named.expr())
                }
                Some(ast::FuncArgExpr::Expr(expr)) => {
                    (inputs.get(index).map(|name| (*name).to_owned()).unwrap_or_default(), Some(expr))
                }
                None => continue,
            };
            let value = expr.and_then(|expr| self.constant(&expr, &frame.constants));
            if let Some(position) = inputs.iter().position(|input| *input == name) {
                frame.constants.set(&format!("${}", position + 1), value.clone(), false);
            }
            frame.constants.set(&name, value, false);
        }
        frame
    }
}

/// Whether the statement around a call runs what it says, rather than keeping it.
fn runs_now(node: &SyntaxNode) -> bool {
    let statement = node.ancestors().filter_map(ast::Stmt::cast).last();
    matches!(
        statement,
        None | Some(
            ast::Stmt::Select(_)
                | ast::Stmt::SelectInto(_)
                | ast::Stmt::CompoundSelect(_)
                | ast::Stmt::ParenSelect(_)
                | ast::Stmt::Values(_)
                | ast::Stmt::Insert(_)
                | ast::Stmt::Update(_)
                | ast::Stmt::Delete(_)
                | ast::Stmt::Merge(_)
                | ast::Stmt::Copy(_)
                | ast::Stmt::CreateTableAs(_)
                | ast::Stmt::CreateMaterializedView(_)
                | ast::Stmt::Call(_)
        )
    )
}

/// Whether the call runs exactly once: `SELECT f()`, `CALL p()`, `PERFORM f()`, `x := f()`.
fn is_once(node: &SyntaxNode) -> bool {
    for ancestor in node.ancestors() {
        if ast::Call::can_cast(ancestor.kind()) || ast::PlpgsqlExpr::can_cast(ancestor.kind()) {
            return true;
        }
        if let Some(select) = ast::Select::cast(ancestor.clone()) {
            let is_whole = select.syntax().parent().is_none_or(|parent| {
                ast::SourceFile::can_cast(parent.kind())
                    || ast::PlpgsqlPerformStmt::can_cast(parent.kind())
                    || ast::PlpgsqlExecSqlStmt::can_cast(parent.kind())
            });
            let rows = select.where_clause().is_some()
                || select.from_clause().is_some_and(|from| {
                    // `SELECT * FROM f()`
                    from.syntax().children().count() != 1
                        || ast::RelationFromItem::can_cast(
                            from.syntax().first_child().map_or(from.syntax().kind(), |item| item.kind()),
                        )
                });
            return is_whole && !rows;
        }
        if ast::CaseExpr::can_cast(ancestor.kind()) {
            return false;
        }
    }
    false
}
