//! Walking a block of PL/pgSQL: of a `DO` statement, whose statements run now; of a routine that is called;
//! and of a routine's body that only says what it will do.

use std::{collections::BTreeMap, sync::Arc};

use squawk_syntax::{
    SyntaxNode,
    ast::{self, AstNode},
};

use super::{Fold, ProblemKind, Via, body, condition::Truth, constant::Constants, query::Scope};

/// What is known while a body is walked through.
#[derive(Debug, Clone, Default)]
pub(crate) struct Frame {
    pub(crate) constants: Constants,
    /// Variables that are known to be true or false.
    pub(crate) truths: BTreeMap<String, Truth>,
    /// `FOUND`.
    pub(crate) found: Truth,
    /// See [`body::Plpgsql`].
    pub(super) targets: Arc<[(usize, Vec<String>)]>,
}

/// How a statement goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Flow {
    /// With the next one.
    On,
    /// With the next one, unless the body ended, which is not known.
    Perhaps,
    /// With the next one, unless the loop's body ended, which is not known.
    PerhapsNextRound,
    /// Not: the body ends.
    Return,
    /// Not: an exception ends the body, up to a handler.
    Raised,
}

const AFTER_RETURN: &str = "a statement before it may end the block";

/// The expression that stands for a value, where it is no query.
pub(crate) fn sole_expr(expr: &ast::PlpgsqlExpr) -> Option<ast::Expr> {
    let mut targets = expr.target_list()?.targets();
    let only = targets.next()?;
    let plain = targets.next().is_none() && expr.syntax().children().count() == 1;
    if plain { only.expr() } else { None }
}

impl Fold {
    /// Walks through a body.
    pub(crate) fn plpgsql(&mut self, body: &body::Plpgsql, mut frame: Frame) -> Flow {
        frame.targets = Arc::clone(&body.targets);
        match body.tree.block() {
            Some(block) => self.block(&block, &mut frame),
            None => Flow::On,
        }
    }

    /// A statement of SQL in a body, in SQL or in PL/pgSQL.
    pub(crate) fn statement_inside(&mut self, statement: &ast::Stmt) {
        if let ast::Stmt::SelectInto(select) = statement
            && self.within.variables
        {
            // Into a variable.
            let scope = self.scope_inside();
            self.query(&ast::SelectVariant::SelectInto(select.clone()), &scope);
            return;
        }
        if self.via != Via::Body {
            self.statement(statement);
            return;
        }
        // A body changes nothing now; but later statements of it may name what it makes for itself.
        let is_read = match statement {
            ast::Stmt::Select(_)
            | ast::Stmt::CompoundSelect(_)
            | ast::Stmt::ParenSelect(_)
            | ast::Stmt::Values(_)
            | ast::Stmt::Table(_)
            | ast::Stmt::Insert(_)
            | ast::Stmt::Update(_)
            | ast::Stmt::Delete(_)
            | ast::Stmt::Merge(_)
            | ast::Stmt::Copy(_)
            | ast::Stmt::Truncate(_)
            | ast::Stmt::Lock(_)
            | ast::Stmt::Refresh(_)
            | ast::Stmt::Declare(_)
            | ast::Stmt::Call(_)
            | ast::Stmt::Do(_) => true,
            ast::Stmt::CreateTable(it) => is_temporary(it.persistence()),
            ast::Stmt::CreateTableAs(it) => is_temporary(it.persistence()),
            _ => false,
        };
        if is_read {
            self.statement(statement);
        }
    }

    /// The scope of an expression in a body: a name may be a variable.
    pub(crate) fn scope_inside(&self) -> Scope {
        Scope { variables: true, ..Scope::empty() }
    }

