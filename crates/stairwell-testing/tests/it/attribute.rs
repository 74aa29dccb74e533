//! The attribute, used as its users do; and what becomes of a database when the test fails.

use std::process::Command;

use snapbox::str;
use stairwell::ChainSet;
use stairwell_testing::TestDatabase;
use tokio_postgres::Client;

use crate::support::{chains, reversible};

fn seats() -> ChainSet {
    chains(&[reversible(1, "seats", "CREATE TABLE seats (id int);", "DROP TABLE seats;")])
}

#[stairwell_testing::test(seats())]
async fn a_session_of_a_migrated_database(client: Client) {
    client.batch_execute("INSERT INTO seats VALUES (1)").await.unwrap();
}

#[stairwell_testing::test(seats())]
async fn a_database_and_two_sessions(
    one: Client,
    database: TestDatabase,
    two: Client,
) -> Result<(), tokio_postgres::Error> {
    one.batch_execute("INSERT INTO seats VALUES (1)").await?;
    let count: i64 = two.query_one("SELECT count(*) FROM seats", &[]).await?.get(0);
    assert_eq!(count, 1, "both are in the same database, and nothing of another test is there");
    assert_eq!(
        one.query_one("SELECT current_database()::text", &[]).await?.get::<_, &str>(0),
        database.name()
    );
    Ok(())
}

#[stairwell_testing::test]
async fn an_empty_database(database: TestDatabase) -> Result<(), Box<dyn std::error::Error>> {
    let client = database.connect().await?;
    assert!(client.batch_execute("SELECT FROM seats").await.is_err());
    Ok(())
}

#[stairwell_testing::test]
async fn no_database_but_a_runtime() {
    assert_eq!(tokio::spawn(async { 1 }).await.unwrap(), 1);
}

#[stairwell_testing::test]
#[should_panic(expected = "as told")]
async fn an_expected_panic(_: TestDatabase) {
    panic!("as told");
}

/// Not tests: what the one below starts, and looks at.
mod endings {
    use super::*;

    async fn begin(client: &Client, database: &TestDatabase) {
        client.batch_execute("CREATE TABLE clue ()").await.unwrap();
        eprintln!("database {}", database.name());
    }

    #[stairwell_testing::test]
    #[ignore = "started by another test"]
    async fn success(database: TestDatabase, client: Client) {
        begin(&client, &database).await;
    }

    #[stairwell_testing::test]
    #[ignore = "started by another test"]
    async fn panic(database: TestDatabase, client: Client) {
        begin(&client, &database).await;
        panic!("as told");
    }

    #[stairwell_testing::test]
    #[ignore = "started by another test"]
    async fn error(database: TestDatabase, client: Client) -> Result<(), String> {
        begin(&client, &database).await;
        Err("as told".to_owned())
    }

    #[stairwell_testing::test]
    #[ignore = "started by another test"]
    #[should_panic]
    async fn expected_panic(database: TestDatabase, client: Client) {
        begin(&client, &database).await;
        panic!("as told");
    }

    #[stairwell_testing::test]
    #[ignore = "started by another test"]
    #[should_panic]
    async fn no_panic(database: TestDatabase, client: Client) {
        begin(&client, &database).await;
    }

    #[stairwell_testing::test]
    #[ignore = "started by another test"]
    async fn kept_by_the_test(database: TestDatabase, client: Client) {
        begin(&client, &database).await;
        database.keep("to be looked at").await.unwrap();
    }

    #[stairwell_testing::test(chains(&[reversible(1, "x", "SELECT nonsense;", "SELECT 1;")]))]
    #[ignore = "started by another test"]
    #[should_panic]
    async fn no_database(_: TestDatabase) {
        panic!("as told");
    }
}

/// Whether it passes, whether its database is there afterwards, and whether that is said.
async fn ending(test: &str) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("attribute::endings::{test}"), "--ignored", "--nocapture"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    let passed = if output.status.success() { "passes" } else { "fails" };
    let Some(name) = text
        .lines()
        .find_map(|line| line.split("database ").nth(1).filter(|name| name.starts_with("stairwell_test_")))
    else {
        return format!("{test}: {passed}, without a database\n");
    };
    let database = TestDatabase::empty().await.unwrap();
    let client = database.connect().await.unwrap();
    let sql = "SELECT FROM pg_database WHERE datname = $1";
    let kept = match client.query_opt(sql, &[&name]).await.unwrap() {
        Some(_) => "kept",
        None => "dropped",
    };
    let named = text.lines().any(|line| line.contains("kept") && line.contains(name));
    format!("{test}: {passed}, {kept}{}\n", if named { " and named" } else { "" })
}

#[tokio::test]
async fn a_failing_test_keeps_its_database_and_names_it() {
    let mut endings = String::new();
    for test in ["success", "panic", "error", "expected_panic", "no_panic", "kept_by_the_test", "no_database"]
    {
        endings.push_str(&ending(test).await);
    }
    snapbox::assert_data_eq!(
        endings,
        str![[r#"
success: passes, dropped
panic: fails, kept and named
error: fails, kept and named
expected_panic: passes, dropped
no_panic: fails, kept and named
kept_by_the_test: passes, kept
no_database: fails, without a database

"#]]
    );
}
