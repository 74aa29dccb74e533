//! How long a step may wait for locks of others, and how long its statements may take.

use std::collections::HashMap;
use std::time::Duration;

use crate::{Migration, Version};

/// How long steps wait for locks on tables when nobody says otherwise, in seconds.
///
/// A statement that waits for a lock keeps everybody behind it waiting as well. Five seconds are bearable for
/// an application, and what was rolled back is tried again.
const LOCK: u64 = 5;

/// Limits for the statements of a step; the server enforces them.
///
/// ```
/// use std::time::Duration;
/// use stairwell::Timeouts;
///
/// let patient = Timeouts::new().lock(Duration::from_secs(60)).statement(Duration::from_secs(3600));
/// # let _ = patient;
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timeouts {
    lock: Option<Duration>,
    statement: Option<Duration>,
}

impl Timeouts {
    /// The defaults.
    ///
    /// `lock_timeout` is what the session has, or 5 s if that is none; under `-- stairwell: no-transaction` it
    /// is what the session has, because CREATE INDEX CONCURRENTLY waits for the transactions of others as long
    /// as they take, and leaves an invalid index behind when it gives up. `statement_timeout` is what the
    /// session has.
    pub fn new() -> Self {
        Timeouts::default()
    }

    /// How long a statement waits for a lock that another session has, in whole milliseconds. Zero: without limit.
    #[must_use]
    pub fn lock(mut self, limit: Duration) -> Self {
        self.lock = Some(limit);
        self
    }

    /// How long a statement may take, waiting included, in whole milliseconds. Zero: without limit.
    #[must_use]
    pub fn statement(mut self, limit: Duration) -> Self {
        self.statement = Some(limit);
        self
    }

    /// What this does not say is as `general` has it.
    fn or(self, general: Timeouts) -> Self {
        Timeouts { lock: self.lock.or(general.lock), statement: self.statement.or(general.statement) }
    }

    /// Expressions of a select list which set them until the transaction ends, each with a comma before it.
    pub(crate) fn local(self) -> String {
        const CURRENT: &str = "pg_catalog.current_setting('lock_timeout')";
        let lock = self.lock.map_or_else(
            || format!("CASE {CURRENT} WHEN '0' THEN '{LOCK}s' ELSE {CURRENT} END"),
            |limit| format!("'{}'", milliseconds(limit)),
        );
        let lock = format!(", pg_catalog.set_config('lock_timeout', {lock}, true)");
        lock + &self.set_statement(true)
    }

    /// The same for a session, and only what was asked for.
    pub(crate) fn session(self) -> String {
        let lock = self.lock.map(|limit| {
            format!(", pg_catalog.set_config('lock_timeout', '{}', false)", milliseconds(limit))
        });
        lock.unwrap_or_default() + &self.set_statement(false)
    }

    fn set_statement(self, local: bool) -> String {
        let set = |limit| {
            format!(", pg_catalog.set_config('statement_timeout', '{}', {local})", milliseconds(limit))
        };
        self.statement.map(set).unwrap_or_default()
    }
}

/// The server has 31 bits of milliseconds, and 0 is no limit; what is too short is 1.
fn milliseconds(limit: Duration) -> i32 {
    match i32::try_from(limit.as_millis()) {
        Ok(0) if !limit.is_zero() => 1,
        Ok(milliseconds) => milliseconds,
        Err(_) => i32::MAX,
    }
}

/// Those of a run, and of single migrations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Limits {
    pub(crate) general: Timeouts,
    pub(crate) of: HashMap<(String, Version), Timeouts>,
}

impl Limits {
    pub(crate) fn of(&self, migration: &Migration) -> Timeouts {
        let key = (migration.plugin().to_owned(), migration.version());
        self.of.get(&key).copied().unwrap_or_default().or(self.general)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_gets_whole_milliseconds_and_zero_only_for_no_limit() {
        assert_eq!(milliseconds(Duration::from_micros(1)), 1);
        assert_eq!(milliseconds(Duration::ZERO), 0);
        assert_eq!(milliseconds(Duration::from_millis(1500)), 1500);
        assert_eq!(milliseconds(Duration::MAX), i32::MAX);
    }
}