    /// Analyses an expression of PL/pgSQL, which is a query without its `SELECT`.
    pub(crate) fn plpgsql_expr(&mut self, expr: &ast::PlpgsqlExpr) {
        if self.via == Via::Body
            && let Some(expr) = sole_expr(expr)
        {
            let scope = self.scope_inside();
            self.expression(&expr, &scope);
            return;
        }
        const SELECT: &str = "SELECT ";
        let text = format!("{SELECT}{}", expr.syntax().text());
        let (outer, start) = (self.locate(), usize::from(expr.syntax().text_range().start()));
        let position = move |at: usize| at.saturating_sub(SELECT.len()) + start;
        let Some(statements) = body::statements(&text) else { return };
        self.inside(Arc::new(move |range| outer(position(range.start)..position(range.end))), |fold| {
            statements.iter().for_each(|statement| fold.statement_inside(statement));
        });
    }

    pub(super) fn plpgsql_exprs(&mut self, node: &SyntaxNode) {
        for expr in node.children().filter_map(ast::PlpgsqlExpr::cast) {
            self.plpgsql_expr(&expr);
        }
    }

    pub(super) fn declarations(&mut self, block: &ast::PlpgsqlBlock, frame: &mut Frame) {
        for declaration in block.declare_section().into_iter().flat_map(|section| section.decls()) {
            match declaration {
                ast::PlpgsqlDecl::PlpgsqlVarDecl(it) => {
                    let Some(name) = it.name().map(|name| super::resolve::identifier(name.syntax())) else {
                        continue;
                    };
                    let init = it.init().and_then(|init| init.expr());
                    if let Some(init) = &init {
                        self.plpgsql_expr(init);
                    }
                    self.assign(&name, init.as_ref(), it.constant_token().is_some(), frame);
                }
                ast::PlpgsqlDecl::PlpgsqlCursorDecl(it) => {
                    if let Some(query) = it.query() {
                        self.statement_inside(&query);
                    }
                }
                ast::PlpgsqlDecl::PlpgsqlAliasDecl(_) => {}
            }
        }
    }

    fn assign(&mut self, name: &str, value: Option<&ast::PlpgsqlExpr>, fixed: bool, frame: &mut Frame) {
        let expr = value.and_then(sole_expr);
        let text = expr.as_ref().and_then(|expr| self.constant(expr, &frame.constants));
        let truth = expr.as_ref().map_or(Truth::default(), |expr| self.truth(expr, frame));
        frame.constants.set(name, text, fixed);
        frame.truths.insert(name.to_owned(), truth);
    }

    pub(super) fn plpgsql_body(&mut self, body: &ast::PlpgsqlBody, frame: &mut Frame) -> Flow {
        let perhaps = self.guard.perhaps.clone();
        let mut flow = Flow::On;
        for statement in body.stmts() {
            let next = self.plpgsql_statement(&statement, frame);
            if self.via == Via::Body {
                continue;
            }
            if self.within.caught.is_some() {
                flow = Flow::Raised;
                break;
            }
            match next {
                Flow::On => {}
                Flow::Perhaps | Flow::PerhapsNextRound => {
                    self.guard.perhaps.get_or_insert_with(|| AFTER_RETURN.to_owned());
                    flow = next;
                }
                Flow::Return | Flow::Raised => {
                    if flow == Flow::On {
                        flow = next;
                    }
                    break;
                }
            }
        }
        self.guard.perhaps = perhaps;
        flow
    }

    /// Does something that may not run.
    pub(crate) fn perhaps<T>(&mut self, reason: &str, work: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.guard.perhaps.clone();
        self.guard.perhaps.get_or_insert_with(|| reason.to_owned());
        let result = work(self);
        self.guard.perhaps = before;
        result
    }

