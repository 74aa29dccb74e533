//! The catalog that the compiler folds from the SQL of the migrations, held against the live one.
//!
//! Every step is read as `stairwell-build` reads it: of a Rust step the texts that it hands to the server. What the
//! fold says it cannot see is not compared, and neither is the text of expressions, which only a server can bring
//! into one form.

use std::collections::BTreeSet;

use stairwell::{Down, Migration, Step};
use stairwell_catalog::{Catalog, Change, Difference, FactChange, diff};
use stairwell_sql::{
    fold::{Checkpoint, Fold, Outside},
    parse, rust_calls, with_stack,
};

use crate::course::{Course, Event};

/// A fold that goes along with a walk.
#[derive(Debug)]
pub(crate) struct Folded {
    fold: Fold,
    /// What the two already differ in before the next migration, which is not to blame for it.
    known: BTreeSet<String>,
}

impl Folded {
    /// What the first `place` steps of a course make of an empty database, rows included.
    pub(crate) fn at(course: &Course, place: usize) -> Folded {
        let mut folded = Folded { fold: Fold::new(Outside::default()), known: BTreeSet::new() };
        with_stack(|| {
            for event in course.events(0, place) {
                match event {
                    Event::Apply(migration) => folded.fold_step(migration.up(), "up"),
                    Event::Skip(_, sql) | Event::Put(_, sql) => folded.fold_sql(sql),
                }
                folded.fold.forget_checkpoints();
            }
        });
        folded
    }

    /// Folds SQL that is no migration.
    pub(crate) fn sql(&mut self, sql: &str) {
        with_stack(|| self.fold_sql(sql));
    }

    /// Notes what differs now, before the next migration.
    pub(crate) fn set_out(&mut self, live: &Catalog) {
        self.fold.forget_checkpoints();
        self.known = self.differences(live).into_iter().collect();
    }

    pub(crate) fn up(&mut self, migration: &Migration) {
        with_stack(|| self.fold_step(migration.up(), "up"));
    }

    pub(crate) fn down(&mut self, migration: &Migration) {
        if let Down::Step(step) = migration.down() {
            with_stack(|| self.fold_step(step, "down"));
        }
    }

    /// Where [`undo_to`](Folded::undo_to) leads back to.
    pub(crate) fn mark(&self) -> Checkpoint {
        self.fold.mark()
    }

    /// Takes back everything since, also that a step could not be seen through.
    pub(crate) fn undo_to(&mut self, checkpoint: &Checkpoint) {
        self.fold.undo_to(checkpoint);
    }

    /// What is different that was not when [`set_out`](Folded::set_out) was called, one line each.
    pub(crate) fn news(&self, live: &Catalog) -> Vec<String> {
        let mut differences = self.differences(live);
        differences.retain(|difference| !self.known.contains(difference));
        differences
    }

    /// Nothing, once there was a step after which anything may be different.
    fn differences(&self, live: &Catalog) -> Vec<String> {
        if self.fold.blind().is_some() {
            return Vec::new();
        }
        let folded = self.fold.catalog();
        let differences =
            diff(folded, live).into_iter().filter(|difference| !is_uncertain(difference, folded));
        differences.filter_map(without_texts).map(|difference| difference.to_string()).collect()
    }

    fn fold_step(&mut self, step: &Step, function: &str) {
        match step {
            Step::Rust { source, .. } => match rust_calls(source) {
                Some(calls) => drop(self.fold.rust_step(0, &calls, function)),
                // rustc has compiled it, so it is Rust that the parser is too old for.
                None => {
                    self.fold.begin(0);
                    self.fold.embedded_unknown(0..0, "the Rust step could not be read");
                    drop(self.fold.end());
                }
            },
            _ => self.fold_sql(step.text()),
        }
    }

    fn fold_sql(&mut self, sql: &str) {
        drop(self.fold.step(0, &parse(sql)));
    }
}

/// Whether the fold is not sure of the object, or of the relation that it is a part of.
fn is_uncertain(difference: &Difference, folded: &Catalog) -> bool {
    let relation = || folded.get(folded.relation(&difference.object.owner())?);
    let is_part = difference.object.kind.is_part();
    difference.opaque.is_some() || is_part && relation().is_some_and(|entry| entry.opaque.is_some())
}

/// The difference without facts that differ in the text of an expression only; `None` if nothing else does.
fn without_texts(difference: Difference) -> Option<Difference> {
    let Change::Altered(facts) = difference.change else { return Some(difference) };
    let facts: Vec<FactChange> = facts.into_iter().filter(|fact| !fact.is_text_only()).collect();
    (!facts.is_empty()).then_some(Difference { change: Change::Altered(facts), ..difference })
}
