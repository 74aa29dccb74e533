//! A start with nothing to do: one round trip, and never on the word of a state that is not true any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use stairwell::{ChainSet, HistoryTable, Migrator, Startup};
use test_support::{TestDatabase, server};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, UnixStream};
use tokio_postgres::{Client, NoTls};

use crate::support::{chain, chain_set, core, history, objects, rows, sql};

/// Counts how often the client had to wait for the server before it could go on.
#[derive(Clone, Default)]
pub(crate) struct RoundTrips {
    count: Arc<AtomicUsize>,
    answered: Arc<AtomicBool>,
}

impl RoundTrips {
    /// A connection through a relay that counts.
    pub(crate) async fn connect(&self, database: &TestDatabase) -> Client {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let socket = server().socket_dir().join(format!(".s.PGSQL.{}", server().port()));
        let this = self.clone();
        tokio::spawn(async move {
            let (client, _) = listener.accept().await.unwrap();
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = UnixStream::connect(socket).await.unwrap().into_split();
            let asks = this.clone();
            tokio::join!(
                relay(from_client, to_server, move || {
                    if asks.answered.swap(false, Ordering::Relaxed) {
                        asks.count.fetch_add(1, Ordering::Relaxed);
                    }
                }),
                relay(from_server, to_client, move || this.answered.store(true, Ordering::Relaxed)),
            );
        });
        let mut config = server().config(database.name());
        let hosts = format!("host=127.0.0.1 port={port} user=postgres dbname={}", database.name());
        let through: tokio_postgres::Config = hosts.parse().unwrap();
        if let Some(password) = config.get_password().map(<[u8]>::to_vec) {
            config = through.clone();
            config.password(password);
        } else {
            config = through;
        }
        let (client, connection) = config.connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute("SELECT 1").await.unwrap();
        client
    }

    pub(crate) fn take(&self) -> usize {
        self.count.swap(0, Ordering::Relaxed)
    }
}

async fn relay(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, passed: impl Fn()) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        passed();
        to.write_all(&buffer[..length]).await.unwrap();
    }
}

/// `core` with so many migrations, and `usb` with one.
fn chains(count: i64) -> ChainSet {
    let migrations: Vec<_> = (1..=count).map(|version| sql("core", version, "step", "SELECT 1;")).collect();
    chain_set(&[
        chain("core", &migrations),
        chain("empty", &[]),
        chain("usb", &[sql("usb", 1, "baseline", "CREATE TABLE usb ();")]),
    ])
}

#[tokio::test]
async fn an_up_to_date_start_is_one_round_trip_whatever_the_number_of_migrations() {
    let trips = RoundTrips::default();
    for count in [1, 300] {
        let database = server().database().await;
        let chains = chains(count);
        Migrator::new(&chains).up(&mut database.connect().await).await.unwrap();
        let mut client = trips.connect(&database).await;
        trips.take();

        let report = Migrator::new(&chains).up(&mut client).await.unwrap();

        assert_eq!(trips.take(), 1);
        let already: Vec<usize> = report.chains.iter().map(|chain| chain.already).collect();
        assert_eq!(already, [usize::try_from(count).unwrap(), 0, 1]);
        assert!(report.is_up_to_date());

        assert!(Migrator::new(&chains).is_up_to_date(&mut client).await.unwrap());
        assert_eq!(trips.take(), 1);
        let targets = ["usb@1".parse().unwrap()];
        assert!(Migrator::new(&chains).up_to(&mut client, &targets).await.unwrap().is_up_to_date());
        assert_eq!(trips.take(), 1);
        let wait = Startup::Wait { limit: Duration::ZERO };
        for (startup, expected) in [(Startup::Apply, 1), (wait, 1), (Startup::Verify, 1), (Startup::Skip, 0)]
        {
            let report = Migrator::new(&chains).on_start(&mut client, startup).await.unwrap();
            assert_eq!((trips.take(), report.up.is_up_to_date()), (expected, true), "{startup:?}");
        }
    }
}

#[tokio::test]
async fn waiting_asks_one_question_at_a_time() {
    let database = server().database().await;
    Migrator::new(&chains(3)).up(&mut database.connect().await).await.unwrap();
    let trips = RoundTrips::default();
    let mut client = trips.connect(&database).await;
    trips.take();
    let more = chains(4);
    let wait = Startup::Wait { limit: Duration::from_secs(1) };
    assert!(Migrator::new(&more).on_start(&mut client, wait).await.unwrap_err().is_pending());
    // Two looks with the state, the histories in two requests, and who has the lock; in between, after pauses
    // of 100, 150, 225, 337 and 188 ms, the state alone.
    let count = trips.take();
    assert!((9..=2 * 4 + 5).contains(&count), "{count}");
}

