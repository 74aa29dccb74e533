//! What a run sends with every step, prepared by the server: parsing and planning it takes longer than running it.

use tokio_postgres::Client;

use crate::books::Books;
use crate::fence::Fence;
use crate::fingerprint::Fingerprint;
use crate::journal::{self, Entry, Run};
use crate::timeouts::Timeouts;
use crate::{HistoryTable, state};

/// From how many steps on it pays.
const WORTH: usize = 5;

/// Statements that the session of a run has prepared, by names that no other run has.
///
/// A step can take them away (DEALLOCATE ALL); then the server no longer knows the names, and the run goes on without.
pub(crate) struct Prepared {
    enter: String,
    record: String,
    row: String,
    /// The limits that `enter` sets.
    timeouts: Timeouts,
}

impl Prepared {
    /// For a run of so many steps; none if it is not worth it, or not possible.
    pub(crate) async fn prepare(
        client: &Client,
        books: Books,
        fence: &Fence,
        run: &Run,
        timeouts: Timeouts,
        steps: usize,
    ) -> Option<Self> {
        // Behind a pooler, the session of the next transaction is another one.
        if steps < WORTH || !fence.keeps_session() {
            return None;
        }
        let prepared =
            Prepared { enter: run.name("enter"), record: run.name("record"), row: run.name("row"), timeouts };
        let types: Vec<&str> = journal::TYPES.into_iter().chain(state::STAMP_TYPES).collect();
        let journal = std::array::from_fn(|index| format!("${}", index + 1));
        let stamps = std::array::from_fn(|index| format!("${}", journal::TYPES.len() + index + 1));
        let request = format!(
            "PREPARE {} AS {}; PREPARE {} AS {}; PREPARE {} ({}) AS WITH stairwell_state AS ({} RETURNING 1), stairwell_journal AS ({}) {}, {}",
            prepared.enter,
            enter(fence, timeouts),
            prepared.row,
            state::require_row(),
            prepared.record,
            types.join(", "),
            state::stamp_values(books, &stamps),
            run.insert_values(books, &journal),
            fence.leave(),
            state::stamped(),
        );
        match client.batch_execute(&request).await {
            Ok(()) => Some(prepared),
            Err(cause) => {
                log::debug!("the run goes on without prepared statements: {cause}");
                None
            }
        }
    }

    /// What begins a step with these limits.
    pub(crate) fn enter(&self, timeouts: Timeouts) -> Option<String> {
        (timeouts == self.timeouts).then(|| format!("EXECUTE {}", self.enter))
    }

    /// Proves that the run may write, and writes the state and the journal.
    pub(crate) fn record(
        &self,
        entry: &Entry<'_>,
        history: HistoryTable,
        before: Fingerprint,
        after: Fingerprint,
    ) -> String {
        let mut values = entry.values().to_vec();
        values.extend(state::stamps(history, before, after));
        format!("EXECUTE {}({})", self.record, values.join(", "))
    }

    /// What [`state::require_row`] does.
    pub(crate) fn require_row(&self) -> String {
        format!("EXECUTE {}", self.row)
    }

    /// Forgets them.
    pub(crate) fn farewell(&self) -> String {
        format!("DEALLOCATE {}; DEALLOCATE {}; DEALLOCATE {}", self.enter, self.record, self.row)
    }
}

/// Proves that the run may write, which then is lost neither by now nor for as long as the transaction lasts, and
/// sets limits.
pub(crate) fn enter(fence: &Fence, timeouts: Timeouts) -> String {
    format!("{}{}", fence.enter(), timeouts.local())
}
