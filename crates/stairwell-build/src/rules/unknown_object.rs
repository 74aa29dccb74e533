//! An object that is used but is not there, or not any more.

use stairwell_catalog::ObjectId;
use stairwell_sql::fold::ProblemKind;

use super::{Adjustable, Findings, Rule, dropped_too_early, missing_requirement};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::prove::Proof;
use crate::source::Span;

pub(super) const RULE: Rule = Rule::proven("unknown-object", check).adjustable(Adjustable::InMigrations);

fn check(_: &Draft, proof: &Proof<'_>, findings: &mut Findings) {
    for folded in &proof.migrations {
        for (step, outcome) in folded.steps() {
            for problem in &outcome.problems {
                let ProblemKind::Missing(object) = &problem.kind else { continue };
                // A requirement is what is missing, then; or one of the migration that drops it.
                if missing_requirement::created_later(proof, folded, object).is_some()
                    || dropped_too_early::dropper(proof, folded, problem).is_some()
                {
                    continue;
                }
                let span = Span { file: step.file, range: problem.span.clone() };
                let found =
                    Diagnostic::new(span, format!("there is no {object} at this point")).label("not there");
                findings.push(match problem.origin.as_ref().and_then(|origin| proof.place(origin)) {
                    Some((by, place)) => found
                        .also(place, format!("`{}` dropped or renamed it in {}", by.plugin.name, by.migration.stem()))
                        .help("use what took its place, or move the statement to where the object still is"),
                    None => {
                        let names = proof.names_like(object);
                        let otherwise = "create it in an earlier migration, or name it under `[outside]` in stairwell.toml if it is created elsewhere";
                        match crate::suggest::closest(object.short_name(), names.iter().map(String::as_str)) {
                            Some(name) => found.help(format!("did you mean `{name}`?")),
                            None => found.help(help(object, otherwise)),
                        }
                    }
                });
            }
        }
    }
}

fn help(object: &ObjectId, otherwise: &str) -> String {
    if object.kind.is_part() { "create it in an earlier migration".to_owned() } else { otherwise.to_owned() }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, proof};

    #[test]
    fn a_table_that_never_was_and_one_that_is_gone() {
        assert_data_eq!(
            proof(&printers_with(&[
                (
                    "plugins/printers/migrations/V0002__trays.sql",
                    "ALTER TABLE printer ADD COLUMN trays integer;\n"
                ),
                ("plugins/printers/migrations/V0002__trays.down.sql", "SELECT 1;\n"),
                (
                    "plugins/printers/migrations/V0003__end.sql",
                    "-- stairwell: allow data-loss they are few\nDROP TABLE printers;\n"
                ),
                ("plugins/printers/migrations/V0003__end.down.sql", "CREATE TABLE printers (id bigint);\n"),
                (
                    "plugins/printers/migrations/V0004__late.sql",
                    "ALTER TABLE printers ADD COLUMN trays integer;\n"
                ),
                ("plugins/printers/migrations/V0004__late.down.sql", "SELECT 1;\n"),
            ])),
            str![[r#"
the migrations have 3 errors

error[unknown-object]: there is no table public.printer at this point
 --> plugins/printers/migrations/V0002__trays.sql:1:13
  |
1 | ALTER TABLE printer ADD COLUMN trays integer;
  |             ^^^^^^^ not there
  |
  = help: did you mean `printers`?

error[incomplete-down-step]: the down step of `V0003__end` leaves 2 things different from before
 --> plugins/printers/migrations/V0003__end.down.sql:1:1
  |
1 | CREATE TABLE printers (id bigint);
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ after up and down:
  |
 ::: plugins/printers/migrations/V0003__end.sql:1:1
  |
1 | -- stairwell: allow data-loss they are few
  | ------------------------------------------ this is what it has to take back
  |
  = note: column public.printers.site is missing
  = note: constraint printers_site_fkey on public.printers is missing
  = help: complete the down step, or declare in the up step that there is no way back: `-- stairwell: irreversible <reason>`

error[unknown-object]: there is no table public.printers at this point
 --> plugins/printers/migrations/V0004__late.sql:1:13
  |
1 | ALTER TABLE printers ADD COLUMN trays integer;
  |             ^^^^^^^^ not there
  |
 ::: plugins/printers/migrations/V0003__end.sql:2:12
  |
2 | DROP TABLE printers;
  |            -------- `printers` dropped or renamed it in V0003__end
  |
  = help: use what took its place, or move the statement to where the object still is

"#]]
        );
    }

    #[test]
    fn a_column_that_was_renamed() {
        assert_data_eq!(
            proof(&printers_with(&[
                (
                    "plugins/printers/migrations/V0002__number.sql",
                    "ALTER TABLE printers RENAME COLUMN id TO number;\n"
                ),
                (
                    "plugins/printers/migrations/V0002__number.down.sql",
                    "ALTER TABLE printers RENAME COLUMN number TO id;\n"
                ),
                (
                    "plugins/printers/migrations/V0003__index.sql",
                    "CREATE INDEX printers_id ON printers (id);\n"
                ),
                ("plugins/printers/migrations/V0003__index.down.sql", "DROP INDEX printers_id;\n"),
            ])),
            str![[r#"
the migrations have 2 errors

error[unknown-object]: there is no index public.printers_id at this point
 --> plugins/printers/migrations/V0003__index.down.sql:1:12
  |
1 | DROP INDEX printers_id;
  |            ^^^^^^^^^^^ not there
  |
  = help: create it in an earlier migration, or name it under `[outside]` in stairwell.toml if it is created elsewhere

error[unknown-object]: there is no column public.printers.id at this point
 --> plugins/printers/migrations/V0003__index.sql:1:39
  |
1 | CREATE INDEX printers_id ON printers (id);
  |                                       ^^ not there
  |
 ::: plugins/printers/migrations/V0002__number.sql:1:42
  |
1 | ALTER TABLE printers RENAME COLUMN id TO number;
  |                                          ------ `printers` dropped or renamed it in V0002__number
  |
  = help: use what took its place, or move the statement to where the object still is

"#]]
        );
    }

    #[test]
    fn what_exists_outside_is_known() {
        assert_data_eq!(
            proof(&printers_with(&[
                (
                    "plugins/printers/migrations/V0002__user.sql",
                    "ALTER TABLE printers ADD COLUMN user_id uuid REFERENCES auth.users (id);\n"
                ),
                (
                    "plugins/printers/migrations/V0002__user.down.sql",
                    "ALTER TABLE printers DROP COLUMN user_id;\n"
                ),
                ("stairwell.toml", "[outside]\nschemas = [\"auth\"]\n"),
            ])),
            str![[r#"
sound

"#]]
        );
    }
}
