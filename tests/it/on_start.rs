//! `app serve --on-start`: who migrates, who waits for it, and as which role.

use std::process::Output;

use snapbox::{assert_data_eq, str};
use test_support::{Server, TestDatabase};

use crate::app;
use crate::serve::Service;

const READY: (u16, &str) = (200, r#"{"status":"ready"}"#);

/// Runs `app serve` until it ends by itself.
fn refused(database_url: &str, arguments: &[&str]) -> Output {
    let mut app = app();
    app.args(["serve", "--listen", "127.0.0.1:0", "--database-url", database_url]).args(arguments);
    app.output().unwrap()
}

fn migrate(database_url: &str) {
    let output = app().args(["migrate", "--database-url", database_url]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// What was said on stderr after the line about the connection.
fn said(output: &Output) -> String {
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    let lines = stderr.lines().filter(|line| !line.starts_with("listening") && !line.starts_with("database"));
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn it_waits_until_somebody_else_has_migrated() {
    let database = test_support::database().await;
    let service = Service::start_with(database.url(), &["--on-start", "wait", "--plugins", "network"]);
    let waiting = r#"{"status":"waiting","pending_count":[..],"pending":["core/V0001__sites",[..]],"waiting_for":"a process that migrates"}"#;
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !service.get("/readyz").1.contains("waiting_for") {
        assert!(std::time::Instant::now() < deadline);
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let (status, body) = service.get("/readyz");
    assert_eq!(status, 503);
    assert_data_eq!(body, waiting.to_owned());
    assert_eq!(service.get("/healthz").0, 200);
    assert_eq!(service.get("/computers"), (503, r#"{"status":"waiting"}"#.to_owned()));
    migrate(database.url());
    service.await_answer("/readyz", READY);
}

#[tokio::test]
async fn it_gives_up_waiting() {
    let database = test_support::database().await;
    let output = refused(
        database.url(),
        &["--on-start", "wait", "--start-wait", "200ms", "--plugins", "notifications"],
    );
    assert_eq!(output.status.code(), Some(3));
    let said = said(&output);
    assert!(said.contains("waiting for "), "{said}");
    assert!(said.contains("and no other process has brought the database up to date within 200ms"), "{said}");
    let client = database.connect().await;
    let tables = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace";
    assert_eq!(client.query_one(tables, &[]).await.unwrap().get::<_, i64>(0), 0);
}

#[tokio::test]
async fn it_refuses_to_start_when_migrations_are_pending() {
    let database = test_support::database().await;
    let output = refused(database.url(), &["--on-start", "verify"]);
    assert_eq!(output.status.code(), Some(3));
    let said = said(&output);
    assert!(
        said.contains("migrations are pending, which this start must not apply; nothing was run"),
        "{said}"
    );
    assert!(said.contains("\n  = core/V0001__sites\n"), "{said}");
    migrate(database.url());
    Service::start_with(database.url(), &["--on-start", "verify"]).await_answer("/readyz", READY);
}

#[tokio::test]
async fn it_does_not_look_when_told_not_to() {
    let database = test_support::database().await;
    let service = Service::start_with(database.url(), &["--on-start", "skip"]);
    service.await_answer("/readyz", READY);
    let client = database.connect().await;
    let schema = "SELECT FROM pg_namespace WHERE nspname = 'stairwell'";
    assert!(client.query_opt(schema, &[]).await.unwrap().is_none());
}

#[tokio::test]
async fn options_that_contradict_each_other_are_usage_errors() {
    for (arguments, message) in [
        (&["--start-wait", "5s"][..], "error: `--start-wait` means nothing without `--on-start wait`"),
        (
            &["--on-start", "skip", "--migrate-url", "postgres://m:hunter2@127.0.0.1:1/m"],
            "error: `--migrate-url` means nothing without `--on-start apply`",
        ),
    ] {
        let output = refused("postgres://127.0.0.1:1/nowhere", arguments);
        assert_eq!((output.status.code(), said(&output).as_str()), (Some(2), message));
    }
    let mut alone = app();
    alone.args(["serve", "--listen", "127.0.0.1:0"]);
    let output = alone.env("MIGRATE_DATABASE_URL", "postgres://m:hunter2@127.0.0.1:1/m").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_data_eq!(
        said(&output),
        str![[r#"
error: `MIGRATE_DATABASE_URL` says where to migrate, and nothing where to serve from
help: give the address of the role that serves: `--database-url` or `DATABASE_URL`
"#]]
    );
}

/// What a later release would have left: a row, and an entry that says whether older binaries go on.
async fn apply_newer(database: &TestDatabase, version: i64, breaks: Option<&str>) {
    let client = database.connect().await;
    let row = "INSERT INTO stairwell.usb VALUES ($1, 'labels', '2026-01-01T00:00:00Z', '7')";
    client.execute(row, &[&version]).await.unwrap();
    let entry = "INSERT INTO stairwell.journal (run, plugin, version, name, direction, checksum, started_at, duration, role, \
         requires, breaks_older_binaries) SELECT run, 'usb', $1, 'labels', 'up', '7', started_at, duration, role, requires, $2 \
         FROM stairwell.journal LIMIT 1";
    client.execute(entry, &[&version, &breaks]).await.unwrap();
}

#[tokio::test]
async fn an_older_release_serves_from_a_newer_database_that_does_not_break_it() {
    let database = test_support::database().await;
    migrate(database.url());
    apply_newer(&database, 9001, None).await;
    for mode in ["apply", "wait", "verify"] {
        let service = Service::start_with(database.url(), &["--on-start", mode]);
        service.await_answer("/readyz", (200, r#"{"status":"ready","newer":["usb/V9001__labels"]}"#));
        assert_eq!(service.get("/computers").0, 200);
    }
    apply_newer(&database, 9002, Some("column public.usb_devices.serial is gone")).await;
    for mode in ["apply", "wait", "verify"] {
        let output = refused(database.url(), &["--on-start", mode]);
        assert_eq!(output.status.code(), Some(1));
        assert_data_eq!(
            said(&output),
            str![[r#"
error: the database is newer than this binary, and was changed in a way that breaks it; nothing was run
  = `usb/V9002__labels`, applied on 2026-01-01T00:00:00Z, breaks it: column public.usb_devices.serial is gone
  = help: run the newer version of the application, or revert these migrations first: `migrate down` can, from the journal
"#]]
        );
    }
}

/// What the README tells an administrator to do, once.
async fn make_roles(database: &TestDatabase) {
    let sql = "
        CREATE ROLE shop_owner LOGIN PASSWORD 'hunter2-owner';
        CREATE ROLE shop LOGIN PASSWORD 'hunter2-shop';
        REVOKE CREATE ON SCHEMA public FROM PUBLIC;
        GRANT USAGE, CREATE ON SCHEMA public TO shop_owner;
        CREATE SCHEMA stairwell AUTHORIZATION shop_owner;
        GRANT USAGE ON SCHEMA stairwell TO shop;
        ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner IN SCHEMA stairwell GRANT SELECT ON TABLES TO shop;
        ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner IN SCHEMA public
            GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO shop;
        ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner IN SCHEMA public GRANT USAGE ON SEQUENCES TO shop;";
    database.connect().await.batch_execute(sql).await.unwrap();
}

#[tokio::test]
async fn one_role_migrates_and_another_one_serves() {
    let server = Server::builder().password("hunter2").start();
    let (database, other) = (server.database().await, server.database().await);
    make_roles(&database).await;
    let url = |role: &str, database: &str| {
        format!(
            "postgres://{role}:hunter2-{}@127.0.0.1:{}/{database}",
            role.replace("shop_", ""),
            server.port()
        )
    };
    let (owner, shop) = (url("shop_owner", database.name()), url("shop", database.name()));

    // The role that serves may not migrate, and waits for the one that may.
    let output = refused(&shop, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("permission denied for schema stairwell"), "{}", said(&output));
    let waiting = Service::start_with(&shop, &["--on-start", "wait"]);

    let (service, lines) = Service::start_with_stderr(&shop, &["--migrate-url", &owner]);
    let mut text = String::new();
    for line in lines.map(Result::unwrap) {
        text.push_str(&format!("{line}\n"));
        if line == "ready" {
            break;
        }
    }
    drop(service);
    assert!(!text.contains("hunter2"), "{text}");
    let connections: Vec<&str> = text.lines().filter(|line| line.starts_with("database")).collect();
    let at =
        |role: &str| format!("database `{}` at 127.0.0.1:{} as `{role}`", database.name(), server.port());
    assert_eq!(
        connections,
        [
            format!("{} (no TLS), from `--migrate-url`", at("shop_owner")),
            format!("{} (no TLS), from `--database-url`", at("shop")),
        ]
    );
    waiting.await_answer("/readyz", READY);
    assert_eq!(waiting.get("/printers"), (200, "[]".to_owned()));

    // By the variable, too; also `app migrate` takes it, and an option goes before it.
    let by_variable = app()
        .args(["migrate", "status", "--check"])
        .env("DATABASE_URL", url("shop", other.name()))
        .env("MIGRATE_DATABASE_URL", &owner)
        .output()
        .unwrap();
    assert_eq!(by_variable.status.code(), Some(0));
    let stderr = String::from_utf8(by_variable.stderr).unwrap();
    assert_eq!(stderr.trim_end(), format!("{} (no TLS), from `MIGRATE_DATABASE_URL`", at("shop_owner")));
    let by_option = app()
        .args(["migrate", "status", "--database-url", &shop])
        .env("MIGRATE_DATABASE_URL", url("shop_owner", other.name()))
        .output()
        .unwrap();
    let stderr = String::from_utf8(by_option.stderr).unwrap();
    assert_eq!(stderr.trim_end(), format!("{} (no TLS), from `--database-url`", at("shop")));

    let client = database.connect().await;
    let roles = "SELECT string_agg(DISTINCT role, ' ') FROM stairwell.journal";
    assert_eq!(client.query_one(roles, &[]).await.unwrap().get::<_, &str>(0), "shop_owner");
    let text = "SELECT count(*) FROM stairwell.journal j WHERE j::text ~ 'hunter2'";
    assert_eq!(client.query_one(text, &[]).await.unwrap().get::<_, i64>(0), 0);
    client.batch_execute("SET ROLE shop").await.unwrap();
    for forbidden in
        ["CREATE TABLE public.mine ()", "ALTER TABLE sites ADD mine int", "DELETE FROM stairwell.core"]
    {
        let denied = client.batch_execute(forbidden).await.unwrap_err();
        assert_eq!(denied.code().unwrap().code(), "42501", "{forbidden}");
    }
    client.batch_execute("INSERT INTO sites (code, name) VALUES ('H1', 'Hall 1')").await.unwrap();

    // Two addresses that do not mean the same database are found out.
    let output = refused(&url("shop", other.name()), &["--migrate-url", &owner]);
    assert_eq!(output.status.code(), Some(3));
    let said = said(&output);
    assert!(!said.contains("hunter2"), "{said}");
    assert!(said.ends_with(
        "help: this is what the role that serves finds, after `--migrate-url` was migrated: do both addresses mean \
         one database?"
    ), "{said}");
}
