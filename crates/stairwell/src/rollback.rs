//! What to revert, and what then was.

use std::fmt;
use std::time::Duration;

use crate::{Target, Version};

/// What [`Migrator::down`](crate::Migrator::down) is asked to revert.
///
/// ```
/// use stairwell::{Rollback, Target};
///
/// // Everything of printers above version 1, and what requires it.
/// let rollback = Rollback::to([Target::at("printers", 1)]).cascade(true);
/// // What was applied last.
/// let last = Rollback::steps(1);
/// # let _ = (rollback, last);
/// ```
#[derive(Clone, Debug)]
pub struct Rollback {
    pub(crate) what: What,
    pub(crate) cascade: bool,
    pub(crate) agreed: Option<Vec<Revert>>,
}

#[derive(Clone, Debug)]
pub(crate) enum What {
    Targets(Vec<Target>),
    Steps(usize),
    /// The whole chain of a plugin, which then is forgotten: made by [`Uninstall`](crate::Uninstall) only.
    Whole(String),
}

impl Rollback {
    /// Of the chains of `targets`, everything above their versions; version 0 is the whole chain.
    pub fn to(targets: impl IntoIterator<Item = Target>) -> Self {
        Rollback { what: What::Targets(targets.into_iter().collect()), cascade: false, agreed: None }
    }

    /// The last `count` migrations, from the end of the order in which they apply.
    pub fn steps(count: usize) -> Self {
        Rollback { what: What::Steps(count), cascade: false, agreed: None }
    }

    /// Whether migrations of other chains that require what is reverted are reverted as well. Otherwise they
    /// keep anything from being reverted.
    #[must_use]
    pub fn cascade(mut self, cascade: bool) -> Self {
        self.cascade = cascade;
        self
    }

    pub(crate) fn targets(&self) -> &[Target] {
        match &self.what {
            What::Targets(targets) => targets,
            What::Steps(_) | What::Whole(_) => &[],
        }
    }

    /// Only if it still comes to just this, which somebody has agreed to.
    #[must_use]
    pub fn agreed(mut self, reverts: Vec<Revert>) -> Self {
        self.agreed = Some(reverts);
        self
    }
}

/// A migration to be reverted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Revert {
    /// The plugin.
    pub plugin: &'static str,
    /// The version.
    pub version: Version,
    /// The name of the migration, as its history row has it.
    pub name: String,
    /// The name of its file without the end, as far as it is known: `V0002__add_toner_level`.
    pub stem: String,
    /// refinery's checksum of what was applied.
    pub checksum: u64,
    /// Whether this binary does not contain the migration, so that the journal has the text that reverts it.
    pub from_journal: bool,
}

/// `printers/V0002__add_toner_level`.
impl fmt::Display for Revert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.plugin, self.stem)
    }
}

/// A migration that a run reverted.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Reverted {
    /// The migration.
    pub revert: Revert,
    /// How long its step and the commit took.
    pub duration: Duration,
}

/// What [`Migrator::down`](crate::Migrator::down) did.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct DownReport {
    /// What it reverted, in order.
    pub reverted: Vec<Reverted>,
}
