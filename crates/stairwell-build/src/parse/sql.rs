//! A small lexer for PostgreSQL: comments, quotes and where a statement ends.
//!
//! It knows what hides a semicolon (string and identifier quotes, dollar quotes, comments, the body
//! of a `BEGIN ATOMIC` function, parentheses of `CREATE RULE … DO (…)`) and nothing else.

/// What lies between two statements' ends.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Lexed {
    /// Byte ranges of the statements, without surrounding comments and the semicolon.
    pub(crate) statements: Vec<(usize, usize)>,
    pub(crate) comments: Vec<Comment>,
}

/// A comment outside of statements' literals.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Comment {
    /// Byte range of the text between the marks.
    pub(crate) range: (usize, usize),
    /// `/* … */` rather than `--`.
    pub(crate) is_block: bool,
    /// A statement stands before it.
    pub(crate) is_behind: bool,
}

pub(crate) fn lex(text: &str) -> Lexed {
    let bytes = text.as_bytes();
    let mut lexed = Lexed::default();
    let mut statement: Option<(usize, usize)> = None;
    let mut atomic = AtomicBody::default();
    let mut parentheses = 0_u32;
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        match bytes[at] {
            b'-' if bytes.get(at + 1) == Some(&b'-') => {
                at = line_end(bytes, at);
                let is_behind = statement.is_some() || !lexed.statements.is_empty();
                lexed.comments.push(Comment { range: (start + 2, at), is_block: false, is_behind });
                continue;
            }
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                at = block_comment_end(bytes, at);
                let is_behind = statement.is_some() || !lexed.statements.is_empty();
                let end = if text[..at].ends_with("*/") { (at - 2).max(start + 2) } else { at };
                lexed.comments.push(Comment { range: (start + 2, end), is_block: true, is_behind });
                continue;
            }
            byte if is_space(byte) => {
                at += 1;
                continue;
            }
            b';' if parentheses == 0 && !atomic.is_open() => {
                at += 1;
                lexed.statements.extend(statement.take());
                atomic = AtomicBody::default();
                continue;
            }
            b'\'' => at = quoted_end(bytes, at, b'\'', false),
            b'"' => at = quoted_end(bytes, at, b'"', false),
            b'(' => {
                parentheses += 1;
                at += 1;
            }
            b')' => {
                parentheses = parentheses.saturating_sub(1);
                at += 1;
            }
            b'$' => at = dollar_end(bytes, at),
            byte if is_word(byte) => {
                while at < bytes.len() && (is_word(bytes[at]) || bytes[at] == b'$') {
                    at += 1;
                }
                let word = &bytes[start..at];
                // E'…' is the one literal in which a backslash hides a quote.
                if bytes.get(at) == Some(&b'\'') && word.eq_ignore_ascii_case(b"e") {
                    at = quoted_end(bytes, at, b'\'', true);
                } else {
                    atomic.see(word);
                }
            }
            _ => at += 1,
        }
        statement = Some((statement.map_or(start, |(first, _)| first), at));
    }
    lexed.statements.extend(statement);
    lexed
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

    fn see(&mut self, word: &[u8]) {
        if self.after_begin && word.eq_ignore_ascii_case(b"atomic") {
            self.depth = 1;
        } else if self.depth > 0 && word.eq_ignore_ascii_case(b"case") {
            self.depth += 1;
        } else if self.depth > 0 && word.eq_ignore_ascii_case(b"end") {
            self.depth -= 1;
        }
        self.after_begin = word.eq_ignore_ascii_case(b"begin");
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// What PostgreSQL's scanner takes for white space.
fn is_space(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == b'\x0B'
}

fn find(bytes: &[u8], from: usize, wanted: u8) -> usize {
    bytes[from..].iter().position(|&byte| byte == wanted).map_or(bytes.len(), |offset| from + offset)
}

/// A line comment ends at a carriage return as well: what stands behind it is run.
fn line_end(bytes: &[u8], from: usize) -> usize {
    let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
    bytes[from..].iter().position(is_end).map_or(bytes.len(), |offset| from + offset)
}

/// Block comments nest in PostgreSQL.
fn block_comment_end(bytes: &[u8], start: usize) -> usize {
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
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    bytes.len()
}

/// The end of a quoted string; a doubled quote is part of it.
fn quoted_end(bytes: &[u8], start: usize, quote: u8, backslash_escapes: bool) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        if backslash_escapes && bytes[at] == b'\\' {
            at += 2;
        } else if bytes[at] != quote {
            at += 1;
        } else if bytes.get(at + 1) == Some(&quote) {
            at += 2;
        } else if let (true, Some(next)) = (backslash_escapes, continued(bytes, at + 1)) {
            at = next;
        } else {
            return at + 1;
        }
    }
    bytes.len()
}

