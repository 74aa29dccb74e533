//! A database with some objects in it, and its catalog.

use stairwell_catalog::{Catalog, Scope, read};
use test_support::TestDatabase;
use tokio_postgres::Client;

/// An empty database in which `sql` was run.
pub(crate) async fn database(sql: &str) -> (TestDatabase, Client) {
    let database = test_support::database().await;
    let client = database.connect().await;
    client.batch_execute(sql).await.unwrap();
    (database, client)
}

/// The catalog of an empty database in which `sql` was run.
pub(crate) async fn catalog(sql: &str) -> Catalog {
    let (_database, client) = database(sql).await;
    read(&client, &Scope::database()).await.unwrap()
}

/// The text of that catalog without the schema `public`, which is always there.
pub(crate) async fn text(sql: &str) -> String {
    let text = catalog(sql).await.to_string();
    text.strip_prefix("schema public\n    grant: PUBLIC: usage\n").unwrap_or(&text).to_owned()
}

/// Those objects in a text whose first line contains one of `wanted`.
pub(crate) fn only(text: &str, wanted: &[&str]) -> String {
    let mut shown = false;
    let lines = text.split_inclusive('\n').filter(|line| {
        if !line.starts_with(' ') {
            shown = wanted.iter().any(|wanted| line.contains(wanted));
        }
        shown
    });
    lines.collect()
}

pub(crate) fn major() -> u32 {
    test_support::server().version()
}
