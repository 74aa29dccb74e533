//! What folding a step gives: effects, problems, and what could not be seen.

use std::ops::Range;

use stairwell_catalog::{Effect, ObjectId, QualifiedName};

use super::state::Origin;

/// What one step does, in the order in which it does it.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Every effect with its place.
    pub effects: Vec<LocatedEffect>,
    /// What the server would refuse, as far as that is certain.
    pub problems: Vec<Problem>,
    /// What could not be seen.
    pub opaque: Vec<Opaque>,
}

/// How much an [`Outcome`] said at some point.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Said {
    effects: usize,
    problems: usize,
    opaque: usize,
}

impl Outcome {
    pub(crate) fn said(&self) -> Said {
        Said { effects: self.effects.len(), problems: self.problems.len(), opaque: self.opaque.len() }
    }

    /// Takes back what was said since.
    pub(crate) fn unsay(&mut self, said: Said) {
        self.effects.truncate(said.effects);
        self.problems.truncate(said.problems);
        self.opaque.truncate(said.opaque);
    }
}

/// An effect and where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocatedEffect {
    /// What is done to which object.
    pub effect: Effect,
    /// The bytes of the step's text that name the object or, where nothing does, of the statement.
    pub span: Range<usize>,
    /// How directly the text says so.
    pub via: Via,
    /// The relation that the object belongs to: of a part, of an index, of a sequence that a column owns.
    pub relation: Option<QualifiedName>,
    /// Where the object had been created; `None` if it was there from the start.
    pub origin: Option<Origin>,
}

/// How an effect comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Via {
    /// A statement says so.
    Statement,
    /// It follows from another effect: what `CASCADE` takes along, the sequence of a `serial`.
    Consequence,
    /// The body of a function says so, which does not run now.
    Body,
}

/// Something that the server would refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What.
    pub kind: ProblemKind,
    /// The bytes of the step's text.
    pub span: Range<usize>,
    /// The other place: where the object was created, or dropped.
    pub origin: Option<Origin>,
}

/// What the server would refuse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProblemKind {
    /// There is no such object; `origin` tells where it was dropped, if it was.
    Missing(ObjectId),
    /// There is such an object already; `origin` tells where it was created.
    Exists(ObjectId),
    /// The object cannot be dropped or changed, because others depend on it.
    InUse {
        /// The object.
        object: ObjectId,
        /// What depends on it.
        by: Vec<ObjectId>,
    },
    /// Anything else, in words that follow "PostgreSQL refuses this: ".
    Invalid(String),
}

/// A statement that cannot be seen through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opaque {
    /// The bytes of the step's text.
    pub span: Range<usize>,
    /// Why, in words: "the text of EXECUTE is put together at run time".
    pub reason: String,
    /// Whether anything in the database may be different after it; otherwise only the objects
    /// whose entries say so.
    pub everything: bool,
}
