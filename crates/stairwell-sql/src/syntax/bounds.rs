//! How much of a statement is read, so that any input ends in bounded time.

use std::ops::Range;

use super::{Reading, Unread, gaps};
use crate::lex::{LexedStatement, Tokens};

/// An `INSERT` with more tokens than this is read up to the end of its first row.
const MAX_INSERT_TOKENS: usize = 20_000;

/// A statement with more tokens than this is not read: about 700 kB, a second without optimisation.
const MAX_TOKENS: usize = 100_000;

/// A chain of operators longer than this is not read: the parser is quadratic in it, and its tree as deep.
const MAX_CHAIN: usize = 500;

/// The same for `UNION`, `AND`, `WHEN` and other words of which there may be many, with little depth each.
const MAX_LINKS: usize = 2_000;

/// Tokens of one text. Statements behind that are not read.
const MAX_TEXT_TOKENS: usize = 500_000;

/// What is left of a text's tokens.
#[derive(Default)]
pub(super) struct Budget {
    used: usize,
}

/// What is to be parsed of a statement.
pub(super) enum Extent {
    Whole,
    /// Up to this byte.
    Head(usize),
    Not(Unread),
}

impl From<Extent> for Reading {
    fn from(extent: Extent) -> Self {
        match extent {
            Extent::Whole => Reading::Whole,
            Extent::Head(_) => Reading::Head,
            Extent::Not(why) => Reading::Not(why),
        }
    }
}

pub(super) fn reading(text: &str, statement: &LexedStatement, budget: &mut Budget) -> Extent {
    let size = &statement.size;
    if statement.has_problem {
        return Extent::Not(Unread::Problem);
    }
    if gaps::is_gap(text, statement.span.clone()) {
        return Extent::Not(Unread::UnknownGrammar);
    }
    let is_too_long = size.tokens > MAX_TOKENS || size.chain > MAX_CHAIN || size.links > MAX_LINKS;
    if is_too_long || size.tokens > MAX_INSERT_TOKENS {
        if let Some(end) = first_row_end(text, statement.span.clone()) {
            return Extent::Head(end);
        }
        if is_too_long {
            return Extent::Not(Unread::TooLong);
        }
    }
    budget.used += size.tokens;
    if budget.used > MAX_TEXT_TOKENS { Extent::Not(Unread::TooLong) } else { Extent::Whole }
}

/// Where the first row of an `INSERT … VALUES` ends, if another one follows and the row is short.
fn first_row_end(text: &str, span: Range<usize>) -> Option<usize> {
    let mut tokens = Tokens::between(text, span.start, span.end).filter(|token| !token.is_comment());
    tokens.next().filter(|first| first.is_word(text, "insert"))?;
    let mut depth = 0_u32;
    let mut is_in_values = false;
    for (count, token) in tokens.by_ref().enumerate() {
        if count > MAX_INSERT_TOKENS {
            return None;
        }
        if token.is_punct(b'(') {
            depth += 1;
        } else if token.is_punct(b')') {
            depth = depth.saturating_sub(1);
            if depth == 0 && is_in_values {
                let next = tokens.next()?;
                return next.is_punct(b',').then_some(token.end);
            }
        } else if depth == 0 && token.is_word(text, "values") {
            is_in_values = true;
        }
    }
    None
}
