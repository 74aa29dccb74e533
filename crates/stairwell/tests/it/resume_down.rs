//! The same on the way down.

use snapbox::{assert_data_eq, str};
use stairwell::{ChainSet, Down, Migrator, Rollback, Step, Target};
use test_support::server;

use crate::support::{core, history, leak, rows, sql, statements, terminate, waiting};

const INDEX: &str = "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
                     WHERE i.indrelid = 'sites'::regclass";

fn chains(down: &'static str) -> ChainSet {
    let index = statements("core", 2, "index", "CREATE INDEX CONCURRENTLY sites_id ON sites (id);");
    let split = down.find("\n\n").unwrap();
    let bounds = leak(vec![(0, split), (split + 2, down.len())]);
    let tables = sql("core", 1, "tables", "CREATE TABLE sites (id int); CREATE TABLE log (what text);");
    core(&[tables, index.reverted_by(Step::Statements { sql: down, bounds })])
}

const DOWN: &str = "INSERT INTO log VALUES ('down');\n\nDROP INDEX CONCURRENTLY sites_id;";

#[tokio::test]
async fn a_rollback_that_was_cut_off_goes_on_and_nothing_goes_up_before() {
    let database = server().database().await;
    let chains = chains(DOWN);
    let mut client = database.connect().await;
    Migrator::new(&chains).up(&mut client).await.unwrap();
    assert!(Migrator::new(&chains).is_up_to_date(&mut client).await.unwrap());
    let other = database.connect().await;
    other.batch_execute("BEGIN; INSERT INTO sites VALUES (1)").await.unwrap();
    let rollback = Rollback::to([Target::at("core", 1)]);
    let mut running = database.connect().await;
    let again = rollback.clone();
    let run = tokio::spawn(async move { Migrator::new(&chains).down(&mut running, &again).await });
    let watcher = database.connect().await;
    let pid = waiting(&watcher, "%DROP INDEX%").await;
    terminate(&watcher, pid).await;
    run.await.unwrap().unwrap_err();
    other.batch_execute("COMMIT").await.unwrap();

    let migrator = Migrator::new(&chains);
    let status = migrator.status(&mut client).await.unwrap();
    assert_eq!(
        status.chains[0].half_applied[0].to_string(),
        "half reverted: 1 of 2 statements, and perhaps the next one"
    );
    assert!(!status.is_up_to_date());
    let refused = migrator.up(&mut client).await.unwrap_err();
    assert_data_eq!(
        refused.to_string(),
        str![[r#"
`core/V0002__index` is half reverted: 1 of 2 statements, and perhaps the next one; nothing was run
  = help: finish it with `migrate down`; or undo by hand what has run, then `DELETE FROM stairwell.statements WHERE history = '"stairwell"."core"' AND version = 2 AND direction = 'down'`
"#]]
    );
    assert_eq!(migrator.is_up_to_date(&mut client).await.unwrap_err().to_string(), refused.to_string());

    assert_eq!(migrator.down(&mut client, &rollback).await.unwrap().reverted.len(), 1);

    assert!(rows(&client, INDEX).await.is_empty());
    assert_eq!(rows(&client, "SELECT what FROM log").await, ["down"]);
    assert_eq!(history(&client, "core").await, ["1 tables"]);
    assert!(rows(&client, "SELECT 1 FROM stairwell.statements").await.is_empty());
    assert_eq!(migrator.up(&mut client).await.unwrap().applied(), 1);
    assert!(migrator.is_up_to_date(&mut client).await.unwrap());
    let state = "SELECT fingerprint !~ '!', sealed FROM stairwell.state";
    assert_eq!(rows(&client, state).await, ["t t"]);
}

/// The index was gone before the run could say so.
#[tokio::test]
async fn an_index_that_is_gone_counts_as_dropped() {
    let database = server().database().await;
    let chains = chains(DOWN);
    let mut client = database.connect().await;
    Migrator::new(&chains).up(&mut client).await.unwrap();
    let other = database.connect().await;
    other.batch_execute("BEGIN; INSERT INTO sites VALUES (1)").await.unwrap();
    let rollback = Rollback::steps(1);
    let mut running = database.connect().await;
    let again = rollback.clone();
    let run = tokio::spawn(async move { Migrator::new(&chains).down(&mut running, &again).await });
    let watcher = database.connect().await;
    let pid = waiting(&watcher, "%DROP INDEX%").await;
    terminate(&watcher, pid).await;
    run.await.unwrap().unwrap_err();
    other.batch_execute("COMMIT; DROP INDEX sites_id").await.unwrap();

    Migrator::new(&chains).down(&mut client, &rollback).await.unwrap();

    assert_eq!(rows(&client, "SELECT what FROM log").await, ["down"]);
    assert_eq!(history(&client, "core").await, ["1 tables"]);
}

#[tokio::test]
async fn a_changed_statement_is_refused_on_the_way_down_too() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains_of = chains;
    let failing = chains_of("INSERT INTO log VALUES ('down');\n\nDROP INDEX CONCURRENTLY nothing;");
    Migrator::new(&failing).up(&mut client).await.unwrap();
    Migrator::new(&failing).down(&mut client, &Rollback::steps(1)).await.unwrap_err();

    let changed = chains_of("INSERT INTO log VALUES ('DOWN');\n\nDROP INDEX CONCURRENTLY sites_id;");
    let error = Migrator::new(&changed).down(&mut client, &Rollback::steps(1)).await.unwrap_err();

    assert_data_eq!(
        error.to_string(),
        str![[r#"
reverting `core/V0002__index` failed: statement 1 has run, and has changed since: hash 9c110176c6503537 in stairwell.statements, 85d64c1790bf3677 here
 --> migrations/V0002__index.down.sql:1:1
  |
1 | INSERT INTO log VALUES ('DOWN');
  | ^
  = it runs outside a transaction: executed, and not undone, are 1 of its 2 statements; the next run goes on from there
  = help: give the file its statement back, and put the change into a new migration; or undo by hand what has run, then `DELETE FROM stairwell.statements WHERE history = '"stairwell"."core"' AND version = 2 AND direction = 'down'`, and all of it runs anew
"#]]
    );
    Migrator::new(&chains_of(DOWN)).down(&mut client, &Rollback::steps(1)).await.unwrap();
    assert_eq!(rows(&client, "SELECT what FROM log").await, ["down"]);
}

/// What stands below a migration that is half applied cannot be pulled away.
#[tokio::test]
async fn nothing_goes_down_below_what_is_half_applied() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let index = statements("core", 2, "index", "CREATE TABLE a ();\n\nSELECT 1 / 0;");
    let tables =
        sql("core", 1, "tables", "CREATE TABLE sites ();").reverted_by(Step::Sql("DROP TABLE sites;"));
    let chains = core(&[tables, index]);
    Migrator::new(&chains).up(&mut client).await.unwrap_err();
    assert!(matches!(tables.down(), Down::Step(_)));

    let error = Migrator::new(&chains).down(&mut client, &Rollback::steps(1)).await.unwrap_err();

    assert!(error.is_refused());
    assert_data_eq!(
        error.to_string(),
        str![[r#"
`core/V0002__index` is half applied: 1 of 2 statements; nothing was run
  = help: finish it with `migrate up`, and revert it then; or undo by hand what has run, then `DELETE FROM stairwell.statements WHERE history = '"stairwell"."core"' AND version = 2 AND direction = 'up'`
"#]]
    );
}
