//! How a run up applies one migration after the other.
//!
//! The record and the COMMIT of a migration go out together with the step of the next one, so that each costs one
//! round trip. What the server refuses then may be the one or the other; whichever it is, nothing of both remains.

use std::time::{Duration, Instant};

use crate::attempt::Attempts;
use crate::error::{Error, Kind};
use crate::failure::{After, Failure, Source};
use crate::fence::Fence;
use crate::fingerprint::Fingerprint;
use crate::journal::{Entry, Run};
use crate::prepared::{Prepared, enter};
use crate::record::{Record, proved};
use crate::session::Session;
use crate::statements::Place;
use crate::step::{self, Ending, Halt, Work};
use crate::timeouts::Timeouts;
use crate::whole::{self, Ran};
use crate::{Applied, Chain, Event, Migration, Step, span, state};

/// What a run needs to record what it does.
pub(crate) struct Recorder {
    pub(crate) run: Run,
    /// Proves that the run still may write.
    pub(crate) fence: Fence,
    /// Undoes what a step changed about the session; see [`Record`].
    pub(crate) restore: Vec<String>,
    pub(crate) prepared: Option<Prepared>,
    /// Whether the run is one transaction, and records everything at its end.
    pub(crate) whole: bool,
    /// The plugins whose history has no trigger of ours that would prove that a row arrived.
    pub(crate) without_trigger: Vec<&'static str>,
}

/// A migration, and what goes out with it.
#[derive(Clone)]
pub(crate) struct Sent {
    pub(crate) chain: &'static Chain,
    pub(crate) migration: &'static Migration,
    name: String,
    /// refinery's statement that writes the history row.
    pub(crate) insert: String,
    pub(crate) before: Fingerprint,
    pub(crate) after: Fingerprint,
    timeouts: Timeouts,
    pub(crate) begun: Instant,
}

/// Why an attempt came to nothing.
enum Stop {
    /// This migration, which had run before, could not be recorded and committed.
    Before(Box<Sent>, Failure),
    /// The step failed.
    Here(Failure),
}

/// A migration whose step has run, and which is applied when its ending has gone through.
pub(crate) struct Unsettled {
    sent: Sent,
    ending: Ending,
}

impl Recorder {
    /// What begins a step with these limits.
    fn enter(&self, timeouts: Timeouts) -> String {
        let prepared = self.prepared.as_ref().and_then(|prepared| prepared.enter(timeouts));
        prepared.unwrap_or_else(|| enter(&self.fence, timeouts))
    }

    /// What follows the step of `sent`; `enter` and `write` are those of this recorder.
    fn record<'a>(
        &'a self,
        sent: &'a Sent,
        enter: &'a str,
        write: &'a (dyn Fn(Option<Duration>) -> Vec<String> + Sync),
        on_event: &'a (dyn Fn(&Event<'_>) + Send + Sync),
    ) -> Record<'a> {
        Record {
            name: &sent.name,
            fence: &self.fence,
            enter,
            restore: &self.restore,
            write,
            place: Place::new(sent.chain, sent.migration.version(), sent.migration.name(), false),
            on_event,
        }
    }

    fn write(&self, sent: &Sent, duration: Option<Duration>) -> Vec<String> {
        if self.whole {
            return Vec::new();
        }
        let Sent { chain, migration, before, after, .. } = sent;
        let entry = Entry::up(chain, migration);
        // The state before the row, by which its trigger learns that it is stamped.
        let mut statements = match (&self.prepared, duration) {
            (Some(prepared), None) => vec![prepared.record(&entry, chain.history(), *before, *after)],
            _ => vec![
                self.fence.leave(),
                state::stamp_row(chain.history(), *before, *after),
                self.run.insert(&entry, duration),
            ],
        };
        if self.without_trigger.contains(&chain.plugin()) {
            statements.push(proved(&sent.insert));
        } else {
            statements.push(sent.insert.clone());
            statements.push(self.prepared.as_ref().map_or_else(state::require_row, Prepared::require_row));
        }
        statements
    }
}

