//! A test of what one migration does to data.

mod look;
mod start;
mod started;

use std::future::Ready;

use stairwell::{ChainSet, Down, Migration, StepError};
use tokio_postgres::Client;

use crate::{
    Failure,
    case::start::{Moment, Rows},
};
pub use look::Looked;
pub use started::StartedCase;

/// What its failures are called by.
const CASE: &str = "migration_case";

/// What stands for a closure that was not given.
pub type NoLook = fn(&mut Client) -> Ready<Result<(), StepError>>;

/// A test of what one migration does to the rows that are there: put some in, go up, look, go down, look.
///
/// ```no_run
/// # mod printers {
/// #     use stairwell::{Migration, Step};
/// #     pub const V0003_BACKFILL_TONER: Migration = Migration::new("printers", 3, "", "", 0, Step::Sql(""));
/// # }
/// # const CHAINS: stairwell::ChainSet = stairwell::ChainSet::new(&[], &[]);
/// # async fn test() -> Result<(), stairwell_testing::Failure> {
/// use stairwell_testing::MigrationCase;
///
/// MigrationCase::of(&CHAINS, printers::V0003_BACKFILL_TONER)
///     .before(async |db| {
///         db.batch_execute("INSERT INTO printers (name, level) VALUES ('lobby', '40%')").await?;
///         Ok(())
///     })
///     .after_up(async |db| {
///         let toner: i32 = db.query_one("SELECT toner FROM printers", &[]).await?.get(0);
///         assert_eq!(toner, 40);
///         Ok(())
///     })
///     .after_down(async |db| {
///         let level: String = db.query_one("SELECT level FROM printers", &[]).await?.get(0);
///         assert_eq!(level, "40%");
///         Ok(())
///     })
///     .run()
///     .await
/// # }
/// ```
///
/// Each of the three can be left out. It returns nothing or a result, into whose error any other is turned by `?`; if
/// it fails or panics, the failure says in which phase that was,
/// shows the last statement, and names the database, which is kept. Where the test wants to go its own way, or uses
/// another driver, [`start`](MigrationCase::start) gives it the database to go [up](StartedCase::up) and
/// [down](StartedCase::down) in.
///
/// Steps in Rust and those under `no-transaction` go the same way. The database is new, so that nothing of another
/// test is in it: no table, type, view, sequence, function or extension.
///
/// # What is there before
///
/// Every migration that comes earlier in the plan, of whichever chain: what a deployed application has.
/// [`alone`](MigrationCase::alone) takes only what the migration needs, [`with`](MigrationCase::with) also what it is
/// told; [`rows_before`](MigrationCase::rows_before) and [`rows_after`](MigrationCase::rows_after) put in rows on the
/// way, [`down_from`](MigrationCase::down_from) begins above the migration. What does not fit together is a
/// [`Failure`], before anything is done.
#[derive(Clone, Debug)]
#[must_use = "nothing is done before `run` or `start`"]
pub struct MigrationCase<B = NoLook, U = NoLook, D = NoLook> {
    chains: ChainSet,
    migration: Migration,
    /// Of other chains; `None` is everything that comes earlier.
    with: Option<Vec<Migration>>,
    down_from: Option<Migration>,
    rows: Vec<Rows>,
    before: Option<B>,
    after_up: Option<U>,
    after_down: Option<D>,
}

impl MigrationCase {
    /// A case of this migration.
    pub fn of(chains: &ChainSet, migration: Migration) -> Self {
        MigrationCase {
            chains: *chains,
            migration,
            with: None,
            down_from: None,
            rows: Vec::new(),
            before: None,
            after_up: None,
            after_down: None,
        }
    }
}

impl<B, U, D> MigrationCase<B, U, D> {
    /// Begins with what the migration needs and no more: the earlier ones of its chain, and what they all require.
    pub fn alone(self) -> Self {
        self.with(&[])
    }

    /// Begins with what the migration needs, and these of other chains with what they require, and no more.
    pub fn with(mut self, migrations: &[Migration]) -> Self {
        self.with.get_or_insert_default().extend_from_slice(migrations);
        self
    }

    /// Begins above the migration, after `last` of the same chain, and goes down first; then up.
    ///
    /// The first phase is still that of [`before`](MigrationCase::before). `last` can be the migration itself.
    pub fn down_from(mut self, last: Migration) -> Self {
        self.down_from = Some(last);
        self
    }

    /// Puts in rows just before `migration` is applied on the way to the beginning, or before the case's own.
    pub fn rows_before(mut self, migration: Migration, sql: &'static str) -> Self {
        self.rows.push(Rows { moment: Moment::Before, migration, sql });
        self
    }

    /// Puts in rows once `migration` is applied: on the way to the beginning, or by the case, the first time.
    pub fn rows_after(mut self, migration: Migration, sql: &'static str) -> Self {
        self.rows.push(Rows { moment: Moment::After, migration, sql });
        self
    }

