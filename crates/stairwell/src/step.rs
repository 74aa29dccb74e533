//! Runs one up step and records it.

use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::task::Poll;

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error as PgError, Transaction};

use crate::failure::{After, Failure};
use crate::{Error, Migration, RustStep, Step, StepError};

/// What follows a step in its transaction.
pub(crate) struct Record<'r> {
    /// Gives the session its role and search_path back: a plain SET in a step outlives its transaction, and
    /// must change neither who records it nor where the next step creates its tables.
    pub(crate) restore: &'r str,
    /// Inserts the history row.
    pub(crate) insert: &'r str,
}

/// Stands between BEGIN and the step. It is there afterwards exactly if the transaction still is the one that
/// was begun: a COMMIT or ROLLBACK in the step ends it, even if a BEGIN follows.
const SAVEPOINT: &str = "SAVEPOINT stairwell_step";
const ROLLBACK_TO: &str = "ROLLBACK TO SAVEPOINT stairwell_step";
const ROLLBACK: &str = "ROLLBACK";
const RELEASE: &str = "RELEASE SAVEPOINT stairwell_step";

/// Runs the up step of `migration`, whose text is `text`, and its record. On failure the session is left idle.
pub(crate) async fn apply(
    client: &mut Client,
    migration: &'static Migration,
    text: &str,
    record: &Record<'_>,
) -> Result<(), Error> {
    let failure = match migration.up() {
        Step::Sql(_) => apply_sql(client, text, record).await,
        Step::Statements { bounds, .. } => apply_statements(client, text, bounds, record).await,
        Step::Rust { run, .. } => apply_rust(client, *run, record).await,
    };
    match failure {
        Ok(()) => Ok(()),
        Err(failure) => Err(failure.explain(client, migration).await),
    }
}

/// Two requests: begin and step, then record and commit. If the connection is lost before the second is sent,
/// or the future dropped, then the step is rolled back for certain.
async fn apply_sql(client: &Client, text: &str, record: &Record<'_>) -> Result<(), Failure> {
    let begin = format!("BEGIN; {SAVEPOINT}");
    // Both messages go out together. Should the first one fail, the prefix of the second fails as well, and
    // the step does not run outside a transaction. The text ends its message, so it may end in a comment.
    let prefix = format!("{ROLLBACK_TO}; ");
    let guarded = format!("{prefix}{text}");
    let (begun, ran) = both(client.batch_execute(&begin), client.batch_execute(&guarded)).await;
    if let Err(cause) = begun.and(ran) {
        let whole = client.batch_execute(ROLLBACK_TO).await;
        let after = unfinished(whole, client.batch_execute(ROLLBACK).await);
        // The prefix is ASCII.
        return Err(Failure::sql(cause, after).in_text(0, prefix.len()));
    }
    let Record { restore, insert } = record;
    let recorded = client.batch_execute(&format!("{RELEASE}; {restore}; {insert}; COMMIT")).await;
    match recorded {
        Ok(()) => Ok(()),
        Err(cause) => Err(unrecorded(cause, client.batch_execute(ROLLBACK).await)),
    }
}

/// Each statement by itself. Which of them ran is not recorded yet: a step that fails in the middle has to be
/// finished by hand. Resuming it statement by statement comes with the journal.
async fn apply_statements(
    client: &Client,
    text: &str,
    bounds: &[(usize, usize)],
    record: &Record<'_>,
) -> Result<(), Failure> {
    let of = bounds.len();
    for (done, &(start, end)) in bounds.iter().enumerate() {
        let Some(statement) = text.get(start..end) else { return Err(Failure::bounds()) };
        if let Err(cause) = client.batch_execute(statement).await {
            // A statement may have opened a transaction; the session has to be idle for what follows.
            let after = match client.batch_execute(ROLLBACK).await {
                Ok(()) => After::Statements { done, of },
                Err(_) => After::LostStatements { done, of },
            };
            return Err(Failure::sql(cause, after).in_text(start, 0));
        }
    }
    let Record { restore, insert } = record;
    // With BEGIN, although it is one message: should a statement have left a transaction open, COMMIT ends it.
    let recorded = client.batch_execute(&format!("BEGIN; {restore}; {insert}; COMMIT")).await;
    match recorded {
        Ok(()) => Ok(()),
        Err(cause) => {
            let _ = client.batch_execute(ROLLBACK).await;
            Err(Failure::record(cause, After::Statements { done: of, of }))
        }
    }
}

async fn apply_rust(client: &mut Client, run: RustStep, record: &Record<'_>) -> Result<(), Failure> {
    let never_ran = |cause| Failure::sql(cause, After::RolledBack);
    let transaction = client.transaction().await.map_err(never_ran)?;
    transaction.batch_execute(SAVEPOINT).await.map_err(never_ran)?;
    if let Err(failure) = catch_panic(run, &transaction).await {
        let whole = transaction.batch_execute(ROLLBACK_TO).await;
        let after = unfinished(whole, transaction.rollback().await);
        return Err(Failure::rust(failure, after));
    }
    let Record { restore, insert } = record;
    if let Err(cause) = transaction.batch_execute(&format!("{RELEASE}; {restore}; {insert}")).await {
        return Err(unrecorded(cause, transaction.rollback().await));
    }
    match transaction.commit().await {
        Ok(()) => Ok(()),
        Err(cause) => Err(unrecorded(cause, client.batch_execute(ROLLBACK).await)),
    }
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

/// Sends two requests without waiting in between.
async fn both<A: Future, B: Future>(first: A, second: B) -> (A::Output, B::Output) {
    let (mut first, mut second) = (pin!(first), pin!(second));
    let (mut a, mut b) = (None, None);
    std::future::poll_fn(|context| {
        // The order of the first polls is the order in which they are sent.
        if a.is_none()
            && let Poll::Ready(output) = Pin::new(&mut first).poll(context)
        {
            a = Some(output);
        }
        if b.is_none()
            && let Poll::Ready(output) = Pin::new(&mut second).poll(context)
        {
            b = Some(output);
        }
        match (a.take(), b.take()) {
            (Some(first), Some(second)) => Poll::Ready((first, second)),
            (one, other) => {
                (a, b) = (one, other);
                Poll::Pending
            }
        }
    })
    .await
}
