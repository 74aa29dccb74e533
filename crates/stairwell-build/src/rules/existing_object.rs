//! An object that is created although it is there already.

use stairwell_sql::fold::ProblemKind;

use super::{Adjustable, Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::prove::Proof;
use crate::source::Span;

pub(super) const RULE: Rule = Rule::proven("existing-object", check).adjustable(Adjustable::InMigrations);

fn check(_: &Draft, proof: &Proof<'_>, findings: &mut Findings) {
    for folded in &proof.migrations {
        for (step, outcome) in folded.steps() {
            for problem in &outcome.problems {
                let ProblemKind::Exists(object) = &problem.kind else { continue };
                let span = Span { file: step.file, range: problem.span.clone() };
                let mut found =
                    Diagnostic::new(span, format!("{object} exists already")).label("created again");
                if let Some((by, place)) = problem.origin.as_ref().and_then(|origin| proof.place(origin)) {
                    found = found
                        .also(place, format!("`{}` created it in {}", by.plugin.name, by.migration.stem()));
                }
                findings.push(found.help("choose another name, or alter what is there"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn a_table_that_is_there() {
        assert_data_eq!(
            report(&printers_with(&[
                (
                    "plugins/printers/migrations/V0002__again.sql",
                    "CREATE TABLE printers (id bigint);\nALTER TABLE printers ADD COLUMN id bigint;\nCREATE TABLE IF NOT EXISTS printers (id bigint);\n"
                ),
                ("plugins/printers/migrations/V0002__again.down.sql", "SELECT 1;\n"),
            ])),
            str![[]]
        );
    }
}
