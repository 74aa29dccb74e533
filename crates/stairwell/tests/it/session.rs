//! What a step may do to its session.

use stairwell::{Migrator, StepFuture, Transaction};
use test_support::server;

use crate::support::{chain, chain_set, core, history, rows, rust, sql, statements, tables};

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

/// Each of these changed, in silence, what later steps and the application wrote.
const LEAKS: &str = "SET session_replication_role = replica; SET client_encoding = LATIN1; SET row_security = off; \
                     SET standard_conforming_strings = off; SET TIME ZONE 'Asia/Tokyo'; SET app.mode = 'import';";
const SHOW: &str = "SELECT current_setting('session_replication_role'), current_setting('client_encoding'), \
                    current_setting('row_security'), current_setting('standard_conforming_strings'), \
                    current_setting('TimeZone'), '[' || coalesce(current_setting('app.mode', true), '') || ']'";
const CLEAN: &str = "origin UTF8 on on UTC []";

fn leaks<'a>(tx: &'a Transaction<'_>) -> StepFuture<'a> {
    Box::pin(async move { Ok(tx.batch_execute(LEAKS).await?) })
}

#[tokio::test]
async fn settings_of_a_step_reach_neither_the_next_one_nor_the_application() {
    let database = server().database().await;
    let seen = |version| {
        let text = format!("CREATE TABLE seen{version} (a, b, c, d, e, f) AS {SHOW};");
        sql("core", version, "seen", text.leak())
    };
    let chains = core(&[
        sql("core", 1, "leak", LEAKS),
        seen(2),
        rust("core", 3, "leak", leaks),
        seen(4),
        statements("core", 5, "leak", LEAKS.replace("; ", ";\n\n").leak()),
        seen(6),
    ]);
    let mut client = database.connect().await;

    Migrator::new(&chains).up(&mut client).await.unwrap();

    for version in [2, 4, 6] {
        assert_eq!(rows(&client, &format!("SELECT * FROM seen{version}")).await, [CLEAN]);
    }
    assert_eq!(rows(&client, SHOW).await, [CLEAN]);
}

#[tokio::test]
async fn settings_of_a_step_that_fails_do_not_reach_the_application() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let text = format!("{}\n\nCREATE TEMP TABLE sites ();\n\nSELECT 1 / 0;", LEAKS.replace("; ", ";\n\n"));
    Migrator::new(&core(&[statements("core", 1, "leak", text.leak())])).up(&mut client).await.unwrap_err();
    assert_eq!(rows(&client, SHOW).await, [CLEAN]);
    assert!(tables(&client).await.is_empty());
}

#[tokio::test]
async fn a_session_authorization_that_a_step_sets_does_not_own_what_follows() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let role = format!("a_{}", database.name());
    client.batch_execute(&format!("CREATE ROLE {role}; SET session_replication_role = local")).await.unwrap();
    let set = sql("core", 1, "user", format!("SET SESSION AUTHORIZATION {role};").leak());
    let next = sql("core", 2, "next", "CREATE TABLE a AS SELECT session_user AS u, current_user AS c;");

    Migrator::new(&core(&[set, next])).up(&mut client).await.unwrap();

    assert_eq!(rows(&client, "SELECT u, c FROM a").await, ["postgres postgres"]);
    // Only a superuser may set it, so it is given back as one.
    assert_eq!(rows(&client, "SHOW session_replication_role").await, ["local"]);
}

