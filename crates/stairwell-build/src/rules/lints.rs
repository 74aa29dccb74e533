//! Lints: what squawk's linter says about locks, outages and lost data, at our severities.
//!
//! What threatens a running application is a warning. Taste and policy are off: a warning in every
//! build of a correct project is noise, and noise hides the rest. Only up steps are looked at; a down
//! step is expected to drop what the up step made.

use crate::diagnostic::{Diagnostic, Severity};
use crate::draft::{Draft, RuleLevel};
#[cfg(feature = "lint")]
use crate::{
    draft::StepText,
    source::{FileId, Span},
};

/// A rule of squawk's linter.
pub(crate) struct Lint {
    /// The linter's own name for it.
    pub(crate) name: &'static str,
    pub(crate) level: RuleLevel,
    /// What happens to those who ignore it, or why it is off.
    #[cfg_attr(not(feature = "lint"), expect(dead_code, reason = "only findings say it"))]
    pub(crate) why: &'static str,
}

const fn warns(name: &'static str, why: &'static str) -> Lint {
    Lint { name, level: RuleLevel::At(Severity::Warning), why }
}

const fn off(name: &'static str, why: &'static str) -> Lint {
    Lint { name, level: RuleLevel::Allow, why }
}

/// Every lint, sorted by name. The linter's rules about transactions are not among them: we know how
/// a step runs, and have rules of our own.
pub(crate) const LINTS: &[Lint] = &[
    warns(
        "adding-field-with-default",
        "a volatile default rewrites the whole table under a lock that stops reads",
    ),
    warns("adding-foreign-key-constraint", "the check of all rows stops writes to both tables"),
    warns("adding-not-nullable-field", "SET NOT NULL reads the whole table under a lock that stops reads"),
    warns(
        "adding-required-field",
        "it fails on a table that has rows, and the running release does not write the column",
    ),
    warns(
        "adding-serial-primary-key-field",
        "the index of a primary key is built under a lock that stops reads",
    ),
    off("ban-add-column", "a matter of policy"),
    off("ban-add-composite-attribute", "a matter of policy"),
    off("ban-add-enum-value", "a matter of policy; a new value breaks a client that knows the old ones only"),
    off("ban-alter-database-options", "a matter of policy"),
    warns("ban-alter-domain-with-add-constraint", "every column of the domain is checked under a lock"),
    off("ban-alter-extension", "a matter of policy"),
    off("ban-alter-function-options", "a matter of policy"),
    off("ban-alter-generated-expression", "a matter of policy; the table is rewritten"),
    off("ban-alter-identity", "a matter of policy"),
    off("ban-alter-policy-condition", "a matter of policy"),
    off("ban-alter-policy-roles", "a matter of policy"),
    off("ban-alter-role-options", "a matter of policy"),
    off("ban-alter-row-level-security", "a matter of policy"),
    off("ban-alter-sequence-values", "a matter of policy"),
    off("ban-alter-system-options", "a matter of policy"),
    off("ban-alter-view-options", "a matter of policy"),
    off("ban-char-field", "a matter of taste"),
    off("ban-create-domain-with-constraint", "a matter of taste; a domain is easier to change without"),
    off("ban-create-policy", "a matter of policy"),
    off("ban-detach-inheritance", "a matter of policy"),
    off("ban-disable-trigger", "a matter of policy"),
    warns("ban-drop-column", "the data is lost, and the running release still reads the column"),
    off("ban-drop-constraint", "a matter of policy"),
    warns("ban-drop-database", "the data is lost"),
    off("ban-drop-default", "a matter of policy"),
    off("ban-drop-domain", "a matter of policy"),
    off("ban-drop-extension", "a matter of policy"),
    off("ban-drop-function", "a matter of policy"),
    off("ban-drop-generated-expression", "a matter of policy"),
    off("ban-drop-index", "a matter of policy"),
    off("ban-drop-not-null", "a matter of policy; a client may not expect NULL"),
    off("ban-drop-policy", "a matter of policy"),
    warns("ban-drop-schema", "the data is lost with everything in the schema"),
    off("ban-drop-sequence", "a matter of policy"),
    warns("ban-drop-table", "the data is lost, and the running release still reads the table"),
    off("ban-drop-trigger", "a matter of policy"),
    off("ban-drop-type", "a matter of policy"),
    off("ban-drop-view", "a matter of policy"),
    warns("ban-duplicate-column-assignments", "the server refuses it"),
    off("ban-new-write-restriction", "a matter of policy"),
    off("ban-replace-view-function", "a matter of policy"),
    off("ban-replica-identity", "a matter of policy"),
    off("ban-revoke", "a matter of policy"),
    off("ban-set-default", "a matter of policy"),
    warns("ban-set-schema", "the running release looks for the object where it was"),
    warns("ban-truncate-cascade", "tables that nobody named lose their rows"),
    warns("changing-column-type", "the table is rewritten under a lock that stops reads"),
    warns("constraint-missing-not-valid", "the check of all rows stops writes, or reads as well"),
    warns("disallowed-unique-constraint", "the index is built under a lock that stops reads"),
    warns("identifier-too-long", "the server cuts the name off at 63 bytes"),
    off("prefer-bigint-over-int", "a matter of taste"),
    off("prefer-bigint-over-smallint", "a matter of taste"),
    off("prefer-identity", "a matter of taste"),
    warns("prefer-repack", "the table is rewritten under a lock that stops reads"),
    off("prefer-robust-stmts", "a matter of taste; a step is either applied or not"),
    off("prefer-text-field", "a matter of taste"),
    off("prefer-timestamp-tz", "a matter of taste"),
    warns("renaming-column", "the running release uses the old name"),
    off("renaming-object", "hardly anything but an error message names a constraint or an index"),
    warns("renaming-table", "the running release uses the old name"),
    warns("require-concurrent-index-creation", "the index is built under a lock that stops writes"),
    warns(
        "require-concurrent-index-deletion",
        "the lock stops reads, and waits for every query on the table",
    ),
    warns("require-concurrent-partition-detach", "the lock stops reads of the whole partitioned table"),
    warns("require-concurrent-reindex", "the index is built under a lock that stops writes"),
    off("require-enum-value-ordering", "a matter of taste"),
    off("require-lock-timeout", "Stairwell sets `lock_timeout` itself"),
    off("require-statement-timeout", "a matter of policy; Stairwell has a setting for it"),
    off("require-table-schema", "a matter of taste"),
];

