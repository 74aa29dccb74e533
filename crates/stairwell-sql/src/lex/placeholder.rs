//! Placeholders of template engines, of psql and of drivers: the server would see them as they are.
//!
//! PostgreSQL's operators can be almost anything (`@@`, `?`, `%`, `#`), so a placeholder is reported
//! only where no valid statement has these characters in this order.

use std::ops::Range;

use super::token::{Token, TokenKind, Tokens, is_word};
use crate::problem::{Placeholder, Problem, ProblemKind};

pub(super) fn find(text: &str, span: Range<usize>, problems: &mut Vec<Problem>) {
    let bytes = text.as_bytes();
    // Most statements have none of these characters, and are not read again.
    if !bytes[span.clone()].iter().any(|byte| matches!(byte, b'{' | b'$' | b':' | b'%' | b'@')) {
        return;
    }
    let mut brackets: Vec<Bracket> = Vec::new();
    let mut before: Option<Token> = None;
    let mut tokens = Tokens::between(text, span.start, span.end);
    while let Some(token) = tokens.next() {
        if token.is_comment() {
            continue;
        }
        let found = match token.kind {
            TokenKind::Punct(b'{') => Some((braces_end(text, token.start, span.end), Placeholder::Braces)),
            TokenKind::Punct(b'$') => dollar(text, token.start, span.end),
            TokenKind::Punct(b':') => colon(text, token, before, brackets.last().copied(), span.end),
            TokenKind::Punct(b'%') => percent(text, token.start, before, span.end),
            TokenKind::Punct(b'@') => at_signs(text, token.start, before, span.end),
            _ => None,
        };
        match token.kind {
            TokenKind::Punct(b'(') => {
                let is_json = before.is_some_and(|name| {
                    name.is_word(text, "json_object") || name.is_word(text, "json_objectagg")
                });
                brackets.push(if is_json { Bracket::JsonObject } else { Bracket::Round });
            }
            TokenKind::Punct(b'[') => brackets.push(Bracket::Square),
            TokenKind::Punct(b')' | b']') => {
                brackets.pop();
            }
            _ => {}
        }
        before = Some(token);
        if let Some((end, placeholder)) = found {
            problems.push(Problem { span: token.start..end, kind: ProblemKind::Placeholder(placeholder) });
            tokens.at = end;
            // Whatever it stands for is an operand.
            before = Some(Token { kind: TokenKind::Parameter, start: token.start, end, is_open: false });
        }
    }
}

/// What the innermost open bracket is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bracket {
    Round,
    /// `arr[1:n]`
    Square,
    /// `JSON_OBJECT('a': 1)`
    JsonObject,
}

