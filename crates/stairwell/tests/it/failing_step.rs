//! A step that fails: what is said, what is left.

use snapbox::{assert_data_eq, str};
use stairwell::{Migrator, StepFuture, Transaction};
use test_support::server;
use tokio_postgres::error::SqlState;

use crate::support::{core, history, locks, rows, rust, sql, tables};

/// Runs one good migration and then this step; the error, which both tests and snapshots look at.
async fn failure(text: &'static str) -> (stairwell::Error, Vec<String>) {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains =
        core(&[sql("core", 1, "sites", "CREATE TABLE sites (id int);"), sql("core", 2, "bad", text)]);
    let error = Migrator::new(&chains).up(&mut client).await.unwrap_err();
    assert_eq!(history(&client, "core").await, ["1 sites"]);
    assert_eq!(locks(&client).await, 0);
    assert_eq!(error.migration().unwrap().version(), 2);
    assert_eq!(error.applied().len(), 1);
    (error, tables(&client).await)
}

#[tokio::test]
async fn nothing_of_it_remains_and_the_rerun_after_the_fix_continues() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let one = sql("core", 1, "sites", "CREATE TABLE sites (id int);");
    let bad = sql("core", 2, "users", "CREATE TABLE users (id int);\nINSERT INTO nowhere VALUES (1);");
    let three = sql("core", 3, "audit", "CREATE TABLE audit (id int);");

    let error = Migrator::new(&core(&[one, bad, three])).up(&mut client).await.unwrap_err();

    assert_eq!(error.code(), Some(&SqlState::UNDEFINED_TABLE));
    assert_eq!(tables(&client).await, ["public.sites"]);
    // E6 of the field notes: sqlx keeps its lock after a failure. Another session takes this one at once.
    let other = database.connect().await;
    assert_eq!(rows(&other, "SELECT pg_try_advisory_lock(1398030665, 712157282)").await, ["t"]);
    drop(other);

    let fixed = sql("core", 2, "users", "CREATE TABLE users (id int);");
    let report = Migrator::new(&core(&[one, fixed, three])).up(&mut client).await.unwrap();
    assert_eq!(report.applied(), 2);
    assert_eq!(history(&client, "core").await, ["1 sites", "2 users", "3 audit"]);
}

