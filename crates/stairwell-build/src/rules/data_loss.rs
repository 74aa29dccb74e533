//! A column or table that the up step drops and the down step brings back empty.

use stairwell_catalog::{Kind, ObjectId, Verb};

use super::{Adjustable, Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::prove::{Folded, FoldedDown, Proof};
use crate::source::Span;

pub(super) const RULE: Rule = Rule::proven("data-loss", check).adjustable(Adjustable::InMigrations);

fn check(_: &Draft, proof: &Proof<'_>, findings: &mut Findings) {
    for folded in &proof.migrations {
        let Some(down) = &folded.down else { continue };
        for object in folded.dropped_rows.keys().filter(|object| is_whole_loss(folded, object)) {
            let Some(created) = created_empty(down, object) else { continue };
            let place = |file, range: &std::ops::Range<usize>| Span { file, range: range.clone() };
            let Some(dropped) = folded
                .up
                .effects
                .iter()
                .find(|effect| effect.effect.verb == Verb::Drop && effect.effect.object == *object)
            else {
                continue;
            };
            findings.push(
                Diagnostic::new(
                    place(folded.migration.up.file, &dropped.span),
                    format!("{object} loses its values: the down step brings it back empty"),
                )
                .label("the values go here")
                .also(place(folded.migration.down_text().file, created), "empty again")
                .help(
                    "keep the values (in another table or column) and write them back in the down step, declare the \
                     migration `irreversible`, or allow it with a reason: `-- stairwell: allow data-loss …`",
                ),
            );
        }
    }
}

/// A column of a table that is dropped as a whole goes without saying.
fn is_whole_loss(folded: &Folded<'_>, object: &ObjectId) -> bool {
    let owner = object.owner();
    let table = ObjectId::new(Kind::Table, owner.schema, owner.name);
    object.kind != Kind::Column || !folded.dropped_rows.contains_key(&table)
}

/// Where the down step creates the object, if it writes no rows of its table afterwards.
fn created_empty<'a>(down: &'a FoldedDown, object: &ObjectId) -> Option<&'a std::ops::Range<usize>> {
    let effects = &down.outcome.effects;
    let index = effects
        .iter()
        .position(|effect| effect.effect.verb == Verb::Create && effect.effect.object == *object)?;
    let is_written = effects
        .iter()
        .skip(index)
        .any(|effect| effect.effect.verb == Verb::Write && effect.effect.object.owner() == object.owner());
    (!is_written).then(|| effects.get(index).map(|effect| &effect.span)).flatten()
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, proof};

    #[test]
    fn a_column_comes_back_empty() {
        assert_data_eq!(
            proof(&printers_with(&[
                (
                    "plugins/printers/migrations/V0002__trays.sql",
                    "ALTER TABLE printers ADD COLUMN trays integer;\n"
                ),
                (
                    "plugins/printers/migrations/V0002__trays.down.sql",
                    "ALTER TABLE printers DROP COLUMN trays;\n"
                ),
                ("plugins/printers/migrations/V0003__none.sql", "ALTER TABLE printers DROP COLUMN trays;\n"),
                (
                    "plugins/printers/migrations/V0003__none.down.sql",
                    "ALTER TABLE printers ADD COLUMN trays integer;\n"
                ),
            ])),
            str![[r#"
the migrations have 1 error

error[data-loss]: column public.printers.trays loses its values: the down step brings it back empty
 --> plugins/printers/migrations/V0003__none.sql:1:34
  |
1 | ALTER TABLE printers DROP COLUMN trays;
  |                                  ^^^^^ the values go here
  |
 ::: plugins/printers/migrations/V0003__none.down.sql:1:33
  |
1 | ALTER TABLE printers ADD COLUMN trays integer;
  |                                 ----- empty again
  |
  = help: keep the values (in another table or column) and write them back in the down step, declare the migration `irreversible`, or allow it with a reason: `-- stairwell: allow data-loss …`

"#]]
        );
    }

    #[test]
    fn a_column_that_is_written_again_is_no_loss() {
        assert_data_eq!(
            proof(&printers_with(&[
                (
                    "plugins/printers/migrations/V0002__trays.sql",
                    "ALTER TABLE printers ADD COLUMN trays integer;\n"
                ),
                (
                    "plugins/printers/migrations/V0002__trays.down.sql",
                    "ALTER TABLE printers DROP COLUMN trays;\n"
                ),
                (
                    "plugins/printers/migrations/V0003__double.sql",
                    "ALTER TABLE printers ADD COLUMN sheets integer;\nUPDATE printers SET sheets = trays * 500;\nALTER TABLE printers DROP COLUMN trays;\n"
                ),
                (
                    "plugins/printers/migrations/V0003__double.down.sql",
                    "ALTER TABLE printers ADD COLUMN trays integer;\nUPDATE printers SET trays = sheets / 500;\nALTER TABLE printers DROP COLUMN sheets;\n"
                ),
            ])),
            str![[r#"
sound

"#]]
        );
    }

    #[test]
    fn a_table_comes_back_empty() {
        assert_data_eq!(
            proof(&printers_with(&[
                ("plugins/printers/migrations/V0002__end.sql", "DROP TABLE printers;\n"),
                ("plugins/printers/migrations/V0002__end.down.sql", "CREATE TABLE printers (id bigint);\n"),
            ])),
            str![[r#"
the migrations have 2 errors

error[incomplete-down-step]: the down step of `V0002__end` leaves 2 things different from before
 --> plugins/printers/migrations/V0002__end.down.sql:1:1
  |
1 | CREATE TABLE printers (id bigint);
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ after up and down:
  |
 ::: plugins/printers/migrations/V0002__end.sql:1:1
  |
1 | DROP TABLE printers;
  | -------------------- this is what it has to take back
  |
  = note: column public.printers.site is missing
  = note: constraint printers_site_fkey on public.printers is missing
  = help: complete the down step, or declare in the up step that there is no way back: `-- stairwell: irreversible <reason>`

error[data-loss]: table public.printers loses its values: the down step brings it back empty
 --> plugins/printers/migrations/V0002__end.sql:1:12
  |
1 | DROP TABLE printers;
  |            ^^^^^^^^ the values go here
  |
 ::: plugins/printers/migrations/V0002__end.down.sql:1:14
  |
1 | CREATE TABLE printers (id bigint);
  |              -------- empty again
  |
  = help: keep the values (in another table or column) and write them back in the down step, declare the migration `irreversible`, or allow it with a reason: `-- stairwell: allow data-loss …`

"#]]
        );
    }
}
