//! What PostgreSQL accepts and squawk 2.68 does not: such a statement is no error, and has no tree.

use std::ops::Range;

use crate::lex::{Token, TokenKind, Tokens};

/// The beginning of each statement: a word, `*` for any name (with its schema), `|` between words that
/// may stand in one place.
const GAPS: [&str; 5] = [
    "alter|create|drop user mapping for user",
    // `IF EXISTS` is known only in front of the other forms.
    "alter statistics if exists * set statistics",
    // The long form of `SET ROLE`, a setting like any other.
    "set role to|default",
    "set local|session role to",
    "set role = default",
];

pub(super) fn is_gap(text: &str, span: Range<usize>) -> bool {
    let tokens = || Tokens::between(text, span.start, span.end).filter(|token| !token.is_comment());
    GAPS.iter().any(|gap| {
        let mut tokens = tokens();
        gap.split(' ').all(|part| match part {
            "*" => name(text, &mut tokens),
            words => {
                tokens.next().is_some_and(|token| words.split('|').any(|word| token.is_word(text, word)))
            }
        })
    })
}

/// Where a second `;` has to stand behind the statement at `span`, so that it ends there.
///
/// The parser takes the statements behind `CREATE SCHEMA s CREATE TABLE …;` for elements of the schema.
pub(super) fn swallows_next(text: &str, span: Range<usize>) -> Option<usize> {
    let mut tokens = Tokens::between(text, span.start, span.end).filter(|token| !token.is_comment());
    let is_schema = tokens.next().is_some_and(|token| token.is_word(text, "create"))
        && tokens.next().is_some_and(|token| token.is_word(text, "schema"));
    if !is_schema || !tokens.any(|token| token.is_word(text, "create")) {
        return None;
    }
    let semicolon = Tokens::between(text, span.end, text.len()).find(|token| !token.is_comment());
    semicolon.filter(|token| token.is_punct(b';')).map(|token| token.end)
}

/// Takes `a`, `"a"`, `a.b`; the tokens of a name stand without anything between a dot and its sides.
fn name(text: &str, tokens: &mut (impl Iterator<Item = Token> + Clone)) -> bool {
    loop {
        match tokens.next() {
            Some(token) if matches!(token.kind, TokenKind::Word | TokenKind::QuotedName) => {}
            _ => return false,
        }
        let mut ahead = tokens.clone();
        if !ahead.next().is_some_and(|token| token.is_punct(b'.')) {
            return !text.is_empty();
        }
        *tokens = ahead;
    }
}
