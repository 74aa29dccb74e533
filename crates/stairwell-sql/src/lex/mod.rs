//! A small lexer for PostgreSQL: comments, quotes, where a statement ends, and what no parser can read.
//!
//! It knows what hides a semicolon (string and identifier quotes, dollar quotes, comments, the body
//! of a `BEGIN ATOMIC` function, parentheses of `CREATE RULE … DO (…)`) and no grammar.

mod copy;
mod measure;
mod placeholder;
mod token;

use std::ops::Range;

pub(crate) use token::{Token, TokenKind, Tokens};

use crate::problem::{Mark, Problem, ProblemKind};
use measure::Size;

/// Brackets, `CASE` and blocks nested deeper than this are not read: the parser recurses, and trees
/// are dropped recursively on whatever thread holds them.
pub const MAX_DEPTH: usize = 200;

/// What a text consists of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lexed {
    /// In their order; their spans do not overlap.
    pub statements: Vec<LexedStatement>,
    /// In their order.
    pub comments: Vec<Comment>,
    /// Sorted by place.
    pub problems: Vec<Problem>,
}

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LexedStatement {
    /// Byte range, without surrounding comments and the semicolon.
    pub span: Range<usize>,
    /// Whether a problem lies in it, so that a parser would only complain again.
    pub has_problem: bool,
    pub(crate) size: Size,
}

/// A comment outside of statements' literals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Byte range of the text between the marks.
    pub range: Range<usize>,
    /// `/* … */` rather than `--`.
    pub is_block: bool,
    /// A statement stands before it.
    pub is_behind: bool,
}

/// Splits a text into statements and comments. Takes any text; time is linear in its length.
pub fn lex(text: &str) -> Lexed {
    let mut splitter = Splitter { text, lexed: Lexed::default(), open: None };
    splitter.run();
    let mut lexed = splitter.lexed;
    lexed.problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
    lexed
}

/// A statement whose end has not been seen.
struct Open {
    span: Range<usize>,
    first: Token,
    has_problem: bool,
    atomic: AtomicBody,
    parentheses: u32,
}

struct Splitter<'a> {
    text: &'a str,
    lexed: Lexed,
    open: Option<Open>,
}

impl Splitter<'_> {
    fn run(&mut self) {
        let mut tokens = Tokens::new(self.text);
        while let Some(token) = tokens.next() {
            if token.is_open {
                self.unterminated(token);
            }
            if token.is_comment() {
                self.comment(token);
                continue;
            }
            let is_end = token.is_punct(b';')
                && self.open.as_ref().is_none_or(|open| open.parentheses == 0 && !open.atomic.is_open());
            if is_end {
                if let Some(resume) = self.close(token.end) {
                    tokens.at = resume;
                }
            } else if token.is_punct(b'\\') && copy::is_psql_command(self.text, token.start) {
                tokens.at = self.psql_command(token.start);
            } else {
                self.take(token);
            }
        }
        self.close(self.text.len());
    }

    /// Makes a token part of the open statement, or the beginning of one.
    fn take(&mut self, token: Token) {
        let open = self.open.get_or_insert_with(|| Open {
            span: token.start..token.start,
            first: token,
            has_problem: false,
            atomic: AtomicBody::default(),
            parentheses: 0,
        });
        open.span.end = token.end;
        open.has_problem |= token.is_open;
        match token.kind {
            TokenKind::Punct(b'(') => open.parentheses += 1,
            TokenKind::Punct(b')') => open.parentheses = open.parentheses.saturating_sub(1),
            TokenKind::Word => open.atomic.see(token.text(self.text)),
            _ => {}
        }
    }

    /// Ends the open statement. Gives back where to go on, if that is not right behind it.
    fn close(&mut self, end: usize) -> Option<usize> {
        let open = self.open.take()?;
        let (text, span) = (self.text, open.span);
        let before = self.lexed.problems.len();
        placeholder::find(text, span.clone(), &mut self.lexed.problems);
        let size = measure::size(text, span.clone());
        if let Some(at) = size.too_deep_at.clone() {
            self.lexed.problems.push(Problem { span: at, kind: ProblemKind::TooDeep });
        }
        let mut resume = None;
        if open.first.is_word(text, "copy")
            && let Some(direction) = copy::of_client(text, span.clone())
        {
            let data = (direction == copy::Direction::In).then(|| copy::data(text, end)).flatten();
            resume = data.as_ref().map(|data| data.end);
            self.lexed.problems.push(Problem { span: span.clone(), kind: ProblemKind::Copy { data } });
        }
        let has_problem = open.has_problem || self.lexed.problems.len() > before;
        self.lexed.statements.push(LexedStatement { span, has_problem, size });
        resume
    }

    fn comment(&mut self, token: Token) {
        let is_block = token.kind == TokenKind::BlockComment;
        let is_behind = self.open.is_some() || !self.lexed.statements.is_empty();
        let end = if is_block && !token.is_open { (token.end - 2).max(token.start + 2) } else { token.end };
        self.lexed.comments.push(Comment { range: token.start + 2..end, is_block, is_behind });
    }

    fn unterminated(&mut self, token: Token) {
        let whole = token.text(self.text);
        let (mark, width) = match token.kind {
            TokenKind::QuotedName => (Mark::Name, whole.find('"').unwrap_or(0) + 1),
            TokenKind::Dollar => (Mark::Dollar, whole[1..].find('$').unwrap_or(0) + 2),
            TokenKind::BlockComment => (Mark::Comment, 2),
            _ => (Mark::Text, whole.find('\'').unwrap_or(0) + 1),
        };
        let span = token.start..token.start + width;
        self.lexed.problems.push(Problem { span, kind: ProblemKind::Unterminated(mark) });
    }

    /// Reports the command and passes over the rest of its line. One that sends the query buffer ends
    /// the statement before it.
    fn psql_command(&mut self, start: usize) -> usize {
        let command = copy::psql_command(self.text, start);
        let name = self.text[command.clone()].to_owned();
        let sends = name.starts_with("\\g") || name == "\\crosstabview" || name == "\\watch";
        self.lexed.problems.push(Problem { span: command, kind: ProblemKind::PsqlCommand { name } });
        if let Some(open) = &mut self.open {
            open.has_problem = true;
            if sends {
                self.close(start);
            }
        }
        token::line_end(self.text.as_bytes(), start)
    }
}

/// `BEGIN ATOMIC … END` is the only place where a statement of PostgreSQL contains bare semicolons.
/// Its `END` must be told from those of the `CASE` expressions inside.
#[derive(Default)]
struct AtomicBody {
    after_begin: bool,
    depth: u32,
}

impl AtomicBody {
    fn is_open(&self) -> bool {
        self.depth > 0
    }

    fn see(&mut self, word: &str) {
        if self.after_begin && word.eq_ignore_ascii_case("atomic") {
            self.depth = 1;
        } else if self.depth > 0 && word.eq_ignore_ascii_case("case") {
            self.depth += 1;
        } else if self.depth > 0 && word.eq_ignore_ascii_case("end") {
            self.depth -= 1;
        }
        self.after_begin = word.eq_ignore_ascii_case("begin");
    }
}

#[cfg(test)]
mod tests;
