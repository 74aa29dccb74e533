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
    targets: Arc<[(usize, Vec<String>)]>,
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

const IN_LOOP: &str = "it stands in a loop, which may not run";
const CONDITION: &str = "it stands under a condition that is known only when it runs";
const AFTER_RETURN: &str = "a statement before it may end the block";
const IN_HANDLER: &str = "it stands in an exception handler";

/// More rounds of a loop are not followed one by one.
const MAX_ROUNDS: usize = 2_000;

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

    fn plpgsql_exprs(&mut self, node: &SyntaxNode) {
        for expr in node.children().filter_map(ast::PlpgsqlExpr::cast) {
            self.plpgsql_expr(&expr);
        }
    }

    fn block(&mut self, block: &ast::PlpgsqlBlock, frame: &mut Frame) -> Flow {
        self.declarations(block, frame);
        let Some(body) = block.body() else { return Flow::On };
        let Some(section) = block.exception() else { return self.plpgsql_body(&body, frame) };
        let handlers: Vec<ast::PlpgsqlExceptionHandler> = section.handlers().collect();
        if self.via == Via::Body {
            self.plpgsql_body(&body, frame);
            for handler in handlers.iter().filter_map(|handler| handler.body()) {
                self.plpgsql_body(&handler, frame);
            }
            return Flow::On;
        }
        let (mark, said, blind) = (self.state.mark(), self.outcome.said(), self.blind.clone());
        let guard = self.guard.clone();
        let outer = self.within.caught.take();
        if handlers.iter().any(|handler| catches(handler).refusals) {
            (self.guard.tolerant, self.guard.handled) = (true, true);
        }
        let mut flow = self.plpgsql_body(&body, frame);
        self.guard = guard;
        let caught = std::mem::replace(&mut self.within.caught, outer);
        let is_caught = caught.is_some();
        if let Some(problem) = caught {
            self.state.undo_to(mark);
            self.outcome.unsay(said);
            self.blind = blind;
            frame.constants.forget();
            frame.truths.clear();
            flow = Flow::On;
            let mut fitting = handlers.iter().filter(|handler| catches(handler).refusals);
            if let Some(body) = fitting.next().and_then(|handler| handler.body()) {
                if is_raised_again(&body) {
                    self.raise_again(problem);
                    return Flow::Raised;
                }
                flow = match fitting.next() {
                    None => self.plpgsql_body(&body, frame),
                    // Which of them it is depends on the kind of refusal.
                    Some(_) => self.perhaps(IN_HANDLER, |fold| fold.plpgsql_body(&body, frame)),
                };
            }
        }
        // What rows are there decides about the others.
        for handler in handlers.iter().filter(|handler| catches(handler).others) {
            if let Some(body) = handler.body().filter(|_| !is_caught) {
                let before = self.guard.tolerant;
                self.guard.tolerant = true;
                self.perhaps(IN_HANDLER, |fold| fold.plpgsql_body(&body, frame));
                self.guard.tolerant = before;
            }
        }
        flow
    }

    /// A handler that raises what it caught.
    fn raise_again(&mut self, problem: super::Problem) {
        if self.is_certain() {
            self.outcome.problems.push(problem);
        } else if self.is_handled() && self.within.caught.is_none() {
            self.within.caught = Some(problem);
        }
    }

    fn declarations(&mut self, block: &ast::PlpgsqlBlock, frame: &mut Frame) {
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

    fn plpgsql_body(&mut self, body: &ast::PlpgsqlBody, frame: &mut Frame) -> Flow {
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
                    self.into_variables(&inner, it.syntax(), frame);
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

    fn using(&mut self, clause: Option<ast::PlpgsqlUsingClause>) {
        for expr in clause.into_iter().flat_map(|clause| clause.exprs()) {
            self.plpgsql_expr(&expr);
        }
    }

    /// What variables hold, and `FOUND`, after a statement that may have an `INTO`.
    fn into_variables(&mut self, statement: &ast::Stmt, node: &SyntaxNode, frame: &mut Frame) {
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

    fn if_statement(&mut self, it: &ast::PlpgsqlIfStmt, frame: &mut Frame) -> Flow {
        let first = (it.cond(), it.then_body());
        let others = it.elsifs().map(|clause| (clause.cond(), clause.body()));
        let last = it.else_clause().map(|clause| (None, clause.body()));
        let mut flow = Flow::On;
        // Whether a condition before is not known, and whether it asked the system's catalogs.
        let mut doubt: Option<bool> = None;
        let before = frame.clone();
        for (condition, body) in std::iter::once(first).chain(others).chain(last) {
            if let Some(condition) = &condition {
                self.plpgsql_expr(condition);
            }
            let truth = match &condition {
                Some(condition) => {
                    sole_expr(condition).map_or(Truth::default(), |expr| self.truth(&expr, &before))
                }
                None => Truth::Yes,
            };
            let Some(body) = body else { continue };
            if self.via == Via::Body {
                self.plpgsql_body(&body, frame);
                continue;
            }
            match truth {
                Truth::No => continue,
                Truth::Yes if doubt.is_none() => return self.plpgsql_body(&body, frame),
                Truth::Yes | Truth::Unknown { .. } => {}
            }
            let asks = match truth {
                Truth::Unknown { asks_catalog } => {
                    asks_catalog && condition.as_ref().is_some_and(|it| is_about(it, &body))
                }
                Truth::Yes | Truth::No => doubt == Some(true),
            };
            doubt = Some(asks && doubt != Some(false));
            let mut inner = before.clone();
            let next = if asks {
                let guard = self.guard.clone();
                (self.guard.tolerant, self.guard.handled) = (true, false);
                let next = self.plpgsql_body(&body, &mut inner);
                self.guard = guard;
                next
            } else {
                self.perhaps(CONDITION, |fold| fold.plpgsql_body(&body, &mut inner))
            };
            match next {
                Flow::On | Flow::Raised => {}
                Flow::Return | Flow::Perhaps => flow = Flow::Perhaps,
                Flow::PerhapsNextRound if flow == Flow::On => flow = Flow::PerhapsNextRound,
                Flow::PerhapsNextRound => {}
            }
            forget_assigned(body.syntax(), frame);
            if truth == Truth::Yes {
                break;
            }
        }
        flow
    }

    fn case_statement(&mut self, it: &ast::PlpgsqlCaseStmt, frame: &mut Frame) -> Flow {
        if let Some(subject) = it.subject() {
            self.plpgsql_expr(&subject);
        }
        let mut flow = Flow::On;
        let whens = it.whens().map(|when| (when.cond(), when.body()));
        let last = it.else_clause().map(|clause| (None, clause.body()));
        for (condition, body) in whens.chain(last) {
            if let Some(condition) = condition {
                self.plpgsql_expr(&condition);
            }
            let Some(body) = body else { continue };
            let mut inner = frame.clone();
            let next = self.perhaps(CONDITION, |fold| fold.plpgsql_body(&body, &mut inner));
            if !matches!(next, Flow::On | Flow::Raised) {
                flow = Flow::Perhaps;
            }
            forget_assigned(body.syntax(), frame);
        }
        flow
    }

    fn loop_statement(&mut self, statement: &ast::PlpgsqlStmt, frame: &mut Frame) -> Flow {
        use ast::PlpgsqlStmt as Stmt;
        let node = statement.syntax();
        forget_assigned(node, frame);
        self.plpgsql_exprs(node);
        let Some(body) = node.children().find_map(ast::PlpgsqlBody::cast) else { return Flow::On };
        let names: Vec<String> = node
            .children()
            .filter_map(ast::PlpgsqlForVariable::cast)
            .filter_map(|it| Some(super::resolve::identifier(it.name()?.syntax())))
            .collect();
        for name in &names {
            frame.constants.set(name, None, false);
            frame.truths.remove(name);
        }
        let rounds = match statement {
            Stmt::PlpgsqlForIStmt(it) => {
                self.plpgsql_exprs(it.range().as_ref().map_or(node, |range| range.syntax()));
                self.numbers(it, frame)
            }
            Stmt::PlpgsqlForEachStmt(it) if it.slice().is_none() => {
                let array = it.array().as_ref().and_then(sole_expr);
                array.and_then(|array| self.elements(&array, frame))
            }
            Stmt::PlpgsqlForQueryStmt(it) => {
                if let Some(query) = it.query() {
                    self.statement_inside(&query);
                }
                None
            }
            Stmt::PlpgsqlForDynStmt(it) => {
                self.using(it.using_clause());
                if let Some(query) = it.query() {
                    self.dynamic(&query, frame);
                }
                None
            }
            _ => None,
        };
        let known = rounds.filter(|rounds| rounds.len() <= MAX_ROUNDS && self.via != Via::Body);
        let (Some(rounds), [name]) = (known, names.as_slice()) else {
            let mut inner = frame.clone();
            let flow = self.perhaps(IN_LOOP, |fold| fold.plpgsql_body(&body, &mut inner));
            frame.found = Truth::default();
            return if matches!(flow, Flow::Return | Flow::Perhaps) { Flow::Perhaps } else { Flow::On };
        };
        let perhaps = self.guard.perhaps.clone();
        let mut flow = Flow::On;
        for value in rounds {
            let mut inner = frame.clone();
            inner.constants.set(name, Some(value), true);
            match self.plpgsql_body(&body, &mut inner) {
                Flow::On => {}
                // An EXIT ends the later rounds as well.
                Flow::Perhaps | Flow::PerhapsNextRound => {
                    self.guard.perhaps.get_or_insert_with(|| IN_LOOP.to_owned());
                    flow = Flow::PerhapsNextRound;
                }
                ended @ (Flow::Return | Flow::Raised) => {
                    self.guard.perhaps = perhaps;
                    return if flow == Flow::On { ended } else { Flow::Perhaps };
                }
            }
        }
        self.guard.perhaps = perhaps;
        frame.found = Truth::default();
        Flow::On
    }

    /// The numbers that `FOR i IN a..b` counts, if they are known.
    fn numbers(&self, it: &ast::PlpgsqlForIStmt, frame: &Frame) -> Option<Vec<String>> {
        let range = it.range()?;
        let number = |expr: Option<ast::PlpgsqlExpr>| -> Option<i64> {
            self.constant(&sole_expr(&expr?)?, &frame.constants)?.trim().parse().ok()
        };
        let (lower, upper) = (number(range.lower())?, number(range.upper())?);
        let step = match range.step() {
            Some(step) => number(Some(step)).filter(|step| *step > 0)?,
            None => 1,
        };
        let mut numbers = Vec::new();
        let mut at = lower;
        let reverse = it.reverse_token().is_some();
        while (if reverse { at >= upper } else { at <= upper }) && numbers.len() <= MAX_ROUNDS {
            numbers.push(at.to_string());
            at = if reverse { at.checked_sub(step)? } else { at.checked_add(step)? };
        }
        Some(numbers)
    }

    /// The elements of `ARRAY['a', 'b']` or `'{a,b}'`, if they are known.
    fn elements(&self, expr: &ast::Expr, frame: &Frame) -> Option<Vec<String>> {
        match expr {
            ast::Expr::ArrayExpr(array) if array.select_variant().is_none() => {
                array.exprs().map(|element| self.constant(&element, &frame.constants)).collect()
            }
            ast::Expr::ParenExpr(it) => self.elements(&it.expr()?, frame),
            ast::Expr::CastExpr(it) => self.elements(&it.expr()?, frame),
            ast::Expr::Literal(literal) => {
                let text = literal.string_value()?;
                let inner = text.trim().strip_prefix('{')?.strip_suffix('}')?;
                if inner.contains(['"', '{', '\\']) {
                    return None;
                }
                let elements = inner.split(',').map(|element| element.trim().to_owned());
                Some(elements.filter(|element| !element.is_empty()).collect())
            }
            _ => None,
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

/// What a handler is for.
#[derive(Clone, Copy, Default)]
struct Catches {
    /// Refusals that the catalog decides about.
    refusals: bool,
    /// Those that rows decide about, and any other.
    others: bool,
}

fn catches(handler: &ast::PlpgsqlExceptionHandler) -> Catches {
    let mut catches = Catches::default();
    for condition in handler.conditions() {
        let text = condition.syntax().text().to_string().to_ascii_lowercase();
        match text.trim() {
            "others" => (catches.refusals, catches.others) = (true, true),
            text if text.starts_with("sqlstate") => {
                // Class 42 is what the catalog decides about, 2B what depends on something.
                let refusal = text.contains("'42") || text.contains("'2b") || text.contains("'3f");
                catches.refusals |= refusal;
                catches.others |= !refusal;
            }
            text => {
                let refusal = text.starts_with("duplicate_")
                    || text.starts_with("undefined_")
                    || text.starts_with("invalid_")
                    || text.starts_with("ambiguous_")
                    || matches!(
                        text,
                        "syntax_error_or_access_rule_violation"
                            | "wrong_object_type"
                            | "dependent_objects_still_exist"
                            | "object_in_use"
                            | "object_not_in_prerequisite_state"
                            | "feature_not_supported"
                            | "datatype_mismatch"
                            | "insufficient_privilege"
                    );
                catches.refusals |= refusal;
                catches.others |= !refusal;
            }
        }
    }
    catches
}

/// Whether a handler ends in `RAISE`, the caught exception or another one.
fn is_raised_again(body: &ast::PlpgsqlBody) -> bool {
    body.stmts().any(|statement| match statement {
        ast::PlpgsqlStmt::PlpgsqlRaiseStmt(it) => {
            it.level().is_none_or(|level| level.exception_token().is_some())
        }
        _ => false,
    })
}

/// Forgets what a part of the body may assign to.
fn forget_assigned(node: &SyntaxNode, frame: &mut Frame) {
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

/// Whether the names that a condition asks for appear in what stands under it.
fn is_about(condition: &ast::PlpgsqlExpr, body: &ast::PlpgsqlBody) -> bool {
    let body = body.syntax().text().to_string().to_ascii_lowercase();
    condition
        .syntax()
        .descendants()
        .filter_map(ast::Literal::cast)
        .filter_map(|literal| literal.string_value())
        .filter_map(|text| text.rsplit('.').next().map(|name| name.trim_matches('"').to_ascii_lowercase()))
        .any(|name| name.len() > 1 && name != "public" && body.contains(&name))
}
