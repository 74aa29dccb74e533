//! What a statement does to an object.

use std::fmt;

use crate::id::ObjectId;

/// What is done to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// It comes into being.
    Create,
    /// It changes.
    Alter,
    /// It is dropped.
    Drop,
    /// Its rows are written, or its next value is taken.
    Write,
    /// It is read, called, or named by another object.
    Reference,
}

impl Verb {
    /// The word for it in messages: `create`, `alter`, `drop`, `write`, `reference`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Alter => "alter",
            Self::Drop => "drop",
            Self::Write => "write",
            Self::Reference => "reference",
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What one statement does to one object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Effect {
    /// What is done.
    pub verb: Verb,
    /// To which object.
    pub object: ObjectId,
}

/// `create table public.printers`.
impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb, self.object)
    }
}
