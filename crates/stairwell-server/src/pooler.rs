//! A PgBouncer in front of a server.

use std::{
    net::{Ipv4Addr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread::sleep,
    time::{Duration, Instant},
};

use tokio_postgres::Client;

use crate::{Failure, database::connect, server::Running, state::free_port};

const PATIENCE: Duration = Duration::from_secs(20);

/// Ends PgBouncer when the pipe is closed, which the kernel does for a test that is killed as well.
const SCRIPT: &str = r#"
"$0" -q "$1" &
pooler=$!
read -r line
kill -TERM "$pooler" 2>/dev/null
wait "$pooler"
"#;

/// A PgBouncer that nobody else uses, in transaction mode: each transaction gets any of its server sessions.
///
/// It ends when it is dropped, and at the latest when the process ends. Made by
/// [`Server::pooler`](crate::Server::pooler).
pub struct Pooler {
    port: u16,
    shell: Child,
    /// `None` only while dropping.
    pipe: Option<ChildStdin>,
}

impl Pooler {
    pub(crate) fn start(running: &Running, sessions: usize) -> Result<Pooler, Failure> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let program = find()?;
        let port = free_port()?;
        let folder = running.folder.display();
        // `any` takes every client without asking, and logs in as this user.
        let settings = format!(
            "[databases]\n* = host=127.0.0.1 port={} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir = {folder}\nauth_type = any\npool_mode = transaction\n\
             default_pool_size = {sessions}\nmax_client_conn = 500\nserver_login_retry = 1\n\
             server_round_robin = 1\nlogfile = {folder}/pgbouncer-{number}.log\n",
            running.port
        );
        let account = &running.installation.account;
        let file = running.folder.join(format!("pgbouncer-{number}.ini"));
        account.write(&file, settings)?;
        let mut shell = account
            .command("sh")
            .args([Path::new("-c"), Path::new(SCRIPT), &program, &file])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("cannot run `sh`: {error}"))?;
        let pipe = shell.stdin.take();
        let pooler = Pooler { port, shell, pipe };
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if Instant::now() > deadline {
                let log = running.folder.join(format!("pgbouncer-{number}.log"));
                let log = std::fs::read_to_string(log).unwrap_or_default();
                return Err(format!("PgBouncer was not ready after {} s\n{log}", PATIENCE.as_secs()));
            }
            sleep(Duration::from_millis(5));
        }
        Ok(pooler)
    }

    /// The address of a database through the pooler.
    pub fn url(&self, database: &str) -> String {
        format!("postgresql://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Connects to a database through the pooler.
    pub async fn connect(&self, database: &str) -> Client {
        let mut config = tokio_postgres::Config::new();
        config.host("127.0.0.1").port(self.port).user("postgres").dbname(database);
        connect(&config).await
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        self.pipe = None;
        let _ = self.shell.wait();
    }
}

/// Debian has it where only root's PATH leads.
fn find() -> Result<PathBuf, Failure> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from));
    folders.map(|folder| folder.join("pgbouncer")).find(|program| program.is_file()).ok_or_else(|| {
        "no PgBouncer found\nhelp: install the package `pgbouncer`, or have `tests/run` do it".into()
    })
}
