//! The offline script, applied with psql, beside what a run does.

use std::process::{Command, Output};
use std::time::Duration;

use snapbox::{assert_data_eq, str};
use stairwell::{
    Chain, ChainSet, HistoryTable, Migration, Migrator, Requirement, Script, Step, StepFuture, Target,
    Transaction,
};
use stairwell_catalog::{Scope, diff, read};
use test_support::{TestDatabase, server};
use tokio_postgres::Client;

use crate::state::RoundTrips;
use crate::support::{chain, chain_set, core, history, leak, rows, rust, sql, statements};

/// Applies a script as the documentation says, without the flag that the script sets itself.
pub(crate) fn psql(database: &TestDatabase, script: &str) -> Output {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), script).unwrap();
    let mut command = Command::new("psql");
    test_support::isolate(&mut command)
        .args(["-X", "-f"])
        .arg(file.path())
        .arg(database.url())
        .output()
        .unwrap()
}

/// What psql said on stderr, from the server's message on.
pub(crate) fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let lines = text.lines().map(|line| line.find("ERROR:").map_or(line, |start| &line[start..]));
    lines.filter(|line| !line.starts_with("CONTEXT")).collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn assert_applied(output: &Output) {
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}

/// Texts on which quoting, sessions and ends of texts could go wrong.
fn tricky() -> Vec<Migration> {
    let seed = "INSERT INTO sites VALUES (1, 'it''s :USER \\ Größe $1 ;'); -- no semicolon after it:\n\
                UPDATE sites SET id = id -- :HOST";
    let function = "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $stairwell$ BEGIN RETURN 1; END $stairwell$;\n\
                    CREATE FUNCTION g() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END;";
    let session = "SET search_path = ''; SET standard_conforming_strings = off; CREATE TEMP TABLE t (); \
                   CREATE ROLE NOBODY_HERE; SET ROLE NOBODY_HERE; RESET ROLE; DROP ROLE NOBODY_HERE;";
    vec![
        sql("core", 1, "sites", "CREATE TABLE sites (id int PRIMARY KEY, name text);")
            .reverted_by(Step::Sql("DROP TABLE sites; -- it's \\gone :USER")),
        sql("core", 2, "seed", seed).irreversible("what was there is gone"),
        sql("core", 3, "functions", function),
        sql("core", 4, "session", session),
        sql("core", 5, "empty", "-- nothing; at all"),
    ]
}

fn outside() -> Migration {
    let index = "CREATE INDEX CONCURRENTLY sites_name ON sites (name);\n\nVACUUM sites -- at last";
    let down = "DROP INDEX CONCURRENTLY sites_name;";
    statements("core", 6, "index", index)
        .reverted_by(Step::Statements { sql: down, bounds: leak(vec![(0, down.len())]) })
}

fn chains(core: &[Migration]) -> ChainSet {
    let ports =
        [sql("usb", 20_250_304_101_500, "ports", "CREATE TABLE public.ports (site int REFERENCES sites);")
            .requiring(const { &[Requirement::new("core", 2)] })];
    let usb = chain("usb", &ports)
        .requiring(const { &[Requirement::new("core", 1)] })
        .recorded_in(HistoryTable::new("Odd \"schema\"", "history's"));
    chain_set(&[chain("core", core), chain("empty", &[]), usb])
}

fn migrator(chains: &ChainSet) -> Migrator<'_> {
    Migrator::new(chains).application("shopdb").application_version("1.2.3")
}

/// All that is recorded, but times, ids of runs, and numbers that the server gives.
async fn recorded(client: &Client) -> Vec<String> {
    let mut all = Vec::new();
    for query in [
        "SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema !~ '^(pg_|information)' ORDER BY 1, 2",
        "SELECT version, name, checksum, applied_on ~ '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d+Z$' FROM stairwell.core ORDER BY 1",
        "SELECT version, name, checksum FROM \"Odd \"\"schema\"\"\".\"history's\" ORDER BY 1",
        "SELECT plugin, table_schema, table_name, fingerprint, sealed FROM stairwell.state ORDER BY 1",
        "SELECT id, plugin, version, name, direction, checksum, application, application_version, role, revert, \
         revert_bounds, revert_note, requires, duration > '0' AND duration < '1 min', \
         started_at BETWEEN now() - interval '1 min' AND now() FROM stairwell.journal ORDER BY id",
        "SELECT count(DISTINCT run) FROM stairwell.journal",
        "SELECT * FROM sites ORDER BY id",
    ] {
        all.extend(rows(client, query).await);
    }
    all
}

