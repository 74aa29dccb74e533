//! The lease: one migrator at a time where no session can hold a lock.

use std::sync::Mutex;
use std::time::Duration;

use snapbox::{assert_data_eq, str};
use stairwell::{Event, Lock, Migrator, Script, Target};
use test_support::server;
use tokio_postgres::Client;

use crate::script::{psql, said};
use crate::support::{chain, chain_set, core, history, locks, rows, sql, statements, tables};

const SITES: &str = "CREATE TABLE sites (id int);";
const USERS: &str = "CREATE TABLE users (id int);";
const FREE: &str = "SELECT token = '' AND expires_at = '-infinity' FROM stairwell.lease";

/// Makes the pooler open so many server sessions; it gives them out in turn from then on.
async fn warm(clients: &[Client]) {
    for client in clients {
        client.batch_execute("BEGIN").await.unwrap();
    }
    for client in clients {
        client.batch_execute("COMMIT").await.unwrap();
    }
}

#[tokio::test]
async fn a_run_with_a_lease_gives_it_back_and_leaves_nothing_in_the_session() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let settings = "SELECT name, setting FROM pg_settings WHERE source = 'session'";
    let before = rows(&client, settings).await;
    let look = "CREATE TABLE look AS SELECT expires_at - heartbeat AS lasts, holder, \
                (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) AS locks FROM stairwell.lease;";
    let chains = core(&[sql("core", 1, "look", look), statements("core", 2, "users", USERS)]);
    client.batch_execute("SET application_name = 'shop'").await.unwrap();

    let report = Migrator::new(&chains).lock(Lock::Lease).up(&mut client).await.unwrap();

    assert_eq!(report.applied(), 2);
    assert_eq!(rows(&client, "SELECT * FROM look").await, ["00:00:30 shop 0"]);
    assert_eq!(rows(&client, FREE).await, ["t"]);
    assert_eq!(locks(&client).await, 0);
    client.batch_execute("RESET application_name").await.unwrap();
    assert_eq!(rows(&client, settings).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runners_through_a_pooler_all_succeed() {
    let database = server().database().await;
    let pooler = server().pooler(3);
    let slow = sql("core", 1, "sites", "CREATE TABLE sites (id int); SELECT pg_sleep(0.2);");
    let index = statements("core", 2, "by_id", "CREATE INDEX CONCURRENTLY by_id ON sites (id)");
    let usb = sql("usb", 1, "baseline", "CREATE TABLE usb (id int);");
    let chains = chain_set(&[chain("core", &[slow, index]), chain("usb", &[usb])]);
    let mut runs = Vec::new();
    for _ in 0..8 {
        let mut client = pooler.connect(database.name()).await;
        runs.push(tokio::spawn(
            async move { Migrator::new(&chains).lock(Lock::Lease).up(&mut client).await },
        ));
    }
    let mut applied = Vec::new();
    for run in runs {
        applied.push(run.await.unwrap().unwrap().applied());
    }
    applied.sort_unstable();
    assert_eq!(applied, [0, 0, 0, 0, 0, 0, 0, 3]);
    let client = database.connect().await;
    assert_eq!(rows(&client, FREE).await, ["t"]);
    assert_eq!(locks(&client).await, 0);
}

/// A run that is held up for longer than its lease lasts must not write when it goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_lost_its_lease_cannot_commit() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains = core(&[sql("core", 1, "sites", SITES), sql("core", 2, "users", USERS)]);
    let (held_up, go_on) = (std::sync::Barrier::new(2), std::sync::Barrier::new(2));
    let first =
        Migrator::new(&chains).lock(Lock::Lease).lease_time(Duration::from_millis(300)).on_event(|event| {
            if let Event::Applying { number: 2, .. } = event {
                held_up.wait();
                go_on.wait();
            }
        });
    std::thread::scope(|scope| {
        let database = &database;
        let (held_up, go_on) = (&held_up, &go_on);
        scope.spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                held_up.wait();
                let mut other = database.connect().await;
                let report = Migrator::new(&chains).lock(Lock::Lease).up(&mut other).await.unwrap();
                assert_eq!(report.applied(), 1);
                go_on.wait();
            });
        });
        let error = tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(first.up(&mut client)).unwrap_err()
        });
        assert_data_eq!(
            error.to_string(),
            str![[r#"
`core/V0002__users` (migrations/V0002__users.sql) failed: the lease was lost during the run: it had expired, and another run took it over
  = it was rolled back: nothing of it remains
  = 1 migration was applied before it and stays applied
  = help: run again; if this run was held up for longer than its lease lasts, give it a longer one (`--lease-time`)
"#]]
        );
    });
    assert_eq!(history(&client, "core").await, ["1 sites", "2 users"]);
    assert_eq!(rows(&client, "SELECT count(*) FROM stairwell.journal").await, ["2"]);
    assert_eq!(rows(&client, FREE).await, ["t"]);
}

