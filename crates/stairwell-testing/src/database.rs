//! A database for one test.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use stairwell::ChainSet;
use tokio_postgres::{Client, Config, Error, error::SqlState, types::Type};

use crate::{
    Failure,
    course::Course,
    host::{Host, connect},
    kept::{self, Kept},
    process::{self, not_created, refused},
    template,
};

/// A database that no other test uses.
///
/// It is dropped with this value; if the test panics, it is kept, and the test's output says how to look at it.
/// Those of processes that were killed go with the next process that wants a database.
///
/// ```no_run
/// # const CHAINS: stairwell::ChainSet = stairwell::ChainSet::new(&[], &[]);
/// # async fn test() -> Result<(), Box<dyn std::error::Error>> {
/// use stairwell_testing::TestDatabase;
///
/// let database = TestDatabase::migrated(&CHAINS).await?;
/// let client = database.connect().await?;
/// client.batch_execute("INSERT INTO printers (name) VALUES ('lobby')").await?;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct TestDatabase(Arc<Hold>);

/// What drops the database, with the last that has it: a test, and what runs the test.
#[derive(Debug)]
struct Hold {
    name: String,
    /// Nothing is to be done when it is dropped.
    released: AtomicBool,
}

impl TestDatabase {
    /// An empty database.
    ///
    /// # Errors
    ///
    /// If there is no server, or it refuses.
    pub async fn empty() -> Result<TestDatabase, Failure> {
        TestDatabase::copy_of("template0").await
    }

    /// A database in which all migrations are applied.
    ///
    /// They are applied once, in a template that all processes with the same executable share; this is a copy of it.
    ///
    /// # Errors
    ///
    /// If there is no server, or it refuses, or a migration fails.
    pub async fn migrated(chains: &ChainSet) -> Result<TestDatabase, Failure> {
        TestDatabase::at(&Course::new(*chains), chains.order().len(), None).await
    }

    /// A database with the first `count` steps of a course behind it.
    pub(crate) async fn at(
        course: &Course,
        count: usize,
        stride: Option<usize>,
    ) -> Result<TestDatabase, Failure> {
        // Of a template there is one in `stride`; the steps from the last one on are made here.
        let whole = stride.map_or(count, |stride| count - count % stride.max(1));
        let copy = async || TestDatabase::copy_of(&template::of(course, whole, stride).await?).await;
        let database = match copy().await {
            // A template that this process knew, and that another has swept because there were too many.
            Err(failure) if failure.is_of_missing_database() => {
                template::forget();
                copy().await?
            }
            result => result?,
        };
        if whole < count || whole == 0 && course.begins_with_rows() {
            let mut client = database.connect().await?;
            course.bring(&mut client, whole, count).await?;
        }
        Ok(database)
    }

    /// A copy of this database, whose sessions are to end or have ended.
    pub(crate) async fn copy(&self) -> Result<TestDatabase, Failure> {
        // The server would look only every 100 ms whether the last session is gone.
        vacate(&connect(&Host::get()?.maintenance()).await?, self.name()).await;
        TestDatabase::copy_of(self.name()).await
    }

