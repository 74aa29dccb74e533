//! What a test looks at between two steps, and how that fails.

use std::{
    any::Any,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::Poll,
};

use stairwell::StepError;

use crate::{
    host::{Host, chain, connect},
    statement,
};

/// What a part of a [`MigrationCase`](crate::MigrationCase) can return: nothing, or a result.
#[diagnostic::on_unimplemented(
    message = "a part of a case cannot return `{Self}`",
    label = "neither `()` nor a `Result<(), StepError>`"
)]
pub trait Looked {
    /// As a result.
    #[doc(hidden)]
    fn looked(self) -> Result<(), StepError>;
}

impl Looked for () {
    fn looked(self) -> Result<(), StepError> {
        Ok(())
    }
}

// Of one error type only, so that `?` knows into what to turn others.
impl Looked for Result<(), StepError> {
    fn looked(self) -> Result<(), StepError> {
        self
    }
}

/// Why what a test has given did not come to its end.
pub(super) enum Fault {
    Error(StepError),
    /// With the words of the panic, which the panic hook has shown with its place.
    Panic(String),
}

impl Fault {
    /// What the server refused, if it was that.
    pub(super) fn refusal(&self) -> Option<&tokio_postgres::Error> {
        let Fault::Error(error) = self else { return None };
        let mut cause: &(dyn std::error::Error + 'static) = &**error;
        loop {
            match cause.downcast_ref() {
                Some(refusal) => return Some(refusal),
                None => cause = cause.source()?,
            }
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, self.refusal()) {
            (_, Some(refusal)) => f.write_str(&statement::said(refusal)),
            (Fault::Error(error), None) => f.write_str(&chain(&**error)),
            (Fault::Panic(words), None) => f.write_str(words),
        }
    }
}

/// Comes to the end of a future, or to its panic: a failure has to say in which phase that was.
pub(super) async fn taken(look: impl Future<Output = Result<(), StepError>>) -> Result<(), Fault> {
    let mut look = pin!(look);
    std::future::poll_fn(|context| {
        // It is not polled again after a panic.
        match catch_unwind(AssertUnwindSafe(|| look.as_mut().poll(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(result)) => Poll::Ready(result.map_err(Fault::Error)),
            Err(panic) => Poll::Ready(Err(Fault::Panic(words(&*panic)))),
        }
    })
    .await
}

fn words(panic: &(dyn Any + Send)) -> String {
    let words = panic.downcast_ref::<String>().map(String::as_str);
    words.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked").to_owned()
}

/// What a session sent last; the driver's errors do not tell.
pub(super) async fn last_statement(session: i32) -> Option<String> {
    let client = connect(&Host::get().ok()?.maintenance()).await.ok()?;
    let sql = "SELECT query FROM pg_catalog.pg_stat_activity WHERE pid = $1";
    let query: Option<String> = client.query_opt(sql, &[&session]).await.ok()??.get(0);
    // A transaction that was dropped has sent this; and its number was asked for before the test sent anything.
    let is_own = |query: &String| {
        ["ROLLBACK", "COMMIT", "START TRANSACTION", "SELECT pg_catalog.pg_backend_pid()", ""]
            .contains(&query.trim())
    };
    query.filter(|query| !is_own(query))
}