/// Without anybody who took it over, an expired lease is as good as ever.
#[tokio::test]
async fn a_run_whose_lease_only_expired_goes_on() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains = core(&[sql("core", 1, "sites", SITES), sql("core", 2, "users", USERS)]);
    let slow =
        Migrator::new(&chains).lock(Lock::Lease).lease_time(Duration::from_millis(20)).on_event(|event| {
            if let Event::Applying { .. } = event {
                std::thread::sleep(Duration::from_millis(60));
            }
        });
    assert_eq!(slow.up(&mut client).await.unwrap().applied(), 2);
}

/// Neither a transaction nor a statement outside one is interrupted by the end of the time.
#[tokio::test]
async fn what_is_at_work_keeps_an_expired_lease() {
    let slow = "SELECT pg_sleep(1.5);";
    for migration in [sql("core", 1, "slow", slow), statements("core", 1, "slow", slow)] {
        for lock in [Lock::Lease, Lock::Session] {
            let database = server().database().await;
            let mut client = database.connect().await;
            client.batch_execute("SET application_name = 'first'").await.unwrap();
            let mut other = database.connect().await;
            let chains = core(&[migration]);
            let holders = Mutex::new(Vec::new());
            let first = Migrator::new(&chains).lock(Lock::Lease).lease_time(Duration::from_millis(100));
            let second =
                Migrator::new(&chains).lock(lock).lock_wait(Duration::from_millis(600)).on_event(|event| {
                    if let Event::Waiting { holder, .. } = event {
                        holders.lock().unwrap().push(holder.clone());
                    }
                });

            let (first, second) = tokio::join!(first.up(&mut client), async {
                tokio::time::sleep(Duration::from_millis(500)).await;
                second.up(&mut other).await
            });

            assert_eq!(first.unwrap().applied(), 1);
            assert!(second.unwrap_err().is_lock_timeout(), "{migration} {lock:?}");
            let holder = holders.lock().unwrap()[0].clone().unwrap();
            assert_eq!(holder.application_name, "first");
            assert_eq!(holder.migration.as_deref(), Some("core/V0001__slow"));
            assert_eq!(rows(&other, FREE).await, ["t"]);
            assert_eq!(locks(&other).await, 0);
        }
    }
}

/// Without the end of the client, which nobody sees, the row alone tells.
#[tokio::test]
async fn a_lease_that_expired_is_taken_over_by_either_kind() {
    for lock in [Lock::Lease, Lock::Session] {
        let database = server().database().await;
        let mut client = database.connect().await;
        let sites = sql("core", 1, "sites", SITES);
        let more = core(&[sites, sql("core", 2, "users", USERS)]);
        Migrator::new(&core(&[sites])).lock(Lock::Lease).up(&mut client).await.unwrap();
        let dead = |seconds| {
            format!(
                "UPDATE stairwell.lease SET token = 'dead', holder = 'dead', heartbeat = clock_timestamp(), \
                 expires_at = clock_timestamp() + INTERVAL '{seconds} seconds'"
            )
        };
        client.batch_execute(&dead(60)).await.unwrap();
        let migrator = Migrator::new(&more).lock(lock).lock_wait(Duration::from_millis(100));
        let error = migrator.up(&mut client).await.unwrap_err();
        assert!(error.is_lock_timeout() && error.to_string().contains("(`dead`)"), "{error}");

        client.batch_execute(&dead(1)).await.unwrap();
        let migrator = migrator.lock_wait(Duration::from_secs(20));
        assert_eq!(migrator.up(&mut client).await.unwrap().applied(), 1);
        assert_eq!(rows(&client, FREE).await, ["t"]);
        assert_eq!(locks(&client).await, 0);
    }
}

