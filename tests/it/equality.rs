//! However the chains of the application get into a database, it is the same database afterwards.

use std::process::{Command, Output};

use shopdb::schema::CHAINS;
use stairwell_catalog::{Catalog, Scope, diff, read};
use test_support::TestDatabase;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::app;
use crate::processes::{migrate, succeeds};

/// What `app migrate sql` prints. Its Rust steps read notes and nameplates, of which a fresh database has none, so an
/// empty place is SQL that does the same.
fn script(arguments: &[&str]) -> String {
    let output = app().args(["migrate", "sql", "--placeholders"]).args(arguments).output().unwrap();
    succeeds(&output);
    let script = String::from_utf8(output.stdout).unwrap();
    script.split_inclusive('\n').filter(|line| !line.contains("is a Rust step: put SQL")).collect()
}

/// psql with these options and the script.
fn psql(database: &TestDatabase, options: &[&str], script: &str) -> Output {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), script).unwrap();
    let mut psql = Command::new("psql");
    test_support::isolate(&mut psql).args(["-X", "-q"]).args(options).arg("-f").arg(file.path());
    psql.arg(database.url()).output().unwrap()
}

#[track_caller]
fn applies(database: &TestDatabase, script: &str) {
    let output = psql(database, &["-v", "ON_ERROR_STOP=1"], script);
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}

/// The targets of the first migrations of the plan, for `--to` and `--from`.
fn targets(count: usize) -> String {
    let prefix = &CHAINS.order()[..count];
    let last = |plugin: &str| prefix.iter().rfind(|migration| migration.plugin() == plugin);
    let targets = CHAINS.chains().iter().filter_map(|chain| last(chain.plugin()));
    targets.map(|m| format!("{}@{}", m.plugin(), m.version())).collect::<Vec<_>>().join(",")
}

async fn rows(client: &Client, query: &str) -> Vec<String> {
    let row = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => {
            let columns = (0..row.len()).map(|column| row.get(column).unwrap_or("null"));
            Some(columns.collect::<Vec<_>>().join(" | "))
        }
        _ => None,
    };
    client.simple_query(query).await.unwrap().iter().filter_map(row).collect()
}

/// All that is in a database, but times, durations and ids of runs.
struct Content {
    catalog: Catalog,
    /// Histories, journal and state, and how many rows each table of the application has.
    rows: Vec<String>,
}

impl Content {
    async fn of(database: &TestDatabase) -> Content {
        let client = database.connect().await;
        // With the schema `stairwell`.
        let catalog = read(&client, &Scope::database()).await.unwrap();
        let mut all = Vec::new();
        for chain in CHAINS.chains() {
            let history = chain.history().to_string();
            let is_time = r"applied_on ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$'";
            let query = format!(
                "SELECT '{}', version, name, checksum, {is_time} FROM {history} ORDER BY version",
                chain.plugin()
            );
            all.extend(rows(&client, &query).await);
        }
        let migrations = all.len();
        assert_eq!(migrations, CHAINS.order().len());
        let journal = "SELECT id, plugin, version, name, direction, checksum, application, application_version, role, \
                       revert, revert_bounds, revert_note, requires, breaks_older_binaries, duration > '0' \
                       FROM stairwell.journal ORDER BY id";
        all.extend(rows(&client, journal).await);
        assert_eq!(all.len(), 2 * migrations);
        let state =
            "SELECT history::regclass, plugin, fingerprint, sealed FROM stairwell.state ORDER BY plugin";
        all.extend(rows(&client, state).await);
        let tables = "SELECT format('SELECT %L, count(*) FROM public.%I', tablename, tablename) FROM pg_tables \
                      WHERE schemaname = 'public' ORDER BY 1";
        for count in rows(&client, tables).await {
            all.extend(rows(&client, &count).await);
        }
        Content { catalog, rows: all }
    }
}

#[track_caller]
fn assert_equal(expected: &Content, found: &Content, way: &str) {
    let differences: Vec<String> =
        diff(&expected.catalog, &found.catalog).iter().map(ToString::to_string).collect();
    assert!(differences.is_empty(), "{way}:\n{}", differences.join("\n"));
    // The first row that differs says more than both lists.
    for (expected, found) in expected.rows.iter().zip(&found.rows) {
        assert_eq!(expected, found, "{way}");
    }
    assert_eq!(expected.rows.len(), found.rows.len(), "{way}");
}

#[tokio::test]
async fn a_run_a_single_transaction_and_every_script_give_equal_databases() {
    let all = CHAINS.order().len();
    let run = test_support::database().await;
    succeeds(&migrate(run.url(), &["up"]).output().unwrap());
    let expected = Content::of(&run).await;
    assert!(expected.rows.len() > 2 * all);

    let single_run = test_support::database().await;
    succeeds(&migrate(single_run.url(), &["up", "--single-transaction"]).output().unwrap());
    assert_equal(&expected, &Content::of(&single_run).await, "run in a single transaction");

    for (way, options) in [("script", &[][..]), ("script in a single transaction", &["--single-transaction"])]
    {
        let database = test_support::database().await;
        applies(&database, &script(options));
        assert_equal(&expected, &Content::of(&database).await, way);
        succeeds(&migrate(database.url(), &["status", "--check"]).output().unwrap());
    }

    // Release after release, each with a script of its own, and one of them beside a run.
    let (first, second) = (targets(all / 3), targets(2 * all / 3));
    for single in [&[][..], &["--single-transaction"]] {
        let with = |arguments: &[&str]| script(&[arguments, single].concat());
        let ranges =
            [with(&["--to", &first]), with(&["--from", &first, "--to", &second]), with(&["--from", &second])];
        let database = test_support::database().await;
        for range in &ranges {
            applies(&database, range);
        }
        assert_equal(&expected, &Content::of(&database).await, "scripts for three ranges");

        let mixed = test_support::database().await;
        applies(&mixed, &ranges[0]);
        let up: Vec<&str> = ["up"].into_iter().chain(second.split(',')).collect();
        succeeds(&migrate(mixed.url(), &up).output().unwrap());
        applies(&mixed, &ranges[2]);
        assert_equal(&expected, &Content::of(&mixed).await, "a run between two scripts");
    }
}

/// The script begins and ends transactions, so psql cannot keep it in one: that would commit in the middle, without
/// the lock. It says so before it does anything; `--single-transaction` of `migrate sql` is what was wanted.
#[tokio::test]
async fn psql_in_a_single_transaction_is_refused_before_anything_is_done() {
    let database = test_support::database().await;
    for options in [&[][..], &["--single-transaction"]] {
        let output = psql(&database, &["-1", "-v", "ON_ERROR_STOP=1"], &script(options));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{stderr}");
        assert!(stderr.contains("ERROR:  the session is inside a transaction"), "{stderr}");
        assert!(stderr.contains("HINT:  run psql without -1"), "{stderr}");
        let client = database.connect().await;
        let objects = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace \
                       UNION ALL SELECT nspname FROM pg_namespace WHERE nspname = 'stairwell'";
        assert_eq!(rows(&client, objects).await, [""; 0]);
    }
}
