//! Rust steps.

use snapbox::{assert_data_eq, str};
use stairwell::{Error, Migrator, RustStep, StepFuture, Transaction};
use test_support::server;

use crate::support::{core, history, locks, rows, rust, sql, tables};

fn creates<'a>(tx: &'a Transaction<'_>) -> StepFuture<'a> {
    Box::pin(async move {
        tx.batch_execute("CREATE TABLE made_in_rust (id int)").await?;
        let id = 7;
        tx.execute("INSERT INTO made_in_rust VALUES ($1)", &[&id]).await?;
        Ok(())
    })
}

fn fails<'a>(tx: &'a Transaction<'_>) -> StepFuture<'a> {
    Box::pin(async move {
        tx.batch_execute("CREATE TABLE made_in_rust (id int)").await?;
        let text = "seven";
        text.parse::<i32>()?;
        Ok(())
    })
}

#[expect(clippy::panic, reason = "a step with a mistake")]
fn panics<'a>(tx: &'a Transaction<'_>) -> StepFuture<'a> {
    Box::pin(async move {
        tx.batch_execute("CREATE TABLE made_in_rust (id int)").await?;
        panic!("{} toner levels", 3);
    })
}

fn queries_nonsense<'a>(tx: &'a Transaction<'_>) -> StepFuture<'a> {
    Box::pin(async move {
        tx.query("SELECT idd FROM sites", &[]).await?;
        Ok(())
    })
}

fn swallows<'a>(tx: &'a Transaction<'_>) -> StepFuture<'a> {
    Box::pin(async move {
        let _ = tx.batch_execute("CREATE TABLE a (); SELECT 1 / 0").await;
        Ok(())
    })
}

fn commits<'a>(tx: &'a Transaction<'_>) -> StepFuture<'a> {
    Box::pin(async move {
        tx.batch_execute("CREATE TABLE a (); COMMIT").await?;
        Ok(())
    })
}

/// Runs a good migration, then this step, which fails.
async fn failure(run: RustStep) -> (Error, Vec<String>) {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains =
        core(&[sql("core", 1, "sites", "CREATE TABLE sites (id int);"), rust("core", 2, "backfill", run)]);
    let error = Migrator::new(&chains).up(&mut client).await.unwrap_err();
    assert_eq!(error.migration().unwrap().version(), 2);
    assert_eq!(history(&client, "core").await, ["1 sites"]);
    assert_eq!(locks(&client).await, 0);
    let tables = tables(&client).await;
    // The session is idle and usable.
    client.batch_execute("CREATE TABLE afterwards ()").await.unwrap();
    (error, tables)
}

#[tokio::test]
async fn it_commits_together_with_its_row_and_in_order() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let after = sql("core", 2, "after", "ALTER TABLE made_in_rust ADD name text;");
    let chains = core(&[rust("core", 1, "backfill", creates), after]);

    Migrator::new(&chains).up(&mut client).await.unwrap();

    assert_eq!(rows(&client, "SELECT id, name FROM made_in_rust").await, ["7 null"]);
    assert_eq!(history(&client, "core").await, ["1 backfill", "2 after"]);
}

#[tokio::test]
async fn it_fails_together_with_its_row() {
    let (error, tables) = failure(fails).await;
    assert_eq!(tables, ["public.sites"]);
    assert_data_eq!(
        error.to_string(),
        str![[r#"
`core/V0002__backfill` (migrations/V0002__backfill.rs) failed: invalid digit found in string
  = it was rolled back: nothing of it remains
  = 1 migration was applied before it and stays applied
"#]]
    );
    assert!(std::error::Error::source(&error).unwrap().is::<std::num::ParseIntError>());
}

#[tokio::test]
async fn a_panic_is_rolled_back_and_named() {
    let (error, tables) = failure(panics).await;
    assert_eq!(tables, ["public.sites"]);
    assert_data_eq!(
        error.to_string(),
        str![[r#"
`core/V0002__backfill` (migrations/V0002__backfill.rs) failed: it panicked: 3 toner levels
  = it was rolled back: nothing of it remains
  = 1 migration was applied before it and stays applied
"#]]
    );
}

#[tokio::test]
async fn a_database_error_that_it_passes_on_keeps_code_and_hint() {
    let (error, _) = failure(queries_nonsense).await;
    assert_eq!(error.code().unwrap().code(), "42703");
    assert_data_eq!(
        error.to_string(),
        str![[r#"
`core/V0002__backfill` (migrations/V0002__backfill.rs) failed: column "idd" does not exist (SQLSTATE 42703)
  = hint: Perhaps you meant to reference the column "sites.id".
  = it was rolled back: nothing of it remains
  = 1 migration was applied before it and stays applied
"#]]
    );
}

#[tokio::test]
async fn an_error_that_it_swallows_is_not_recorded_as_success() {
    let (error, tables) = failure(swallows).await;
    assert_eq!(tables, ["public.sites"]);
    assert_data_eq!(
        error.to_string(),
        str![[r#"
`core/V0002__backfill` (migrations/V0002__backfill.rs) failed: it ran, but could not be recorded and committed: current transaction is aborted, commands ignored until end of transaction block (SQLSTATE 25P02)
  = it was rolled back: nothing of it remains
  = 1 migration was applied before it and stays applied
  = help: a statement of the step failed and the step went on: pass the error on, or use a savepoint
"#]]
    );
}

#[tokio::test]
async fn a_commit_in_it_is_noticed() {
    let (error, tables) = failure(commits).await;
    assert_eq!(tables, ["public.a", "public.sites"]);
    assert!(error.to_string().contains("the step ended the transaction that it runs in"), "{error}");
}
