//! What a program does about migrations before it serves, in every state of the database.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use snapbox::{assert_data_eq, str};
use stairwell::{ChainSet, Event, Migration, Migrator, Startup};
use test_support::{TestDatabase, server};
use tokio_postgres::Client;

use crate::support::{chain, chain_set, core, history, objects, rows, sql};

const ONCE: Startup = Startup::Wait { limit: Duration::ZERO };

/// A minute is more than any of these tests takes.
const PATIENTLY: Startup = Startup::Wait { limit: Duration::from_secs(60) };

fn migrations() -> Vec<Migration> {
    vec![
        sql("core", 1, "sites", "CREATE TABLE sites (id int, label text);"),
        sql("core", 2, "users", "CREATE TABLE users (id int);"),
        sql("core", 3, "note", "ALTER TABLE sites ADD COLUMN note text;"),
        sql("core", 4, "no_label", "ALTER TABLE sites DROP COLUMN label;")
            .breaking("column public.sites.label is gone"),
    ]
}

/// The release with so many migrations of core, and one of usb.
fn release(count: usize) -> ChainSet {
    let usb = chain("usb", &[sql("usb", 1, "baseline", "CREATE TABLE usb (id int);")]);
    chain_set(&[chain("core", &migrations()[..count]), usb])
}

/// A database that this release has migrated.
async fn migrated(count: usize) -> (TestDatabase, Client) {
    let database = server().database().await;
    let mut client = database.connect().await;
    Migrator::new(&release(count)).up(&mut client).await.unwrap();
    (database, client)
}

/// What a start of the release with so many migrations of core says: what it goes on with, or why it does not.
async fn start(client: &mut Client, count: usize, startup: Startup) -> String {
    let chains = release(count);
    match Migrator::new(&chains).on_start(client, startup).await {
        Ok(report) => {
            let newer: Vec<String> = report.newer.iter().map(ToString::to_string).collect();
            format!("goes on, {} applied, newer: {newer:?}", report.up.applied())
        }
        Err(error) => format!("{error}\n[pending: {}, history: {}]", error.is_pending(), error.is_history()),
    }
}

