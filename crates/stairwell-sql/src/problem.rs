//! What is wrong with a text, with its place. Words for people are made by those who report it.

use std::ops::Range;

/// One thing that is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Bytes of the text.
    pub span: Range<usize>,
    /// What is wrong there.
    pub kind: ProblemKind,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ProblemKind {
    /// `\connect` and the like, which only psql understands. The span is the command without what it takes.
    PsqlCommand { name: String },
    /// `COPY … FROM STDIN` or `COPY … TO STDOUT`: the other end of the copy is a client program.
    /// `data` is what stands behind the statement, up to and including the line `\.`.
    Copy { data: Option<Range<usize>> },
    /// A quote or a comment that is never closed; the span is where it opens.
    Unterminated(Mark),
    /// Something that another program was to replace before the server sees the text.
    Placeholder(Placeholder),
    /// Brackets, `CASE` and blocks nested deeper than [`MAX_DEPTH`](crate::lex::MAX_DEPTH); the span
    /// is the opening that goes too far.
    TooDeep,
    /// A statement that is not SQL as PostgreSQL reads it.
    Syntax {
        /// `expected "," before "b"`
        message: String,
        /// One sentence on what to do, where it is known.
        help: Option<String>,
        /// What was written stands where one of these is expected.
        expected: &'static [&'static str],
    },
    /// A statement without a `;` where the next one begins. The span is where it belongs: empty.
    MissingSemicolon { before: String },
}

/// What was opened and never closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// `'`
    Text,
    /// `"`
    Name,
    /// `$tag$`
    Dollar,
    /// `/*`
    Comment,
}

/// Whose placeholder it is, as far as its form tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placeholder {
    /// `{{ x }}`, `{% x %}`, `{x}`
    Braces,
    /// `${x}`, `$(x)`
    Dollar,
    /// `:x`, `:'x'`, `:"x"`
    Colon,
    /// `%(x)s`, `%s`
    Percent,
    /// `@@x@@`
    At,
}
