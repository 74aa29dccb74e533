//! A statement that begins or ends a transaction by itself.

use stairwell_sql::transaction::{Conduct, conduct};

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::source::Span;

pub(super) const RULE: Rule = Rule::error("transaction-control", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for (step, sql) in draft.sql_steps() {
        for statement in &sql.statements {
            let command = match conduct(draft.sources.text(step.file), statement.span.clone()) {
                Conduct::Controls(command) => command,
                _ => continue,
            };
            let (label, help) = if step.no_transaction() {
                (
                    "each statement of this step runs by itself",
                    "delete it; a step runs either in one transaction or in none",
                )
            } else {
                (
                    "the step and its row in the history commit together",
                    "delete it; the step runs in a transaction already",
                )
            };
            let span = Span { file: step.file, range: statement.span.clone() };
            findings.push(
                Diagnostic::new(
                    &span,
                    format!("`{command}` would interfere with the transaction of the step"),
                )
                .label(label)
                .help(help),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn a_step_leaves_its_transaction_alone() {
        let tree = printers_with(&[
            ("plugins/printers/migrations/V0002__later.sql", "BEGIN;\nSELECT 1;\nCOMMIT;\n"),
            (
                "plugins/printers/migrations/V0002__later.down.sql",
                "-- stairwell: no-transaction\nSAVEPOINT a;\nVACUUM printers;\n",
            ),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 3 errors

error[transaction-control]: `SAVEPOINT` would interfere with the transaction of the step
 --> plugins/printers/migrations/V0002__later.down.sql:2:1
  |
2 | SAVEPOINT a;
  | ^^^^^^^^^^^ each statement of this step runs by itself
  |
  = help: delete it; a step runs either in one transaction or in none

error[transaction-control]: `BEGIN` would interfere with the transaction of the step
 --> plugins/printers/migrations/V0002__later.sql:1:1
  |
1 | BEGIN;
  | ^^^^^ the step and its row in the history commit together
  |
  = help: delete it; the step runs in a transaction already

error[transaction-control]: `COMMIT` would interfere with the transaction of the step
 --> plugins/printers/migrations/V0002__later.sql:3:1
  |
3 | COMMIT;
  | ^^^^^^ the step and its row in the history commit together
  |
  = help: delete it; the step runs in a transaction already

"#]]
        );
    }
}
