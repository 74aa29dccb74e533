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

    use crate::rules::tests::{printers_with, proof};

    #[test]
    fn a_table_that_is_there() {
        assert_data_eq!(
            proof(&printers_with(&[
                (
                    "plugins/printers/migrations/V0002__again.sql",
                    "CREATE TABLE printers (id bigint);\nALTER TABLE printers ADD COLUMN id bigint;\nCREATE TABLE IF NOT EXISTS printers (id bigint);\n"
                ),
                ("plugins/printers/migrations/V0002__again.down.sql", "SELECT 1;\n"),
            ])),
            str![[r#"
the migrations have 2 errors and 1 warning

warning[unhelpful-name]: the name of `V0002__again` says nothing: any migration could be called that
 --> plugins/printers/migrations/V0002__again.sql:1:1
  |
1 | CREATE TABLE printers (id bigint);
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = note: a released one stays as it is: `[names] ignore = ["V0002__again"]` in plugin.toml
  = help: name it after what it does, such as `add_toner_level`

error[existing-object]: table public.printers exists already
 --> plugins/printers/migrations/V0002__again.sql:1:14
  |
1 | CREATE TABLE printers (id bigint);
  |              ^^^^^^^^ created again
  |
 ::: plugins/printers/migrations/V0001__baseline.sql:1:14
  |
1 | CREATE TABLE printers (id bigint, site bigint REFERENCES sites);
  |              -------- `printers` created it in V0001__baseline
  |
  = help: choose another name, or alter what is there

error[existing-object]: column public.printers.id exists already
 --> plugins/printers/migrations/V0002__again.sql:2:33
  |
2 | ALTER TABLE printers ADD COLUMN id bigint;
  |                                 ^^ created again
  |
 ::: plugins/printers/migrations/V0001__baseline.sql:1:24
  |
1 | CREATE TABLE printers (id bigint, site bigint REFERENCES sites);
  |                        -- `printers` created it in V0001__baseline
  |
  = help: choose another name, or alter what is there

"#]]
        );
    }
}
