//! What a program does about migrations before it serves.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_postgres::Client;

use crate::error::{Error, Kind};
use crate::newer::{LISTED, listed};
use crate::run::up_to_date;
use crate::standing::Standing;
use crate::{Event, Holder, Migration, Migrator, NewerMigration, UpReport, waiting};

/// What [`Migrator::on_start`] does about migrations that are pending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Startup {
    /// Applies them.
    #[default]
    Apply,
    /// Waits until another process has applied them.
    Wait {
        /// For how long. Zero looks once.
        limit: Duration,
    },
    /// Refuses to start.
    Verify,
    /// Asks the database nothing.
    Skip,
}

/// What a start found and did.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct StartReport {
    /// The chains, and what this start applied; empty under [`Startup::Skip`].
    pub up: UpReport,
    /// What the database has and this binary does not contain; all of it is recorded as compatible.
    pub newer: Vec<NewerMigration>,
}

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// How often the histories are read: the state alone proves neither that this role may not read it nor that
/// the database is newer by now.
const BETWEEN_LOOKS: Duration = Duration::from_secs(3);

impl Migrator<'_> {
    /// Makes sure, before a program serves, that the database is one that it can work with.
    ///
    /// If nothing is pending, every [`Startup`] but `Skip` takes one round trip and no lock.
    ///
    /// A binary that is older than the database goes on if every migration that it does not contain is recorded
    /// in the journal as one that breaks no older binary ([`Migration::breaks_older_binaries`]), and if nothing
    /// that it does contain is pending. It is refused if one is recorded as breaking, or not recorded at all.
    /// What plugins that are not compiled in have applied is left out of account.
    ///
    /// `Wait`, `Verify` and `Skip` only read, and need no right but `SELECT` on the tables of the schema
    /// `stairwell`.
    ///
    /// # Errors
    ///
    /// Like [`up`](Migrator::up); if something is pending that this start must not apply, or that nobody has
    /// applied in time ([`Error::is_pending`]); if the database is newer, and breaks this binary or might
    /// ([`Error::is_history`], with each such migration and its reason).
    pub async fn on_start(&self, client: &mut Client, startup: Startup) -> Result<StartReport, Error> {
        match startup {
            Startup::Apply => self.start_by_applying(client).await,
            Startup::Wait { limit } => self.start_by_waiting(client, limit).await,
            Startup::Verify => {
                let standing = self.standing(client).await?;
                if standing.pending.is_empty() {
                    return Ok(self.go_on(standing));
                }
                let what = format!("{}, which this start must not apply", are_pending(&standing.pending));
                Err(refused(what, &standing.pending))
            }
            Startup::Skip => Ok(StartReport::default()),
        }
    }

    async fn start_by_applying(&self, client: &mut Client) -> Result<StartReport, Error> {
        let standing = self.standing(client).await?;
        if standing.pending.is_empty() {
            return Ok(self.go_on(standing));
        }
        if let Some(newer) = standing.newer.first() {
            let count = are_pending(&standing.pending);
            let message = format!(
                "the database is newer than this binary: it has `{newer}`; {count}, which only the newer version of the \
                 application may apply; nothing was run"
            );
            let error = Error::new(Kind::History, message);
            return Err(listed(error, &standing.pending).with_help("run that version first"));
        }
        match self.up(client).await {
            Ok(up) => Ok(StartReport { up, newer: Vec::new() }),
            // While this one waited for the lock, a newer release may have done everything, and more.
            Err(error) if error.is_history() => match self.standing(client).await {
                Ok(standing) if standing.pending.is_empty() => Ok(self.go_on(standing)),
                Err(reason) if reason.is_history() => Err(reason),
                _ => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    async fn start_by_waiting(&self, client: &Client, limit: Duration) -> Result<StartReport, Error> {
        let begun = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            let standing = self.standing(client).await?;
            if standing.pending.is_empty() {
                return Ok(self.go_on(standing));
            }
            let looked = Instant::now();
            let holder = waiting::holder(client, self.books()).await;
            let since = begun.elapsed();
            if since >= limit {
                return Err(timed_out(limit, holder.as_ref(), &standing.pending));
            }
            log::info!("waiting until another process has applied {} migrations", standing.pending.len());
            (self.on_event)(&Event::Awaiting { pending: &standing.pending, holder, since });
            // In between, one round trip each time.
            while looked.elapsed() < BETWEEN_LOOKS && begun.elapsed() < limit {
                sleep(pause.min(limit.saturating_sub(begun.elapsed()))).await;
                pause = (pause * 3 / 2).min(LONGEST_PAUSE);
                if let Some(chains) = up_to_date(client, &self.enabled).await? {
                    let (pending, newer) = (Vec::new(), Vec::new());
                    return Ok(self.go_on(Standing { pending, newer, report: UpReport { chains } }));
                }
            }
        }
    }

    /// Reports a start with nothing to do.
    fn go_on(&self, standing: Standing) -> StartReport {
        let Standing { newer, report, .. } = standing;
        for chain in &report.chains {
            (self.on_event)(&Event::UpToDate { plugin: chain.plugin, already: chain.already });
        }
        if !newer.is_empty() {
            let names: Vec<String> = newer.iter().take(LISTED).map(ToString::to_string).collect();
            let count = newer.len();
            log::warn!(
                "the database is newer than this binary, by {count}, all compatible: {}",
                names.join(", ")
            );
        }
        StartReport { up: report, newer }
    }
}

fn timed_out(limit: Duration, holder: Option<&Holder>, pending: &[&'static Migration]) -> Error {
    let waited = match limit {
        Duration::ZERO => "this start was told not to wait".to_owned(),
        limit => format!("no other process has brought the database up to date within {limit:?}"),
    };
    let error = refused(format!("{}, and {waited}", are_pending(pending)), pending);
    match holder {
        Some(holder) => error.with_note(format!("a run has the lock: {holder}")),
        None => error.with_note("no run has the lock"),
    }
}

fn refused(what: String, pending: &[&'static Migration]) -> Error {
    let error = listed(Error::new(Kind::Pending, format!("{what}; nothing was run")), pending);
    error.with_help("apply them first: `migrate`, or a start that applies, as a role that may")
}

fn are_pending(pending: &[&'static Migration]) -> String {
    match pending.len() {
        1 => "a migration is pending".to_owned(),
        count => format!("{count} migrations are pending"),
    }
}
