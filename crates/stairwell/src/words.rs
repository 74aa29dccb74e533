//! The first words of a statement: enough to see what it makes, not a parser.
//!
//! What is not understood ends the words, and whoever asks then treats the statement as one of which nothing
//! is known.

/// A word of SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word<'t> {
    /// A keyword or a name, as it is written.
    Bare(&'t str),
    /// A name in double quotes, with them.
    Quoted(&'t str),
    /// A string constant in plain quotes, with them.
    Text(&'t str),
    Sign(char),
}

/// The words of a text; copying it is looking ahead.
#[derive(Clone, Copy)]
pub(crate) struct Words<'t> {
    rest: &'t str,
}

impl<'t> Words<'t> {
    pub(crate) fn of(text: &'t str) -> Self {
        Words { rest: text }
    }

    /// Takes these keywords, if they are next.
    pub(crate) fn eat(&mut self, keywords: &[&str]) -> bool {
        let mut ahead = *self;
        let all = keywords.iter().all(|keyword| match ahead.next() {
            Some(Word::Bare(word)) => word.eq_ignore_ascii_case(keyword),
            _ => false,
        });
        if all {
            *self = ahead;
        }
        all
    }

    pub(crate) fn eat_sign(&mut self, sign: char) -> bool {
        let mut ahead = *self;
        let found = ahead.next() == Some(Word::Sign(sign));
        if found {
            *self = ahead;
        }
        found
    }

    /// Takes a name with what qualifies it, as a text that `to_regclass` takes.
    pub(crate) fn name(&mut self) -> Option<String> {
        let mut parts = Vec::new();
        loop {
            match self.next()? {
                Word::Bare(part) | Word::Quoted(part) => parts.push(part),
                _ => return None,
            }
            if !self.eat_sign('.') {
                break;
            }
        }
        // More are refused by the server, and by the functions that look for a name as well.
        (parts.len() <= 3).then(|| parts.join("."))
    }

    /// Takes a name without qualification; what it is called.
    pub(crate) fn plain_name(&mut self) -> Option<String> {
        match self.next()? {
            // The server folds more only in encodings with one byte for each character.
            Word::Bare(name) => Some(name.to_ascii_lowercase()),
            Word::Quoted(name) => Some(name.get(1..name.len() - 1)?.replace("\"\"", "\"")),
            _ => None,
        }
    }

    /// Takes a string constant, whose backslashes stand for themselves.
    pub(crate) fn text(&mut self) -> Option<String> {
        match self.next()? {
            Word::Text(text) => Some(text.get(1..text.len() - 1)?.replace("''", "'")),
            _ => None,
        }
    }

    /// Takes what stands in parentheses, if that is next, whether it has this keyword.
    pub(crate) fn parentheses(&mut self, keyword: &str) -> bool {
        if !self.eat_sign('(') {
            return false;
        }
        let mut found = false;
        for word in self.by_ref() {
            match word {
                Word::Sign(')') => break,
                Word::Bare(word) => found |= word.eq_ignore_ascii_case(keyword),
                _ => {}
            }
        }
        found
    }

    fn split(&mut self, length: usize) -> &'t str {
        let (word, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        word
    }
}

impl<'t> Iterator for Words<'t> {
    type Item = Word<'t>;

    fn next(&mut self) -> Option<Word<'t>> {
        self.rest = self.rest.get(beginning(self.rest)..)?;
        let first = self.rest.chars().next()?;
        if first == '_' || first.is_alphabetic() {
            let inside = |char: char| char == '_' || char == '$' || char.is_alphanumeric();
            let length = self.rest.find(|char| !inside(char)).unwrap_or(self.rest.len());
            return Some(Word::Bare(self.split(length)));
        }
        if first != '"' && first != '\'' {
            return Some(Word::Sign(self.split(first.len_utf8()).chars().next()?));
        }
        // Two of them inside stand for one.
        let mut from = 1;
        loop {
            let end = from + self.rest.get(from..)?.find(first)?;
            if !self.rest[end + 1..].starts_with(first) {
                let word = self.split(end + 1);
                return Some(if first == '"' { Word::Quoted(word) } else { Word::Text(word) });
            }
            from = end + 2;
        }
    }
}

/// Where the first word stands, behind blanks and comments.
pub(crate) fn beginning(text: &str) -> usize {
    let mut rest = text.trim_start();
    loop {
        let after = if rest.starts_with("--") {
            rest.find('\n').map_or("", |end| &rest[end..])
        } else if rest.starts_with("/*") {
            match comment(rest) {
                Some(length) => &rest[length..],
                None => break,
            }
        } else {
            break;
        };
        rest = after.trim_start();
    }
    text.len() - rest.len()
}

/// The length of the block comment that `text` begins with; they nest.
fn comment(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0, 0);
    loop {
        match bytes.get(at..at + 2)? {
            b"/*" => (depth, at) = (depth + 1, at + 2),
            b"*/" if depth == 1 => return Some(at + 2),
            b"*/" => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
    }
}

/// Whether what the statement does is forgotten with its session: it sets or resets a setting.
pub(crate) fn sets(statement: &str) -> bool {
    let mut words = Words::of(statement);
    if words.eat(&["SET"]) {
        return !words.eat(&["LOCAL"]) && !words.eat(&["TRANSACTION"]) && !words.eat(&["CONSTRAINTS"]);
    }
    if words.eat(&["RESET"]) {
        return true;
    }
    if !words.eat(&["SELECT"]) {
        return false;
    }
    if words.eat(&["pg_catalog"]) && !words.eat_sign('.') {
        return false;
    }
    words.eat(&["set_config"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_what_is_between_them() {
        let text = "-- a\n /* b /* c */ */ Create\"Ä\"\"x\" 'it''s' a.b(";
        let words: Vec<Word<'_>> = Words::of(text).collect();
        let expected = [
            Word::Bare("Create"),
            Word::Quoted("\"Ä\"\"x\""),
            Word::Text("'it''s'"),
            Word::Bare("a"),
            Word::Sign('.'),
            Word::Bare("b"),
            Word::Sign('('),
        ];
        assert_eq!(words, expected);
        assert_eq!(Words::of("\"Ä\"\"x\"").plain_name().unwrap(), "Ä\"x");
        assert_eq!(Words::of("'it''s'").text().unwrap(), "it's");
        assert_eq!(Words::of("A . \"b\" (").name().unwrap(), "A.\"b\"");
    }

    #[test]
    fn what_has_no_end_is_the_end() {
        assert_eq!(Words::of("'open").next(), None);
        assert_eq!(Words::of("\"").next(), None);
        assert_eq!(Words::of("-- only this").next(), None);
        assert_eq!(beginning("  /* open"), 2);
    }

    #[test]
    fn settings_of_a_session() {
        assert!(sets("-- why\nset search_path = ''"));
        assert!(sets("SELECT pg_catalog.set_config('search_path', '', false)"));
        assert!(sets("RESET ROLE"));
        assert!(!sets("SET LOCAL lock_timeout = 0"));
        assert!(!sets("SELECT setval('a', 1)"));
    }
}
