//! What psql does and a server does not: its own commands, and the data behind `COPY … FROM STDIN`.

use std::ops::Range;

use super::token::{Tokens, is_word, line_end};

/// Which way the rows of a `COPY` go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    In,
    Out,
}

/// Whether a backslash outside of quotes begins a command of psql. SQL has no backslash there, but
/// what is none of psql's either is left to the parser to refuse.
pub(super) fn is_psql_command(text: &str, start: usize) -> bool {
    text.as_bytes()
        .get(start + 1)
        .is_some_and(|&byte| byte.is_ascii_alphabetic() || matches!(byte, b'.' | b'!' | b'?' | b'\\' | b';'))
}

/// The backslash and the name.
pub(super) fn psql_command(text: &str, start: usize) -> Range<usize> {
    let bytes = text.as_bytes();
    let mut end = start + 2;
    while end < bytes.len() && is_word(bytes[end]) && is_word(bytes[start + 1]) {
        end += 1;
    }
    start..end
}

/// Whether a statement that begins with `COPY` exchanges rows with the client.
pub(super) fn of_client(text: &str, span: Range<usize>) -> Option<Direction> {
    let mut depth = 0_i32;
    let mut direction = None;
    for token in Tokens::between(text, span.start, span.end).filter(|token| !token.is_comment()) {
        match direction {
            Some(Direction::In) if token.is_word(text, "stdin") => return direction,
            Some(Direction::Out) if token.is_word(text, "stdout") => return direction,
            _ => {}
        }
        depth += i32::from(token.is_punct(b'(')) - i32::from(token.is_punct(b')'));
        direction = match depth {
            0 if token.is_word(text, "from") => Some(Direction::In),
            0 if token.is_word(text, "to") => Some(Direction::Out),
            _ => None,
        };
    }
    None
}

/// The rows behind the statement: from the next line to the line `\.`, with that line's end.
/// None if no such line follows: then nothing tells data from SQL.
pub(super) fn data(text: &str, from: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let rest_of_line = line_end(bytes, from);
    if !text[from..rest_of_line].trim().is_empty() {
        return None;
    }
    let start = (rest_of_line + 1).min(bytes.len());
    let mut at = start;
    while at < bytes.len() {
        let end = line_end(bytes, at);
        if text[at..end].trim_end() == "\\." {
            return Some(start..end);
        }
        at = end + 1;
    }
    None
}
