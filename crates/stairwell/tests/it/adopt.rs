//! Databases that somebody else has made.

use snapbox::{assert_data_eq, str};
use stairwell::{Adoption, ChainSet, Error, Migrator, Requirement, Target};
use test_support::{TestDatabase, server};
use tokio_postgres::Client;

use crate::support::{chain, chain_set, history, rows, sql};
use crate::verify::shadow;

const FILES: [(i64, &str, &str); 3] = [
    (1, "sites", "CREATE TABLE sites (id int PRIMARY KEY, name text NOT NULL);"),
    (2, "status", "CREATE TYPE status AS ENUM ('on', 'off'); ALTER TABLE sites ADD status status;"),
    (3, "names", "CREATE UNIQUE INDEX sites_name ON sites (name);"),
];

fn chains() -> ChainSet {
    let core: Vec<_> = FILES.iter().map(|(version, name, text)| sql("core", *version, name, text)).collect();
    let ports = [sql("usb", 1, "ports", "CREATE TABLE ports (site int REFERENCES sites);")
        .requiring(const { &[Requirement::new("core", 1)] })];
    chain_set(&[chain("core", &core), chain("usb", &ports)])
}

/// What `create_all` of an ORM makes of the newest models.
const CREATE_ALL: &str = "CREATE TYPE status AS ENUM ('on', 'off'); \
     CREATE TABLE sites (id int PRIMARY KEY, name text NOT NULL, status status); \
     CREATE UNIQUE INDEX sites_name ON sites (name); CREATE TABLE ports (site int REFERENCES sites); \
     INSERT INTO sites VALUES (1, 'here', 'on');";

async fn plan(database: &TestDatabase, chains: &ChainSet, targets: &[Target]) -> Result<Adoption, Error> {
    let (shadow, mut other) = shadow(database).await;
    let mut client = database.connect().await;
    let adoption = Migrator::new(chains).plan_adoption(&mut client, &mut other, targets, &[]).await;
    shadow.remove(&client).await.unwrap();
    adoption
}

async fn nothing_written(client: &Client) -> bool {
    rows(client, "SELECT to_regnamespace('stairwell')").await == ["null"]
}

/// Adopts, and asserts that only the history was written.
async fn adopt(database: &TestDatabase, chains: &ChainSet, adoption: &Adoption) -> Client {
    let mut client = database.connect().await;
    let others = "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE nspname = 'public'";
    let before = rows(&client, others).await;
    Migrator::new(chains).adopt(&mut client, adoption).await.unwrap();
    assert_eq!(rows(&client, others).await, before);
    let unmarked = "SELECT count(*) FROM stairwell.journal WHERE direction <> 'mark'";
    assert_eq!(rows(&client, unmarked).await, ["0"]);
    client
}

#[tokio::test]
async fn a_database_of_create_all_that_is_right_is_recorded_and_nothing_runs() {
    let chains = chains();
    let database = server().database().await;
    database.connect().await.batch_execute(CREATE_ALL).await.unwrap();

    let adoption = plan(&database, &chains, &[]).await.unwrap();

    assert!(nothing_written(&database.connect().await).await);
    let mut client = adopt(&database, &chains, &adoption).await;
    assert_eq!(history(&client, "core").await, ["1 sites", "2 status", "3 names"]);
    assert_eq!(history(&client, "usb").await, ["1 ports"]);
    assert!(Migrator::new(&chains).up(&mut client).await.unwrap().is_up_to_date());
    assert_eq!(rows(&client, "SELECT name FROM sites").await, ["here"]);
    assert!(Migrator::new(&chains).adopt(&mut client, &adoption).await.unwrap_err().is_refused());
}

