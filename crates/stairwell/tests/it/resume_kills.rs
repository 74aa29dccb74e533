//! Steps under `no-transaction`, killed at random moments, up and down, until they have come to their end.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use stairwell::{ChainSet, Migrator, Rollback, Step, Target};
use test_support::{TestDatabase, server};
use tokio::time::{sleep, timeout};
use tokio_postgres::Client;

use crate::support::{core, history, leak, rows, sql, statements};

const UP: &str = "CREATE INDEX CONCURRENTLY sites_id ON sites (id);\n\n\
                  CREATE TABLE IF NOT EXISTS tags (id int);\n\n\
                  CREATE UNIQUE INDEX CONCURRENTLY sites_id_name ON sites (id, name);\n\n\
                  SET search_path = pg_catalog;\n\n\
                  ALTER TYPE public.mood ADD VALUE 'bad';\n\n\
                  REINDEX INDEX CONCURRENTLY public.sites_id;\n\n\
                  UPDATE public.sites SET name = 'b' WHERE id = 1";

const DOWN: &str = "DROP INDEX CONCURRENTLY sites_id_name;\n\n\
                    DROP TABLE IF EXISTS tags;\n\n\
                    DROP INDEX CONCURRENTLY sites_id;";

fn chains() -> ChainSet {
    let mut start = 0;
    let bounds = DOWN.split("\n\n").map(|part| {
        let bounds = (start, start + part.len());
        start = bounds.1 + 2;
        bounds
    });
    let down = Step::Statements { sql: DOWN, bounds: leak(bounds.collect()) };
    let tables = "CREATE TYPE mood AS ENUM ('good'); CREATE TABLE sites AS SELECT id, 'a' AS name \
                  FROM generate_series(1, 30000) AS id;";
    core(&[sql("core", 1, "tables", tables), statements("core", 2, "many", UP).reverted_by(down)])
}

fn random(below: u64) -> u64 {
    RandomState::new().build_hasher().finish() % below
}

/// Runs it once, in one direction, and stops it after this time: the session, or the future.
async fn attempt(database: &TestDatabase, down: bool, after: Duration, kill: bool) -> Result<(), String> {
    let chains = chains();
    let migrator = Migrator::new(&chains).lock_wait(Duration::from_secs(30));
    let mut client = database.connect().await;
    let pid: i32 = client.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
    let run = async {
        if down {
            migrator.down(&mut client, &Rollback::to([Target::at("core", 1)])).await.map(drop)
        } else {
            migrator.up(&mut client).await.map(drop)
        }
    };
    if !kill {
        return match timeout(after, run).await {
            Ok(outcome) => outcome.map_err(|error| error.to_string()),
            Err(_) => Err("dropped".to_owned()),
        };
    }
    let killer = database.connect().await;
    let killing = async {
        sleep(after).await;
        killer.query_one("SELECT pg_terminate_backend($1, 10000)", &[&pid]).await.unwrap();
    };
    let (outcome, ()) = tokio::join!(run, killing);
    // The end may have come before the kill.
    outcome.map_err(|error| {
        let text = error.to_string();
        let is_kill = ["57P01", "the connection to the server was lost", "connection closed"];
        if is_kill.iter().any(|words| text.contains(words)) { "killed".to_owned() } else { text }
    })
}

/// Tries until it is done; how often it was stopped.
async fn until_done(database: &TestDatabase, down: bool) -> usize {
    let mut stopped = 0;
    loop {
        let quick = if stopped > 15 { 5000 } else { 80 };
        match attempt(database, down, Duration::from_millis(random(quick)), random(2) == 0).await {
            Ok(()) => return stopped,
            Err(why) => assert!(["dropped", "killed"].contains(&why.as_str()), "{why}"),
        }
        stopped += 1;
    }
}

async fn broken(client: &Client) -> Vec<String> {
    let query = "SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid UNION ALL \
                 SELECT oid::regclass FROM pg_class WHERE relname ~ '_cc(new|old)'";
    rows(client, query).await
}

#[tokio::test]
async fn killed_anywhere_it_comes_to_its_end() {
    let (mut rounds, mut stopped) = (0, 0);
    // A machine on which nothing else runs comes to the end before it is stopped, now and then.
    while rounds < 4 || stopped <= 10 {
        rounds += 1;
        assert!(rounds <= 40, "hardly any was stopped: {stopped}");
        let database = server().database().await;
        stopped += until_done(&database, false).await;
        let client = database.connect().await;
        assert_eq!(history(&client, "core").await, ["1 tables", "2 many"]);
        assert!(broken(&client).await.is_empty());
        let indexes = "SELECT relname FROM pg_class WHERE relkind = 'i' AND relname ~ '^sites' ORDER BY 1";
        assert_eq!(rows(&client, indexes).await, ["sites_id", "sites_id_name"]);
        assert_eq!(rows(&client, "SELECT enum_range(NULL::mood)").await, ["{good,bad}"]);
        assert!(rows(&client, "SELECT 1 FROM stairwell.statements").await.is_empty());

        stopped += until_done(&database, true).await;
        assert_eq!(history(&client, "core").await, ["1 tables"]);
        assert!(rows(&client, indexes).await.is_empty());
        assert!(rows(&client, "SELECT 1 FROM stairwell.statements").await.is_empty());
    }
}
