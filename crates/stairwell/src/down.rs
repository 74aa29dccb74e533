//! A run down.

use std::time::{Duration, Instant};

use tokio_postgres::Client;

use crate::attempt::Attempts;
use crate::down_plan::{DownPlan, Means};
use crate::error::Error;
use crate::explain::database;
use crate::failure::Source;
use crate::fence::Fence;
use crate::fingerprint::Fingerprint;
use crate::history::Histories;
use crate::journal::{Entry, Kept, Run};
use crate::lock::{Lock, Turn};
use crate::prepare::{self, Prepared};
use crate::prepared::enter;
use crate::record::{Record, proved};
use crate::rollback::What;
use crate::statements::Place;
use crate::step::{Seat, Work};
use crate::{
    AppliedMigration, Chain, DownReport, Event, Forgotten, Migrator, Revert, Reverted, Rollback, Step,
    absent, down_plan, journal, span, state, uninstall,
};

impl Migrator<'_> {
    /// What [`down`](Migrator::down) would revert, in order. Reads only, and takes no lock.
    ///
    /// # Errors
    ///
    /// Like `down`, as far as it can tell without running anything.
    pub async fn plan_down(&self, client: &mut Client, rollback: &Rollback) -> Result<Vec<Revert>, Error> {
        let (_, _, plan) = self.down_plan(client, rollback).await?;
        Ok(plan.reverts.into_iter().map(|(revert, _)| revert).collect())
    }

    /// Whether `rollback` can be meant, as far as that can be told without a database: plugins that are compiled in,
    /// each named once and with a version.
    ///
    /// # Errors
    ///
    /// If it cannot ([`Error::is_usage`]).
    pub fn check_down(&self, rollback: &Rollback) -> Result<(), Error> {
        match &rollback.what {
            What::Targets(targets) => down_plan::named(&self.enabled, targets).map(drop),
            What::Steps(_) | What::Whole(_) => Ok(()),
        }
    }

    /// Reverts migrations across chains, in the reverse of the order in which they apply.
    ///
    /// What this binary does not contain, or contains with another text, is reverted by the text that the
    /// journal has kept; [`Revert::from_journal`] says so. Each step commits together with the removal of its
    /// history row and an entry in the journal. Under the lock, like `up`.
    ///
    /// # Errors
    ///
    /// Like `up`; if something to be reverted is irreversible, or has no down step, or is required by a
    /// migration that stays, one of a plugin that is not compiled in included ([`Error::is_refused`]; nothing was
    /// run then); if the request names what does not exist ([`Error::is_usage`]).
    pub async fn down(&self, client: &mut Client, rollback: &Rollback) -> Result<DownReport, Error> {
        let Turn::Ours(mut lock) = self.take_lock(client, None).await? else {
            return Ok(DownReport::default());
        };
        let outcome = self.down_under_lock(&mut lock, rollback).await;
        let outcome = outcome.map(|(reverted, _)| DownReport { reverted });
        lock.release_after(outcome).await
    }

    pub(crate) async fn down_plan(
        &self,
        client: &Client,
        rollback: &Rollback,
    ) -> Result<(Vec<&'static Chain>, Histories, DownPlan), Error> {
        // All chains, enabled or not, compiled in or not: what another one requires stays required.
        let (chains, histories) = absent::read(client, self.chains).await?;
        if let What::Whole(plugin) = &rollback.what {
            let known = chains.split_at(self.chains.chains().len());
            uninstall::require_known(client, &histories, known, plugin).await?;
        }
        let kept = kept(client, &chains, &histories).await?;
        let plan = DownPlan::new(self.chains, &chains, &self.enabled, &histories, &kept, rollback)?;
        uninstall::require_forgettable(client, &histories, &plan.forgets).await?;
        for chain in &chains {
            let reverts = plan.reverts.iter().filter(|(revert, _)| revert.plugin == chain.plugin());
            let reverts = reverts.map(|(revert, means)| (revert.version, means.is_one_by_one()));
            histories.require_revertible(chain, &reverts.collect::<Vec<_>>())?;
        }
        Ok((chains, histories, plan))
    }

    /// What it reverted, in order, and what it then forgot.
    pub(crate) async fn down_under_lock(
        &self,
        lock: &mut Lock<'_>,
        rollback: &Rollback,
    ) -> Result<(Vec<Reverted>, Vec<Forgotten>), Error> {
        let (all, mut histories, mut plan) = self.down_plan(lock.client(), rollback).await?;
        if plan.reverts.is_empty() && plan.forgets.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        let touches = |chain: &&'static Chain| {
            let is_it = |other: &str| other == chain.plugin();
            plan.reverts.iter().any(|(revert, _)| is_it(revert.plugin))
                || plan.forgets.iter().any(|forgotten| is_it(forgotten.plugin()))
        };
        let chains: Vec<&'static Chain> = all.iter().copied().filter(touches).collect();
        histories.require_writable(&chains)?;
        histories.require_removable(&chains)?;
        let outside = plan.reverts.iter().find(|(_, means)| means.is_one_by_one());
        self.require_search_path(outside.map(|(revert, _)| revert))?;
        let fence = lock.fence();
        histories.forget_stale(lock.client(), &fence, &chains).await?;
        let created = prepare::create(lock.client(), &fence, &[], chains.iter().copied(), &histories).await?;
        if created == Prepared::ReadAgain {
            (_, histories, plan) = self.down_plan(lock.client(), rollback).await?;
        }
        // What is half reverted stays without a seal until it is whole.
        let whole = chains.iter().copied().filter(|chain| histories.halves_of(chain).is_empty());
        prepare::seal(lock.client(), &fence, whole, &histories).await?;
        let (client, restore) = lock.session()?;
        let mut seat = Seat::begin(client, self.options.single_transaction).await?;
        let run = Run::new(self.options.application.clone());
        let mut reverted = Vec::new();
        let mut outcome = Ok(());
        let of = plan.reverts.len();
        for (revert, means) in &plan.reverts {
            let name = revert.to_string();
            let (number, from_journal) = (reverted.len() + 1, revert.from_journal);
            log::info!("reverting `{name}`");
            (self.on_event)(&Event::Reverting { name: &name, from_journal, number, of });
            let begun = Instant::now();
            let rows = histories.rows.get_mut(revert.plugin);
            let chain = chains.iter().find(|chain| chain.plugin() == revert.plugin);
            let (Some(chain), Some(rows)) = (chain, rows) else { continue };
            outcome = self.revert(&mut seat, chain, rows, &run, (&fence, &restore), (revert, means)).await;
            if outcome.is_err() {
                break;
            }
            let duration = begun.elapsed();
            (self.on_event)(&Event::Reverted { name: &name, duration });
            reverted.push(Reverted { revert: revert.clone(), duration });
        }
        if outcome.is_ok() {
            outcome = self.forget(seat.client(), &fence, &run, &histories, &plan.forgets).await;
        }
        let (reverted, outcome) = seat.end(reverted, outcome).await;
        let count = reverted.len();
        let before = || format!("reverted before it, and stays so: {count} of {of}");
        outcome.map_err(|failed| if count == 0 { failed } else { failed.with_note(before()) })?;
        Ok((reverted, self.forgotten(&plan.forgets)))
    }

    /// Reverts the last of `rows`, and takes it from them.
    async fn revert(
        &self,
        seat: &mut Seat<'_>,
        chain: &'static Chain,
        rows: &mut Vec<AppliedMigration>,
        run: &Run,
        (fence, restore): (&Fence, &[String]),
        (revert, means): (&Revert, &Means),
    ) -> Result<(), Error> {
        let Some(row) = rows.pop() else { return Ok(()) };
        let history = chain.history();
        let empty = Fingerprint::empty(history);
        let after = rows.iter().fold(empty, |hash, row| hash.with(row.version, row.checksum));
        let stamp = state::stamp_row(history, after.with(row.version, row.checksum), after);
        let entry = Entry::down(chain, &row);
        let write = |duration: Option<Duration>| {
            let journal = run.insert(&entry, duration);
            let delete = proved(&format!("DELETE FROM {history} WHERE version = {}", row.version));
            vec![fence.leave(), stamp.clone(), journal, delete]
        };
        let (work, timeouts) = match means {
            Means::Compiled(migration, step) => (Work::of(step), self.options.limits.of(migration)),
            Means::Kept(sql, None) => (Work::Sql(sql), self.options.limits.general),
            Means::Kept(sql, Some(bounds)) => (Work::Statements { sql, bounds }, self.options.limits.general),
        };
        let name = revert.to_string();
        let record = Record {
            name: &name,
            fence,
            enter: &enter(fence, timeouts),
            restore,
            write: &write,
            place: Place::new(chain, row.version, &row.name, true),
            on_event: &*self.on_event,
        };
        let mut attempts = self.attempts();
        let span =
            span::Migration { plugin: chain.plugin(), version: row.version, name: &row.name, up: false };
        let Err(failure) = span.around(attempts.run(seat, work, timeouts, &record)).await else {
            return Ok(());
        };
        let (migration, source) = match means {
            Means::Compiled(migration, step) => (Some(*migration), Source::down(migration, step)),
            Means::Kept(sql, bounds) => (None, Source::kept(sql, bounds.is_some())),
        };
        Err(failure.explain(&format!("reverting `{revert}`"), migration, &source))
    }

    fn attempts(&self) -> Attempts<'_> {
        Attempts { retries: self.options.retries, on_event: &*self.on_event, failures: 0 }
    }
}

/// What the journal knows of those rows that are not compiled in as they were applied.
async fn kept(client: &Client, chains: &[&'static Chain], histories: &Histories) -> Result<Vec<Kept>, Error> {
    let foreign = |chain: &&'static Chain| {
        let rows = histories.rows.get(chain.plugin()).into_iter().flatten();
        let unknown = rows.filter(|row| {
            chain.migration(row.version).is_none_or(|m| m.name() != row.name || m.checksum() != row.checksum)
        });
        unknown.map(|row| (chain.plugin(), row.version)).collect::<Vec<_>>()
    };
    let foreign: Vec<_> = chains.iter().flat_map(foreign).collect();
    if foreign.is_empty() || !histories.bookkeeping.may_read_journal() {
        return Ok(Vec::new());
    }
    journal::kept(client, histories.books, &foreign)
        .await
        .map_err(|cause| database("read the journal", cause))
}

impl Means {
    /// Whether its statements run one by one.
    fn is_one_by_one(&self) -> bool {
        matches!(self, Means::Compiled(_, Step::Statements { .. }) | Means::Kept(_, Some(_)))
    }
}
