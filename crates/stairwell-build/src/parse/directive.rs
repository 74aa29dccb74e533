//! Directives: `-- stairwell: requires computers 3` among the comments of a step.

use crate::draft::{Directive, DirectiveKind, Requirement};
use crate::source::{FileId, Span, Spanned};

/// Every directive, with the form in which it is written.
pub(crate) const DIRECTIVES: [(&str, &str); 6] = [
    ("requires", "stairwell: requires computers 3"),
    ("no-transaction", "stairwell: no-transaction"),
    ("irreversible", "stairwell: irreversible the old column cannot be rebuilt"),
    ("compatible", "stairwell: compatible no released binary reads the column"),
    ("breaking", "stairwell: breaking the meaning of the column changes"),
    ("allow", "stairwell: allow version-gap 7 was withdrawn before it was released"),
];

/// What is wrong with a comment that almost begins as a directive does.
const TAG: &str = "a directive begins with `stairwell:`, in small letters and with one colon";

/// How a comment was written, as far as a directive cares.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) file: FileId,
    /// Where the text between the marks begins.
    pub(crate) offset: usize,
    /// Behind the first statement.
    pub(crate) is_behind: bool,
    /// A block or documentation comment, which cannot hold a directive.
    pub(crate) is_other_kind: bool,
}

/// Reads one comment, given without its marks.
///
/// None: the comment is for people. A comment that only looks like a directive (`Stairwell: …`,
/// `stairwell requires …`, a block comment) is malformed rather than for people: sqlx ignores a
/// directive that does not stand exactly where it expects it (E7), and nobody notices before production.
pub(crate) fn parse(comment: &str, place: Place) -> Option<Directive> {
    let indent = comment.len() - comment.trim_start().len();
    let text = comment.trim();
    let offset = place.offset + indent;
    let span = |start: usize, end: usize| Span { file: place.file, range: offset + start..offset + end };
    let directive = |kind| Some(Directive { span: span(0, text.len()), misplaced: place.is_behind, kind });

    let malformed = |message: &str, (word, example): (&'static str, &'static str)| DirectiveKind::Malformed {
        word,
        message: message.to_owned(),
        example,
    };
    if let Some(known) = misspelt(text) {
        return directive(malformed(TAG, *known));
    }
    let marker_end = "stairwell".len();
    if !text.get(..marker_end).is_some_and(|start| start.eq_ignore_ascii_case("stairwell")) {
        return None;
    }
    let rest = &text[marker_end..];
    let words = Words::new(text, marker_end + (rest.len() - rest.trim_start_matches([':', ' ', '\t']).len()));
    let (word, word_at) = words.first();
    let known = DIRECTIVES.iter().find(|(name, _)| *name == word);
    if place.is_other_kind || !text.starts_with("stairwell:") || rest.starts_with("::") {
        // Prose may begin with the name; a directive without its colon is a slip.
        let is_meant = rest.trim_start().starts_with(':') || (known.is_some() && !place.is_behind);
        let message = if place.is_other_kind { "a directive stands in a line comment" } else { TAG };
        return is_meant.then(|| malformed(message, *known.unwrap_or(&DIRECTIVES[0]))).and_then(directive);
    }
    let Some(&(name, example)) = known else {
        return directive(DirectiveKind::Unknown(Spanned {
            value: word.to_owned(),
            span: span(word_at, word_at + word.len()),
        }));
    };
    let malformed = |message: &str| malformed(message, (name, example));
    let spanned =
        |(word, at): (&str, usize)| Spanned { value: word.to_owned(), span: span(at, at + word.len()) };
    directive(match name {
        "requires" => match words.rest()[..] {
            [plugin, (version, version_at)] => match version_number(version) {
                Some(number) => DirectiveKind::Requires(Requirement {
                    plugin: spanned(plugin),
                    version: Spanned { value: number, span: span(version_at, version_at + version.len()) },
                }),
                None => malformed("the version that is required is not a whole number from 1"),
            },
            _ => malformed("`requires` takes a plugin and a version"),
        },
        "no-transaction" if words.rest().is_empty() => DirectiveKind::NoTransaction,
        "no-transaction" => malformed("`no-transaction` takes nothing"),
        "irreversible" => match words.text_after(1) {
            "" => malformed("`irreversible` takes a reason"),
            reason => DirectiveKind::Irreversible(reason.to_owned()),
        },
        "compatible" | "breaking" => match (name, words.text_after(1)) {
            (_, "") => malformed("`compatible` and `breaking` take a reason"),
            ("breaking", reason) => DirectiveKind::Breaking(reason.to_owned()),
            (_, reason) => DirectiveKind::Compatible(reason.to_owned()),
        },
        _ => match (words.rest().first(), words.text_after(2)) {
            (Some(&rule), reason) if !reason.is_empty() => DirectiveKind::Allow { rule: spanned(rule) },
            _ => malformed("`allow` takes the name of a rule and a reason"),
        },
    })
}

