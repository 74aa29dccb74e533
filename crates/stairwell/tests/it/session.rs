//! What a step may do to its session.

use stairwell::Migrator;
use test_support::server;

use crate::support::{chain, chain_set, core, history, rows, sql, tables};

/// rust-db/refinery#319: after a step that empties the search_path, the history table was not found.
#[tokio::test]
async fn a_step_that_empties_the_search_path_does_not_hide_the_history() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let dump = sql(
        "core",
        1,
        "baseline",
        "SELECT pg_catalog.set_config('search_path', '', false);\nCREATE TABLE public.sites ();",
    );
    let next = sql("core", 2, "users", "CREATE TABLE users ();");
    let chains = core(&[dump, next]);

    Migrator::new(&chains).up(&mut client).await.unwrap();

    assert_eq!(tables(&client).await, ["public.sites", "public.users"], "the next step finds its schema");
    assert_eq!(rows(&client, "SHOW search_path").await, ["\"$user\", public"], "and so does the application");
    assert!(Migrator::new(&chains).up(&mut client).await.unwrap().is_up_to_date());
}

#[tokio::test]
async fn a_role_that_a_step_sets_does_not_own_what_follows() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let role = format!("r_{}", database.name());
    client.batch_execute(&format!("CREATE ROLE {role}")).await.unwrap();
    let set = sql("core", 1, "role", format!("SET ROLE {role};").leak());
    let next = sql("usb", 1, "baseline", "CREATE TABLE usb ();");

    Migrator::new(&chain_set(&[chain("core", &[set]), chain("usb", &[next])])).up(&mut client).await.unwrap();

    assert_eq!(
        rows(&client, "SELECT tableowner FROM pg_tables WHERE tablename = 'usb' AND schemaname = 'public'")
            .await,
        ["postgres"]
    );
    assert_eq!(history(&client, "core").await, ["1 role"]);
    assert_eq!(rows(&client, "SHOW role").await, ["none"]);
}

#[tokio::test]
async fn the_callers_own_settings_survive() {
    let database = server().database().await;
    let mut client = database.connect().await;
    client.batch_execute("CREATE SCHEMA \"it's\"; SET search_path = \"it's\"").await.unwrap();
    let set = sql("core", 1, "dump", "CREATE TABLE a (); SET search_path = pg_catalog;");
    let next = sql("core", 2, "next", "CREATE TABLE b ();");

    Migrator::new(&core(&[set, next])).up(&mut client).await.unwrap();

    assert_eq!(tables(&client).await, ["it's.a", "it's.b"]);
    assert_eq!(rows(&client, "SHOW search_path").await, ["\"it's\""]);
}

#[tokio::test]
async fn a_step_may_end_in_a_comment_or_without_a_semicolon() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let comment = sql("core", 1, "comment", "CREATE TABLE a (); -- the end");
    let open = sql("core", 2, "open", "CREATE TABLE b ()");
    let block = sql("core", 3, "block", "CREATE TABLE c () /* the end */");
    let nothing = sql("core", 4, "nothing", "-- nothing to do");

    Migrator::new(&core(&[comment, open, block, nothing])).up(&mut client).await.unwrap();

    assert_eq!(tables(&client).await, ["public.a", "public.b", "public.c"]);
    assert_eq!(history(&client, "core").await.len(), 4);
}

#[tokio::test]
async fn savepoints_of_a_step_are_its_own_business() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let text =
        "SAVEPOINT s; CREATE TABLE a (); ROLLBACK TO SAVEPOINT s; CREATE TABLE b (); RELEASE SAVEPOINT s;";
    Migrator::new(&core(&[sql("core", 1, "savepoint", text)])).up(&mut client).await.unwrap();
    assert_eq!(tables(&client).await, ["public.b"]);
}

#[tokio::test]
async fn names_are_quoted_everywhere() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let history = stairwell::HistoryTable::new("odd \"schema\"", "select");
    let chains = chain_set(&[
        chain("order", &[sql("order", 1, "baseline", "CREATE TABLE a ();")]),
        chain("table", &[sql("table", 1, "baseline", "CREATE TABLE b ();")]).recorded_in(history),
    ]);

    Migrator::new(&chains).up(&mut client).await.unwrap();

    assert!(Migrator::new(&chains).up(&mut client).await.unwrap().is_up_to_date());
    assert_eq!(rows(&client, "SELECT name FROM \"odd \"\"schema\"\"\".\"select\"").await, ["baseline"]);
}
