//! Blocks of PL/pgSQL, and what their exception handlers catch.

use squawk_syntax::ast::{self, AstNode};

use super::{
    Fold, Problem, Via,
    plpgsql::{Flow, Frame},
};

const IN_HANDLER: &str = "it stands in an exception handler";

impl Fold {
    pub(super) fn block(&mut self, block: &ast::PlpgsqlBlock, frame: &mut Frame) -> Flow {
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
    fn raise_again(&mut self, problem: Problem) {
        if self.is_certain() {
            self.outcome.problems.push(problem);
        } else if self.is_handled() && self.within.caught.is_none() {
            self.within.caught = Some(problem);
        }
    }
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
