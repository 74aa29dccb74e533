//! Down and then up: to just these versions, or back to where it was.

use std::collections::BTreeMap;

use tokio_postgres::Client;

use crate::error::{Error, Kind};
use crate::{DownReport, Migrator, Rollback, Target, UpReport, Version};

impl Migrator<'_> {
    /// Reverts what `rollback` says, and applies it again: for a migration that is still being written.
    ///
    /// # Errors
    ///
    /// Like [`down`](Migrator::down) and [`up_to`](Migrator::up_to). Before anything is run, if this binary does
    /// not contain what would have to be applied again ([`Error::is_refused`]).
    pub async fn redo(
        &self,
        client: &mut Client,
        rollback: &Rollback,
    ) -> Result<(DownReport, UpReport), Error> {
        let reverts = self.plan_down(client, rollback).await?;
        let mut newest: BTreeMap<&str, Version> = BTreeMap::new();
        for revert in &reverts {
            let chain = self.chains.chain(revert.plugin);
            if chain.and_then(|chain| chain.migration(revert.version)).is_none() {
                let message = format!(
                    "`{revert}` cannot be applied again: this binary does not contain it; nothing was run"
                );
                return Err(Error::new(Kind::Refused, message));
            }
            let version = newest.entry(revert.plugin).or_insert(revert.version);
            *version = revert.version.max(*version);
        }
        let targets: Vec<Target> =
            newest.into_iter().map(|(plugin, version)| Target::at(plugin, version)).collect();
        self.check(&targets)?;
        if targets.is_empty() {
            return Ok((DownReport::default(), UpReport::default()));
        }
        let down = self.down(client, &rollback.clone().agreed(reverts)).await?;
        Ok((down, self.up_to(client, &targets).await?))
    }

    /// Brings chains to just these versions: what is above is reverted, what is missing applied.
    ///
    /// # Errors
    ///
    /// Like [`down`](Migrator::down) and [`up_to`](Migrator::up_to).
    pub async fn to(
        &self,
        client: &mut Client,
        rollback: &Rollback,
    ) -> Result<(DownReport, UpReport), Error> {
        let wanted: Vec<Target> =
            rollback.targets().iter().filter(|target| target.version != Some(0)).cloned().collect();
        self.check(&wanted)?;
        let down = self.down(client, rollback).await?;
        let up = match wanted.as_slice() {
            [] => UpReport::default(),
            wanted => self.up_to(client, wanted).await?,
        };
        Ok((down, up))
    }
}
