//! Tests of what a migration does to data.

use stairwell::ChainSet;
use stairwell_testing::MigrationCase;

use crate::support::{chains, migration, reversible};

/// A label is split in two, and put together again.
fn split() -> ChainSet {
    chains(&[
        reversible(1, "seats", "CREATE TABLE seats (id int, label text);", "DROP TABLE seats;"),
        reversible(
            2,
            "split",
            "ALTER TABLE seats ADD floor int, ADD seat int; \
             UPDATE seats SET floor = split_part(label, '.', 1)::int, seat = split_part(label, '.', 2)::int; \
             ALTER TABLE seats DROP label;",
            "ALTER TABLE seats ADD label text; UPDATE seats SET label = floor || '.' || seat; \
             ALTER TABLE seats DROP floor, DROP seat;",
        ),
        reversible(3, "later", "CREATE TABLE later (id int);", "DROP TABLE later;"),
    ])
}

#[tokio::test]
async fn q5_forwards_and_backwards() {
    let chains = split();
    let split = chains.order()[1];
    for mut case in [
        MigrationCase::before(&chains, split).await.unwrap(),
        MigrationCase::before_alone(&chains, split).await.unwrap(),
    ] {
        case.client().batch_execute("INSERT INTO seats VALUES (1, '4.537'), (2, '12.1')").await.unwrap();
        case.up().await.unwrap();
        let rows = case.client().query("SELECT floor, seat FROM seats ORDER BY id", &[]).await.unwrap();
        let seats: Vec<(i32, i32)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        assert_eq!(seats, [(4, 537), (12, 1)]);
        let later = "SELECT to_regclass('later') IS NULL";
        assert!(case.client().query_one(later, &[]).await.unwrap().get::<_, bool>(0), "not applied yet");
        case.down().await.unwrap();
        let rows = case.client().query("SELECT label FROM seats ORDER BY id", &[]).await.unwrap();
        let labels: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        assert_eq!(labels, ["4.537", "12.1"]);
    }
}

#[tokio::test]
async fn d1_before_the_first_migration_there_is_nothing() {
    let chains = split();
    let mut case = MigrationCase::before_alone(&chains, chains.order()[0]).await.unwrap();
    let exists = "SELECT to_regclass('seats') IS NOT NULL";
    assert!(!case.client().query_one(exists, &[]).await.unwrap().get::<_, bool>(0));
    case.up().await.unwrap();
    assert!(case.client().query_one(exists, &[]).await.unwrap().get::<_, bool>(0));
    case.down().await.unwrap();
    assert!(!case.client().query_one(exists, &[]).await.unwrap().get::<_, bool>(0));
}

#[tokio::test]
async fn a_migration_of_another_chain_set_is_refused() {
    let stranger = migration(9, "stranger", "SELECT 1;");
    let failure = MigrationCase::before(&split(), stranger).await.unwrap_err();
    assert_eq!(failure.to_string(), "`core/V0009__stranger` is not a migration of this chain set");
}
