//! The process that stops a server and removes its folder when the test process is gone.
//!
//! Statics are not dropped and a killed process drops nothing, so that no destructor can be trusted here.
//! But the kernel closes every pipe of a process that ends, in whatever way: a shell waits for the end of a
//! pipe whose other end belongs to the test process and to nobody else (the standard library opens it
//! close-on-exec).

use std::{
    fs::File,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Stdio},
};

use crate::{
    Failure,
    account::Account,
    home::{Home, Lock},
};

/// The watchdog makes the folder itself, so that there is no moment with a folder and without a watchdog.
///
/// Each line it reads is the process id to stop at the end; an empty line means none.
/// The last thing a server does is to remove `postmaster.pid`. `kill -0` alone would find it for longer:
/// until somebody collects its status, which the first process of a container may never do.
/// A `cp` of a killed test may still write while the folder is removed, hence the second try.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
folder=$(mktemp -d "$0/server.XXXXXX") || exit
echo "$folder"
exec >/dev/null
server=
while read -r line; do server=$line; done
if [ -n "$server" ] && kill -QUIT "$server"; then
    tries=0
    while [ -e "$folder/data/postmaster.pid" ] && kill -0 "$server" && [ "$tries" -lt 200 ]; do
        sleep 0.02
        tries=$((tries + 1))
    done
fi
rm -rf "$folder" || { sleep 1; rm -rf "$folder"; }
"#;

/// Owner of a server's folder. Dropping it does what the end of the process does, and waits for that.
pub(crate) struct Watchdog {
    pub(crate) folder: PathBuf,
    shell: Child,
    /// `None` only while dropping.
    pipe: Option<ChildStdin>,
    /// Tells [`Home::sweep`] that this process lives.
    _lock: File,
}

impl Watchdog {
    pub(crate) fn start(account: &Account, home: &Home, _: &Lock) -> Result<Watchdog, Failure> {
        let mut shell = account
            .command("sh")
            .args([Path::new("-c"), Path::new(SCRIPT), &home.path])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // A test runner waits until everybody has closed the test's output.
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("cannot run `sh`: {error}"))?;
        let pipe = shell.stdin.take();
        let mut line = String::new();
        if let Some(stdout) = shell.stdout.take() {
            // An error leaves the line empty, which opening the folder reports.
            let _ = BufReader::new(stdout).read_line(&mut line);
        }
        let folder = PathBuf::from(line.trim_end());
        let lock = File::open(&folder)
            .and_then(|lock| lock.lock().map(|()| lock))
            .map_err(|error| format!("cannot make a folder in `{}`: {error}", home.path.display()))?;
        Ok(Watchdog { folder, shell, pipe, _lock: lock })
    }

    /// From now on this process is stopped at the end, and no other.
    pub(crate) fn watch(&mut self, server: &Child) {
        self.tell(&format!("{}\n", server.id()));
    }

    /// Must follow once the watched process was waited for: its id may soon belong to another.
    pub(crate) fn forget(&mut self) {
        self.tell("\n");
    }

    fn tell(&mut self, line: &str) {
        if let Some(pipe) = &mut self.pipe {
            // Fails only if someone killed the watchdog; then a later sweep removes the folder.
            let _ = pipe.write_all(line.as_bytes());
        }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.pipe = None;
        let _ = self.shell.wait();
    }
}