/// `stairwel: no-transaction`: almost the word, a colon or comma, and a directive behind it.
fn misspelt(text: &str) -> Option<&'static (&'static str, &'static str)> {
    let (tag, rest) = text.split_once([':', ','])?;
    let word = rest.split_whitespace().next()?;
    let distance = strsim::osa_distance(&tag.trim().to_lowercase(), "stairwell");
    DIRECTIVES.iter().find(|(name, _)| *name == word && (1..=2).contains(&distance))
}

fn version_number(text: &str) -> Option<i64> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|&number| is_number && number > 0)
}

/// The words of a directive with their offsets.
struct Words<'a> {
    text: &'a str,
    words: Vec<(&'a str, usize)>,
}

impl<'a> Words<'a> {
    fn new(text: &'a str, from: usize) -> Self {
        let mut words = Vec::new();
        let mut at = from;
        for word in text[from..].split_inclusive(char::is_whitespace) {
            let trimmed = word.trim();
            if !trimmed.is_empty() {
                words.push((trimmed, at));
            }
            at += word.len();
        }
        Words { text, words }
    }

    fn first(&self) -> (&'a str, usize) {
        self.words.first().copied().unwrap_or(("", self.text.len()))
    }

    fn rest(&self) -> &[(&'a str, usize)] {
        self.words.get(1..).unwrap_or_default()
    }

    fn text_after(&self, count: usize) -> &'a str {
        self.words.get(count).map_or("", |&(_, at)| &self.text[at..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    fn kind(comment: &str) -> Option<DirectiveKind> {
        let file = Sources::default().add("a.sql", String::new());
        let place = Place { file, offset: 2, is_behind: false, is_other_kind: false };
        parse(comment, place).map(|directive| directive.kind)
    }

    #[test]
    fn reads_each_directive() {
        let Some(DirectiveKind::Requires(requirement)) = kind(" stairwell: requires computers 0003") else {
            panic!("requires");
        };
        assert_eq!((requirement.plugin.value.as_str(), requirement.version.value), ("computers", 3));
        assert_eq!(requirement.plugin.span.range, 23..32);
        assert_eq!(requirement.version.span.range, 33..37);
        assert!(matches!(kind("stairwell:no-transaction"), Some(DirectiveKind::NoTransaction)));
        assert!(
            matches!(kind(" stairwell: irreversible it is gone "), Some(DirectiveKind::Irreversible(r)) if r == "it is gone")
        );
        assert!(matches!(kind(" stairwell: allow version-gap because so"),
            Some(DirectiveKind::Allow { rule }) if rule.value == "version-gap"));
    }

    #[test]
    fn leaves_prose_alone() {
        assert!(kind(" The stairwell: a place.").is_none());
        assert!(kind(" stairwells are stairs").is_none());
        assert!(kind(" stairwell is the name of the tool").is_none());
        assert!(kind("").is_none());
    }

    #[test]
    fn a_slip_is_not_prose() {
        for slip in [
            "stairwell requires core 1",
            "Stairwell: no-transaction",
            "stairwell : no-transaction",
            "stairwell:: no-transaction",
            "stairwel: no-transaction",
            "Stairwall: requires core 1",
            "stairwell: requires core 0",
            "stairwell: requires core +1",
            "stairwell: requires core",
            "stairwell: requires core one",
            "stairwell: requires core 1 2",
            "stairwell: no-transaction please",
            "stairwell: irreversible",
            "stairwell: allow version-gap",
        ] {
            assert!(matches!(kind(slip), Some(DirectiveKind::Malformed { .. })), "{slip}: {:?}", kind(slip));
        }
        for unknown in ["stairwell: require core 1", "stairwell:", "stairwell: notransaction"] {
            assert!(matches!(kind(unknown), Some(DirectiveKind::Unknown(_))), "{unknown}");
        }
    }

    proptest::proptest! {
        #[test]
        fn never_panics(rest in "\\PC{0,40}") {
            let _ = kind(&rest);
            let _ = kind(&format!("stairwell{rest}"));
            let _ = kind(&format!("stairwell: {rest}"));
        }
    }
}
