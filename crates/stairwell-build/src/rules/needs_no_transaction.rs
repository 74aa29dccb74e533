//! A statement that a transaction refuses, in a step that runs in one.

use stairwell_sql::transaction::{Conduct, conduct};

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::source::Span;

pub(super) const RULE: Rule = Rule::error("needs-no-transaction", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for (step, sql) in draft.sql_steps().filter(|(step, _)| !step.no_transaction()) {
        let text = draft.sources.text(step.file);
        // One directive mends them all, so one finding per step says so.
        let refused =
            sql.statements.iter().find_map(|statement| match conduct(text, statement.span.clone()) {
                Conduct::Refused(what) => Some((statement, what)),
                _ => None,
            });
        if let Some((statement, what)) = refused {
            let span = Span { file: step.file, range: statement.span.clone() };
            findings.push(
                Diagnostic::new(&span, format!("{what} cannot run in a transaction"))
                    .label("the server refuses it there")
                    .note("with the directive every statement of the step runs by itself, and a failure leaves those before it applied")
                    .help("write this line at the top of the file: `-- stairwell: no-transaction`"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn the_help_prints_the_line_to_add() {
        let tree = printers_with(&[
            (
                "plugins/printers/migrations/V0002__later.sql",
                "-- An index without locks.\nCREATE INDEX CONCURRENTLY printers_id ON printers (id);\nVACUUM printers;\n",
            ),
            ("plugins/printers/migrations/V0002__later.down.sql", "DROP INDEX CONCURRENTLY printers_id;\n"),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 2 errors

error[needs-no-transaction]: DROP INDEX CONCURRENTLY cannot run in a transaction
 --> plugins/printers/migrations/V0002__later.down.sql:1:1
  |
1 | DROP INDEX CONCURRENTLY printers_id;
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the server refuses it there
  |
  = note: with the directive every statement of the step runs by itself, and a failure leaves those before it applied
  = help: write this line at the top of the file: `-- stairwell: no-transaction`

error[needs-no-transaction]: CREATE INDEX CONCURRENTLY cannot run in a transaction
 --> plugins/printers/migrations/V0002__later.sql:2:1
  |
2 | CREATE INDEX CONCURRENTLY printers_id ON printers (id);
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the server refuses it there
  |
  = note: with the directive every statement of the step runs by itself, and a failure leaves those before it applied
  = help: write this line at the top of the file: `-- stairwell: no-transaction`

"#]]
        );
    }

    #[test]
    fn with_the_directive_it_is_fine() {
        let tree = printers_with(&[
            (
                "plugins/printers/migrations/V0002__later.sql",
                "-- stairwell: no-transaction\nCREATE INDEX CONCURRENTLY printers_id ON printers (id);\n",
            ),
            (
                "plugins/printers/migrations/V0002__later.down.sql",
                "-- stairwell: no-transaction\nDROP INDEX CONCURRENTLY printers_id;\n",
            ),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
sound

"#]]
        );
    }

    #[test]
    fn a_new_enum_value_and_a_concurrent_refresh_need_none() {
        let tree = printers_with(&[
            (
                "plugins/printers/migrations/V0002__later.sql",
                "ALTER TYPE mood ADD VALUE 'new';\nREFRESH MATERIALIZED VIEW CONCURRENTLY m;\n",
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
