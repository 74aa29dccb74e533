//! The account that PostgreSQL runs under, and the commands that run as it.

use std::{
    fs,
    os::unix::{
        fs::{PermissionsExt, chown},
        process::CommandExt,
    },
    path::Path,
    process::{Command, Stdio},
};

use crate::Failure;

/// A user who may run PostgreSQL: whoever runs the tests, or a harmless one if that is root.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) uid: u32,
    /// The group to switch to together with the user; `None` when there is nothing to switch.
    gid: Option<u32>,
}

impl Account {
    pub(crate) fn choose() -> Result<Account, Failure> {
        let uid = id(&["-u"]).ok_or("`id -u` does not say who runs the tests")?;
        if uid != 0 {
            return Ok(Account { uid, gid: None });
        }
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| Some(Account { uid: id(&["-u", name])?, gid: Some(id(&["-g", name])?) }))
            .ok_or_else(|| {
                "PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody`".into()
            })
    }

    /// A command that runs as this user, away from the terminal and from the settings of the tests' user.
    pub(crate) fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        if let Some(gid) = self.gid {
            command.uid(self.uid).gid(gid);
        }
        isolate(&mut command);
        // A `TZ` spares initdb the search for the machine's time zone.
        command.env("LC_ALL", "C").env("TZ", "UTC").env_remove("HOME");
        // The current directory may be closed to this user. The own process group keeps Ctrl-C, and a test
        // runner that kills the test's group, away from processes that must outlive the test in order to
        // clean up.
        command.current_dir("/").process_group(0).stdin(Stdio::null());
        command
    }

    /// Runs a command to its end and returns what it printed.
    pub(crate) fn run(&self, program: impl AsRef<Path>, arguments: &[&str]) -> Result<String, Failure> {
        output(self.command(program).args(arguments))
    }

    /// Writes a file that belongs to this user and that nobody else can read.
    pub(crate) fn write(&self, path: &Path, contents: impl AsRef<[u8]>) -> Result<(), Failure> {
        let write = || {
            fs::write(path, contents)?;
            fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
            if self.gid.is_some() { chown(path, Some(self.uid), self.gid) } else { Ok(()) }
        };
        write().map_err(|error| format!("cannot write `{}`: {error}", path.display()))
    }
}

/// Runs a command to its end and returns what it printed, or what it complained about.
pub(crate) fn output(command: &mut Command) -> Result<String, Failure> {
    let output = command.output().map_err(|error| format!("cannot run {command:?}: {error}"))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{command:?} failed ({}):\n{stderr}", output.status));
    }
    String::from_utf8(output.stdout).map_err(|error| format!("{command:?} printed no UTF-8: {error}"))
}

/// Hides from a child process every database that its user may have set up: `DATABASE_URL`,
/// `MIGRATE_DATABASE_URL` and libpq's `PG*`.
///
/// Tests that start a program of their own call this too, so that it never reaches a database of the user's.
pub fn isolate(command: &mut Command) -> &mut Command {
    command.env_remove("DATABASE_URL").env_remove("MIGRATE_DATABASE_URL");
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"PG") {
            command.env_remove(name);
        }
    }
    command
}

fn id(arguments: &[&str]) -> Option<u32> {
    let output = Command::new("id").args(arguments).stderr(Stdio::null()).output().ok()?;
    std::str::from_utf8(&output.stdout).ok()?.trim().parse().ok()
}
