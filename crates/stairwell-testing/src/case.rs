//! A test of what one migration does to data.

use stairwell::{ChainSet, Migration, Migrator, Rollback, Target};
use tokio_postgres::Client;

use crate::{Failure, TestDatabase, checks::unknown, course::Course};

/// A database just before one migration, which goes over it, and back.
///
/// ```no_run
/// # use stairwell::{Chain, ChainSet, Migration, Step};
/// # mod printers {
/// #     use stairwell::{Migration, Step};
/// #     pub const V0003_BACKFILL_TONER: Migration = Migration::new("printers", 3, "", "", 0, Step::Sql(""));
/// # }
/// # const CHAINS: ChainSet = ChainSet::new(&[], &[]);
/// # async fn test() -> Result<(), Box<dyn std::error::Error>> {
/// use stairwell_testing::MigrationCase;
///
/// let mut case = MigrationCase::before(&CHAINS, printers::V0003_BACKFILL_TONER).await?;
/// case.client().batch_execute("INSERT INTO printers (name, level) VALUES ('lobby', '40%')").await?;
///
/// case.up().await?;
/// let toner: i32 = case.client().query_one("SELECT toner FROM printers", &[]).await?.get(0);
/// assert_eq!(toner, 40);
///
/// case.down().await?;
/// let level: String = case.client().query_one("SELECT level FROM printers", &[]).await?.get(0);
/// assert_eq!(level, "40%");
/// # Ok(()) }
/// ```
///
/// Steps in Rust and those under `no-transaction` go the same way. The database is new, so that nothing of another
/// test is in it.
#[derive(Debug)]
pub struct MigrationCase {
    chains: ChainSet,
    migration: Migration,
    /// The version before it in its chain; 0 if it is the first.
    before: i64,
    // The session ends before its database is dropped.
    client: Client,
    database: TestDatabase,
}

impl MigrationCase {
    /// A database with every migration that comes earlier in the plan, of whichever chain: what a deployed
    /// application has.
    ///
    /// # Errors
    ///
    /// If there is no server, an earlier migration fails, or `migration` is not of this chain set.
    pub async fn before(chains: &ChainSet, migration: Migration) -> Result<Self, Failure> {
        let course = Course::new(*chains);
        let place = place(&course, &migration)?;
        let stride = chains.order().len().isqrt().max(1);
        let database = TestDatabase::at(&course, place, Some(stride)).await?;
        MigrationCase::new(chains, migration, database).await
    }

    /// A database with what the migration needs and no more: the earlier ones of its chain, and what is required.
    ///
    /// # Errors
    ///
    /// Like [`before`](MigrationCase::before).
    pub async fn before_alone(chains: &ChainSet, migration: Migration) -> Result<Self, Failure> {
        place(&Course::new(*chains), &migration)?;
        let mut case = MigrationCase::new(chains, migration, TestDatabase::empty().await?).await?;
        let chain = chains.chain(migration.plugin()).into_iter();
        let required = chain.flat_map(|chain| chain.requires()).chain(migration.requires());
        // Of each chain the highest, because a target names a chain once.
        let mut targets: Vec<Target> = Vec::new();
        let own = (case.before > 0).then_some((migration.plugin(), case.before));
        for (plugin, version) in required.map(|edge| (edge.plugin(), edge.version())).chain(own) {
            match targets.iter_mut().find(|target| target.plugin == plugin) {
                Some(target) => target.version = target.version.max(Some(version)),
                None => targets.push(Target::at(plugin, version)),
            }
        }
        // No targets would be everything.
        if !targets.is_empty() {
            let applied = Migrator::new(chains).up_to(&mut case.client, &targets).await;
            applied.map_err(|error| Failure::new(error.to_string()))?;
        }
        Ok(case)
    }

    async fn new(chains: &ChainSet, migration: Migration, database: TestDatabase) -> Result<Self, Failure> {
        let earlier = chains.chain(migration.plugin()).map(|chain| chain.migrations()).unwrap_or_default();
        let earlier = earlier.iter().map(Migration::version).filter(|version| *version < migration.version());
        let before = earlier.max().unwrap_or_default();
        let client = database.connect().await?;
        Ok(MigrationCase { chains: *chains, migration, before, client, database })
    }

    /// A session of the database.
    pub fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// The database.
    pub fn database(&self) -> &TestDatabase {
        &self.database
    }

    /// Applies the migration.
    ///
    /// # Errors
    ///
    /// If it fails, with its line.
    pub async fn up(&mut self) -> Result<(), Failure> {
        let target = Target::at(self.migration.plugin(), self.migration.version());
        let applied = Migrator::new(&self.chains).up_to(&mut self.client, &[target]).await;
        applied.map(drop).map_err(|error| Failure::new(error.to_string()))
    }

    /// Reverts it.
    ///
    /// # Errors
    ///
    /// If it fails, with its line, or is irreversible.
    pub async fn down(&mut self) -> Result<(), Failure> {
        let rollback = Rollback::to([Target::at(self.migration.plugin(), self.before)]);
        let reverted = Migrator::new(&self.chains).down(&mut self.client, &rollback).await;
        reverted.map(drop).map_err(|error| Failure::new(error.to_string()))
    }
}

fn place(course: &Course, migration: &Migration) -> Result<usize, Failure> {
    course.place(migration.plugin(), migration.version()).ok_or_else(|| unknown(migration))
}
