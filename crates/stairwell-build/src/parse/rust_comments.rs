//! The comments of a Rust file, and how deep its brackets nest: a lexer that knows what hides a `//`.

/// A comment and where it stands.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Comment {
    /// Byte range of the text behind the marks (`//`, `///`, `//!`, `/*`).
    pub(crate) range: (usize, usize),
    /// Anything but a plain `//`.
    pub(crate) is_doc_or_block: bool,
    /// Code stands before it.
    pub(crate) is_behind: bool,
}

/// All comments, and the deepest nesting of brackets.
pub(crate) fn scan(text: &str) -> (Vec<Comment>, usize) {
    let bytes = text.as_bytes();
    let (mut comments, mut depth, mut deepest, mut is_behind) = (Vec::new(), 0_usize, 0, false);
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        if rest.starts_with(b"//") {
            let end = at + rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
            let is_doc = matches!(rest.get(2), Some(b'/' | b'!'));
            let start = at + if is_doc { 3 } else { 2 };
            comments.push(Comment { range: (start, end), is_doc_or_block: is_doc, is_behind });
            at = end;
            continue;
        }
        if rest.starts_with(b"/*") {
            let end = block_end(bytes, at);
            let inner = if text[..end].ends_with("*/") { (end - 2).max(at + 2) } else { end };
            comments.push(Comment { range: (at + 2, inner), is_doc_or_block: true, is_behind });
            at = end;
            continue;
        }
        if rest[0].is_ascii_whitespace() {
            at += 1;
            continue;
        }
        is_behind = true;
        match rest[0] {
            b'(' | b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at = literal_end(bytes, at).unwrap_or(at + 1);
    }
    (comments, deepest)
}

fn block_end(bytes: &[u8], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0_usize);
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if bytes[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    bytes.len()
}

/// The end of the string, raw string or character that begins here, or of the word.
fn literal_end(bytes: &[u8], start: usize) -> Option<usize> {
    let rest = &bytes[start..];
    match rest[0] {
        b'"' => Some(quoted_end(bytes, start)),
        // A character, `'x'` or `'\n'`; else a lifetime, whose quote hides nothing.
        b'\'' if rest.get(1) == Some(&b'\\') => Some(
            rest.iter().skip(3).position(|&byte| byte == b'\'').map_or(bytes.len(), |end| start + end + 4),
        ),
        b'\'' => {
            let text = std::str::from_utf8(&rest[1..rest.len().min(6)]);
            let width = text.map_or_else(|error| error.valid_up_to(), str::len).min(4);
            (1..=width).find(|&width| rest.get(width + 1) == Some(&b'\'')).map(|width| start + width + 2)
        }
        byte if byte.is_ascii_alphanumeric() || byte == b'_' => {
            let word = rest.iter().position(|&byte| !(byte.is_ascii_alphanumeric() || byte == b'_'));
            let end = start + word.unwrap_or(rest.len());
            let hashes = bytes[end..].iter().take_while(|&&byte| byte == b'#').count();
            let is_raw =
                matches!(&bytes[start..end], b"r" | b"br" | b"cr") && bytes.get(end + hashes) == Some(&b'"');
            Some(if is_raw { raw_end(bytes, end + hashes + 1, hashes) } else { end })
        }
        _ => None,
    }
}

fn quoted_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn raw_end(bytes: &[u8], from: usize, hashes: usize) -> usize {
    let mut at = from;
    while at < bytes.len() {
        let closes = bytes[at] == b'"'
            && bytes[at + 1..].iter().take(hashes).filter(|&&byte| byte == b'#').count() == hashes;
        at += 1;
        if closes {
            return at + hashes;
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comments(text: &str) -> Vec<(&str, bool, bool)> {
        let (comments, _) = scan(text);
        let text = |comment: Comment| {
            (&text[comment.range.0..comment.range.1], comment.is_doc_or_block, comment.is_behind)
        };
        comments.into_iter().map(text).collect()
    }

    #[test]
    fn finds_comments_and_nothing_in_literals() {
        let text = "/* a /* b */ c */ // one\n/// two\nuse x; // three\nlet s = \"// no\\\" // no\"; r#\"// \"no\"#; '\"'; 'a: loop {} // four";
        assert_eq!(
            comments(text),
            [
                (" a /* b */ c ", true, false),
                (" one", false, false),
                (" two", true, false),
                (" three", false, true),
                (" four", false, true)
            ]
        );
    }

    #[test]
    fn counts_how_deep_brackets_nest() {
        assert_eq!(scan("fn f() { [({})] } // ((((((").1, 4);
    }

    proptest::proptest! {
        #[test]
        fn comments_are_ranges_of_the_text(text in "[a-z/*\"'#r\\\\\n{}ä]{0,60}") {
            for comment in scan(&text).0 {
                proptest::prop_assert!(text.get(comment.range.0..comment.range.1).is_some());
            }
        }
    }
}
