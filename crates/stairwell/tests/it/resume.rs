//! Steps under `no-transaction` that were cut off: what the next run makes of them.

use snapbox::{assert_data_eq, str};
use stairwell::{ChainSet, Error, Event, Migration, Migrator};
use test_support::{TestDatabase, server};
use tokio_postgres::Client;

use crate::support::{core, history, rows, sql, statements, terminate, waiting};

const TABLES: &str = "CREATE TABLE sites (id int); CREATE TABLE log (what text); CREATE TABLE cut (here bool); \
                      CREATE TYPE mood AS ENUM ('good'); CREATE TABLE readings (at int) PARTITION BY RANGE (at); \
                      CREATE TABLE readings_old PARTITION OF readings FOR VALUES FROM (0) TO (9);";

/// Ends its own session, as long as the table says so.
const CUT: &str = "SELECT pg_terminate_backend(pg_backend_pid()) FROM cut";

/// A chain of the tables and of these statements.
pub(crate) fn chains(text: &str) -> ChainSet {
    core(&[sql("core", 1, "tables", TABLES), step(text)])
}

fn step(text: &str) -> Migration {
    statements("core", 2, "many", text.to_owned().leak())
}

pub(crate) async fn up(chains: &ChainSet, database: &TestDatabase) -> Result<usize, Error> {
    Ok(Migrator::new(chains).up(&mut database.connect().await).await?.applied())
}

/// Runs it up to the statement that waits for what `hold` does in a transaction, and ends the session there.
pub(crate) async fn cut_off(
    chains: ChainSet,
    database: &TestDatabase,
    hold: &str,
    like: &str,
) -> (Client, Error) {
    let other = database.connect().await;
    Migrator::new(&chains)
        .up_to(&mut database.connect().await, &[stairwell::Target::at("core", 1)])
        .await
        .unwrap();
    other.batch_execute(&format!("BEGIN; {hold}")).await.unwrap();
    let mut client = database.connect().await;
    let run = tokio::spawn(async move { Migrator::new(&chains).up(&mut client).await });
    let watcher = database.connect().await;
    let pid = waiting(&watcher, like).await;
    terminate(&watcher, pid).await;
    (other, run.await.unwrap().unwrap_err())
}

pub(crate) async fn half(chains: &ChainSet, client: &mut Client) -> Vec<String> {
    let status = Migrator::new(chains).status(client).await.unwrap();
    status.chains[0].half_applied.iter().map(ToString::to_string).collect()
}

const INDEXES: &str = "SELECT c.relname, i.indisvalid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
                       WHERE i.indrelid = 'sites'::regclass ORDER BY 1";

