//! A value added to an enum and used in the same transaction.

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::source::Span;

// A warning: only a catalog can tell whether the literal is of that type.
pub(super) const RULE: Rule = Rule::warning("new-value-used", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for (step, sql) in draft.sql_steps().filter(|(step, _)| !step.no_transaction()) {
        let spans: Vec<_> = sql.statements.iter().map(|statement| statement.span.clone()).collect();
        for found in stairwell_sql::transaction::new_value_uses(draft.sources.text(step.file), &spans) {
            let at = |range: &std::ops::Range<usize>| Span { file: step.file, range: range.clone() };
            let message =
                format!("the new enum value `{}` is used in the transaction that adds it", found.value);
            findings.push(
                Diagnostic::new(at(&found.used), message)
                    .label("the server refuses this (SQLSTATE 55P04)")
                    .also(at(&found.added), "added here")
                    .help("use it in a later migration"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn a_new_value_is_used_in_a_later_migration() {
        let tree = printers_with(&[
            (
                "plugins/printers/migrations/V0002__later.sql",
                "ALTER TYPE mood ADD VALUE 'glad';\nUPDATE printers SET mood = 'glad' WHERE mood = 'sad';\n",
            ),
            ("plugins/printers/migrations/V0002__later.down.sql", "SELECT 1;\n"),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
sound
the migrations have 1 warning

warning[new-value-used]: the new enum value `glad` is used in the transaction that adds it
 --> plugins/printers/migrations/V0002__later.sql:2:28
  |
1 | ALTER TYPE mood ADD VALUE 'glad';
  |                           ------ added here
2 | UPDATE printers SET mood = 'glad' WHERE mood = 'sad';
  |                            ^^^^^^ the server refuses this (SQLSTATE 55P04)
  |
  = help: use it in a later migration

"#]]
        );
    }
}
