//! What the cases share: the same files for every tool, sessions, and a limit to everybody's patience.

use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator as Sqlx};
use sqlx::postgres::{PgPool, PgPoolOptions};
use stairwell::{Chain, ChainSet, Migration, Step};
use test_support::TestDatabase;
use tokio_postgres::Client;

/// A migration: version, name, text.
pub(crate) type File = (i64, &'static str, &'static str);

/// Ends a test that would hang, as a deadlock or a lock that nobody gives back would make it.
pub(crate) async fn within<T>(seconds: u64, work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(seconds), work).await.expect("it ends in time")
}

pub(crate) fn refinery(files: &[File]) -> refinery::Runner {
    let unit = |(version, name, text): &File| {
        refinery::Migration::unapplied(&format!("V{version}__{name}"), text).unwrap()
    };
    refinery::Runner::new(&files.iter().map(unit).collect::<Vec<_>>())
}

/// Reads files with these names, as an application of sqlx does.
pub(crate) async fn sqlx(files: &[(&str, &str)]) -> Sqlx {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    Sqlx::new(folder.path()).await.unwrap()
}

/// A replica of an application: a pool with a session.
pub(crate) async fn pool(database: &TestDatabase) -> PgPool {
    PgPoolOptions::new().max_connections(1).connect(database.url()).await.unwrap()
}

/// What the server said.
pub(crate) fn code(error: &MigrateError) -> Option<String> {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            Some(error.as_database_error()?.code()?.into_owned())
        }
        _ => None,
    }
}

/// Constants like those that the compiler makes, of one chain.
pub(crate) fn chains(migrations: Vec<Migration>) -> ChainSet {
    let migrations: &'static [Migration] = migrations.leak();
    ChainSet::new(vec![Chain::new("core", "", migrations)].leak(), migrations)
}

pub(crate) fn plain(files: &[File]) -> ChainSet {
    chains(files.iter().map(|(version, name, text)| migration(*version, name, Step::Sql(text))).collect())
}

/// One migration, at the path and with the checksum that the compiler would give it.
pub(crate) fn migration(version: i64, name: &'static str, up: Step) -> Migration {
    let path = format!("migrations/V{version:04}__{name}.sql").leak();
    let text = up.text();
    let checksum = refinery::Migration::unapplied(&format!("V{version}__{name}"), text).unwrap().checksum();
    Migration::new("core", version, name, path, checksum, up)
}

/// The first column of all rows.
pub(crate) async fn column(client: &Client, query: &str) -> Vec<String> {
    let messages = client.simple_query(query).await.unwrap();
    let rows = messages.iter().filter_map(|message| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or("null").to_owned()),
        _ => None,
    });
    rows.collect()
}

pub(crate) async fn tables(client: &Client) -> Vec<String> {
    let query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename !~ '^_sqlx|^refinery' \
                 ORDER BY 1";
    column(client, query).await
}

/// Waits until so many sessions of the database wait for a lock in what looks like this.
pub(crate) async fn waiting(client: &Client, sessions: usize, like: &str) {
    let query = format!(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
         AND wait_event_type = 'Lock' AND query LIKE '{like}'"
    );
    within(20, async {
        while column(client, &query).await.len() < sessions {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

/// How many advisory locks somebody has.
pub(crate) async fn locks(client: &Client) -> usize {
    let query = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = \
                 (SELECT oid FROM pg_database WHERE datname = current_database())";
    column(client, query).await.len()
}
