//! What can go wrong with the embedded PostgreSQL, each case in one line.

use std::path::{Path, PathBuf};
use std::{fmt, io};

use super::POSTGRES_MAJOR;

/// Why the embedded PostgreSQL did not start or stop. `Display` is one line.
#[derive(Debug)]
#[non_exhaustive]
pub enum EmbeddedError {
    /// A file operation failed.
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// Another process, or another [`Embedded`](super::Embedded) of this one, has the directory.
    InUse {
        /// The data directory.
        path: PathBuf,
        /// Its process id, where it can be read.
        holder: Option<u32>,
    },
    /// The directory holds files and none of them is ours.
    Foreign {
        /// The data directory.
        path: PathBuf,
    },
    /// The directory belongs to another major version of PostgreSQL.
    Version {
        /// The data directory.
        path: PathBuf,
        /// The content of `PG_VERSION`.
        found: String,
    },
    /// `pglite-oxide` or PostgreSQL failed.
    Server {
        /// The data directory.
        path: PathBuf,
        /// What they said, on one line.
        message: String,
    },
}

impl EmbeddedError {
    pub(super) fn server(data_dir: &Path, error: impl fmt::Display) -> EmbeddedError {
        // The alternate form of an `anyhow::Error` has its causes, some of them with line breaks.
        let message = format!("{error:#}").split_whitespace().collect::<Vec<_>>().join(" ");
        EmbeddedError::Server { path: data_dir.to_owned(), message }
    }
}

/// For `map_err`: an I/O error with what was tried on what.
pub(super) fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> EmbeddedError {
    let path = path.to_owned();
    move |source| EmbeddedError::Io { action, path, source }
}

impl fmt::Display for EmbeddedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { action, path, source } => write!(f, "cannot {action} {}: {source}", path.display()),
            Self::InUse { path, holder } => {
                write!(f, "the embedded database in {} is in use by ", path.display())?;
                match holder {
                    Some(pid) => write!(f, "process {pid}; stop it or name another directory"),
                    None => f.write_str("another process; stop it or name another directory"),
                }
            }
            Self::Foreign { path } => write!(
                f,
                "{} holds files but no embedded database; name an empty or a new directory",
                path.display()
            ),
            Self::Version { path, found } => write!(
                f,
                "the embedded database in {} belongs to PostgreSQL {found}, this executable has {POSTGRES_MAJOR}",
                path.display()
            ),
            Self::Server { path, message } => {
                write!(f, "the embedded database in {} failed: {message}", path.display())
            }
        }
    }
}

impl std::error::Error for EmbeddedError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}