/// Asserts that two databases are the same, bookkeeping included.
async fn assert_same(one: &TestDatabase, other: &TestDatabase) {
    let (one, other) = (one.connect().await, other.connect().await);
    assert_eq!(recorded(&one).await, recorded(&other).await);
    let [one, other] =
        [read(&one, &Scope::database()).await.unwrap(), read(&other, &Scope::database()).await.unwrap()];
    let differences: Vec<String> = diff(&one, &other).iter().map(ToString::to_string).collect();
    assert!(differences.is_empty(), "{differences:#?}");
}

#[tokio::test]
async fn a_script_a_single_transaction_and_a_run_leave_the_same() {
    let chains = chains(&tricky());
    let [run, single_run, script, single_script] = [(); 4].map(|()| server().database());
    let (run, single_run) = (run.await, single_run.await);
    let (script, single_script) = (script.await, single_script.await);
    migrator(&chains).up(&mut run.connect().await).await.unwrap();
    migrator(&chains).single_transaction(true).up(&mut single_run.connect().await).await.unwrap();

    let text = migrator(&chains).script(&Script::new()).unwrap();
    assert_applied(&psql(&script, &text));
    let text = migrator(&chains).single_transaction(true).script(&Script::new()).unwrap();
    assert_applied(&psql(&single_script, &text));

    for other in [&single_run, &script, &single_script] {
        assert_same(&run, other).await;
    }
}

#[tokio::test]
async fn steps_outside_a_transaction_run_outside_one() {
    let chains = chains(&[tricky(), vec![outside()]].concat());
    let (run, script) = (server().database().await, server().database().await);
    migrator(&chains).up(&mut run.connect().await).await.unwrap();

    let text = migrator(&chains).script(&Script::new()).unwrap();
    assert_applied(&psql(&script, &text));

    assert_same(&run, &script).await;
    let refusal = migrator(&chains).single_transaction(true).script(&Script::new()).unwrap_err();
    assert!(refusal.is_usage());
    assert_data_eq!(
        refusal.to_string(),
        str![
            "`core/V0006__index` runs outside a transaction and cannot be part of a single one; nothing was run; apply what comes before it with targets, then it, then the rest"
        ]
    );
}

#[tokio::test]
async fn the_state_that_a_script_leaves_is_believed() {
    let chains = chains(&tricky());
    let database = server().database().await;
    assert_applied(&psql(&database, &migrator(&chains).script(&Script::new()).unwrap()));

    let trips = RoundTrips::default();
    let mut client = trips.connect(&database).await;
    trips.take();
    assert!(Migrator::new(&chains).up(&mut client).await.unwrap().is_up_to_date());
    assert_eq!(trips.take(), 1);
}

#[tokio::test]
async fn a_range_goes_on_where_the_database_is() {
    let chains = chains(&[tricky(), vec![outside()]].concat());
    let migrator = migrator(&chains);
    let (run, ranges) = (server().database().await, server().database().await);
    for targets in [vec![Target::at("core", 3)], vec![]] {
        migrator.up_to(&mut run.connect().await, &targets).await.unwrap();
    }

    let first = Script::new().to([Target::at("core", 3)]);
    assert_applied(&psql(&ranges, &migrator.script(&first).unwrap()));
    let rest = migrator.script(&Script::new().from([Target::at("core", 3)])).unwrap();
    // The database says the same.
    let client = &mut ranges.connect().await;
    assert_eq!(migrator.script_for(client, &Script::new()).await.unwrap(), rest);
    assert_applied(&psql(&ranges, &rest));

    assert_eq!(
        recorded(&run.connect().await).await,
        recorded(client).await.iter().map(String::clone).collect::<Vec<_>>()
    );
    assert_eq!(migrator.script_for(client, &Script::new()).await.unwrap(), "-- nothing to do\n");
}

