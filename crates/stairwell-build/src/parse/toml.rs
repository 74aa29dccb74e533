//! TOML with spans: walks a document and collects everything that is not as it should be.
//!
//! The parser is an implementation detail of this file; the rest of the crate sees `Spanned` values
//! and `Problem`s.

use toml_spanner::{Arena, Item, Table, Value};

use crate::draft::{Problem, Slip};
use crate::source::{FileId, Span, Spanned};

/// A document, or the problems because of which it is none.
pub(crate) fn read<T>(
    text: &str,
    file: FileId,
    problems: &mut Vec<Problem>,
    build: impl FnOnce(&mut Reader<'_>, &Table<'_>) -> T,
) -> Option<T> {
    let arena = Arena::new();
    let document = toml_spanner::parse_recoverable(text, &arena);
    let mut reader = Reader { text, file, problems };
    for error in document.errors() {
        let span = error.span();
        let range = span.start as usize..span.end as usize;
        let (message, label) = (error.message(text), "here".to_owned());
        let help = Some("correct the TOML here".to_owned());
        reader.problem(range, Problem { message, label, help, ..Problem::default() });
    }
    if !document.errors().is_empty() {
        return None;
    }
    Some(build(&mut reader, document.table()))
}

/// The text being read and where its problems go.
pub(crate) struct Reader<'a> {
    text: &'a str,
    file: FileId,
    problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    pub(crate) fn span(&self, span: toml_spanner::Span) -> Span {
        Span { file: self.file, range: span.start as usize..span.end as usize }
    }

    /// The header of a table rather than all that stands under it.
    pub(crate) fn first_line(&self, span: toml_spanner::Span) -> Span {
        let mut span = self.span(span);
        let lines = self.text.get(span.range.clone()).unwrap_or_default();
        span.range.end = span.range.start + lines.lines().next().unwrap_or_default().len();
        span
    }

    /// Adds the place to a problem; one at the end of the text is shown at its last character.
    fn problem(&mut self, range: std::ops::Range<usize>, problem: Problem) {
        let end = range.end.min(self.text.len());
        let span = Span { file: self.file, range: range.start.min(end)..end };
        self.problems.push(Problem { span, ..problem });
    }

    /// Reports every key of `table` that is not among `known`.
    pub(crate) fn only(&mut self, table: &Table<'_>, place: &str, known: &[&'static str]) {
        for (key, _) in table {
            if !known.contains(&key.as_str()) {
                let range = key.span.start as usize..key.span.end as usize;
                let label = format!("{place} has: {}", known.join(", "));
                let written = key.as_str().to_owned();
                let message = format!("unknown key `{written}`");
                let slip = Some(Slip { written, expected: known.to_vec(), is_quoted: false });
                let help = Some("delete it, or correct its name".to_owned());
                self.problem(range, Problem { message, label, slip, help, ..Problem::default() });
            }
        }
    }

    /// The table under `key`; anything else there is a problem.
    pub(crate) fn table<'t, 'd>(&mut self, table: &'t Table<'d>, key: &str) -> Option<&'t Table<'d>> {
        let item = table.get(key)?;
        if item.as_table().is_none() {
            self.expected(item, key, Expected::Table);
        }
        item.as_table()
    }

    pub(crate) fn string(&mut self, table: &Table<'_>, key: &str) -> Option<Spanned<String>> {
        let item = table.get(key)?;
        match item.as_str() {
            Some(value) => Some(Spanned { value: value.to_owned(), span: self.span(item.span()) }),
            None => {
                self.expected(item, key, Expected::String);
                None
            }
        }
    }

    /// One of `choices`.
    pub(crate) fn choice<T: Copy>(
        &mut self,
        table: &Table<'_>,
        key: &str,
        choices: &[(&'static str, T)],
    ) -> Option<Spanned<T>> {
        let written = self.string(table, key)?;
        if let Some((_, value)) = choices.iter().find(|(name, _)| *name == written.value) {
            return Some(Spanned { value: *value, span: written.span });
        }
        let names: Vec<&'static str> = choices.iter().map(|(name, _)| *name).collect();
        let label = format!("one of: {}", names.join(", "));
        let message = format!("`{key}` cannot be `{}`", written.value);
        let example = names.first().copied().unwrap_or_default();
        let help = Some(format!("write one of them, such as `{key} = \"{example}\"`"));
        let slip = Some(Slip { written: written.value, expected: names, is_quoted: true });
        self.problem(written.span.range, Problem { message, label, slip, help, ..Problem::default() });
        None
    }

    /// A list of strings.
    pub(crate) fn strings(&mut self, table: &Table<'_>, key: &str) -> Vec<Spanned<String>> {
        let Some(item) = table.get(key) else { return Vec::new() };
        let Some(array) = item.as_array() else {
            self.expected(item, key, Expected::Strings);
            return Vec::new();
        };
        let mut strings = Vec::new();
        for element in array {
            match element.as_str() {
                Some(value) => {
                    strings.push(Spanned { value: value.to_owned(), span: self.span(element.span()) })
                }
                None => self.expected(element, key, Expected::Strings),
            }
        }
        strings
    }

    /// `name = 3` pairs; the span of a name is the key's.
    pub(crate) fn versions(&mut self, table: &Table<'_>) -> Vec<(Spanned<String>, Spanned<i64>)> {
        let mut pairs = Vec::new();
        for (key, item) in table {
            match item.as_i64() {
                Some(version) if version > 0 => pairs.push((
                    Spanned { value: key.as_str().to_owned(), span: self.span(key.span) },
                    Spanned { value: version, span: self.span(item.span()) },
                )),
                _ => self.expected(item, key.as_str(), Expected::Version),
            }
        }
        pairs
    }

    /// Something of another kind than `what` stands under `key`.
    pub(crate) fn expected(&mut self, item: &Item<'_>, key: &str, what: Expected) {
        let label = match item.value() {
            Value::String(_) => "this is a string".to_owned(),
            Value::Integer(number) => format!("this is {number}"),
            Value::Float(_) => "this is a fraction".to_owned(),
            Value::Boolean(_) => "this is true or false".to_owned(),
            Value::Array(_) => "this is a list".to_owned(),
            Value::Table(_) => "this is a table".to_owned(),
            Value::DateTime(_) => "this is a date".to_owned(),
        };
        let (what, example) = match what {
            Expected::Table => ("a table", format!("[{key}]")),
            Expected::String => ("a string", format!("{key} = \"…\"")),
            Expected::Strings => ("a list of strings", format!("{key} = [\"…\"]")),
            Expected::Version => ("a version: a whole number from 1", format!("{key} = 1")),
        };
        let span = item.span();
        let range = span.start as usize..span.end as usize;
        let message = format!("`{key}` takes {what}");
        let help = Some(format!("write `{example}`"));
        self.problem(range, Problem { message, label, help, ..Problem::default() });
    }
}

/// What a key takes.
#[derive(Clone, Copy)]
pub(crate) enum Expected {
    Table,
    String,
    Strings,
    Version,
}
