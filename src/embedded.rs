//! A private PostgreSQL inside the process, for trying the application without a server.
//!
//! It is PostgreSQL 17.5 compiled to WebAssembly (`pglite-oxide`): nothing to install, nothing downloaded, and
//! root may run it. It is for a first look and for demonstrations. What it cannot do:
//!
//! - **One connection at a time.** The application must open exactly one and share it. A connection that is
//!   closed makes room for the next; one that finds no room is refused after [`WAIT_FOR_ROOM`] with SQLSTATE 53300.
//! - **No `EXCEPTION` handlers.** A PL/pgSQL handler never runs: its error reaches the client, and from then on the
//!   session refuses everything, `ROLLBACK` included. Reconnecting helps.
//! - **No timeouts and no cancelling**: `statement_timeout` is accepted and never fires.
//! - **No protection from a power cut.** Writes reach the operating system at every commit, so a killed process
//!   loses nothing; but nothing is ever synced to the disk.
//! - **No upgrade.** A data directory opens only with the build of PostgreSQL that created it.
//! - No extensions but `plpgsql`, and no background workers: vacuum never runs by itself.
//!
//! The data directory holds what differs from a new cluster. The rest (about 100 MB, unpacked from this executable
//! at the first start) lies in the user's cache directory: `$XDG_CACHE_HOME/pglite-oxide`, else
//! `~/.cache/pglite-oxide`. It may be deleted while no process uses it.

mod error;
mod fallback;
mod relay;

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;
use std::{env, process, thread};

use pglite_oxide::PgliteServer;

pub use error::EmbeddedError;
use error::failed;
pub use fallback::EmbeddedFallback;
use relay::Relay;
pub use relay::WAIT_FOR_ROOM;

/// Names the directory under the user's data directory.
const APPLICATION: &str = "shopdb";
/// The lock, and the mark by which a data directory of ours is known.
const LOCK_FILE: &str = "embedded.lock";
/// The only major version whose files `pglite-oxide` 0.5 can read.
const POSTGRES_MAJOR: &str = "17";
/// How long a stop waits for a statement that is still running; there is no way to interrupt one.
const STOP_TIMEOUT: Duration = Duration::from_secs(5);

/// A running embedded PostgreSQL.
///
/// It serves from threads of its own until [`Embedded::shutdown`] or until it is dropped. A process may also just
/// exit or be killed: what was committed is found again at the next start.
#[derive(Debug)]
pub struct Embedded {
    data_dir: PathBuf,
    url: String,
    /// `None` once stopped.
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    relay: Relay,
    server: PgliteServer,
    lock: File,
    /// A directory made for the sockets alone, to be removed at the end.
    sockets: Option<PathBuf>,
}

impl Embedded {
    /// Opens the database in `data_dir`, creating directory and database where there is none.
    ///
    /// It blocks for about 0.1 s (0.7 s at the very first start), so async code calls it through `spawn_blocking`.
    /// PostgreSQL itself starts with the first connection, which takes another 1 to 2 s.
    ///
    /// # Errors
    ///
    /// When the directory cannot be used: not writable, in use by another process, foreign files in it, or created by
    /// another version. And when the cache directory cannot be written.
    pub fn start(data_dir: &Path) -> Result<Embedded, EmbeddedError> {
        let data_dir = std::path::absolute(data_dir).map_err(failed("resolve", data_dir))?;
        create_private(&data_dir).map_err(failed("create", &data_dir))?;
        let lock = acquire(&data_dir)?;
        check_version(&data_dir)?;

        // The relay listens first: what cannot work then fails before anything is unpacked.
        let sockets = relay::socket_directory(&data_dir)?;
        let front = relay::Front::bind(&sockets)?;
        let url = front.url(&sockets)?;
        let server = PgliteServer::builder().path(&data_dir);
        #[cfg(unix)]
        let server = server.unix(sockets.join(relay::BACKEND_SOCKET));
        let server = server.start().map_err(|error| EmbeddedError::server(&data_dir, error))?;
        let backend =
            relay::backend(&server).ok_or_else(|| EmbeddedError::server(&data_dir, "no address"))?;
        let relay = front.serve(backend).map_err(failed("serve", &data_dir))?;
        let sockets = (sockets != data_dir).then_some(sockets);
        Ok(Embedded { data_dir, url, running: Some(Running { relay, server, lock, sockets }) })
    }

