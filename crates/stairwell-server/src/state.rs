//! The server process: starting it, stopping it, waiting for both.

use std::{
    fs::{self, File},
    net::{Ipv4Addr, TcpListener},
    path::Path,
    process::Child,
    thread::sleep,
    time::{Duration, Instant},
};

use crate::{Failure, installation::Installation, watchdog::Watchdog};

/// Recovery on a machine that is busy with other tests takes a while; waiting costs nothing when all is well.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A server's process, or the place where one was.
pub(crate) struct State {
    pub(crate) port: u16,
    installation: &'static Installation,
    arguments: Vec<String>,
    /// `None` after a crash.
    process: Option<Child>,
    watchdog: Watchdog,
}

/// Why a process did not become ready.
enum Trouble {
    PortTaken,
    Other(Failure),
}

impl State {
    /// Starts a server on a free port.
    pub(crate) fn start(
        installation: &'static Installation,
        watchdog: Watchdog,
        arguments: Vec<String>,
    ) -> Result<State, Failure> {
        let mut state = State { port: 0, installation, arguments, process: None, watchdog };
        let mut tries = 0;
        loop {
            state.port = free_port()?;
            match state.launch() {
                Ok(()) => return Ok(state),
                // Between asking for a port and using it, somebody else may have got it.
                Err(Trouble::PortTaken) if tries < 10 => tries += 1,
                Err(trouble) => return Err(state.report(trouble)),
            }
        }
    }

    /// Starts the process again, on the same port, because the tests know that one.
    pub(crate) fn restart(&mut self) -> Result<(), Failure> {
        self.stop();
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.launch() {
                Ok(()) => return Ok(()),
                Err(Trouble::PortTaken) if Instant::now() < deadline => sleep(Duration::from_millis(50)),
                Err(trouble) => return Err(self.report(trouble)),
            }
        }
    }

    /// Stops the process the way a crash would: sessions break off, and the next start has to recover.
    pub(crate) fn stop(&mut self) {
        let Some(mut process) = self.process.take() else { return };
        // Once its status was collected, the id may belong to another.
        if !matches!(process.try_wait(), Ok(Some(_))) {
            // The shell's `kill`, because the program of that name is not everywhere. If it fails, be rough.
            let id = process.id().to_string();
            if self.installation.account.run("sh", &["-c", "kill -QUIT \"$0\"", &id]).is_err() {
                let _ = process.kill();
            }
            let _ = process.wait();
        }
        self.watchdog.forget();
    }

    /// What the server wrote to its log.
    pub(crate) fn log(&self) -> String {
        let bytes = fs::read(self.watchdog.folder.join("log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn launch(&mut self) -> Result<(), Trouble> {
        let other = |error: std::io::Error| Trouble::Other(format!("cannot run `postgres`: {error}"));
        let path = self.watchdog.folder.join("log");
        let log = File::options().create(true).append(true).open(path).map_err(other)?;
        let logged_before = self.log().len();
        let process = self
            .installation
            .account
            .command(self.installation.program("postgres"))
            .args(&self.arguments)
            .arg("-p")
            .arg(self.port.to_string())
            .stdout(log.try_clone().map_err(other)?)
            .stderr(log)
            .spawn()
            .map_err(other)?;
        self.watchdog.watch(&process);
        let process = self.process.insert(process);

        let deadline = Instant::now() + PATIENCE;
        let failure = loop {
            if is_ready(&self.watchdog.folder, process.id()) {
                return Ok(());
            }
            if let Ok(Some(status)) = process.try_wait() {
                break format!("PostgreSQL ended before it was ready ({status})");
            }
            if Instant::now() > deadline {
                break format!("PostgreSQL was not ready after {} s", PATIENCE.as_secs());
            }
            sleep(Duration::from_millis(2));
        };
        self.stop();
        let log = self.log();
        let is_port_taken =
            log.get(logged_before..).is_some_and(|new| new.contains("could not bind IPv4 address"));
        Err(if is_port_taken { Trouble::PortTaken } else { Trouble::Other(failure) })
    }

    fn report(&self, trouble: Trouble) -> Failure {
        let failure = match trouble {
            Trouble::PortTaken => "PostgreSQL found every port taken".into(),
            Trouble::Other(failure) => failure,
        };
        format!("{failure}\n--- its log ---\n{}", self.log())
    }
}

impl Drop for State {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Whether the server in `folder` with this process id takes sessions.
///
/// `pg_ctl --wait` looks here too. It takes no client, so that tests with and without a runtime can start
/// servers, and leaves no failed attempts in the log.
pub(crate) fn is_ready(folder: &Path, id: u32) -> bool {
    let file = fs::read_to_string(folder.join("data/postmaster.pid")).unwrap_or_default();
    let mut lines = file.lines();
    lines.next() == Some(&id.to_string()) && lines.nth(6).is_some_and(|status| status.trim_end() == "ready")
}

pub(crate) fn free_port() -> Result<u16, Failure> {
    let port = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr();
    port().map(|address| address.port()).map_err(|error| format!("no free port on 127.0.0.1: {error}"))
}
