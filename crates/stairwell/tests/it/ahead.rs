//! The record of a migration goes out with the step of the next one.

use std::sync::Mutex;

use snapbox::{assert_data_eq, str};
use stairwell::{Event, Migration, Migrator};
use test_support::server;

use crate::support::{core, history, rows, sql, tables};

/// Seven migrations, of which the second one has this text.
fn seven(second: &'static str) -> [Migration; 7] {
    [
        sql("core", 1, "a", "CREATE TABLE a (id int PRIMARY KEY);"),
        sql("core", 2, "second", second),
        sql("core", 3, "c", "CREATE TABLE c ();"),
        sql("core", 4, "d", "CREATE TABLE d ();"),
        sql("core", 5, "e", "CREATE TABLE e ();"),
        sql("core", 6, "f", "CREATE TABLE f ();"),
        sql("core", 7, "g", "CREATE TABLE g ();"),
    ]
}

/// What is refused at COMMIT is known only after the step of the next migration was sent.
#[tokio::test]
async fn a_commit_that_is_refused_is_the_failure_of_its_own_migration() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains = core(&seven(
        "CREATE TABLE b (a int REFERENCES a DEFERRABLE INITIALLY DEFERRED); INSERT INTO b VALUES (1);",
    ));

    let error = Migrator::new(&chains).up(&mut client).await.unwrap_err();

    assert_data_eq!(
        error.to_string(),
        str![[r#"
`core/V0002__second` (migrations/V0002__second.sql) failed: it ran, but could not be recorded and committed: insert or update on table "b" violates foreign key constraint "b_a_fkey" (SQLSTATE 23503)
  = detail: Key (a)=(1) is not present in table "a".
  = it was rolled back: nothing of it remains
  = 1 migration was applied before it and stays applied
"#]]
    );
    assert_eq!(history(&client, "core").await, ["1 a"]);
    assert_eq!(tables(&client).await, ["public.a"]);
    assert_eq!(rows(&client, "SELECT version FROM stairwell.journal").await, ["1"]);
}

/// The next attempt does without, and what was applied before stays.
#[tokio::test]
async fn a_step_that_takes_the_prepared_statements_away_is_applied() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains = core(&seven("CREATE TABLE b (); DEALLOCATE ALL;"));
    assert_eq!(Migrator::new(&chains).up(&mut client).await.unwrap().applied(), 7);
    assert_eq!(tables(&client).await.len(), 7);
    assert_eq!(rows(&client, "SELECT version FROM stairwell.journal").await.len(), 7);
    assert_eq!(rows(&client, "SELECT name FROM pg_prepared_statements").await.len(), 0);
    assert!(Migrator::new(&chains).is_up_to_date(&mut client).await.unwrap());
}

/// A caller's prepared statements stay, and none of the run's.
#[tokio::test]
async fn the_session_has_the_prepared_statements_that_it_had() {
    let database = server().database().await;
    let mut client = database.connect().await;
    client.batch_execute("PREPARE mine AS SELECT 1").await.unwrap();
    let chains = core(&seven("CREATE TABLE b ();"));
    assert_eq!(Migrator::new(&chains).up(&mut client).await.unwrap().applied(), 7);
    assert_eq!(rows(&client, "SELECT name FROM pg_prepared_statements").await, ["mine"]);
}

/// Each is told as applied before the next one is told as being applied.
#[tokio::test]
async fn events_come_in_order() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let told = Mutex::new(Vec::new());
    let chains = core(&seven("SELECT 1 / 0;"));
    let migrator = Migrator::new(&chains).on_event(|event| {
        let line = match event {
            Event::Applying { migration, number, of } => format!("{} of {of}: {}", number, migration.name()),
            Event::Applied { migration, .. } => format!("applied {}", migration.name()),
            _ => return,
        };
        told.lock().unwrap().push(line);
    });
    migrator.up(&mut client).await.unwrap_err();
    drop(migrator);
    assert_eq!(told.into_inner().unwrap(), ["1 of 7: a", "applied a", "2 of 7: second"]);
}