/// Where a literal goes on: two literals with a line end between them are one, and keep the escapes
/// of the first.
fn continued(bytes: &[u8], from: usize) -> Option<usize> {
    let gap = bytes[from..].iter().position(|&byte| !is_space(byte))?;
    let has_line_end = bytes[from..from + gap].iter().any(|byte| matches!(byte, b'\n' | b'\r'));
    (has_line_end && bytes[from + gap] == b'\'').then_some(from + gap + 1)
}

/// The end of `$tag$ … $tag$`, or of a lone `$` (a parameter such as `$1`).
fn dollar_end(bytes: &[u8], start: usize) -> usize {
    let mut tag_end = start + 1;
    while tag_end < bytes.len() && is_word(bytes[tag_end]) {
        tag_end += 1;
    }
    let starts_with_digit = bytes.get(start + 1).is_some_and(u8::is_ascii_digit);
    if bytes.get(tag_end) != Some(&b'$') || starts_with_digit {
        return start + 1;
    }
    let tag = &bytes[start..=tag_end];
    let mut at = tag_end + 1;
    while at < bytes.len() {
        at = find(bytes, at, b'$');
        if bytes[at..].starts_with(tag) {
            return at + tag.len();
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statements(text: &str) -> Vec<&str> {
        lex(text).statements.iter().map(|&(start, end)| &text[start..end]).collect()
    }

    #[test]
    fn splits_at_true_statement_ends() {
        let table: [(&str, &[&str]); 16] = [
            ("", &[]),
            (" -- only a comment\n/* and /* a nested */ one */ ; ;", &[]),
            ("SELECT 1; SELECT 2", &["SELECT 1", "SELECT 2"]),
            ("SELECT ';' ; SELECT \"a;b\"", &["SELECT ';'", "SELECT \"a;b\""]),
            ("SELECT 'it''s; so'; x", &["SELECT 'it''s; so'", "x"]),
            (r"SELECT E'\';'; x", &[r"SELECT E'\';'", "x"]),
            (r"SELECT '\'; x", &[r"SELECT '\'", "x"]),
            ("SELECT E'a'\n 'b\\';c'; x", &["SELECT E'a'\n 'b\\';c'", "x"]),
            ("SELECT 1; -- c\rDROP TABLE x;\nSELECT 2;", &["SELECT 1", "DROP TABLE x", "SELECT 2"]),
            ("\u{0B}", &[]),
            ("DO $$ BEGIN a; b; END $$; x", &["DO $$ BEGIN a; b; END $$", "x"]),
            ("DO $a$ $$ ; $b$ ; $a$; x", &["DO $a$ $$ ; $b$ ; $a$", "x"]),
            ("SELECT $1; SELECT a$b$c; x", &["SELECT $1", "SELECT a$b$c", "x"]),
            ("a -- ; not here\n b; c", &["a -- ; not here\n b", "c"]),
            (
                "CREATE FUNCTION f() BEGIN ATOMIC SELECT CASE WHEN a THEN 1 END; SELECT 2; END; x",
                &["CREATE FUNCTION f() BEGIN ATOMIC SELECT CASE WHEN a THEN 1 END; SELECT 2; END", "x"],
            ),
            (
                "CREATE RULE r AS ON INSERT TO t DO (a; b); x",
                &["CREATE RULE r AS ON INSERT TO t DO (a; b)", "x"],
            ),
        ];
        for (text, expected) in table {
            assert_eq!(statements(text), expected, "{text}");
        }
    }

    #[test]
    fn tells_leading_comments_from_later_ones_and_lines_from_blocks() {
        let text = "-- one\n/* x */ -- two\nSELECT 1; -- three";
        let comments: Vec<(&str, bool, bool)> = lex(text)
            .comments
            .iter()
            .map(|comment| (&text[comment.range.0..comment.range.1], comment.is_block, comment.is_behind))
            .collect();
        let expected =
            [(" one", false, false), (" x ", true, false), (" two", false, false), (" three", false, true)];
        assert_eq!(comments, expected);
    }

    #[test]
    fn a_comment_in_a_function_body_is_part_of_the_body() {
        assert_eq!(lex("DO $$ -- stairwell: nothing\n $$").comments, []);
    }

    proptest::proptest! {
        #[test]
        fn statements_are_ordered_ranges_of_the_text(text in "[a-zE$'\"();/*\\-\\\\\n ä]{0,60}") {
            let mut last = 0;
            for (start, end) in lex(&text).statements {
                proptest::prop_assert!(last <= start && start < end && text.get(start..end).is_some());
                last = end;
            }
        }
    }
}
