//! E10: two replicas start, and a pending migration builds an index concurrently.
//!
//! refinery cannot run such a migration at all, see E7.

use std::sync::Arc;

use stairwell::{Event, Migrator, Step};
use test_support::database;
use tokio::sync::Notify;

use crate::support::{chains, code, column, locks, migration, pool, sqlx, waiting, within};

/// Waits in the first statement for whoever holds the table, so that both replicas are there before the index is built.
const GATE: &str = "LOCK TABLE gate IN ACCESS EXCLUSIVE MODE; CREATE TABLE sites (name text);";
const INDEX: &str = "-- no-transaction\nCREATE INDEX CONCURRENTLY sites_name ON sites (name);";

const VALID: &str = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('sites_name')";

/// The second replica waits for the lock in a statement, whose snapshot the index waits for.
#[tokio::test]
async fn e10_two_replicas_of_sqlx_deadlock() {
    let database = database().await;
    let (gate, watcher) = (database.connect().await, database.connect().await);
    gate.batch_execute("CREATE TABLE gate ()").await.unwrap();
    gate.batch_execute("BEGIN; LOCK TABLE gate").await.unwrap();
    let (one, other) = (pool(&database).await, pool(&database).await);
    let migrator = sqlx(&[("1_sites.sql", GATE), ("2_sites_name.sql", INDEX)]).await;
    let open = async {
        waiting(&watcher, 1, "LOCK TABLE gate%").await;
        waiting(&watcher, 1, "%pg_advisory_lock%").await;
        gate.batch_execute("COMMIT").await.unwrap();
    };
    let runs = async { tokio::join!(migrator.run(&one), migrator.run(&other), open) };
    let (first, second, ()) = within(20, runs).await;

    let codes: Vec<_> = [&first, &second].map(|outcome| outcome.as_ref().err().map(code)).into();
    assert!(codes.contains(&Some(Some("40P01".to_owned()))), "{first:?}, {second:?}");
    assert!(codes.contains(&None), "{first:?}, {second:?}");
}

#[tokio::test]
async fn e10_two_replicas_of_stairwell_both_start() {
    let database = database().await;
    let (gate, watcher) = (database.connect().await, database.connect().await);
    gate.batch_execute("CREATE TABLE gate ()").await.unwrap();
    gate.batch_execute("BEGIN; LOCK TABLE gate").await.unwrap();
    let (mut one, mut other) = (database.connect().await, database.connect().await);
    let text = INDEX.split_once('\n').unwrap().1;
    let index = Step::Statements { sql: text, bounds: vec![(0, text.len())].leak() };
    let chains = chains(vec![migration(1, "sites", Step::Sql(GATE)), migration(2, "sites_name", index)]);
    let waits = Arc::new(Notify::new());
    let seen = waits.clone();
    let migrator = Migrator::new(&chains).on_event(move |event| {
        if let Event::Waiting { .. } = event {
            seen.notify_one();
        }
    });
    let open = async {
        waiting(&watcher, 1, "%LOCK TABLE gate%").await;
        waits.notified().await;
        gate.batch_execute("COMMIT").await.unwrap();
    };
    let runs = async { tokio::join!(migrator.up(&mut one), migrator.up(&mut other), open) };
    let (first, second, ()) = within(20, runs).await;

    let mut applied = [first.unwrap().applied(), second.unwrap().applied()];
    applied.sort_unstable();
    assert_eq!(applied, [0, 2]);
    assert_eq!(column(&watcher, VALID).await, ["t"]);
    assert_eq!(locks(&watcher).await, 0);
}
