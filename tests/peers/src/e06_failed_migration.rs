//! E6: a migration fails, and the application tries again or another replica starts.

use std::time::Duration;

use stairwell::Migrator;
use test_support::database;
use tokio::time::timeout;

use crate::support::{File, locks, plain, pool, refinery, sqlx, tables, within};

const BROKEN: &str = "-- The\n-- second\nCREATE TABEL b ();";
const FILES: [File; 2] = [(1, "a", "CREATE TABLE a ();"), (2, "b", BROKEN)];

/// The error returns past the unlocking, and the session with the lock goes back to the pool.
#[tokio::test]
async fn e6_sqlx_keeps_its_lock_after_a_failure_and_the_next_replica_hangs() {
    let database = database().await;
    let client = database.connect().await;
    let replica = pool(&database).await;
    let migrator = sqlx(&[("1_a.sql", FILES[0].2), ("2_b.sql", BROKEN)]).await;

    let error = within(20, migrator.run(&replica)).await.unwrap_err();

    assert_eq!(locks(&client).await, 1);
    let next = pool(&database).await;
    let mended = sqlx(&[("1_a.sql", FILES[0].2), ("2_b.sql", "CREATE TABLE b ();")]).await;
    timeout(Duration::from_secs(3), mended.run(&next))
        .await
        .expect_err("it waits for the lock that nobody needs");
    // The line is one of PostgreSQL's own source, and the migration has three.
    let text = error.to_string();
    assert!(text.contains("while executing migration 2: ") && text.contains("syntax error"), "{text}");
    let line = text.split_once(" at line ").map(|(_, line)| line.parse::<u32>());
    assert!(line.is_none_or(|line| line.is_ok_and(|line| line > 3)), "{text}");
}

/// It has no lock to keep; but whoever prints the error does not learn what is wrong.
#[tokio::test]
async fn e6_refinery_does_not_say_what_failed() {
    let database = database().await;
    let error = within(20, refinery(&FILES).run_async(&mut database.connect().await)).await.unwrap_err();
    assert_eq!(error.to_string(), "`error applying migration V2__b`, `db error`");
}

#[tokio::test]
async fn e6_stairwell_gives_its_lock_back_and_shows_the_line() {
    let database = database().await;
    let watcher = database.connect().await;
    // The session stays open, as that of a pool does.
    let mut replica = database.connect().await;
    let broken = plain(&FILES);
    let error = within(20, Migrator::new(&broken).up(&mut replica)).await.unwrap_err();

    assert_eq!(locks(&watcher).await, 0);
    let text = error.to_string();
    assert!(text.contains("`core/V0002__b` failed: syntax error at or near \"TABEL\""), "{text}");
    assert!(text.contains("--> migrations/V0002__b.sql:3:8\n"), "{text}");
    let mended = plain(&[FILES[0], (2, "b", "CREATE TABLE b ();")]);
    let migrator = Migrator::new(&mended).lock_wait(Duration::ZERO);
    assert_eq!(within(20, migrator.up(&mut database.connect().await)).await.unwrap().applied(), 1);
    assert_eq!(tables(&watcher).await, ["a", "b"]);
}