/// The rest of the line, as far as a placeholder could reach.
fn near(text: &str, start: usize, limit: usize) -> &str {
    const LONGEST: usize = 200;
    let mut end = limit.min(start + LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[start..end].split('\n').next().unwrap_or_default()
}

/// `{{ x }}`, `{% x %}`, `{x}`: to the closing brace on the same line, else the opening one.
fn braces_end(text: &str, start: usize, limit: usize) -> usize {
    let line = near(text, start, limit);
    let width = match line.as_bytes().get(1) {
        Some(b'{') => line.find("}}").map(|at| at + 2),
        Some(b'%') => line.find("%}").map(|at| at + 2),
        _ => line.find('}').map(|at| at + 1),
    };
    start + width.unwrap_or(1)
}

/// `${x}` and `$(x)`; any other `$` by itself is left to the parser.
fn dollar(text: &str, start: usize, limit: usize) -> Option<(usize, Placeholder)> {
    let line = near(text, start, limit);
    let close = match line.as_bytes().get(1)? {
        b'{' => '}',
        b'(' => ')',
        _ => return None,
    };
    Some((start + line.find(close)? + 1, Placeholder::Dollar))
}

/// `:x`, `:'x'`, `:"x"`, but not `a::x`, `a[1:x]`, `a := x` and `JSON_OBJECT(a:x)`.
fn colon(
    text: &str,
    token: Token,
    before: Option<Token>,
    bracket: Option<Bracket>,
    limit: usize,
) -> Option<(usize, Placeholder)> {
    let bytes = &text.as_bytes()[..limit];
    let is_cast = token.start > 0 && bytes[token.start - 1] == b':';
    if is_cast || matches!(bracket, Some(Bracket::Square | Bracket::JsonObject)) {
        return None;
    }
    // `a : b` is no SQL either, but no placeholder: the name follows at once.
    let next = Tokens::between(text, token.end, limit).next().filter(|next| next.start == token.end)?;
    let is_name =
        matches!(next.kind, TokenKind::Word | TokenKind::Number | TokenKind::QuotedName | TokenKind::Text);
    // `GROUP BY GROUPING SETS` and the like have no colons; a label of a statement does not exist outside
    // of plpgsql. So only what sticks to a word before it could be something else.
    let is_apart = before.is_none_or(|before| before.end < token.start || !is_operand(text, before));
    (is_name && (is_apart || next.kind != TokenKind::Number)).then_some((next.end, Placeholder::Colon))
}

/// `%(x)s` and `%s` where no value stands before, so that it is not the operator.
fn percent(text: &str, start: usize, before: Option<Token>, limit: usize) -> Option<(usize, Placeholder)> {
    if before.is_some_and(|before| is_operand(text, before)) {
        return None;
    }
    let rest = &text[start + 1..limit];
    let width = match rest.strip_prefix('(') {
        Some(named) => {
            let name = named.bytes().take_while(|&byte| is_word(byte)).count();
            (name > 0 && named[name..].starts_with(")s")).then_some(name + 3)?
        }
        None => rest.starts_with('s').then_some(1)?,
    };
    let is_whole = !rest.as_bytes().get(width).is_some_and(|&byte| is_word(byte));
    is_whole.then_some((start + 1 + width, Placeholder::Percent))
}

/// `@@x@@` where no value stands before it, and none behind it.
fn at_signs(text: &str, start: usize, before: Option<Token>, limit: usize) -> Option<(usize, Placeholder)> {
    if before.is_some_and(|before| is_operand(text, before) || before.end == start) {
        return None;
    }
    let rest = text[start..limit].strip_prefix("@@")?;
    let name = rest.bytes().take_while(|&byte| is_word(byte)).count();
    if name == 0 || !rest[name..].starts_with("@@") {
        return None;
    }
    let end = start + name + 4;
    let is_behind_keyword = before.is_some_and(|before| before.kind == TokenKind::Word);
    let next = text[end..limit].trim_start().bytes().next();
    let ends_value = matches!(next, None | Some(b'.' | b';' | b')' | b','));
    (ends_value || (is_behind_keyword && names_a_relation(text, before))).then_some((end, Placeholder::At))
}

fn names_a_relation(text: &str, before: Option<Token>) -> bool {
    ["table", "into", "from", "update", "join", "on", "index", "view", "exists", "only", "schema", "to"]
        .iter()
        .any(|word| before.is_some_and(|before| before.is_word(text, word)))
}

/// Whether an infix operator could follow: a value or a name, not a keyword that wants a value.
fn is_operand(text: &str, token: Token) -> bool {
    const BEFORE_VALUE: [&str; 44] = [
        "all",
        "and",
        "any",
        "as",
        "between",
        "by",
        "case",
        "check",
        "default",
        "do",
        "else",
        "exists",
        "from",
        "having",
        "ilike",
        "in",
        "index",
        "insert",
        "into",
        "is",
        "join",
        "like",
        "limit",
        "not",
        "offset",
        "on",
        "only",
        "or",
        "returning",
        "schema",
        "select",
        "set",
        "similar",
        "table",
        "then",
        "to",
        "truncate",
        "update",
        "using",
        "values",
        "view",
        "when",
        "where",
        "with",
    ];
    match token.kind {
        TokenKind::Word => !BEFORE_VALUE.iter().any(|word| token.is_word(text, word)),
        TokenKind::Punct(byte) => matches!(byte, b')' | b']'),
        _ => true,
    }
}
