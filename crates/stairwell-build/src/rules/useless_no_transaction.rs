//! The directive `no-transaction` in a step that a transaction could hold.

use stairwell_sql::transaction::{Conduct, conduct};

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::{DirectiveKind, Draft};

pub(super) const RULE: Rule = Rule::warning("useless-no-transaction", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for (step, sql) in draft.sql_steps() {
        let directive =
            step.in_force().find(|directive| matches!(directive.kind, DirectiveKind::NoTransaction));
        let Some(directive) = directive else { continue };
        let text = draft.sources.text(step.file);
        let spans: Vec<_> = sql.statements.iter().map(|statement| statement.span.clone()).collect();
        let runs = |span: &std::ops::Range<usize>| conduct(text, span.clone()) == Conduct::Runs;
        let adds_and_uses = || !stairwell_sql::transaction::new_value_uses(text, &spans).is_empty();
        if !spans.is_empty() && spans.iter().all(runs) && !adds_and_uses() {
            findings.push(
                Diagnostic::new(&directive.span, "every statement of this step could run in a transaction")
                    .label("without one, a failure leaves the step half applied")
                    .help(
                        "delete the directive, or allow this with a reason, such as locks that must be short",
                    ),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn the_directive_must_be_needed() {
        let tree = printers_with(&[
            (
                "plugins/printers/migrations/V0002__later.sql",
                "-- stairwell: no-transaction\nALTER TABLE printers ADD COLUMN a int;\n",
            ),
            (
                "plugins/printers/migrations/V0002__later.down.sql",
                "-- stairwell: no-transaction\nCALL drop_a();\n",
            ),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
sound
the migrations have 1 warning

warning[useless-no-transaction]: every statement of this step could run in a transaction
 --> plugins/printers/migrations/V0002__later.sql:1:4
  |
1 | -- stairwell: no-transaction
  |    ^^^^^^^^^^^^^^^^^^^^^^^^^ without one, a failure leaves the step half applied
  |
  = help: delete the directive, or allow this with a reason, such as locks that must be short

"#]]
        );
    }

    #[test]
    fn a_reason_keeps_it() {
        let tree = printers_with(&[
            (
                "plugins/printers/migrations/V0002__later.sql",
                "-- stairwell: no-transaction\n-- stairwell: allow useless-no-transaction each lock must be short\nALTER TABLE printers ADD COLUMN a int;\n",
            ),
            ("plugins/printers/migrations/V0002__later.down.sql", "SELECT 1;\n"),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
sound

"#]]
        );
    }
}
