//! The journal: what was applied, by whom, and what reverts it.

use stairwell::{Down, Migration, Migrator, Step, StepFuture, Transaction};
use test_support::server;

use crate::support::{core, leak, rows, rust, sql, statements};

fn nothing<'a>(_: &'a Transaction<'_>) -> StepFuture<'a> {
    Box::pin(async { Ok(()) })
}

fn migrations() -> [Migration; 4] {
    let index = "CREATE INDEX CONCURRENTLY i ON sites (id);";
    let drop: &'static str = "DROP INDEX CONCURRENTLY i;\n\nSELECT 1;";
    [
        sql("core", 1, "sites", "CREATE TABLE sites (id int); SELECT pg_sleep(0.05);")
            .reverted_by(Step::Sql("DROP TABLE sites; -- it's gone \\")),
        statements("core", 2, "index", index)
            .reverted_by(Step::Statements { sql: drop, bounds: leak(vec![(0, 26), (28, 37)]) }),
        rust("core", 3, "fill", nothing).reverted_by(Step::Rust { source: "", run: nothing }),
        sql("core", 4, "drop", "ALTER TABLE sites DROP id;").irreversible("the ids are gone"),
    ]
}

#[tokio::test]
async fn every_step_leaves_an_entry() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains = core(&migrations());

    Migrator::new(&chains).application("shopdb").application_version("1.2.3").up(&mut client).await.unwrap();

    assert_eq!(
        rows(&client, "SELECT plugin, version, name, direction, role, application, application_version FROM stairwell.journal ORDER BY id").await,
        [
            "core 1 sites up postgres shopdb 1.2.3",
            "core 2 index up postgres shopdb 1.2.3",
            "core 3 fill up postgres shopdb 1.2.3",
            "core 4 drop up postgres shopdb 1.2.3",
        ]
    );
    assert_eq!(
        rows(&client, "SELECT revert, revert_bounds, revert_note FROM stairwell.journal ORDER BY id").await,
        [
            "DROP TABLE sites; -- it's gone \\ null null",
            "DROP INDEX CONCURRENTLY i;\n\nSELECT 1; {0,26,28,37} null",
            "null null a Rust step, in migrations/V0003__fill.rs: only a binary that contains it reverts it",
            "null null irreversible: the ids are gone",
        ]
    );
    let agrees = "SELECT count(*), count(DISTINCT run), bool_and(j.checksum = h.checksum), \
                  bool_and(started_at BETWEEN now() - interval '1 min' AND now()), \
                  max(duration) >= interval '50ms', max(duration) < interval '10s' \
                  FROM stairwell.journal j JOIN stairwell.core h USING (version, name)";
    assert_eq!(rows(&client, agrees).await, ["4 1 t t t t"]);
    assert!(matches!(chains.order()[3].down(), Down::Irreversible(_)));
}

#[tokio::test]
async fn an_entry_is_there_exactly_if_the_row_is() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let one = sql("core", 1, "one", "SELECT 1;");
    let chains = core(&[one, sql("core", 2, "two", "CREATE TABLE a (); SELECT 1 / 0;")]);
    Migrator::new(&chains).up(&mut client).await.unwrap_err();
    assert_eq!(rows(&client, "SELECT version FROM stairwell.journal").await, ["1"]);
    // Nobody says which application it was.
    assert_eq!(rows(&client, "SELECT application FROM stairwell.journal").await, ["null"]);
}

#[tokio::test]
async fn entries_are_neither_changed_nor_removed() {
    let database = server().database().await;
    let mut client = database.connect().await;
    Migrator::new(&core(&[sql("core", 1, "one", "SELECT 1;")])).up(&mut client).await.unwrap();
    for change in [
        "UPDATE stairwell.journal SET name = ''",
        "DELETE FROM stairwell.journal",
        "TRUNCATE stairwell.journal",
    ] {
        let refusal = client.batch_execute(change).await.unwrap_err();
        assert_eq!(
            refusal.as_db_error().unwrap().message(),
            "entries of stairwell.journal are neither changed nor removed"
        );
    }
}
