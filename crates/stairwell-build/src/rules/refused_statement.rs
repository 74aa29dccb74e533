//! A statement that PostgreSQL is certain to refuse.

use stairwell_sql::fold::ProblemKind;

use super::{Adjustable, Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::prove::Proof;
use crate::source::Span;

pub(super) const RULE: Rule = Rule::proven("refused-statement", check).adjustable(Adjustable::InMigrations);

fn check(_: &Draft, proof: &Proof<'_>, findings: &mut Findings) {
    for folded in &proof.migrations {
        for (step, outcome) in folded.steps() {
            for problem in &outcome.problems {
                let ProblemKind::Invalid(reason) = &problem.kind else { continue };
                let span = Span { file: step.file, range: problem.span.clone() };
                findings.push(
                    Diagnostic::new(span, format!("PostgreSQL refuses this: {reason}"))
                        .label("refused")
                        .help("correct the statement; it would fail on every database"),
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
    fn a_second_primary_key() {
        assert_data_eq!(
            proof(&printers_with(&[
                (
                    "plugins/printers/migrations/V0002__key.sql",
                    "ALTER TABLE printers ADD PRIMARY KEY (id);\nALTER TABLE printers ADD CONSTRAINT other PRIMARY KEY (id);\n"
                ),
                (
                    "plugins/printers/migrations/V0002__key.down.sql",
                    "ALTER TABLE printers DROP CONSTRAINT printers_pkey;\nALTER TABLE printers ALTER COLUMN id DROP NOT NULL;\n"
                ),
            ])),
            str![[r#"
the migrations have 1 error

error[refused-statement]: PostgreSQL refuses this: the table public.printers has a primary key already
 --> plugins/printers/migrations/V0002__key.sql:2:37
  |
2 | ALTER TABLE printers ADD CONSTRAINT other PRIMARY KEY (id);
  |                                     ^^^^^ refused
  |
  = help: correct the statement; it would fail on every database

"#]]
        );
    }
}
