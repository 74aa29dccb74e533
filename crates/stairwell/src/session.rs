//! What refinery's `Runner` drives: a connection that runs steps as Stairwell understands them.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use refinery::{Migration as Unit, Runner, Target};
use refinery_core::traits::r#async::{AsyncMigrate, AsyncQuery, AsyncTransaction};

use crate::attempt::Attempts;
use crate::error::{Error, Kind};
use crate::failure::Source;
use crate::fence::Fence;
use crate::fingerprint::Fingerprint;
use crate::history::{Histories, has_row};
use crate::journal::Entry;
use crate::keep_going::Blocked;
use crate::lock::Lock;
use crate::options::Options;
use crate::plan::Plan;
use crate::statements::Place;
use crate::step::{Record, Seat, Work};
use crate::{Applied, Chain, Event, Migration, Step, explain, history, journal, span, state};

/// How many migrations refinery gets at a time. It keeps three copies of their texts, and its search for
/// repeated versions compares each with every other.
const BATCH: usize = 100;

/// A run over one connection, which has the lock.
pub(crate) struct Session<'r> {
    seat: Seat<'r>,
    options: &'r Options,
    run: journal::Run,
    /// Proves that the run still may write.
    fence: Fence,
    /// Undoes what a step changed about the session; see [`Record`].
    restore: String,
    on_event: &'r (dyn Fn(&Event<'_>) + Send + Sync),
    /// How many migrations the whole run applies.
    of: usize,
    /// How many of them it has come to.
    number: usize,
    applied: Vec<Applied>,
    /// The newest row of each history, by plugin.
    newest: HashMap<&'static str, Unit>,
    /// What the history of each chain holds.
    fingerprints: HashMap<&'static str, Fingerprint>,
    /// The chain that refinery is at.
    chain: Option<&'static Chain>,
    /// What refinery is applying, in order; the first one is next.
    queue: &'r [&'static Migration],
    /// Why refinery stopped. It wraps errors in its own, so the real one waits here.
    failure: Option<Error>,
    /// Whether the run may go on after that.
    confined: bool,
    /// Whether that may go away by itself.
    transient: bool,
}