pub(crate) fn find(name: &str) -> Option<&'static Lint> {
    LINTS.binary_search_by(|lint| lint.name.cmp(name)).ok().map(|at| &LINTS[at])
}

fn level(draft: &Draft, lint: &Lint) -> RuleLevel {
    draft.settings.rules.get(lint.name).map_or(lint.level, |level| level.value)
}

/// Whether `name` is a lint that finds nothing in this build.
pub(super) fn is_off(draft: &Draft, name: &str) -> bool {
    find(name).is_some_and(|lint| cfg!(not(feature = "lint")) || level(draft, lint) == RuleLevel::Allow)
}

/// Runs every lint that is on.
#[cfg(feature = "lint")]
pub(super) fn run(draft: &Draft) -> Vec<Diagnostic> {
    let names: Vec<&str> =
        LINTS.iter().filter(|lint| level(draft, lint) != RuleLevel::Allow).map(|lint| lint.name).collect();
    let steps: Vec<&StepText> = draft.migrations().map(|(_, migration)| &migration.up).collect();
    let found = stairwell_sql::map_with_stack(&steps, |step| {
        let Some(sql) = &step.sql else { return Vec::new() };
        stairwell_sql::lint(draft.sources.text(step.file), sql, &names, !step.no_transaction())
    });
    let found =
        steps.iter().zip(found).flat_map(|(step, found)| found.into_iter().map(|one| (step.file, one)));
    found.filter_map(|(file, finding)| diagnostic(draft, file, finding)).collect()
}

#[cfg(feature = "lint")]
fn diagnostic(draft: &Draft, file: FileId, finding: stairwell_sql::LintFinding) -> Option<Diagnostic> {
    let lint = find(&finding.rule)?;
    let RuleLevel::At(severity) = level(draft, lint) else { return None };
    let span = Span { file, range: finding.span };
    let mut diagnostic = Diagnostic::new(&span, first_sentence(&finding.message));
    // Of a lint that is off by default the table says why it is off.
    if lint.level != RuleLevel::Allow {
        diagnostic = diagnostic.label(lint.why);
    }
    if let Some(help) = finding.help {
        diagnostic = diagnostic.help(first_sentence(&help));
    }
    let help = format!("or say that it is meant: `-- stairwell: allow {} <reason>`", lint.name);
    Some(Diagnostic { rule: lint.name, severity, ..diagnostic.help(help) })
}

