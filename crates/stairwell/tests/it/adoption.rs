//! refinery's own runner and Stairwell read each other's histories.

use refinery::{Runner, Target};
use stairwell::{ChainSet, HistoryTable, Migration, Migrator};
use test_support::server;

use crate::support::{chain, chain_set, history, rows, sql};

const FILES: [(&str, &str); 3] = [
    ("V1__baseline", "CREATE TABLE printers (id int);"),
    ("V2__add_toner_level", "ALTER TABLE printers ADD toner int; -- percent"),
    ("V3__names", "ALTER TABLE printers ADD name text;"),
];

fn runner() -> Runner {
    let migrations: Vec<refinery::Migration> =
        FILES.iter().map(|(name, text)| refinery::Migration::unapplied(name, text).unwrap()).collect();
    Runner::new(&migrations)
}

fn printers() -> Vec<Migration> {
    let names = ["baseline", "add_toner_level", "names"];
    let steps = (1..).zip(names).zip(FILES);
    steps.map(|((version, name), (_, text))| sql("printers", version, name, text)).collect()
}

#[tokio::test]
async fn refinery_finds_nothing_to_apply_after_stairwell() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains = chain_set(&[chain("printers", &printers())]);
    Migrator::new(&chains).up(&mut client).await.unwrap();

    let mut runner = runner();
    runner.set_migration_table_name("stairwell.printers");
    let report = runner.run_async(&mut client).await.unwrap();

    assert!(report.applied_migrations().is_empty());
    let applied = runner.get_applied_migrations_async(&mut client).await.unwrap();
    let applied: Vec<String> = applied.iter().map(ToString::to_string).collect();
    assert_eq!(applied, FILES.map(|(name, _)| name));
}

#[tokio::test]
async fn a_history_that_refinery_made_is_continued() {
    let database = server().database().await;
    let mut client = database.connect().await;
    runner().set_target(Target::Version(2)).run_async(&mut client).await.unwrap();

    let adopted =
        chain("printers", &printers()).recorded_in(HistoryTable::new("public", "refinery_schema_history"));
    let chains: ChainSet = chain_set(&[adopted]);
    let report = Migrator::new(&chains).up(&mut client).await.unwrap();

    assert_eq!((report.chains[0].already, report.applied()), (2, 1));
    // No history of our own is made.
    let ours = "SELECT tablename FROM pg_tables WHERE schemaname = 'stairwell' ORDER BY 1";
    assert_eq!(rows(&client, ours).await, ["journal", "state"]);
    assert!(Migrator::new(&chains).is_up_to_date(&mut client).await.unwrap());
    assert!(runner().run_async(&mut client).await.unwrap().applied_migrations().is_empty());
}

#[tokio::test]
async fn the_table_has_refinerys_layout() {
    let database = server().database().await;
    let mut client = database.connect().await;
    Migrator::new(&chain_set(&[chain("printers", &printers())])).up(&mut client).await.unwrap();
    let mut runner = runner();
    runner.set_migration_table_name("public.made_by_refinery").run_async(&mut client).await.unwrap_err();

    let layout = |schema: &str, table: &str| {
        format!(
            "SELECT column_name, data_type, character_maximum_length, is_nullable FROM information_schema.columns \
             WHERE table_schema = '{schema}' AND table_name = '{table}' ORDER BY ordinal_position"
        )
    };
    let ours = rows(&client, &layout("stairwell", "printers")).await;
    assert_eq!(ours, rows(&client, &layout("public", "made_by_refinery")).await);
    assert_eq!(history(&client, "printers").await.len(), 3);
    let row = rows(&client, "SELECT applied_on, checksum FROM stairwell.printers WHERE version = 1").await;
    let (applied_on, checksum) = row[0].split_once(' ').unwrap();
    assert!(applied_on.contains('T') && applied_on.ends_with('Z'), "RFC 3339, in UTC: {applied_on}");
    assert_eq!(checksum, printers()[0].checksum().to_string());
}
