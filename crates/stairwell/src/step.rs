//! Runs one step, up or down, and records it.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use futures_core::Stream;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error as PgError, SimpleQueryMessage, Transaction};

use crate::explain::database;
use crate::failure::{After, Failure};
use crate::fence::Fence;
use crate::pipeline::both;
use crate::statements::Place;
use crate::timeouts::Timeouts;
use crate::{Error, Event, RustStep, StepError, resume};

/// Where steps run.
pub(crate) enum Seat<'r> {
    /// Each in a transaction of its own.
    Each(&'r mut Client),
    /// All in this one.
    Whole(Transaction<'r>),
}

impl<'r> Seat<'r> {
    /// One for a run that is a single transaction, or is not.
    pub(crate) async fn begin(client: &'r mut Client, single: bool) -> Result<Self, Error> {
        if !single {
            return Ok(Seat::Each(client));
        }
        let begun = client.transaction().await;
        Ok(Seat::Whole(begun.map_err(|cause| database("begin the transaction", cause))?))
    }

    /// Commits what is one transaction, or rolls it back; what then is left of what has been done.
    pub(crate) async fn end<T>(
        self,
        done: Vec<T>,
        outcome: Result<(), Error>,
    ) -> (Vec<T>, Result<(), Error>) {
        let Seat::Whole(transaction) = self else { return (done, outcome) };
        if let Err(failure) = outcome {
            let _ = transaction.rollback().await;
            const ALL: &str = "all migrations of the run are one transaction: nothing of it remains";
            return (Vec::new(), Err(failure.with_note(ALL)));
        }
        match transaction.commit().await {
            Ok(()) => (done, Ok(())),
            Err(cause) => (Vec::new(), Err(database("commit the run, which was rolled back", cause))),
        }
    }

    pub(crate) fn client(&self) -> &Client {
        match self {
            Seat::Each(client) => client,
            Seat::Whole(transaction) => transaction.client(),
        }
    }

    /// What goes around a step in its transaction.
    fn frame(&self) -> (&'static str, &'static str) {
        match self {
            Seat::Each(_) => ("BEGIN; ", "; COMMIT"),
            Seat::Whole(_) => ("", ""),
        }
    }

    /// Ends what a failed step began; the transaction of a whole run is rolled back by whoever has begun it.
    async fn rollback(&self) -> Result<(), PgError> {
        match self {
            Seat::Each(client) => client.batch_execute(ROLLBACK).await,
            Seat::Whole(_) => Ok(()),
        }
    }
}

/// What a step does.
#[derive(Clone, Copy)]
pub(crate) enum Work<'w> {
    Sql(&'w str),
    Statements { sql: &'w str, bounds: &'w [(usize, usize)] },
    Rust(RustStep),
}

/// What follows a step in its transaction.
pub(crate) struct Record<'r> {
    /// The migration, for those who wait: `printers/V0002__add_toner_level`.
    pub(crate) name: &'r str,
    /// Proves that the run still may write.
    pub(crate) fence: &'r Fence,
    /// Gives the session its user, role and settings back and drops temporary tables: what a step does to its
    /// session outlives its transaction, and must change neither who records it nor what the next step does.
    pub(crate) restore: &'r str,
    /// Writes the history row, the journal and the state; of a step outside a transaction, with its duration.
    pub(crate) write: &'r (dyn Fn(Option<Duration>) -> String + Sync),
    /// True if the history row is what it should be.
    pub(crate) arrived: &'r str,
    /// Where a step that runs statement by statement notes how far it has come.
    pub(crate) place: Place<'r>,
    pub(crate) on_event: &'r (dyn Fn(&Event<'_>) + Send + Sync),
}

impl Record<'_> {
    /// A comment before what is sent, by which [`Holder`](crate::Holder) knows the migration that runs.
    pub(crate) fn mark(&self) -> String {
        // Only a name that somebody made up could end the comment.
        if self.name.contains(['*', '\0']) {
            return String::new();
        }
        format!("/* stairwell: {} */ ", self.name)
    }

    pub(crate) fn statements(&self, duration: Option<Duration>) -> String {
        let Record { restore, write, arrived, fence, .. } = self;
        format!("{restore}; {}; {}", write(duration), fence.leave(arrived))
    }
}

/// Stands between BEGIN and the step. It is there afterwards exactly if the transaction still is the one that
/// was begun: a COMMIT or ROLLBACK in the step ends it, even if a BEGIN follows.
const SAVEPOINT: &str = "SAVEPOINT stairwell_step";
const ROLLBACK_TO: &str = "ROLLBACK TO SAVEPOINT stairwell_step";
pub(crate) const ROLLBACK: &str = "ROLLBACK";
const RELEASE: &str = "RELEASE SAVEPOINT stairwell_step";

/// Runs a step and its record. On failure the session is left idle, or in the transaction of the whole run.
pub(crate) async fn run(
    seat: &mut Seat<'_>,
    work: Work<'_>,
    timeouts: Timeouts,
    record: &Record<'_>,
) -> Result<(), Failure> {
    match work {
        Work::Sql(sql) => run_sql(seat, sql, timeouts, record).await,
        Work::Statements { sql, bounds } => resume::run(seat.client(), sql, bounds, timeouts, record).await,
        Work::Rust(step) => run_rust(seat, step, timeouts, record).await,
    }
}

