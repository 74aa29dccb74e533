//! Runs one step, up or down, and records it.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::task::Poll;

use futures_core::Stream;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error as PgError, SimpleQueryMessage, Transaction};

use crate::explain::database;
use crate::failure::{After, Failure};
use crate::pipeline::both;
use crate::record::Record;
use crate::timeouts::Timeouts;
use crate::{Error, RustStep, Step, StepError, resume};

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

    /// What comes before a step and after its record.
    fn begin_step(&self) -> Option<&'static str> {
        matches!(self, Seat::Each(_)).then_some("BEGIN")
    }

    fn commit_step(&self) -> Option<&'static str> {
        matches!(self, Seat::Each(_)).then_some("COMMIT")
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

impl<'w> Work<'w> {
    pub(crate) fn of(step: &'w Step) -> Self {
        match *step {
            Step::Sql(sql) => Work::Sql(sql),
            Step::Statements { sql, bounds } => Work::Statements { sql, bounds },
            Step::Rust { run, .. } => Work::Rust(run),
        }
    }
}

/// The end of a step that ran: its record and COMMIT, which go out with the next request.
///
/// Only the answer to that one tells that the step is applied; until then it can be rolled back.
pub(crate) struct Ending(Vec<String>);

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
        Work::Sql(sql) => {
            let ending = run_sql(seat, sql, record).await?;
            end(seat, ending).await
        }
        Work::Statements { sql, bounds } => resume::run(seat.client(), sql, bounds, timeouts, record).await,
        Work::Rust(step) => run_rust(seat, step, record).await,
    }
}

/// Why a step did not run to its end.
pub(crate) enum Halt {
    /// The step before it could not be recorded and committed; this one did not run.
    Before(Failure),
    /// It failed.
    Here(Failure),
}

/// Records and commits a step.
pub(crate) async fn end(seat: &Seat<'_>, Ending(statements): Ending) -> Result<(), Failure> {
    match seat.client().batch_execute(&statements.join("; ")).await {
        Ok(()) => Ok(()),
        Err(cause) => Err(unrecorded(cause, seat.rollback().await)),
    }
}

/// Runs a step in a transaction that it leaves open.
async fn run_sql(seat: &Seat<'_>, text: &str, record: &Record<'_>) -> Result<Ending, Failure> {
    match run_after(seat, None, text, record, || {}).await {
        Ok(ending) => Ok(ending),
        Err(Halt::Before(failure) | Halt::Here(failure)) => Err(failure),
    }
}

/// Runs a step behind the `ending` of the one before, in one round trip. When that one is applied, `on_ended` is told,
/// which may be long before this returns.
///
/// Nothing commits a step before the answer has come that it succeeded: so a process that dies while it runs, or a
/// future that is dropped, keeps it from being committed.
pub(crate) async fn run_after(
    seat: &Seat<'_>,
    ending: Option<Ending>,
    text: &str,
    record: &Record<'_>,
    on_ended: impl FnOnce(),
) -> Result<Ending, Halt> {
    let client = seat.client();
    let Ending(mut statements) = ending.unwrap_or(Ending(Vec::new()));
    let before = statements.len();
    statements.extend(seat.begin_step().map(str::to_owned));
    statements.push(record.enter.to_owned());
    let mark = record.mark();
    let begin = format!("{mark}{}", statements.join("; "));
    // Both messages go out together. Should the first one fail, then so does the SAVEPOINT, for want of a
    // transaction or in a failed one, and the step does not run. The text ends its message, so it may end in a comment.
    let prefix = format!("{mark}{SAVEPOINT}; ");
    let guarded = format!("{prefix}{text}");
    let begun = async {
        let begun = execute(client, &begin).await;
        if begun.is_ok() {
            on_ended();
        }
        begun
    };
    let (begun, ran) = both(begun, execute(client, &guarded)).await;
    if let Err((cause, completed)) = begun {
        let idle = seat.rollback().await;
        return Err(if completed < before {
            Halt::Before(unrecorded(cause, idle))
        } else {
            Halt::Here(Failure::sql(cause, unfinished(Ok(()), idle)))
        });
    }
    if let Err((cause, completed)) = ran {
        // The prefix is one statement. Without it, as after a syntax error, nothing ran that could end the transaction.
        let whole = if completed == 0 { Ok(()) } else { client.batch_execute(ROLLBACK_TO).await };
        let after = unfinished(whole, seat.rollback().await);
        let failure = Failure::sql(cause, after)
            .in_text(0, prefix.chars().count())
            .at_statement(completed.checked_sub(1));
        return Err(Halt::Here(failure));
    }
    let mut ending = vec![RELEASE.to_owned()];
    ending.extend(record.statements(None));
    ending.extend(seat.commit_step().map(str::to_owned));
    Ok(Ending(ending))
}

async fn run_rust(seat: &mut Seat<'_>, run: RustStep, record: &Record<'_>) -> Result<(), Failure> {
    let never_ran = |cause| Failure::sql(cause, After::RolledBack);
    let transaction = match seat {
        Seat::Each(client) => client.transaction().await.map_err(never_ran)?,
        Seat::Whole(whole) => whole.savepoint("stairwell_rust").await.map_err(never_ran)?,
    };
    let enter = format!("{}{}; {SAVEPOINT}", record.mark(), record.enter);
    transaction.batch_execute(&enter).await.map_err(never_ran)?;
    if let Err(failure) = catch_panic(run, &transaction).await {
        let whole = transaction.batch_execute(ROLLBACK_TO).await;
        let after = unfinished(whole, transaction.rollback().await);
        return Err(Failure::rust(failure, after));
    }
    if let Err(cause) =
        transaction.batch_execute(&format!("{RELEASE}; {}", record.statements(None).join("; "))).await
    {
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
