//! In place of `folded.rs` without the feature `static-catalog`: nothing is folded, and nothing differs.

use stairwell::Migration;
use stairwell_catalog::Catalog;

use crate::course::Course;

#[derive(Debug)]
pub(crate) struct Folded;

#[derive(Debug)]
pub(crate) struct Checkpoint;

impl Folded {
    pub(crate) fn at(_: &Course, _: usize) -> Folded {
        Folded
    }

    pub(crate) fn sql(&mut self, _: &str) {}

    pub(crate) fn set_out(&mut self, _: &Catalog) {}

    pub(crate) fn up(&mut self, _: &Migration) {}

    pub(crate) fn down(&mut self, _: &Migration) {}

    pub(crate) fn mark(&self) -> Checkpoint {
        Checkpoint
    }

    pub(crate) fn undo_to(&mut self, _: &Checkpoint) {}
}
