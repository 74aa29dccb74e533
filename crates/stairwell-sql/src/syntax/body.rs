//! Bodies in plpgsql: what is wrong in them, without what squawk 2.68 only believes to be wrong.
//!
//! plpgsql takes `INTO target` out of a statement wherever it stands, even behind `RETURNING`; squawk
//! knows it in some places. So a body that is refused is read again with these clauses blanked out,
//! and an SQL statement in it is refused only if it is wrong by itself as well.

use std::ops::Range;

use squawk_syntax::SourceFile;
use squawk_syntax::plpgsql::Plpgsql;

use super::wording;
use crate::lex::{Token, TokenKind, Tokens};
use crate::problem::Problem;

/// Statements of SQL of which plpgsql takes an `INTO`.
const WITH_INTO: [&str; 8] = ["select", "with", "insert", "update", "delete", "merge", "values", "return"];

/// What is wrong in the body of the statement at `span`, if something is. `text` is what was parsed.
pub(super) fn problem(text: &str, span: Range<usize>, body: &Plpgsql) -> Option<Problem> {
    let errors = body.errors();
    let first = errors.first()?;
    let at = usize::from(first.range().start());
    let (start, inner) = literal_at(text, span.clone(), at)?;
    let end = start + inner.len();
    let within = at.clamp(start, end)..end;
    let tokens = || Tokens::between(text, within.start, end).filter(|token| !token.is_comment());
    let command = tokens().next().filter(|token| WITH_INTO[..7].iter().any(|word| token.is_word(text, word)));
    if let Some(command) = command.filter(|_| first.message().contains("expected a statement")) {
        // The parser gives up at the first word of a statement; what is wrong stands somewhere in it.
        let end = tokens().find(|token| token.is_punct(b';')).map_or(end, |semicolon| semicolon.start);
        let statement = command.start..end;
        let parse = SourceFile::parse(&text[statement.clone()]);
        let errors = parse.errors();
        let error = errors.first()?;
        let at = statement.start + usize::from(error.range().start());
        return Some(wording::problem(text, statement, at, error.message()));
    }
    Some(wording::problem_in_block(text, within.clone(), within.start, first.message()))
}

/// The literal that holds the body, by a place in it.
fn literal_at(text: &str, span: Range<usize>, at: usize) -> Option<(usize, &str)> {
    let token = Tokens::between(text, span.start, span.end).find(|token| {
        matches!(token.kind, TokenKind::Text | TokenKind::Dollar) && token.start <= at && at <= token.end
    })?;
    token.enclosed(text)
}

/// What squawk does not know in the bodies of a statement: clauses `INTO target`, and a repeated `DECLARE`.
pub(super) fn into_clauses(text: &str, span: Range<usize>) -> Vec<Range<usize>> {
    let mut clauses = Vec::new();
    for literal in Tokens::between(text, span.start, span.end) {
        let Some((start, inner)) = literal.enclosed(text) else { continue };
        let end = start + inner.len();
        let tokens: Vec<Token> =
            Tokens::between(text, start, end).filter(|token| !token.is_comment()).collect();
        let mut walk = Walk::default();
        let mut is_declaring = false;
        for (at, token) in tokens.iter().enumerate() {
            walk.see(text, *token);
            if token.is_word(text, "declare") {
                // plpgsql takes another DECLARE in front of any declaration.
                if is_declaring {
                    clauses.push(token.start..token.end);
                }
                is_declaring = true;
            } else if token.is_word(text, "begin") {
                is_declaring = false;
            }
            let is_target = walk.takes_into
                && walk.brackets == 0
                && token.is_word(text, "into")
                && !tokens[at - 1].is_word(text, "insert")
                && !tokens[at - 1].is_word(text, "merge");
            if is_target && let Some(last) = last_target(text, &tokens[at + 1..]) {
                clauses.push(token.start..last.end);
            }
        }
    }
    clauses
}

/// Where a walk over the tokens of a body is.
#[derive(Default)]
struct Walk {
    /// In a statement that may have an `INTO`.
    takes_into: bool,
    is_inside: bool,
    brackets: u32,
    cases: u32,
}

impl Walk {
    fn see(&mut self, text: &str, token: Token) {
        let is = |words: &[&str]| words.iter().any(|word| token.is_word(text, word));
        if token.is_punct(b';') {
            *self = Walk::default();
        } else if token.is_punct(b'(') {
            self.brackets += 1;
        } else if token.is_punct(b')') {
            self.brackets = self.brackets.saturating_sub(1);
        } else if self.takes_into && is(&["case"]) {
            self.cases += 1;
        } else if self.takes_into && is(&["end"]) {
            self.cases = self.cases.saturating_sub(1);
        } else if self.cases == 0 && is(&["begin", "then", "else", "loop"]) {
            *self = Walk::default();
        } else if !self.is_inside {
            self.is_inside = true;
            self.takes_into = is(&WITH_INTO);
        }
    }
}

/// The last token of `[STRICT] a, b.c, d[1]`.
fn last_target(text: &str, tokens: &[Token]) -> Option<Token> {
    let mut at = usize::from(tokens.first()?.is_word(text, "strict"));
    loop {
        if !matches!(tokens.get(at)?.kind, TokenKind::Word | TokenKind::QuotedName | TokenKind::Parameter) {
            return None;
        }
        let mut last = at;
        while tokens.get(last + 1).is_some_and(|token| token.is_punct(b'[')) {
            last = last + 1 + tokens[last + 1..].iter().position(|token| token.is_punct(b']'))?;
        }
        match tokens.get(last + 1) {
            Some(next) if next.is_punct(b'.') || next.is_punct(b',') => at = last + 2,
            _ => return tokens.get(last).copied(),
        }
    }
}
