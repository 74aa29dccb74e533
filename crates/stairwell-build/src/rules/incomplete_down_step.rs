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

fn describe_fact(fact: &FactChange) -> String {
    match (&fact.before, &fact.after) {
        (None, Some(after)) => format!("{} is {after}, was not set", fact.fact),
        (Some(before), None) => format!("{} is not set, was {before}", fact.fact),
        (Some(before), Some(after)) => format!("{} is {after}, was {before}", fact.fact),
        (None, None) => fact.fact.to_owned(),
    }
}
