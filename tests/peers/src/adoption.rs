//! From a peer to Stairwell: the real tool has migrated, and its database is taken over as it is.

use stairwell::{Adoption, ChainSet, Migrator, Shadow};
use test_support::{TestDatabase, database, server};
use tokio_postgres::NoTls;

use crate::support::{File, column, plain, pool, refinery, sqlx, within};

const FILES: [File; 3] = [
    (1, "sites", "CREATE TABLE sites (id int PRIMARY KEY, name text NOT NULL);"),
    (2, "status", "CREATE TYPE status AS ENUM ('on', 'off');\nALTER TABLE sites ADD status status;"),
    (3, "first_site", "INSERT INTO sites VALUES (1, 'here', 'on');"),
];

async fn adopt(database: &TestDatabase, chains: &ChainSet) -> Adoption {
    let mut client = database.connect().await;
    let shadow = Shadow::create(&client).await.unwrap();
    let (mut other, connection) = server().config(shadow.name()).connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    let migrator = Migrator::new(chains);
    let adoption = within(60, migrator.plan_adoption(&mut client, &mut other, &[], &[])).await;
    shadow.remove(&client).await.unwrap();
    let adoption = adoption.unwrap();
    within(20, migrator.adopt(&mut client, &adoption)).await.unwrap();
    adoption
}

/// Nothing was run, nothing is to be done, and the next release goes on from there.
async fn assert_adopted(database: &TestDatabase, files: &[File]) {
    let mut client = database.connect().await;
    let chains = plain(files);
    let migrator = Migrator::new(&chains);
    assert!(within(20, migrator.up(&mut client)).await.unwrap().is_up_to_date());
    assert_eq!(column(&client, "SELECT name FROM sites").await, ["here"], "no step ran again");
    assert_eq!(column(&client, "SELECT DISTINCT direction FROM stairwell.journal").await, ["mark"]);
    let versions: Vec<String> = files.iter().map(|(version, ..)| version.to_string()).collect();
    assert_eq!(column(&client, "SELECT version FROM stairwell.core ORDER BY 1").await, versions);

    let mut newer = files.to_vec();
    newer.push((files[2].0 + 1, "index", "CREATE INDEX sites_name ON sites (name);"));
    let newer = plain(&newer);
    assert_eq!(within(20, Migrator::new(&newer).up(&mut client)).await.unwrap().applied(), 1);
}

#[tokio::test]
async fn a_database_that_refinery_migrated_is_adopted_and_nothing_runs() {
    let database = database().await;
    within(20, refinery(&FILES).run_async(&mut database.connect().await)).await.unwrap();

    let adoption = adopt(&database, &plain(&FILES)).await;

    assert_eq!(adoption.told_by.as_deref(), Some("\"public\".\"refinery_schema_history\""));
    assert_adopted(&database, &FILES).await;
    // refinery's own table stays as it was, and an older release that still runs finds nothing to do.
    let report = refinery(&FILES).run_async(&mut database.connect().await).await.unwrap();
    assert!(report.applied_migrations().is_empty());
}

#[tokio::test]
async fn a_database_that_sqlx_migrated_is_adopted_and_nothing_runs() {
    let stamped: [File; 3] =
        std::array::from_fn(|i| (20_240_101_120_000 + FILES[i].0, FILES[i].1, FILES[i].2));
    let database = database().await;
    let names = stamped.map(|(version, name, _)| format!("{version}_{name}.sql"));
    let files: [_; 3] = std::array::from_fn(|i| (names[i].as_str(), stamped[i].2));
    let migrator = sqlx(&files).await;
    let replica = pool(&database).await;
    within(20, migrator.run(&replica)).await.unwrap();

    let adoption = adopt(&database, &plain(&stamped)).await;

    assert_eq!(adoption.told_by.as_deref(), Some("\"public\".\"_sqlx_migrations\""));
    assert_adopted(&database, &stamped).await;
    within(20, migrator.run(&replica)).await.unwrap();
}
