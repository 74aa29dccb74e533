//! What a database holds, compared with what is compiled in.

use crate::{Chain, HalfApplied, Migration, Version};

/// Every chain that is compiled in, and what the database says about it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Status {
    /// The chains, in the order of the chain set.
    pub chains: Vec<ChainStatus>,
    /// Plugins that have a history in the schema `stairwell` but no chain in this binary, sorted.
    pub unknown_plugins: Vec<String>,
}

/// One chain, and what its history says.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ChainStatus {
    /// The plugin.
    pub plugin: &'static str,
    /// What its manifest says about it; may be empty.
    pub description: &'static str,
    /// Whether the commands of this migrator include the chain; otherwise it is merely available.
    pub enabled: bool,
    /// What has been applied, ascending by version.
    pub applied: Vec<AppliedMigration>,
    /// What has not been applied, ascending by version.
    pub pending: Vec<&'static Migration>,
    /// Those of `pending` that are older than a migration that has been applied; `up` refuses to run.
    pub out_of_order: Vec<&'static Migration>,
    /// Those of `applied` that this binary does not contain; `up` refuses to run.
    pub unknown: Vec<AppliedMigration>,
    /// Those of `applied` that this binary contains with another name or text; `up` refuses to run.
    pub divergent: Vec<Divergent>,
    /// Migrations of which some statements have run, ascending by version.
    pub half_applied: Vec<HalfApplied>,
}

/// One row of a history.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AppliedMigration {
    /// The version.
    pub version: Version,
    /// The name.
    pub name: String,
    /// When it was applied: RFC 3339, as the row has it.
    pub applied_on: String,
    /// refinery's checksum of what was applied.
    pub checksum: u64,
}

/// A migration that was applied with another name or text than it is compiled in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Divergent {
    /// The row of the history.
    pub applied: AppliedMigration,
    /// What is compiled in.
    pub migration: &'static Migration,
}

impl Status {
    /// Whether every enabled chain is up to date.
    pub fn is_up_to_date(&self) -> bool {
        self.chains.iter().filter(|chain| chain.enabled).all(ChainStatus::is_up_to_date)
    }
}

impl ChainStatus {
    /// Whether nothing is pending and the history agrees with what is compiled in.
    pub fn is_up_to_date(&self) -> bool {
        self.pending.is_empty() && self.half_applied.is_empty() && self.agrees()
    }

    /// Whether the history agrees with what is compiled in, so that `up` would run.
    pub fn agrees(&self) -> bool {
        self.out_of_order.is_empty() && self.unknown.is_empty() && self.divergent.is_empty()
    }

    /// Compares `chain` with its history, ascending by version: one walk over both.
    pub(crate) fn compare(chain: &'static Chain, enabled: bool, applied: Vec<AppliedMigration>) -> Self {
        let mut pending = Vec::new();
        let mut unknown = Vec::new();
        let mut divergent = Vec::new();
        let mut migrations = chain.migrations().iter().peekable();
        for row in &applied {
            while let Some(migration) = migrations.next_if(|migration| migration.version() < row.version) {
                pending.push(migration);
            }
            match migrations.next_if(|migration| migration.version() == row.version) {
                None => unknown.push(row.clone()),
                Some(migration) if row.name == migration.name() && row.checksum == migration.checksum() => {}
                Some(migration) => divergent.push(Divergent { applied: row.clone(), migration }),
            }
        }
        // What is pending so far stands before something that was applied.
        let out_of_order = pending.clone();
        pending.extend(migrations);
        ChainStatus {
            plugin: chain.plugin(),
            description: chain.description(),
            enabled,
            applied,
            pending,
            out_of_order,
            unknown,
            divergent,
            half_applied: Vec::new(),
        }
    }
}
