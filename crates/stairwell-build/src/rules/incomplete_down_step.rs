//! A down step that does not restore the catalog.

use std::collections::BTreeSet;

use stairwell_catalog::{Change, Difference, FactChange, Kind, Object};

use super::{Adjustable, Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::prove::{Folded, FoldedDown, Proof};

pub(super) const RULE: Rule =
    Rule::proven("incomplete-down-step", check).adjustable(Adjustable::InMigrations);

fn check(_: &Draft, proof: &Proof<'_>, findings: &mut Findings) {
    for folded in &proof.migrations {
        let Some(down) = &folded.down else { continue };
        if is_unprovable(folded, down) {
            continue;
        }
        let traces: Vec<String> = remaining(&down.trace).into_iter().filter_map(describe).collect();
        if traces.is_empty() {
            continue;
        }
        let things =
            if traces.len() == 1 { "one thing".to_owned() } else { format!("{} things", traces.len()) };
        let mut found = Diagnostic::new(
            folded.migration.down_text().file,
            format!("the down step of `{}` leaves {things} different from before", folded.migration.stem()),
        )
        .label("after up and down:");
        if folded.migration.down.is_some() {
            found = found.also(folded.migration.up.file, "this is what it has to take back");
        }
        for trace in traces {
            found = found.note(trace);
        }
        findings.push(found.help(
            "complete the down step, or declare in the up step that there is no way back: `-- stairwell: irreversible <reason>`",
        ));
    }
}

/// Whether either step does something that cannot be seen; opaque-statement says so.
pub(super) fn is_unprovable(folded: &Folded<'_>, down: &FoldedDown) -> bool {
    let is_blind =
        |outcome: &stairwell_sql::fold::Outcome| outcome.opaque.iter().any(|opaque| opaque.everything);
    // What the server refuses is reported as such, and what would come of it is nothing to compare.
    is_blind(&folded.up)
        || is_blind(&down.outcome)
        || !folded.up.problems.is_empty()
        || !down.outcome.problems.is_empty()
}

/// The differences that say something: without what only follows from another one, and without the text of
/// expressions.
fn remaining(trace: &[Difference]) -> Vec<&Difference> {
    let gone_or_new: BTreeSet<_> = trace
        .iter()
        .filter(|difference| {
            matches!(difference.change, Change::Added(_) | Change::Removed(_))
                && !difference.object.kind.is_part()
        })
        .map(|difference| difference.object.owner())
        .collect();
    let constraints: BTreeSet<_> = trace
        .iter()
        .filter(|difference| difference.object.kind == Kind::Constraint)
        .map(|difference| (difference.object.schema.as_str(), difference.object.part.as_str()))
        .collect();
    trace
        .iter()
        .filter(|difference| difference.opaque.is_none())
        // The parts of a table that is itself left over.
        .filter(|difference| {
            !(difference.object.kind.is_part() && gone_or_new.contains(&difference.object.owner()))
        })
        .filter(|difference| match entry(difference) {
            // The index of a constraint, the sequence of a column, an index of a table: all go without saying.
            Some(Object::Index(index)) => {
                !gone_or_new.contains(&index.table)
                    && !constraints
                        .contains(&(difference.object.schema.as_str(), difference.object.name.as_str()))
            }
            Some(Object::Sequence(sequence)) => {
                sequence.owned_by.as_ref().is_none_or(|(table, _)| !gone_or_new.contains(table))
            }
            _ => true,
        })
        .collect()
}

fn entry(difference: &Difference) -> Option<&Object> {
    match &difference.change {
        Change::Added(entry) | Change::Removed(entry) => Some(&entry.object),
        Change::Altered(_) => None,
    }
}

/// The sentence about one difference; none if it says nothing that the down step could mend.
fn describe(difference: &Difference) -> Option<String> {
    let object = &difference.object;
    match &difference.change {
        Change::Added(_) => Some(format!("{object} is left over")),
        Change::Removed(_) => Some(format!("{object} is missing")),
        Change::Altered(facts) => {
            let facts: Vec<String> = facts.iter().filter(|fact| is_proof(fact)).map(describe_fact).collect();
            (!facts.is_empty()).then(|| format!("{object}: {}", facts.join("; ")))
        }
    }
}

/// A column that was dropped can only come back at the end of its table, and texts are compared elsewhere.
fn is_proof(fact: &FactChange) -> bool {
    fact.fact != "position" && !fact.is_text_only()
}

/// A list that is longer than this, in characters, is told by what came and what went.
const LONG: usize = 100;

fn describe_fact(fact: &FactChange) -> String {
    match (&fact.before, &fact.after) {
        (Some(before), Some(after)) if before.to_string().len().max(after.to_string().len()) > LONG => {
            let (before, after) = (before.to_string(), after.to_string());
            let items = |text: &str| text.split(", ").map(str::to_owned).collect::<BTreeSet<_>>();
            let (old, new) = (items(&before), items(&after));
            let list = |items: Vec<&String>| items.into_iter().cloned().collect::<Vec<_>>().join(", ");
            let (came, went) = (list(new.difference(&old).collect()), list(old.difference(&new).collect()));
            match (came.is_empty(), went.is_empty()) {
                (false, true) => format!("{} has {came} more than before", fact.fact),
                (true, false) => format!("{} is without {went}", fact.fact),
                (false, false) => format!("{} has {came} instead of {went}", fact.fact),
                (true, true) => format!("{} has another order", fact.fact),
            }
        }
        (None, Some(after)) => format!("{} is {after}, was not set", fact.fact),
        (Some(before), None) => format!("{} is not set, was {before}", fact.fact),
        (Some(before), Some(after)) => format!("{} is {after}, was {before}", fact.fact),
        (None, None) => fact.fact.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, proof};

    #[test]
    fn everything_that_is_left_over_is_listed() {
        assert_data_eq!(
            proof(&printers_with(&[
                (
                    "plugins/printers/plugin.toml",
                    "[plugin]\nname = \"printers\"\n\n[requires]\ncore = 1\n\n[owns]\ntables = [\"printers\", \"trays\"]\ntypes = [\"size\"]\nsequences = [\"numbers\"]\n"
                ),
                (
                    "plugins/printers/migrations/V0002__trays.sql",
                    "CREATE TYPE size AS ENUM ('a4');\nCREATE TABLE trays (id bigserial PRIMARY KEY, size size);\nCREATE SEQUENCE numbers;\nALTER TABLE printers ADD COLUMN tray_id bigint DEFAULT 1;\nALTER TABLE printers ALTER COLUMN id SET NOT NULL;\nALTER TABLE printers ADD CONSTRAINT positive CHECK (id > 0);\n"
                ),
                (
                    "plugins/printers/migrations/V0002__trays.down.sql",
                    "DROP TABLE trays;\nALTER TABLE printers ALTER COLUMN tray_id DROP DEFAULT;\n"
                ),
            ])),
            str![[r#"
the migrations have 1 error

error[incomplete-down-step]: the down step of `V0002__trays` leaves 5 things different from before
 --> plugins/printers/migrations/V0002__trays.down.sql:1:1
  |
1 | DROP TABLE trays;
  | ^^^^^^^^^^^^^^^^^ after up and down:
  |
 ::: plugins/printers/migrations/V0002__trays.sql:1:1
  |
1 | CREATE TYPE size AS ENUM ('a4');
  | -------------------------------- this is what it has to take back
  |
  = note: sequence public.numbers is left over
  = note: column public.printers.id: not null is yes, was not set
  = note: column public.printers.tray_id is left over
  = note: constraint positive on public.printers is left over
  = note: type public.size is left over
  = help: complete the down step, or declare in the up step that there is no way back: `-- stairwell: irreversible <reason>`

"#]]
        );
    }

    #[test]
    fn what_is_missing_is_listed() {
        assert_data_eq!(
            proof(&printers_with(&[
                (
                    "plugins/printers/migrations/V0002__index.sql",
                    "CREATE INDEX printers_id ON printers (id);\n"
                ),
                ("plugins/printers/migrations/V0002__index.down.sql", "DROP INDEX printers_id;\n"),
                ("plugins/printers/migrations/V0003__plain.sql", "DROP INDEX printers_id;\n"),
                ("plugins/printers/migrations/V0003__plain.down.sql", "SELECT 1;\n"),
            ])),
            str![[r#"
the migrations have 1 error

error[incomplete-down-step]: the down step of `V0003__plain` leaves one thing different from before
 --> plugins/printers/migrations/V0003__plain.down.sql:1:1
  |
1 | SELECT 1;
  | ^^^^^^^^^ after up and down:
  |
 ::: plugins/printers/migrations/V0003__plain.sql:1:1
  |
1 | DROP INDEX printers_id;
  | ----------------------- this is what it has to take back
  |
  = note: index public.printers_id is missing
  = help: complete the down step, or declare in the up step that there is no way back: `-- stairwell: irreversible <reason>`

"#]]
        );
    }

    #[test]
    fn a_reason_allows_it() {
        assert_data_eq!(
            proof(&printers_with(&[
                (
                    "plugins/printers/migrations/V0002__index.sql",
                    "CREATE INDEX IF NOT EXISTS printers_id ON printers (id);\n"
                ),
                (
                    "plugins/printers/migrations/V0002__index.down.sql",
                    "-- stairwell: allow incomplete-down-step an index more does no harm\nSELECT 1;\n"
                ),
            ])),
            str![[r#"
sound

"#]]
        );
    }
}
