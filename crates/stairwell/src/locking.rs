//! Which lock keeps other migrators away.

use std::time::Duration;

use tokio_postgres::Client;

use crate::lock::{self, Turn};
use crate::selection::Selection;
use crate::waiting::Wait;
use crate::{Error, Event, Migrator};

/// What keeps other migrators away while one is at work; see [`Migrator::lock`].
///
/// The two respect each other, so binaries with different settings can meet on one database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lock {
    /// An advisory lock of the server session: it needs no table, and is gone in the moment in which the session
    /// ends. Behind a pooler in transaction mode there is no session to hold it.
    #[default]
    Session,
    /// A row of `stairwell.lease` that expires: for connections through a pooler in transaction mode.
    ///
    /// Every transaction of the run renews it and keeps the row locked to its end; a run that has lost it cannot
    /// commit. It is taken over when it has expired, its row is not locked, and no statement of a run is still
    /// at work on the server. The first run creates the table.
    Lease,
}

/// Long enough for the pauses between two requests of a run, short enough to wait for after a crash.
pub(crate) const LEASE_TIME: Duration = Duration::from_secs(30);

/// What the server can add to its clock: at most a hundred years, which is for ever.
pub(crate) fn milliseconds(time: Duration) -> u128 {
    const CENTURY: u128 = 100 * 365 * 24 * 3_600_000;
    time.as_millis().min(CENTURY)
}

impl Migrator<'_> {
    /// What keeps other migrators away: [`Lock::Session`] unless told.
    #[must_use]
    pub fn lock(mut self, lock: Lock) -> Self {
        self.lock = lock;
        self
    }

    /// How long a lease lasts that nobody renews: 30 s unless told. In whole milliseconds, at least one.
    ///
    /// A step may take longer: the transaction that it runs in keeps the lease. The time has to be longer than
    /// what passes between two requests of the run, such as the pause before a step is tried again.
    #[must_use]
    pub fn lease_time(mut self, time: Duration) -> Self {
        self.lease_time = time;
        self
    }

    /// Waits for the lock; no longer than until somebody else has applied what is `wanted`, if anything is.
    pub(crate) async fn take_lock<'c>(
        &self,
        client: &'c mut Client,
        wanted: Option<&Selection>,
    ) -> Result<Turn<'c>, Error> {
        let lease = (self.lock == Lock::Lease).then_some(self.lease_time);
        let wait = Wait::new(self.books(), self.lock_wait, &*self.on_event, wanted);
        let turn = lock::Lock::acquire(client, self.books(), lease, wait).await?;
        if let Turn::Ours(_) = turn {
            (self.on_event)(&Event::Locked);
        }
        Ok(turn)
    }
}
