//! Down steps that leave a trace, as the tests of `stairwell-build` have them: the trace is in the catalog that is
//! read afterwards, and there is none after the right way back.

use std::error::Error;

use stairwell_catalog::{Catalog, Scope, diff, read};
use test_support::{Flaw, flaws};
use tokio_postgres::Client;

/// What a catalog does not hold: it belongs to the cluster rather than to the database, or it is data.
const NOT_SEEN: [&str; 10] = [
    "column_data_lost",
    "database_setting",
    "large_object",
    "role",
    "role_membership",
    "role_setting",
    "row_deleted_too_many",
    "row_inserted",
    "row_updated",
    "sequence_value",
];

/// The catalog after these steps.
///
/// They run in a transaction that is rolled back, which is quick, or, where that cannot be, in a database of their
/// own.
async fn catalog(client: &Client, steps: &[&str]) -> Catalog {
    client.batch_execute("BEGIN").await.unwrap();
    let catalog = try_catalog(client, steps).await;
    client.batch_execute("ROLLBACK").await.unwrap();
    if let Ok(catalog) = catalog {
        return catalog;
    }
    let database = test_support::database().await;
    try_catalog(&database.connect().await, steps).await.unwrap()
}

async fn try_catalog(client: &Client, steps: &[&str]) -> Result<Catalog, Box<dyn Error>> {
    for step in steps {
        run(client, step).await?;
    }
    Ok(read(client, &Scope::database()).await?)
}

/// The settings that a step makes end with it, and what runs concurrently must run alone.
async fn run(client: &Client, step: &str) -> Result<(), tokio_postgres::Error> {
    if step.to_lowercase().contains("concurrently") {
        for statement in step.split_inclusive(';') {
            client.batch_execute(statement).await?;
        }
    } else {
        client.batch_execute(step).await?;
    }
    client.batch_execute("RESET ALL").await
}

#[tokio::test]
async fn every_trace_in_the_database_is_seen() {
    let database = test_support::database().await;
    let client = database.connect().await;
    let mut failures = String::new();
    for Flaw { name, before, up, down, good_down } in &flaws() {
        if NOT_SEEN.contains(&name.as_str()) {
            continue;
        }
        let first = catalog(&client, &[before]).await;
        if diff(&first, &catalog(&client, &[before, up, down]).await).is_empty() {
            failures.push_str(&format!("{name}: the trace is not seen\n"));
        }
        for difference in diff(&first, &catalog(&client, &[before, up, good_down]).await) {
            failures.push_str(&format!("{name}: {difference}\n"));
        }
    }
    assert!(failures.is_empty(), "{failures}");
}
