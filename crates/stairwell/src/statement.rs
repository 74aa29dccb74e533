//! Finds a statement in a step by its number, because the server says how many it completed, not where it is.

/// Where the statement `number` of `text` begins, counted from 0. This only places a message, so what it is not
/// sure about has no place.
pub(crate) fn start_of(text: &str, number: usize) -> Option<usize> {
    // In the body of BEGIN ATOMIC a semicolon ends nothing, and what a backslash means can be changed.
    let unsure = ["atomic", "standard_conforming_strings"];
    let lower = text.to_ascii_lowercase();
    if unsure.iter().any(|word| lower.contains(word)) {
        return None;
    }
    let bytes = text.as_bytes();
    let (mut at, mut depth, mut seen) = (0, 0_usize, 0);
    let mut start = None;
    while let Some(&byte) = bytes.get(at) {
        let rest = &text.get(at..).unwrap_or_default();
        let next = match byte {
            b';' if depth == 0 => {
                seen += usize::from(start.take().is_some());
                at += 1;
                continue;
            }
            _ if byte.is_ascii_whitespace() => at + 1,
            _ if rest.starts_with("--") => at + rest.find('\n').unwrap_or(rest.len()),
            _ if rest.starts_with("/*") => at + comment(rest.as_bytes()),
            _ => {
                start = start.or(Some(at));
                if seen == number {
                    return start;
                }
                match byte {
                    b'(' => depth += 1,
                    b')' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                at + token(bytes, at)
            }
        };
        at = next;
    }
    None
}

/// The length of the token that begins at `at`, as far as it matters here: quoted text, or one byte.
fn token(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    match rest[0] {
        b'\'' => {
            let escapes =
                at > 0 && matches!(bytes[at - 1], b'e' | b'E') && !(at > 1 && continues_word(bytes[at - 2]));
            quoted(rest, b'\'', escapes)
        }
        b'"' => quoted(rest, b'"', false),
        b'$' if at == 0 || !continues_word(bytes[at - 1]) => dollar(rest),
        _ => 1,
    }
}

/// Up to the closing quote; a doubled one closes and opens again, which comes to the same.
fn quoted(rest: &[u8], quote: u8, escapes: bool) -> usize {
    let mut at = 1;
    while let Some(&byte) = rest.get(at) {
        at += 1;
        if byte == quote {
            // A doubled quote goes on with the same escapes.
            if rest.get(at) != Some(&quote) {
                return at;
            }
            at += 1;
        } else if byte == b'\\' && escapes {
            at += 1;
        }
    }
    rest.len()
}

fn dollar(rest: &[u8]) -> usize {
    let tag = rest[1..].iter().take_while(|byte| **byte != b'$' && continues_word(**byte)).count();
    if rest.get(tag + 1) != Some(&b'$') || rest[1].is_ascii_digit() {
        return 1;
    }
    let delimiter = &rest[..tag + 2];
    let body = &rest[delimiter.len()..];
    let end = body.windows(delimiter.len()).position(|window| window == delimiter);
    end.map_or(rest.len(), |end| end + 2 * delimiter.len())
}

/// The length of a comment; they nest.
fn comment(rest: &[u8]) -> usize {
    let (mut at, mut depth) = (0, 0_usize);
    while at < rest.len() {
        match rest.get(at..at + 2) {
            Some(b"/*") => (at, depth) = (at + 2, depth + 1),
            Some(b"*/") => {
                (at, depth) = (at + 2, depth - 1);
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    rest.len()
}

fn continues_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || !byte.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn semicolons_that_end_nothing_are_passed_over() {
        let text = "-- Größe; a\n SELECT ';', E'\\';', 'it''s;', \"a;\"\"b\"; /* ; /* ; */ ; */ ;; DO $x$ a; $$ b; $x$;\n\
                    CREATE RULE r AS ON INSERT TO a DO ALSO (SELECT 1; SELECT 2);\nSELECT a$b$c; SELECT $1; $$;$$ ;END";
        let starts: Vec<&str> = (0..)
            .map_while(|number| start_of(text, number))
            .map(|start| text[start..].split_whitespace().next().unwrap())
            .collect();
        assert_eq!(starts, ["SELECT", "DO", "CREATE", "SELECT", "SELECT", "$$;$$", "END"]);
        assert_eq!(start_of("SELECT 'open;; SELECT 1", 1), None);
        assert_eq!(start_of("/* open;; SELECT 1", 0), None);
        assert_eq!(start_of("", 0), None);
        assert_eq!(start_of("$", 0), Some(0));
        assert_eq!(start_of("CREATE FUNCTION f() BEGIN ATOMIC SELECT 1; END; SELECT 2", 1), None);
    }
}
