//! `app serve`: migration at start-up is real.

use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

use snapbox::{assert_data_eq, str};

use crate::app;

pub(crate) struct Service {
    process: Child,
    address: String,
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

impl Service {
    /// Starts `app serve` on a free port and reads from its stderr which one that is.
    fn start(database_url: &str) -> Service {
        Service::start_with(database_url, &[])
    }

    /// Like `start`, with more arguments.
    pub(crate) fn start_with(database_url: &str, arguments: &[&str]) -> Service {
        let (mut service, mut lines) = Service::start_with_stderr(database_url, arguments);
        service.address = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("listening on http://").map(str::to_owned))
            .expect("it says where it listens");
        // Nobody reads on: a full pipe would stop the process.
        std::thread::spawn(move || lines.for_each(drop));
        service
    }

    /// Like `start`, but whoever calls reads stderr, and the address there.
    pub(crate) fn start_with_stderr(
        database_url: &str,
        arguments: &[&str],
    ) -> (Service, Lines<BufReader<ChildStderr>>) {
        let mut process = app()
            .args(["serve", "--listen", "127.0.0.1:0", "--database-url", database_url])
            .args(arguments)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stderr.take().unwrap()).lines();
        (Service { process, address: String::new() }, lines)
    }

    /// The exit status after SIGTERM, and how long it took to end.
    fn terminate(&mut self) -> (Option<i32>, Duration) {
        let begun = Instant::now();
        signal(&self.process.id().to_string(), "TERM");
        (self.process.wait().unwrap().code(), begun.elapsed())
    }

    /// Status code and body.
    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n").unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        let status = response.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap();
        (status, response.split_once("\r\n\r\n").unwrap().1.to_owned())
    }

    /// Asks until the answer is `expected`.
    #[track_caller]
    pub(crate) fn await_answer(&self, path: &str, expected: (u16, &str)) {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let (status, body) = self.get(path);
            if (status, body.as_str()) == expected {
                return;
            }
            assert!(Instant::now() < deadline, "{path} still says {status} {body}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn signal(pid: &str, name: &str) {
    assert!(Command::new("sh").args(["-c", &format!("kill -{name} {pid}")]).status().unwrap().success());
}

#[tokio::test]
async fn it_is_alive_at_once_and_ready_when_the_migrations_are_applied() {
    let database = test_support::database().await;
    // Somebody else migrates: the service has to wait, and says so to its orchestrator.
    let holder = database.connect().await;
    holder.batch_execute("SELECT pg_advisory_lock(1398030665, 712157282)").await.unwrap();
    let service = Service::start(database.url());
    assert_eq!(service.get("/healthz"), (200, r#"{"status":"ok"}"#.to_owned()));
    service.await_answer("/readyz", (503, r#"{"status":"migrating","waiting_for":"the lock of a run"}"#));
    holder.batch_execute("SELECT pg_advisory_unlock_all()").await.unwrap();
    service.await_answer("/readyz", (200, r#"{"status":"ready"}"#));

    let client = database.connect().await;
    let applied: i64 = client.query_one("SELECT count(*) FROM stairwell.usb", &[]).await.unwrap().get(0);
    assert_eq!(applied, 8);
}

#[tokio::test]
async fn it_is_ready_again_after_the_server_was_restarted() {
    let server = test_support::Server::start();
    let database = server.database().await;
    let service = Service::start(database.url());
    service.await_answer("/readyz", (200, r#"{"status":"ready"}"#));
    server.crash();
    service.await_answer("/readyz", (503, r#"{"status":"the database does not answer"}"#));
    assert_eq!(service.get("/healthz").0, 200);
    server.restart();
    service.await_answer("/readyz", (200, r#"{"status":"ready"}"#));
}

#[tokio::test]
async fn it_ends_with_the_error_when_it_cannot_migrate() {
    let database = test_support::database().await;
    let output = app()
        .args(["serve", "--listen", "127.0.0.1:0", "--plugins", "printer", "--database-url", database.url()])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("did you mean `printers`?"), "{stderr}");
}

/// Whoever forgets `--database-url` must not find the password in a log.
#[test]
fn an_address_in_the_wrong_place_is_not_repeated() {
    let url = "postgres://u:hunter2@h/db";
    for arguments in [
        &[url][..],
        &["migrate", url],
        &["migrate", "status", url],
        &["migrate", "host=h password=hunter2"],
        &["migrate", "--plugins", url],
        &["migrate", "--lock-wait", url],
        &["serve", url],
        &["serve", "--listen", url],
        &["serve", "--plugins", url],
        &["serve", "--on-start", url],
        &["serve", "--start-wait", url],
        &["serve", "--on-start", "verify", "--migrate-url", url],
    ] {
        let output = app().args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        for text in [output.stdout, output.stderr] {
            let text = String::from_utf8(text).unwrap();
            assert!(!text.contains("hunter2"), "{text}");
        }
    }
}

/// Neither on stderr nor in an answer, whether it can connect or not; what is recorded is a test of stairwell-cli.
#[tokio::test]
async fn no_password_is_told() {
    const PASSWORD: &str = "kAlEido5-scopE7";
    let server = test_support::Server::builder().password(PASSWORD).start();
    let database = server.database().await;
    let (mut service, mut lines) = Service::start_with_stderr(database.url(), &[]);
    let mut told = String::new();
    for line in lines.by_ref().map_while(Result::ok) {
        told += &format!("{line}\n");
        if let Some(address) = line.strip_prefix("listening on http://") {
            service.address = address.to_owned();
            told += &service.get("/readyz").1;
        }
        if line == "ready" {
            break;
        }
    }
    service.await_answer("/readyz", (200, "{\"status\":\"ready\"}"));
    for path in ["/healthz", "/computers", "/printers", "/nowhere"] {
        told += &service.get(path).1;
    }
    server.crash();
    std::thread::sleep(Duration::from_millis(300));
    told += &service.get("/readyz").1;
    assert_eq!(service.terminate().0, Some(0));
    lines.map_while(Result::ok).for_each(|line| told += &line);
    server.restart();
    let wrong = database.url().replace(PASSWORD, "wR0ngH-3adeD");
    for url in [wrong.clone(), database.url().replace(database.name(), "nowhere")] {
        let (service, lines) = Service::start_with_stderr(&url, &[]);
        lines.map_while(Result::ok).for_each(|line| told += &line);
        drop(service);
    }
    assert!(told.contains("ready") && told.contains("refuses the password"), "{told}");
    for trace in ["kAlEido5", "scopE7", "wR0ngH", "3adeD"] {
        assert!(!told.contains(trace), "{told}");
    }
}

#[tokio::test]
async fn a_closed_stderr_does_not_end_it_during_the_migration() {
    let database = test_support::database().await;
    let (mut service, stderr) = Service::start_with_stderr(database.url(), &[]);
    drop(stderr);
    let client = database.connect().await;
    let deadline = Instant::now() + Duration::from_secs(60);
    // The last chain's history; tables are there from the start, rows are not.
    let applied = "SELECT coalesce((xpath('/row/n/text()', query_to_xml('SELECT count(*) AS n FROM stairwell.usb',
        true, true, '')))[1]::text::int, 0) FROM pg_tables WHERE schemaname = 'stairwell' AND tablename = 'usb'";
    while client.query_opt(applied, &[]).await.unwrap().is_none_or(|row| row.get::<_, i32>(0) < 8) {
        assert!(Instant::now() < deadline && service.process.try_wait().unwrap().is_none());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let (code, _) = service.terminate();
    assert_eq!(code, Some(0));
}

#[tokio::test]
async fn a_redirected_stderr_has_no_escape_codes() {
    let database = test_support::database().await;
    let (_service, lines) = Service::start_with_stderr(database.url(), &[]);
    let lines: Vec<String> = lines.map(Result::unwrap).take_while(|line| line != "ready").collect();
    assert!(lines.iter().any(|line| line.contains("8 applied")), "{lines:?}");
    assert!(!lines.iter().any(|line| line.contains('\x1b')), "{lines:?}");
}

/// As after a firewall forgot the connection: the session is there and does not answer.
#[tokio::test]
async fn it_is_ready_again_after_its_session_hung() {
    let database = test_support::database().await;
    let service = Service::start(database.url());
    service.await_answer("/readyz", (200, r#"{"status":"ready"}"#));
    let client = database.connect().await;
    let pid = "SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'stairwell/app'";
    let pid = client.query_one(pid, &[]).await.unwrap().get::<_, i32>(0).to_string();
    signal(&pid, "STOP");
    let answers = [service.get("/readyz"), service.get("/readyz")];
    signal(&pid, "CONT");
    let expected = [(503, r#"{"status":"the database does not answer"}"#), (200, r#"{"status":"ready"}"#)];
    assert_eq!(answers, expected.map(|(status, body)| (status, body.to_owned())));
}

#[tokio::test]
async fn a_slow_client_does_not_keep_it_from_ending() {
    let database = test_support::database().await;
    let mut service = Service::start(database.url());
    service.await_answer("/readyz", (200, r#"{"status":"ready"}"#));
    let mut slow = TcpStream::connect(&service.address).unwrap();
    write!(slow, "GET /healthz HTTP/1.1\r\nHost:").unwrap();
    // Answered after the slow one was taken, as they are taken in turn.
    service.await_answer("/healthz", (200, r#"{"status":"ok"}"#));
    std::thread::sleep(Duration::from_millis(100));
    let (code, took) = service.terminate();
    assert_eq!(code, Some(0));
    assert!((9..15).contains(&took.as_secs()), "{took:?}");
}

#[tokio::test]
async fn it_ends_at_once_when_every_request_is_answered() {
    let database = test_support::database().await;
    let mut service = Service::start(database.url());
    service.await_answer("/readyz", (200, r#"{"status":"ready"}"#));
    let (code, took) = service.terminate();
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[tokio::test]
async fn an_interrupted_migration_leaves_neither_a_statement_nor_the_lock() {
    let database = test_support::database().await;
    let (client, observer) = (database.connect().await, database.connect().await);
    // The first step waits: its table is being made here.
    client.batch_execute("BEGIN; CREATE TABLE sites (id int)").await.unwrap();
    let mut service = Service::start(database.url());
    let waits =
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while observer.query_opt(waits, &[]).await.unwrap().is_none() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let (code, took) = service.terminate();
    assert_eq!(code, Some(1));
    assert!(took < Duration::from_secs(5), "{took:?}");
    let attempt = "SELECT pg_try_advisory_lock(1398030665, 712157282)";
    assert!(observer.query_one(attempt, &[]).await.unwrap().get::<_, bool>(0));
}

#[tokio::test]
async fn it_shows_computers_and_printers() {
    let database = test_support::database().await;
    let service = Service::start(database.url());
    service.await_answer("/readyz", (200, r#"{"status":"ready"}"#));
    assert_eq!(service.get("/computers"), (200, "[]".to_owned()));
    assert_eq!(service.get("/printers"), (200, "[]".to_owned()));
    let client = database.connect().await;
    client
        .batch_execute(
            "INSERT INTO assets (asset_number, asset_type_code, name)
             VALUES ('A1', 'computer', 'Press'), ('A2', 'computer', 'Office'), ('A3', 'printer', 'Hall 1');
             INSERT INTO computers (asset_id, hostname, kind, network_note, last_reported_at)
             SELECT id, 'press-07', 'shop_floor'::computer_kind, 'LAN 001a.2b3c.4d5f', timestamptz '2026-01-31 09:15:00.5+01'
             FROM assets WHERE asset_number = 'A1'
             UNION ALL
             SELECT id, 'office-1', 'office', NULL, 'infinity' FROM assets WHERE asset_number = 'A2';
             INSERT INTO printers (asset_id, share_name, status, is_color)
             SELECT id, 'HALL-1', 'online', true FROM assets WHERE asset_number = 'A3'",
        )
        .await
        .unwrap();
    let show = |path: &str| {
        let (status, body) = service.get(path);
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        format!("{status} {body:#}")
    };
    assert_data_eq!(
        show("/computers"),
        str![[r#"
200 [
  {
    "asset_id": 1,
    "hostname": "press-07",
    "kind": "shop_floor",
    "last_reported_at": "2026-01-31T08:15:00.5Z",
    "network_note": "LAN 001a.2b3c.4d5f",
    "operating_system_id": null
  },
  {
    "asset_id": 2,
    "hostname": "office-1",
    "kind": "office",
    "last_reported_at": null,
    "network_note": null,
    "operating_system_id": null
  }
]
"#]]
    );
    assert_data_eq!(
        show("/printers"),
        str![[r#"
200 [
  {
    "asset_id": 3,
    "ip_address_id": null,
    "is_color": true,
    "share_name": "HALL-1",
    "status": "online"
  }
]
"#]]
    );
}

#[tokio::test]
async fn it_does_not_show_what_is_not_enabled() {
    let database = test_support::database().await;
    let service = Service::start_with(database.url(), &["--plugins", "computers"]);
    service.await_answer("/readyz", (200, r#"{"status":"ready"}"#));
    assert_eq!(service.get("/computers").0, 200);
    let refusal = r#"{"status":"the plugin is not enabled here"}"#.to_owned();
    assert_eq!(service.get("/printers"), (404, refusal));
    // The session is as good as before.
    assert_eq!(service.get("/readyz").0, 200);
}

#[tokio::test]
async fn it_shows_nothing_while_it_migrates() {
    let database = test_support::database().await;
    let holder = database.connect().await;
    holder.batch_execute("SELECT pg_advisory_lock(1398030665, 712157282)").await.unwrap();
    let service = Service::start(database.url());
    assert_eq!(service.get("/printers"), (503, r#"{"status":"migrating"}"#.to_owned()));
}