    fn plpgsql_statement(&mut self, statement: &ast::PlpgsqlStmt, frame: &mut Frame) -> Flow {
        use ast::PlpgsqlStmt as Stmt;
        match statement {
            Stmt::PlpgsqlBlock(it) => {
                // Its variables end with it.
                let mut inner = frame.clone();
                let flow = self.block(it, &mut inner);
                forget_assigned(it.syntax(), frame);
                flow
            }
            Stmt::PlpgsqlExecSqlStmt(it) => {
                if let Some(inner) = it.stmt() {
                    self.assign_into(&inner, it.syntax(), frame);
                    self.statement_inside(&inner);
                }
                Flow::On
            }
            Stmt::PlpgsqlPerformStmt(it) => {
                let query = it
                    .select()
                    .map(ast::Stmt::Select)
                    .or_else(|| it.compound_select().map(ast::Stmt::CompoundSelect));
                if let Some(query) = query {
                    frame.found = self.rows_of(&query, frame);
                    self.statement_inside(&query);
                }
                Flow::On
            }
            Stmt::PlpgsqlCallStmt(it) => {
                if let Some(call) = it.call() {
                    self.call(&call);
                }
                Flow::On
            }
            Stmt::PlpgsqlDoStmt(it) => {
                if let Some(block) = it.do_() {
                    self.do_block(&block);
                }
                Flow::On
            }
            Stmt::PlpgsqlAssignStmt(it) => {
                let target = it.syntax().children().find_map(ast::PlpgsqlAssignTarget::cast);
                let value = it.syntax().children().find_map(ast::PlpgsqlExpr::cast);
                if let Some(value) = &value {
                    self.plpgsql_expr(value);
                }
                if let Some(target) = target {
                    let name = target.name().map(|name| super::resolve::identifier(name.syntax()));
                    let whole = target.accessors().next().is_none() && self.guard.perhaps.is_none();
                    self.assign(&name.unwrap_or_default(), value.as_ref().filter(|_| whole), false, frame);
                }
                Flow::On
            }
            Stmt::PlpgsqlDynExecuteStmt(it) => {
                self.using(it.using_clause());
                if let Some(query) = it.query() {
                    self.dynamic(&query, frame);
                }
                if it.into_clause().is_some() {
                    frame.constants.forget();
                    frame.truths.clear();
                }
                Flow::On
            }
            Stmt::PlpgsqlIfStmt(it) => self.if_statement(it, frame),
            Stmt::PlpgsqlCaseStmt(it) => self.case_statement(it, frame),
            Stmt::PlpgsqlLoopStmt(_)
            | Stmt::PlpgsqlWhileStmt(_)
            | Stmt::PlpgsqlForIStmt(_)
            | Stmt::PlpgsqlForQueryStmt(_)
            | Stmt::PlpgsqlForDynStmt(_)
            | Stmt::PlpgsqlForCursorStmt(_)
            | Stmt::PlpgsqlForEachStmt(_) => self.loop_statement(statement, frame),
            Stmt::PlpgsqlExitStmt(_) | Stmt::PlpgsqlContinueStmt(_) => Flow::PerhapsNextRound,
            Stmt::PlpgsqlReturnStmt(it) => {
                self.plpgsql_exprs(it.syntax());
                Flow::Return
            }
            Stmt::PlpgsqlReturnQueryStmt(it) => {
                if let Some(query) = it.query() {
                    self.statement_inside(&query);
                }
                Flow::On
            }
            Stmt::PlpgsqlReturnQueryExecuteStmt(it) => {
                self.using(it.using_clause());
                if let Some(query) = it.query() {
                    self.dynamic(&query, frame);
                }
                Flow::On
            }
            Stmt::PlpgsqlOpenStmt(it) => {
                match it.source() {
                    Some(ast::PlpgsqlOpenSource::PlpgsqlOpenQuery(source)) => {
                        if let Some(query) = source.query() {
                            self.statement_inside(&query);
                        }
                    }
                    Some(ast::PlpgsqlOpenSource::PlpgsqlOpenExecute(source)) => {
                        if let Some(query) = source.query() {
                            self.dynamic(&query, frame);
                        }
                    }
                    None => {}
                }
                Flow::On
            }
            Stmt::PlpgsqlRaiseStmt(it) => self.raise(it),
            Stmt::PlpgsqlFetchStmt(_) | Stmt::PlpgsqlGetDiagStmt(_) => {
                frame.constants.forget();
                frame.truths.clear();
                frame.found = Truth::default();
                Flow::On
            }
            Stmt::PlpgsqlMoveStmt(_) => {
                frame.found = Truth::default();
                Flow::On
            }
            Stmt::PlpgsqlReturnNextStmt(it) => {
                self.plpgsql_exprs(it.syntax());
                Flow::On
            }
            Stmt::PlpgsqlAssertStmt(it) => {
                self.plpgsql_exprs(it.syntax());
                Flow::On
            }
            Stmt::PlpgsqlCloseStmt(_)
            | Stmt::PlpgsqlCommitStmt(_)
            | Stmt::PlpgsqlRollbackStmt(_)
            | Stmt::PlpgsqlNullStmt(_) => Flow::On,
        }
    }