#[tokio::test]
async fn the_next_run_goes_on_behind_what_has_run() {
    let database = server().database().await;
    let client = &mut database.connect().await;
    let text = format!("INSERT INTO log VALUES ('one');\n\n{CUT};\n\nINSERT INTO log VALUES ('three');");
    let chains = chains(&text);
    Migrator::new(&chains).up_to(client, &[stairwell::Target::at("core", 1)]).await.unwrap();
    client.batch_execute("INSERT INTO cut VALUES (true)").await.unwrap();

    let error = up(&chains, &database).await.unwrap_err();

    assert_data_eq!(
        error.to_string(),
        str![[r#"
`core/V0002__many` failed: terminating connection due to administrator command (SQLSTATE 57P01)
 --> migrations/V0002__many.sql:3:1
  |
3 | SELECT pg_terminate_backend(pg_backend_pid()) FROM cut;
  | ^
  = the connection was lost while it ran outside a transaction: executed, and not undone, are 1 of its 3 statements, and perhaps the next one; the next run goes on from there
"#]]
    );
    assert_eq!(half(&chains, client).await, ["half applied: 1 of 3 statements, and perhaps the next one"]);
    assert_eq!(history(client, "core").await, ["1 tables"]);
    client.batch_execute("DELETE FROM cut").await.unwrap();
    let resumed = std::sync::Mutex::new(Vec::new());
    let migrator = Migrator::new(&chains).on_event(|event| {
        if let Event::Resuming { name, done, of } = event {
            resumed.lock().unwrap().push(format!("{name} {done} of {of}"));
        }
    });
    assert_eq!(migrator.up(&mut database.connect().await).await.unwrap().applied(), 1);
    assert_eq!(*resumed.lock().unwrap(), ["core/V0002__many 1 of 3"]);
    assert_eq!(rows(client, "SELECT what FROM log").await, ["one", "three"]);
    assert_eq!(history(client, "core").await, ["1 tables", "2 many"]);
    assert!(rows(client, "SELECT 1 FROM stairwell.statements").await.is_empty());
    assert!(half(&chains, client).await.is_empty());
}

#[tokio::test]
async fn what_a_statement_has_set_is_set_again() {
    let database = server().database().await;
    let client = &mut database.connect().await;
    let role = format!("worker_{}", database.name());
    // The role may not end a session of another one, so a function does.
    client
        .batch_execute(&format!(
            "CREATE SCHEMA app; CREATE ROLE {role}; GRANT ALL ON SCHEMA app TO {role}; \
             CREATE FUNCTION cut() RETURNS bool SECURITY DEFINER LANGUAGE SQL AS \
             'SELECT pg_terminate_backend(pg_backend_pid()) WHERE to_regclass(''public.cut'') IS NOT NULL'"
        ))
        .await
        .unwrap();
    let text = format!(
        "SET search_path = app, public;\n\nSET ROLE {role};\n\nCREATE TABLE a ();\n\nSELECT cut();\n\nCREATE TABLE b ();"
    );
    let chains = core(&[step(&text)]);
    client.batch_execute("CREATE TABLE cut ()").await.unwrap();

    up(&chains, &database).await.unwrap_err();

    assert_eq!(half(&chains, client).await, ["half applied: 3 of 5 statements, and perhaps the next one"]);
    client.batch_execute("DROP TABLE cut").await.unwrap();
    assert_eq!(up(&chains, &database).await.unwrap(), 1);
    let tables = "SELECT schemaname, tablename, tableowner <> current_user FROM pg_tables WHERE tablename IN ('a', 'b') ORDER BY 2";
    assert_eq!(rows(client, tables).await, ["app a t", "app b t"]);
}

#[tokio::test]
async fn an_index_that_was_left_invalid_is_dropped_and_built_again() {
    let database = server().database().await;
    let chains = chains("CREATE INDEX CONCURRENTLY sites_id ON public.sites (id);");
    let (other, error) =
        cut_off(chains, &database, "INSERT INTO sites VALUES (1)", "%CREATE INDEX CONC%").await;

    assert!(error.to_string().contains("perhaps the next one; the next run goes on from there"), "{error}");
    other.batch_execute("COMMIT").await.unwrap();
    assert_eq!(rows(&other, INDEXES).await, ["sites_id f"]);
    assert_eq!(up(&chains, &database).await.unwrap(), 1);
    assert_eq!(rows(&other, INDEXES).await, ["sites_id t"]);
}

/// One of another run, which was not there when this step began, is as good.
#[tokio::test]
async fn an_index_that_is_complete_counts_as_done() {
    let database = server().database().await;
    let chains =
        chains("CREATE INDEX CONCURRENTLY sites_id ON sites (id);\n\nINSERT INTO log VALUES ('two');");
    let (other, _) = cut_off(chains, &database, "INSERT INTO sites VALUES (1)", "%CREATE INDEX CONC%").await;
    other.batch_execute("COMMIT; DROP INDEX sites_id; CREATE INDEX sites_id ON sites (id)").await.unwrap();
    let oid = rows(&other, "SELECT 'sites_id'::regclass::oid").await;

    assert_eq!(up(&chains, &database).await.unwrap(), 1);

    assert_eq!(rows(&other, "SELECT 'sites_id'::regclass::oid").await, oid);
    assert_eq!(rows(&other, "SELECT what FROM log").await, ["two"]);
}

/// It was there before the step began, so it is none of its work: neither dropped nor taken for it.
#[tokio::test]
async fn an_index_of_somebody_else_is_left_alone() {
    let database = server().database().await;
    let client = &mut database.connect().await;
    let chains = chains("CREATE INDEX CONCURRENTLY sites_id ON sites (id);");
    Migrator::new(&chains).up_to(client, &[stairwell::Target::at("core", 1)]).await.unwrap();
    client.batch_execute("INSERT INTO sites VALUES (1), (1)").await.unwrap();
    client.batch_execute("CREATE UNIQUE INDEX CONCURRENTLY sites_id ON sites (id)").await.unwrap_err();
    assert_eq!(rows(client, INDEXES).await, ["sites_id f"]);

    for _ in 0..2 {
        let error = up(&chains, &database).await.unwrap_err();
        assert_eq!(error.code().unwrap().code(), "42P07");
        assert_eq!(rows(client, INDEXES).await, ["sites_id f"]);
    }
}

#[tokio::test]
async fn an_index_without_a_name_is_asked_about() {
    let database = server().database().await;
    let chains = chains("CREATE INDEX CONCURRENTLY ON sites (id);");
    let (other, _) = cut_off(chains, &database, "INSERT INTO sites VALUES (1)", "%CREATE INDEX CONC%").await;
    other
        .batch_execute("COMMIT; DROP INDEX sites_id_idx; CREATE INDEX sites_id_idx ON sites (id)")
        .await
        .unwrap();

    let error = up(&chains, &database).await.unwrap_err();

    assert_data_eq!(
        error.to_string(),
        str![[r#"
`core/V0002__many` failed: an earlier run was cut off in this statement, and public.sites_id_idx may be the index that it built
 --> migrations/V0002__many.sql:1:1
  |
1 | CREATE INDEX CONCURRENTLY ON sites (id);
  | ^
  = it runs outside a transaction: executed, and not undone, are 0 of its 1 statements; the next run goes on from there
  = help: if it is, run `UPDATE stairwell.statements SET state = 'done' WHERE history = '"stairwell"."core"' AND version = 2 AND direction = 'up' AND ordinal = 1`; if it is not, run `DELETE FROM stairwell.statements WHERE history = '"stairwell"."core"' AND version = 2 AND direction = 'up' AND ordinal = 1`; then run again; an index that has a name is recognised
"#]]
    );
    let advice = error.to_string().split('`').nth(3).unwrap().to_owned();
    other.batch_execute(&advice).await.unwrap();
    assert_eq!(up(&chains, &database).await.unwrap(), 1);
    assert_eq!(rows(&other, INDEXES).await, ["sites_id_idx t"]);
}

#[tokio::test]
async fn what_reindex_left_is_dropped() {
    let database = server().database().await;
    let chains = chains("CREATE INDEX sites_id ON sites (id);\n\nREINDEX TABLE CONCURRENTLY sites;");
    let (other, _) = cut_off(chains, &database, "INSERT INTO sites VALUES (1)", "%CREATE INDEX%").await;
    other.batch_execute("COMMIT").await.unwrap();
    other.batch_execute("CREATE INDEX sites_id ON sites (id)").await.unwrap();
    other.batch_execute("BEGIN; INSERT INTO sites VALUES (2)").await.unwrap();
    let mut client = database.connect().await;
    let run = tokio::spawn(async move { Migrator::new(&chains).up(&mut client).await });
    let watcher = database.connect().await;
    let pid = waiting(&watcher, "%REINDEX%").await;
    terminate(&watcher, pid).await;
    run.await.unwrap().unwrap_err();
    other.batch_execute("COMMIT").await.unwrap();
    assert_eq!(rows(&other, INDEXES).await, ["sites_id t", "sites_id_ccnew f"]);

    assert_eq!(up(&chains, &database).await.unwrap(), 1);

    assert_eq!(rows(&other, INDEXES).await, ["sites_id t"]);
}

#[tokio::test]
async fn a_value_of_an_enum_that_is_there_counts_as_done() {
    let database = server().database().await;
    let value = "ALTER TYPE mood ADD VALUE 'bad'";
    let chains =
        chains("ALTER TYPE mood ADD VALUE 'bad';\n\nINSERT INTO log SELECT unnest(enum_range(NULL::mood));");
    let (other, _) = cut_off(chains, &database, value, "%ADD VALUE%").await;
    other.batch_execute("COMMIT").await.unwrap();

    assert_eq!(up(&chains, &database).await.unwrap(), 1);

    assert_eq!(rows(&other, "SELECT what FROM log").await, ["good", "bad"]);
}

#[tokio::test]
async fn a_statement_that_perhaps_ran_and_cannot_run_twice_says_what_to_do() {
    let database = server().database().await;
    let chains = chains("CREATE TABLE a ();\n\nINSERT INTO log VALUES ('two');");
    let (other, _) = cut_off(chains, &database, "CREATE TABLE a ()", "%CREATE TABLE a%").await;
    other.batch_execute("COMMIT").await.unwrap();

    let error = up(&chains, &database).await.unwrap_err();

    assert_data_eq!(
        error.to_string(),
        str![[r#"
`core/V0002__many` failed: relation "a" already exists (SQLSTATE 42P07)
 --> migrations/V0002__many.sql:1:1
  |
1 | CREATE TABLE a ();
  | ^
  = an earlier run was cut off while this statement ran: it may have come to its end then, and it was run again
  = it runs outside a transaction: executed, and not undone, are 0 of its 2 statements; the next run goes on from there
  = help: look whether the database is as the statement leaves it; if so, run `UPDATE stairwell.statements SET state = 'done' WHERE history = '"stairwell"."core"' AND version = 2 AND direction = 'up' AND ordinal = 1`; else remove what is in its way; then run again
"#]]
    );
    assert_eq!(up(&chains, &database).await.unwrap_err().to_string(), error.to_string());
    let advice = error.to_string().split('`').nth(3).unwrap().to_owned();
    other.batch_execute(&advice).await.unwrap();
    assert_eq!(up(&chains, &database).await.unwrap(), 1);
    assert_eq!(rows(&other, "SELECT what FROM log").await, ["two"]);
}

#[tokio::test]
async fn a_statement_that_failed_may_be_corrected_and_one_that_ran_may_not() {
    let database = server().database().await;
    let client = &mut database.connect().await;
    up(&chains("-- first\nINSERT INTO log VALUES ('one');\n\nINSERT INTO log VALUES (1, 2);"), &database)
        .await
        .unwrap_err();
    assert_eq!(half(&chains(""), client).await, ["half applied: 1 of 2 statements"]);

    let changed = chains("-- first\nINSERT INTO log VALUES ('uno');\n\nINSERT INTO log VALUES ('two');");
    let error = up(&changed, &database).await.unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![[r#"
`core/V0002__many` failed: statement 1 has run, and has changed since: hash 23d2ae03b68f1015 in stairwell.statements, b19753f06f039c15 here
 --> migrations/V0002__many.sql:2:1
  |
2 | INSERT INTO log VALUES ('uno');
  | ^
  = it runs outside a transaction: executed, and not undone, are 1 of its 2 statements; the next run goes on from there
  = help: give the file its statement back, and put the change into a new migration; or undo by hand what has run, then `DELETE FROM stairwell.statements WHERE history = '"stairwell"."core"' AND version = 2 AND direction = 'up'`, and all of it runs anew
"#]]
    );
    let shorter = up(&chains(""), &database).await.unwrap_err();
    assert!(shorter.to_string().contains("statement 1 has run, and has changed since"), "{shorter}");

    // Comments are no part of a statement.
    let corrected =
        chains("-- the first\nINSERT INTO log VALUES ('one');\n\nINSERT INTO log VALUES ('two');");
    assert_eq!(up(&corrected, &database).await.unwrap(), 1);
    assert_eq!(rows(client, "SELECT what FROM log").await, ["one", "two"]);
}

/// The statement that failed is another one now; the index that it left invalid is still its own.
#[tokio::test]
async fn an_index_that_failed_is_dropped_although_the_statement_was_corrected() {
    let database = server().database().await;
    let client = &mut database.connect().await;
    let wrong = chains(
        "INSERT INTO sites VALUES (1), (1);\n\nCREATE UNIQUE INDEX CONCURRENTLY sites_id ON sites (id);",
    );
    assert_eq!(up(&wrong, &database).await.unwrap_err().code().unwrap().code(), "23505");
    assert_eq!(rows(client, INDEXES).await, ["sites_id f"]);

    let right =
        chains("INSERT INTO sites VALUES (1), (1);\n\nCREATE INDEX CONCURRENTLY sites_key ON sites (id);");
    assert_eq!(up(&right, &database).await.unwrap(), 1);
    assert_eq!(rows(client, INDEXES).await, ["sites_key t"]);
}

#[tokio::test]
async fn the_directive_cannot_go_while_it_is_half_applied() {
    let database = server().database().await;
    up(&chains("CREATE TABLE a ();\n\nSELECT 1 / 0;"), &database).await.unwrap_err();
    let plain = core(&[sql("core", 1, "tables", TABLES), sql("core", 2, "many", "CREATE TABLE a ();")]);

    let error = up(&plain, &database).await.unwrap_err();

    assert!(error.is_history());
    assert_data_eq!(
        error.to_string(),
        str![[r#"
`core/V0002__many` is half applied: 1 of 2 statements; nothing was run
  = help: bring `-- stairwell: no-transaction` back into the migration; or undo by hand what has run, then `DELETE FROM stairwell.statements WHERE history = '"stairwell"."core"' AND version = 2 AND direction = 'up'`
"#]]
    );
    let gone = up(&core(&[sql("core", 1, "tables", TABLES)]), &database).await.unwrap();
    assert_eq!(gone, 0, "an older binary has nothing to do with it");
}

/// Somebody has done the rest by hand and written the history row: nothing is resumed should it ever run again.
#[tokio::test]
async fn what_the_history_contradicts_is_forgotten() {
    let database = server().database().await;
    let client = &mut database.connect().await;
    let first = chains("CREATE TABLE a ();\n\nSELECT 1 / 0;");
    up(&first, &database).await.unwrap_err();
    let migration = step("CREATE TABLE a ();\n\nSELECT 1 / 0;");
    let row = format!(
        "INSERT INTO stairwell.core SELECT 2, 'many', applied_on, '{}' FROM stairwell.core",
        migration.checksum()
    );
    client.batch_execute(&row).await.unwrap();
    assert!(half(&first, client).await.is_empty());

    let more =
        core(&[sql("core", 1, "tables", TABLES), migration, sql("core", 3, "more", "CREATE TABLE b ();")]);
    assert_eq!(up(&more, &database).await.unwrap(), 1);

    assert!(rows(client, "SELECT 1 FROM stairwell.statements").await.is_empty());
}