impl Sent {
    /// That it is applied.
    fn tell(&self, on_event: &(dyn Fn(&Event<'_>) + Send + Sync)) -> Applied {
        let Sent { migration, .. } = *self;
        let duration = self.begun.elapsed();
        log::debug!("applied `{migration}` in {duration:?}");
        on_event(&Event::Applied { migration, duration });
        Applied { migration, duration }
    }

    fn span(&self) -> span::Migration<'static> {
        let Sent { chain, migration, .. } = self;
        span::Migration {
            plugin: chain.plugin(),
            version: migration.version(),
            name: migration.name(),
            up: true,
        }
    }
}

impl<'r> Session<'r> {
    /// Runs the next migration; `insert` is refinery's statement that writes its history row.
    pub(crate) async fn apply_next(&mut self, insert: &str) -> Result<(), Error> {
        let (Some(chain), Some((migration, rest))) = (self.chain, self.queue.split_first()) else {
            return Err(Error::new(Kind::Engine, "refinery asked for more migrations than there are"));
        };
        let migration: &'static Migration = migration;
        if !matches!(migration.up(), Step::Sql(_)) {
            self.settle().await?;
        }
        let mut sent = self.sent(chain, migration, insert);
        let mut announced = false;
        let mut attempts = self.attempts();
        loop {
            let failure = match self.attempt(&sent, &mut announced).await {
                Ok(()) => break,
                Err(Stop::Here(failure)) => failure,
                Err(Stop::Before(refused, failure)) => {
                    self.redo(*refused, failure).await?;
                    sent.begun = Instant::now();
                    continue;
                }
            };
            if self.forget_prepared(&failure) {
                continue;
            }
            if let Err(failure) = attempts.pause(&self.seat, &sent.name, failure).await {
                self.queue = rest;
                return Err(self.give_up(migration, failure));
            }
        }
        self.queue = rest;
        if !self.recorder.fence.keeps_session() {
            // Who holds the run up holds its lease up as well, and the transaction would keep that from being taken over.
            self.settle().await?;
        }
        Ok(())
    }

    /// One attempt. A step in a transaction is not applied yet when this succeeds.
    async fn attempt(&mut self, sent: &Sent, announced: &mut bool) -> Result<(), Stop> {
        let on_event = self.on_event;
        let number = self.applied.len() + self.passed_over + 1 + usize::from(self.unsettled.is_some());
        let of = self.of;
        let announce = |announced: &mut bool| {
            if !std::mem::replace(announced, true) {
                log::info!("applying `{}`", sent.migration);
                on_event(&Event::Applying { migration: sent.migration, number, of });
            }
        };
        let Step::Sql(text) = *sent.migration.up() else {
            announce(announced);
            return self.run_now(sent).await.map_err(Stop::Here);
        };
        let (previous, ending) = match self.unsettled.take() {
            Some(Unsettled { sent, ending }) => (Some(sent), Some(ending)),
            None => (None, None),
        };
        if previous.is_none() {
            announce(announced);
        }
        let mut settled = None;
        let on_ended = || {
            settled = previous.as_ref().map(|previous| previous.tell(on_event));
            announce(announced);
        };
        let write = |duration| self.recorder.write(sent, duration);
        let enter = self.recorder.enter(sent.timeouts);
        let record = self.recorder.record(sent, &enter, &write, on_event);
        let ran = step::run_after(&self.seat, ending, text, &record, on_ended);
        let ran = sent.span().around(ran).await;
        match (ran, previous) {
            (Err(Halt::Before(failure)), Some(previous)) => {
                return Err(Stop::Before(Box::new(previous), failure));
            }
            (Err(Halt::Before(failure) | Halt::Here(failure)), previous) => {
                // It is applied also if what came between it and this step was refused.
                let settled = settled.or_else(|| previous.map(|previous| previous.tell(on_event)));
                self.applied.extend(settled);
                return Err(Stop::Here(failure));
            }
            (Ok(ending), _) => {
                self.applied.extend(settled);
                self.has_run(sent);
                self.unsettled = Some(Unsettled { sent: sent.clone(), ending });
            }
        }
        Ok(())
    }

