//! Conditions and loops of PL/pgSQL.

use squawk_syntax::{
    SyntaxKind,
    ast::{self, AstNode},
};

use super::{
    Fold, Via,
    condition::Truth,
    plpgsql::{Flow, Frame, forget_assigned, sole_expr},
    resolve::{identifier, identifier_of},
    rounds::MAX_ROUNDS,
};

const IN_LOOP: &str = "it stands in a loop, which may not run";
const CONDITION: &str = "it stands under a condition that is known only when it runs";

impl Fold {
    pub(super) fn if_statement(&mut self, it: &ast::PlpgsqlIfStmt, frame: &mut Frame) -> Flow {
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
            let guard = self.guard.clone();
            if asks {
                (self.guard.tolerant, self.guard.handled) = (true, false);
            }
            let next = if asks && condition.as_ref().is_some_and(|condition| settles(condition, &body)) {
                self.plpgsql_body(&body, &mut inner)
            } else {
                self.perhaps(CONDITION, |fold| fold.plpgsql_body(&body, &mut inner))
            };
            self.guard = guard;
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

    pub(super) fn case_statement(&mut self, it: &ast::PlpgsqlCaseStmt, frame: &mut Frame) -> Flow {
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

    pub(super) fn loop_statement(&mut self, statement: &ast::PlpgsqlStmt, frame: &mut Frame) -> Flow {
        use ast::PlpgsqlStmt as Stmt;
        let node = statement.syntax();
        forget_assigned(node, frame);
        self.plpgsql_exprs(node);
        let Some(body) = node.children().find_map(ast::PlpgsqlBody::cast) else { return Flow::On };
        let names: Vec<String> = node
            .children()
            .filter_map(ast::PlpgsqlForVariable::cast)
            .filter_map(|it| Some(identifier(it.name()?.syntax())))
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
                let query = it.query();
                if let Some(query) = &query {
                    self.statement_inside(query);
                }
                query.and_then(|query| self.rows_given(&query, frame))
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
        let Some(rounds) = known else {
            let mut inner = frame.clone();
            let flow = self.perhaps(IN_LOOP, |fold| fold.plpgsql_body(&body, &mut inner));
            frame.found = Truth::default();
            return if matches!(flow, Flow::Return | Flow::Perhaps) { Flow::Perhaps } else { Flow::On };
        };
        let perhaps = self.guard.perhaps.clone();
        let mut flow = Flow::On;
        for row in rounds {
            let mut inner = frame.clone();
            for (name, (_, value)) in names.iter().zip(&row) {
                inner.constants.set(name, Some(value.clone()), true);
            }
            if let [record] = names.as_slice() {
                for (column, value) in row {
                    inner.constants.set(&format!("{record}.{column}"), Some(value), true);
                }
            }
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
}

/// The names that a condition asks for.
fn names_asked(condition: &ast::PlpgsqlExpr) -> Vec<String> {
    condition
        .syntax()
        .descendants()
        .filter_map(ast::Literal::cast)
        .filter_map(|literal| literal.string_value())
        .filter_map(|text| text.rsplit('.').next().map(|name| name.trim_matches('"').to_ascii_lowercase()))
        .filter(|name| name.len() > 1 && name != "public")
        .collect()
}

/// Whether the names that a condition asks for appear in what stands under it.
fn is_about(condition: &ast::PlpgsqlExpr, body: &ast::PlpgsqlBody) -> bool {
    let body = body.syntax().text().to_string().to_ascii_lowercase();
    names_asked(condition).iter().any(|name| body.contains(name))
}

/// Whether what is asked for is there behind the body in any case: the body creates it, and nothing else.
fn settles(condition: &ast::PlpgsqlExpr, body: &ast::PlpgsqlBody) -> bool {
    let mut created = Vec::new();
    for statement in body.stmts() {
        match statement {
            ast::PlpgsqlStmt::PlpgsqlRaiseStmt(_) | ast::PlpgsqlStmt::PlpgsqlNullStmt(_) => {}
            ast::PlpgsqlStmt::PlpgsqlExecSqlStmt(it) => {
                created.push(it.stmt().and_then(|it| created_name(&it)))
            }
            _ => return false,
        }
    }
    match created.as_slice() {
        [Some(name)] => names_asked(condition).contains(name),
        _ => false,
    }
}

/// The name of what a statement creates, if it creates something.
fn created_name(statement: &ast::Stmt) -> Option<String> {
    let adds = match statement {
        ast::Stmt::AlterTable(it) => {
            let mut actions = it.actions();
            matches!(
                (actions.next(), actions.next()),
                (Some(ast::AlterTableAction::AddColumn(_) | ast::AlterTableAction::AddConstraint(_)), None)
            )
        }
        other => other.syntax().first_token().is_some_and(|token| token.kind() == SyntaxKind::CREATE_KW),
    };
    let name = statement.syntax().descendants().find(|node| {
        matches!(
            node.kind(),
            SyntaxKind::PATH
                | SyntaxKind::COLUMN_NAME
                | SyntaxKind::CONSTRAINT_NAME
                | SyntaxKind::INDEX
                | SyntaxKind::TRIGGER
                | SyntaxKind::POLICY
                | SyntaxKind::SCHEMA
                | SyntaxKind::EXTENSION
                | SyntaxKind::RULE
                | SyntaxKind::EVENT_TRIGGER
        )
    });
    name.filter(|_| adds).map(|node| identifier_of(&node).to_ascii_lowercase())
}