#[cfg(not(feature = "lint"))]
pub(super) fn run(_: &Draft) -> Vec<Diagnostic> {
    Vec::new()
}

/// A message on one line, as ours are.
#[cfg(feature = "lint")]
fn first_sentence(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = text.trim_end_matches('.');
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        // `ALTER TABLE …` stays as it is.
        (Some(first), Some(second)) if first.is_uppercase() && second.is_lowercase() => {
            format!("{}{}", first.to_lowercase(), &text[first.len_utf8()..])
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lint_is_named_once_and_documented_with_its_level() {
        let documentation =
            std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/lints.md")).unwrap();
        assert!(LINTS.windows(2).all(|pair| pair[0].name < pair[1].name), "sorted, for `find`");
        let sections: Vec<&str> = documentation.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        let names: Vec<&str> = LINTS.iter().map(|lint| lint.name).collect();
        assert_eq!(sections, names, "docs/lints.md has one section per lint, sorted by name");
        for lint in LINTS {
            let level = if lint.level == RuleLevel::Allow { "Off" } else { "Warning" };
            let line = format!("## {}\n\n{level} by default: {}.\n", lint.name, lint.why);
            assert!(documentation.contains(&line), "docs/lints.md says otherwise: {line}");
        }
    }

    #[cfg(feature = "lint")]
    mod with_linter {
        use snapbox::{assert_data_eq, str};

        use crate::rules::tests::{printers_with, report};

        const UP: &str = "plugins/printers/migrations/V0002__later.sql";
        const DOWN: &str = "plugins/printers/migrations/V0002__later.down.sql";

        #[test]
        fn dangers_are_warnings_in_up_steps_and_tables_of_the_same_step_are_safe() {
            let tree = printers_with(&[
                (
                    UP,
                    "CREATE TABLE trays (id int PRIMARY KEY);\nCREATE INDEX trays_id ON trays (id);\nCREATE INDEX printers_id ON printers (id);\nALTER TABLE printers DROP COLUMN a;\n",
                ),
                (DOWN, "DROP TABLE trays;\nALTER TABLE printers DROP COLUMN b;\n"),
            ]);
            assert_data_eq!(
                report(&tree),
                str![[r#"
sound
the migrations have 2 warnings

warning[require-concurrent-index-creation]: during normal index creation, table updates are blocked, but reads are still allowed
 --> plugins/printers/migrations/V0002__later.sql:3:1
  |
3 | CREATE INDEX printers_id ON printers (id);
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the index is built under a lock that stops writes
  |
  = help: use `concurrently` to avoid blocking writes
  = help: or say that it is meant: `-- stairwell: allow require-concurrent-index-creation <reason>`

warning[ban-drop-column]: dropping a column may break existing clients
 --> plugins/printers/migrations/V0002__later.sql:4:22
  |
4 | ALTER TABLE printers DROP COLUMN a;
  |                      ^^^^^^^^^^^^^ the data is lost, and the running release still reads the column
  |
  = help: or say that it is meant: `-- stairwell: allow ban-drop-column <reason>`

"#]]
            );
        }

        #[test]
        fn a_table_of_the_same_step_is_safe_without_a_transaction_too() {
            let tree = printers_with(&[
                (
                    UP,
                    "-- stairwell: no-transaction\nCREATE TABLE trays (id int);\nCREATE INDEX trays_id ON trays (id);\nVACUUM printers;\n",
                ),
                (DOWN, "DROP TABLE trays;\n"),
            ]);
            assert_data_eq!(
                report(&tree),
                str![[r#"
sound

"#]]
            );
        }

        /// A dump creates a table first and adds its primary key later, in the same file.
        #[test]
        fn what_a_step_adds_to_its_own_table_and_a_constant_default_lock_nothing_for_long() {
            let tree = printers_with(&[
                (
                    UP,
                    "CREATE TABLE public.trays (id int, size int);\nALTER TABLE ONLY public.trays ADD CONSTRAINT trays_pkey PRIMARY KEY (id);\nALTER TABLE trays ALTER COLUMN size TYPE bigint;\nALTER TABLE printers ADD COLUMN slot smallint NOT NULL DEFAULT -1;\nALTER TABLE printers ADD COLUMN seen float DEFAULT random();\nALTER TABLE printers ADD PRIMARY KEY (id);\n",
                ),
                (
                    DOWN,
                    "ALTER TABLE printers DROP COLUMN slot, DROP COLUMN seen, DROP CONSTRAINT printers_pkey;\nDROP TABLE trays;\n",
                ),
            ]);
            assert_data_eq!(
                report(&tree),
                str![[r#"
sound
the migrations have 2 warnings

warning[adding-field-with-default]: adding a generated column requires a table rewrite with an `ACCESS EXCLUSIVE` lock. In Postgres versions 11+, non-VOLATILE DEFAULTs can be added without a rewrite
 --> plugins/printers/migrations/V0002__later.sql:5:52
  |
5 | ALTER TABLE printers ADD COLUMN seen float DEFAULT random();
  |                                                    ^^^^^^^^ a volatile default rewrites the whole table under a lock that stops reads
  |
  = help: add the column as nullable, backfill existing rows, and add a trigger to update the column on write instead
  = help: or say that it is meant: `-- stairwell: allow adding-field-with-default <reason>`

warning[adding-serial-primary-key-field]: adding a primary key constraint requires an `ACCESS EXCLUSIVE` lock that will block all reads and writes to the table while the primary key index is built
 --> plugins/printers/migrations/V0002__later.sql:6:26
  |
6 | ALTER TABLE printers ADD PRIMARY KEY (id);
  |                          ^^^^^^^^^^^^^^^^ the index of a primary key is built under a lock that stops reads
  |
  = help: add the `PRIMARY KEY` constraint `USING` an index
  = help: or say that it is meant: `-- stairwell: allow adding-serial-primary-key-field <reason>`

"#]]
            );
        }

        #[test]
        fn a_reason_allows_and_a_comment_of_squawk_does_not() {
            let tree = printers_with(&[
                (
                    UP,
                    "-- stairwell: allow ban-drop-column unused since release 4\n-- stairwell: allow ban-drop-table there is none\n-- stairwell: allow prefer-text-field off anyway\n-- squawk-ignore renaming-column\nALTER TABLE printers RENAME COLUMN a TO b;\nALTER TABLE printers DROP COLUMN c;\n",
                ),
                (DOWN, "SELECT 1;\n"),
            ]);
            assert_data_eq!(
                report(&tree),
                str![[r#"
sound
the migrations have 2 warnings

warning[unused-allow]: `allow ban-drop-table` silences nothing
 --> plugins/printers/migrations/V0002__later.sql:2:4
  |
2 | -- stairwell: allow ban-drop-table there is none
  |    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: delete the directive

warning[renaming-column]: renaming a column may break existing clients
 --> plugins/printers/migrations/V0002__later.sql:5:22
  |
5 | ALTER TABLE printers RENAME COLUMN a TO b;
  |                      ^^^^^^^^^^^^^^^^^^^^ the running release uses the old name
  |
  = help: or say that it is meant: `-- stairwell: allow renaming-column <reason>`

"#]]
            );
        }

        #[test]
        fn the_settings_switch_lints_on_and_off() {
            let tree = printers_with(&[
                ("stairwell.toml", "[rules]\nban-drop-column = \"allow\"\nprefer-text-field = \"error\"\n"),
                (UP, "ALTER TABLE printers DROP COLUMN c;\nALTER TABLE printers ADD COLUMN d varchar(10);\n"),
                (DOWN, "SELECT 1;\n"),
            ]);
            assert_data_eq!(
                report(&tree),
                str![[r#"
the migrations have 1 error

error[prefer-text-field]: changing the size of a `varchar` field requires an `ACCESS EXCLUSIVE` lock, that will prevent all reads and writes to the table
 --> plugins/printers/migrations/V0002__later.sql:2:35
  |
2 | ALTER TABLE printers ADD COLUMN d varchar(10);
  |                                   ^^^^^^^^^^^
  |
  = help: use a `TEXT` field with a `CHECK` constraint
  = help: or say that it is meant: `-- stairwell: allow prefer-text-field <reason>`

"#]]
            );
        }
    }
}
