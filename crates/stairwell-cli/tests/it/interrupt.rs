//! SIGINT and SIGTERM: the server is not left alone with the statement and the lock.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use snapbox::cmd::OutputAssert;
use snapbox::str;
use tokio_postgres::Client;

use crate::support::{migrate, transcripts};

/// Starts `up` of this variant of the application, and waits until its session is at `wait`.
async fn start(url: &str, observer: &Client, variant: &str, wait: &str) -> Child {
    let mut up = migrate(&["up"]).env("SHOP", variant).on(url).command();
    let up = up.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let at = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = $1";
    while observer.query_opt(at, &[&wait]).await.unwrap().is_none() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    up
}

fn signal(process: &Child, name: &str) {
    let kill = format!("kill -{name} {}", process.id());
    assert!(std::process::Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

/// How long it takes until the lock is free.
async fn lock_is_free(observer: &Client) -> Duration {
    let begun = Instant::now();
    let attempt = "SELECT pg_try_advisory_lock(1398030665, 712157282)";
    while !observer.query_one(attempt, &[]).await.unwrap().get::<_, bool>(0) {
        assert!(begun.elapsed() < Duration::from_secs(30), "the lock is still held");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    begun.elapsed()
}

#[tokio::test]
async fn an_interrupted_run_leaves_neither_a_statement_nor_the_lock() {
    for name in ["INT", "TERM"] {
        let database = test_support::database().await;
        let observer = database.connect().await;
        let up = start(database.url(), &observer, "slow", "PgSleep").await;
        signal(&up, name);
        assert!(lock_is_free(&observer).await < Duration::from_secs(2));
        let up = OutputAssert::new(up.wait_with_output().unwrap()).with_assert(transcripts());
        let expected = str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
[1/5] core/V0001__sites [TIME]
[2/5] printers/V0001__baseline [TIME]
[3/5] printers/V0002__toner [TIME]
[4/5] printers/V0003__slow
SIGINT: the server is asked to stop
error: interrupted by SIGINT: `printers/V0003__slow`[..] failed: canceling statement due to user request (SQLSTATE 57014)
...
  = it was rolled back: nothing of it remains
  = 3 migrations were applied before it and stay applied

"#]];
        let up = up.code(1).stdout_eq(str![[""]]);
        if name == "INT" {
            up.stderr_eq(expected);
        }
        observer.batch_execute("SELECT pg_advisory_unlock_all()").await.unwrap();
        migrate(&[]).on(database.url()).run().code(0);
    }
}

/// Its step catches the cancellation: the session has to be given up.
#[tokio::test]
async fn an_interrupted_run_that_does_not_stop_is_dropped() {
    let database = test_support::database().await;
    let observer = database.connect().await;
    let up = start(database.url(), &observer, "stubborn", "PgSleep").await;
    signal(&up, "INT");
    let begun = Instant::now();
    let up = OutputAssert::new(up.wait_with_output().unwrap()).with_assert(transcripts());
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    up.code(1).stdout_eq(str![[""]]).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
[1/5] core/V0001__sites [TIME]
[2/5] printers/V0001__baseline [TIME]
[3/5] printers/V0002__toner [TIME]
[4/5] printers/V0003__stubborn
SIGINT: the server is asked to stop
error: interrupted by SIGINT
help: what was not committed is rolled back, at the latest when the statement that runs ends; `migrate status` shows what is applied

"#]]);
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()";
    observer.execute(end, &[]).await.unwrap();
}

#[tokio::test]
async fn a_run_that_waits_for_the_lock_can_be_interrupted() {
    let database = test_support::database().await;
    let (holder, observer) = (database.connect().await, database.connect().await);
    holder.batch_execute("SELECT pg_advisory_lock(1398030665, 712157282)").await.unwrap();
    let up = start(database.url(), &observer, "", "ClientRead").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    signal(&up, "TERM");
    let begun = Instant::now();
    let up = OutputAssert::new(up.wait_with_output().unwrap()).with_assert(transcripts());
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    let up = up.code(1).stdout_eq(str![[""]]);
    let stderr = String::from_utf8_lossy(&up.get_output().stderr);
    assert!(stderr.contains("error: interrupted by SIGTERM"), "{stderr}");
    assert!(!stderr.contains("warning"), "{stderr}");
}

/// Whoever asks for TLS gets it for the request to cancel too.
#[cfg(feature = "tls")]
#[tokio::test]
async fn a_run_over_tls_can_be_interrupted() {
    let certificates = test_support::Certificates::make();
    let server =
        test_support::Server::builder().tls(&certificates.certificate(), &certificates.key()).start();
    let database = server.database().await;
    let observer = database.connect().await;
    let url =
        format!("{}?sslmode=verify-full&sslrootcert={}", database.url(), certificates.authority().display());
    let up = start(&url, &observer, "slow", "PgSleep").await;
    signal(&up, "INT");
    assert!(lock_is_free(&observer).await < Duration::from_secs(2));
    let up = up.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&up.stderr);
    assert!(stderr.contains("(TLS, verified)") && stderr.contains("SQLSTATE 57014"), "{stderr}");
}
