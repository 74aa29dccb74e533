//! What follows a step in its transaction, as statements.

use std::time::Duration;

use crate::Event;
use crate::fence::Fence;
use crate::guard::{Guard, all};
use crate::statements::Place;

/// The record of one step.
pub(crate) struct Record<'r> {
    /// The migration, for those who wait: `printers/V0002__add_toner_level`.
    pub(crate) name: &'r str,
    /// Proves that the run still may write.
    pub(crate) fence: &'r Fence,
    /// The statement that begins a step in a transaction: the proof, and the limits for its statements.
    pub(crate) enter: &'r str,
    /// Gives the session its user, role and settings back and drops temporary tables: what a step does to its
    /// session outlives its transaction, and must change neither who records it nor what the next step does.
    pub(crate) restore: &'r [String],
    /// Proves once more that the run may write, and writes the state, the journal and the history row; of a step
    /// outside a transaction, with its duration. Each is one statement.
    pub(crate) write: &'r (dyn Fn(Option<Duration>) -> Vec<String> + Sync),
    /// Where a step that runs statement by statement notes how far it has come.
    pub(crate) place: Place<'r>,
    pub(crate) on_event: &'r (dyn Fn(&Event<'_>) + Send + Sync),
}

impl Record<'_> {
    /// A comment before what is sent, by which [`Holder`](crate::Holder) knows the migration that runs.
    pub(crate) fn mark(&self) -> String {
        // Only a name that somebody made up could end the comment.
        if self.name.contains(['*', '\0']) {
            return String::new();
        }
        format!("/* stairwell: {} */ ", self.name)
    }

    /// All of it.
    pub(crate) fn statements(&self, duration: Option<Duration>) -> Vec<String> {
        let mut statements = self.restore.to_vec();
        statements.extend((self.write)(duration));
        statements
    }

    pub(crate) fn restore(&self) -> String {
        self.restore.join("; ")
    }
}

/// A statement that does `change`, which writes one row of a history, and fails unless it did: a rule or a trigger
/// can swallow a row. The server needs half as long again for it as for `change`.
pub(crate) fn proved(change: &str) -> String {
    const ONE: &str = "(SELECT pg_catalog.count(*) FROM stairwell_row) = 1";
    format!("WITH stairwell_row AS ({change} RETURNING 1) SELECT {}", all(&[(Guard::Row, ONE)]))
}
