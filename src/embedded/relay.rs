//! Stands between clients and `pglite-oxide`, whose own listener is too bare for an application: a second
//! connection hangs without a word, a client that breaks off in the middle of a result ends the server for good,
//! and its shutdown waits for the client to leave.

use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

#[cfg(not(unix))]
use std::net::{SocketAddr as Address, TcpListener as Listener, TcpStream as Stream};
#[cfg(unix)]
use std::os::unix::net::{UnixListener as Listener, UnixStream as Stream};
#[cfg(unix)]
use std::path::PathBuf as Address;

use pglite_oxide::PgliteServer;

use super::EmbeddedError;
use super::error::failed;

/// How long a connection waits for the one before it to end: PostgreSQL needs a moment after a client has left.
pub const WAIT_FOR_ROOM: Duration = Duration::from_secs(5);

/// PostgreSQL clients find a socket by directory and port.
#[cfg(unix)]
const SOCKET: (&str, u16) = (".s.PGSQL.5432", 5432);

/// Where the server itself listens. Its path is shorter than the other one, so that fails first.
#[cfg(unix)]
pub(super) const BACKEND_SOCKET: &str = "backend.sock";

/// What the path of a socket may have, its end included, on the stingiest of the systems (macOS).
#[cfg(unix)]
const MAX_SOCKET_PATH: usize = 104;

/// Where the sockets go: the data directory, or one in the system's directory for temporary files
/// where that path is too long for a socket.
#[cfg(unix)]
pub(super) fn socket_directory(data_dir: &Path) -> Result<std::path::PathBuf, EmbeddedError> {
    if data_dir.join(SOCKET.0).as_os_str().len() < MAX_SOCKET_PATH {
        return Ok(data_dir.to_owned());
    }
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let count = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let directory = std::env::temp_dir().join(format!("embedded-{}-{count}", std::process::id()));
    // A directory that is there already is somebody else's, or left over from a killed process.
    match std::fs::remove_dir_all(&directory) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(failed("remove", &directory)(error));
        }
        _ => {}
    }
    let mut builder = std::fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&directory).map_err(failed("create", &directory))?;
    Ok(directory)
}

/// Without sockets in the file system it is of no account.
#[cfg(not(unix))]
pub(super) fn socket_directory(data_dir: &Path) -> Result<std::path::PathBuf, EmbeddedError> {
    Ok(data_dir.to_owned())
}

/// The relay's listener, bound and not yet serving.
#[derive(Debug)]
pub(super) struct Front {
    listener: Listener,
    address: Address,
}

/// The serving relay.
#[derive(Debug)]
pub(super) struct Relay {
    address: Address,
    room: Arc<Room>,
}

/// Room for one connection.
#[derive(Debug, Default)]
struct Room {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The connection that is being served.
    client: Option<Stream>,
    closing: bool,
}

#[cfg(unix)]
impl Front {
    /// Listens on a socket in `directory`.
    pub(super) fn bind(directory: &Path) -> Result<Front, EmbeddedError> {
        let address = directory.join(SOCKET.0);
        // The caller has the directory's lock, so a socket found here is left over from a killed process.
        match std::fs::remove_file(&address) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failed("remove", &address)(error));
            }
            _ => {}
        }
        let listener = Listener::bind(&address).map_err(failed("listen on", &address))?;
        Ok(Front { listener, address })
    }

    pub(super) fn url(&self, directory: &Path) -> Result<String, EmbeddedError> {
        let not_utf8 = || failed("make a URL of", directory)(io::Error::other("it is not UTF-8"));
        let directory = directory.to_str().ok_or_else(not_utf8)?;
        let mut host = String::new();
        for byte in directory.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                    host.push(char::from(byte));
                }
                _ => host.push_str(&format!("%{byte:02X}")),
            }
        }
        Ok(format!("postgresql://postgres@/postgres?host={host}&port={}&sslmode=disable", SOCKET.1))
    }
}

#[cfg(not(unix))]
impl Front {
    /// Listens on a free port.
    pub(super) fn bind(directory: &Path) -> Result<Front, EmbeddedError> {
        let listener = Listener::bind(("127.0.0.1", 0)).map_err(failed("open a port for", directory))?;
        let address = listener.local_addr().map_err(failed("open a port for", directory))?;
        Ok(Front { listener, address })
    }

    pub(super) fn url(&self, _directory: &Path) -> Result<String, EmbeddedError> {
        Ok(format!("postgresql://postgres@{}/postgres?sslmode=disable", self.address))
    }
}

