//! A server that goes away in the middle of a command: one clear message, status 1, and the next run completes.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::process::Stdio;
use std::time::Duration;

use snapbox::cmd::OutputAssert;
use snapbox::str;
use test_support::{Server, TestDatabase};
use tokio_postgres::Client;

use crate::support::{migrate, transcripts};

/// What happens to the session whose statement sleeps, or to all.
#[derive(Clone, Copy)]
enum Departure {
    /// An administrator ends the session that runs the step.
    Session,
    /// The same, but of the other session of the command: that with the database, while the step runs in a shadow.
    OtherSession,
    /// The server is stopped at once.
    Server,
}

struct Scene {
    server: Server,
    database: TestDatabase,
}

impl Scene {
    async fn new() -> Scene {
        let server = Server::start();
        let database = server.database().await;
        Scene { server, database }
    }

    fn shop(&self, variant: &str, arguments: &[&str]) -> OutputAssert {
        migrate(arguments).on(self.database.url()).env("SHOP", variant).run()
    }

    /// Runs the command until something of it sleeps on the server, and then lets the server depart.
    async fn depart(&self, variant: &str, arguments: &[&str], departure: Departure) -> OutputAssert {
        let observer = self.database.connect().await;
        let mut command = migrate(arguments).on(self.database.url()).env("SHOP", variant).command();
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let sleeper = sleeper(&observer).await;
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'stairwell/shop'";
        match departure {
            Departure::Session => {
                observer.execute(&format!("{end} AND pid = $1"), &[&sleeper]).await.unwrap()
            }
            Departure::OtherSession => {
                observer.execute(&format!("{end} AND pid <> $1"), &[&sleeper]).await.unwrap();
                // Now the command does not hear of it before its step ends.
                tokio::time::sleep(Duration::from_millis(200)).await;
                observer.execute("SELECT pg_cancel_backend($1)", &[&sleeper]).await.unwrap()
            }
            Departure::Server => {
                self.server.crash();
                0
            }
        };
        let output = child.wait_with_output().unwrap();
        if let Departure::Server = departure {
            self.server.restart();
        }
        OutputAssert::new(output).with_assert(transcripts()).code(1).stdout_eq(str![""])
    }

    /// Shadow databases that nobody has removed.
    async fn shadows(&self) -> i64 {
        let count = "SELECT count(*) FROM pg_database WHERE datname LIKE 'stairwell_shadow%'";
        self.database.connect().await.query_one(count, &[]).await.unwrap().get(0)
    }
}

