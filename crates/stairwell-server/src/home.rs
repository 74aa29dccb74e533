//! The folder that holds the template clusters and the servers of one account.

use std::{
    fs::{self, File},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    Failure,
    account::{Account, output},
    shared,
};

/// Memory is five times as fast as a disk here, but a container may have 64 MB of it, which is two clusters.
const ENOUGH_MEMORY_KB: u64 = 1 << 20;

/// A socket's address has room for 104 bytes (macOS; 108 on Linux) with the NUL behind
/// `<home>/server.123456/.s.PGSQL.65535`.
const LONGEST_HOME: usize = 103 - "/server.123456/.s.PGSQL.65535".len();

/// The folder of one account, closed to everybody else (apart from root).
#[derive(Debug)]
pub(crate) struct Home {
    pub(crate) path: PathBuf,
}

/// Held while something in a [`Home`] appears or goes, except for what happens inside a server's own folder.
pub(crate) struct Lock {
    _home: File,
}

impl Home {
    pub(crate) fn open(account: &Account) -> Result<Home, Failure> {
        let memory = Path::new("/dev/shm");
        let mut bases = vec![std::env::temp_dir(), PathBuf::from("/tmp")];
        if free_kb(memory).is_some_and(|free| free >= ENOUGH_MEMORY_KB) {
            bases.insert(0, memory.into());
        }
        let mut failures = Vec::new();
        for base in bases {
            match Home::open_in(&base, account) {
                Ok(home) => return Ok(home),
                Err(failure) => failures.push(failure),
            }
        }
        Err(format!("no folder for PostgreSQL's data:\n{}", failures.join("\n")))
    }

    fn open_in(base: &Path, account: &Account) -> Result<Home, Failure> {
        let path = base.join(format!("stairwell-test-{}", account.uid));
        let shown = path.display().to_string();
        if shown.len() > LONGEST_HOME {
            return Err(format!("`{shown}` is too long for a socket's address"));
        }
        // As the account, because only it can tell whether it may write there.
        account.run("sh", &["-c", "umask 077 && mkdir -p \"$0\" && test -w \"$0\"", &shown])?;
        // The name can be guessed and the place is open to all: do not run what someone else prepared.
        let metadata =
            fs::symlink_metadata(&path).map_err(|error| format!("cannot read `{shown}`: {error}"))?;
        if !metadata.is_dir() || metadata.uid() != account.uid || metadata.mode() & 0o077 != 0 {
            return Err(format!("`{shown}` is not a private folder of the user with id {}", account.uid));
        }
        Ok(Home { path })
    }

    pub(crate) fn lock(&self) -> Result<Lock, Failure> {
        // The folder itself serves as the lock file: there is no file to create with the right owner.
        let lock = || {
            let home = File::open(&self.path)?;
            home.lock()?;
            Ok(Lock { _home: home })
        };
        lock().map_err(|error: std::io::Error| format!("cannot lock `{}`: {error}", self.path.display()))
    }

    /// Removes what is left of processes that ended together with their watchdog.
    pub(crate) fn sweep(&self, _: &Lock) {
        for entry in self.path.read_dir().into_iter().flatten().flatten() {
            let name = entry.file_name();
            let is_left_over = match name.to_str().and_then(|name| name.split_once('.')) {
                // Whoever makes a template holds the lock that we hold now. But if it was killed, its initdb
                // goes on; without its files that would fail in a way that leaves shared memory behind.
                Some(("new", _)) => age(&entry).is_some_and(|age| age > Duration::from_secs(60)),
                // Whoever uses a server holds a lock on its folder, from the moment it appears.
                Some(("server", _)) => File::open(entry.path()).is_ok_and(|folder| folder.try_lock().is_ok()),
                Some(_) => name.to_str().is_some_and(|name| shared::is_left_over(self, name)),
                None => false,
            };
            if is_left_over {
                // A server that still runs there ends by itself when it misses its files. Its watchdog may
                // remove the folder at this moment too, so that failing is fine.
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }
}

fn age(entry: &fs::DirEntry) -> Option<Duration> {
    entry.metadata().ok()?.modified().ok()?.elapsed().ok()
}

fn free_kb(folder: &Path) -> Option<u64> {
    let table = output(std::process::Command::new("df").arg("-Pk").arg(folder).env("LC_ALL", "C")).ok()?;
    table.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()
}
