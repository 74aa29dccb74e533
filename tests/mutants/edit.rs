//! Where the parts of a migration stand in its text.

use std::ops::Range;

use stairwell_sql::lex;

/// The statements, with the semicolon and the line end behind each.
pub(crate) fn statements(text: &str) -> Vec<Range<usize>> {
    let spans = lex(text).statements.into_iter().map(|statement| statement.span);
    spans
        .map(|span| {
            let end = text[span.end..].find(';').map_or(span.end, |at| span.end + at + 1);
            span.start..if text[end..].starts_with('\n') { end + 1 } else { end }
        })
        .collect()
}

/// The elements between the outermost brackets of a `CREATE TABLE`: columns and constraints.
pub(crate) fn elements(text: &str, statement: &Range<usize>) -> Vec<Range<usize>> {
    let sql = &text[statement.clone()];
    let Some(open) = sql.find('(').filter(|_| sql.starts_with("CREATE TABLE")) else { return Vec::new() };
    let (mut depth, mut quoted, mut start) = (0, false, open + 1);
    let mut elements = Vec::new();
    for (at, byte) in sql.bytes().enumerate().skip(open) {
        match byte {
            b'\'' => quoted = !quoted,
            _ if quoted => {}
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if (byte == b',' && depth == 1 && !quoted) || depth == 0 {
            let element = &sql[start..at];
            let trimmed = element.trim();
            let begin = start + element.len() - element.trim_start().len();
            elements.push(statement.start + begin..statement.start + begin + trimmed.len());
            start = at + 1;
        }
        if depth == 0 {
            break;
        }
    }
    elements
}

/// What defines a column: the elements of tables that are no constraints, and what stands behind `ADD COLUMN`.
pub(crate) fn columns(text: &str) -> Vec<Range<usize>> {
    let mut columns = Vec::new();
    for statement in statements(text) {
        let of_table = elements(text, &statement).into_iter();
        columns.extend(of_table.filter(|element| !text[element.clone()].starts_with("CONSTRAINT ")));
        if let Some(at) = text[statement.clone()].find("ADD COLUMN ") {
            let end = text[..statement.end].trim_end().trim_end_matches(';').len();
            columns.push(statement.start + at + "ADD COLUMN ".len()..end);
        }
    }
    columns
}

/// The text without a part.
pub(crate) fn without(text: &str, part: &Range<usize>) -> String {
    replaced(text, part, "")
}

pub(crate) fn replaced(text: &str, part: &Range<usize>, by: &str) -> String {
    format!("{}{by}{}", &text[..part.start], &text[part.end..])
}

/// The text without an element of a list, and without one of the commas beside it.
pub(crate) fn without_element(text: &str, element: &Range<usize>) -> String {
    let before = text[..element.start].trim_end();
    match text[element.end..].strip_prefix(',') {
        Some(rest) => format!("{before}{rest}"),
        None => format!("{}{}", before.trim_end_matches(','), &text[element.end..]),
    }
}

/// Every place of a word that is not a part of a longer one.
pub(crate) fn words(text: &str, word: &str) -> Vec<Range<usize>> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let found = text.match_indices(word).map(|(at, _)| at..at + word.len());
    found
        .filter(|place| !text[..place.start].ends_with(is_part) && !text[place.end..].starts_with(is_part))
        .collect()
}

/// The text with a word replaced wherever it stands.
pub(crate) fn reworded(text: &str, word: &str, by: &str) -> String {
    words(text, word).iter().rev().fold(text.to_owned(), |text, place| replaced(&text, place, by))
}
