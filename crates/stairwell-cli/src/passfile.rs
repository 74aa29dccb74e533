//! libpq's password file: lines `host:port:database:user:password`.

use std::path::Path;

/// The password of the first line in `text` that matches.
///
/// A field `*` matches anything; `\` takes the next character as it is.
pub(crate) fn find(text: &str, host: &str, port: u16, database: &str, user: &str) -> Option<String> {
    let port = port.to_string();
    let wanted = [host, &port, database, user];
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let mut rest = line;
        for wanted in wanted {
            let (field, tail) = split_field(rest)?;
            if field != "*" && unescape(field) != wanted {
                return None;
            }
            rest = tail;
        }
        // Old files may end the password with a `:`, as libpq has it.
        let password = split_field(rest).map_or(rest, |(password, _)| password);
        Some(unescape(password)).filter(|password| !password.is_empty())
    })
}

/// Reads a password file, or says why it is ignored. A file that is not there is no mistake.
pub(crate) fn read(path: &Path) -> Result<Option<String>, String> {
    let Ok(metadata) = std::fs::metadata(path) else { return Ok(None) };
    if !metadata.is_file() {
        return Err(format!("the password file `{}` is ignored: it is not a plain file", path.display()));
    }
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077 != 0 {
        return Err(format!(
            "the password file `{}` is ignored: others may read it (chmod 600 makes it private)",
            path.display()
        ));
    }
    std::fs::read_to_string(path)
        .map(Some)
        .map_err(|error| format!("the password file `{}` is ignored: {error}", path.display()))
}

fn split_field(line: &str) -> Option<(&str, &str)> {
    let mut escaped = false;
    for (at, character) in line.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ':' => return Some((&line[..at], &line[at + 1..])),
            _ => {}
        }
    }
    None
}

fn unescape(field: &str) -> String {
    let mut characters = field.chars();
    std::iter::from_fn(|| match characters.next()? {
        '\\' => characters.next(),
        other => Some(other),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::find;

    const FILE: &str = "\
# host:port:database:user:password
db.example:5432:shop:alice:first
db.example:*:*:bob:se\\:c\\\\ret
*:5432:shop:carol:last:
short:line
*:*:*:*:any";

    #[test]
    fn takes_the_first_line_that_matches() {
        let password = |host, port, user| find(FILE, host, port, "shop", user);
        assert_eq!(password("db.example", 5432, "alice").as_deref(), Some("first"));
        assert_eq!(password("db.example", 5433, "bob").as_deref(), Some("se:c\\ret"));
        assert_eq!(password("elsewhere", 5432, "carol").as_deref(), Some("last"));
        assert_eq!(password("elsewhere", 5433, "carol").as_deref(), Some("any"));
        assert_eq!(find("db:1:a:b:", "db", 1, "a", "b"), None);
        assert_eq!(find("# *:*:*:*:x", "db", 1, "a", "b"), None);
    }
}
