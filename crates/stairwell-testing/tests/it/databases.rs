//! Databases come and go, and what must not be lost stays.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use stairwell::{ChainSet, Migration};
use stairwell_testing::TestDatabase;

use crate::support::{chains, migration};

async fn exists(name: &str) -> bool {
    let database = TestDatabase::empty().await.unwrap();
    let client = database.connect().await.unwrap();
    client.query_opt("SELECT FROM pg_database WHERE datname = $1", &[&name]).await.unwrap().is_some()
}

/// The pause gives processes that start together the time to meet.
fn slow() -> ChainSet {
    let steps: [Migration; 2] = [
        migration(1, "slow", "SELECT pg_sleep(0.3); CREATE TABLE slow (id int);"),
        migration(2, "made", "CREATE TABLE made AS SELECT clock_timestamp() AS at;"),
    ];
    chains(&steps)
}

#[tokio::test]
async fn a_database_goes_with_its_value_also_from_under_a_session() {
    let database = TestDatabase::empty().await.unwrap();
    let name = database.name().to_owned();
    let client = database.connect().await.unwrap();
    assert!(exists(&name).await);
    drop(database);
    assert!(!exists(&name).await);
    assert!(client.batch_execute("SELECT 1").await.is_err());
}

#[tokio::test]
async fn a_database_is_kept_when_its_test_panics() {
    let (sender, receiver) = std::sync::mpsc::channel();
    let test = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let database = TestDatabase::empty().await.unwrap();
            sender.send(database.name().to_owned()).unwrap();
            panic!("as told");
        });
    });
    assert!(test.join().is_err());
    assert!(exists(&receiver.recv().unwrap()).await);
}

#[tokio::test]
async fn a_migrated_database_is_a_copy_of_one_template() {
    let chains = slow();
    let first = TestDatabase::migrated(&chains).await.unwrap();
    let begun = std::time::Instant::now();
    let second = TestDatabase::migrated(&chains).await.unwrap();
    let mut made: Vec<std::time::SystemTime> = Vec::new();
    for database in [&first, &second] {
        let client = database.connect().await.unwrap();
        made.push(client.query_one("SELECT at FROM made", &[]).await.unwrap().get(0));
    }
    assert_eq!(made[0], made[1], "the migrations ran once");
    first.connect().await.unwrap().batch_execute("INSERT INTO slow VALUES (1)").await.unwrap();
    let client = second.connect().await.unwrap();
    let count: i64 = client.query_one("SELECT count(*) FROM slow", &[]).await.unwrap().get(0);
    assert_eq!(count, 0, "the two are separate");
    assert!(begun.elapsed().as_secs() < 30);
}

#[tokio::test]
async fn a_migration_that_fails_leaves_no_template() {
    let chains = chains(&[migration(1, "broken", "CREATE TABLE broken (id nonsense);")]);
    for _ in 0..2 {
        let failure = TestDatabase::migrated(&chains).await.unwrap_err();
        assert!(failure.to_string().contains("type \"nonsense\" does not exist"), "{failure}");
    }
}

/// Not a test: a process that says what its database is called, and then is killed or ends.
#[test]
#[ignore = "started by the other tests"]
fn process_with_a_database() {
    let Ok(ending) = std::env::var("STAIRWELL_TEST_ENDING") else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let database = runtime.block_on(TestDatabase::migrated(&slow())).unwrap();
    eprintln!("\ndatabase {}", database.name());
    if ending == "sleep" {
        std::thread::sleep(std::time::Duration::from_secs(600));
    }
}

fn start(ending: &str) -> std::process::Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "databases::process_with_a_database", "--ignored", "--nocapture"])
        .env("STAIRWELL_TEST_ENDING", ending)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn database_of(process: &mut std::process::Child) -> String {
    let output = BufReader::new(process.stderr.take().unwrap());
    let mut lines = output.lines().map(Result::unwrap);
    lines.find_map(|line| line.strip_prefix("database ").map(str::to_owned)).unwrap()
}

#[tokio::test]
async fn what_a_killed_process_leaves_goes_with_the_next() {
    let mut killed = start("sleep");
    let name = database_of(&mut killed);
    assert!(exists(&name).await);
    killed.kill().unwrap();
    killed.wait().unwrap();
    // The server may take a moment to notice that the session is gone.
    for attempt in 0.. {
        let mut next = start("end");
        database_of(&mut next);
        next.wait().unwrap();
        if !exists(&name).await {
            break;
        }
        assert!(attempt < 10, "{name} is left");
    }
}

#[tokio::test]
async fn many_processes_use_one_server_at_once() {
    let mut processes: Vec<_> = (0..24).map(|_| start("end")).collect();
    let mut names: Vec<String> = processes.iter_mut().map(database_of).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 24);
    for mut process in processes {
        assert!(process.wait().unwrap().success());
    }
}

/// Another process sweeps when there are too many, or when it thinks that nobody uses them any more.
#[tokio::test]
async fn a_template_that_was_swept_is_made_again() {
    // No other test has so many, which stands in the template's name.
    let others = (1..13).map(|version| migration(version, "other", "SELECT 1;"));
    let swept = migration(13, "swept", "CREATE TABLE swept AS SELECT clock_timestamp() AS at;");
    let chains = chains(&others.chain([swept]).collect::<Vec<_>>());
    let made = async || {
        let database = TestDatabase::migrated(&chains).await.unwrap();
        let client = database.connect().await.unwrap();
        let row = client.query_one("SELECT at FROM swept", &[]).await.unwrap();
        row.get::<_, std::time::SystemTime>(0)
    };
    let first = made().await;
    assert_eq!(made().await, first);
    let database = TestDatabase::empty().await.unwrap();
    let client = database.connect().await.unwrap();
    let sql = "SELECT datname::text FROM pg_database WHERE datname LIKE 'stairwell\\_template\\_%\\_13'";
    for row in client.query(sql, &[]).await.unwrap() {
        client.batch_execute(&format!("DROP DATABASE {}", row.get::<_, String>(0))).await.unwrap();
    }
    assert_ne!(made().await, first);
}

/// The server copies no settings of a database with it.
#[tokio::test]
async fn a_copy_has_the_settings_that_migrations_gave_the_database() {
    let up = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = shop, \"My Schema\", public', \
              current_database()); \
              EXECUTE format('ALTER DATABASE %I SET shop.name = ''it''''s''', current_database()); END $$;";
    let chains = chains(&[migration(1, "settings", up)]);
    let database = TestDatabase::migrated(&chains).await.unwrap();
    let client = database.connect().await.unwrap();
    let sql = "SELECT current_setting('search_path'), current_setting('shop.name')";
    let row = client.query_one(sql, &[]).await.unwrap();
    assert_eq!(
        [row.get::<_, String>(0), row.get(1)],
        ["shop, \"My Schema\", public".to_owned(), "it's".to_owned()]
    );
}

/// It cannot be dropped as it is, and stayed as long as its server.
#[tokio::test]
async fn a_database_with_a_subscription_goes_too() {
    let database = TestDatabase::empty().await.unwrap();
    let name = database.name().to_owned();
    let client = database.connect().await.unwrap();
    let sql = format!(
        "CREATE SUBSCRIPTION {name} CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false)"
    );
    client.batch_execute(&sql).await.unwrap();
    drop(database);
    assert!(!exists(&name).await);
}