impl<'r> Session<'r> {
    pub(crate) async fn begin(
        lock: &'r mut Lock<'_>,
        plan: &Plan,
        histories: &Histories,
        options: &'r Options,
        on_event: &'r (dyn Fn(&Event<'_>) + Send + Sync),
    ) -> Result<Self, Error> {
        let newest = plan.newest().filter_map(|(chain, row)| {
            let applied_on = history::timestamp(&row.applied_on)?;
            Some((chain.plugin(), Unit::applied(row.version, row.name.clone(), applied_on, row.checksum)))
        });
        let newest = newest.collect();
        let fingerprints =
            plan.recorded().map(|chain| (chain.plugin(), histories.fingerprint(chain))).collect();
        let fence = lock.fence();
        let (client, restore) = lock.session()?;
        let seat = Seat::begin(client, options.single_transaction).await?;
        Ok(Session {
            seat,
            options,
            run: journal::Run::new(options.application.clone()),
            fence,
            restore,
            on_event,
            of: plan.pending.len(),
            number: 0,
            applied: Vec::new(),
            newest,
            fingerprints,
            chain: None,
            queue: &[],
            failure: None,
            confined: false,
            transient: false,
        })
    }

    /// Applies what is pending, in plan order.
    pub(crate) async fn apply(&mut self, plan: &'r Plan) -> Result<(), Error> {
        let mut blocked = Blocked::default();
        let mut failures = Vec::new();
        let mut rest = plan.pending.as_slice();
        while let Some((first, others)) = rest.split_first() {
            let Some(chain) = plan.chain(first.plugin()) else { break };
            if let Some(because_of) = blocked.by(chain, first) {
                (self.on_event)(&Event::Skipped { migration: first, because_of });
                blocked.skip(first, because_of);
                self.number += 1;
                rest = others;
                continue;
            }
            // refinery knows one chain, so it gets what stands together of one.
            let together = |migration: &&&'static Migration| {
                migration.plugin() == first.plugin() && blocked.by(chain, migration).is_none()
            };
            let count = rest.iter().take(BATCH).take_while(together).count();
            let Some((batch, after)) = rest.split_at_checked(count) else { break };
            match self.run_batch(chain, batch).await {
                Ok(()) => rest = after,
                Err(failure) if self.options.keep_going && self.confined => {
                    let failed = count - self.queue.len();
                    if let Some(failed) = batch.get(failed.saturating_sub(1)) {
                        blocked.fail(failed);
                    }
                    failures.push(failure);
                    rest = rest.get(failed..).unwrap_or_default();
                }
                Err(failure) => return Err(failure),
            }
        }
        blocked.into_result(failures)
    }

    /// Whether what stopped the run may go away by itself.
    pub(crate) fn was_transient(&self) -> bool {
        self.transient
    }

    /// Commits what is one transaction, or rolls it back; what has been applied and committed, or is left of it.
    pub(crate) async fn end(self, outcome: Result<(), Error>) -> (Vec<Applied>, Result<(), Error>) {
        self.seat.end(self.applied, outcome).await
    }

    async fn run_batch(
        &mut self,
        chain: &'static Chain,
        batch: &'r [&'static Migration],
    ) -> Result<(), Error> {
        let mut units = Vec::with_capacity(batch.len() + 1);
        // refinery wants to find what was applied among what is compiled in. Every row was compared before
        // with the constants, so the newest suffices; all of them would make its search quadratic.
        if let Some(newest) = self.newest.get(chain.plugin()) {
            units.extend(chain.migration(newest.version()).map(unit).transpose()?);
        }
        for migration in batch {
            units.push(unit(migration)?);
        }
        let mut runner = Runner::new(&units);
        if let Some(last) = batch.last() {
            runner = runner.set_target(Target::Version(last.version()));
        }
        runner.set_migration_table_name(chain.history().to_string());
        self.chain = Some(chain);
        self.queue = batch;
        self.confined = false;
        match runner.run_async(self).await {
            Ok(report) if self.queue.is_empty() => {
                if let Some(newest) = report.applied_migrations().last() {
                    self.newest.insert(chain.plugin(), newest.clone());
                }
                Ok(())
            }
            Ok(_) => {
                Err(Error::new(Kind::Engine, format!("refinery left migrations of {} out", chain.history())))
            }
            Err(cause) => Err(self.failure.take().unwrap_or_else(|| {
                let message = format!("refinery refused to run: {}", explain::with_sources(&cause));
                Error::new(Kind::Engine, message).with_cause(cause)
            })),
        }
    }

    /// Runs the next migration; `text` and `insert` are refinery's: the step, and its history row.
    async fn apply_next(&mut self, text: &str, insert: &str) -> Result<(), Error> {
        let (Some(chain), Some((migration, rest))) = (self.chain, self.queue.split_first()) else {
            return Err(Error::new(Kind::Engine, "refinery asked for more migrations than there are"));
        };
        let migration: &'static Migration = migration;
        self.queue = rest;
        log::info!("applying `{migration}`");
        self.number += 1;
        (self.on_event)(&Event::Applying { migration, number: self.number, of: self.of });
        let begun = Instant::now();
        let history = chain.history();
        let plugin = chain.plugin();
        let before = self.fingerprints.get(plugin).copied().unwrap_or(Fingerprint::empty(history));
        let after = before.with(migration.version(), migration.checksum());
        let stamp = state::stamp(history, before, after);
        let entry = Entry::up(chain, migration);
        let write = |duration: Option<Duration>| {
            let journal = self.run.insert(&entry, duration);
            // The state first: the trigger of the history leaves alone what this transaction has stamped.
            // Not one statement with WITH, which takes the server longer to plan than all three.
            format!("{stamp}; {journal}; {insert}")
        };
        let arrived = has_row(history, migration.version());
        let name = migration.to_string();
        let record = Record {
            name: &name,
            fence: &self.fence,
            restore: &self.restore,
            write: &write,
            arrived: &arrived,
            place: Place::new(chain, migration.version(), migration.name(), false),
            on_event: self.on_event,
        };
        let work = match *migration.up() {
            Step::Sql(_) => Work::Sql(text),
            Step::Statements { bounds, .. } => Work::Statements { sql: text, bounds },
            Step::Rust { run, .. } => Work::Rust(run),
        };
        let attempts = Attempts {
            timeouts: self.options.limits.of(migration),
            retries: self.options.retries,
            on_event: self.on_event,
        };
        let span = span::Migration { plugin, version: migration.version(), name: migration.name(), up: true };
        let ran = span.around(attempts.run(&mut self.seat, work, &record)).await;
        if let Err(failure) = ran {
            self.confined = failure.is_confined();
            self.transient = failure.is_transient();
            return Err(failure.explain(&format!("`{name}`"), Some(migration), &Source::up(migration)));
        }
        self.fingerprints.insert(plugin, after);
        let duration = begun.elapsed();
        log::debug!("applied `{migration}` in {duration:?}");
        self.applied.push(Applied { migration, duration });
        (self.on_event)(&Event::Applied { migration, duration });
        Ok(())
    }
}

/// The constant as refinery has it.
fn unit(migration: &'static Migration) -> Result<Unit, Error> {
    let name = format!("V{}__{}", migration.version(), migration.name());
    let refuse = |why: &str| {
        Error::new(
            Kind::Engine,
            format!("the constant of `{migration}` is not one that refinery can run: {why}"),
        )
        .with_migration(Some(migration))
    };
    let unit = Unit::unapplied(&name, migration.up().text())
        .map_err(|cause| refuse(&cause.to_string()).with_cause(cause))?;
    // Otherwise this run would record what the next one calls changed.
    if unit.name() != migration.name() || unit.checksum() != migration.checksum() {
        return Err(refuse("its name or checksum is not refinery's; generate it with `stairwell_build`"));
    }
    Ok(unit)
}

/// Tells refinery to stop; what happened stands in [`Session::failure`].
#[derive(Debug)]
pub(crate) struct Stopped;

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the step failed")
    }
}

impl std::error::Error for Stopped {}

impl AsyncTransaction for Session<'_> {
    type Error = Stopped;

    async fn execute<'a, T: Iterator<Item = &'a str> + Send + 'a>(
        &'a mut self,
        mut queries: T,
    ) -> Result<usize, Stopped> {
        // One query asserts the history table, two are a step and its row.
        let (Some(step), Some(insert)) = (queries.next(), queries.next()) else {
            // The tables of all chains were created in one request, under the lock.
            return Ok(0);
        };
        match self.apply_next(step, insert).await {
            Ok(()) => Ok(2),
            Err(failure) => {
                self.failure = Some(failure);
                Err(Stopped)
            }
        }
    }
}

impl AsyncQuery<Vec<Unit>> for Session<'_> {
    /// Answers from memory: the history was read under the lock, and only this session writes it.
    async fn query(&mut self, _query: &str) -> Result<Vec<Unit>, Stopped> {
        let newest = self.chain.and_then(|chain| self.newest.get(chain.plugin()));
        Ok(newest.cloned().into_iter().collect())
    }
}

impl AsyncMigrate for Session<'_> {}
