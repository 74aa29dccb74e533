//! One migrator at a time, and the lock free afterwards.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

use stairwell::{Event, Holder, Migrator};
use test_support::server;
use tokio_postgres::Client;

use crate::support::{chain, chain_set, core, locks, rows, sql, tables};

const TRY: &str = "SELECT pg_try_advisory_lock(1398030665, 712157282)";

/// Takes the lock by its documented key, in a session of its own.
async fn take(client: &Client) -> bool {
    rows(client, TRY).await == ["t"]
}

/// Waits until nobody has the lock; requests of a dropped future are answered a moment later.
async fn free(client: &Client) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(10) {
        if locks(client).await == 0 {
            return take(client).await;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    false
}

/// E4 of the field notes: two of refinery's runners on a fresh database, one fails with 23505.
async fn runners_at_once(count: usize) {
    let database = server().database().await;
    let slow = sql("core", 1, "sites", "CREATE TABLE sites (id int); SELECT pg_sleep(0.2);");
    let other = sql("core", 2, "row", "INSERT INTO sites VALUES (1);");
    let usb = sql("usb", 1, "baseline", "CREATE TABLE usb (id int);");
    let chains = chain_set(&[chain("core", &[slow, other]), chain("usb", &[usb])]);

    let mut runs = Vec::new();
    for _ in 0..count {
        let mut client = database.connect().await;
        runs.push(tokio::spawn(async move { Migrator::new(&chains).up(&mut client).await }));
    }
    let mut applied = Vec::new();
    for run in runs {
        applied.push(run.await.unwrap().unwrap().applied());
    }

    applied.sort_unstable();
    let mut expected = vec![0; count];
    expected[count - 1] = 3;
    assert_eq!(applied, expected, "one run applied everything, the others found it done");
    let client = database.connect().await;
    assert_eq!(rows(&client, "SELECT count(*) FROM sites").await, ["1"]);
    assert_eq!(locks(&client).await, 0);
}

#[tokio::test]
async fn two_runners_on_a_fresh_database_both_succeed() {
    runners_at_once(2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_runners_on_a_fresh_database_all_succeed() {
    runners_at_once(8).await;
}

#[tokio::test]
async fn waiting_names_the_holder_and_ends() {
    let database = server().database().await;
    let holder = database.connect().await;
    holder.batch_execute("SET application_name = 'other replica'").await.unwrap();
    assert!(take(&holder).await);
    let pid: i32 = rows(&holder, "SELECT pg_backend_pid()").await[0].parse().unwrap();
    let mut client = database.connect().await;
    let chains = core(&[sql("core", 1, "sites", "CREATE TABLE sites ();")]);
    let waits = Mutex::new(Vec::<Option<Holder>>::new());
    let record = |event: &Event<'_>| {
        if let Event::Waiting { holder, .. } = event {
            waits.lock().unwrap().push(holder.clone());
        }
    };

    let wait = Duration::from_millis(300);
    let begun = Instant::now();
    let migrator = Migrator::new(&chains).lock_wait(wait).on_event(record);
    let error = migrator.up(&mut client).await.unwrap_err();

    assert!(begun.elapsed() >= wait && begun.elapsed() < Duration::from_secs(10));
    assert!(error.is_lock_timeout());
    let text = error.to_string();
    let start = format!(
        "gave up waiting for the lock after 300ms, which is held by process {pid} (`other replica`, connected since "
    );
    assert!(text.starts_with(&start), "{text}");
    assert!(text.ends_with("; let that run finish or end its session, then run again"), "{text}");
    drop(migrator);
    let waits = waits.into_inner().unwrap();
    assert_eq!(waits.len(), 1);
    assert_eq!(waits[0].as_ref().unwrap().pid, pid);
    assert!(tables(&client).await.is_empty());
    assert_eq!(locks(&holder).await, 1, "only the holder's");
}

#[tokio::test]
async fn a_run_goes_on_as_soon_as_the_holder_lets_go() {
    let database = server().database().await;
    let holder = database.connect().await;
    assert!(take(&holder).await);
    let mut client = database.connect().await;
    let chains = core(&[sql("core", 1, "sites", "CREATE TABLE sites ();")]);

    let run = tokio::spawn(async move { Migrator::new(&chains).up(&mut client).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    // The end of a session is enough; nothing has to be cleaned up.
    drop(holder);

    assert_eq!(run.await.unwrap().unwrap().applied(), 1);
}

#[tokio::test]
async fn zero_wait_tries_once() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains = core(&[sql("core", 1, "sites", "CREATE TABLE sites ();")]);
    let migrator = Migrator::new(&chains).lock_wait(Duration::ZERO);
    assert_eq!(migrator.up(&mut client).await.unwrap().applied(), 1);
    let holder = database.connect().await;
    assert!(take(&holder).await);
    assert!(migrator.up(&mut client).await.unwrap_err().is_lock_timeout());
}

#[tokio::test]
async fn a_dropped_run_releases_the_lock_and_rolls_its_step_back() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let done = sql("core", 1, "sites", "CREATE TABLE sites ();");
    let slow = sql("core", 2, "users", "CREATE TABLE users (); SELECT pg_sleep(0.5);");
    let chains = core(&[done, slow]);
    let in_second_step = AtomicBool::new(false);
    let migrator = Migrator::new(&chains).on_event(|event| {
        let second = matches!(event, Event::Applying { number: 2, .. });
        in_second_step.fetch_or(second, Ordering::Relaxed);
    });
    let interruption = async {
        while !in_second_step.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };

    tokio::select! {
        _ = migrator.up(&mut client) => panic!("the step takes longer than the interruption"),
        () = interruption => {}
    }

    let other = database.connect().await;
    assert!(free(&other).await);
    assert_eq!(tables(&other).await, ["public.sites"]);
    drop(other);
    // The client that was interrupted can be used again, and goes on.
    assert_eq!(migrator.up(&mut client).await.unwrap().applied(), 1);
}

#[tokio::test]
async fn a_run_dropped_while_waiting_does_not_keep_the_lock() {
    let database = server().database().await;
    let holder = database.connect().await;
    assert!(take(&holder).await);
    let mut client = database.connect().await;
    let chains = core(&[sql("core", 1, "sites", "CREATE TABLE sites ();")]);
    let run = tokio::time::timeout(Duration::from_millis(50), Migrator::new(&chains).up(&mut client)).await;
    assert!(run.is_err());
    drop(holder);
    let other = database.connect().await;
    assert!(free(&other).await);
}

/// Outlives the panic of the task that it is in, so that the end of the session is not what frees the lock.
struct Kept(Option<Client>, mpsc::Sender<Client>);

impl Drop for Kept {
    fn drop(&mut self) {
        if let Some(client) = self.0.take() {
            let _ = self.1.send(client);
        }
    }
}

#[tokio::test]
async fn a_panicking_listener_does_not_keep_the_lock() {
    let database = server().database().await;
    let (send, receive) = mpsc::channel();
    let mut kept = Kept(Some(database.connect().await), send);
    let chains = core(&[sql("core", 1, "sites", "CREATE TABLE sites ();")]);
    let run = tokio::spawn(async move {
        let migrator = Migrator::new(&chains).on_event(|event| {
            assert!(!matches!(event, Event::Applying { .. }), "a listener with a mistake");
        });
        migrator.up(kept.0.as_mut().unwrap()).await.unwrap();
    });
    assert!(run.await.unwrap_err().is_panic());
    let client = receive.recv().unwrap();
    let other = database.connect().await;
    assert!(free(&other).await);
    assert!(tables(&client).await.is_empty());
}

#[tokio::test]
async fn a_step_that_gives_the_lock_away_is_noticed() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains = core(&[sql("core", 1, "sites", "SELECT pg_advisory_unlock_all();")]);

    let error = Migrator::new(&chains).up(&mut client).await.unwrap_err();

    assert!(error.to_string().starts_with("the lock was lost during the run"), "{error}");
    assert_eq!(error.applied().len(), 1);
}