/// A database with three migrations of core and one of usb, and the same chains.
async fn applied() -> (TestDatabase, Client, ChainSet) {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains = chains(3);
    Migrator::new(&chains).up(&mut client).await.unwrap();
    (database, client, chains)
}

/// Whether the state alone proves that nothing is pending, and what is found out in the end.
async fn ask(database: &TestDatabase, chains: &ChainSet) -> (bool, Result<bool, String>) {
    let trips = RoundTrips::default();
    let mut client = trips.connect(database).await;
    trips.take();
    let answer = Migrator::new(chains).is_up_to_date(&mut client).await.map_err(|error| error.to_string());
    (trips.take() == 1, answer)
}

#[tokio::test]
async fn whatever_is_done_to_a_history_is_seen() {
    let rewritten = "ALTER TABLE stairwell.core ALTER checksum TYPE text USING '5'";
    // What is done, and whether the histories say afterwards that nothing is pending.
    let cases: [(&str, Option<bool>); 19] = [
        ("SELECT 1", Some(true)),
        ("DELETE FROM stairwell.core WHERE version = 3", Some(false)),
        ("DELETE FROM stairwell.core WHERE version = 2", None),
        ("UPDATE stairwell.core SET checksum = '7' WHERE version = 2", None),
        ("UPDATE stairwell.core SET name = 'other' WHERE version = 2", None),
        ("INSERT INTO stairwell.core VALUES (4, 'newer', '2026-01-01T00:00:00Z', '7')", None),
        ("TRUNCATE stairwell.core", Some(false)),
        ("DROP TABLE stairwell.core", Some(false)),
        (
            "ALTER TABLE stairwell.core RENAME TO old; CREATE TABLE stairwell.core (LIKE stairwell.old)",
            Some(false),
        ),
        ("SET session_replication_role = replica; DELETE FROM stairwell.core WHERE version = 3", Some(false)),
        (
            "ALTER TABLE stairwell.core DISABLE TRIGGER ALL; DELETE FROM stairwell.core WHERE version = 3; \
             ALTER TABLE stairwell.core ENABLE ALWAYS TRIGGER stairwell_history_written",
            Some(false),
        ),
        (rewritten, None),
        ("ALTER TABLE stairwell.core DROP COLUMN name", None),
        ("DELETE FROM stairwell.state WHERE plugin = 'usb'", Some(true)),
        ("DROP TABLE stairwell.state", Some(true)),
        ("DROP FUNCTION stairwell.history_changed CASCADE; DELETE FROM stairwell.usb", Some(false)),
        ("ALTER TABLE stairwell.state RENAME COLUMN sealed TO closed", Some(true)),
        (
            "CREATE TABLE stairwell.empty (LIKE stairwell.core); INSERT INTO stairwell.empty SELECT * FROM stairwell.core",
            None,
        ),
        ("BEGIN; DELETE FROM stairwell.core WHERE version = 3; ROLLBACK", Some(true)),
    ];
    let harmless = ["SELECT 1", "BEGIN; DELETE FROM stairwell.core WHERE version = 3; ROLLBACK"];
    for (change, expected) in cases {
        let (database, client, chains) = applied().await;
        client.batch_execute(change).await.unwrap();
        let (by_state, answer) = ask(&database, &chains).await;
        assert_eq!(answer.clone().ok(), expected, "{change}: {answer:?}");
        assert_eq!(by_state, harmless.contains(&change), "{change}");
    }
}

#[tokio::test]
async fn another_binary_and_other_chains_are_seen() {
    let (database, mut client, chains) = applied().await;
    let newer = self::chains(4);
    assert_eq!(ask(&database, &newer).await, (false, Ok(false)));
    Migrator::new(&newer).up(&mut client).await.unwrap();
    assert_eq!(ask(&database, &newer).await, (true, Ok(true)));
    let (by_state, answer) = ask(&database, &chains).await;
    assert!(!by_state);
    assert!(answer.unwrap_err().contains("this database was migrated by a newer version of the application"));

    // The same history table, as another chain has it.
    let other = chain_set(&[chain("core", &[sql("core", 1, "step", "SELECT 2;")])]);
    assert!(!ask(&database, &other).await.0);
    let elsewhere = chain_set(&[chain("core", &[sql("core", 1, "step", "SELECT 1;")])
        .recorded_in(HistoryTable::new("public", "core"))]);
    assert_eq!(ask(&database, &elsewhere).await, (false, Ok(false)));
}

