//! What stands in where no address is given.

use std::any::Any;
use std::fmt;
use std::future::Future;

use crate::error::Error;

/// A database that the program itself provides when nobody gives an address.
///
/// The root application of Stairwell starts an embedded PostgreSQL here; most applications pass
/// [`NoFallback`].
pub trait Fallback {
    /// Starts the database and says where it listens.
    fn start(self) -> impl Future<Output = Result<Provided, Error>> + Send;
}

/// A database that a [`Fallback`] has started.
pub struct Provided {
    /// Its address, which no `PG*` variable completes.
    pub url: String,
    /// What to call it on stderr: `an embedded PostgreSQL in /home/me/.local/share/app`.
    pub description: String,
    /// Dropped after the session has ended, which should stop the server.
    pub keep: Box<dyn Any + Send>,
}

/// Only the description: the URL can hold a password.
impl fmt::Debug for Provided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provided").field("description", &self.description).finish_non_exhaustive()
    }
}

/// No database but the one that an address names: without an address there is an error.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFallback;

impl Fallback for NoFallback {
    async fn start(self) -> Result<Provided, Error> {
        Err(Error::failed("no database address is given")
            .with_help("pass `--database-url postgres://user@host:5432/database`")
            .with_help("or set `DATABASE_URL` to such an address")
            .with_help(
                "or set libpq's variables: `PGHOST`, `PGPORT`, `PGUSER`, `PGDATABASE`, `PGPASSWORD` …",
            ))
    }
}
