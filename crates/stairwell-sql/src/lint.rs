//! What a statement locks, breaks or loses, as squawk's linter judges it.

mod harmless;

use std::ops::Range;

use squawk_linter::{Linter, Rule};

use self::harmless::{is_harmless, new_tables};
use crate::syntax::Parsed;

/// One finding of the linter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LintFinding {
    /// Bytes of the text.
    pub span: Range<usize>,
    /// Kebab-case name, as the linter's own documentation has it.
    pub rule: String,
    /// What is wrong, in the linter's words.
    pub message: String,
    /// What to do, in the linter's words.
    pub help: Option<String>,
}

const FOREIGN_KEY: &str = "adding-foreign-key-constraint";

/// Rules about one kind of constraint each.
const OWN_LINT: [&str; 3] = [FOREIGN_KEY, "adding-serial-primary-key-field", "disallowed-unique-constraint"];

/// Rules that judge a new table as they do an old one unless they believe in a transaction.
const ABOUT_OLD_TABLES: [&str; 4] = [
    FOREIGN_KEY,
    "constraint-missing-not-valid",
    "disallowed-unique-constraint",
    "require-concurrent-index-creation",
];

/// Runs the named rules of the linter over a text; a name that is none of its rules does nothing.
///
/// A table that the same text creates is empty, so nothing is said about locks on it.
/// `in_transaction`: the text runs in one transaction, rather than statement by statement.
pub fn lint(text: &str, parsed: &Parsed, rules: &[&str], in_transaction: bool) -> Vec<LintFinding> {
    let lower = text.to_ascii_lowercase();
    let relevant = rules.iter().filter(|name| may_apply(name, &lower));
    let rules: Vec<Rule> = relevant.filter_map(|name| name.parse().ok()).collect();
    if rules.is_empty() || parsed.statements.is_empty() {
        return Vec::new();
    }
    let mut findings = run(text, parsed, &rules, in_transaction);
    if !in_transaction {
        // The linter knows new tables only in a transaction.
        let of_old_tables = run(text, parsed, &rules, true);
        findings.retain(|found| {
            !ABOUT_OLD_TABLES.contains(&found.rule.as_str()) || of_old_tables.contains(found)
        });
    }
    // A key is reported by a lint of its own as well, which says more: only a foreign key can be NOT VALID.
    let has_own = |found: &&LintFinding| OWN_LINT.contains(&found.rule.as_str());
    let keys: Vec<Range<usize>> = findings.iter().filter(has_own).map(|found| found.span.clone()).collect();
    findings.retain(|found| {
        let overlaps = |key: &Range<usize>| key.start < found.span.end && found.span.start < key.end;
        found.rule != "constraint-missing-not-valid" || !keys.iter().any(overlaps)
    });
    let file = parsed.tree().tree();
    let new = new_tables(&file);
    findings.retain(|found| !is_harmless(found, &file, &new));
    findings.sort_by(|a, b| (a.span.start, &a.rule).cmp(&(b.span.start, &b.rule)));
    findings.dedup();
    findings
}

/// Whether a text in small letters has the word without which a rule finds nothing. Every rule walks
/// through the whole tree, and most texts concern few of them.
fn may_apply(rule: &str, lower: &str) -> bool {
    const WORDS: [(&str, &str); 15] = [
        ("adding-", "alter"),
        ("ban-alter-", "alter"),
        ("ban-drop-", "drop"),
        ("ban-duplicate-column-assignments", "update"),
        ("ban-set-", "alter"),
        ("ban-truncate-cascade", "truncate"),
        ("changing-column-type", "alter"),
        ("constraint-missing-not-valid", "alter"),
        ("disallowed-unique-constraint", "alter"),
        ("renaming-", "alter"),
        ("require-concurrent-index-creation", "index"),
        ("require-concurrent-index-deletion", "index"),
        ("require-concurrent-partition-detach", "detach"),
        ("require-concurrent-reindex", "reindex"),
        ("require-enum-value-ordering", "alter"),
    ];
    match rule {
        "identifier-too-long" => {
            let is_end = |byte: &u8| !(byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80);
            // A name in quotes may have spaces.
            lower.contains('"') || lower.as_bytes().split(is_end).any(|word| word.len() > 63)
        }
        "prefer-repack" => lower.contains("vacuum") || lower.contains("cluster"),
        _ => {
            WORDS.iter().filter(|(prefix, _)| rule.starts_with(prefix)).all(|(_, word)| lower.contains(word))
        }
    }
}

fn run(text: &str, parsed: &Parsed, rules: &[Rule], in_transaction: bool) -> Vec<LintFinding> {
    let mut linter = Linter::from(rules.iter().copied());
    linter.settings.assume_in_transaction = in_transaction;
    let violations = linter.lint(parsed.tree(), text);
    violations
        .into_iter()
        .map(|violation| LintFinding {
            span: usize::from(violation.text_range.start())..usize::from(violation.text_range.end()),
            rule: violation.code.to_string(),
            message: violation.message,
            help: violation.help,
        })
        .collect()
}
