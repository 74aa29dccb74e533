//! What a transaction proves before it writes: that this run still is the one that may.
//!
//! The proof and what it is for are in one transaction, and from the proof to the end of that transaction nobody
//! else can become the one: a session lock is taken for the transaction as well, and the row of a lease is locked.

use crate::guard::{Guard, require_all};
use crate::settings::literal;
use crate::{lease, lock};

/// The proof, as SQL.
#[derive(Clone, Debug)]
pub(crate) enum Fence {
    /// By the session lock with this key: in the session of this process id, which bears this mark. Expressions `more`
    /// make a session whose settings were reset one that bears it again, and is watched.
    Session { pid: i32, key: i32, mark: String, more: String },
    /// By the lease.
    Lease(lease::Fence),
}

impl Fence {
    /// A statement that fails unless this run may write; more expressions can follow, each after a comma.
    pub(crate) fn enter(&self) -> String {
        match self {
            Fence::Session { pid, key, mark, more } => require_session(*pid, *key, mark) + more,
            Fence::Lease(lease) => lease.enter(),
        }
    }

    /// The same before a statement that runs outside a transaction, and so is not protected by it.
    pub(crate) fn enter_outside(&self) -> String {
        match self {
            Fence::Session { .. } => self.enter(),
            Fence::Lease(lease) => lease.enter_outside(),
        }
    }

    /// The same after a step, before its transaction writes anything.
    pub(crate) fn leave(&self) -> String {
        match self {
            Fence::Session { .. } => self.enter(),
            Fence::Lease(lease) => lease.leave(),
        }
    }

    /// Whether what is set for a session holds for the next request: not behind a pooler.
    pub(crate) fn keeps_session(&self) -> bool {
        matches!(self, Fence::Session { .. })
    }
}

fn require_session(pid: i32, key: i32, mark: &str) -> String {
    let (here, held) = (format!("pg_catalog.pg_backend_pid() = {pid}"), lock::has_lock(key, &literal(mark)));
    require_all(&[(Guard::Session, here.as_str()), (Guard::Lock, held.as_str())])
}
