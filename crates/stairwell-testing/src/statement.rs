//! A statement that was refused, as failures show it.

use tokio_postgres::error::ErrorPosition;

use crate::host::chain;

/// So many lines of a statement are shown.
const LINES: usize = 12;

/// So many characters of a line are shown.
const WIDTH: usize = 100;

/// Where in a text the server pointed.
pub(crate) struct Place<'t> {
    /// From 1.
    pub(crate) line: usize,
    /// In characters, from 1.
    pub(crate) column: usize,
    text: &'t str,
}

impl<'t> Place<'t> {
    /// `None` if the server did not point anywhere, or at what is not in this text.
    pub(crate) fn of(sql: &'t str, error: &tokio_postgres::Error) -> Option<Self> {
        let Some(ErrorPosition::Original(character)) = error.as_db_error()?.position() else { return None };
        let mut rest = usize::try_from(*character).ok()?.checked_sub(1)?;
        for (number, text) in sql.split('\n').enumerate() {
            let length = text.chars().count();
            if rest <= length {
                return Some(Place { line: number + 1, column: rest + 1, text });
            }
            rest -= length + 1;
        }
        None
    }
}

/// Where in a file the server pointed, as far as it did: `plugins/printers/schema.sql:3:7`.
pub(crate) fn in_file(path: &str, sql: &str, error: &tokio_postgres::Error) -> String {
    match Place::of(sql, error) {
        Some(place) => format!("{path}:{}:{}", place.line, place.column),
        None => path.to_owned(),
    }
}

/// The statement with a caret below the place at which the server pointed; of a long one, that line or the beginning.
pub(crate) fn shown(sql: &str, error: Option<&tokio_postgres::Error>) -> Vec<String> {
    let place = error.and_then(|error| Place::of(sql, error));
    let sql = sql.trim_end();
    let count = sql.lines().count();
    let Some(place) = place else {
        let mut lines: Vec<String> = sql.lines().take(LINES).map(|line| cut(line, 0)).collect();
        if count > LINES {
            lines.push(format!("… {} lines more", count - LINES));
        }
        return lines;
    };
    let skipped = place.column.saturating_sub(WIDTH * 3 / 4);
    let caret = format!("{}^", " ".repeat(place.column - 1 - skipped));
    if count > LINES {
        return vec![cut(place.text, skipped), caret];
    }
    let mut lines: Vec<String> = sql.lines().map(|line| cut(line, 0)).collect();
    // The server points behind the end of a text that is cut off.
    let line = place.line.min(lines.len());
    if let Some(shown) = lines.get_mut(line.saturating_sub(1)) {
        *shown = cut(place.text, skipped);
    }
    lines.insert(line, caret);
    lines
}

/// What the server said, in the words in which the runtime says it: `column "x" does not exist (SQLSTATE 42703)`.
pub(crate) fn said(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(refusal) => format!("{} (SQLSTATE {})", refusal.message(), refusal.code().code()),
        None => chain(error),
    }
}

/// What it said besides.
pub(crate) fn notes(error: &tokio_postgres::Error) -> Vec<String> {
    let Some(refusal) = error.as_db_error() else { return Vec::new() };
    let parts = [("detail", refusal.detail()), ("hint", refusal.hint()), ("context", refusal.where_())];
    parts.into_iter().filter_map(|(name, part)| Some(format!("{name}: {}", part?))).collect()
}

/// One character stays one column, so that a caret stands right.
fn cut(line: &str, skipped: usize) -> String {
    let shown = line.chars().skip(skipped).take(WIDTH);
    let shown: String = shown.map(|char| if char.is_control() { ' ' } else { char }).collect();
    shown.trim_end().to_owned()
}
