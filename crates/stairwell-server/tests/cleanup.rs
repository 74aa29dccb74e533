//! Nothing of a server is left, however its process ends.

use std::{
    env,
    io::{BufRead, BufReader, Read},
    net::{Ipv4Addr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use stairwell_server::{Server, server};

/// Tells this binary's second self how to end.
const ENDING: &str = "STAIRWELL_TEST_ENDING";

/// Not a test: what the other tests start, in a process of its own.
#[test]
#[ignore = "started by the other tests"]
fn process_that_ends() {
    let Ok(ending) = env::var(ENDING) else { return };
    let (shared, own) = (server(), Server::start());
    for server in [shared, &own] {
        // A line of its own also when the test harness has begun one.
        println!("\nserver {} {}", server.port(), server.socket_dir().display());
    }
    println!("\nready");
    match ending.as_str() {
        "return" => {}
        "panic" => panic!("as told"),
        "exit" => std::process::exit(0),
        "abort" => std::process::abort(),
        _ => sleep(Duration::from_secs(60)),
    }
}

struct Ending {
    process: Child,
    /// Port and folder.
    servers: Vec<(u16, PathBuf)>,
}

/// Starts the process above and waits until its servers run.
fn start(ending: &str) -> Ending {
    let mut process = Command::new(env::current_exe().expect("a test is a file"))
        .args(["--exact", "process_that_ends", "--ignored", "--nocapture"])
        .env(ENDING, ending)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("a test can start itself");
    let mut servers = Vec::new();
    let mut output = BufReader::new(process.stdout.take().expect("it is piped"));
    let mut line = String::new();
    while line.trim_end() != "ready" {
        line.clear();
        let length = output.read_line(&mut line).expect("the output is text");
        assert_ne!(length, 0, "the process ended too early");
        if let Some((port, folder)) = line.trim_end().strip_prefix("server ").and_then(|s| s.split_once(' '))
        {
            servers.push((port.parse().expect("a port"), PathBuf::from(folder)));
        }
    }
    assert_eq!(servers.len(), 2);
    // Nobody may hold the test's output open: `cargo test | cat` would wait for it.
    std::thread::spawn(move || output.read_to_end(&mut Vec::new()));
    Ending { process, servers }
}

fn is_running(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}

fn is_gone(folder: &Path) -> bool {
    !folder.exists()
}

impl Ending {
    fn await_nothing_left(mut self) {
        self.process.wait().expect("it was started here");
        let deadline = Instant::now() + Duration::from_secs(30);
        for (port, folder) in &self.servers {
            while is_running(*port) || !is_gone(folder) {
                assert!(Instant::now() < deadline, "server {port} or {} is left", folder.display());
                sleep(Duration::from_millis(10));
            }
        }
    }
}

#[test]
fn after_returning() {
    start("return").await_nothing_left();
}

#[test]
fn after_a_panic() {
    start("panic").await_nothing_left();
}

#[test]
fn after_exit() {
    start("exit").await_nothing_left();
}

#[test]
fn after_abort() {
    start("abort").await_nothing_left();
}

#[test]
fn after_sigkill() {
    let mut ending = start("sleep");
    for (port, folder) in &ending.servers {
        assert!(is_running(*port) && !is_gone(folder));
    }
    // `Child::kill` is SIGKILL.
    ending.process.kill().unwrap();
    ending.await_nothing_left();
}

#[test]
fn after_dropping() {
    let server = Server::start();
    let folder = server.socket_dir().to_owned();
    assert!(!is_gone(&folder));
    drop(server);
    // At once, not some time later.
    assert!(is_gone(&folder));
}

#[test]
fn after_a_crash() {
    let server = Server::start();
    let folder = server.socket_dir().to_owned();
    server.crash();
    drop(server);
    assert!(is_gone(&folder));
}
