//! What became of each tenant, and how it is told while it happens.

use std::fmt;
use std::time::Duration;

use crate::error::{Error, Kind};
use crate::explain::with_sources;
use crate::{Event, Tenant};

/// What a [`Fleet`](crate::Fleet) did.
#[derive(Debug)]
#[non_exhaustive]
pub struct FleetReport<T> {
    /// Every tenant, in the order in which they were given.
    pub tenants: Vec<TenantReport<T>>,
}

/// What became of one tenant.
#[derive(Debug)]
#[non_exhaustive]
pub struct TenantReport<T> {
    /// The tenant.
    pub tenant: Tenant,
    /// What became of it.
    pub outcome: Outcome<T>,
    /// How long that took; zero if it was not tried.
    pub duration: Duration,
}

/// What became of a tenant.
#[derive(Debug)]
pub enum Outcome<T> {
    /// The command came to its end, with this result.
    Done(T),
    /// The command failed, or there was no connection.
    Failed(Error),
    /// Nothing was done, because the canary had failed or the run was stopped.
    NotTried,
}

impl<T> FleetReport<T> {
    /// Whether everything was done for every tenant.
    pub fn is_done(&self) -> bool {
        self.tenants.iter().all(|report| matches!(report.outcome, Outcome::Done(_)))
    }

    /// The tenants for which the command failed, and why.
    pub fn failures(&self) -> impl Iterator<Item = (&Tenant, &Error)> {
        self.tenants.iter().filter_map(|report| match &report.outcome {
            Outcome::Failed(error) => Some((&report.tenant, error)),
            _ => None,
        })
    }

    /// The tenants that were not tried.
    pub fn not_tried(&self) -> impl Iterator<Item = &Tenant> {
        self.tenants
            .iter()
            .filter(|report| matches!(report.outcome, Outcome::NotTried))
            .map(|report| &report.tenant)
    }

    /// The tenants for which there is something left to do: those that failed or were not tried, in order.
    ///
    /// A fleet of these goes on where this one has ended; so does the same fleet once more.
    pub fn remainder(&self) -> Vec<&Tenant> {
        let is_left = |report: &&TenantReport<T>| !matches!(report.outcome, Outcome::Done(_));
        self.tenants.iter().filter(is_left).map(|report| &report.tenant).collect()
    }

    /// Whether something failed, and nothing for another reason than that somebody else kept the lock.
    pub fn is_lock_timeout(&self) -> bool {
        let mut failures = self.failures().peekable();
        failures.peek().is_some() && failures.all(|(_, error)| error.is_lock_timeout())
    }
}

/// What happens to a tenant.
#[derive(Debug)]
#[non_exhaustive]
pub enum TenantEvent<'e> {
    /// It is being worked on.
    Begun,
    /// Its run has come so far.
    Progress(&'e Event<'e>),
    /// The command has come to its end.
    Done {
        /// How many migrations were applied or reverted.
        migrations: usize,
        /// How long it took.
        duration: Duration,
    },
    /// The command has failed, or there was no connection.
    Failed {
        /// Why.
        error: &'e Error,
        /// How long it took.
        duration: Duration,
    },
    /// The server has no connection left. The tenant is tried again.
    NoConnection {
        /// How many tenants are worked on at once from now on.
        jobs: usize,
        /// What was said.
        reason: &'e ConnectError,
    },
}

/// Why there is no session for a tenant.
///
/// Made of an error of the driver by `?`, or of what a pool says by [`new`](ConnectError::new).
pub struct ConnectError {
    message: String,
    is_full: bool,
    cause: Option<tokio_postgres::Error>,
}

impl ConnectError {
    /// For this reason, in words for people.
    pub fn new(message: impl Into<String>) -> Self {
        ConnectError { message: message.into(), is_full: false, cause: None }
    }

    /// Whether the server had no connection left (SQLSTATE 53300), so that fewer at a time may do.
    #[must_use]
    pub fn full(mut self, is_full: bool) -> Self {
        self.is_full = is_full;
        self
    }

    pub(crate) fn is_full(&self) -> bool {
        self.is_full
    }

    /// Whether the server refused this for want of connections; those of a single database are not meant, because
    /// fewer for others do not make more for that one.
    pub fn is_of_full_server(cause: &tokio_postgres::Error) -> bool {
        let refused = cause.as_db_error();
        // The name of the server's function has no language.
        refused.is_some_and(|refused| {
            refused.code().code() == "53300" && refused.routine() != Some("CheckMyDatabase")
        })
    }
}

impl From<tokio_postgres::Error> for ConnectError {
    fn from(cause: tokio_postgres::Error) -> Self {
        let is_full = ConnectError::is_of_full_server(&cause);
        ConnectError { message: format!("no session: {}", with_sources(&cause)), is_full, cause: Some(cause) }
    }
}

impl From<ConnectError> for Error {
    fn from(refused: ConnectError) -> Error {
        let error = Error::new(Kind::Database, refused.message);
        match refused.cause {
            Some(cause) => error.with_cause(cause),
            None => error,
        }
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ConnectError {}
