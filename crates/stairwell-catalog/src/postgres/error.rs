//! Why a catalog could not be read.

use std::{error::Error, fmt};

/// Why a catalog could not be read.
///
/// `Display` says what was being read and what the server said to it.
#[derive(Debug)]
pub struct ReadError {
    what: &'static str,
    cause: Cause,
}

#[derive(Debug)]
enum Cause {
    Server(tokio_postgres::Error),
    Version(u32),
    Unknown(String),
}

impl ReadError {
    pub(super) fn server(what: &'static str, cause: tokio_postgres::Error) -> Self {
        Self { what, cause: Cause::Server(cause) }
    }

    pub(super) fn version(number: u32) -> Self {
        Self { what: "the catalog", cause: Cause::Version(number) }
    }

    /// The server says something that this crate has no word for.
    pub(super) fn unknown(what: &'static str, value: impl Into<String>) -> Self {
        Self { what, cause: Cause::Unknown(value.into()) }
    }

    /// What the server said with its SQLSTATE, if it was the server that refused.
    #[must_use]
    pub fn as_db_error(&self) -> Option<&tokio_postgres::error::DbError> {
        match &self.cause {
            Cause::Server(cause) => cause.as_db_error(),
            Cause::Version(_) | Cause::Unknown(_) => None,
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot read {} from the server: ", self.what)?;
        match &self.cause {
            Cause::Server(cause) => match cause.as_db_error() {
                Some(error) => write!(f, "{} (SQLSTATE {})", error.message(), error.code().code()),
                None => write!(f, "{cause}"),
            },
            Cause::Version(number) => {
                write!(f, "it is PostgreSQL {}; the oldest that can be read is 14", number / 10_000)
            }
            Cause::Unknown(value) => {
                write!(f, "`{value}` is not known to this version of stairwell-catalog; update it")
            }
        }
    }
}

impl Error for ReadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.cause {
            Cause::Server(cause) => Some(cause),
            Cause::Version(_) | Cause::Unknown(_) => None,
        }
    }
}