    /// The migrations that are applied at the beginning, in order. Nothing is run for it.
    ///
    /// # Errors
    ///
    /// All that does not fit together: a migration that the chain set does not have, two of one chain in
    /// [`with`](MigrationCase::with), one that is below what is needed or stands on the migration itself, rows for a
    /// migration that is not applied.
    pub fn plan(&self) -> Result<Vec<Migration>, Failure> {
        Ok(self.beginning()?.course.order().to_vec())
    }

    /// The database as it is at the beginning, to go up and down in.
    ///
    /// [`before`](MigrationCase::before) and the others are not called: they are for [`run`](MigrationCase::run).
    ///
    /// # Errors
    ///
    /// Like [`plan`](MigrationCase::plan); and if there is no server, or an earlier migration fails, or the rows are
    /// refused.
    pub async fn start(&self) -> Result<StartedCase, Failure> {
        StartedCase::begin(&self.chains, self.migration, self.beginning()?).await
    }

    fn beginning(&self) -> Result<start::Start, Failure> {
        start::of(&self.chains, &self.migration, self.with.as_deref(), self.down_from.as_ref(), &self.rows)
    }
}

impl<U, D> MigrationCase<NoLook, U, D> {
    /// Puts rows in, or looks, before the migration is gone over.
    pub fn before<R: Looked>(
        self,
        before: impl AsyncFnOnce(&mut Client) -> R,
    ) -> MigrationCase<impl AsyncFnOnce(&mut Client) -> Result<(), StepError>, U, D> {
        let MigrationCase { chains, migration, with, down_from, rows, after_up, after_down, .. } = self;
        let before = Some(async move |db: &mut Client| before(db).await.looked());
        MigrationCase { chains, migration, with, down_from, rows, before, after_up, after_down }
    }
}

impl<B, D> MigrationCase<B, NoLook, D> {
    /// Looks, once the migration is applied.
    pub fn after_up<R: Looked>(
        self,
        after_up: impl AsyncFnOnce(&mut Client) -> R,
    ) -> MigrationCase<B, impl AsyncFnOnce(&mut Client) -> Result<(), StepError>, D> {
        let MigrationCase { chains, migration, with, down_from, rows, before, after_down, .. } = self;
        let after_up = Some(async move |db: &mut Client| after_up(db).await.looked());
        MigrationCase { chains, migration, with, down_from, rows, before, after_up, after_down }
    }
}

impl<B, U> MigrationCase<B, U, NoLook> {
    /// Looks, once it is reverted.
    pub fn after_down<R: Looked>(
        self,
        after_down: impl AsyncFnOnce(&mut Client) -> R,
    ) -> MigrationCase<B, U, impl AsyncFnOnce(&mut Client) -> Result<(), StepError>> {
        let MigrationCase { chains, migration, with, down_from, rows, before, after_up, .. } = self;
        let after_down = Some(async move |db: &mut Client| after_down(db).await.looked());
        MigrationCase { chains, migration, with, down_from, rows, before, after_up, after_down }
    }
}

impl<B, U, D> MigrationCase<B, U, D>
where
    B: AsyncFnOnce(&mut Client) -> Result<(), StepError>,
    U: AsyncFnOnce(&mut Client) -> Result<(), StepError>,
    D: AsyncFnOnce(&mut Client) -> Result<(), StepError>,
{
    /// Goes up and down, and looks in between; an irreversible migration only goes up.
    ///
    /// # Errors
    ///
    /// Like [`start`](MigrationCase::start); and if a step fails, or what was given fails or panics, with the phase:
    /// before, up, after up, down, after down. If there is something to do after the way down of an irreversible
    /// migration.
    pub async fn run(self) -> Result<(), Failure> {
        let Down::Irreversible(reason) = *self.migration.down() else { return self.run_both_ways().await };
        if self.after_down.is_some() || self.down_from.is_some() {
            let migration = &self.migration;
            let message =
                format!("`{migration}` is irreversible, so that nothing comes after its way down: {reason}");
            return Err(Failure::of(CASE, message).in_migration(migration, crate::walk::up_file(migration)));
        }
        let mut case = self.start().await?;
        case.look(Phase::Before, self.before).await?;
        case.up().await?;
        case.look(Phase::AfterUp, self.after_up).await
    }

    async fn run_both_ways(self) -> Result<(), Failure> {
        let mut case = self.start().await?;
        case.look(Phase::Before, self.before).await?;
        if self.down_from.is_some() {
            case.down().await?;
            case.look(Phase::AfterDown, self.after_down).await?;
            case.up().await?;
            return case.look(Phase::AfterUp, self.after_up).await;
        }
        case.up().await?;
        case.look(Phase::AfterUp, self.after_up).await?;
        case.down().await?;
        case.look(Phase::AfterDown, self.after_down).await
    }
}

/// A part of a case, for its failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Before,
    Up,
    AfterUp,
    Down,
    AfterDown,
}

impl std::fmt::Display for Phase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Phase::Before => "before",
            Phase::Up => "up",
            Phase::AfterUp => "after up",
            Phase::Down => "down",
            Phase::AfterDown => "after down",
        })
    }
}
