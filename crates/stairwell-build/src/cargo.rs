//! What Cargo tells a build script, and what it is told. The only module that prints.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::diagnostic::Severity;
use crate::lock::{self, LockMode};
use crate::report::Report;

/// The environment of a build script.
pub(crate) struct Cargo {
    /// The package being built.
    pub(crate) root: PathBuf,
    /// Where generated files go.
    pub(crate) out_dir: PathBuf,
    /// What is done with `stairwell.lock`.
    pub(crate) lock_mode: LockMode,
    /// Whether the user wants colours. A build script's stderr is a pipe, so nobody can be asked.
    pub(crate) colour: bool,
}

impl Cargo {
    pub(crate) fn from_env() -> Result<Self, Report> {
        let directory = |name: &str| {
            std::env::var_os(name).map(PathBuf::from).ok_or_else(|| {
                let message = format!("the environment variable `{name}` is not set");
                Report::environment("build.rs", message, "call this from a build script; Cargo sets it there")
            })
        };
        let is = |name: &str, value: &str| std::env::var_os(name).as_deref() == Some(OsStr::new(value));
        let unset = |name: &str| std::env::var_os(name).is_none_or(|value| value.is_empty());
        let wanted = is("CARGO_TERM_COLOR", "always") || is("CLICOLOR_FORCE", "1");
        Ok(Cargo {
            root: directory("CARGO_MANIFEST_DIR")?,
            out_dir: directory("OUT_DIR")?,
            lock_mode: lock_mode()?,
            colour: wanted && unset("NO_COLOR") && !is("CARGO_TERM_COLOR", "never"),
        })
    }
}

const LOCK: &str = "STAIRWELL_LOCK";
const LOCKED: &str = "STAIRWELL_LOCKED";

/// What the environment says of `stairwell.lock`. A variable that is empty counts as not set.
///
/// # Errors
///
/// A value that means nothing: whoever sets `STAIRWELL_LOCKED=yes` must not believe to be protected.
fn lock_mode() -> Result<LockMode, Report> {
    let value = |name: &str| std::env::var_os(name).unwrap_or_default().to_string_lossy().into_owned();
    let unknown = |name: &str, value: &str, help: &str| {
        let message = format!("the environment variable `{name}` is `{value}`, which means nothing");
        Err(Report::environment("build.rs", message, help))
    };
    let locked = match value(LOCKED).as_str() {
        "" | "0" => false,
        "1" => true,
        other => return unknown(LOCKED, other, "set it to `1` to demand that every migration is locked"),
    };
    match value(LOCK).as_str() {
        "" if locked => Ok(LockMode::Locked),
        "" => Ok(LockMode::Compare),
        "write" | "rewrite" if locked => {
            let message = format!("the environment variable `{LOCKED}` is `1`, but `{LOCK}` asks to write");
            Err(Report::environment("build.rs", message, "unset one of the two"))
        }
        "write" => Ok(LockMode::Write),
        "rewrite" => Ok(LockMode::Rewrite),
        other => {
            let help = "set it to `write` to lock new migrations, or to `rewrite` to lock all of them anew";
            unknown(LOCK, other, help)
        }
    }
}

/// Asks Cargo to run the build script again when anything that matters changes, and never otherwise.
///
/// Cargo watches a named directory with everything below it. A path that does not exist would make
/// every build run the script again, so only roots that exist are named; `build.rs` is always built
/// again when it changes.
pub(crate) fn watch(roots: &[String], lock_mode: LockMode) {
    let mut lines = String::from("cargo::rerun-if-changed=build.rs\n");
    // The scan came before the lock file was written.
    let lock = (lock_mode.writes() && !roots.iter().any(|root| root == lock::FILE)).then_some(lock::FILE);
    for root in roots.iter().map(String::as_str).chain(lock) {
        lines.push_str(&format!("cargo::rerun-if-changed={root}\n"));
    }
    for variable in [LOCK, LOCKED] {
        lines.push_str(&format!("cargo::rerun-if-env-changed={variable}\n"));
    }
    print(&lines);
}

/// Asks Cargo to run the build script at the next build whatever happens, as it does by itself after a
/// script that failed.
///
/// Nothing less is enough: what mends a tree may be a root that comes back with an old time stamp.
/// A path that does not exist always counts as changed.
pub(crate) fn run_again(out_dir: &Path) {
    print(&format!("cargo::rerun-if-changed={}\n", out_dir.join("never").display()));
}

/// One line per finding, which Cargo and editors show on its own.
pub(crate) fn announce(report: &Report) {
    let lines: String = report
        .findings()
        .map(|finding| {
            let directive = match finding.severity() {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            format!("cargo::{directive}={finding}\n")
        })
        .collect();
    print(&lines);
}

/// Directives are how a build script speaks; there is no other use of stdout.
#[expect(clippy::print_stdout, reason = "this is the channel to Cargo")]
fn print(lines: &str) {
    print!("{lines}");
}
