//! Every down step leaves what was there before its up step.

use shopdb::schema::CHAINS;
use stairwell::{Down, Step};
use test_support::TestDatabase;
use tokio_postgres::Client;

use crate::kill::catalog;

pub(crate) async fn run(client: &mut Client, step: &Step) {
    let tx = client.transaction().await.unwrap();
    match step {
        Step::Sql(sql) => tx.batch_execute(sql).await.unwrap(),
        Step::Rust { run, .. } => run(&tx).await.unwrap(),
        other => panic!("{other:?}"),
    }
    tx.commit().await.unwrap();
}

/// All objects of the database.
async fn picture(database: &TestDatabase, client: &Client) -> String {
    match database.dump().await {
        Some(dump) => dump,
        // A PostgreSQL that is there for a server only comes without pg_dump.
        None => catalog(client).await.to_string(),
    }
}

#[tokio::test]
async fn each_down_step_restores_the_catalog() {
    let database = test_support::database().await;
    let mut client = database.connect().await;
    let mut before = picture(&database, &client).await;
    for migration in CHAINS.order() {
        run(&mut client, migration.up()).await;
        let after = picture(&database, &client).await;
        if let Down::Step(down) = migration.down() {
            run(&mut client, down).await;
            assert!(picture(&database, &client).await == before, "{migration} leaves something behind");
            run(&mut client, migration.up()).await;
            assert!(picture(&database, &client).await == after, "{migration} does not apply twice alike");
        }
        before = after;
    }
}
