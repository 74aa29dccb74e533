//! Conditions that the server checks itself, on the way through a request that ends in COMMIT.
//!
//! They cost no round trip. What breaks one is a cast that cannot succeed, because that needs neither a
//! procedural language nor a function of our own; the value that it complains about tells which one it was.

use tokio_postgres::Error as PgError;
use tokio_postgres::error::SqlState;

use crate::{lease, lock};

/// A condition, by the text that its failure shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    /// This session has the lock.
    Lock,
    /// This is the session that the run began in.
    Session,
    /// This run has the lease.
    Lease,
    /// The history row is there, once.
    Row,
}

impl Guard {
    /// A statement that fails unless the SQL expression `condition` is true.
    pub(crate) fn require(self, condition: &str) -> String {
        require_all(&[(self, condition)])
    }

    /// Which condition it was that made the server refuse.
    pub(crate) fn broken(cause: &PgError) -> Option<Guard> {
        let refusal = cause.as_db_error()?;
        if *refusal.code() != SqlState::INVALID_TEXT_REPRESENTATION {
            return None;
        }
        // The words around the value are in the language of the server.
        let guards = [Guard::Lock, Guard::Session, Guard::Lease, Guard::Row];
        guards.into_iter().find(|guard| refusal.message().contains(guard.text()))
    }

    /// What it means that it is broken, and what to do; `None` for what is not about the lock.
    pub(crate) fn words(self) -> Option<(&'static str, &'static str)> {
        match self {
            Guard::Lock => Some((lock::LOST, lock::DIRECTLY)),
            Guard::Session => Some((lock::POOLED, lock::LEASE)),
            Guard::Lease => Some((lease::LOST, lease::AGAIN)),
            Guard::Row => None,
        }
    }

    fn text(self) -> &'static str {
        match self {
            Guard::Lock => "stairwell: the lock was lost",
            Guard::Session => "stairwell: another session",
            Guard::Lease => "stairwell: the lease was lost",
            Guard::Row => "stairwell: the history row is missing",
        }
    }
}

/// A statement that fails at the first of these SQL expressions that is not true.
pub(crate) fn require_all(conditions: &[(Guard, &str)]) -> String {
    format!("SELECT {}", all(conditions))
}

/// The same as an SQL expression.
pub(crate) fn all(conditions: &[(Guard, &str)]) -> String {
    let check = conditions.iter().rev().fold("'1'".to_owned(), |rest, (guard, condition)| {
        format!("CASE WHEN {condition} THEN {rest} ELSE '{}' END", guard.text())
    });
    format!("CAST({check} AS pg_catalog.int4)")
}
