//! `app serve`: migration at start-up is real.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::app;

struct Service {
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
        let mut process = app()
            .args(["serve", "--listen", "127.0.0.1:0", "--database-url", database_url])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("listening on http://").map(str::to_owned))
            .expect("it says where it listens");
        // Nobody reads on: a full pipe would stop the process.
        std::thread::spawn(move || lines.for_each(drop));
        Service { process, address }
    }

    /// Status code and body.
    fn get(&self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n").unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        let status = response.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap();
        (status, response.split_once("\r\n\r\n").unwrap().1.to_owned())
    }

    /// Asks until the answer is `expected`.
    #[track_caller]
    fn await_answer(&self, path: &str, expected: (u16, &str)) {
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

#[tokio::test]
async fn it_is_alive_at_once_and_ready_when_the_migrations_are_applied() {
    let database = test_support::database().await;
    // Somebody else migrates: the service has to wait, and says so to its orchestrator.
    let holder = database.connect().await;
    holder.batch_execute("SELECT pg_advisory_lock(1398030665, 712157282)").await.unwrap();
    let service = Service::start(database.url());
    assert_eq!(service.get("/healthz"), (200, r#"{"status":"ok"}"#.to_owned()));
    assert_eq!(service.get("/readyz"), (503, r#"{"status":"migrating"}"#.to_owned()));
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
