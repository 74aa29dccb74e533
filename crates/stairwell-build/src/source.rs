//! The input as values: what lay in the directories, and the texts that diagnostics point into.

use std::ops::Range;

/// Everything that [`scan`](crate::scan) found, sorted by path. Nothing has been judged yet.
#[derive(Debug, Default)]
pub struct SourceTree {
    pub(crate) entries: Vec<Entry>,
}

impl SourceTree {
    /// A tree held in memory: `(path, contents)`, paths relative to the package with `/`.
    ///
    /// For tests and tools; folders are made from the paths, a path that ends in `/` is an empty folder.
    pub fn from_files<P, C>(files: impl IntoIterator<Item = (P, C)>) -> Self
    where
        P: Into<String>,
        C: Into<Vec<u8>>,
    {
        let mut entries = std::collections::BTreeMap::new();
        for (path, contents) in files {
            let path: String = path.into();
            for (slash, _) in path.match_indices('/') {
                entries.insert(path[..slash].to_owned(), Kind::Folder);
            }
            if !path.ends_with('/') {
                entries.insert(path, Kind::File(contents.into()));
            }
        }
        SourceTree { entries: entries.into_iter().map(|(path, kind)| Entry { path, kind }).collect() }
    }

    /// The paths of the roots that exist, for `rerun-if-changed`.
    pub(crate) fn roots(&self) -> Vec<String> {
        let paths = self.entries.iter().map(|entry| &entry.path);
        paths.filter(|path| !path.contains('/')).cloned().collect()
    }
}

/// One directory entry.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Relative to the package, with `/` on every platform. Not UTF-8: lossy, for messages only.
    pub(crate) path: String,
    pub(crate) kind: Kind,
}

impl Entry {
    pub(crate) fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

#[derive(Debug)]
pub(crate) enum Kind {
    Folder,
    File(Vec<u8>),
    /// A symbolic link that is not followed.
    Link {
        target: String,
        problem: LinkProblem,
    },
    /// A file name that is not UTF-8, or an entry that the system did not let us read.
    Unreadable {
        reason: String,
    },
    /// A socket, a device, a pipe.
    Special,
}

/// Why a symbolic link is not followed; a link to a file of the package is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkProblem {
    Broken,
    LeavesTree,
    Folder,
}

/// Which text of [`Sources`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FileId(u32);

/// A byte range in one text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) file: FileId,
    pub(crate) range: Range<usize>,
}

/// A value and where it was written.
#[derive(Clone, Debug)]
pub(crate) struct Spanned<T> {
    pub(crate) value: T,
    pub(crate) span: Span,
}

/// The texts of all files that were read as text, normalised.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    files: Vec<SourceFile>,
}

#[derive(Debug)]
struct SourceFile {
    path: String,
    text: String,
    /// Where each line begins.
    lines: Vec<usize>,
}

impl Sources {
    pub(crate) fn add(&mut self, path: &str, text: String) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        self.files.push(SourceFile { path: printable(path), text, lines });
        id
    }

    pub(crate) fn path(&self, file: FileId) -> &str {
        &self.files[file.0 as usize].path
    }

    pub(crate) fn text(&self, file: FileId) -> &str {
        &self.files[file.0 as usize].text
    }

    /// The line of a byte, from 1.
    pub(crate) fn line(&self, file: FileId, at: usize) -> usize {
        self.files[file.0 as usize].lines.partition_point(|&start| start <= at)
    }

    /// Line and column, both from 1; the column counts characters, as editors do.
    pub(crate) fn position(&self, span: &Span) -> (usize, usize) {
        let text = self.text(span.file);
        let start = floor_char_boundary(text, span.range.start);
        let line = self.line(span.file, start);
        let line_start = self.files[span.file.0 as usize].lines[line - 1];
        (line, text[line_start..start].chars().count() + 1)
    }
}

/// The largest boundary of a character at or below `index`.
pub(crate) fn floor_char_boundary(text: &str, index: usize) -> usize {
    let mut index = index.min(text.len());
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    index
}

/// `text` with control characters and marks of text direction written out, on one line: names come
/// from the disk, and would otherwise colour, clear or reorder the terminal.
pub(crate) fn printable(text: &str) -> String {
    let is_odd = |c: &char| c.is_control() || matches!(c, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let mut written = String::with_capacity(text.len());
    for c in text.chars() {
        if is_odd(&c) { written.extend(c.escape_unicode()) } else { written.push(c) }
    }
    written
}

/// Decodes a file: UTF-8, byte order mark dropped, CRLF made LF.
///
/// Git may check a file out with either line end, so a checksum over the raw bytes would differ
/// between two machines that build the same commit (refinery#374, sqlx#2659).
/// The error carries the text up to the first bad byte and a sentence about it.
pub(crate) fn decode(bytes: &[u8]) -> Result<String, (String, String)> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]).replace("\r\n", "\n");
            let reason = if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
                "it begins with the byte order mark of UTF-16".to_owned()
            } else {
                format!("byte 0x{:02X} is not UTF-8", bytes[error.valid_up_to()])
            };
            return Err((valid, reason));
        }
    };
    if text.starts_with('\u{FEFF}') {
        return Err((String::new(), "it begins with two byte order marks".to_owned()));
    }
    if let Some(nul) = text.find('\0') {
        return Err((text[..nul].replace("\r\n", "\n"), "it contains a NUL byte".to_owned()));
    }
    Ok(if text.contains("\r\n") { text.replace("\r\n", "\n") } else { text.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_and_byte_order_mark_change_no_text() {
        let plain = decode(b"SELECT 1;\nSELECT 2;\n").unwrap();
        assert_eq!(decode(b"SELECT 1;\r\nSELECT 2;\r\n").unwrap(), plain);
        assert_eq!(decode(b"\xEF\xBB\xBFSELECT 1;\nSELECT 2;\n").unwrap(), plain);
    }

    #[test]
    fn positions_count_characters_from_one() {
        let mut sources = Sources::default();
        let file = sources.add("a.sql", "x\näö z\n".to_owned());
        let at = |start| sources.position(&Span { file, range: start..start });
        assert_eq!(at(0), (1, 1));
        assert_eq!(at(7), (2, 4));
        assert_eq!(at(400), (3, 1));
    }

    #[test]
    fn control_characters_are_written_out() {
        assert_eq!(printable("größe.sql"), "größe.sql");
        assert_eq!(printable("a\u{1b}[31m\nb\u{202e}"), "a\\u{1b}[31m\\u{a}b\\u{202e}");
    }
}