/// The address of the server behind the relay.
pub(super) fn backend(server: &PgliteServer) -> Option<Address> {
    #[cfg(unix)]
    return server.socket_path().map(Path::to_owned);
    #[cfg(not(unix))]
    return server.tcp_addr();
}

impl Front {
    /// Starts the thread that accepts connections for the server at `backend`.
    pub(super) fn serve(self, backend: Address) -> io::Result<Relay> {
        let Front { listener, address } = self;
        let room = Arc::new(Room::default());
        let relay = Relay { address, room: Arc::clone(&room) };
        thread::Builder::new()
            .name("embedded-relay".to_owned())
            .spawn(move || accept(&listener, &room, &backend))?;
        Ok(relay)
    }
}

impl Relay {
    /// Ends the connection that is being served and takes no more. The server then sees its client leave.
    pub(super) fn close(&self) {
        let mut state = self.room.lock();
        state.closing = true;
        if let Some(client) = &state.client {
            // It may have left by itself.
            let _ = client.shutdown(std::net::Shutdown::Both);
        }
        drop(state);
        self.room.changed.notify_all();
        // The accepting thread looks up only when someone connects.
        let _ = Stream::connect(&self.address);
        #[cfg(unix)]
        let _ = std::fs::remove_file(&self.address);
    }
}

impl Room {
    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is whole at every moment, whatever another thread was doing.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `client` can be served; false if it cannot.
    fn enter(&self, client: &Stream) -> bool {
        let Ok(client) = client.try_clone() else { return false };
        let deadline = Instant::now() + WAIT_FOR_ROOM;
        let mut state = self.lock();
        while state.client.is_some() && !state.closing {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        if state.closing {
            return false;
        }
        state.client = Some(client);
        true
    }

    fn leave(&self) {
        self.lock().client = None;
        self.changed.notify_all();
    }
}

fn accept(listener: &Listener, room: &Arc<Room>, backend: &Address) {
    loop {
        let accepted = listener.accept();
        if room.lock().closing {
            return;
        }
        let Ok((client, _)) = accepted else {
            // Out of file descriptors, most likely: try again, but do not spin.
            thread::sleep(Duration::from_millis(50));
            continue;
        };
        let (room, backend) = (Arc::clone(room), backend.clone());
        // Without a thread the client is dropped, and sees a closed connection.
        let _ = thread::Builder::new().name("embedded-session".to_owned()).spawn(move || {
            if room.enter(&client) {
                // A failure is either side having left, which the other one is told by the end of its stream.
                let _ = forward(&client, &backend);
                let _ = client.shutdown(std::net::Shutdown::Both);
                room.leave();
            } else {
                refuse(client);
            }
        });
    }
}

/// Copies in both directions until the server is done with this client.
fn forward(client: &Stream, backend: &Address) -> io::Result<()> {
    let server = Stream::connect(backend)?;
    let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
    let upwards = thread::Builder::new().spawn(move || {
        // The server takes the end of the stream, whatever its cause, for the client's leaving.
        let _ = io::copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(std::net::Shutdown::Write);
    })?;
    let (mut to_client, mut from_server) = (client.try_clone()?, server);
    if io::copy(&mut from_server, &mut to_client).is_err() {
        // The client has left in the middle of a result. The server must still find someone who takes the rest:
        // an error in writing would end it.
        let _ = client.shutdown(std::net::Shutdown::Both);
        let _ = io::copy(&mut from_server, &mut io::sink());
    }
    let _ = client.shutdown(std::net::Shutdown::Both);
    let _ = upwards.join();
    Ok(())
}

/// Tells a client in PostgreSQL's own words that there is no room.
fn refuse(mut client: Stream) {
    const MESSAGE: &str = "the embedded PostgreSQL serves one connection at a time";
    let fields = format!("SFATAL\0VFATAL\0C53300\0M{MESSAGE}\0\0");
    // Below 2^32 by far.
    let length = u32::try_from(fields.len() + 4).unwrap_or_default();
    let _ = client.set_read_timeout(Some(Duration::from_secs(1)));
    // An answer that overtakes unread input can be lost with it when the socket closes.
    let _ = client.read(&mut [0; 4096]);
    let answer = [b"E", length.to_be_bytes().as_slice(), fields.as_bytes()].concat();
    let _ = client.write_all(&answer);
}
