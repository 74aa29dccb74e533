//! Every down step leaves what was there before its up step.

use shopdb::schema::CHAINS;
use stairwell::{Down, Step};
use tokio_postgres::Client;

pub(crate) async fn run(client: &mut Client, step: &Step) {
    let tx = client.transaction().await.unwrap();
    match step {
        Step::Sql(sql) => tx.batch_execute(sql).await.unwrap(),
        Step::Rust { run, .. } => run(&tx).await.unwrap(),
        other => panic!("{other:?}"),
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn each_down_step_restores_the_catalog() {
    let database = test_support::database().await;
    let mut client = database.connect().await;
    let mut before = database.dump().await.expect("pg_dump is installed with the server");
    for migration in CHAINS.order() {
        run(&mut client, migration.up()).await;
        let after = database.dump().await.unwrap();
        if let Down::Step(down) = migration.down() {
            run(&mut client, down).await;
            assert!(database.dump().await.unwrap() == before, "{migration} leaves something behind");
            run(&mut client, migration.up()).await;
            assert!(database.dump().await.unwrap() == after, "{migration} does not apply twice alike");
        }
        before = after;
    }
}
