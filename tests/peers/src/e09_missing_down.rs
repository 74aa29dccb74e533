//! E9: back to the empty database, and one migration on the way has no down step.
//!
//! refinery has no down steps, so there is no test of it.

use stairwell::{Migrator, Rollback, Step, Target};
use test_support::database;

use crate::support::{chains, column, migration, pool, sqlx, tables, within};

#[tokio::test]
async fn e9_sqlx_skips_the_migration_without_a_down_file_and_says_that_all_is_well() {
    let database = database().await;
    let replica = pool(&database).await;
    let migrator = sqlx(&[
        ("1_a.up.sql", "CREATE TABLE a ();"),
        ("1_a.down.sql", "DROP TABLE a;"),
        ("2_b.up.sql", "CREATE TABLE b ();"),
        ("3_c.up.sql", "CREATE TABLE c ();"),
        ("3_c.down.sql", "DROP TABLE c;"),
    ])
    .await;
    within(20, migrator.run(&replica)).await.unwrap();

    within(20, migrator.undo(&replica, 0)).await.unwrap();

    let client = database.connect().await;
    assert_eq!(tables(&client).await, ["b"]);
    assert_eq!(column(&client, "SELECT version FROM _sqlx_migrations").await, ["2"]);
}

#[tokio::test]
async fn e9_stairwell_refuses_before_it_reverts_anything() {
    let database = database().await;
    let mut client = database.connect().await;
    let chains = chains(vec![
        migration(1, "a", Step::Sql("CREATE TABLE a ();")).reverted_by(Step::Sql("DROP TABLE a;")),
        migration(2, "b", Step::Sql("CREATE TABLE b ();")),
        migration(3, "c", Step::Sql("CREATE TABLE c ();")).reverted_by(Step::Sql("DROP TABLE c;")),
    ]);
    let migrator = Migrator::new(&chains);
    within(20, migrator.up(&mut client)).await.unwrap();

    let error =
        within(20, migrator.down(&mut client, &Rollback::to([Target::at("core", 0)]))).await.unwrap_err();

    assert!(error.to_string().contains("core/V0002__b"), "{error}");
    assert_eq!(tables(&client).await, ["a", "b", "c"]);
    assert_eq!(column(&client, "SELECT version FROM stairwell.core ORDER BY 1").await, ["1", "2", "3"]);
}
