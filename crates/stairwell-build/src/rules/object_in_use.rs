//! An object that is dropped while others depend on it.

use stairwell_sql::fold::ProblemKind;

use super::{Adjustable, Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::prove::Proof;
use crate::source::Span;

pub(super) const RULE: Rule = Rule::proven("object-in-use", check).adjustable(Adjustable::InMigrations);

/// How many of the dependent objects a message names.
const NAMED: usize = 5;

fn check(_: &Draft, proof: &Proof<'_>, findings: &mut Findings) {
    for folded in &proof.migrations {
        for (step, outcome) in folded.steps() {
            for problem in &outcome.problems {
                let ProblemKind::InUse { object, by } = &problem.kind else { continue };
                let span = Span { file: step.file, range: problem.span.clone() };
                let mut found = Diagnostic::new(span, format!("{object} is still in use"))
                    .label("PostgreSQL refuses this");
                if let Some((creator, place)) = problem.origin.as_ref().and_then(|origin| proof.place(origin))
                    && let Some(first) = by.first()
                {
                    found = found
                        .also(place, format!("{first} depends on it, created by `{}`", creator.plugin.name));
                }
                for dependent in by.iter().skip(1).take(NAMED - 1) {
                    found = found.note(format!("{dependent} depends on it as well"));
                }
                if by.len() > NAMED {
                    found = found.note(format!("and {} more", by.len() - NAMED));
                }
                findings.push(found.help("drop what depends on it first, or add CASCADE if it may all go"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, proof};

    #[test]
    fn a_table_that_a_foreign_key_needs() {
        assert_data_eq!(
            proof(&printers_with(&[
                ("migrations/V0001__sites.sql", "CREATE TABLE sites (id bigint PRIMARY KEY, name text);\n"),
                ("migrations/V0001__sites.down.sql", "DROP TABLE sites;\n"),
                (
                    "plugins/printers/migrations/V0002__site.sql",
                    "ALTER TABLE printers ADD COLUMN site_id bigint REFERENCES sites;\n"
                ),
                (
                    "plugins/printers/migrations/V0002__site.down.sql",
                    "ALTER TABLE printers DROP COLUMN site_id;\n"
                ),
                (
                    "migrations/V0002__end.sql",
                    "-- stairwell: irreversible gone\n-- stairwell: requires printers 2\nDROP TABLE sites;\n"
                ),
            ])),
            str![[r#"
the migrations have 1 error

error[object-in-use]: table public.sites is still in use
 --> migrations/V0002__end.sql:3:12
  |
3 | DROP TABLE sites;
  |            ^^^^^ PostgreSQL refuses this
  |
 ::: plugins/printers/migrations/V0001__baseline.sql:1:47
  |
1 | CREATE TABLE printers (id bigint, site bigint REFERENCES sites);
  |                                               ---------------- constraint printers_site_fkey on public.printers depends on it, created by `printers`
  |
  = note: constraint printers_site_id_fkey on public.printers depends on it as well
  = help: drop what depends on it first, or add CASCADE if it may all go

"#]]
        );
    }
}
