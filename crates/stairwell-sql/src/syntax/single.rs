//! One statement by itself: what its first error is.

use std::ops::Range;

use squawk_syntax::SourceFile;

use super::wording;
use crate::lex::{TokenKind, Tokens};
use crate::problem::{Mark, Problem, ProblemKind};

/// Words that begin a statement and cannot go on with one, so that one of them in the middle of a
/// statement says that a semicolon is missing.
const BEGINNINGS: [&str; 18] = [
    "alter", "begin", "call", "comment", "commit", "copy", "create", "delete", "do", "drop", "grant",
    "insert", "refresh", "revoke", "select", "truncate", "update", "with",
];

/// What is wrong with the statement at `span`, if something is.
pub(super) fn problem(text: &str, blanked: &str, span: Range<usize>) -> Option<Problem> {
    let statement = &blanked[span.clone()];
    let parse = SourceFile::parse(statement);
    let errors = parse.errors();
    let first = errors.first()?;
    let at = span.start + usize::from(first.range().start());
    missing_semicolon(blanked, span.clone(), at)
        .or_else(|| Some(wording::problem(text, span.clone(), at, first.message())))
}

/// Whether everything before the error is a statement, and another one begins there.
fn missing_semicolon(text: &str, span: Range<usize>, at: usize) -> Option<Problem> {
    let mut end = span.start;
    let mut next = None;
    for token in Tokens::between(text, span.start, span.end).filter(|token| !token.is_comment()) {
        if token.start >= at {
            next = Some(token);
            break;
        }
        end = token.end;
    }
    let next = next.filter(|token| token.kind == TokenKind::Word)?;
    let word = next.text(text);
    if end == span.start || !BEGINNINGS.iter().any(|beginning| word.eq_ignore_ascii_case(beginning)) {
        return None;
    }
    SourceFile::parse(&text[span.start..end])
        .errors()
        .is_empty()
        .then(|| Problem { span: end..end, kind: ProblemKind::MissingSemicolon { before: word.to_owned() } })
}

/// What a problem covers outside of statements, so that the parser does not see it.
pub(super) fn outside(text: &str, problem: &Problem) -> Option<Range<usize>> {
    let start = problem.span.start;
    match &problem.kind {
        ProblemKind::PsqlCommand { .. } => {
            let line = text[start..].find(['\n', '\r']).map_or(text.len(), |width| start + width);
            Some(start..line)
        }
        ProblemKind::Copy { data } => data.clone(),
        ProblemKind::Unterminated(Mark::Comment) => Some(start..text.len()),
        _ => None,
    }
}
