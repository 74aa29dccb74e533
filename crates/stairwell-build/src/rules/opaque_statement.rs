//! A statement whose effects cannot be seen at build time.

use super::{Adjustable, Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::prove::Proof;
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule::proven("opaque-statement", check).into_warning().adjustable(Adjustable::InMigrations);

fn check(_: &Draft, proof: &Proof<'_>, findings: &mut Findings) {
    for folded in &proof.migrations {
        for (step, outcome) in folded.steps() {
            // A body is only run by somebody, whose statement is reported.
            for opaque in outcome.opaque.iter().filter(|opaque| opaque.everything) {
                let span = Span { file: step.file, range: opaque.span.clone() };
                findings.push(
                    Diagnostic::new(span, "what this does cannot be seen at build time")
                        .label(&opaque.reason)
                        .note("from here on nothing is called missing, existing or left over")
                        .help("write the statement out, or allow it with a reason: `-- stairwell: allow opaque-statement …`"),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, proof};

    #[test]
    fn sql_that_is_put_together_at_run_time() {
        assert_data_eq!(
            proof(&printers_with(&[
                (
                    "plugins/printers/migrations/V0002__tables.sql",
                    "DO $$ BEGIN EXECUTE format('DROP TABLE %I', current_setting('app.table')); END $$;\n"
                ),
                ("plugins/printers/migrations/V0002__tables.down.sql", "SELECT 1;\n"),
            ])),
            str![[r#"
sound
the migrations have 2 warnings

warning[unhelpful-name]: the name of `V0002__tables` says nothing: any migration could be called that
 --> plugins/printers/migrations/V0002__tables.sql:1:1
  |
1 | DO $$ BEGIN EXECUTE format('DROP TABLE %I', current_setting('app.table')); END $$;
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = note: a released one stays as it is: `[names] ignore = ["V0002__tables"]` in plugin.toml
  = help: name it after what it does, such as `add_toner_level`

warning[opaque-statement]: what this does cannot be seen at build time
 --> plugins/printers/migrations/V0002__tables.sql:1:21
  |
1 | DO $$ BEGIN EXECUTE format('DROP TABLE %I', current_setting('app.table')); END $$;
  |                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the text of EXECUTE is put together at run time
  |
  = note: from here on nothing is called missing, existing or left over
  = help: write the statement out, or allow it with a reason: `-- stairwell: allow opaque-statement …`

"#]]
        );
    }
}
