//! `verify`: what is wrong with a history, as a list.

use std::fmt;

use tokio_postgres::Client;

use crate::{ChainStatus, Error, Migrator, Version};

/// One thing in which a history disagrees with what is compiled in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// What it is.
    pub kind: FindingKind,
    /// The plugin.
    pub plugin: &'static str,
    /// The version.
    pub version: Version,
    /// The migration: `printers/V0002__add_toner_level`.
    pub migration: String,
    /// What the history says.
    pub message: String,
}

/// In which way a history disagrees with what is compiled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FindingKind {
    /// Applied with another name or text than is compiled in.
    Divergent,
    /// Compiled in, and not applied.
    Missing,
    /// Applied, and not compiled in.
    Unknown,
    /// Compiled in and not applied, although a later migration of the chain was.
    OutOfOrder,
}

impl FindingKind {
    /// In kebab-case: `out-of-order`.
    pub const fn name(self) -> &'static str {
        match self {
            FindingKind::Divergent => "divergent",
            FindingKind::Missing => "missing",
            FindingKind::Unknown => "unknown",
            FindingKind::OutOfOrder => "out-of-order",
        }
    }
}

/// `divergent: core/V0002__users was applied with another text on …`
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.kind.name(), self.migration, self.message)
    }
}

impl Migrator<'_> {
    /// Every disagreement of the histories of the enabled chains with what is compiled in; none is what should be.
    ///
    /// In the order of the chain set and the versions. Reads only, and takes no lock. Whether the tables are what
    /// the migrations made them is another question, which `Migrator::drift` (feature `shadow`) answers.
    ///
    /// # Errors
    ///
    /// If a history cannot be read.
    pub async fn verify(&self, client: &mut Client) -> Result<Vec<Finding>, Error> {
        let status = self.status(client).await?;
        Ok(status.chains.iter().filter(|chain| chain.enabled).flat_map(findings).collect())
    }
}

pub(crate) fn findings(chain: &ChainStatus) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |kind, version, migration: String, message: String| {
        findings.push(Finding { kind, plugin: chain.plugin, version, migration, message });
    };
    for divergent in &chain.divergent {
        let (row, migration) = (&divergent.applied, divergent.migration);
        let message = if row.name == migration.name() {
            format!("was applied with another text on {}", row.applied_on)
        } else {
            format!("was applied under the name `{}` on {}", row.name, row.applied_on)
        };
        add(FindingKind::Divergent, row.version, migration.to_string(), message);
    }
    for row in &chain.unknown {
        let name = format!("{}/V{}__{}", chain.plugin, row.version, row.name);
        let message = format!("was applied on {}, and this program does not contain it", row.applied_on);
        add(FindingKind::Unknown, row.version, name, message);
    }
    let last = chain.applied.last().map_or(0, |last| last.version);
    for migration in &chain.pending {
        let (kind, message) = if migration.version() < last {
            (FindingKind::OutOfOrder, format!("was not applied, although version {last} was"))
        } else {
            (FindingKind::Missing, "was not applied".to_owned())
        };
        add(kind, migration.version(), migration.to_string(), message);
    }
    findings.sort_by_key(|finding| finding.version);
    findings
}
