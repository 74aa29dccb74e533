//! File names: `V<version>__<name>.sql`, `.down.sql` and `.rs`, matched whole.
//!
//! refinery's pattern is not anchored and accepts `V1.5__a` and the first half of `V1__has-hyphen`
//! (E2, E3). Here a name is understood completely or not at all.

use crate::draft::{FileKind, FileName, Rejection};
use crate::suggest::closest;

const EXTENSIONS: [(&str, FileKind); 3] =
    [("sql", FileKind::UpSql), ("down.sql", FileKind::DownSql), ("rs", FileKind::Rust)];

/// Most digits of a version, leading zeros apart: what fits a `bigint` whatever the digits are.
pub(crate) const MAX_DIGITS: usize = 18;

pub(crate) fn parse(file_name: &str) -> Result<FileName, Rejection> {
    match parts(file_name) {
        Ok((digits, name, kind)) => {
            let significant = digits.trim_start_matches('0');
            let version = if significant.len() > MAX_DIGITS { None } else { significant.parse().ok() };
            match version {
                Some(version) => {
                    Ok(FileName { digits: digits.to_owned(), version, name: name.to_owned(), kind })
                }
                None => Err(Rejection::Version { digits: digits.to_owned() }),
            }
        }
        Err(reason) if looks_like_migration(file_name) => {
            Err(Rejection::Name { reason, rename: rename(file_name) })
        }
        Err(_) => Err(Rejection::Stray),
    }
}

/// Digits, name and kind; or what is wrong with the first part that is.
fn parts(file_name: &str) -> Result<(&str, &str, FileKind), String> {
    let rest = match file_name.chars().next() {
        Some('V') => &file_name[1..],
        Some('v') => return Err("the prefix is a capital `V`".to_owned()),
        Some(prefix @ ('U' | 'u' | 'R' | 'r')) => {
            return Err(format!(
                "the prefix `{prefix}` means an unversioned or repeatable migration elsewhere; here every migration has a version"
            ));
        }
        _ => return Err("a migration begins with `V` and its version".to_owned()),
    };
    let digits = &rest[..rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())];
    let rest = &rest[digits.len()..];
    if digits.is_empty() {
        return Err("digits must follow the `V`".to_owned());
    }
    if rest.starts_with('.') && rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
        return Err("a version is a whole number, without a dot".to_owned());
    }
    let Some(rest) = rest.strip_prefix("__") else {
        return Err("two underscores stand between the version and the name".to_owned());
    };
    let (name, extension) = rest.split_once('.').unwrap_or((rest, ""));
    if name.is_empty() {
        return Err("a name must follow the two underscores".to_owned());
    }
    if let Some(odd) = name.chars().find(|c| !(c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '_')) {
        return Err(match odd {
            '-' => "the name contains a hyphen".to_owned(),
            ' ' => "the name contains a space".to_owned(),
            odd if odd.is_ascii_uppercase() => "the name contains a capital letter".to_owned(),
            odd => format!("the name contains `{}`", odd.escape_debug()),
        });
    }
    if let Some((_, kind)) = EXTENSIONS.iter().find(|(known, _)| *known == extension) {
        return Ok((digits, name, *kind));
    }
    let lower = extension.to_ascii_lowercase();
    Err(if EXTENSIONS.iter().any(|(known, _)| *known == lower) {
        format!("the extension `.{extension}` is written in small letters")
    } else if lower == "up.sql" {
        "the up step has the plain extension `.sql`".to_owned()
    } else if extension.is_empty() {
        "the extension is missing".to_owned()
    } else {
        format!("the extension `.{extension}` is none of `.sql`, `.down.sql`, `.rs`")
    })
}

/// Whether the author meant a migration: a `V`, `U` or `R` with digits, or an extension of ours.
fn looks_like_migration(file_name: &str) -> bool {
    let lower = file_name.to_ascii_lowercase();
    let second_is_digit = lower.chars().nth(1).is_some_and(|c| c.is_ascii_digit());
    (lower.starts_with(['v', 'u', 'r']) && second_is_digit)
        || lower.ends_with(".sql")
        || lower.ends_with(".rs")
        || lower.starts_with("v_")
}

/// The name that the author probably wants, if it can be told from the wrong one.
fn rename(file_name: &str) -> Option<String> {
    let lower = file_name.to_ascii_lowercase();
    let rest = lower.strip_prefix(['v', 'u', 'r']).unwrap_or(&lower);
    let digits = &rest[..rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())];
    if digits.is_empty() {
        return None;
    }
    let rest = &rest[digits.len()..];
    // `V1.5__x`: which whole number it should be is for the author to say.
    if rest.starts_with('.') && rest[1..].starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let (stem, extension) = match () {
        () if rest.ends_with(".down.sql") => (rest.strip_suffix(".down.sql")?, "down.sql"),
        () if rest.ends_with(".up.sql") => (rest.strip_suffix(".up.sql")?, "sql"),
        () if rest.ends_with(".sql") => down_step(rest.strip_suffix(".sql")?)?,
        () if rest.ends_with(".rs") => (rest.strip_suffix(".rs")?, "rs"),
        () => return None,
    };
    let words: Vec<&str> =
        stem.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let renamed = format!("V{digits}__{}.{extension}", words.join("_"));
    (!words.is_empty() && renamed != file_name).then_some(renamed)
}

