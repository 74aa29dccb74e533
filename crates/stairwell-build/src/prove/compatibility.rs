//! Whether a binary that does not know a migration can go on after it: an old release during a rolling deploy,
//! or after a roll-back of the binary alone.

use std::collections::BTreeSet;

use stairwell_catalog::{Change, Difference, Entry, FactChange, Generated, Kind, Object, ObjectId};

use super::Folded;

/// Why the migration breaks a binary that was built before it; none if nothing that such a binary can see
/// is gone, renamed, retyped or refused.
pub(crate) fn breaks(folded: &Folded<'_>) -> Option<String> {
    if let Some(opaque) = folded.up.opaque.iter().find(|opaque| opaque.everything) {
        return Some(format!("what it does cannot be seen: {}", opaque.reason));
    }
    let reasons: Vec<String> = folded
        .changes
        .iter()
        .filter(|change| !is_part_of_gone(change, &folded.changes))
        .filter_map(reason)
        .collect();
    match reasons.as_slice() {
        [] => None,
        [reason] => Some(reason.clone()),
        [reason, others @ ..] => Some(format!("{reason}, and {} more", others.len())),
    }
}

/// Whether the change only follows from a whole table that is gone or new.
fn is_part_of_gone(change: &Difference, changes: &[Difference]) -> bool {
    change.object.kind.is_part()
        && changes.iter().any(|other| {
            !other.object.kind.is_part()
                && other.object.owner() == change.object.owner()
                && matches!(other.change, Change::Removed(_) | Change::Added(_))
        })
}

fn reason(change: &Difference) -> Option<String> {
    let object = &change.object;
    match &change.change {
        Change::Removed(entry) => is_visible(object, entry).then(|| format!("{object} is gone")),
        Change::Added(entry) => match &entry.object {
            Object::Column(column)
                if column.not_null && column.default.is_none() && column.generated == Generated::No =>
            {
                Some(format!("{object} is new and has to be given"))
            }
            _ => None,
        },
        Change::Altered(facts) => facts.iter().find_map(|fact| altered(object, fact)),
    }
}

/// Whether a statement of a binary can name the object.
fn is_visible(object: &ObjectId, entry: &Entry) -> bool {
    match object.kind {
        Kind::Table | Kind::View | Kind::MaterializedView | Kind::Column | Kind::Type | Kind::Function => {
            true
        }
        Kind::Schema | Kind::Extension => true,
        Kind::Sequence => matches!(&entry.object, Object::Sequence(sequence) if sequence.owned_by.is_none()),
        _ => false,
    }
}

fn altered(object: &ObjectId, fact: &FactChange) -> Option<String> {
    let changed = |what: &str| Some(format!("the {what} of {object} changes"));
    match (object.kind, fact.fact) {
        (Kind::Column, "type") => changed("type"),
        (Kind::Column, "not null") if fact.after.is_some() => Some(format!("{object} no longer takes NULL")),
        (Kind::Column, "default") if fact.after.is_none() => Some(format!("{object} loses its default")),
        (Kind::Column, "identity" | "generated") if fact.after.is_some() => {
            Some(format!("{object} is now generated"))
        }
        (Kind::Type, "values") => {
            let values = |value: &Option<stairwell_catalog::Value>| -> BTreeSet<String> {
                let text = value.as_ref().map(ToString::to_string).unwrap_or_default();
                text.split(", ").map(str::to_owned).collect()
            };
            let gone = values(&fact.before).difference(&values(&fact.after)).next().cloned();
            gone.map(|value| format!("{value} is no value of {object} any more"))
        }
        (Kind::Type, "type" | "attributes" | "subtype") => changed(fact.fact),
        (Kind::Type, "not null") if fact.after.is_some() => Some(format!("{object} no longer takes NULL")),
        (Kind::Function, "returns" | "returns set" | "arguments") => changed(fact.fact),
        _ => None,
    }
}
