//! One migrator at a time, and the lock free afterwards.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

use snapbox::{assert_data_eq, str};
use stairwell::{Event, Holder, Migrator};
use test_support::server;
use tokio_postgres::Client;

use crate::support::{chain, chain_set, core, history, locks, rows, sql, statements, tables};

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
    let sites = sql("core", 1, "sites", "CREATE TABLE sites ();");
    let (chains, more) = (core(&[sites]), core(&[sites, sql("core", 2, "users", "CREATE TABLE users ();")]));
    assert_eq!(Migrator::new(&chains).lock_wait(Duration::ZERO).up(&mut client).await.unwrap().applied(), 1);
    let holder = database.connect().await;
    assert!(take(&holder).await);
    let error = Migrator::new(&more).lock_wait(Duration::ZERO).up(&mut client).await.unwrap_err();
    assert!(error.is_lock_timeout());
    // Where nothing is pending, nothing has to be waited for.
    assert!(Migrator::new(&chains).lock_wait(Duration::ZERO).up(&mut client).await.unwrap().is_up_to_date());
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
async fn a_step_that_gives_the_lock_away_is_not_recorded() {
    for away in ["SELECT pg_advisory_unlock_all();", "SELECT pg_advisory_unlock(1398030665, 712157282);"] {
        let database = server().database().await;
        let mut client = database.connect().await;
        let text: &str = format!("CREATE TABLE sites ();\n{away}").leak();
        let chains =
            core(&[sql("core", 1, "sites", text), sql("core", 2, "users", "CREATE TABLE users ();")]);

        let error = Migrator::new(&chains).up(&mut client).await.unwrap_err();

        assert_data_eq!(
            error.to_string(),
            str![[r#"
`core/V0001__sites` (migrations/V0001__sites.sql) failed: the lock was lost during the run: a step released it, or a connection pooler changed the session
  = it was rolled back: nothing of it remains
  = help: connect to the server directly, or through a pooler in session mode, and keep `pg_advisory_unlock_all` and DISCARD ALL out of steps
"#]]
        );
        assert!(error.code().is_none(), "it is not the server that refused");
        assert!(tables(&client).await.is_empty());
        assert!(history(&client, "core").await.is_empty());
        assert_eq!(locks(&client).await, 0);
    }
}

#[tokio::test]
async fn a_statement_that_gives_the_lock_away_is_the_last_one() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let text = "CREATE TABLE sites ();\n\nDISCARD ALL;\n\nCREATE TABLE users ();";

    let error =
        Migrator::new(&core(&[statements("core", 1, "sites", text)])).up(&mut client).await.unwrap_err();

    assert_data_eq!(
        error.to_string(),
        str![[r#"
`core/V0001__sites` failed: the lock was lost during the run: a step released it, or a connection pooler changed the session
 --> migrations/V0001__sites.sql:5:1
  |
5 | CREATE TABLE users ();
  | ^
  = it runs outside a transaction: executed, and not undone, are 2 of its 3 statements; the next run goes on from there
  = help: connect to the server directly, or through a pooler in session mode, and keep `pg_advisory_unlock_all` and DISCARD ALL out of steps
"#]]
    );
    assert_eq!(tables(&client).await, ["public.sites"]);
    assert!(history(&client, "core").await.is_empty());

    // Another step at this version is refused while this one is half applied.
    database.connect().await.batch_execute("DELETE FROM stairwell.statements").await.unwrap();
    let last = core(&[statements("core", 1, "last", "CREATE TABLE users ();\n\nDISCARD ALL;")]);
    let error = Migrator::new(&last).up(&mut client).await.unwrap_err();
    assert!(error.to_string().contains("the lock was lost during the run"), "{error}");
    assert!(history(&client, "core").await.is_empty());
}

/// What a pooler with transaction pooling does to a run, made with one session that somebody else ends up in.
#[tokio::test]
async fn a_lock_that_another_session_took_in_the_meantime_stops_the_next_step() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let other = database.connect().await;
    let steps = [
        statements(
            "core",
            1,
            "away",
            "CREATE TABLE sites ();\n\nSELECT pg_advisory_unlock_all();\n\nSELECT pg_sleep(2);",
        ),
        sql("core", 2, "users", "CREATE TABLE users ();"),
    ];
    let chains = core(&steps);
    let migrator = Migrator::new(&chains);

    let (outcome, ()) = tokio::join!(migrator.up(&mut client), async {
        while locks(&other).await > 0 || tables(&other).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(take(&other).await);
    });

    assert!(outcome.unwrap_err().to_string().contains("the lock was lost during the run"));
    assert_eq!(tables(&other).await, ["public.sites"]);
    assert_eq!(locks(&other).await, 1, "the other session's");
}

/// Session locks are counted, so a run in the session of another one would get the lock as well.
#[tokio::test]
async fn a_second_run_in_the_same_server_session_is_refused() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains = core(&[sql("core", 1, "sites", "CREATE TABLE sites ();")]);
    // What the first run leaves in the session while it has the lock.
    client.batch_execute(&format!("{TRY}; SET stairwell.run = '4711'")).await.unwrap();

    let error = Migrator::new(&chains).up(&mut client).await.unwrap_err();

    assert_eq!(
        error.to_string(),
        "another run has the lock in this very server session: the connections go through a pooler in transaction \
         mode; use a lease instead (`--lock lease`, `Lock::Lease`), or connect directly or in session mode"
    );
    assert!(tables(&client).await.is_empty());
    assert_eq!(rows(&client, "SHOW stairwell.run").await, ["4711"], "the first run's mark stays");
    let unlock = "SELECT pg_advisory_unlock(1398030665, 712157282)";
    assert_eq!(rows(&client, unlock).await, ["t"], "and its lock, which was taken once");
    assert_eq!(locks(&client).await, 0);
}

#[tokio::test]
async fn the_mark_of_a_run_stands_during_steps_and_is_gone_after_it() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let mark = "SELECT coalesce(current_setting('stairwell.run', true), '') <> ''";
    let seen = |version| {
        sql("core", version, "seen", format!("RESET ALL; CREATE TABLE seen{version} AS SELECT 1;").leak())
    };
    let look = sql("core", 3, "look", format!("CREATE TABLE look (marked) AS {mark};").leak());
    Migrator::new(&core(&[seen(1), seen(2), look])).up(&mut client).await.unwrap();
    assert_eq!(rows(&client, "SELECT marked FROM look").await, ["t"], "also after a step with RESET ALL");
    assert_eq!(rows(&client, mark).await, ["f"]);

    let bad = core(&[seen(1), seen(2), look, sql("core", 4, "bad", "SELECT 1 / 0;")]);
    Migrator::new(&bad).up(&mut client).await.unwrap_err();
    assert_eq!(rows(&client, mark).await, ["f"]);
}