    /// Runs, records and commits a migration.
    async fn run_now(&mut self, sent: &Sent) -> Result<(), Failure> {
        let write = |duration| self.recorder.write(sent, duration);
        let enter = self.recorder.enter(sent.timeouts);
        let record = self.recorder.record(sent, &enter, &write, self.on_event);
        let ran = step::run(&mut self.seat, Work::of(sent.migration.up()), sent.timeouts, &record);
        sent.span().around(ran).await?;
        self.has_run(sent);
        self.applied.push(sent.tell(self.on_event));
        Ok(())
    }

    fn has_run(&mut self, sent: &Sent) {
        self.fingerprints.insert(sent.chain.plugin(), sent.after);
        if self.recorder.whole {
            self.ran.push(Ran { sent: sent.clone(), took: sent.begun.elapsed() });
        }
    }

    /// Records what ran, if the run is one transaction.
    pub(crate) async fn record_whole(&mut self) -> Result<(), Error> {
        let Some(last) = self.ran.last() else { return Ok(()) };
        let migration = last.sent.migration;
        let record = whole::record(&self.recorder, &self.ran);
        match self.seat.client().batch_execute(&record).await {
            Ok(()) => Ok(()),
            Err(cause) => Err(self.give_up(migration, Failure::record(cause, After::RolledBack))),
        }
    }

    /// Records and commits the migration that has run, if there is one.
    pub(crate) async fn settle(&mut self) -> Result<(), Error> {
        let Some(Unsettled { sent, ending }) = self.unsettled.take() else { return Ok(()) };
        match step::end(&self.seat, ending).await {
            Ok(()) => {
                self.applied.push(sent.tell(self.on_event));
                Ok(())
            }
            Err(failure) => self.redo(sent, failure).await,
        }
    }

    /// Runs the migration again whose ending was refused with this failure, if that may help.
    async fn redo(&mut self, mut sent: Sent, mut failure: Failure) -> Result<(), Error> {
        self.fingerprints.insert(sent.chain.plugin(), sent.before);
        let mut attempts = self.attempts();
        loop {
            if !self.forget_prepared(&failure)
                && let Err(failure) = attempts.pause(&self.seat, &sent.name, failure).await
            {
                return Err(self.give_up(sent.migration, failure));
            }
            sent.begun = Instant::now();
            match self.run_now(&sent).await {
                Ok(()) => return Ok(()),
                Err(again) => failure = again,
            }
        }
    }

    fn sent(&self, chain: &'static Chain, migration: &'static Migration, insert: &str) -> Sent {
        let empty = Fingerprint::empty(chain.history());
        let before = self.fingerprints.get(chain.plugin()).copied().unwrap_or(empty);
        Sent {
            chain,
            migration,
            name: migration.to_string(),
            insert: insert.to_owned(),
            before,
            after: before.with(migration.version(), migration.checksum()),
            timeouts: self.options.limits.of(migration),
            begun: Instant::now(),
        }
    }

    fn attempts(&self) -> Attempts<'r> {
        Attempts { retries: self.options.retries, on_event: self.on_event, failures: 0 }
    }

    /// Whether a step took the prepared statements away; then the next attempt does without.
    fn forget_prepared(&mut self, failure: &Failure) -> bool {
        failure.is_for_want_of_a_prepared_statement() && self.recorder.prepared.take().is_some()
    }

    fn give_up(&mut self, migration: &'static Migration, failure: Failure) -> Error {
        self.failed = Some(migration);
        self.confined = failure.is_confined();
        self.transient = failure.is_transient();
        failure.explain(&format!("`{migration}`"), Some(migration), &Source::up(migration))
    }
}
