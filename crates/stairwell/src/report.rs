//! What a run did.

use std::time::Duration;

use crate::{Migration, Version};

/// A migration that this run applied.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Applied {
    /// The migration.
    pub migration: &'static Migration,
    /// How long its step and the commit took.
    pub duration: Duration,
}

/// What [`Migrator::up`](crate::Migrator::up) did, chain by chain.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct UpReport {
    /// The chains that took part, in the order of the chain set.
    pub chains: Vec<ChainReport>,
}

/// What a run did to one chain.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ChainReport {
    /// The plugin.
    pub plugin: &'static str,
    /// What this run applied, in order.
    pub applied: Vec<Applied>,
    /// How many migrations had been applied before.
    pub already: usize,
    /// The newest version that had been applied before, if it is above the last one that the targets wanted.
    pub beyond: Option<Version>,
}

impl UpReport {
    /// Whether there was nothing to do.
    pub fn is_up_to_date(&self) -> bool {
        self.applied() == 0
    }

    /// How many migrations this run applied.
    pub fn applied(&self) -> usize {
        self.chains.iter().map(|chain| chain.applied.len()).sum()
    }
}
