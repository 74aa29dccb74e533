//! `stairwell.lock`: what has been released. Its model, its text, and its comparison with the draft;
//! it is read in `parse/lock.rs`.

pub(crate) mod compare;
pub(crate) mod remedy;
mod text;

use crate::draft::Problem;
use crate::source::{Span, Spanned};

pub use text::lock;

/// The name of the file, in the root of the application.
pub(crate) const FILE: &str = "stairwell.lock";

/// The first line that counts; another number is another format.
pub(crate) const FORMAT: &str = "format 1";

/// The command that writes new migrations down.
pub(crate) const WRITE: &str = "STAIRWELL_LOCK=write cargo build";

/// The command that forgets what was locked.
pub(crate) const REWRITE: &str = "STAIRWELL_LOCK=rewrite cargo build";

/// What a run does with `stairwell.lock`. The environment of the build decides: `STAIRWELL_LOCK` and
/// `STAIRWELL_LOCKED`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LockMode {
    /// Locked migrations must be as they were; new ones are accepted and mentioned.
    #[default]
    Compare,
    /// `STAIRWELL_LOCKED=1`: there must be a lock file, and every migration must stand in it.
    Locked,
    /// `STAIRWELL_LOCK=write`: new migrations are written down. What is locked must be as it was.
    Write,
    /// `STAIRWELL_LOCK=rewrite`: everything is written down as it is now. What differs from the old
    /// file is a warning instead of an error.
    Rewrite,
}

impl LockMode {
    /// Whether the file is written after a run without errors.
    pub(crate) fn writes(self) -> bool {
        matches!(self, LockMode::Write | LockMode::Rewrite)
    }
}

/// What was found at the place of the lock file.
#[derive(Debug, Default)]
pub(crate) enum LockFile {
    #[default]
    Missing,
    /// There is something, but no text.
    Unreadable(String),
    /// Git left both sides of a merge in it. At least one place, the beginning of the first.
    Conflicted(Vec<Span>),
    /// At least one problem.
    Malformed(Vec<Problem>),
    Read(Lock),
}

/// A lock file that is as it should be.
#[derive(Debug)]
pub(crate) struct Lock {
    /// No two of one plugin.
    pub(crate) chains: Vec<LockedChain>,
}

/// The locked migrations of one plugin.
#[derive(Debug)]
pub(crate) struct LockedChain {
    /// Its line.
    pub(crate) span: Span,
    pub(crate) plugin: String,
    /// Strictly ascending by version.
    pub(crate) migrations: Vec<Locked>,
}

/// A locked migration.
#[derive(Debug)]
pub(crate) struct Locked {
    pub(crate) version: i64,
    pub(crate) name: String,
    /// `V0002__add_toner_level`, as it was when it was locked.
    pub(crate) stem: Spanned<String>,
    pub(crate) up: Spanned<u64>,
    /// The word `irreversible` has the place of a checksum.
    pub(crate) down: Spanned<Option<u64>>,
}

/// The checksums of both steps of a migration; those of a Rust step are equal, being of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Checksums {
    pub(crate) up: u64,
    /// None: nothing reverts it.
    pub(crate) down: Option<u64>,
}

/// A checksum as the file and the findings have it.
pub(crate) fn shown(checksum: Option<u64>) -> String {
    checksum.map_or_else(|| "irreversible".to_owned(), |checksum| format!("{checksum:016x}"))
}
