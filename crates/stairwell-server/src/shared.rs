//! A server that the test processes of an account share, one after the other and at once.
//!
//! Nobody owns it: it ends when no process has used it for a while, or, if its watchdog was killed, with the next
//! process that starts one. A process that uses it holds a named pipe open, which the kernel closes for it whatever
//! becomes of the process. The watchdog waits for the end of that pipe, and a pipe that nobody reads, neither a user
//! nor the watchdog, tells that the folder is to be swept.

use std::{
    fs::{self, File},
    hash::{DefaultHasher, Hash, Hasher},
    io::{BufRead, BufReader, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::Stdio,
    thread::sleep,
    time::{Duration, Instant},
};

use tokio_postgres::Config;

use crate::{
    Failure, cluster,
    home::{Home, Lock},
    installation::Installation,
    state::{PATIENCE, free_port, is_ready},
};

/// Every user of the folder writes a line when it comes, so that the shell knows that somebody was there even if
/// nobody is any more.
///
/// `$1` is the beginning of the folder's name, `$2` for how many seconds nobody may be there before the server
/// ends, and `$3` the same once there is something to look at. Descriptor 4 makes opening 3 not wait for a user.
/// Who comes between the two last looks finds `closing`, and starts another server.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
folder=$(mktemp -d "$0/$1.XXXXXX") || exit
mkfifo "$folder/users" && echo "$$" >"$folder/watchdog" || exit
exec 4<>"$folder/users" 3<"$folder/users" 4>&-
echo "$folder"
exec >/dev/null
patience=$2
idle=0
while :; do
    if read -r line <&3; then
        idle=0
        if [ "$line" = keep ]; then patience=$3; fi
    elif [ "$idle" -lt "$patience" ]; then
        sleep 1 3<&-
        idle=$((idle + 1))
    else
        mkdir "$folder/closing"
        if read -r line <&3; then rmdir "$folder/closing"; idle=0; else break; fi
    fi
done
if read -r server <"$folder/data/postmaster.pid" && kill -QUIT "$server"; then
    tries=0
    while [ -e "$folder/data/postmaster.pid" ] && kill -0 "$server" && [ "$tries" -lt 200 ]; do
        sleep 0.02
        tries=$((tries + 1))
    done
fi
rm -rf "$folder" || { sleep 1; rm -rf "$folder"; }
"#;

/// For how many seconds the server outlives its last user, unless [`VARIABLE`] says otherwise.
const PATIENCE_AFTER_SUCCESS: u32 = 30;

/// The environment variable with that number.
const VARIABLE: &str = "STAIRWELL_TEST_LINGER";

/// For how many seconds it does if a test kept a database to be looked at.
const PATIENCE_AFTER_FAILURE: u32 = 1800;

/// Beside [`cluster`]'s own: many processes come at once, each with a session or two per thread.
const SETTINGS: [(&str, &str); 11] = [
    ("fsync", "off"),
    ("synchronous_commit", "off"),
    ("full_page_writes", "off"),
    ("shared_buffers", "64MB"),
    ("max_connections", "500"),
    ("autovacuum", "off"),
    // Nothing runs here for so long that compiling it would pay.
    ("jit", "off"),
    ("dynamic_shared_memory_type", "mmap"),
    ("listen_addresses", "127.0.0.1"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
];

/// This process's share in a server that all test processes of the account use.
///
/// Without a password, on 127.0.0.1 and on a socket. It has the databases that its users make, and they have to
/// name and to drop them; the server ends half a minute after its last user did, and its databases with it.
/// `STAIRWELL_TEST_LINGER` sets another number of seconds.
#[derive(Debug)]
pub struct SharedServer {
    folder: PathBuf,
    port: u16,
    version: u32,
    pipe: File,
}

impl SharedServer {
    /// Joins the server of this account and installation, or starts it.
    ///
    /// # Errors
    ///
    /// In words, if there are no binaries or the server does not start.
    pub fn join() -> Result<SharedServer, Failure> {
        let installation = Installation::get()?;
        let home = &installation.home;
        // Held until the server is ready: whoever comes meanwhile joins it.
        let lock = home.lock()?;
        home.sweep(&lock);
        let patience = patience()?;
        let mut hasher = DefaultHasher::new();
        (&installation.version, SETTINGS, SCRIPT, patience).hash(&mut hasher);
        let prefix = format!("{PREFIX}{}-{:08x}", installation.major, hasher.finish() as u32);
        let entries = home.path.read_dir().into_iter().flatten().flatten();
        let candidates = entries.filter(|entry| {
            let name = entry.file_name();
            name.to_str()
                .and_then(|name| name.strip_prefix(&prefix))
                .is_some_and(|rest| rest.starts_with('.'))
        });
        for entry in candidates {
            if let Some(server) = SharedServer::enter(installation, entry.path()) {
                return Ok(server);
            }
        }
        SharedServer::start(installation, &lock, &prefix, patience)
    }

    /// The address of a database on 127.0.0.1, with the superuser's name.
    pub fn url(&self, database: &str) -> String {
        format!("postgresql://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// How to connect to a database through the socket.
    pub fn config(&self, database: &str) -> Config {
        let mut config = Config::new();
        config.host_path(&self.folder).port(self.port).user("postgres").dbname(database);
        config
    }

    /// PostgreSQL's major version.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Where the server has its socket and its files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Lets the server outlive its users for half an hour, because one of its databases is to be looked at.
    pub fn keep(&self) {
        // Fails only if someone killed the watchdog.
        let _ = (&self.pipe).write_all(b"keep\n");
    }

    /// `None` if the server has ended or is about to.
    fn enter(installation: &Installation, folder: PathBuf) -> Option<SharedServer> {
        let pipe = announce(&folder).ok()?;
        if folder.join("closing").exists() {
            return None;
        }
        let port = fs::read_to_string(folder.join("port")).ok()?.trim().parse().ok()?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        TcpStream::connect_timeout(&address, Duration::from_secs(5)).ok()?;
        Some(SharedServer { folder, port, version: installation.major, pipe })
    }

    fn start(
        installation: &Installation,
        lock: &Lock,
        prefix: &str,
        patience: u32,
    ) -> Result<SharedServer, Failure> {
        let template = cluster::template(installation, None, lock)?;
        let folder = watchdog(installation, prefix, patience)?;
        let pipe = announce(&folder)
            .map_err(|error| format!("cannot open `{}`: {error}", folder.join("users").display()))?;
        cluster::copy(installation, &template, &folder.join("data"))?;
        let mut tries = 0;
        loop {
            let port = free_port()?;
            match launch(installation, &folder, port) {
                Ok(()) => {
                    installation.account.write(&folder.join("port"), port.to_string())?;
                    return Ok(SharedServer { folder, port, version: installation.major, pipe });
                }
                // Between asking for a port and using it, somebody else may have got it.
                Err(log) if log.contains("could not bind IPv4 address") && tries < 10 => tries += 1,
                Err(failure) => return Err(failure),
            }
        }
    }
}

fn patience() -> Result<u32, Failure> {
    match std::env::var(VARIABLE) {
        Ok(text) => {
            text.parse().map_err(|_| format!("{VARIABLE} is `{text}`, not a whole number of seconds"))
        }
        Err(_) => Ok(PATIENCE_AFTER_SUCCESS),
    }
}

/// What the names of shared servers' folders begin with.
const PREFIX: &str = "shared-";

/// Whether a folder is that of a shared server that nobody uses and nobody watches.
pub(crate) fn is_left_over(home: &Home, name: &str) -> bool {
    // Opening without waiting fails if nobody has the pipe open for reading, which a process id could not tell: a
    // process that nobody collects keeps its own.
    let pipe = home.path.join(name).join("users");
    name.starts_with(PREFIX) && File::options().write(true).custom_flags(O_NONBLOCK).open(pipe).is_err()
}

/// The flag for `open(2)`.
const O_NONBLOCK: i32 = if cfg!(target_os = "linux") { 0o4000 } else { 4 };

/// Opens the pipe that the watchdog waits for.
fn announce(folder: &Path) -> std::io::Result<File> {
    // For reading too: opening does not wait for the watchdog then, should that be gone.
    let mut pipe = File::options().read(true).write(true).open(folder.join("users"))?;
    pipe.write_all(b"here\n")?;
    Ok(pipe)
}

/// Starts the watchdog, which makes the folder.
fn watchdog(installation: &Installation, prefix: &str, patience: u32) -> Result<PathBuf, Failure> {
    let mut shell = installation
        .account
        .command("sh")
        .args([Path::new("-c"), Path::new(SCRIPT), &installation.home.path])
        .args([prefix, &patience.to_string(), &PATIENCE_AFTER_FAILURE.to_string()])
        .stdout(Stdio::piped())
        // A test runner waits until everybody has closed the test's output.
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("cannot run `sh`: {error}"))?;
    let mut line = String::new();
    if let Some(stdout) = shell.stdout.take() {
        // An error leaves the line empty.
        let _ = BufReader::new(stdout).read_line(&mut line);
    }
    match line.trim_end() {
        "" => Err(format!("cannot make a folder in `{}`", installation.home.path.display())),
        folder => Ok(PathBuf::from(folder)),
    }
}

/// Starts the server and waits until it is ready; if it does not get there, the error has its log.
fn launch(installation: &Installation, folder: &Path, port: u16) -> Result<(), Failure> {
    let other = |error: std::io::Error| format!("cannot run `postgres`: {error}");
    let path = folder.join("log");
    let log = File::create(&path).map_err(other)?;
    let mut command = installation.account.command(installation.program("postgres"));
    command.arg("-D").arg(folder.join("data")).args(["-p", &port.to_string()]);
    command.args(["-c", &format!("unix_socket_directories={}", folder.display())]);
    for (name, value) in SETTINGS {
        command.args(["-c", &format!("{name}={value}")]);
    }
    let mut process = command.stdout(log.try_clone().map_err(other)?).stderr(log).spawn().map_err(other)?;
    let deadline = Instant::now() + PATIENCE;
    let failure = loop {
        if is_ready(folder, process.id()) {
            return Ok(());
        }
        if let Ok(Some(status)) = process.try_wait() {
            break format!("PostgreSQL ended before it was ready ({status})");
        }
        if Instant::now() > deadline {
            let _ = process.kill();
            let _ = process.wait();
            break format!("PostgreSQL was not ready after {} s", PATIENCE.as_secs());
        }
        sleep(Duration::from_millis(2));
    };
    Err(format!("{failure}\n--- its log ---\n{}", fs::read_to_string(path).unwrap_or_default()))
}
