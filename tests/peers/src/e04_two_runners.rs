//! E4: two processes start on a fresh database.

use stairwell::Migrator;
use test_support::database;

use crate::support::{File, column, plain, refinery, tables, waiting, within};

const FILES: [File; 2] = [(1, "a", "CREATE TABLE a ();"), (2, "b", "CREATE TABLE b ();")];

/// refinery creates its history without a lock, and `IF NOT EXISTS` does not see what another session is about to
/// commit.
#[tokio::test]
async fn e4_two_runners_of_refinery_break_over_the_history() {
    let database = database().await;
    let (mut one, mut other) = (database.connect().await, database.connect().await);
    // Both are held where they create the table, so that they meet there; the table that holds them goes away.
    let (gate, watcher) = (database.connect().await, database.connect().await);
    gate.batch_execute("BEGIN; CREATE TABLE refinery_schema_history ()").await.unwrap();
    let open = async {
        waiting(&watcher, 2, "CREATE TABLE IF NOT EXISTS%").await;
        gate.batch_execute("ROLLBACK").await.unwrap();
    };
    let runs = async {
        let (first, second) = (refinery(&FILES), refinery(&FILES));
        tokio::join!(first.run_async(&mut one), second.run_async(&mut other), open)
    };
    let (one, other, ()) = within(20, runs).await;

    let errors: Vec<_> = [one.map(drop), other.map(drop)].into_iter().filter_map(Result::err).collect();
    assert_eq!(errors.len(), 1, "one of the two: {errors:?}");
    let cause = std::error::Error::source(&errors[0]).unwrap().downcast_ref::<tokio_postgres::Error>();
    assert_eq!(cause.unwrap().code().unwrap().code(), "23505", "{errors:?}");
}

#[tokio::test]
async fn e4_two_runs_of_stairwell_are_one_after_the_other() {
    for _ in 0..5 {
        let database = database().await;
        let (mut one, mut other) = (database.connect().await, database.connect().await);
        let chains = plain(&FILES);
        let migrator = Migrator::new(&chains);
        let runs = async { tokio::join!(migrator.up(&mut one), migrator.up(&mut other)) };
        let (first, second) = within(20, runs).await;

        let mut applied = [first.unwrap().applied(), second.unwrap().applied()];
        applied.sort_unstable();
        assert_eq!(applied, [0, 2]);
        assert_eq!(tables(&one).await, ["a", "b"]);
        assert_eq!(column(&one, "SELECT count(*) FROM stairwell.journal").await, ["2"]);
    }
}