/// Otherwise the backend of a client that died keeps the lock until its statement ends.
#[tokio::test]
async fn the_server_watches_the_client_during_a_run_and_no_longer() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let show = "SELECT current_setting('client_connection_check_interval')";
    let look = |version| {
        sql(
            "core",
            version,
            "look",
            format!("CREATE TABLE look{version} (every) AS {show}; RESET ALL;").leak(),
        )
    };
    let chains = core(&[look(1), look(2)]);
    let more = core(&[look(1), look(2), look(3)]);
    Migrator::new(&chains).up(&mut client).await.unwrap();
    assert_eq!(rows(&client, "SELECT * FROM look1 NATURAL JOIN look2").await, ["5s"]);
    assert_eq!(rows(&client, show).await, ["0"]);

    assert!(Migrator::new(&chains).up(&mut client).await.unwrap().is_up_to_date());
    assert_eq!(rows(&client, show).await, ["0"], "after a run with nothing to do");

    let holder = database.connect().await;
    assert!(take(&holder).await);
    Migrator::new(&more).lock_wait(Duration::ZERO).up(&mut client).await.unwrap_err();
    assert_eq!(rows(&client, show).await, ["0"], "after waiting in vain");
}

#[tokio::test]
async fn a_run_without_steps_leaves_the_callers_own_settings_alone() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains = core(&[sql("core", 1, "sites", "CREATE TABLE sites ();")]);
    Migrator::new(&chains).up(&mut client).await.unwrap();
    client.batch_execute("SET app.tenant = '7'").await.unwrap();
    assert!(Migrator::new(&chains).up(&mut client).await.unwrap().is_up_to_date());
    assert_eq!(rows(&client, "SHOW app.tenant").await, ["7"]);
}

#[tokio::test]
async fn two_holders_in_shared_mode_do_not_end_the_wait() {
    let database = server().database().await;
    let holders = [database.connect().await, database.connect().await];
    for holder in &holders {
        holder.batch_execute("SELECT pg_advisory_lock_shared(1398030665, 712157282)").await.unwrap();
    }
    let mut client = database.connect().await;
    let chains = core(&[sql("core", 1, "sites", "CREATE TABLE sites ();")]);

    let run = tokio::spawn(async move { Migrator::new(&chains).up(&mut client).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    drop(holders);

    assert_eq!(run.await.unwrap().unwrap().applied(), 1);
}

#[tokio::test]
async fn a_run_that_may_not_wait_does_not_say_after_0ns() {
    let database = server().database().await;
    let holder = database.connect().await;
    holder.batch_execute("SET application_name = 'other replica'").await.unwrap();
    assert!(take(&holder).await);
    let mut client = database.connect().await;
    let chains = core(&[sql("core", 1, "sites", "CREATE TABLE sites ();")]);

    let error = Migrator::new(&chains).lock_wait(Duration::ZERO).up(&mut client).await.unwrap_err();

    assert_data_eq!(
        error.to_string(),
        str![
            "the lock is taken by process [..] (`other replica`, connected since [..]), and this run was told not to wait; let that run finish or end its session, then run again"
        ]
    );
}

/// Which migration the other run is in, SQL in a transaction or outside one.
#[tokio::test]
async fn waiting_names_the_migration_that_the_holder_is_in() {
    let slow = "SELECT pg_sleep(1.5);";
    for (step, since) in [(sql("core", 1, "größe", slow), true), (statements("core", 1, "größe", slow), true)]
    {
        let database = server().database().await;
        let (mut first, mut second) = (database.connect().await, database.connect().await);
        let chains = core(&[step]);
        let run = tokio::spawn(async move { Migrator::new(&chains).up(&mut first).await });
        // It is in its step: however slow the machine is, there is more than a second left.
        let sleeps =
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'";
        while rows(&second, sleeps).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let holders = Mutex::new(Vec::new());
        let record = |event: &Event<'_>| {
            if let Event::Waiting { holder, .. } = event {
                holders.lock().unwrap().push(holder.clone());
            }
        };
        Migrator::new(&chains).on_event(record).up(&mut second).await.unwrap();
        run.await.unwrap().unwrap();
        let holder = holders.into_inner().unwrap().remove(0).unwrap();
        assert_eq!(holder.migration.as_deref(), Some("core/V0001__größe"));
        assert_eq!(holder.since.is_some(), since);
        assert!(holder.to_string().contains("), in core/V0001__größe since 20"), "{holder}");
    }
}
