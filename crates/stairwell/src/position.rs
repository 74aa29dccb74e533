//! From the server's character offset to a line of a file.

/// A place in the file of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Position {
    /// The file, relative to the package that was compiled, with `/`.
    pub path: &'static str,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The text of the line.
    pub text: &'static str,
}

/// How much of a line an excerpt shows, in characters; generated SQL has very long lines.
const WIDTH: usize = 100;

impl Position {
    /// The place of the byte `offset` of `text`, which was read from `path`.
    pub(crate) fn new(path: &'static str, text: &'static str, offset: usize) -> Option<Self> {
        let before = text.get(..offset)?;
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.matches('\n').count() + 1;
        let column = text.get(start..offset)?.chars().count() + 1;
        let text = text.get(start..)?.lines().next().unwrap_or("");
        Some(Position { path, line, column, text })
    }

    /// The place and its line, with a caret below the column.
    pub(crate) fn excerpt(&self) -> String {
        let Position { path, line, column, .. } = *self;
        let skipped = column.saturating_sub(WIDTH * 3 / 4);
        // One character stays one column, so that the caret stands right.
        let shown: String = self
            .text
            .chars()
            .skip(skipped)
            .take(WIDTH)
            .map(|char| if char.is_control() { ' ' } else { char })
            .collect();
        let number = line.to_string();
        let gutter = " ".repeat(number.len());
        let indent = " ".repeat(column - 1 - skipped);
        format!(
            "{gutter}--> {path}:{line}:{column}\n{gutter} |\n{number} | {}\n{gutter} | {indent}^",
            shown.trim_end()
        )
    }
}

/// The byte offset of the character `number` of `text`, counted from 1 as the server does.
pub(crate) fn byte_offset(text: &str, number: usize) -> Option<usize> {
    let index = number.checked_sub(1)?;
    let ends = text.char_indices().map(|(offset, _)| offset).chain([text.len()]);
    ends.into_iter().nth(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &'static str, number: usize) -> (usize, usize, &'static str) {
        let offset = byte_offset(text, number).unwrap();
        let position = Position::new("a.sql", text, offset).unwrap();
        (position.line, position.column, position.text)
    }

    #[test]
    fn counts_characters_not_bytes() {
        assert_eq!(at("-- Größe\nselect ö, x", 20), (2, 11, "select ö, x"));
        assert_eq!(at("select 1", 1), (1, 1, "select 1"));
    }

    #[test]
    fn the_end_of_the_text_is_a_place() {
        assert_eq!(at("select", 7), (1, 7, "select"));
        assert_eq!(at("select\n", 8), (2, 1, ""));
        assert_eq!(byte_offset("select", 8), None);
        assert_eq!(byte_offset("select", 0), None);
    }

    #[test]
    fn a_long_line_is_cut_around_the_column() {
        let text: &'static str = Box::leak(format!("{}x{}", " ".repeat(5000), " y".repeat(5000)).into());
        let excerpt = Position::new("a.sql", text, 5000).unwrap().excerpt();
        let lines: Vec<&str> = excerpt.lines().collect();
        assert_eq!(lines[0], " --> a.sql:1:5001");
        assert_eq!(lines[2].find('x'), lines[3].find('^'));
        assert!(lines[2].len() < 120);
    }
}