/// What refinery itself, or a binary from before there was a state, writes into a history.
#[tokio::test]
async fn a_run_of_refinery_breaks_the_seal_and_the_next_run_seals_again() {
    let (database, mut client, chains) = applied().await;
    let four = refinery::Migration::unapplied("V4__step", "SELECT 1;").unwrap();
    let mut units: Vec<_> = (1..=3)
        .map(|v| refinery::Migration::unapplied(&format!("V{v}__step"), "SELECT 1;").unwrap())
        .collect();
    units.push(four);
    let mut runner = refinery::Runner::new(&units);
    runner.set_migration_table_name("stairwell.core").run_async(&mut client).await.unwrap();
    let (by_state, answer) = ask(&database, &chains).await;
    assert!(!by_state && answer.is_err());

    let five = self::chains(5);
    assert_eq!(ask(&database, &five).await, (false, Ok(false)));
    assert_eq!(Migrator::new(&five).up(&mut client).await.unwrap().applied(), 1);
    assert_eq!(ask(&database, &five).await, (true, Ok(true)));
}

#[tokio::test]
async fn a_step_that_writes_its_own_history_leaves_no_seal() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains = core(&[
        sql("core", 1, "one", "SELECT 1;"),
        sql("core", 2, "two", "UPDATE stairwell.core SET applied_on = '2026-01-01T00:00:00Z';"),
        sql("core", 3, "three", "DELETE FROM stairwell.core WHERE version = 1;"),
    ]);
    Migrator::new(&chains).up(&mut client).await.unwrap();
    let (by_state, answer) = ask(&database, &chains).await;
    assert!(!by_state && answer.is_err(), "{answer:?}");
}

/// Reading creates nothing, and a database from before there was a state gets one with the next migration.
#[tokio::test]
async fn an_old_database_is_upgraded_by_the_next_run_that_applies_something() {
    let (database, mut client, chains) = applied().await;
    client
        .batch_execute(
            "DROP FUNCTION stairwell.history_changed CASCADE; DROP TABLE stairwell.state, stairwell.journal; \
             DROP FUNCTION stairwell.journal_is_append_only",
        )
        .await
        .unwrap();
    let before = objects(&client).await;
    assert_eq!(ask(&database, &chains).await, (false, Ok(true)));
    assert!(Migrator::new(&chains).up(&mut client).await.unwrap().is_up_to_date());
    assert_eq!(objects(&client).await, before);

    let more = self::chains(4);
    assert_eq!(Migrator::new(&more).up(&mut client).await.unwrap().applied(), 1);

    assert_eq!(
        ask(&database, &more).await,
        (true, Ok(true)),
        "chains with nothing pending are sealed as well"
    );
    assert_eq!(history(&client, "core").await.len(), 4);
}

#[tokio::test]
async fn a_role_that_may_only_read_the_histories_reads_them() {
    let (database, client, chains) = applied().await;
    let role = format!("s_{}", database.name());
    client
        .batch_execute(&format!(
            "CREATE ROLE {role}; GRANT USAGE ON SCHEMA stairwell TO {role}; \
             GRANT SELECT ON stairwell.core, stairwell.usb TO {role}"
        ))
        .await
        .unwrap();
    let mut reader = database.connect().await;
    reader.batch_execute(&format!("SET SESSION AUTHORIZATION {role}")).await.unwrap();
    assert!(Migrator::new(&chains).is_up_to_date(&mut reader).await.unwrap());
    // Without touching the caller's transaction, too, on any database.
    for database in [database, server().database().await] {
        let mut client = database.connect().await;
        client.batch_execute("BEGIN").await.unwrap();
        let _ = Migrator::new(&chains).is_up_to_date(&mut client).await.unwrap();
        client.batch_execute("SAVEPOINT still_open; ROLLBACK").await.unwrap();
    }
}

#[tokio::test]
async fn a_history_cannot_have_the_name_of_the_state() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains = chain_set(&[chain("state", &[sql("state", 1, "a", "SELECT 1;")])]);
    let error = Migrator::new(&chains).up(&mut client).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "\"stairwell\".\"state\" cannot be the history of `state`: Stairwell keeps a table of its own under that \
         name; give the chain another history table"
    );
    assert!(rows(&client, "SELECT 1 FROM pg_namespace WHERE nspname = 'stairwell'").await.is_empty());
}
