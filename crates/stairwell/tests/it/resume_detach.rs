//! `DETACH PARTITION … CONCURRENTLY` commits in the middle, and what was cut off there can only be finalized.

use std::sync::Mutex;
use std::time::Duration;

use stairwell::{Event, Migrator, Timeouts};
use test_support::{TestDatabase, server};
use tokio_postgres::Client;

use crate::resume::{chains, cut_off, half, up};
use crate::support::{history, rows};

const DETACH: &str = "ALTER TABLE readings DETACH PARTITION readings_old CONCURRENTLY;\n\n\
                      INSERT INTO log VALUES ('two');";

/// Keeps the second half waiting, but not the first one.
const READS: &str = "SELECT FROM readings";

/// The partitions, and whether they are about to be none.
async fn partitions(client: &Client) -> Vec<String> {
    rows(
        client,
        "SELECT inhrelid::regclass, inhdetachpending FROM pg_inherits WHERE inhparent = 'readings'::regclass",
    )
    .await
}

/// Cut off between its two transactions.
async fn in_the_middle() -> (TestDatabase, Client) {
    let database = server().database().await;
    let (other, error) = cut_off(chains(DETACH), &database, READS, "%DETACH%").await;
    other.batch_execute("COMMIT").await.unwrap();
    assert!(error.to_string().contains("perhaps the next one; the next run goes on from there"), "{error}");
    assert_eq!(partitions(&other).await, ["readings_old t"]);
    (database, other)
}

#[tokio::test]
async fn a_partition_that_is_half_detached_is_finalized() {
    let (database, other) = in_the_middle().await;
    let chains = chains(DETACH);
    let completed = Mutex::new(Vec::new());
    let migrator = Migrator::new(&chains).on_event(|event| {
        if let Event::Completing { name, statement } = event {
            completed.lock().unwrap().push(format!("{name}: {statement}"));
        }
    });

    assert_eq!(migrator.up(&mut database.connect().await).await.unwrap().applied(), 1);

    assert_eq!(
        *completed.lock().unwrap(),
        ["core/V0002__many: ALTER TABLE readings DETACH PARTITION public.readings_old FINALIZE"]
    );
    assert_eq!(partitions(&other).await, [""; 0]);
    assert_eq!(rows(&other, "SELECT what FROM log").await, ["two"]);
    assert_eq!(history(&other, "core").await, ["1 tables", "2 many"]);
    assert_eq!(rows(&other, "SELECT 1 FROM stairwell.statements").await, [""; 0]);
}

#[tokio::test]
async fn a_partition_that_somebody_has_finalized_counts_as_detached() {
    let (database, other) = in_the_middle().await;
    other.batch_execute("ALTER TABLE readings DETACH PARTITION readings_old FINALIZE").await.unwrap();

    assert_eq!(up(&chains(DETACH), &database).await.unwrap(), 1);

    assert_eq!(partitions(&other).await, [""; 0]);
    assert_eq!(rows(&other, "SELECT what FROM log").await, ["two"]);
}

#[tokio::test]
async fn a_partition_that_is_still_whole_is_detached_anew() {
    let database = server().database().await;
    let hold = "LOCK TABLE readings IN SHARE UPDATE EXCLUSIVE MODE";
    let (other, _) = cut_off(chains(DETACH), &database, hold, "%DETACH%").await;
    other.batch_execute("COMMIT").await.unwrap();
    assert_eq!(partitions(&other).await, ["readings_old f"]);

    assert_eq!(up(&chains(DETACH), &database).await.unwrap(), 1);

    assert_eq!(partitions(&other).await, [""; 0]);
}

/// It was not cut off: the server gave up in the middle.
async fn timed_out(database: &TestDatabase) -> Client {
    let chains = chains(DETACH);
    let mut client = database.connect().await;
    Migrator::new(&chains).up_to(&mut client, &[stairwell::Target::at("core", 1)]).await.unwrap();
    let other = database.connect().await;
    other.batch_execute(&format!("BEGIN; {READS}")).await.unwrap();
    let timeouts = Timeouts::new().lock(Duration::from_millis(100));
    let error = Migrator::new(&chains).timeouts(timeouts).retries(0).up(&mut client).await.unwrap_err();
    assert_eq!(error.code().unwrap().code(), "55P03");
    other.batch_execute("COMMIT").await.unwrap();
    assert_eq!(partitions(&other).await, ["readings_old t"]);
    assert_eq!(half(&chains, &mut client).await, ["half applied: 0 of 2 statements"]);
    other
}

#[tokio::test]
async fn a_partition_whose_detaching_failed_in_the_middle_is_finalized() {
    let database = server().database().await;
    let other = timed_out(&database).await;

    assert_eq!(up(&chains(DETACH), &database).await.unwrap(), 1);

    assert_eq!(partitions(&other).await, [""; 0]);
}

/// PostgreSQL's own hint is to do so.
#[tokio::test]
async fn a_statement_that_was_corrected_to_finalize_finds_its_work_undone() {
    let database = server().database().await;
    let other = timed_out(&database).await;

    let finalize = DETACH.replace("CONCURRENTLY", "FINALIZE");
    assert_eq!(up(&chains(&finalize), &database).await.unwrap(), 1);

    assert_eq!(partitions(&other).await, [""; 0]);
    assert_eq!(rows(&other, "SELECT what FROM log").await, ["two"]);
}
