//! The history against the constants, and the catalog against what the migrations make.

use snapbox::{assert_data_eq, str};
use stairwell::{ChainSet, Migrator, Shadow, StepFuture, Target, Transaction};
use test_support::{TestDatabase, server};
use tokio_postgres::{Client, NoTls};

use crate::support::{chain, chain_set, core, objects, rows, rust, sql, statements};

/// A session of a new shadow.
pub(crate) async fn shadow(database: &TestDatabase) -> (Shadow, Client) {
    let shadow = Shadow::create(&database.connect().await).await.unwrap();
    let (client, connection) = server().config(shadow.name()).connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    (shadow, client)
}

fn lines<T: ToString>(findings: &[T]) -> String {
    findings.iter().map(|finding| finding.to_string() + "\n").collect()
}

async fn drift(database: &TestDatabase, chains: &ChainSet) -> Result<String, stairwell::Error> {
    let (shadow, mut other) = shadow(database).await;
    let mut client = database.connect().await;
    let differences = Migrator::new(chains).drift(&mut client, &mut other, &["ignored".to_owned()]).await;
    shadow.remove(&client).await.unwrap();
    let left = format!("SELECT count(*) FROM pg_database WHERE datname = '{}'", shadow.name());
    assert_eq!(rows(&client, &left).await, ["0"]);
    Ok(lines(&differences?))
}

#[tokio::test]
async fn every_disagreement_is_a_finding() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let steps = [1, 2, 3, 5].map(|version| sql("core", version, "step", "SELECT 1;"));
    Migrator::new(&core(&steps)).up(&mut client).await.unwrap();
    let before = objects(&client).await;

    assert!(Migrator::new(&core(&steps)).verify(&mut client).await.unwrap().is_empty());
    let other = [
        sql("core", 1, "step", "SELECT 2;"),
        sql("core", 2, "renamed", "SELECT 1;"),
        sql("core", 4, "late", "SELECT 1;"),
        steps[3],
        sql("core", 6, "new", "SELECT 1;"),
    ];
    let findings = Migrator::new(&core(&other)).verify(&mut client).await.unwrap();
    let text = lines(
        &findings.iter().map(|f| f.to_string().split(" on 2").next().unwrap().to_owned()).collect::<Vec<_>>(),
    );
    assert_data_eq!(
        text,
        str![[r#"
divergent: core/V0001__step was applied with another text
divergent: core/V0002__renamed was applied under the name `step`
unknown: core/V3__step was applied
out-of-order: core/V0004__late was not applied, although version 5 was
missing: core/V0006__new was not applied

"#]]
    );
    assert_eq!(objects(&client).await, before);
}

fn fill<'a>(transaction: &'a Transaction<'_>) -> StepFuture<'a> {
    Box::pin(async move { Ok(transaction.batch_execute("CREATE TABLE made_by_rust (id int)").await?) })
}

fn chains() -> ChainSet {
    let core = [
        sql("core", 1, "sites", "CREATE TABLE sites (id int PRIMARY KEY, name text DEFAULT 'no''ne');"),
        rust("core", 2, "fill", fill),
        statements("core", 3, "index", "CREATE INDEX CONCURRENTLY sites_name ON sites (name);"),
        sql("core", 4, "later", "CREATE TABLE later (id int);"),
    ];
    chain_set(&[
        chain("core", &core),
        chain("usb", &[sql("usb", 1, "ports", "CREATE VIEW ports AS SELECT id FROM sites;")]),
    ])
}

#[tokio::test]
async fn a_database_as_the_migrations_made_it_has_no_drift() {
    let chains = chains();
    // Neither is one without any migration adrift.
    for targets in [vec![], vec![Target::at("core", 3)], vec![Target::new("core"), Target::new("usb")]] {
        let database = server().database().await;
        if !targets.is_empty() {
            Migrator::new(&chains).up_to(&mut database.connect().await, &targets).await.unwrap();
        }
        assert_eq!(drift(&database, &chains).await.unwrap(), "", "{targets:?}");
    }
}

#[tokio::test]
async fn drift_is_named_object_by_object() {
    let chains = chains();
    let database = server().database().await;
    let mut client = database.connect().await;
    Migrator::new(&chains).up(&mut client).await.unwrap();
    let change = "ALTER TABLE sites ALTER name SET NOT NULL, ADD extra int; DROP INDEX sites_name; DROP TABLE made_by_rust; \
                  CREATE TABLE by_hand (); CREATE SCHEMA ignored; CREATE TABLE ignored.x (); \
                  CREATE TABLE _sqlx_migrations (version bigint);";
    client.batch_execute(change).await.unwrap();
    assert_data_eq!(
        drift(&database, &chains).await.unwrap(),
        str![[r#"
+ table public.by_hand
- table public.made_by_rust
- column public.made_by_rust.id
+ column public.sites.extra
~ column public.sites.name: not null: none -> yes
- index public.sites_name

"#]]
    );
}

#[tokio::test]
async fn nothing_is_applied_to_a_database_that_is_no_shadow() {
    let chains = chains();
    let (database, other) = (server().database().await, server().database().await);
    let (mut client, mut no_shadow) = (database.connect().await, other.connect().await);
    let refusal = Migrator::new(&chains).drift(&mut client, &mut no_shadow, &[]).await.unwrap_err();
    assert!(refusal.is_usage());
    assert_eq!(rows(&no_shadow, "SELECT to_regnamespace('stairwell')").await, ["null"]);
}

#[tokio::test]
async fn drift_needs_a_history_that_agrees() {
    let database = server().database().await;
    Migrator::new(&core(&[sql("core", 1, "one", "SELECT 1;")]))
        .up(&mut database.connect().await)
        .await
        .unwrap();
    let refusal = drift(&database, &core(&[sql("core", 1, "one", "SELECT 2;")])).await.unwrap_err();
    assert!(refusal.is_history());
}
