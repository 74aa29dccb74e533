//! `migrate verify`, `adopt`, `mark`, `unmark` and `repair`.

use snapbox::str;

use crate::support::migrate;

const CREATE_ALL: &str = "CREATE TABLE sites (id int PRIMARY KEY, name text NOT NULL);
    CREATE TABLE printers (id int PRIMARY KEY, site int NOT NULL REFERENCES sites, toner int);
    CREATE TABLE usb_ports (id int PRIMARY KEY);";

async fn databases(client: &tokio_postgres::Client) -> i64 {
    let count = "SELECT count(*) FROM pg_database WHERE datname LIKE 'stairwell_shadow%'";
    client.query_one(count, &[]).await.expect("a superuser may read it").get(0)
}

#[tokio::test]
async fn verify_compares_history_and_database() {
    let server = test_support::Server::start();
    let database = server.database().await;
    let (url, client) = (database.url(), database.connect().await);
    migrate(&["verify"]).on(url).run().code(1).stdout_eq(str![[r#"
history: disagrees with this program
  missing: core/V0001__sites was not applied
  missing: printers/V0001__baseline was not applied
  missing: printers/V0002__toner was not applied
  missing: printers/V0003__fill_toner was not applied
  missing: usb/V0001__baseline was not applied
drift: none; the database is what the migrations make

"#]]);
    migrate(&["verify", "--allow-pending"]).on(url).run().code(0).stdout_eq(str![[r#"
history: agrees with this program
drift: none; the database is what the migrations make

"#]]);
    migrate(&["up"]).on(url).run().code(0);
    migrate(&["verify"]).on(url).run().code(0).stdout_eq(str![[r#"
history: agrees with this program
drift: none; the database is what the migrations make

"#]]);

    client
        .batch_execute("ALTER TABLE printers DROP toner; CREATE SCHEMA s; CREATE TABLE s.t ()")
        .await
        .unwrap();
    migrate(&["verify", "--ignore-schema", "s"]).on(url).run().code(1).stdout_eq(str![[r#"
history: agrees with this program
drift: missing (-), not from a migration (+), different (~)
  - column public.printers.toner

"#]]);
    migrate(&["verify", "--json"]).on(url).run().code(1).stdout_eq(str![[r#"
{
  "version": 1,
  "command": "verify",
  "sound": false,
  "findings": [],
  "drift": [
    "+ schema s",
    "- column public.printers.toner",
    "+ table s.t"
  ]
}

"#]]);
    migrate(&["verify", "--no-drift"]).on(url).run().code(0).stdout_eq(str![[r#"
history: agrees with this program
drift: not checked

"#]]);
    let edited = migrate(&["verify"]).env("SHOP", "edited").on(url).run().code(1);
    edited
        .stdout_eq(str![[r#"
history: disagrees with this program
  divergent: core/V0001__sites was applied with another text on [WHEN]
drift: not checked

"#]])
        .stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
warning: drift was not checked: what the database should be like is not known while the history disagrees

"#]]);
    assert_eq!(databases(&client).await, 0);
}

#[tokio::test]
async fn verify_says_that_drift_was_not_checked() {
    let server = test_support::Server::start();
    let database = server.database().await;
    let client = database.connect().await;
    migrate(&["up"]).on(database.url()).run().code(0);
    let role = "CREATE ROLE reader LOGIN; GRANT USAGE ON SCHEMA stairwell TO reader; \
                GRANT SELECT ON ALL TABLES IN SCHEMA stairwell TO reader;";
    client.batch_execute(role).await.unwrap();
    let url = database.url().replace("postgres@", "reader@");
    migrate(&["verify"]).on(&url).run().code(0).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `reader` (no TLS), from `DATABASE_URL`
warning: drift was not checked: cannot create the shadow database: permission denied to create database (SQLSTATE 42501)

"#]]).stdout_eq(str![[r#"
history: agrees with this program
drift: not checked

"#]]);
    assert_eq!(databases(&client).await, 0);
}

#[tokio::test]
async fn a_database_that_matches_is_adopted_and_another_is_not() {
    let database = test_support::database().await;
    let (url, client) = (database.url(), database.connect().await);
    client.batch_execute(&format!("{CREATE_ALL} ALTER TABLE sites DROP name;")).await.unwrap();
    let adopt = |arguments: &[&str]| migrate(arguments).env("SHOP", "older").on(url).run();
    adopt(&["adopt", "--yes"]).code(1).stdout_eq(str![""]).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
error: the database is not what the migrations make: one difference from what is there after `usb/V0001__baseline`; nothing was written
  = - column public.sites.name
  = help: `-` is missing in the database, `+` should not be there, `~` is different

"#]]);
    client.batch_execute("ALTER TABLE sites ADD name text NOT NULL").await.unwrap();
    adopt(&["adopt"]).code(2).stdout_eq(str![""]).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
the database is just what these migrations make:
  core/V0001__sites
  printers/V0001__baseline
  printers/V0002__toner
  usb/V0001__baseline
error: there is no terminal to ask; nothing was written
help: `--yes` answers beforehand

"#]]);
    adopt(&["adopt", "--yes"]).code(0).stdout_eq(str![[r#"
4 migrations recorded as applied; nothing was run

"#]]);
    adopt(&["status", "--check"]).code(0);
    adopt(&["verify"]).code(0);
    adopt(&["adopt", "--yes"]).code(1).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
error: this database is Stairwell's already: it has a history of core, printers, usb; nothing was written

"#]]);
}

#[tokio::test]
async fn one_migration_is_marked_and_unmarked() {
    let database = test_support::database().await;
    let url = database.url();
    database.connect().await.batch_execute(CREATE_ALL).await.unwrap();
    migrate(&["mark", "core@1"]).on(url).run().code(2).stdout_eq(str![""]).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
error: nothing compares the history with the database, and there is no terminal to ask; nothing was changed
help: `--yes` answers beforehand

"#]]);
    migrate(&["mark", "core@1", "--yes"]).on(url).run().code(0).stdout_eq(str![[r#"
core/V0001__sites is recorded as applied; it was not run

"#]]);
    migrate(&["mark", "core@1", "--yes"]).on(url).run().code(1);
    migrate(&["mark", "core", "--yes"]).on(url).run().code(2).stderr_eq(str![[r#"
error: say which migration is meant, with its version: `printers@3`

"#]]);
    migrate(&["mark", "cor@1", "--yes"]).on(url).run().code(2);
    migrate(&["mark", "usb@1", "--yes", "--json"]).on(url).run().code(0).stdout_eq(str![[r#"
{
  "version": 1,
  "command": "mark",
  "migrations": [
    {
      "plugin": "usb",
      "version": 1,
      "name": "baseline",
      "file": "plugins/usb/migrations/V0001__baseline.sql"
    }
  ]
}

"#]]);
    migrate(&["unmark", "core@1", "--yes"]).on(url).run().code(0).stdout_eq(str![[r#"
core/V1__sites is no longer recorded; it was not reverted

"#]]);
    migrate(&["unmark", "core@1", "--yes"]).on(url).run().code(1).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
error: "stairwell"."core" has no row of version 1; nothing was changed

"#]]);
    migrate(&["unmark", "usb@1", "--yes", "--json"]).on(url).run().code(0).stdout_eq(str![[r#"
{
  "version": 1,
  "command": "unmark",
  "plugin": "usb",
  "row": {
    "version": 1,
    "name": "baseline",
    "applied_on": "[WHEN]",
    "checksum": "5621633395475743713"
  }
}

"#]]);
}

#[tokio::test]
async fn checksums_of_equal_texts_are_repaired() {
    let database = test_support::database().await;
    let (url, client) = (database.url(), database.connect().await);
    migrate(&["up"]).on(url).run().code(0);
    migrate(&["repair"]).on(url).run().code(0).stdout_eq(str![[r#"
nothing to repair

"#]]);
    let text = "CREATE TABLE printers (\r\n    id   int PRIMARY KEY,\r\n    site int NOT NULL REFERENCES sites\r\n);";
    let windows = refinery::Migration::unapplied("V1__baseline", text).unwrap().checksum();
    let change = format!("UPDATE stairwell.printers SET checksum = '{windows}' WHERE version = 1");
    client.batch_execute(&change).await.unwrap();
    migrate(&["status", "--check"]).on(url).run().code(1);
    migrate(&["repair"]).on(url).run().code(0).stdout_eq(str![[r#"
printers/V0001__baseline: checksum 12193292401775325429 is now 5261172786571247453; the texts differ in line ends (CRLF) only

"#]]);
    migrate(&["status", "--check"]).on(url).run().code(0);
    migrate(&["repair"]).env("SHOP", "edited").on(url).run().code(1).stdout_eq(str![[r#"
core/V0001__sites: left as it is; nothing proves that the texts are equal

"#]]);
    migrate(&["repair", "--json"]).env("SHOP", "edited").on(url).run().code(1).stdout_eq(str![[r#"
{
  "version": 1,
  "command": "repair",
  "repaired": [],
  "left": [
    {
      "applied": {
        "version": 1,
        "name": "sites",
        "applied_on": "[WHEN]",
        "checksum": "7606048679966619740"
      },
      "compiled": {
        "version": 1,
        "name": "sites",
        "file": "migrations/V0001__sites.sql"
      }
    }
  ]
}

"#]]);
}