#[tokio::test]
async fn a_syntax_error_names_file_line_and_column() {
    let (error, tables) = failure("CREATE TABLE a (x int);\n-- Größe\nCREATE TABLE b (y it nt);\n").await;
    let position = error.position().unwrap();
    assert_eq!((position.path, position.line, position.column), ("migrations/V0002__bad.sql", 3, 22));
    assert_eq!(tables, ["public.sites"]);
    assert_data_eq!(
        error.to_string(),
        str![[r#"
`core/V0002__bad` failed: syntax error at or near "nt" (SQLSTATE 42601)
 --> migrations/V0002__bad.sql:3:22
  |
3 | CREATE TABLE b (y it nt);
  |                      ^
  = it was rolled back: nothing of it remains
  = 1 migration was applied before it and stays applied
"#]]
    );
    assert_eq!(format!("{error:?}"), error.to_string());
}

#[tokio::test]
async fn the_first_character_of_a_step_can_be_wrong() {
    let (error, _) = failure("CRATE TABLE a (x int);").await;
    assert_data_eq!(
        error.to_string(),
        str![[r#"
`core/V0002__bad` failed: syntax error at or near "CRATE" (SQLSTATE 42601)
 --> migrations/V0002__bad.sql:1:1
  |
1 | CRATE TABLE a (x int);
  | ^
  = it was rolled back: nothing of it remains
  = 1 migration was applied before it and stays applied
"#]]
    );
}

#[tokio::test]
async fn detail_and_hint_of_the_server_are_passed_on() {
    let (error, _) =
        failure("INSERT INTO sites VALUES (1), (1);\nALTER TABLE sites ADD PRIMARY KEY (id);").await;
    assert_data_eq!(
        error.to_string(),
        str![[r#"
`core/V0002__bad` failed: could not create unique index "sites_pkey" (SQLSTATE 23505)
 --> migrations/V0002__bad.sql:2:1
  |
2 | ALTER TABLE sites ADD PRIMARY KEY (id);
  | ^
  = detail: Key (id)=(1) is duplicated.
  = it was rolled back: nothing of it remains
  = 1 migration was applied before it and stays applied
"#]]
    );
    let (error, _) = failure("SELECT idd FROM sites;").await;
    assert_data_eq!(
        error.to_string(),
        str![[r#"
`core/V0002__bad` failed: column "idd" does not exist (SQLSTATE 42703)
 --> migrations/V0002__bad.sql:1:8
  |
1 | SELECT idd FROM sites;
  |        ^
  = hint: Perhaps you meant to reference the column "sites.id".
  = it was rolled back: nothing of it remains
  = 1 migration was applied before it and stays applied
"#]]
    );
}

#[tokio::test]
async fn an_error_inside_a_function_shows_its_context() {
    let text = "DO $$\nBEGIN\n  PERFORM 1 / 0;\nEND $$;";
    let (error, _) = failure(text).await;
    assert_data_eq!(
        error.to_string(),
        str![[r#"
`core/V0002__bad` failed: division by zero (SQLSTATE 22012)
 --> migrations/V0002__bad.sql:1:1
  |
1 | DO $$
  | ^
  = context: SQL statement "SELECT 1 / 0"
    PL/pgSQL function inline_code_block line 3 at PERFORM
  = it was rolled back: nothing of it remains
  = 1 migration was applied before it and stays applied
"#]]
    );
}

#[tokio::test]
async fn a_constraint_checked_at_commit_rolls_the_step_back() {
    let text =
        "CREATE TABLE a (id int UNIQUE DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO a VALUES (1), (1);";
    let (error, tables) = failure(text).await;
    assert_eq!(tables, ["public.sites"]);
    assert_data_eq!(
        error.to_string(),
        str![[r#"
`core/V0002__bad` (migrations/V0002__bad.sql) failed: it ran, but could not be recorded and committed: duplicate key value violates unique constraint "a_id_key" (SQLSTATE 23505)
  = detail: Key (id)=(1) already exists.
  = it was rolled back: nothing of it remains
  = 1 migration was applied before it and stays applied
"#]]
    );
}

#[tokio::test]
async fn a_commit_in_a_step_is_never_half_recorded() {
    let (error, tables) = failure("CREATE TABLE a (); COMMIT;").await;
    assert_eq!(tables, ["public.a", "public.sites"]);
    assert_data_eq!(
        error.to_string(),
        str![[r#"
`core/V0002__bad` (migrations/V0002__bad.sql) failed: the step ended the transaction that it runs in
  = it is not recorded; what it may have committed itself remains: check the database before the next run
  = 1 migration was applied before it and stays applied
  = help: take COMMIT, ROLLBACK and PREPARE TRANSACTION out of the step; with `-- stairwell: no-transaction` it runs outside one
"#]]
    );
}

#[tokio::test]
async fn a_commit_and_a_begin_in_a_step_are_noticed_too() {
    let (error, tables) = failure("CREATE TABLE a (); COMMIT; BEGIN; CREATE TABLE b ();").await;
    assert_eq!(tables, ["public.a", "public.sites"]);
    assert!(error.to_string().contains("the step ended the transaction that it runs in"), "{error}");
}

#[tokio::test]
async fn a_failure_after_a_commit_says_that_something_remains() {
    let (error, tables) = failure("CREATE TABLE a (); COMMIT; SELECT 1 / 0;").await;
    assert_eq!(tables, ["public.a", "public.sites"]);
    assert_data_eq!(
        error.to_string(),
        str![[r#"
`core/V0002__bad` failed: division by zero (SQLSTATE 22012)
 --> migrations/V0002__bad.sql:1:28
  |
1 | CREATE TABLE a (); COMMIT; SELECT 1 / 0;
  |                            ^
  = it is not recorded; what it may have committed itself remains: check the database before the next run
  = 1 migration was applied before it and stays applied
  = help: take COMMIT, ROLLBACK and PREPARE TRANSACTION out of the step; with `-- stairwell: no-transaction` it runs outside one
"#]]
    );
}

#[tokio::test]
async fn a_rollback_in_a_step_is_noticed() {
    let (error, tables) = failure("CREATE TABLE a (); ROLLBACK;").await;
    assert_eq!(tables, ["public.sites"]);
    assert!(error.to_string().contains("the step ended the transaction that it runs in"), "{error}");
}

#[tokio::test]
async fn copy_from_the_client_fails_and_does_not_hang() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains = core(&[sql("core", 1, "copy", "CREATE TABLE a (x int); COPY a FROM STDIN;")]);
    let migrator = Migrator::new(&chains);
    let run = migrator.up(&mut client);
    let error = tokio::time::timeout(std::time::Duration::from_secs(20), run).await.unwrap().unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![[r#"
`core/V0001__copy` failed: unexpected message from server
 --> migrations/V0001__copy.sql:1:25
  |
1 | CREATE TABLE a (x int); COPY a FROM STDIN;
  |                         ^
  = the server waits for data that a step cannot send, so the connection is given up and the server rolls the step back
  = help: COPY from or to the client cannot run in a step; use INSERT, or a Rust step
"#]]
    );
    let other = database.connect().await;
    assert!(tables(&other).await.is_empty());
}

#[tokio::test]
async fn a_lost_connection_names_the_step_that_was_running() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains =
        core(&[sql("core", 1, "gone", "CREATE TABLE a (); SELECT pg_terminate_backend(pg_backend_pid());")]);
    let error = Migrator::new(&chains).up(&mut client).await.unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![[r#"
`core/V0001__gone` failed: terminating connection due to administrator command (SQLSTATE 57P01)
 --> migrations/V0001__gone.sql:1:20
  |
1 | CREATE TABLE a (); SELECT pg_terminate_backend(pg_backend_pid());
  |                    ^
  = the connection was lost while it ran, and the server rolls it back
  = help: run again
"#]]
    );
    let other = database.connect().await;
    assert!(tables(&other).await.is_empty());
    assert_eq!(locks(&other).await, 0);
}

/// The server ends the transaction of a PREPARE TRANSACTION that it refuses, and nothing of it remains.
#[tokio::test]
async fn a_refused_prepare_transaction_does_not_claim_that_something_was_committed() {
    let (error, tables) = failure("CREATE TABLE a (); PREPARE TRANSACTION 'x';").await;
    assert_eq!(tables, ["public.sites"]);
    assert_data_eq!(
        error.to_string(),
        str![[r#"
`core/V0002__bad` failed: prepared transactions are disabled (SQLSTATE 55000)
 --> migrations/V0002__bad.sql:1:20
  |
1 | CREATE TABLE a (); PREPARE TRANSACTION 'x';
  |                    ^
  = hint: Set [..]max_prepared_transactions[..] to a nonzero value.
  = it is not recorded; what it may have committed itself remains: check the database before the next run
  = 1 migration was applied before it and stays applied
  = help: take COMMIT, ROLLBACK and PREPARE TRANSACTION out of the step; with `-- stairwell: no-transaction` it runs outside one
"#]]
    );
}

#[tokio::test]
async fn a_timeout_is_called_by_the_name_of_its_setting() {
    let (error, _) = failure("SET LOCAL statement_timeout = '10ms'; SELECT pg_sleep(5);").await;
    assert!(
        error.to_string().contains("\n  = help: if `statement_timeout` ended it, raise that "),
        "{error}"
    );

    let database = server().database().await;
    let mut client = database.connect().await;
    let other = database.connect().await;
    other.batch_execute("CREATE TABLE a ()").await.unwrap();
    other.batch_execute("BEGIN; LOCK TABLE a").await.unwrap();
    let text = "SET LOCAL lock_timeout = '10ms'; ALTER TABLE a ADD id int;";
    let error = Migrator::new(&core(&[sql("core", 1, "wait", text)])).up(&mut client).await.unwrap_err();
    assert!(error.to_string().ends_with("run again when it is free, or raise `lock_timeout`"), "{error}");
}

fn idles<'a>(tx: &'a Transaction<'_>) -> StepFuture<'a> {
    Box::pin(async move {
        tx.batch_execute("SET LOCAL idle_in_transaction_session_timeout = '50ms'").await?;
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        Ok(tx.batch_execute("CREATE TABLE a ()").await?)
    })
}

#[tokio::test]
async fn an_idle_step_that_the_server_ends_says_so() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let error = Migrator::new(&core(&[rust("core", 1, "idle", idles)])).up(&mut client).await.unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![[r#"
`core/V0001__idle` (migrations/V0001__idle.rs) failed: connection closed
  = the connection was lost while it ran, and the server rolls it back
  = help: run again; if the step pauses between its statements, `idle_in_transaction_session_timeout` may have ended it
"#]]
    );
}