    pub(super) fn using(&mut self, clause: Option<ast::PlpgsqlUsingClause>) {
        for expr in clause.into_iter().flat_map(|clause| clause.exprs()) {
            self.plpgsql_expr(&expr);
        }
    }

    /// What variables hold, and `FOUND`, after a statement that may have an `INTO`.
    fn assign_into(&mut self, statement: &ast::Stmt, node: &SyntaxNode, frame: &mut Frame) {
        let is_query = matches!(
            statement,
            ast::Stmt::Select(_)
                | ast::Stmt::SelectInto(_)
                | ast::Stmt::CompoundSelect(_)
                | ast::Stmt::Values(_)
        );
        let writes = matches!(
            statement,
            ast::Stmt::Insert(_) | ast::Stmt::Update(_) | ast::Stmt::Delete(_) | ast::Stmt::Merge(_)
        );
        if !is_query && !writes {
            return;
        }
        let range = node.text_range();
        let inside = |at: usize| usize::from(range.start()) <= at && at < usize::from(range.end());
        let names = frame.targets.iter().find(|(at, _)| inside(*at)).map(|(_, names)| names.clone());
        let truth = self.sole_truth(statement, frame);
        frame.found = if is_query { self.rows_of(statement, frame) } else { Truth::default() };
        match names {
            Some(names) => {
                let only = names.len() == 1 && self.guard.perhaps.is_none();
                for name in names {
                    frame.constants.set(&name, None, false);
                    frame.truths.insert(name, if only { truth } else { Truth::default() });
                }
            }
            // A query always goes into variables; they may have been blanked out.
            None if is_query || node.text().to_string().to_ascii_lowercase().contains("returning") => {
                frame.constants.forget();
                frame.truths.clear();
            }
            None => {}
        }
    }

    fn raise(&mut self, it: &ast::PlpgsqlRaiseStmt) -> Flow {
        for expr in it.params() {
            self.plpgsql_expr(&expr);
        }
        let raises = it.level().is_none_or(|level| level.exception_token().is_some());
        if !raises {
            return Flow::On;
        }
        let reason = "the block raises an exception whenever it runs".to_owned();
        self.refuse(ProblemKind::Invalid(reason), it.syntax(), None);
        Flow::Raised
    }
}

fn is_temporary(persistence: Option<ast::Persistence>) -> bool {
    matches!(persistence, Some(ast::Persistence::Temp(_)))
}

/// Forgets what a part of the body may assign to.
pub(super) fn forget_assigned(node: &SyntaxNode, frame: &mut Frame) {
    let mut all = false;
    for node in node.descendants() {
        if let Some(target) = ast::PlpgsqlAssignTarget::cast(node.clone()) {
            if let Some(name) = target.name().map(|name| super::resolve::identifier(name.syntax())) {
                frame.constants.set(&name, None, false);
                frame.truths.remove(&name);
            }
        } else if let Some(exec) = ast::PlpgsqlExecSqlStmt::cast(node.clone()) {
            let written = exec.syntax().text().to_string().to_ascii_lowercase();
            all |=
                written.starts_with("select") || written.starts_with("with") || written.contains("returning");
        } else {
            all |=
                ast::PlpgsqlIntoClause::can_cast(node.kind()) || ast::PlpgsqlDiagItem::can_cast(node.kind());
        }
    }
    if all {
        frame.constants.forget();
        frame.truths.clear();
    }
    frame.found = Truth::default();
}