#[tokio::test]
async fn a_database_with_a_column_missing_is_refused_and_the_column_named() {
    let chains = chains();
    let database = server().database().await;
    let client = database.connect().await;
    let wrong = format!("{CREATE_ALL} ALTER TABLE sites DROP status;");
    client.batch_execute(&wrong).await.unwrap();

    let refusal = plan(&database, &chains, &[]).await.unwrap_err();

    assert!(refusal.is_refused());
    assert_data_eq!(
        refusal.to_string(),
        str![[r#"
the database is not what the migrations make: one difference from what is there after `usb/V0001__ports`; nothing was written
  = - column public.sites.status
  = help: `-` is missing in the database, `+` should not be there, `~` is different
"#]]
    );
    assert!(nothing_written(&client).await);
}

#[tokio::test]
async fn the_version_in_the_middle_is_found() {
    let chains = chains();
    let database = server().database().await;
    let client = database.connect().await;
    for (_, _, text) in &FILES[..2] {
        client.batch_execute(text).await.unwrap();
    }
    let adoption = plan(&database, &chains, &[]).await.unwrap();
    let mut client = adopt(&database, &chains, &adoption).await;
    assert_eq!(history(&client, "core").await, ["1 sites", "2 status"]);
    assert_eq!(Migrator::new(&chains).up(&mut client).await.unwrap().applied(), 2);
}

#[tokio::test]
async fn what_changes_rows_only_is_for_the_operator_to_say() {
    let steps = [
        sql("core", 1, "sites", FILES[0].2),
        sql("core", 2, "rows", "INSERT INTO sites VALUES (1, 'here');"),
    ];
    let chains = chain_set(&[chain("core", &steps)]);
    let database = server().database().await;
    database.connect().await.batch_execute(FILES[0].2).await.unwrap();
    assert_data_eq!(
        plan(&database, &chains, &[]).await.unwrap_err().to_string(),
        str![[r#"
the database is what the migrations make after `core/V0001__sites` and also after `core/V0002__rows`: what is between changes rows only, if anything, and only you know whether that was done; nothing was written
  = help: name the versions: `core@3`
"#]]
    );

    let adoption = plan(&database, &chains, &[Target::at("core", 1)]).await.unwrap();
    let mut client = adopt(&database, &chains, &adoption).await;
    Migrator::new(&chains).up(&mut client).await.unwrap();
    assert_eq!(rows(&client, "SELECT name FROM sites").await, ["here"]);
}

#[tokio::test]
async fn refinerys_history_tells_the_version() {
    let chains = chains();
    let database = server().database().await;
    let mut client = database.connect().await;
    let units = FILES[..2].iter().map(|(version, name, text)| {
        refinery::Migration::unapplied(&format!("V{version}__{name}"), text).unwrap()
    });
    refinery::Runner::new(&units.collect::<Vec<_>>()).run_async(&mut client).await.unwrap();

    let adoption = plan(&database, &chains, &[]).await.unwrap();

    assert_eq!(adoption.told_by.as_deref(), Some("\"public\".\"refinery_schema_history\""));
    let mut client = adopt(&database, &chains, &adoption).await;
    assert_eq!(history(&client, "core").await, ["1 sites", "2 status"]);
    assert_eq!(Migrator::new(&chains).up(&mut client).await.unwrap().applied(), 2);

    // It says one thing, and the tables another.
    let database = server().database().await;
    let client = database.connect().await;
    let lie = "CREATE TABLE refinery_schema_history (version int4, name text); \
               INSERT INTO refinery_schema_history VALUES (1, 'sites'), (2, 'status');";
    client.batch_execute(&format!("{}{lie}", FILES[0].2)).await.unwrap();
    assert_data_eq!(
        plan(&database, &chains, &[]).await.unwrap_err().to_string(),
        str![[r#"
the database is not what the migrations make: 2 differences from what is there after `core/V0002__status`; nothing was written
  = - column public.sites.status
  = - type public.status
  = help: `-` is missing in the database, `+` should not be there, `~` is different
"#]]
    );
    assert!(nothing_written(&client).await);
}

/// The layout that sqlx 0.8 gives its table.
const SQLX: &str = "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, \
     installed_on TIMESTAMPTZ NOT NULL DEFAULT now(), success BOOLEAN NOT NULL, checksum BYTEA NOT NULL, \
     execution_time BIGINT NOT NULL); INSERT INTO _sqlx_migrations VALUES (1, 'sites', now(), true, '', 1), ";

#[tokio::test]
async fn sqlxs_history_tells_the_version() {
    let chains = chains();
    let database = server().database().await;
    let client = database.connect().await;
    let made = format!("{}{}{SQLX} (2, 'status', now(), true, '', 1)", FILES[0].2, FILES[1].2);
    client.batch_execute(&made).await.unwrap();
    let adoption = plan(&database, &chains, &[]).await.unwrap();
    assert_eq!(adoption.told_by.as_deref(), Some("\"public\".\"_sqlx_migrations\""));
    let client = adopt(&database, &chains, &adoption).await;
    assert_eq!(history(&client, "core").await, ["1 sites", "2 status"]);

    // What was not finished, and what no chain has, is not guessed at.
    for (row, expected) in [
        ("(2, 'b', now(), false, '', 1)", "was begun and not finished"),
        ("(20240101, 'b', now(), true, '', 1)", "with which no chain begins"),
    ] {
        let database = server().database().await;
        database.connect().await.batch_execute(&format!("{SQLX} {row}")).await.unwrap();
        let refusal = plan(&database, &chains, &[]).await.unwrap_err();
        assert!(refusal.is_refused() && refusal.to_string().contains(expected), "{refusal}");
    }
}

#[tokio::test]
async fn diesels_history_tells_the_version() {
    let steps = [
        sql("core", 20_240_101_120_000, "sites", FILES[0].2),
        sql("core", 20_240_102_120_000, "names", FILES[2].2),
    ];
    let chains = chain_set(&[chain("core", &steps)]);
    let database = server().database().await;
    let made = "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, \
                run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP); \
                INSERT INTO __diesel_schema_migrations VALUES ('00000000000000'), ('2024-01-01-120000'); \
                CREATE FUNCTION diesel_manage_updated_at(_tbl regclass) RETURNS VOID AS $$ BEGIN END; $$ LANGUAGE plpgsql; \
                CREATE FUNCTION diesel_set_updated_at() RETURNS trigger AS $$ BEGIN RETURN NEW; END; $$ LANGUAGE plpgsql;";
    database.connect().await.batch_execute(&format!("{}{made}", FILES[0].2)).await.unwrap();
    let adoption = plan(&database, &chains, &[]).await.unwrap();
    let client = adopt(&database, &chains, &adoption).await;
    assert_eq!(history(&client, "core").await, ["20240101120000 sites"]);
}
