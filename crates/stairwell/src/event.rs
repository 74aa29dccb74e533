//! Progress, as it happens.

use std::fmt;
use std::time::Duration;

use crate::Migration;

/// What a running [`Migrator`](crate::Migrator) reports to the function given to
/// [`on_event`](crate::Migrator::on_event).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Another session has the lock. Reported after a moment and then every few seconds.
    Waiting {
        /// The session that has the lock; `None` if it let go in the meantime.
        holder: Option<Holder>,
        /// How long this run has been waiting.
        since: Duration,
    },
    /// A start waits until somebody else has applied what is pending; see
    /// [`Startup::Wait`](crate::Startup::Wait). Reported at once and then every few seconds.
    Awaiting {
        /// What is pending, in plan order.
        pending: &'a [&'static Migration],
        /// The session that migrates now, if one does.
        holder: Option<Holder>,
        /// How long this start has been waiting.
        since: Duration,
    },
    /// This run has the lock.
    Locked,
    /// Nothing of this chain is pending.
    UpToDate {
        /// The plugin.
        plugin: &'a str,
        /// How many migrations of the chain had been applied before.
        already: usize,
    },
    /// The up step of a migration starts.
    Applying {
        /// The migration.
        migration: &'a Migration,
        /// Its place in this run, from 1.
        number: usize,
        /// How many migrations this run applies.
        of: usize,
    },
    /// A step was rolled back for a reason that may go away by itself, and is tried again after a pause.
    Retrying {
        /// The migration: `printers/V0002__add_toner_level`.
        name: &'a str,
        /// What the server said.
        reason: &'a str,
        /// How many times it has failed.
        failures: u32,
        /// How long until the next attempt.
        pause: Duration,
    },
    /// A step that runs statement by statement goes on where an earlier run was cut off or has failed.
    Resuming {
        /// The migration: `printers/V0002__add_toner_level`.
        name: &'a str,
        /// How many of its statements have run.
        done: usize,
        /// How many it has.
        of: usize,
    },
    /// An index that an earlier run has left invalid is dropped, before it is built again.
    Dropping {
        /// The migration.
        name: &'a str,
        /// The index, as SQL has it: `public.sites_id`.
        index: &'a str,
    },
    /// A statement that an earlier run has left half done, and that cannot be begun anew, is completed.
    Completing {
        /// The migration.
        name: &'a str,
        /// What completes it: `ALTER TABLE readings DETACH PARTITION public.readings_2024 FINALIZE`.
        statement: &'a str,
    },
    /// The reverting of a migration starts.
    Reverting {
        /// The migration: `printers/V0002__add_toner_level`.
        name: &'a str,
        /// Whether this binary does not contain it, so that it is reverted by the text in the journal.
        from_journal: bool,
        /// Its place in this run, from 1.
        number: usize,
        /// How many migrations this run reverts.
        of: usize,
    },
    /// A migration has been reverted, and its history row is gone.
    Reverted {
        /// The migration.
        name: &'a str,
        /// How long its step and the commit took.
        duration: Duration,
    },
    /// A migration is left out, because one that it requires failed; see
    /// [`keep_going`](crate::Migrator::keep_going).
    Skipped {
        /// The migration.
        migration: &'a Migration,
        /// The one that failed, or was skipped itself.
        because_of: &'a Migration,
    },
    /// A migration and its history row have been committed; in a run that is a
    /// [single transaction](crate::Migrator::single_transaction), they will be, with all others.
    Applied {
        /// The migration.
        migration: &'a Migration,
        /// How long its step and the commit took.
        duration: Duration,
    },
}

/// A session that has the lock, as far as this role may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Holder {
    /// The process id of the session on the server.
    pub pid: i32,
    /// What the session calls itself; empty if it does not say.
    pub application_name: String,
    /// The client's network address; `None` over a Unix socket, or if this role may not see it.
    pub client_address: Option<String>,
    /// When the session was opened, as the server writes it; `None` if this role may not see it.
    pub backend_start: Option<String>,
    /// The migration that it is in, if this role may see what it runs, and a Rust step does not hide it:
    /// `printers/V0002__add_toner_level`.
    pub migration: Option<String>,
    /// Since when it has been in its transaction, as the server writes it.
    pub since: Option<String>,
}

/// ``process 4711 (`app` from 10.0.0.7, connected since 2026-03-04 10:15:00+00), in core/V0002__users since …``
impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut known = String::new();
        if !self.application_name.is_empty() {
            known.push_str(&format!("`{}`", self.application_name));
        }
        if let Some(address) = &self.client_address {
            known.push_str(if known.is_empty() { "from " } else { " from " });
            known.push_str(address);
        }
        if let Some(start) = &self.backend_start {
            known.push_str(if known.is_empty() { "connected since " } else { ", connected since " });
            known.push_str(start);
        }
        write!(f, "process {}", self.pid)?;
        if !known.is_empty() {
            write!(f, " ({known})")?;
        }
        if let Some(migration) = &self.migration {
            write!(f, ", in {migration}")?;
            if let Some(since) = &self.since {
                write!(f, " since {since}")?;
            }
        }
        Ok(())
    }
}
