//! A running server, as tests see it.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use crate::{Builder, Failure, Pooler, TestDatabase, installation::Installation, state::State};

/// A PostgreSQL server that nobody else uses.
///
/// It stops and its files go away when the last of the server and its databases is dropped, and at the latest
/// when the process ends, in whatever way.
pub struct Server {
    running: Arc<Running>,
}

/// The server that all tests of this process share, started by the first call.
///
/// It has no password and listens on 127.0.0.1 and on a socket.
pub fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(Server::start)
}

impl Server {
    /// Starts a server like the shared one, for tests that [`crash`](Server::crash) it.
    #[track_caller]
    pub fn start() -> Server {
        Server::builder().start()
    }

    /// Starts a server with other settings, a password or TLS.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The address of a database on 127.0.0.1, with the superuser's name and, if there is one, the password.
    pub fn url(&self, database: &str) -> String {
        self.running.url(database)
    }

    /// How to connect to a database through the socket, whatever the rules for TCP are.
    pub fn config(&self, database: &str) -> tokio_postgres::Config {
        self.running.config(database)
    }

    /// The folder of the socket; libpq takes it as a host.
    pub fn socket_dir(&self) -> &Path {
        &self.running.folder
    }

    /// The port on 127.0.0.1, and the number in the socket's name.
    pub fn port(&self) -> u16 {
        self.running.port
    }

    /// PostgreSQL's major version.
    pub fn version(&self) -> u32 {
        self.running.installation.major
    }

    /// What the server has logged so far.
    pub fn log(&self) -> String {
        self.running.state().log()
    }

    /// Makes an empty database.
    pub async fn database(&self) -> TestDatabase {
        TestDatabase::create(&self.running).await
    }

    /// Starts a PgBouncer in transaction mode before the server, with so many server sessions for a database.
    #[expect(clippy::panic, reason = "the person who runs the tests is the only one who can do something")]
    #[track_caller]
    pub fn pooler(&self, sessions: usize) -> Pooler {
        match Pooler::start(&self.running, sessions) {
            Ok(pooler) => pooler,
            Err(failure) => panic!("{failure}"),
        }
    }

    /// Stops the server at once, as a crash would; all sessions break off. See [`Server::restart`].
    pub fn crash(&self) {
        self.running.state().stop();
    }

    /// Starts the server again after a [`crash`](Server::crash): same port, same databases.
    ///
    /// Like a crash and a start if it runs.
    #[expect(clippy::panic, reason = "the person who runs the tests is the only one who can do something")]
    pub fn restart(&self) {
        let result = self.running.state().restart();
        result.unwrap_or_else(|failure: Failure| panic!("{failure}"));
    }
}

impl From<Arc<Running>> for Server {
    fn from(running: Arc<Running>) -> Server {
        Server { running }
    }
}

/// What a server and its databases share.
pub(crate) struct Running {
    pub(crate) installation: &'static Installation,
    pub(crate) folder: PathBuf,
    pub(crate) port: u16,
    pub(crate) password: Option<String>,
    /// Databases that no test uses any more.
    pub(crate) dropped: Mutex<Vec<String>>,
    databases: AtomicU32,
    state: Mutex<State>,
}

impl Running {
    pub(crate) fn new(
        installation: &'static Installation,
        folder: PathBuf,
        password: Option<String>,
        state: State,
    ) -> Running {
        Running {
            installation,
            folder,
            port: state.port,
            password,
            dropped: Mutex::default(),
            databases: AtomicU32::default(),
            state: Mutex::new(state),
        }
    }

    pub(crate) fn url(&self, database: &str) -> String {
        let password = self.password.as_deref().map(|password| format!(":{}", percent_encoded(password)));
        format!(
            "postgresql://postgres{}@127.0.0.1:{}/{}",
            password.unwrap_or_default(),
            self.port,
            percent_encoded(database)
        )
    }

    pub(crate) fn config(&self, database: &str) -> tokio_postgres::Config {
        let mut config = tokio_postgres::Config::new();
        config.host_path(&self.folder).port(self.port).user("postgres").dbname(database);
        if let Some(password) = &self.password {
            config.password(password);
        }
        config
    }

    pub(crate) fn unused_name(&self) -> String {
        format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// A test that panicked while it held the lock left nothing half-done that another test could trip over.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn percent_encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}