    /// A copy of a database that nobody is connected to.
    pub(crate) async fn copy_of(template: &str) -> Result<TestDatabase, Failure> {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        let prefix = process::prefix()?;
        let host = Host::get()?;
        let name = format!("{prefix}{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let client = connect(&host.maintenance()).await?;
        let copied = template::copy(&client, &name, template).await;
        copied.map_err(|error| not_created("create a database", &error))?;
        Ok(TestDatabase(Arc::new(Hold { name, released: AtomicBool::new(false) })))
    }

    /// The same database for somebody else; it is dropped with the last of them.
    pub(crate) fn share(&self) -> TestDatabase {
        TestDatabase(Arc::clone(&self.0))
    }

    /// The database's name on its server.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The address, for programs and libraries under test.
    ///
    /// # Errors
    ///
    /// If there is no server, which cannot be once there is a database.
    pub fn url(&self) -> Result<String, Failure> {
        Ok(Host::get()?.url(self.name()))
    }

    /// How to connect with a driver's own means.
    ///
    /// # Errors
    ///
    /// If there is no server, which cannot be once there is a database.
    pub fn config(&self) -> Result<Config, Failure> {
        Ok(Host::get()?.config(self.name()))
    }

    /// Opens a session. It ends when the client is dropped.
    ///
    /// # Errors
    ///
    /// If the server refuses.
    pub async fn connect(&self) -> Result<Client, Failure> {
        connect(&self.config()?).await
    }

    /// Keeps the database for a day, or, on a server that was started for tests, for half an hour.
    ///
    /// No more than the newest twenty are kept there, and a hundred on other servers; one that somebody is connected
    /// to stays. `label` is shown by psql's `\l+`.
    ///
    /// # Errors
    ///
    /// If the server refuses.
    pub async fn keep(self, label: &str) -> Result<Kept, Failure> {
        self.kept(label).await
    }

    /// [`keep`](TestDatabase::keep) for who goes on with it.
    pub(crate) async fn kept(&self, label: &str) -> Result<Kept, Failure> {
        let kept = kept::keep(self.name(), label).await?;
        self.0.released.store(true, Ordering::Relaxed);
        Ok(kept)
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if *self.released.get_mut() {
            return;
        }
        let name = std::mem::take(&mut self.name);
        let panicking = std::thread::panicking();
        let label = std::thread::current().name().unwrap_or("a test").to_owned();
        // Dropping is not async, and this may be a thread that drives a runtime.
        let end = std::thread::spawn(move || {
            process::runtime()?.block_on(async {
                if panicking {
                    return kept::keep(&name, &label).await.map(Some);
                }
                let client = connect(&Host::get()?.maintenance()).await?;
                vacate(&client, &name).await;
                drop_database(&client, &name).await.map_err(|error| refused("drop a database", &error))?;
                Ok(None)
            })
        });
        // What could not be dropped goes with the next process; a test does not fail for it.
        let result: Result<Option<Kept>, Failure> = end.join().unwrap_or(Ok(None));
        match result {
            Ok(Some(kept)) => eprintln!("the test's database was kept: {kept}"),
            Err(failure) if panicking => eprintln!("the test's database was not kept: {failure}"),
            _ => {}
        }
    }
}

/// Drops a database from under its sessions, if it is there.
pub(crate) async fn drop_database(client: &Client, name: &str) -> Result<(), Error> {
    let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
    match client.batch_execute(&sql).await {
        Err(error) if error.code() == Some(&SqlState::OBJECT_IN_USE) => {
            // What is wrong there is said by the server when the database is dropped.
            let _ = drop_subscriptions(name).await;
            client.batch_execute(&sql).await
        }
        result => result,
    }
}

/// The server does not drop a database with a subscription; and one that has a slot elsewhere is to be told that the
/// slot is somebody else's business.
async fn drop_subscriptions(name: &str) -> Result<(), Failure> {
    let refused = |error| refused("drop a subscription", &error);
    let client = connect(&Host::get()?.config(name)).await?;
    let sql = "SELECT pg_catalog.format('ALTER SUBSCRIPTION %1$I DISABLE; ALTER SUBSCRIPTION %1$I SET (slot_name = NONE); \
               DROP SUBSCRIPTION %1$I', subname) FROM pg_catalog.pg_subscription WHERE subdbid = \
               (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())";
    for row in client.query(sql, &[]).await.map_err(refused)? {
        client.batch_execute(row.get(0)).await.map_err(refused)?;
    }
    Ok(())
}

/// Ends the sessions of a database and waits until they are gone.
///
/// DROP DATABASE does so too, but looks only every 100 ms whether they are, which is longer than everything else that
/// it does. The test's own session is often there still, because dropping a client only asks it to end.
async fn vacate(client: &Client, name: &str) {
    // What is behind `pg_stat_activity`, without what the view joins to it.
    const SQL: &str = "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_get_activity(NULL) \
         WHERE datid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = $1)";
    let mut pause = Duration::from_millis(1);
    // What is left then, and what may not be ended, is the server's business.
    while pause < Duration::from_millis(64) {
        if client.query_typed(SQL, &[(&name, Type::NAME)]).await.map_or(true, |sessions| sessions.is_empty())
        {
            break;
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
}