    /// The address for `tokio_postgres`: no password, no TLS, superuser `postgres`, database `postgres`.
    ///
    /// On Unix it is a socket inside the data directory, which only its owner may enter; elsewhere a free port on
    /// 127.0.0.1, open to every user of the machine.
    #[must_use]
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// The data directory, absolute.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Disconnects the client, rolls back what it had open, writes PostgreSQL's state and frees the directory.
    ///
    /// It blocks, usually for some 20 ms. Dropping does the same and keeps quiet about failure.
    ///
    /// # Errors
    ///
    /// When PostgreSQL failed while it served or stopped, or when a statement still ran after five seconds. What was
    /// committed is safe in each case; in the last one the directory stays locked until the statement or the process ends.
    pub fn shutdown(mut self) -> Result<(), EmbeddedError> {
        self.stop()
    }

    fn stop(&mut self) -> Result<(), EmbeddedError> {
        let Some(Running { relay, server, lock, sockets }) = self.running.take() else { return Ok(()) };
        relay.close();
        // The server joins its thread, which is busy as long as a statement is. A drop must not hang on that.
        let (done, stopped) = mpsc::channel();
        let waiter = move || {
            let result = server.shutdown();
            if let Some(sockets) = sockets {
                let _ = fs::remove_dir_all(sockets);
            }
            drop(lock);
            // Nobody listens any more after the timeout.
            let _ = done.send(result);
        };
        thread::Builder::new().spawn(waiter).map_err(failed("stop", &self.data_dir))?;
        match stopped.recv_timeout(STOP_TIMEOUT) {
            Ok(result) => result.map_err(|error| EmbeddedError::server(&self.data_dir, error)),
            Err(_) => Err(EmbeddedError::server(&self.data_dir, "a statement is still running")),
        }
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        // There is no one to tell, and nothing committed is at stake.
        let _ = self.stop();
    }
}

/// The data directory for someone who names none: `$XDG_DATA_HOME/shopdb/postgres`, else the same below
/// `~/.local/share` (macOS: `~/Library/Application Support`, Windows: `%LOCALAPPDATA%`).
///
/// `None` if the environment names no such place.
#[must_use]
pub fn default_data_dir() -> Option<PathBuf> {
    // The XDG specification has relative paths ignored; so do we for every source.
    let absolute = |path: PathBuf| path.is_absolute().then_some(path);
    let platform = || {
        if cfg!(windows) {
            env::var_os("LOCALAPPDATA").map(PathBuf::from)
        } else if cfg!(target_os = "macos") {
            env::home_dir().map(|home| home.join("Library/Application Support"))
        } else {
            env::home_dir().map(|home| home.join(".local/share"))
        }
    };
    let base = env::var_os("XDG_DATA_HOME").map(PathBuf::from).and_then(absolute);
    let base = base.or_else(|| platform().and_then(absolute))?;
    Some(base.join(APPLICATION).join("postgres"))
}

/// Creates the directory, closed to other users: whoever reaches the socket in it is superuser.
fn create_private(directory: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

/// Takes the directory for this process. The kernel drops the lock with the process, so none is ever stale.
///
/// `pglite-oxide` has a lock of its own; this one also names the holder and keeps us out of foreign directories.
fn acquire(data_dir: &Path) -> Result<File, EmbeddedError> {
    let path = data_dir.join(LOCK_FILE);
    if !path.exists() {
        let mut entries = fs::read_dir(data_dir).map_err(failed("read", data_dir))?;
        // Checked again, as another process may have been first and made the directory its own.
        if entries.next().is_some() && !path.exists() {
            return Err(EmbeddedError::Foreign { path: data_dir.to_owned() });
        }
    }
    let mut options = File::options();
    let mut file = options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(failed("open", &path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            // Windows refuses to read a locked file; the message then does without the number.
            let mut text = String::new();
            let holder = file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
            return Err(EmbeddedError::InUse { path: data_dir.to_owned(), holder });
        }
        Err(TryLockError::Error(source)) => return Err(failed("lock", &path)(source)),
    }
    file.set_len(0).and_then(|()| writeln!(file, "{}", process::id())).map_err(failed("write", &path))?;
    Ok(file)
}

/// Refuses another major version before `pglite-oxide`, which overwrites `PG_VERSION`, touches the files.
fn check_version(data_dir: &Path) -> Result<(), EmbeddedError> {
    let path = data_dir.join("tmp/pglite/base/PG_VERSION");
    match fs::read_to_string(&path) {
        Ok(version) if version.trim() == POSTGRES_MAJOR => Ok(()),
        Ok(version) => {
            Err(EmbeddedError::Version { path: data_dir.to_owned(), found: version.trim().to_owned() })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failed("read", &path)(error)),
    }
}