/// The session that sleeps in a step.
async fn sleeper(observer: &Client) -> i32 {
    let asleep = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    loop {
        match observer.query_opt(asleep, &[]).await.unwrap() {
            Some(row) => return row.get(0),
            None => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

#[tokio::test]
async fn during_up() {
    let scene = Scene::new().await;
    scene.depart("slow", &["up"], Departure::Session).await.stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
[1/5] core/V0001__sites [TIME]
[2/5] printers/V0001__baseline [TIME]
[3/5] printers/V0002__toner [TIME]
[4/5] printers/V0003__slow
error: `printers/V0003__slow` (plugins/printers/migrations/V0003__slow.sql) failed: terminating connection due to administrator command (SQLSTATE 57P01)
  = the connection was lost while it ran, and the server rolls it back
  = 3 migrations were applied before it and stay applied
  = help: run again

"#]]);
    scene.depart("slow", &["up"], Departure::Server).await.stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
[1/2] printers/V0003__slow
...
error: `printers/V0003__slow` (plugins/printers/migrations/V0003__slow.sql) failed: [..]
  = the connection was lost while it ran, and the server rolls it back
  = help: run again

"#]]);
    scene
        .depart("slow", &["up", "--lock", "lease", "--lease-time", "1s"], Departure::Server)
        .await
        .stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
[1/2] printers/V0003__slow
...
error: `printers/V0003__slow` (plugins/printers/migrations/V0003__slow.sql) failed: [..]
  = the connection was lost while it ran, and the server rolls it back
  = help: run again

"#]]);
    scene
        .depart(
            "slow",
            &["up", "--single-transaction", "--lease-time", "1s", "--lock", "lease"],
            Departure::Server,
        )
        .await
        .stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
...
[1/2] printers/V0003__slow
...
error: `printers/V0003__slow` (plugins/printers/migrations/V0003__slow.sql) failed: [..]
  = the connection was lost while it ran, and the server rolls it back
  = all migrations of the run are one transaction: nothing of it remains
  = help: run again

"#]]);
    // The same application with a step that ends.
    scene.shop("removable", &["up"]).code(0);
    scene.shop("removable", &["verify"]).code(0);
}

#[tokio::test]
async fn during_down() {
    let scene = Scene::new().await;
    scene.shop("slow-down", &["up"]).code(0);
    let down = ["down", "printers@0", "--yes"];
    scene.depart("slow-down", &down, Departure::Session).await.stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
2 migrations will be reverted, in this order:
  printers/V0002__toner
  printers/V0001__baseline
[1/2] reverting printers/V0002__toner
error: reverting `printers/V0002__toner` (plugins/printers/migrations/V0002__toner.down.sql) failed: terminating connection due to administrator command (SQLSTATE 57P01)
  = the connection was lost while it ran, and the server rolls it back
  = help: run again

"#]]);
    scene.depart("slow-down", &down, Departure::Server).await.stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
2 migrations will be reverted, in this order:
  printers/V0002__toner
  printers/V0001__baseline
[1/2] reverting printers/V0002__toner
...
error: reverting `printers/V0002__toner` (plugins/printers/migrations/V0002__toner.down.sql) failed: [..]
  = the connection was lost while it ran, and the server rolls it back
  = help: run again

"#]]);
    scene.depart("slow-down", &["uninstall", "printers", "--yes"], Departure::Server).await.stderr_eq(str![
        [r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
2 migrations will be reverted, in this order:
  printers/V0002__toner
  printers/V0001__baseline
then `printers` will be forgotten, and "stairwell"."printers" dropped
[1/2] reverting printers/V0002__toner
...
error: reverting `printers/V0002__toner` (plugins/printers/migrations/V0002__toner.down.sql) failed: [..]
  = the connection was lost while it ran, and the server rolls it back
  = help: run again

"#]
    ]);
    scene.shop("removable", &["verify"]).code(0);
    scene.shop("removable", &["uninstall", "printers", "--yes"]).code(0);
    scene.shop("removable", &["up"]).code(0);
    scene.shop("removable", &["verify"]).code(0);
}

/// What the shadow was for is not known then, and that is a failure. Only a server that is gone keeps its shadow.
#[tokio::test]
async fn during_verify() {
    let scene = Scene::new().await;
    scene.shop("slow", &["up", "printers@2", "usb"]).code(0);
    scene.shop("slow", &["mark", "printers@3", "--yes"]).code(0);
    scene.depart("slow", &["verify"], Departure::Session).await.stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
error: `printers/V0003__slow` (plugins/printers/migrations/V0003__slow.sql) failed: terminating connection due to administrator command (SQLSTATE 57P01)
  = the connection was lost while it ran, and the server rolls it back
  = this was in the shadow database; the database itself was not touched
  = help: run again

"#]]);
    assert_eq!(scene.shadows().await, 0);
    scene.depart("slow", &["verify"], Departure::OtherSession).await.stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
error: `printers/V0003__slow` (plugins/printers/migrations/V0003__slow.sql) failed: canceling statement due to user request (SQLSTATE 57014)
  = it was rolled back: nothing of it remains
  = this was in the shadow database; the database itself was not touched
  = help: if `statement_timeout` ended it, raise that for the role or the database, or in the step with SET LOCAL; else somebody canceled it
help: the server ended the session: terminating connection due to administrator command

"#]]);
    assert_eq!(scene.shadows().await, 0);
    scene.depart("slow", &["verify"], Departure::Server).await.stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
...
warning: the shadow database `stairwell_shadow_[..]` is still there: cannot remove the shadow database: the connection to the server was lost; run the command again; remove it with `DROP DATABASE stairwell_shadow_[..]`
error: `printers/V0003__slow` (plugins/printers/migrations/V0003__slow.sql) failed: [..]
  = the connection was lost while it ran, and the server rolls it back
  = this was in the shadow database; the database itself was not touched
  = help: run again

"#]]);
    scene.shop("slow", &["verify", "--no-drift"]).code(0);
}

#[tokio::test]
async fn during_adopt() {
    let scene = Scene::new().await;
    scene.shop("slow", &["up", "printers@2", "usb"]).code(0);
    let client = scene.database.connect().await;
    client.batch_execute("DROP SCHEMA stairwell CASCADE").await.unwrap();
    let adopt = ["adopt", "printers@3", "usb@1", "--yes"];
    scene.depart("slow", &adopt, Departure::Session).await.stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
error: `printers/V0003__slow` (plugins/printers/migrations/V0003__slow.sql) failed: terminating connection due to administrator command (SQLSTATE 57P01)
  = the connection was lost while it ran, and the server rolls it back
  = this was in the shadow database; the database itself was not touched
  = help: run again

"#]]);
    assert_eq!(scene.shadows().await, 0);
    scene.depart("slow", &adopt, Departure::OtherSession).await.stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
error: `printers/V0003__slow` (plugins/printers/migrations/V0003__slow.sql) failed: canceling statement due to user request (SQLSTATE 57014)
  = it was rolled back: nothing of it remains
  = this was in the shadow database; the database itself was not touched
  = help: if `statement_timeout` ended it, raise that for the role or the database, or in the step with SET LOCAL; else somebody canceled it
help: the server ended the session: terminating connection due to administrator command

"#]]);
    assert_eq!(scene.shadows().await, 0);
    scene.depart("slow", &adopt, Departure::Server).await.stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
...
warning: the shadow database `stairwell_shadow_[..]` is still there: cannot remove the shadow database: the connection to the server was lost; run the command again; remove it with `DROP DATABASE stairwell_shadow_[..]`
error: `printers/V0003__slow` (plugins/printers/migrations/V0003__slow.sql) failed: [..]
  = the connection was lost while it ran, and the server rolls it back
  = this was in the shadow database; the database itself was not touched
  = help: run again

"#]]);
    // Nothing was written: the same application with steps that end takes it over.
    scene.shop("removable", &["adopt", "--yes"]).code(0);
    scene.shop("removable", &["status", "--check"]).code(0);
}
