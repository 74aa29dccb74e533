//! Tokens of PostgreSQL, as coarse as they can be without splitting a statement in a wrong place.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A keyword or a name without quotes.
    Word,
    Number,
    /// `"name"`
    QuotedName,
    /// `'text'` in any of its forms, continuation lines included.
    Text,
    /// `$tag$ … $tag$`
    Dollar,
    /// `$1`
    Parameter,
    LineComment,
    BlockComment,
    /// One byte of punctuation or of an operator.
    Punct(u8),
}

/// One token with its byte range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// A quote or comment that is never closed.
    pub(crate) is_open: bool,
}

impl Token {
    pub(crate) fn is_comment(self) -> bool {
        matches!(self.kind, TokenKind::LineComment | TokenKind::BlockComment)
    }

    pub(crate) fn text(self, text: &str) -> &str {
        &text[self.start..self.end]
    }

    pub(crate) fn is_word(self, text: &str, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text(text).eq_ignore_ascii_case(word)
    }

    pub(crate) fn is_punct(self, byte: u8) -> bool {
        self.kind == TokenKind::Punct(byte)
    }

    /// What a string or dollar quote encloses, with where it begins.
    pub(crate) fn enclosed(self, text: &str) -> Option<(usize, &str)> {
        let whole = self.text(text);
        let opening = match self.kind {
            TokenKind::Text => whole.find('\'')? + 1,
            TokenKind::Dollar => whole[1..].find('$')? + 2,
            _ => return None,
        };
        let closing = match (self.is_open, self.kind) {
            (true, _) => 0,
            (false, TokenKind::Text) => 1,
            (false, _) => opening,
        };
        let inside = whole.get(opening..whole.len() - closing)?;
        Some((self.start + opening, inside))
    }
}

/// The tokens of a text, or of a part of it.
#[derive(Clone, Debug)]
pub(crate) struct Tokens<'a> {
    bytes: &'a [u8],
    pub(crate) at: usize,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Tokens::between(text, 0, text.len())
    }

    /// The tokens between two ends of tokens.
    pub(crate) fn between(text: &'a str, start: usize, end: usize) -> Self {
        Tokens { bytes: &text.as_bytes()[..end], at: start }
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let bytes = self.bytes;
        while bytes.get(self.at).is_some_and(|&byte| is_space(byte)) {
            self.at += 1;
        }
        let start = self.at;
        let first = *bytes.get(start)?;
        let second = bytes.get(start + 1).copied();
        let closed = |end| (end, false);
        let (kind, (end, is_open)) = match first {
            b'-' if second == Some(b'-') => (TokenKind::LineComment, closed(line_end(bytes, start))),
            b'/' if second == Some(b'*') => (TokenKind::BlockComment, block_comment_end(bytes, start)),
            b'\'' => (TokenKind::Text, quoted_end(bytes, start, b'\'', false)),
            b'"' => (TokenKind::QuotedName, quoted_end(bytes, start, b'"', false)),
            b'$' => dollar(bytes, start),
            byte if byte.is_ascii_digit() => (TokenKind::Number, closed(number_end(bytes, start))),
            byte if is_word(byte) => word(bytes, start),
            byte => (TokenKind::Punct(byte), closed(start + 1)),
        };
        self.at = end;
        Some(Token { kind, start, end, is_open })
    }
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// What PostgreSQL's scanner takes for white space.
fn is_space(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == b'\x0B'
}

/// A line comment ends at a carriage return as well: what stands behind it is run.
pub(super) fn line_end(bytes: &[u8], from: usize) -> usize {
    let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
    bytes[from..].iter().position(is_end).map_or(bytes.len(), |offset| from + offset)
}

