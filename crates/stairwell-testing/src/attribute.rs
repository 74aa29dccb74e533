//! What the attribute [`test`](macro@crate::test) calls. Nothing here is for anybody else.

use std::{
    fmt::Debug,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

use stairwell::ChainSet;
use tokio_postgres::Client;

use crate::{Failure, Outcome, TestDatabase, again, process::runtime};

/// The database that a test wants.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'c> {
    /// None: the test has no parameters.
    Nothing,
    /// An empty one.
    Empty,
    /// One in which these are applied.
    Migrated(&'c ChainSet),
}

/// The database that it has got; it stays with the runner, which knows how the test ended.
#[derive(Debug)]
pub struct Given(Option<TestDatabase>);

impl Given {
    async fn new(wanted: Wanted<'_>) -> Result<Self, Failure> {
        Ok(Given(match wanted {
            Wanted::Nothing => None,
            Wanted::Empty => Some(TestDatabase::empty().await?),
            Wanted::Migrated(chains) => Some(TestDatabase::migrated(chains).await?),
        }))
    }

    fn database(&self) -> Result<&TestDatabase, Failure> {
        self.0.as_ref().ok_or_else(|| Failure::new("the test has no database"))
    }
}

/// What a test can have as a parameter.
#[diagnostic::on_unimplemented(
    message = "a test cannot get `{Self}` as a parameter",
    label = "not a database or a session",
    note = "the parameters of a test are `stairwell_testing::TestDatabase` and `tokio_postgres::Client`"
)]
pub trait Parameter: Sized {
    /// One for this database.
    fn of(given: &Given) -> impl Future<Output = Result<Self, Failure>>;
}

impl Parameter for TestDatabase {
    async fn of(given: &Given) -> Result<Self, Failure> {
        given.database().map(TestDatabase::share)
    }
}

impl Parameter for Client {
    async fn of(given: &Given) -> Result<Self, Failure> {
        given.database()?.connect().await
    }
}

/// What a test can return.
#[diagnostic::on_unimplemented(
    message = "a test cannot return `{Self}`",
    label = "neither `()` nor a `Result<(), E>` with `E: Debug`"
)]
pub trait Returned {
    /// The words of the error.
    fn judged(self) -> Result<(), String>;
}

impl Returned for () {
    fn judged(self) -> Result<(), String> {
        Ok(())
    }
}

impl<E: Debug> Returned for Result<(), E> {
    fn judged(self) -> Result<(), String> {
        self.map_err(|error| format!("{error:?}"))
    }
}

/// Runs a test. What it returns fails the test with the database that was kept.
///
/// # Errors
///
/// If the test returns one, or cannot get its database.
pub fn run(
    wanted: Wanted<'_>,
    test: impl AsyncFnOnce(&Given) -> Result<Result<(), String>, Failure>,
) -> Outcome {
    runtime()?.block_on(async {
        // After a panic it is kept by being dropped, which says so too.
        let given = Given::new(wanted).await?;
        let Err(error) = test(&given).await? else { return Ok(()) };
        let mut failure = Failure::new(error);
        if let Some(command) = again::this_test() {
            failure = failure.with_again(command);
        }
        match &given.0 {
            Some(database) => Err(failure.with_kept(Some(database.kept(&label()).await?))),
            None => Err(failure),
        }
    })
}

/// Runs a test that should panic: only then its database is dropped.
///
/// # Panics
///
/// With what the test panics with.
pub fn run_to_panic(
    wanted: Wanted<'_>,
    test: impl AsyncFnOnce(&Given) -> Result<Result<(), String>, Failure>,
) {
    let outcome = runtime().and_then(|runtime| {
        let given = runtime.block_on(Given::new(wanted))?;
        let panicked = match catch_unwind(AssertUnwindSafe(|| runtime.block_on(test(&given)))) {
            Ok(outcome) => outcome.map(drop),
            Err(panic) => {
                let _inside = runtime.enter();
                drop(given);
                resume_unwind(panic)
            }
        };
        if let Some(database) = &given.0 {
            let kept = runtime.block_on(database.kept(&label()))?;
            eprintln!("the test's database was kept: {kept}");
        }
        panicked
    });
    // A panic here would be taken for the one that is expected.
    if let Err(failure) = outcome {
        eprintln!("{failure}");
    }
}

fn label() -> String {
    std::thread::current().name().unwrap_or("a test").to_owned()
}