#[tokio::test]
async fn what_the_caller_had_set_is_set_again() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let role = format!("c_{}", database.name());
    client
        .batch_execute(&format!(
            "CREATE ROLE {role}; GRANT CREATE ON DATABASE {} TO {role}; GRANT CREATE ON SCHEMA public TO {role}; \
             SET client_connection_check_interval = '9s'; SET lock_timeout = '7s'; SET DateStyle = 'German, DMY'; \
             SET search_path = \"$user\", public, \"it's\"; SET ROLE {role}",
            database.name()
        ))
        .await
        .unwrap();
    let reset = "RESET ROLE; RESET ALL; SET lock_timeout = '1s';";
    let chains = core(&[sql("core", 1, "reset", reset), sql("core", 2, "next", "CREATE TABLE a ();")]);

    Migrator::new(&chains).up(&mut client).await.unwrap();

    let ask = "SELECT current_setting('client_connection_check_interval'), current_setting('lock_timeout'), \
               current_setting('DateStyle'), current_setting('search_path'), current_user, session_user";
    let expected = format!("9s 7s German, DMY \"$user\", public, \"it's\" {role} postgres");
    assert_eq!(rows(&client, ask).await, [expected]);
    assert_eq!(rows(&client, "SELECT tableowner FROM pg_tables WHERE tablename = 'a'").await, [role]);
}

#[tokio::test]
async fn a_temporary_table_of_a_step_does_not_hide_a_table_from_the_next_one() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let sites = sql("core", 1, "sites", "CREATE TABLE sites (id int);");
    let temporary = "CREATE TEMP TABLE sites (id int); CREATE TEMP VIEW v AS SELECT * FROM sites; \
                     CREATE TEMP TABLE gone ON COMMIT DROP AS SELECT 1; INSERT INTO public.sites SELECT 1;";
    let temporary = sql("core", 2, "temporary", temporary);
    let next = sql("core", 3, "next", "INSERT INTO sites VALUES (2); ALTER TABLE sites ADD name text;");

    Migrator::new(&core(&[sites, temporary, next])).up(&mut client).await.unwrap();

    assert_eq!(rows(&client, "SELECT id FROM public.sites ORDER BY 1").await, ["1", "2"]);
    assert_eq!(tables(&client).await, ["public.sites"]);
}

#[tokio::test]
async fn a_temporary_table_of_the_caller_stops_the_run_and_stays() {
    let database = server().database().await;
    let mut client = database.connect().await;
    client.batch_execute("CREATE TEMP TABLE sites (id int)").await.unwrap();
    let chains = core(&[sql("core", 1, "sites", "CREATE TABLE sites ();")]);

    let error = Migrator::new(&chains).up(&mut client).await.unwrap_err();

    assert_eq!(
        error.to_string(),
        "the session has a temporary table `sites`; temporary tables hide tables of the same name from the steps; \
         drop it, or migrate over another connection"
    );
    assert_eq!(rows(&client, "SELECT count(*) FROM pg_temp.sites").await, ["0"]);
    // Where nothing is pending, nothing can be hidden.
    Migrator::new(&chains).up(&mut database.connect().await).await.unwrap();
    assert!(Migrator::new(&chains).up(&mut client).await.unwrap().is_up_to_date());
    assert_eq!(rows(&client, "SELECT count(*) FROM pg_temp.sites").await, ["0"]);
}

#[tokio::test]
async fn a_transaction_that_the_caller_has_open_is_neither_committed_nor_rolled_back() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains = core(&[sql("core", 1, "sites", "CREATE TABLE sites ();")]);
    for begin in ["BEGIN", "BEGIN; CREATE TABLE of_the_caller ()", "BEGIN READ ONLY"] {
        client.batch_execute(begin).await.unwrap();

        let error = Migrator::new(&chains).up(&mut client).await.unwrap_err();

        assert_eq!(
            error.to_string(),
            "the session is inside a transaction, which the first step would commit; \
             commit it or roll it back before the run"
        );
        client.batch_execute("SAVEPOINT still_open; ROLLBACK").await.unwrap();
    }
    client.batch_execute("BEGIN; SELECT 1 / 0").await.unwrap_err();
    assert_eq!(
        Migrator::new(&chains).up(&mut client).await.unwrap_err().code().unwrap().code(),
        "25P02",
        "a failed transaction is open too"
    );
    client.batch_execute("ROLLBACK").await.unwrap();
    assert!(tables(&client).await.is_empty());
    assert_eq!(Migrator::new(&chains).up(&mut client).await.unwrap().applied(), 1);
}
