//! How large a statement is for a parser that recurses, and that is quadratic in long chains of operators.

use std::ops::Range;

use super::MAX_DEPTH;
use super::token::{Token, TokenKind, Tokens};

/// How large a statement is, the bodies of functions in it included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) tokens: usize,
    /// The most operators that stand in a row without a comma, bracket or semicolon between them.
    pub(crate) chain: usize,
    /// The most `UNION`s, `AND`s and the like on one level, whatever stands between them.
    pub(crate) links: usize,
    /// The opening that goes deeper than is read.
    pub(crate) too_deep_at: Option<Range<usize>>,
}

pub(crate) fn size(text: &str, span: Range<usize>) -> Size {
    let mut size = Size::default();
    let has_body = Tokens::between(text, span.start, span.end)
        .find(|token| !token.is_comment())
        .is_some_and(|first| first.is_word(text, "create") || first.is_word(text, "do"));
    let mut gauge = Gauge::default();
    for token in Tokens::between(text, span.start, span.end) {
        gauge.see(text, token, &mut size);
        if has_body && let Some((start, body)) = token.enclosed(text) {
            let mut of_body = Gauge::default();
            for token in Tokens::new(body) {
                of_body.see(body, token, &mut size);
            }
            if let Some(at) = size.too_deep_at.as_mut().filter(|_| of_body.is_too_deep && !gauge.is_too_deep)
            {
                *at = at.start + start..at.end + start;
                gauge.is_too_deep = true;
            }
        }
    }
    size
}

/// Counters of one level of nesting.
#[derive(Clone, Copy, Default)]
struct Level {
    chain: usize,
    links: usize,
}

/// Counters of one text: a statement, or the body of a function.
#[derive(Default)]
struct Gauge {
    /// The innermost level last; the first is the text itself.
    levels: Vec<Level>,
    after_end: bool,
    after_if: bool,
    is_too_deep: bool,
}

impl Gauge {
    fn see(&mut self, text: &str, token: Token, size: &mut Size) {
        if token.is_comment() {
            return;
        }
        size.tokens += 1;
        let (after_end, after_if) = (self.after_end, self.after_if);
        (self.after_end, self.after_if) = (false, false);
        match token.kind {
            TokenKind::Punct(b'(' | b'[') => self.open(token, size),
            TokenKind::Punct(b')' | b']') => {
                self.close();
                self.lengthen(size);
            }
            TokenKind::Punct(b',') => self.level().chain = 0,
            TokenKind::Punct(b';') => *self.level() = Level::default(),
            TokenKind::Punct(_) => self.lengthen(size),
            TokenKind::Word => {
                // Names may be called as keywords are; then the count is a little too high, for a bound
                // that nobody comes near.
                let word = token.text(text);
                let is = |expected: &[&str]| expected.iter().any(|one| word.eq_ignore_ascii_case(one));
                if after_if && is(&["exists", "not"]) {
                    self.close();
                } else if is(&["end"]) {
                    self.close();
                    self.after_end = true;
                } else if !after_end && is(&["case", "begin", "loop", "if"]) {
                    self.open(token, size);
                    self.after_if = is(&["if"]);
                }
                if is(&["and", "or", "not", "is", "union", "except", "intersect", "join", "collate", "at"]) {
                    self.lengthen(size);
                    self.link(size);
                } else if is(&["explain", "execute", "select", "else", "elsif", "elseif", "when"]) {
                    self.link(size);
                }
            }
            _ => {}
        }
    }

    fn level(&mut self) -> &mut Level {
        if self.levels.is_empty() {
            self.levels.push(Level::default());
        }
        let last = self.levels.len() - 1;
        &mut self.levels[last]
    }

    fn lengthen(&mut self, size: &mut Size) {
        let level = self.level();
        level.chain += 1;
        size.chain = size.chain.max(level.chain);
    }

    fn link(&mut self, size: &mut Size) {
        let level = self.level();
        level.links += 1;
        size.links = size.links.max(level.links);
    }

    fn open(&mut self, token: Token, size: &mut Size) {
        self.level();
        self.levels.push(Level::default());
        if self.levels.len() - 1 > MAX_DEPTH && size.too_deep_at.is_none() {
            self.is_too_deep = true;
            size.too_deep_at = Some(token.start..token.end);
        }
    }

    fn close(&mut self) {
        if self.levels.len() > 1 {
            self.levels.pop();
        }
    }
}
