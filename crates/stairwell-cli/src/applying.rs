//! The options about how steps are run.

use std::time::Duration;

use stairwell::{Migrator, Timeouts};

use crate::selection::parse_duration;

/// Limits, retries and transactions of the commands that run steps.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Applying {
    /// Let a statement wait at most this long for a lock; `0` is for ever [default: the session's, else 5s]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    lock_timeout: Option<Duration>,

    /// Let a statement take at most this long; `0` is for ever [default: the session's]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    statement_timeout: Option<Duration>,

    /// Try a step again so often after a lock timeout, a deadlock or a serialization failure [default: 5]
    #[arg(long, value_name = "COUNT")]
    retries: Option<u32>,

    /// Run everything in one transaction: all or nothing
    #[arg(long)]
    single_transaction: bool,
}

impl Applying {
    /// `migrator` with these options.
    pub(crate) fn to<'a>(&self, migrator: Migrator<'a>) -> Migrator<'a> {
        let timeouts = timeouts(self.lock_timeout, self.statement_timeout);
        let migrator = migrator.timeouts(timeouts).single_transaction(self.single_transaction);
        match self.retries {
            Some(count) => migrator.retries(count),
            None => migrator,
        }
    }
}

/// The limits that were given; the others stay what they are.
pub(crate) fn timeouts(lock: Option<Duration>, statement: Option<Duration>) -> Timeouts {
    let mut timeouts = Timeouts::new();
    if let Some(limit) = lock {
        timeouts = timeouts.lock(limit);
    }
    if let Some(limit) = statement {
        timeouts = timeouts.statement(limit);
    }
    timeouts
}