/// Proves the lock, which then is lost neither by now nor for as long as this transaction lasts, and sets limits.
fn enter(fence: &Fence, timeouts: Timeouts) -> String {
    format!("{}{}; {SAVEPOINT}", fence.enter(), timeouts.local())
}

/// Two round trips: begin and step, then record and commit. One would do, but then a process that dies, or a
/// future that is dropped, while the step runs could no longer keep it from being committed.
async fn run_sql(
    seat: &mut Seat<'_>,
    text: &str,
    timeouts: Timeouts,
    record: &Record<'_>,
) -> Result<(), Failure> {
    let client = seat.client();
    let (before, after) = seat.frame();
    let mark = record.mark();
    let begin = format!("{mark}{before}{}", enter(record.fence, timeouts));
    // Both messages go out together. Should the first one fail, the prefix of the second fails as well, and
    // the step does not run outside a transaction. The text ends its message, so it may end in a comment.
    let prefix = format!("{mark}{ROLLBACK_TO}; ");
    let guarded = format!("{prefix}{text}");
    let (begun, ran) = both(client.batch_execute(&begin), execute(client, &guarded)).await;
    if let Err(cause) = begun {
        return Err(Failure::sql(cause, unfinished(Ok(()), seat.rollback().await)));
    }
    if let Err((cause, completed)) = ran {
        let whole = client.batch_execute(ROLLBACK_TO).await;
        let after = unfinished(whole, seat.rollback().await);
        // The prefix is one statement.
        return Err(Failure::sql(cause, after)
            .in_text(0, prefix.chars().count())
            .at_statement(completed.checked_sub(1)));
    }
    let recorded = client.batch_execute(&format!("{RELEASE}; {}{after}", record.statements(None))).await;
    match recorded {
        Ok(()) => Ok(()),
        Err(cause) => Err(unrecorded(cause, seat.rollback().await)),
    }
}

async fn run_rust(
    seat: &mut Seat<'_>,
    run: RustStep,
    timeouts: Timeouts,
    record: &Record<'_>,
) -> Result<(), Failure> {
    let never_ran = |cause| Failure::sql(cause, After::RolledBack);
    let transaction = match seat {
        Seat::Each(client) => client.transaction().await.map_err(never_ran)?,
        Seat::Whole(whole) => whole.savepoint("stairwell_rust").await.map_err(never_ran)?,
    };
    transaction.batch_execute(&(record.mark() + &enter(record.fence, timeouts))).await.map_err(never_ran)?;
    if let Err(failure) = catch_panic(run, &transaction).await {
        let whole = transaction.batch_execute(ROLLBACK_TO).await;
        let after = unfinished(whole, transaction.rollback().await);
        return Err(Failure::rust(failure, after));
    }
    if let Err(cause) = transaction.batch_execute(&format!("{RELEASE}; {}", record.statements(None))).await {
        return Err(unrecorded(cause, transaction.rollback().await));
    }
    match transaction.commit().await {
        Ok(()) => Ok(()),
        Err(cause) => Err(unrecorded(cause, seat.rollback().await)),
    }
}

/// Like `batch_execute`, but a failure comes with the number of statements that were completed before it.
async fn execute(client: &Client, text: &str) -> Result<(), (PgError, usize)> {
    let mut stream = pin!(client.simple_query_raw(text).await.map_err(|cause| (cause, 0))?);
    let mut completed = 0;
    while let Some(message) = std::future::poll_fn(|context| stream.as_mut().poll_next(context)).await {
        match message {
            Ok(SimpleQueryMessage::CommandComplete(_)) => completed += 1,
            Ok(_) => {}
            Err(cause) => return Err((cause, completed)),
        }
    }
    Ok(())
}

/// What is left of a step that failed, by how rolling back to its savepoint and rolling back went.
fn unfinished(whole: Result<(), PgError>, idle: Result<(), PgError>) -> After {
    match (whole, idle) {
        (_, Err(_)) => After::Lost,
        (Ok(()), Ok(())) => After::RolledBack,
        (Err(_), Ok(())) => After::EndedTransaction,
    }
}

/// Why a step that ran was not recorded, and how rolling back went.
fn unrecorded(cause: PgError, idle: Result<(), PgError>) -> Failure {
    const ENDED: [SqlState; 2] = [SqlState::NO_ACTIVE_SQL_TRANSACTION, SqlState::S_E_INVALID_SPECIFICATION];
    let after = match idle {
        Ok(()) if cause.code().is_some_and(|code| ENDED.contains(code)) => After::EndedTransaction,
        Ok(()) => After::RolledBack,
        Err(_) => After::Uncertain,
    };
    Failure::record(cause, after)
}

/// Runs a Rust step; a panic becomes an error, so that the step is rolled back and named.
async fn catch_panic(run: RustStep, transaction: &Transaction<'_>) -> Result<(), StepError> {
    let mut step = pin!(async { run(transaction).await });
    // The step is not polled again after a panic, and its transaction is rolled back.
    std::future::poll_fn(|context| {
        let poll = AssertUnwindSafe(|| step.as_mut().poll(context));
        std::panic::catch_unwind(poll).unwrap_or_else(|payload| {
            let text = payload.downcast_ref::<&str>().copied();
            let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
            Poll::Ready(Err(format!("it panicked: {}", text.unwrap_or("without a message")).into()))
        })
    })
    .await
}
