//! A case step by step.

use stairwell::{ChainSet, Migration, Migrator, Rollback, StepError, Target, Version};
use tokio_postgres::Client;

use crate::{
    Failure, TestDatabase, again,
    case::{CASE, Phase, look, start::Start},
    process::refused,
    statement,
    walk::{down_file, up_file},
};

/// The database of a [`MigrationCase`](crate::MigrationCase) that was started: it goes over the migration, and back.
///
/// ```no_run
/// # mod printers {
/// #     use stairwell::{Migration, Step};
/// #     pub const V0003_BACKFILL_TONER: Migration = Migration::new("printers", 3, "", "", 0, Step::Sql(""));
/// # }
/// # const CHAINS: stairwell::ChainSet = stairwell::ChainSet::new(&[], &[]);
/// # async fn test() -> Result<(), Box<dyn std::error::Error>> {
/// use stairwell_testing::MigrationCase;
///
/// let mut case = MigrationCase::of(&CHAINS, printers::V0003_BACKFILL_TONER).start().await?;
/// case.client().batch_execute("INSERT INTO printers (name, level) VALUES ('lobby', '40%')").await?;
/// case.up().await?;
/// let toner: i32 = case.client().query_one("SELECT toner FROM printers", &[]).await?.get(0);
/// assert_eq!(toner, 40);
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct StartedCase {
    chains: ChainSet,
    migration: Migration,
    below: Version,
    /// Rows that are put in after the first way up.
    rows: Vec<&'static str>,
    // The session ends before its database is dropped.
    client: Client,
    /// The number by which the server knows the session.
    session: i32,
    database: TestDatabase,
}

impl StartedCase {
    pub(super) async fn begin(
        chains: &ChainSet,
        migration: Migration,
        start: Start,
    ) -> Result<Self, Failure> {
        let Start { course, below, above, rows } = start;
        let count = course.order().len();
        let database = match TestDatabase::at(&course, count, Some(course.stride())).await {
            Ok(database) => database,
            Err(_) => {
                // Once more where it can be kept: a template is not.
                let database = TestDatabase::empty().await?;
                let mut client = database.connect().await?;
                if let Err(failure) = course.bring(&mut client, 0, count).await {
                    let what = "it does not come to its beginning";
                    let failure =
                        failed(&migration, Phase::Before, what, None).with_note(failure.to_string());
                    return Err(failure.with_kept(Some(database.kept(CASE).await?)));
                }
                database
            }
        };
        let client = database.connect().await?;
        let session = client.query_one("SELECT pg_catalog.pg_backend_pid()", &[]).await;
        let session = session.map_err(|error| refused("ask for the number of a session", &error))?.get(0);
        // Rows after it are put in on the way, if it is applied there.
        debug_assert!(!above || rows.is_empty());
        Ok(StartedCase { chains: *chains, migration, below, rows, client, session, database })
    }

    /// A session of the database.
    pub fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// The database, for other sessions and other drivers.
    pub fn database(&self) -> &TestDatabase {
        &self.database
    }

    /// Applies the migration.
    ///
    /// # Errors
    ///
    /// If it fails, with its line; or if it is applied already. The database is kept.
    pub async fn up(&mut self) -> Result<(), Failure> {
        let target = Target::at(self.migration.plugin(), self.migration.version());
        let outcome = Migrator::new(&self.chains).up_to(&mut self.client, &[target]).await;
        let failure = match outcome {
            Ok(report) if report.is_up_to_date() => "it is applied already",
            Ok(_) => return self.put_in().await,
            Err(error) => {
                let failure = failed(&self.migration, Phase::Up, "it fails", Some(up_file(&self.migration)));
                return Err(self.kept(failure.with_note(error.to_string())).await);
            }
        };
        Err(self.kept(failed(&self.migration, Phase::Up, failure, None)).await)
    }

    /// Reverts it, and what stands on it.
    ///
    /// # Errors
    ///
    /// If that fails, with its line; or if it is irreversible, or not applied. The database is kept.
    pub async fn down(&mut self) -> Result<(), Failure> {
        let rollback = Rollback::to([Target::at(self.migration.plugin(), self.below)]).cascade(true);
        let outcome = Migrator::new(&self.chains).down(&mut self.client, &rollback).await;
        let failure = match outcome {
            Ok(report) if report.reverted.is_empty() => {
                failed(&self.migration, Phase::Down, "it is not applied", None)
            }
            Ok(_) => return Ok(()),
            Err(error) => {
                let failure =
                    failed(&self.migration, Phase::Down, "it fails", Some(down_file(&self.migration)));
                failure.with_note(error.to_string())
            }
        };
        Err(self.kept(failure).await)
    }

    async fn put_in(&mut self) -> Result<(), Failure> {
        for sql in std::mem::take(&mut self.rows) {
            if let Err(error) = self.client.batch_execute(sql).await {
                let what = format!("the rows given for after it are refused: {}", statement::said(&error));
                let failure = failed(&self.migration, Phase::Up, &what, None);
                return Err(self.kept(failure.with_refused(sql, &error)).await);
            }
        }
        Ok(())
    }

    /// Calls what the test has given for this phase.
    pub(super) async fn look<L>(&mut self, phase: Phase, look: Option<L>) -> Result<(), Failure>
    where
        L: AsyncFnOnce(&mut Client) -> Result<(), StepError>,
    {
        let Some(look) = look else { return Ok(()) };
        let Err(error) = look::taken(look(&mut self.client)).await else { return Ok(()) };
        let file = match phase {
            Phase::AfterUp => Some(up_file(&self.migration)),
            Phase::AfterDown => Some(down_file(&self.migration)),
            _ => None,
        };
        let failure = failed(&self.migration, phase, &error.to_string(), file);
        // The driver's errors do not tell.
        let statement = look::last_statement(self.session).await;
        let failure = match (error.refusal(), statement) {
            (Some(refusal), sql) => failure.with_refused(&sql.unwrap_or_default(), refusal),
            (None, Some(sql)) => {
                failure.with_note(format!("its last statement: {}", statement::shown(&sql, None).join("\n")))
            }
            (None, None) => failure,
        };
        Err(self.kept(failure).await)
    }

    /// With the database, which is kept.
    async fn kept(&self, failure: Failure) -> Failure {
        let kept = self.database.kept(&format!("{CASE} {}", self.migration)).await;
        match kept {
            Ok(kept) => failure.with_kept(Some(kept)),
            // What went wrong first is what the test is about.
            Err(_) => failure,
        }
    }
}

fn failed(migration: &Migration, phase: Phase, what: &str, file: Option<String>) -> Failure {
    let failure = Failure::of(CASE, format!("`{migration}`, {phase}: {what}")).in_migration(migration, file);
    match again::this_test() {
        Some(command) => failure.with_again(command),
        None => failure,
    }
}