#[tokio::test]
async fn a_database_that_holds_something_else_is_left_alone() {
    let chains = core(&tricky());
    let migrator = Migrator::new(&chains);
    let database = server().database().await;
    let client = &mut database.connect().await;
    let rest = migrator.script(&Script::new().from([Target::at("core", 3)])).unwrap();

    // Nothing was applied yet.
    let refused = psql(&database, &rest);
    assert_eq!(refused.status.code(), Some(3));
    assert_data_eq!(
        said(&refused),
        str![[r#"
ERROR:  there is no "stairwell"."core", but the script begins from 3 migrations, up to core/V0003__functions
HINT:  make a script from what the database holds
"#]]
    );
    assert_eq!(rows(client, "SELECT nspname FROM pg_namespace WHERE nspname = 'stairwell'").await, [""; 0]);

    // Too much was.
    migrator.up(client).await.unwrap();
    let before = rows(client, "SELECT * FROM stairwell.core").await;
    for script in [rest, migrator.script(&Script::new()).unwrap()] {
        let refused = psql(&database, &script);
        assert!(said(&refused).contains("\"stairwell\".\"core\" does not hold what this script begins from"));
        assert_eq!(refused.status.code(), Some(3));
    }
    assert_eq!(rows(client, "SELECT * FROM stairwell.core").await, before);
}

#[tokio::test]
async fn a_failure_ends_the_script_and_a_run_goes_on_from_there() {
    let broken =
        |text| core(&[tricky()[0], sql("core", 2, "two", text), sql("core", 3, "three", "SELECT 3;")]);
    let database = server().database().await;
    let bad = broken("CREATE TABLE a (); SELECT 1 / 0;");
    let failed = psql(&database, &Migrator::new(&bad).script(&Script::new()).unwrap());

    assert_eq!((failed.status.code(), said(&failed).as_str()), (Some(3), "ERROR:  division by zero"));
    let mut client = database.connect().await;
    assert_eq!(history(&client, "core").await, ["1 sites"]);
    assert_eq!(rows(&client, "SELECT to_regclass('a')").await, ["null"]);
    let good = broken("CREATE TABLE a ();");
    assert_eq!(Migrator::new(&good).lock_wait(Duration::ZERO).up(&mut client).await.unwrap().applied(), 2);

    // In one transaction, nothing remains.
    let database = server().database().await;
    let script = Migrator::new(&bad).single_transaction(true).script(&Script::new()).unwrap();
    assert_eq!(psql(&database, &script).status.code(), Some(3));
    let client = database.connect().await;
    assert_eq!(
        rows(&client, "SELECT to_regclass('sites'), to_regnamespace('stairwell')").await,
        ["null null"]
    );
}

#[tokio::test]
async fn a_step_that_ends_its_transaction_stops_the_script() {
    let chains = core(&[sql("core", 1, "commits", "CREATE TABLE a (); COMMIT; BEGIN;"), tricky()[1]]);
    let database = server().database().await;
    let failed = psql(&database, &Migrator::new(&chains).script(&Script::new()).unwrap());
    assert!(
        said(&failed).ends_with("ERROR:  savepoint \"stairwell_step\" does not exist"),
        "{}",
        said(&failed)
    );
    assert_eq!(history(&database.connect().await, "core").await, [""; 0]);
}

#[tokio::test]
async fn a_script_waits_for_the_lock_and_gives_it_back() {
    let chains = core(&[sql("core", 1, "one", "SELECT 1;")]);
    let database = server().database().await;
    let holder = database.connect().await;
    rows(&holder, "SELECT pg_advisory_lock(1398030665, 712157282)").await;

    let script = Migrator::new(&chains).lock_wait(Duration::from_millis(300)).script(&Script::new()).unwrap();
    assert_data_eq!(
        said(&psql(&database, &script)),
        str![[r#"
ERROR:  gave up waiting for the lock
HINT:  another migrator is running
"#]]
    );
    rows(&holder, "SELECT pg_advisory_unlock(1398030665, 712157282)").await;
    // In the middle of a session, which goes on without it.
    let after = "SELECT 'locks: ' || count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = \
                 (SELECT oid FROM pg_database WHERE datname = current_database());";
    let output = psql(&database, &(script + after));
    assert_applied(&output);
    assert!(String::from_utf8_lossy(&output.stdout).contains("locks: 0"));
}

fn nothing<'a>(_: &'a Transaction<'_>) -> StepFuture<'a> {
    Box::pin(async { Ok(()) })
}

#[tokio::test]
async fn rust_steps_are_refused_or_leave_a_place() {
    let chains = core(&[tricky()[0], rust("core", 2, "fill", nothing), rust("core", 3, "more", nothing)]);
    let migrator = Migrator::new(&chains);
    let refusal = migrator.script(&Script::new()).unwrap_err();
    assert!(refusal.is_usage());
    assert_data_eq!(
        refusal.to_string(),
        str![
            "Rust steps cannot be put into a script: `core/V0002__fill`, `core/V0003__more`; end the script before it, or ask for placeholders and put SQL that does the same in their places"
        ]
    );
    assert!(migrator.script(&Script::new().to([Target::at("core", 1)])).is_ok());

    let script = migrator.script(&Script::new().placeholders(true)).unwrap();
    let database = server().database().await;
    let stopped = psql(&database, &script);
    assert_data_eq!(
        said(&stopped),
        str!["ERROR:  core/V0002__fill is a Rust step: put SQL that does the same in its place"]
    );
    let mut client = database.connect().await;
    assert_eq!(history(&client, "core").await, ["1 sites"]);

    // Somebody has filled the places.
    let rest = migrator.script_for(&mut client, &Script::new().placeholders(true)).await.unwrap();
    let is_place = |line: &&str| line.contains("is a Rust step");
    assert_eq!(rest.lines().filter(is_place).count(), 2);
    let filled: Vec<&str> =
        rest.lines().map(|line| if is_place(&line) { "SELECT 1;" } else { line }).collect();
    assert_applied(&psql(&database, &filled.join("\n")));
    assert!(migrator.is_up_to_date(&mut client).await.unwrap());
}

#[tokio::test]
async fn the_same_constants_give_the_same_script() {
    let chains: &[Chain] = leak(vec![chain("core", &tricky()[..1])]);
    let chains = ChainSet::new(chains, chains[0].migrations());
    let script = Migrator::new(&chains).script(&Script::new()).unwrap();
    assert_eq!(Migrator::new(&chains).script(&Script::new()).unwrap(), script);
    // What surrounds the text of a step; the longer lines are about what is recorded.
    let step = &script[script.find("-- 1. ").unwrap()..];
    let short: Vec<&str> = step.lines().filter(|line| line.len() < 80).collect();
    assert_data_eq!(
        short.join("\n"),
        str![[r#"
-- 1. core/V0001__sites (migrations/V0001__sites.sql)
BEGIN;
SAVEPOINT stairwell_step;
CREATE TABLE sites (id int PRIMARY KEY, name text);
RELEASE SAVEPOINT stairwell_step;
RESET SESSION AUTHORIZATION; RESET ALL; DISCARD TEMP;
COMMIT;

"#]]
    );
}

#[tokio::test]
async fn a_history_that_refinery_made_is_continued() {
    let files = [("V1__one", "SELECT 1;"), ("V2__two", "SELECT 2;")];
    let adopted = |count| {
        let steps = [sql("core", 1, "one", files[0].1), sql("core", 2, "two", files[1].1)];
        let table = HistoryTable::new("public", "refinery_schema_history");
        chain_set(&[chain("core", &steps[..count]).recorded_in(table)])
    };
    let database = server().database().await;
    let mut client = database.connect().await;
    let unit = refinery::Migration::unapplied(files[0].0, files[0].1).unwrap();
    refinery::Runner::new(&[unit]).run_async(&mut client).await.unwrap();

    let chains = adopted(2);
    let script = Migrator::new(&chains).script(&Script::new().from([Target::at("core", 1)])).unwrap();
    assert_applied(&psql(&database, &script));

    assert_eq!(
        rows(&client, "SELECT version, sealed FROM public.refinery_schema_history, stairwell.state").await,
        ["1 t", "2 t"]
    );
    assert!(Migrator::new(&chains).is_up_to_date(&mut client).await.unwrap());
}