/// Stem and extension of what ends in `.sql`. A word between two dots is a misspelt `down` or nothing
/// that can be guessed; to make it part of the name would turn a down step into a migration.
fn down_step(stem: &str) -> Option<(&str, &str)> {
    match stem.rsplit_once('.') {
        None => Some((stem, "sql")),
        Some((stem, word)) => closest(word, ["down", "undo", "dn"]).map(|_| (stem, "down.sql")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(file_name: &str) -> String {
        match parse(file_name) {
            Err(Rejection::Name { reason, rename }) => match rename {
                Some(rename) => format!("{reason}; {rename}"),
                None => reason,
            },
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn understands_the_three_kinds() {
        let parsed = parse("V0002__add_toner_level.down.sql").unwrap();
        assert_eq!(
            (parsed.version, parsed.name.as_str(), parsed.kind),
            (2, "add_toner_level", FileKind::DownSql)
        );
        assert_eq!(parse("V20250304101500__baseline.sql").unwrap().version, 20_250_304_101_500);
        assert_eq!(parse("V999999999999999999__x.rs").unwrap().version, 999_999_999_999_999_999);
    }

    #[test]
    fn says_what_is_wrong_and_what_is_meant() {
        let table = [
            ("V2__create-users.sql", "the name contains a hyphen; V2__create_users.sql"),
            ("V4__Upper.sql", "the name contains a capital letter; V4__upper.sql"),
            ("v5__lower.sql", "the prefix is a capital `V`; V5__lower.sql"),
            ("V1.5__a.sql", "a version is a whole number, without a dot"),
            ("V1_a.sql", "two underscores stand between the version and the name; V1__a.sql"),
            ("V4__upper.SQL", "the extension `.SQL` is written in small letters; V4__upper.sql"),
            ("V4__a.up.sql", "the up step has the plain extension `.sql`; V4__a.sql"),
            ("V4__a.sql.bak", "the extension `.sql.bak` is none of `.sql`, `.down.sql`, `.rs`"),
            (
                "V4__a.dwon.sql",
                "the extension `.dwon.sql` is none of `.sql`, `.down.sql`, `.rs`; V4__a.down.sql",
            ),
            ("V4__a.old.sql", "the extension `.old.sql` is none of `.sql`, `.down.sql`, `.rs`"),
            ("V4__a", "the extension is missing"),
            ("V__a.sql", "digits must follow the `V`"),
            ("V4__.sql", "a name must follow the two underscores"),
            ("20240101_init.sql", "a migration begins with `V` and its version; V20240101__init.sql"),
            ("V4__größe.sql", "the name contains `ö`; V4__gr_e.sql"),
        ];
        for (file_name, expected) in table {
            assert!(
                reason(file_name).starts_with(expected.split(';').next().unwrap()),
                "{file_name}: {}",
                reason(file_name)
            );
            if expected.contains(';') && file_name.is_ascii() {
                assert_eq!(reason(file_name), expected, "{file_name}");
            }
        }
        assert!(reason("R__views.sql").starts_with("the prefix `R`"), "{}", reason("R__views.sql"));
    }

    #[test]
    fn the_rest_is_stray_or_out_of_range() {
        assert_eq!(parse(".DS_Store"), Err(Rejection::Stray));
        assert_eq!(parse("notes.txt"), Err(Rejection::Stray));
        assert_eq!(parse("V0__a.sql"), Err(Rejection::Version { digits: "0".to_owned() }));
        let digits = "1".repeat(19);
        assert_eq!(parse(&format!("V{digits}__a.sql")), Err(Rejection::Version { digits }));
    }

    proptest::proptest! {
        /// Whatever a file is called, it is understood whole or refused; and a rename that is proposed is a name.
        #[test]
        fn never_panics_and_renames_to_names(name in "\\PC{0,40}") {
            let _ = parse(&name);
            if let Err(Rejection::Name { rename: Some(rename), .. }) = parse(&name) {
                proptest::prop_assert!(!matches!(parse(&rename), Err(Rejection::Name { .. } | Rejection::Stray)), "{rename}");
            }
        }

        #[test]
        fn understands_every_name_of_the_form(version in 1_i64..1_000_000_000, name in "[a-z0-9_]{1,20}") {
            let parsed = parse(&format!("V{version:04}__{name}.sql")).unwrap();
            proptest::prop_assert_eq!((parsed.version, parsed.name), (version, name));
        }
    }
}
