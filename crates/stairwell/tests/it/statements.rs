//! Steps under `no-transaction`.

use snapbox::{assert_data_eq, str};
use stairwell::Migrator;
use test_support::server;

use crate::support::{core, history, locks, rows, sql, statements, tables};

#[tokio::test]
async fn an_index_can_be_created_concurrently() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let one = sql("core", 1, "sites", "CREATE TABLE sites (id int);");
    let index = "-- stairwell: no-transaction\nCREATE INDEX CONCURRENTLY sites_id ON sites (id);\n\nVACUUM sites; -- done";
    let chains = core(&[one, statements("core", 2, "index", index)]);

    Migrator::new(&chains).up(&mut client).await.unwrap();

    assert_eq!(
        rows(&client, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'sites_id'::regclass").await,
        ["t"]
    );
    assert_eq!(history(&client, "core").await, ["1 sites", "2 index"]);
}

/// E10 of the field notes: replicas that wait inside `pg_advisory_lock` deadlock with CREATE INDEX CONCURRENTLY.
#[tokio::test]
async fn replicas_that_wait_do_not_deadlock_with_a_concurrent_index() {
    let database = server().database().await;
    let one = sql("core", 1, "sites", "CREATE TABLE sites AS SELECT generate_series(1, 200000) AS id;");
    let index = statements("core", 2, "index", "CREATE INDEX CONCURRENTLY sites_id ON sites (id);");
    let chains = core(&[one, index]);
    let mut runs = Vec::new();
    for _ in 0..4 {
        let mut client = database.connect().await;
        runs.push(tokio::spawn(async move { Migrator::new(&chains).up(&mut client).await }));
    }
    let mut applied = 0;
    for run in runs {
        applied += run.await.unwrap().unwrap().applied();
    }
    assert_eq!(applied, 2);
}

#[tokio::test]
async fn a_failure_names_the_statement_and_says_what_remains() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let text =
        "-- Größe\nCREATE TABLE a (x int);\n\nCREATE INDEX CONCURRENTLY i\n  ON a (y);\n\nCREATE TABLE b ();";
    let chains = core(&[statements("core", 1, "index", text)]);

    let error = Migrator::new(&chains).up(&mut client).await.unwrap_err();

    assert_data_eq!(
        error.to_string(),
        str![[r#"
`core/V0001__index` failed: column "y" does not exist (SQLSTATE 42703)
 --> migrations/V0001__index.sql:4:1
  |
4 | CREATE INDEX CONCURRENTLY i
  | ^
  = it runs outside a transaction: executed, and not undone, are 1 of its 3 statements; the next run goes on from there
"#]]
    );
    assert_eq!(tables(&client).await, ["public.a"]);
    assert!(history(&client, "core").await.is_empty());
    assert_eq!(locks(&client).await, 0);
}

#[tokio::test]
async fn a_transaction_that_a_statement_leaves_open_does_not_swallow_the_row() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains = core(&[statements("core", 1, "open", "BEGIN;\n\nCREATE TABLE a ();")]);

    Migrator::new(&chains).up(&mut client).await.unwrap();

    let other = database.connect().await;
    assert_eq!(tables(&other).await, ["public.a"]);
    assert_eq!(history(&other, "core").await, ["1 open"]);
}
