//! A schema through its versions: numbered states in a folder of tests, with the steps between them.

mod database;
mod folder;

use std::path::{Path, PathBuf};

use stairwell_catalog::{Catalog, Change, Scope, diff, read};
use tokio_postgres::Client;

use crate::{Failure, TestDatabase, host::chain};
pub use database::FixtureDatabase;
use folder::State;

/// What its failures are called by.
const FIXTURES: &str = "fixtures";

/// The states V1, V2, … of a schema, and the steps that lead from each to the next.
///
/// ```text
/// tests/fixtures/printers/
///   V1/schema.sql     the state as it is wanted
///   V1/rows.sql       optional: rows that are put in when a database comes there first
///   V2/schema.sql
///   V2/up.sql         the step from V1
///   V2/down.sql       optional: the step back
/// ```
///
/// It is here that a conversion of data is tried, over several releases and on one database, without a chain and
/// without a release. Builds do not see the folder: the build script reads `migrations/` and `plugins/`.
///
/// ```no_run
/// # async fn test() -> Result<(), Box<dyn std::error::Error>> {
/// use stairwell_testing::Fixtures;
///
/// let fixtures = Fixtures::read("tests/fixtures/printers")?;
/// fixtures.check().await?;
///
/// let mut database = fixtures.start(1).await?;
/// database.client().batch_execute("INSERT INTO printers (color) VALUES ('black')").await?;
/// database.next().await?;
/// let color: i32 = database.client().query_one("SELECT color FROM printers", &[]).await?.get(0);
/// assert_eq!((database.at(), color), (2, 0));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Fixtures {
    folder: PathBuf,
    /// V1 first, without a gap.
    states: Vec<State>,
}

impl Fixtures {
    /// Reads a folder; a relative one from the package's, in which cargo runs tests.
    ///
    /// # Errors
    ///
    /// All that is wrong with it, each with its path: no state, an entry that is not the folder of a state, a number
    /// that is missing, a file that is missing, one that is not known, or one that cannot be read.
    pub fn read(folder: impl AsRef<Path>) -> Result<Fixtures, Failure> {
        let folder = folder.as_ref().to_owned();
        Ok(Fixtures { states: folder::read(&folder)?, folder })
    }

    /// The number of the last state.
    pub fn last(&self) -> usize {
        self.states.len()
    }

    /// A database in this state, with its rows.
    ///
    /// # Errors
    ///
    /// If there is no such state, or no server, or the state's SQL is refused.
    pub async fn start(&self, number: usize) -> Result<FixtureDatabase, Failure> {
        FixtureDatabase::start(self, number).await
    }

    /// Goes from V1 to the last state in one database, with all rows carried along, and compares its catalog with
    /// the one of each wanted state. Where there is a step back, it goes back too, compares, and goes on.
    ///
    /// The order of columns makes no difference, because no step could change it.
    ///
    /// # Errors
    ///
    /// With what differs, or the statement that was refused, and the database as it was then.
    pub async fn check(&self) -> Result<(), Failure> {
        let mut database = self.start(1).await?;
        let mut before = self.wanted(1).await?;
        for number in 2..=self.last() {
            let wanted = self.wanted(number).await?;
            let (up, down) = (self.path(number, folder::UP), self.path(number, folder::DOWN));
            database.next().await?;
            self.compare(&database, &wanted, number, &up).await?;
            if self.state(number)?.down.is_some() {
                database.back().await?;
                self.compare(&database, &before, number - 1, &down).await?;
                database.next().await?;
                self.compare(&database, &wanted, number, &up).await?;
            }
            before = wanted;
        }
        Ok(())
    }

    fn state(&self, number: usize) -> Result<&State, Failure> {
        let state = number.checked_sub(1).and_then(|place| self.states.get(place));
        state.ok_or_else(|| {
            let folder = self.folder.display();
            Failure::of(FIXTURES, format!("`{folder}` has no V{number}; it has V1 to V{}", self.last()))
        })
    }

    /// A file of a state, as it is shown.
    fn path(&self, number: usize, file: &str) -> String {
        self.folder.join(format!("V{number}")).join(file).display().to_string()
    }

    /// The catalog of a state as it is wanted.
    async fn wanted(&self, number: usize) -> Result<Catalog, Failure> {
        let database = TestDatabase::empty().await?;
        let client = database.connect().await?;
        let sql = &self.state(number)?.schema;
        database::run(&client, &self.path(number, folder::SCHEMA), sql).await?;
        catalog(&client).await
    }

    async fn compare(
        &self,
        database: &FixtureDatabase,
        wanted: &Catalog,
        number: usize,
        step: &str,
    ) -> Result<(), Failure> {
        let found = catalog(database.session()).await?;
        let mut differences = diff(wanted, &found);
        differences.retain_mut(|difference| match &mut difference.change {
            Change::Altered(facts) => {
                facts.retain(|fact| fact.fact != "position");
                !facts.is_empty()
            }
            _ => true,
        });
        if differences.is_empty() {
            return Ok(());
        }
        let message = format!("`{step}` does not lead to `{}`", self.path(number, folder::SCHEMA));
        let failure = Failure::of(FIXTURES, message)
            .with_details(differences.iter().map(ToString::to_string).collect())
            .in_file(step.to_owned())
            .with_help("`+` is there and is not wanted, `-` is wanted and is not there, `~` is different: wanted -> there");
        Err(database.kept(failure).await)
    }
}

async fn catalog(client: &Client) -> Result<Catalog, Failure> {
    let catalog = read(client, &Scope::database()).await;
    catalog.map_err(|error| Failure::new(format!("cannot read the catalog: {}", chain(&error))))
}
