//! What refinery's `Runner` drives: a connection that runs steps as Stairwell understands them.

use std::collections::HashMap;

use refinery::{Migration as Unit, Runner, Target};
use refinery_core::traits::r#async::{AsyncMigrate, AsyncQuery, AsyncTransaction};

use crate::applying::{Recorder, Unsettled};
use crate::error::{Error, Kind};
use crate::fingerprint::Fingerprint;
use crate::history::Histories;
use crate::journal::Run;
use crate::keep_going::Blocked;
use crate::lock::Lock;
use crate::options::Options;
use crate::plan::Plan;
use crate::prepared::Prepared;
use crate::step::Seat;
use crate::whole::Ran;
use crate::{Applied, Chain, Event, Migration, explain, history};

/// How many migrations refinery gets at a time. It keeps three copies of their texts, and its search for
/// repeated versions compares each with every other.
const BATCH: usize = 100;

/// A run over one connection, which has the lock.
pub(crate) struct Session<'r> {
    pub(crate) seat: Seat<'r>,
    pub(crate) options: &'r Options,
    pub(crate) recorder: Recorder,
    pub(crate) on_event: &'r (dyn Fn(&Event<'_>) + Send + Sync),
    /// How many migrations the whole run applies.
    pub(crate) of: usize,
    /// How many of them were skipped or have failed.
    pub(crate) passed_over: usize,
    pub(crate) applied: Vec<Applied>,
    /// The one whose record goes out with the next one.
    pub(crate) unsettled: Option<Unsettled>,
    /// What ran, if the run is one transaction.
    pub(crate) ran: Vec<Ran>,
    /// The newest row of each history, by plugin.
    newest: HashMap<&'static str, Unit>,
    /// What the history of each chain holds.
    pub(crate) fingerprints: HashMap<&'static str, Fingerprint>,
    /// The chain that refinery is at.
    pub(crate) chain: Option<&'static Chain>,
    /// What refinery is applying, in order; the first one is next.
    pub(crate) queue: &'r [&'static Migration],
    /// Why refinery stopped. It wraps errors in its own, so the real one waits here.
    failure: Option<Error>,
    /// The migration that has failed last.
    pub(crate) failed: Option<&'static Migration>,
    /// Whether the run may go on after that.
    pub(crate) confined: bool,
    /// Whether that may go away by itself.
    pub(crate) transient: bool,
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
        let run = Run::new(options.application.clone());
        let of = plan.pending.len();
        // In a larger transaction, a step that takes them away could not be tried again without.
        let steps = if options.single_transaction { 0 } else { of };
        let prepared =
            Prepared::prepare(client, histories.books, &fence, &run, options.limits.general, steps).await;
        let seat = Seat::begin(client, options.single_transaction).await?;
        Ok(Session {
            seat,
            options,
            recorder: Recorder {
                run,
                fence,
                restore,
                prepared,
                whole: options.single_transaction,
                without_trigger: histories.not_owned.clone(),
            },
            on_event,
            of,
            passed_over: 0,
            applied: Vec::new(),
            unsettled: None,
            ran: Vec::new(),
            newest,
            fingerprints,
            chain: None,
            queue: &[],
            failure: None,
            failed: None,
            confined: false,
            transient: false,
        })
    }

    /// Applies what is pending, in plan order.
    pub(crate) async fn apply(&mut self, plan: &'r Plan) -> Result<(), Error> {
        let outcome = self.apply_all(plan).await;
        // After a failure of something else, too: what has run is applied.
        let settled = self.settle().await;
        outcome.and(settled)?;
        self.record_whole().await
    }

    async fn apply_all(&mut self, plan: &'r Plan) -> Result<(), Error> {
        let mut blocked = Blocked::default();
        let mut failures = Vec::new();
        let mut rest = plan.pending.as_slice();
        while let Some((first, others)) = rest.split_first() {
            let Some(chain) = plan.chain(first.plugin()) else { break };
            if let Some(because_of) = blocked.by(chain, first) {
                (self.on_event)(&Event::Skipped { migration: first, because_of });
                blocked.skip(first, because_of);
                self.passed_over += 1;
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
                Err(failure) => {
                    let come_to = count - self.queue.len();
                    rest = rest.get(come_to..).unwrap_or_default();
                    self.pass_over(failure, &mut blocked, &mut failures)?;
                }
            }
            // What has run must be applied before something that needs it is skipped, or not.
            if rest.is_empty()
                && let Err(failure) = self.settle().await
            {
                self.pass_over(failure, &mut blocked, &mut failures)?;
            }
        }
        blocked.into_result(failures)
    }

    /// Goes on after a failure, if it may.
    fn pass_over(
        &mut self,
        failure: Error,
        blocked: &mut Blocked,
        failures: &mut Vec<Error>,
    ) -> Result<(), Error> {
        let Some(failed) = self.failed.take().filter(|_| self.options.keep_going && self.confined) else {
            return Err(failure);
        };
        blocked.fail(failed);
        self.passed_over += 1;
        failures.push(failure);
        Ok(())
    }

    /// Whether what stopped the run may go away by itself.
    pub(crate) fn was_transient(&self) -> bool {
        self.transient
    }

    /// Commits what is one transaction, or rolls it back; what has been applied and committed, or is left of it.
    pub(crate) async fn end(self, outcome: Result<(), Error>) -> (Vec<Applied>, Result<(), Error>) {
        if let Some(prepared) = &self.recorder.prepared {
            // A step may have forgotten them before.
            let _ = self.seat.client().batch_execute(&prepared.farewell()).await;
        }
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
        self.failed = None;
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
        let (Some(_), Some(insert)) = (queries.next(), queries.next()) else {
            // The tables of all chains were created in one request, under the lock.
            return Ok(0);
        };
        match self.apply_next(insert).await {
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
