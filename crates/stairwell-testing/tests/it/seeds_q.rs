//! What a small application's own tests of its migrations did, case by case (Q). Those about the command line, Q1 and
//! Q2, are tests of `stairwell-cli`.

use snapbox::str;
use stairwell::ChainSet;
use stairwell_catalog::{Scope, diff, read};
use stairwell_testing::{MigrationCase, TestDatabase, every_migration, stairway};
use tokio_postgres::Client;

use crate::{
    case::{SEATS, labels, seats, split},
    support::{chains, migration, reversible},
};

#[tokio::test]
async fn q03_a_copy_of_a_template_is_migrated_and_the_tests_own() {
    let chains = split();
    let (one, other) =
        (TestDatabase::migrated(&chains).await.unwrap(), TestDatabase::migrated(&chains).await.unwrap());
    let client = one.connect().await.unwrap();
    client.batch_execute("INSERT INTO seats VALUES (1, 4, 537)").await.unwrap();
    assert_eq!(seats(&client).await.unwrap().len(), 1);
    assert_eq!(seats(&other.connect().await.unwrap()).await.unwrap(), [], "it is not seen in the other");
    let name = one.name().to_owned();
    drop((client, one));
    let sql = "SELECT FROM pg_database WHERE datname = $1";
    let client = other.connect().await.unwrap();
    assert!(client.query_opt(sql, &[&name]).await.unwrap().is_none(), "dropped");
    // After a failure it is kept and named instead: the tests of the attribute.
}

/// The first line for each flaw.
async fn flaw(up: &str, down: Option<&str>) -> String {
    let flawed = match down {
        Some(down) => reversible(1, "flawed", up, down),
        None => migration(1, "flawed", up).reverted_by(stairwell::Step::Sql("")),
    };
    let failure = stairway(&chains(&[flawed])).await.unwrap_err().to_string();
    let lines: Vec<&str> = failure.lines().filter(|line| line.contains("flawed`")).collect();
    format!("{}\n", lines.join("\n"))
}

#[tokio::test]
async fn q04_a_leftover_enum_a_missing_way_back_and_a_slip_are_seen() {
    let create = "CREATE TYPE mood AS ENUM ('fine'); CREATE TABLE t (mood mood);";
    let all = [
        flaw(create, Some("DROP TABLE t;")).await,
        flaw(create, None).await,
        flaw("CREATE TABEL t (id int);", Some("DROP TABLE t;")).await,
    ];
    snapbox::assert_data_eq!(
        all.concat(),
        str![[r#"
stairway: `core/V0001__flawed` does not apply again after it went down
  = `core/V0001__flawed` (migrations/V0001__flawed.sql) failed: type "mood" already exists (SQLSTATE 42710)
stairway: `core/V0001__flawed` does not apply again after it went down
  = `core/V0001__flawed` (migrations/V0001__flawed.sql) failed: type "mood" already exists (SQLSTATE 42710)
stairway: `core/V0001__flawed` does not apply
  = `core/V0001__flawed` failed: syntax error at or near "TABEL" (SQLSTATE 42601)

"#]]
    );
}

#[tokio::test]
async fn q05_a_label_is_split_and_put_together_again() {
    let chains = split();
    MigrationCase::of(&chains, chains.order()[1])
        .before(async |db| Ok(db.batch_execute(SEATS).await?))
        .after_up(async |db| assert_eq!(seats(db).await.unwrap(), [(4, 537), (12, 1)]))
        .after_down(async |db| assert_eq!(labels(db).await.unwrap(), ["4.537", "12.1"]))
        .run()
        .await
        .unwrap();
    // What is looked at can be left out; the migration cannot, and one that is not there is refused.
    MigrationCase::of(&chains, chains.order()[1]).run().await.unwrap();
    let stranger = migration(9, "stranger", "SELECT 1;");
    assert_eq!(
        MigrationCase::of(&chains, stranger).run().await.unwrap_err().to_string(),
        "migration_case: `core/V0009__stranger` is not a migration of this chain set"
    );
}

async fn differences(one: &Client, other: &Client) -> Vec<String> {
    let scope = Scope::database().without_schema(stairwell::SCHEMA);
    let (one, other) = (read(one, &scope).await.unwrap(), read(other, &scope).await.unwrap());
    diff(&one, &other).iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn q06_the_migrated_database_is_the_one_that_is_wanted() {
    let database = TestDatabase::migrated(&split()).await.unwrap();
    let migrated = database.connect().await.unwrap();
    let wanted = "CREATE TABLE seats (id int, floor int, seat int); CREATE TABLE later (id int);";
    for (wanted, expected) in [
        (wanted.to_owned(), Vec::new()),
        (
            wanted.replace("seat int", "seat bigint"),
            vec!["~ column public.seats.seat: type: integer -> bigint"],
        ),
    ] {
        let database = TestDatabase::empty().await.unwrap();
        let client = database.connect().await.unwrap();
        client.batch_execute(&wanted).await.unwrap();
        assert_eq!(differences(&migrated, &client).await, expected);
    }
}

#[tokio::test]
async fn q07_a_column_with_a_collation_of_icu_survives() {
    let chains: ChainSet = chains(&[
        reversible(
            1,
            "names",
            "CREATE COLLATION natural_order (provider = icu, locale = 'en-u-kn-true'); \
             CREATE TABLE names (name text COLLATE natural_order); \
             INSERT INTO names VALUES ('rack 10'), ('rack 9');",
            "DROP TABLE names; DROP COLLATION natural_order;",
        ),
        reversible(2, "index", "CREATE INDEX by_name ON names (name);", "DROP INDEX by_name;"),
    ]);
    every_migration(&chains).await.unwrap();
    MigrationCase::of(&chains, chains.order()[1])
        .after_up(async |db| {
            let rows = db.query("SELECT name FROM names ORDER BY name", &[]).await?;
            assert_eq!(rows.iter().map(|row| row.get(0)).collect::<Vec<&str>>(), ["rack 9", "rack 10"]);
            Ok(())
        })
        .run()
        .await
        .unwrap();
}
