//! Up, on an empty database and again.

use std::sync::Mutex;

use stairwell::{Chain, ChainSet, Event, Migration, Migrator, Step};
use test_support::server;

use crate::support::{chain, chain_set, checksum, core, history, names, rows, sql, tables};

fn two_plugins() -> ChainSet {
    let sites = sql("core", 1, "sites", "CREATE TABLE sites (id int PRIMARY KEY);");
    let names = sql("core", 2, "site_names", "ALTER TABLE sites ADD name text;");
    let printers = sql("printers", 1, "baseline", "CREATE TABLE printers (site int REFERENCES sites);");
    chain_set(&[chain("core", &[sites, names]), chain("printers", &[printers])])
}

#[tokio::test]
async fn applies_everything_to_an_empty_database() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains = two_plugins();

    let report = Migrator::new(&chains).up(&mut client).await.unwrap();

    assert_eq!(report.applied(), 3);
    assert!(!report.is_up_to_date());
    let core = &report.chains[0];
    assert_eq!((core.plugin, core.already), ("core", 0));
    let applied = names(core.applied.iter().map(|applied| applied.migration));
    assert_eq!(applied, ["core/V0001__sites", "core/V0002__site_names"]);
    assert_eq!(tables(&client).await, ["public.printers", "public.sites"]);
    assert_eq!(history(&client, "core").await, ["1 sites", "2 site_names"]);
    assert_eq!(history(&client, "printers").await, ["1 baseline"]);
}

#[tokio::test]
async fn a_second_run_writes_nothing_and_says_so_per_plugin() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains = two_plugins();
    Migrator::new(&chains).up(&mut client).await.unwrap();
    let before = rows(&client, "SELECT xmin, * FROM stairwell.core").await;

    let events = Mutex::new(Vec::new());
    let record = |event: &Event<'_>| events.lock().unwrap().push(format!("{event:?}"));
    let report = Migrator::new(&chains).on_event(record).up(&mut client).await.unwrap();

    assert!(report.is_up_to_date());
    let already: Vec<usize> = report.chains.iter().map(|chain| chain.already).collect();
    assert_eq!(already, [2, 1]);
    assert_eq!(
        events.into_inner().unwrap(),
        ["UpToDate { plugin: \"core\", already: 2 }", "UpToDate { plugin: \"printers\", already: 1 }",]
    );
    assert_eq!(rows(&client, "SELECT xmin, * FROM stairwell.core").await, before);
}

#[tokio::test]
async fn progress_is_reported_in_order() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains = two_plugins();
    let events = Mutex::new(Vec::new());
    let record = |event: &Event<'_>| {
        let line = match event {
            Event::Locked => "locked".to_owned(),
            Event::Applying { migration, number, of, .. } => format!("applying {migration} {number}/{of}"),
            Event::Applied { migration, .. } => format!("applied {migration}"),
            other => format!("{other:?}"),
        };
        events.lock().unwrap().push(line);
    };

    Migrator::new(&chains).on_event(record).up(&mut client).await.unwrap();

    assert_eq!(
        events.into_inner().unwrap(),
        [
            "locked",
            "applying core/V0001__sites 1/3",
            "applied core/V0001__sites",
            "applying core/V0002__site_names 2/3",
            "applied core/V0002__site_names",
            "applying printers/V0001__baseline 3/3",
            "applied printers/V0001__baseline",
        ]
    );
}

#[tokio::test]
async fn a_later_release_applies_only_what_is_new() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let one = sql("core", 20_250_304_101_500, "sites", "CREATE TABLE sites (id int);");
    let two = sql("core", 20_250_305_090_000, "users", "CREATE TABLE users (id int);");
    Migrator::new(&core(&[one])).up(&mut client).await.unwrap();

    let chains = core(&[one, two]);
    let report = Migrator::new(&chains).up(&mut client).await.unwrap();

    assert_eq!(names(report.chains[0].applied.iter().map(|applied| applied.migration)), [two.to_string()]);
    assert_eq!(report.chains[0].already, 1);
    assert_eq!(history(&client, "core").await, ["20250304101500 sites", "20250305090000 users"]);
}

#[tokio::test]
async fn more_migrations_than_refinery_gets_at_a_time() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let migrations: Vec<Migration> = (1..=250)
        .map(|version| sql("core", version, "step", format!("CREATE TABLE t{version} ();").leak()))
        .collect();
    let chains = core(&migrations);

    assert_eq!(Migrator::new(&chains).up(&mut client).await.unwrap().applied(), 250);
    assert!(Migrator::new(&chains).up(&mut client).await.unwrap().is_up_to_date());
    assert_eq!(rows(&client, "SELECT count(*), max(version) FROM stairwell.core").await, ["250 250"]);
}

#[tokio::test]
async fn an_empty_chain_set_is_up_to_date() {
    let database = server().database().await;
    let mut client = database.connect().await;
    const NOTHING: ChainSet = ChainSet::new(&[Chain::new("core", "", &[])], &[]);

    let report = Migrator::new(&NOTHING).up(&mut client).await.unwrap();

    assert!(report.is_up_to_date());
    assert_eq!(rows(&client, "SELECT 1 FROM pg_namespace WHERE nspname = 'stairwell'").await.len(), 0);
}

/// As generated code has them: constants, with the checksum as a number.
const SITES: Migration = Migration::new(
    "core",
    1,
    "sites",
    "migrations/V0001__sites.sql",
    16_208_824_618_210_934_435,
    Step::Sql("CREATE TABLE sites (id bigint PRIMARY KEY);\n"),
);
const CHAINS: ChainSet = ChainSet::new(&[Chain::new("core", "The application", &[SITES])], &[SITES]);

#[tokio::test]
async fn constants_carry_refinerys_checksum() {
    assert_eq!(SITES.checksum(), checksum(1, "sites", SITES.up().text()));
    let database = server().database().await;
    let mut client = database.connect().await;
    Migrator::new(&CHAINS).up(&mut client).await.unwrap();
    let recorded = rows(&client, "SELECT checksum FROM stairwell.core").await;
    assert_eq!(recorded, [SITES.checksum().to_string()]);
}

#[tokio::test]
async fn a_constant_with_a_wrong_checksum_is_refused_before_it_is_run() {
    const WRONG: Migration =
        Migration::new("core", 1, "sites", "V1__sites.sql", 7, Step::Sql("CREATE TABLE a ();"));
    let database = server().database().await;
    let mut client = database.connect().await;

    let error = Migrator::new(&core(&[WRONG])).up(&mut client).await.unwrap_err();

    assert_eq!(
        error.to_string(),
        "the constant of `core/V1__sites` is not one that refinery can run: \
         its name or checksum is not refinery's; generate it with `stairwell_build`"
    );
    assert!(tables(&client).await.is_empty());
}

/// A run can be spawned, so its future must be `Send`.
#[test]
fn futures_are_send() {
    fn is_send<T: Send>(_: &T) {}
    fn check(migrator: &Migrator<'_>, client: &mut stairwell::tokio_postgres::Client) {
        is_send(&migrator.up(client));
        is_send(&migrator.up_to(client, &[]));
        is_send(&migrator.plan(client, &[]));
        is_send(&migrator.status(client));
    }
    let _ = check;
    is_send(&Migrator::new(&CHAINS));
}
