//! Many processes start at once on a fresh database: all succeed, and each step is applied once.

use std::process::{Command, Output};
use std::time::{Duration, Instant};

use stairwell::{Chain, ChainSet, Lock, Migration, Migrator, Step};
use test_support::{TestDatabase, server};

use crate::processes::{migrate, start, succeeds};
use test_support::scale;

/// 8 in continuous integration, 64 with `STAIRWELL_TEST_SCALE=8`.
fn processes() -> usize {
    (8 * scale()).min(64)
}

/// Starts so many processes and waits for all of them.
fn storm(count: usize, command: impl Fn() -> Command) -> (Vec<Output>, Duration) {
    let begun = Instant::now();
    let started: Vec<_> = (0..count).map(|_| start(command())).collect();
    let ended = started.into_iter().map(|process| process.wait_with_output().unwrap()).collect();
    (ended, begun.elapsed())
}

/// Every migration of the journal was applied once, and there are so many.
async fn assert_once(database: &TestDatabase, expected: i64) {
    let client = database.connect().await;
    let journal =
        "SELECT count(*), count(DISTINCT (plugin, version)) FROM stairwell.journal WHERE direction = 'up'";
    let row = client.query_one(journal, &[]).await.unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (expected, expected));
    // The pooler's sessions end when they like.
    let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = \
                 (SELECT oid FROM pg_database WHERE datname = current_database())";
    assert_eq!(client.query_one(locks, &[]).await.unwrap().get::<_, i64>(0), 0);
}

/// One process and many, each on a fresh database; `command` gets the address.
async fn compare(what: &str, pooled: bool, expected: i64, command: impl Fn(&str) -> Command) {
    let pooler = pooled.then(|| server().pooler(20));
    let mut took = Vec::new();
    for count in [1, processes()] {
        let database = test_support::database().await;
        let url = match &pooler {
            Some(pooler) => pooler.url(database.name()),
            None => database.url().to_owned(),
        };
        let (outputs, time) = storm(count, || command(&url));
        outputs.iter().for_each(succeeds);
        assert_once(&database, expected).await;
        took.push(time);
    }
    println!("{what}: 1 process {:?}, {} processes {:?}", took[0], processes(), took[1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_processes_with_a_session_lock() {
    compare("app, session lock", false, 64, |url| migrate(url, &[])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_processes_with_a_lease_through_a_pooler() {
    compare("app, lease, PgBouncer", true, 64, |url| migrate(url, &["--lock", "lease"])).await;
}

/// This test binary as a process that runs [`one_process`].
fn with_an_index(url: &str, lock: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    test_support::isolate(&mut command);
    command.args(["--exact", "--ignored", "--nocapture", "storm::one_process"]);
    command.env("STORM_URL", url).env("STORM_LOCK", lock);
    command
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_with_a_concurrent_index_and_a_session_lock() {
    compare("concurrent index, session lock", false, 3, |url| with_an_index(url, "session")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_with_a_concurrent_index_and_a_lease_through_a_pooler() {
    compare("concurrent index, lease, PgBouncer", true, 3, |url| with_an_index(url, "lease")).await;
}

fn migration(version: i64, name: &'static str, up: Step) -> Migration {
    let unit = refinery::Migration::unapplied(&format!("V{version}__{name}"), up.text()).unwrap();
    Migration::new("core", version, name, "migrations/made_by_hand.sql", unit.checksum(), up)
}

/// A chain with a CREATE INDEX CONCURRENTLY, which waits for everybody who has a snapshot.
#[tokio::test]
#[ignore = "a process of the storms"]
async fn one_process() {
    let Ok(url) = std::env::var("STORM_URL") else { return };
    const INDEX: &str = "CREATE INDEX CONCURRENTLY parts_number ON parts (number)";
    const BOUNDS: [(usize, usize); 1] = [(0, INDEX.len())];
    let order = vec![
        migration(
            1,
            "parts",
            Step::Sql("CREATE TABLE parts AS SELECT n AS number FROM generate_series(1, 100000) n;"),
        ),
        migration(2, "parts_number", Step::Statements { sql: INDEX, bounds: &BOUNDS }),
        migration(3, "boxes", Step::Sql("CREATE TABLE boxes (id int);")),
    ];
    let order: &'static [Migration] = order.leak();
    let chains = ChainSet::new(vec![Chain::new("core", "", order)].leak(), order);
    let lock = if std::env::var("STORM_LOCK").unwrap() == "lease" { Lock::Lease } else { Lock::Session };
    let (mut client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    Migrator::new(&chains).lock(lock).up(&mut client).await.unwrap();
}