/// A word, or a literal that begins with letters: `E'…'` (the one in which a backslash hides a
/// quote), `N'…'`, `B'…'`, `X'…'`, `U&'…'`, `U&"…"`.
fn word(bytes: &[u8], start: usize) -> (TokenKind, (usize, bool)) {
    let mut at = start;
    while at < bytes.len() && (is_word(bytes[at]) || bytes[at] == b'$') {
        at += 1;
    }
    let prefix = bytes[start].to_ascii_lowercase();
    match (at - start, bytes.get(at), bytes.get(at + 1)) {
        (1, Some(b'\''), _) if prefix == b'e' => (TokenKind::Text, quoted_end(bytes, at, b'\'', true)),
        (1, Some(b'\''), _) if matches!(prefix, b'n' | b'b' | b'x') => {
            (TokenKind::Text, quoted_end(bytes, at, b'\'', false))
        }
        (1, Some(b'&'), Some(b'\'')) if prefix == b'u' => {
            (TokenKind::Text, quoted_end(bytes, at + 1, b'\'', false))
        }
        (1, Some(b'&'), Some(b'"')) if prefix == b'u' => {
            (TokenKind::QuotedName, quoted_end(bytes, at + 1, b'"', false))
        }
        _ => (TokenKind::Word, (at, false)),
    }
}

/// `1`, `1.5`, `1e-5`, `0x1F`, `1_000`; letters that stick to a number are taken with it.
fn number_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    while at < bytes.len() {
        let is_exponent_sign =
            matches!(bytes[at], b'+' | b'-') && bytes[at - 1].eq_ignore_ascii_case(&b'e') && at > start;
        let is_hexadecimal = bytes[start..at].get(1).is_some_and(|x| x.eq_ignore_ascii_case(&b'x'));
        let is_fraction = bytes[at] == b'.' && bytes.get(at + 1) != Some(&b'.');
        if !(is_word(bytes[at]) || is_fraction || (is_exponent_sign && !is_hexadecimal)) {
            break;
        }
        at += 1;
    }
    at
}

/// Block comments nest in PostgreSQL.
fn block_comment_end(bytes: &[u8], start: usize) -> (usize, bool) {
    let mut depth = 0_u32;
    let mut at = start;
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'/', Some(b'*')) => {
                depth += 1;
                at += 2;
            }
            (b'*', Some(b'/')) => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return (at, false);
                }
            }
            _ => at += 1,
        }
    }
    (bytes.len(), true)
}

/// The end of a quoted string; a doubled quote is part of it.
fn quoted_end(bytes: &[u8], start: usize, quote: u8, backslash_escapes: bool) -> (usize, bool) {
    let mut at = start + 1;
    while at < bytes.len() {
        if backslash_escapes && bytes[at] == b'\\' {
            at += 2;
        } else if bytes[at] != quote {
            at += 1;
        } else if bytes.get(at + 1) == Some(&quote) {
            at += 2;
        } else if let (true, Some(next)) = (quote == b'\'', continued(bytes, at + 1)) {
            at = next;
        } else {
            return (at + 1, false);
        }
    }
    (bytes.len(), true)
}

/// Where a literal goes on: two literals with a line end between them are one, and keep the escapes
/// of the first.
fn continued(bytes: &[u8], from: usize) -> Option<usize> {
    let gap = bytes[from..].iter().position(|&byte| !is_space(byte))?;
    let has_line_end = bytes[from..from + gap].iter().any(|byte| matches!(byte, b'\n' | b'\r'));
    (has_line_end && bytes[from + gap] == b'\'').then_some(from + gap + 1)
}

/// `$tag$ … $tag$`, a parameter such as `$1`, or a lone `$`.
fn dollar(bytes: &[u8], start: usize) -> (TokenKind, (usize, bool)) {
    let mut tag_end = start + 1;
    while tag_end < bytes.len() && is_word(bytes[tag_end]) {
        tag_end += 1;
    }
    let starts_with_digit = bytes.get(start + 1).is_some_and(u8::is_ascii_digit);
    if starts_with_digit {
        return (TokenKind::Parameter, (tag_end, false));
    }
    if bytes.get(tag_end) != Some(&b'$') {
        return (TokenKind::Punct(b'$'), (start + 1, false));
    }
    let tag = &bytes[start..=tag_end];
    let mut at = tag_end + 1;
    while let Some(offset) = bytes[at..].iter().position(|&byte| byte == b'$') {
        at += offset;
        if bytes[at..].starts_with(tag) {
            return (TokenKind::Dollar, (at + tag.len(), false));
        }
        at += 1;
    }
    (TokenKind::Dollar, (bytes.len(), true))
}
