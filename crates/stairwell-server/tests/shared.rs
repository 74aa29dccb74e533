//! One server for many processes, which ends without them.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

use std::{
    env,
    io::{BufRead, BufReader, Read},
    net::{Ipv4Addr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use stairwell_server::SharedServer;

/// Not a test: a process that joins and stays until its input ends, or until it is killed.
#[test]
#[ignore = "started by the other tests"]
fn process_that_joins() {
    if env::var("STAIRWELL_TEST_LINGER").is_err() {
        return;
    }
    let server = SharedServer::join().unwrap();
    println!("\nserver {} {}", server.url("postgres"), server.folder().display());
    let _ = std::io::stdin().read(&mut [0]);
}

struct Joined {
    process: Child,
    port: u16,
    folder: PathBuf,
}

/// The seconds differ between the tests here, and with them the servers.
fn start(linger: u32) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "process_that_joins", "--ignored", "--nocapture"])
        .env("STAIRWELL_TEST_LINGER", linger.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn joined(mut process: Child) -> Joined {
    for line in BufReader::new(process.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        if let Some((url, folder)) = line.strip_prefix("server ").and_then(|line| line.split_once(' ')) {
            let port = url.rsplit(':').next().unwrap().split('/').next().unwrap().parse().unwrap();
            return Joined { process, port, folder: folder.into() };
        }
    }
    panic!("the process did not join");
}

fn is_running(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}

fn await_gone(port: u16, folder: &Path) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while is_running(port) || folder.exists() {
        assert!(Instant::now() < deadline, "server {port} or {} is left", folder.display());
        sleep(Duration::from_millis(20));
    }
}

#[test]
fn processes_share_it_and_it_ends_after_the_last_however_they_end() {
    let processes: Vec<Child> = (0..8).map(|_| start(1)).collect();
    let mut all: Vec<Joined> = processes.into_iter().map(joined).collect();
    let (port, folder) = (all[0].port, all[0].folder.clone());
    assert!(all.iter().all(|one| one.port == port && one.folder == folder));
    let last = all.pop().unwrap();
    for mut one in all {
        one.process.kill().unwrap();
        one.process.wait().unwrap();
    }
    sleep(Duration::from_millis(2500));
    assert!(is_running(port), "somebody still uses it");
    let mut last = last;
    drop(last.process.stdin.take());
    last.process.wait().unwrap();
    await_gone(port, &folder);
}

#[test]
fn the_next_process_uses_what_is_left_of_the_one_before() {
    let mut first = joined(start(20));
    first.process.kill().unwrap();
    first.process.wait().unwrap();
    let mut second = joined(start(20));
    assert_eq!((second.port, &second.folder), (first.port, &first.folder));
    second.process.kill().unwrap();
    second.process.wait().unwrap();
}

#[test]
fn without_a_watchdog_the_next_process_sweeps_it() {
    let mut first = joined(start(2));
    let watchdog = std::fs::read_to_string(first.folder.join("watchdog")).unwrap();
    let killed = Command::new("sh").args(["-c", "kill -KILL \"$0\"", watchdog.trim()]).status().unwrap();
    assert!(killed.success());
    first.process.kill().unwrap();
    first.process.wait().unwrap();
    assert!(is_running(first.port));
    // Another kind of server, so that it does not join that one, which would be right as well.
    let mut second = joined(start(3));
    assert!(!first.folder.exists());
    // PostgreSQL notices within a minute that its files are gone; the test ends it to be quick.
    second.process.kill().unwrap();
    second.process.wait().unwrap();
}