#[tokio::test]
async fn a_lease_waits_for_a_session_lock() {
    let database = server().database().await;
    let holder = database.connect().await;
    let taken = rows(&holder, "SELECT pg_try_advisory_lock(1398030665, 712157282)").await;
    assert_eq!(taken, ["t"]);
    let mut client = database.connect().await;
    let chains = core(&[sql("core", 1, "sites", SITES)]);
    let migrator = Migrator::new(&chains).lock(Lock::Lease).lock_wait(Duration::from_millis(100));
    let error = migrator.up(&mut client).await.unwrap_err();
    assert!(error.is_lock_timeout() && error.to_string().contains("which is held by process "), "{error}");
    assert!(tables(&client).await.is_empty());
    drop(holder);
    let migrator = migrator.lock_wait(Duration::from_secs(20));
    assert_eq!(migrator.up(&mut client).await.unwrap().applied(), 1);
}

#[tokio::test]
async fn a_dropped_run_gives_its_lease_back() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains = core(&[sql("core", 1, "slow", "CREATE TABLE slow (); SELECT pg_sleep(0.5);")]);
    let migrator = Migrator::new(&chains).lock(Lock::Lease);
    let run = tokio::time::timeout(Duration::from_millis(300), migrator.up(&mut client)).await;
    assert!(run.is_err());
    let mut other = database.connect().await;
    assert_eq!(migrator.up(&mut other).await.unwrap().applied(), 1);
}

/// The session that took the lock is not the one of the first step.
#[tokio::test]
async fn a_session_lock_behind_a_pooler_is_found_out_and_not_left_behind() {
    let database = server().database().await;
    let pooler = server().pooler(3);
    let mut clients = Vec::new();
    for _ in 0..3 {
        clients.push(pooler.connect(database.name()).await);
    }
    warm(&clients).await;
    let chains = core(&[sql("core", 1, "sites", SITES)]);
    let mut client = clients.pop().unwrap();

    let error = Migrator::new(&chains).up(&mut client).await.unwrap_err();

    // Which request comes to another session first is up to the pooler.
    let text = error.to_string();
    for part in [
        "the session lock does not hold: the connection goes through a pooler in transaction mode",
        "use a lease instead (`--lock lease`, `Lock::Lease`), or connect directly or through a pooler in session mode",
    ] {
        assert!(text.contains(part), "{text}");
    }
    let direct = database.connect().await;
    assert_eq!(locks(&direct).await, 0);
    assert!(tables(&direct).await.is_empty());
    let report = Migrator::new(&chains).lock(Lock::Lease).up(&mut client).await.unwrap();
    assert_eq!(report.applied(), 1);
}

/// The pooler leads there no more, because somebody else is at work in the session that has the lock.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_kept_the_lock_is_ended_as_soon_as_nobody_uses_it() {
    let database = server().database().await;
    let pooler = server().pooler(2);
    let mut client = pooler.connect(database.name()).await;
    let others = [pooler.connect(database.name()).await, pooler.connect(database.name()).await];
    let direct = database.connect().await;
    warm(&others).await;
    let (locked, go_on) = (std::sync::Barrier::new(2), std::sync::Barrier::new(2));
    let chains = core(&[sql("core", 1, "sites", SITES)]);
    let migrator = Migrator::new(&chains).on_event(|event| {
        if let Event::Locked = event {
            locked.wait();
            go_on.wait();
        }
    });
    let error = std::thread::scope(|scope| {
        let (locked, go_on, direct) = (&locked, &go_on, &direct);
        let handle = tokio::runtime::Handle::current();
        scope.spawn(move || {
            handle.block_on(async {
                locked.wait();
                let holder = rows(
                    direct,
                    "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND database = \
                              (SELECT oid FROM pg_database WHERE datname = current_database())",
                )
                .await;
                for other in &others {
                    other.batch_execute("BEGIN").await.unwrap();
                }
                let mut kept = Vec::new();
                for other in &others {
                    if rows(other, "SELECT pg_backend_pid()").await == holder {
                        kept.push(other);
                    } else {
                        other.batch_execute("COMMIT").await.unwrap();
                    }
                }
                go_on.wait();
                tokio::time::sleep(Duration::from_secs(1)).await;
                assert_eq!(locks(direct).await, 1);
                for other in kept {
                    other.batch_execute("COMMIT").await.unwrap();
                }
            });
        });
        tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(migrator.up(&mut client)))
            .unwrap_err()
    });
    assert!(error.to_string().contains("the session lock does not hold"), "{error}");
    assert_eq!(locks(&direct).await, 0);
    assert!(tables(&direct).await.is_empty());
}

