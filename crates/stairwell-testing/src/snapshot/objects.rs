//! In which objects two moments differ.

use std::collections::BTreeSet;

use stairwell_catalog::{Change, Difference, ObjectId, QualifiedName, diff};

use super::Snapshot;

/// The place of a column.
const PLACE: &str = "position";

/// What is different in every database, such as a view with the time at which it was made.
#[derive(Default)]
pub(crate) struct Unsteady(BTreeSet<(ObjectId, &'static str)>);

impl Snapshot {
    /// Which objects differ, one line each; and which sequences have gone back.
    ///
    /// A sequence that is further on is none: numbers are skipped anyway. One that has gone back gives numbers
    /// again that were given before. The place of a column is none if only others have come or gone before it.
    pub(crate) fn object_differences(&self, after: &Snapshot) -> Vec<String> {
        self.described(after, |_, _| true)
    }

    /// The same without what is different in every database.
    pub(crate) fn object_differences_but(&self, after: &Snapshot, but: &Unsteady) -> Vec<String> {
        self.described(after, |object, fact| !but.0.contains(&(*object, fact)))
    }

    /// The same of one database at two moments, but for the places of columns in tables that were there all the time.
    ///
    /// A column that was dropped comes back behind all others, and they move up: no step could do it otherwise. In a
    /// table that was made again it could.
    pub(crate) fn object_differences_since(&self, after: &Snapshot) -> Vec<String> {
        self.described(after, |object, fact| {
            let name = object.owner().to_string();
            let both = self.storage.get(&name).zip(after.storage.get(&name));
            fact != PLACE || both.is_none_or(|(before, after)| before.table != after.table)
        })
    }

    /// What differs in another database that was made in the same way.
    pub(crate) fn unsteady(&self, other: &Snapshot) -> Unsteady {
        let differences = diff(&self.catalog, &other.catalog).into_iter();
        let facts = differences.flat_map(|Difference { object, change, .. }| match change {
            Change::Altered(facts) => facts.into_iter().map(|fact| (object, fact.fact)).collect(),
            Change::Added(_) | Change::Removed(_) => Vec::new(),
        });
        Unsteady(facts.collect())
    }

    fn described(&self, after: &Snapshot, counts: impl Fn(&ObjectId, &'static str) -> bool) -> Vec<String> {
        let mut differences = diff(&self.catalog, &after.catalog);
        differences.retain_mut(|Difference { object, change, .. }| match change {
            Change::Altered(facts) => {
                facts.retain(|fact| {
                    counts(object, fact.fact)
                        && (fact.fact != PLACE || self.is_other_order(after, &object.owner()))
                });
                !facts.is_empty()
            }
            Change::Added(_) | Change::Removed(_) => true,
        });
        let objects = differences.into_iter().map(|difference| difference.to_string());
        let gone_back = self.sequences.iter().filter_map(|(name, before)| {
            let after = after.sequences.get(name)?;
            after.is_behind(before).then(|| {
                format!("~ sequence {name}: the next value: {} -> {}", before.described(), after.described())
            })
        });
        objects
            .chain(self.details.differences(&after.details))
            .chain(self.of_database.differences(&after.of_database))
            .chain(gone_back)
            .collect()
    }

    /// Whether the columns that a relation has at both moments have changed places among themselves.
    fn is_other_order(&self, after: &Snapshot, relation: &QualifiedName) -> bool {
        let (before, after) = (self.catalog.columns(relation), after.catalog.columns(relation));
        let is_in = |columns: &[(_, _)], name| columns.iter().any(|(other, _)| *other == name);
        let old = before.iter().map(|(name, _)| *name).filter(|name| is_in(&after, *name));
        let new = after.iter().map(|(name, _)| *name).filter(|name| is_in(&before, *name));
        !old.eq(new)
    }
}