#[tokio::test]
async fn a_fresh_database_is_migrated_or_refused() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let before = objects(&client).await;
    assert_data_eq!(
        start(&mut client, 2, Startup::Verify).await,
        str![[r#"
3 migrations are pending, which this start must not apply; nothing was run
  = core/V0001__sites
  = core/V0002__users
  = usb/V0001__baseline
  = help: apply them first: `migrate`, or a start that applies, as a role that may
[pending: true, history: false]
"#]]
    );
    assert_data_eq!(
        start(&mut client, 1, ONCE).await,
        str![[r#"
2 migrations are pending, and this start was told not to wait; nothing was run
  = core/V0001__sites
  = usb/V0001__baseline
  = no run has the lock
  = help: apply them first: `migrate`, or a start that applies, as a role that may
[pending: true, history: false]
"#]]
    );
    assert_eq!(start(&mut client, 2, Startup::Skip).await, "goes on, 0 applied, newer: []");
    assert_eq!(objects(&client).await, before, "none of them writes");

    assert_eq!(start(&mut client, 2, Startup::Apply).await, "goes on, 3 applied, newer: []");
    for startup in [Startup::Apply, ONCE, Startup::Verify] {
        assert_eq!(start(&mut client, 2, startup).await, "goes on, 0 applied, newer: []");
    }
}

/// Whatever a database looks like.
#[tokio::test]
async fn skip_asks_nothing() {
    let (_database, mut client) = migrated(2).await;
    client.batch_execute("BEGIN; CREATE TABLE a (); SELECT 1 / 0").await.unwrap_err();
    assert_eq!(start(&mut client, 1, Startup::Skip).await, "goes on, 0 applied, newer: []");
}

#[tokio::test]
async fn an_older_binary_goes_on_if_all_that_is_newer_is_compatible() {
    let (database, mut client) = migrated(3).await;
    let before = rows(&client, "SELECT id, plugin, version FROM stairwell.journal ORDER BY id").await;
    for startup in [Startup::Apply, ONCE, Startup::Verify] {
        assert_eq!(
            start(&mut client, 1, startup).await,
            r#"goes on, 0 applied, newer: ["core/V2__users", "core/V3__note"]"#
        );
    }
    assert_eq!(rows(&client, "SELECT id, plugin, version FROM stairwell.journal ORDER BY id").await, before);

    // Not even the lock is asked for: the newer release may hold it for long.
    let holder = database.connect().await;
    holder.batch_execute("SELECT pg_advisory_lock(1398030665, 712157282)").await.unwrap();
    let chains = release(1);
    let hasty = Migrator::new(&chains).lock_wait(Duration::ZERO);
    assert_eq!(hasty.on_start(&mut client, Startup::Apply).await.unwrap().newer.len(), 2);
}

#[tokio::test]
async fn an_older_binary_is_refused_by_what_breaks_it() {
    let (_database, mut client) = migrated(4).await;
    for startup in [Startup::Apply, PATIENTLY, Startup::Verify] {
        let refusal = start(&mut client, 2, startup).await;
        let applied_on = rows(&client, "SELECT applied_on FROM stairwell.core WHERE version = 4").await;
        assert_data_eq!(
            refusal.replace(&applied_on[0], "[WHEN]"),
            str![[r#"
the database is newer than this binary, and was changed in a way that breaks it; nothing was run
  = `core/V4__no_label`, applied on [WHEN], breaks it: column public.sites.label is gone
  = help: run the newer version of the application, or revert these migrations first: `migrate down` can, from the journal
[pending: false, history: true]
"#]]
        );
    }
    assert_eq!(start(&mut client, 4, Startup::Apply).await, "goes on, 0 applied, newer: []");
}

/// What was applied last counts: a migration can be reverted, rewritten and applied again.
#[tokio::test]
async fn a_migration_that_was_rewritten_breaks_no_longer() {
    let (_database, mut client) = migrated(3).await;
    let with = |migration: Migration| core(&[&migrations()[..3], &[migration]].concat());
    let breaking = sql("core", 4, "label", "SELECT 1;").reverted_by(stairwell::Step::Sql("SELECT 1;"));
    let compatible = sql("core", 4, "label", "SELECT 2;");
    let breaking = with(breaking.breaking("it is rewritten later"));
    Migrator::new(&breaking).up(&mut client).await.unwrap();
    assert!(start(&mut client, 3, Startup::Verify).await.contains("breaks it: it is rewritten later"));
    Migrator::new(&breaking).down(&mut client, &stairwell::Rollback::steps(1)).await.unwrap();
    Migrator::new(&with(compatible)).up(&mut client).await.unwrap();
    assert_eq!(
        start(&mut client, 3, Startup::Verify).await,
        r#"goes on, 0 applied, newer: ["core/V4__label"]"#
    );
}

/// As refinery's own tools leave it.
#[tokio::test]
async fn what_the_journal_does_not_know_may_break() {
    let (_database, mut client) = migrated(2).await;
    let row = "INSERT INTO stairwell.core VALUES (3, 'note', '2026-01-01T00:00:00Z', '7')";
    client.batch_execute(row).await.unwrap();
    let expected = str![[r#"
the database is newer than this binary, and nothing says whether that breaks it; nothing was run
  = `core/V3__note`, applied on 2026-01-01T00:00:00Z, has no entry in the journal
  = help: run the newer version of the application
[pending: false, history: true]
"#]];
    for startup in [Startup::Apply, PATIENTLY, Startup::Verify] {
        assert_data_eq!(start(&mut client, 2, startup).await, expected.clone());
    }
    // An entry is one of what the history has only if the checksum is the same.
    let entry = "INSERT INTO stairwell.journal (run, plugin, version, name, direction, checksum, started_at, duration, role, requires) \
         SELECT run, plugin, 3, 'note', 'up', '8', started_at, duration, role, requires FROM stairwell.journal LIMIT 1";
    client.batch_execute(entry).await.unwrap();
    assert_data_eq!(start(&mut client, 2, Startup::Verify).await, expected);
    client.batch_execute(&entry.replace("'8'", "'7'")).await.unwrap();
    assert_eq!(
        start(&mut client, 2, Startup::Verify).await,
        r#"goes on, 0 applied, newer: ["core/V3__note"]"#
    );
}

#[tokio::test]
async fn an_older_binary_applies_nothing_to_a_newer_database() {
    let database = server().database().await;
    let mut client = database.connect().await;
    Migrator::new(&core(&migrations()[..3])).up(&mut client).await.unwrap();
    assert_data_eq!(
        start(&mut client, 2, Startup::Apply).await,
        str![[r#"
the database is newer than this binary: it has `core/V3__note`; a migration is pending, which only the newer version of the application may apply; nothing was run
  = usb/V0001__baseline
  = help: run that version first
[pending: false, history: true]
"#]]
    );
    assert!(start(&mut client, 2, Startup::Verify).await.ends_with("[pending: true, history: false]"));
    assert!(rows(&client, "SELECT 1 FROM pg_tables WHERE tablename = 'usb'").await.is_empty());
}

/// A start that would find too late that it has a gap, or another text, is no older binary.
#[tokio::test]
async fn a_history_that_disagrees_is_refused_at_once() {
    let (_database, mut client) = migrated(3).await;
    for change in [
        "UPDATE stairwell.core SET checksum = '7' WHERE version = 1",
        "DELETE FROM stairwell.core WHERE version = 2",
    ] {
        client.batch_execute(&format!("BEGIN; {change}")).await.unwrap();
        for startup in [PATIENTLY, Startup::Verify] {
            for count in [2, 3] {
                let refusal = start(&mut client, count, startup).await;
                let disagrees = "the history in the database disagrees with the migrations compiled in";
                assert!(refusal.starts_with(disagrees), "{change}: {refusal}");
            }
        }
        client.batch_execute("ROLLBACK").await.unwrap();
    }
}

#[tokio::test]
async fn it_waits_until_another_process_has_applied() {
    let database = server().database().await;
    let (mut waiting, mut migrating) = (database.connect().await, database.connect().await);
    let slow = sql("core", 1, "slow", "SELECT pg_sleep(1); CREATE TABLE slow ();");
    let chains = core(&[slow, sql("core", 2, "more", "CREATE TABLE more ();")]);
    let events = Mutex::new(Vec::new());
    let migrator = Migrator::new(&chains).on_event(|event| {
        if let Event::Awaiting { pending, holder, .. } = event {
            let pending: Vec<String> = pending.iter().map(ToString::to_string).collect();
            let holder = holder.as_ref().and_then(|holder| holder.migration.clone());
            events.lock().unwrap().push((pending.join(" "), holder));
        }
    });
    let (waited, applied) = tokio::join!(migrator.on_start(&mut waiting, PATIENTLY), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        Migrator::new(&chains).up(&mut migrating).await
    });
    assert_eq!(applied.unwrap().applied(), 2);
    let report = waited.unwrap().up;
    assert!(report.is_up_to_date());
    assert_eq!(report.chains[0].already, 2);
    assert_eq!(events.lock().unwrap()[0], ("core/V0001__slow core/V0002__more".to_owned(), None));
}

/// It tells who migrates, also when it gives up.
#[tokio::test]
async fn waiting_has_a_limit() {
    let database = server().database().await;
    let (mut waiting, mut migrating) = (database.connect().await, database.connect().await);
    migrating.batch_execute("SET application_name = 'shop'").await.unwrap();
    let chains = core(&[sql("core", 1, "slow", "SELECT pg_sleep(600);")]);
    let begun = Instant::now();
    let run = tokio::spawn(async move { Migrator::new(&chains).up(&mut migrating).await });
    let refusal = start(&mut waiting, 1, Startup::Wait { limit: Duration::from_millis(1500) }).await;
    let took = begun.elapsed();
    run.abort();
    assert!(took >= Duration::from_millis(1500) && took < Duration::from_secs(10), "{took:?}");
    assert_data_eq!(
        refusal,
        str![[r#"
2 migrations are pending, and no other process has brought the database up to date within 1.5s; nothing was run
  = core/V0001__sites
  = usb/V0001__baseline
  = a run has the lock: process [..] (`shop`, connected since [..]), in core/V0001__slow since [..]
  = help: apply them first: `migrate`, or a start that applies, as a role that may
[pending: true, history: false]
"#]]
    );
}

/// While it waited for the lock, the database got newer than it.
#[tokio::test]
async fn a_newer_release_may_win_the_race() {
    for (count, expected) in [
        (3, r#"goes on, 0 applied, newer: ["core/V3__note"]"#),
        (4, "the database is newer than this binary, and was changed in a way that breaks it"),
    ] {
        let (database, mut newer) = migrated(1).await;
        newer.batch_execute("SELECT pg_advisory_lock(1398030665, 712157282)").await.unwrap();
        let mut older = database.connect().await;
        let older = tokio::spawn(async move { start(&mut older, 2, Startup::Apply).await });
        // It has looked, and asks for the lock.
        let asks = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() \
                    AND query ~ 'try_advisory_lock' AND pid <> pg_backend_pid()";
        while rows(&newer, asks).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // The session has the lock already, so a run in it is given the lock once more.
        // All at once: the older one waits only until what it contains itself has been applied.
        let release = release(count);
        let whole = Migrator::new(&release).single_transaction(true);
        assert_eq!(whole.up(&mut newer).await.unwrap().applied(), count - 1);
        newer.batch_execute("SELECT pg_advisory_unlock_all()").await.unwrap();
        let outcome = older.await.unwrap();
        assert!(outcome.starts_with(expected), "{outcome}");
    }
}

/// A role that serves: it may read what Stairwell keeps, and change nothing of the schema.
#[tokio::test]
async fn a_role_without_rights_to_change_anything_can_start() {
    let database = server().database().await;
    let name = database.name();
    let admin = database.connect().await;
    let (owner, reader) = (format!("migrate_{name}"), format!("serve_{name}"));
    admin
        .batch_execute(&format!(
            "CREATE ROLE {owner}; CREATE ROLE {reader}; REVOKE CREATE ON SCHEMA public FROM PUBLIC; \
             GRANT CREATE ON SCHEMA public TO {owner}; CREATE SCHEMA stairwell AUTHORIZATION {owner}; \
             GRANT USAGE ON SCHEMA stairwell TO {reader}; \
             ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA stairwell GRANT SELECT ON TABLES TO {reader}"
        ))
        .await
        .unwrap();
    let (mut migrating, mut serving) = (database.connect().await, database.connect().await);
    migrating.batch_execute(&format!("SET SESSION AUTHORIZATION {owner}")).await.unwrap();
    serving.batch_execute(&format!("SET SESSION AUTHORIZATION {reader}")).await.unwrap();

    let chains = release(3);
    let waiting = tokio::spawn(async move {
        let answer = start(&mut serving, 3, PATIENTLY).await;
        (serving, answer)
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let report = Migrator::new(&chains).on_start(&mut migrating, Startup::Apply).await.unwrap();
    assert_eq!(report.up.applied(), 4);
    let (mut serving, answer) = waiting.await.unwrap();
    assert_eq!(answer, "goes on, 0 applied, newer: []");
    assert_eq!(
        start(&mut serving, 1, Startup::Verify).await,
        r#"goes on, 0 applied, newer: ["core/V2__users", "core/V3__note"]"#
    );
    assert!(start(&mut serving, 4, Startup::Apply).await.starts_with("cannot record in"));
    let denied = serving.batch_execute("CREATE TABLE public.mine ()").await.unwrap_err();
    assert_eq!(denied.code().unwrap().code(), "42501");

    admin.batch_execute(&format!("REVOKE SELECT ON stairwell.journal FROM {reader}")).await.unwrap();
    let refusal = start(&mut serving, 2, Startup::Verify).await;
    assert_data_eq!(
        refusal.replace(name, "[DATABASE]"),
        str![[r#"
the database is newer than this binary, and this role may not read the journal, which says whether that breaks it; nothing was run
  = it is not compiled in: `core/V3__note`
  = help: as an owner run `GRANT SELECT ON "stairwell"."journal" TO serve_[DATABASE]`, or run the newer version of the application
[pending: false, history: true]
"#]]
    );
    assert_eq!(history(&admin, "core").await.len(), 3);
}