/// Changes by hand and scripts keep to the lease of a run too.
#[tokio::test]
async fn nobody_writes_while_a_run_has_the_lease() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let steps =
        [sql("core", 1, "sites", SITES), sql("core", 2, "users", USERS), sql("core", 3, "more", "SELECT 1")];
    let chains = [1, 2, 3].map(|count| core(&steps[..count]));
    let migrator = |count: usize| Migrator::new(&chains[count - 1]).lock_wait(Duration::from_millis(100));
    migrator(1).lock(Lock::Lease).up(&mut client).await.unwrap();
    let taken = "UPDATE stairwell.lease SET token = 'other', holder = 'other', role = session_user, \
                 heartbeat = clock_timestamp(), expires_at = clock_timestamp() + INTERVAL";
    client.batch_execute(&format!("{taken} '60 seconds'")).await.unwrap();
    let target = Target::at("core", 2);
    for lock in [Lock::Lease, Lock::Session] {
        let error = migrator(2).lock(lock).mark(&mut client, &target).await.unwrap_err();
        assert!(error.is_lock_timeout(), "{error}");
    }
    let script = migrator(2).script_for(&mut client, &Script::new()).await.unwrap();
    assert!(said(&psql(&database, &script)).starts_with("ERROR:  gave up waiting for the lock"));
    assert_eq!(history(&client, "core").await, ["1 sites"]);
    assert_eq!(rows(&client, "SELECT token FROM stairwell.lease").await, ["other"]);

    // Nobody renews it.
    client.batch_execute(&format!("{taken} '0 seconds'")).await.unwrap();
    let applied = psql(&database, &script);
    assert!(applied.status.success(), "{}", said(&applied));
    assert_eq!(rows(&client, FREE).await, ["t"]);
    migrator(3).lock(Lock::Lease).mark(&mut client, &Target::at("core", 3)).await.unwrap();
    assert_eq!(history(&client, "core").await, ["1 sites", "2 users", "3 more"]);
    assert_eq!(rows(&client, FREE).await, ["t"]);
    assert_eq!(locks(&client).await, 0);
}

/// The notes are written as the role of the run, which may renew the lease, and not as that of a statement.
#[tokio::test]
async fn a_step_is_resumed_under_a_lease() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let role = format!("worker_{}", database.name());
    let prepare = format!(
        "CREATE TABLE ready (); CREATE TABLE log (what text); CREATE ROLE {role}; GRANT ALL ON log, ready TO {role}"
    );
    client.batch_execute(&prepare).await.unwrap();
    let text = format!(
        "SET ROLE {role}\n\nINSERT INTO log VALUES (current_user)\n\nSELECT 1 / count(*) FROM ready\n\n\
         INSERT INTO log VALUES ('end')"
    );
    let chains = core(&[statements("core", 1, "many", text.leak())]);
    let migrator = Migrator::new(&chains).lock(Lock::Lease);
    let error = migrator.up(&mut client).await.unwrap_err().to_string();
    assert!(error.contains("division by zero") && error.contains("2 of its 4 statements"), "{error}");
    assert_eq!(rows(&client, FREE).await, ["t"]);
    client.batch_execute("INSERT INTO ready DEFAULT VALUES").await.unwrap();

    assert_eq!(migrator.up(&mut client).await.unwrap().applied(), 1);

    assert_eq!(rows(&client, "SELECT what FROM log").await, [role.as_str(), "end"]);
    assert!(rows(&client, "SELECT 1 FROM stairwell.statements").await.is_empty());
    client.batch_execute(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await.unwrap();
}
