//! Waiting until another run is over, or until there is nothing left to wait for.
//!
//! Many processes start at once on one database, and all but one of them wait: so waiting has to cost the server, and
//! the run that is at work there, next to nothing.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error as PgError};

use crate::books::Books;
use crate::error::{Error, Kind};
use crate::explain::database;
use crate::lock::CLASS;
use crate::pipeline::both;
use crate::run::up_to_date;
use crate::selection::Selection;
use crate::{ChainReport, Event, Holder, lease};

/// Between two looks. The longer it takes, the less a moment more matters.
pub(crate) const FIRST_PAUSE: Duration = Duration::from_millis(40);
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Who waits no longer than this need not be told whom it is for; to find that out takes the server longer than
/// anything else that is asked here.
const FIRST_EVENT: Duration = Duration::from_millis(250);
const BETWEEN_EVENTS: Duration = Duration::from_secs(3);

/// A wait for the lock.
pub(crate) struct Wait<'w> {
    books: Books,
    begun: Instant,
    limit: Duration,
    next_event: Instant,
    on_event: &'w (dyn Fn(&Event<'_>) + Send + Sync),
    /// What nobody needs the lock for once it is applied.
    wanted: Option<&'w Selection>,
}

impl<'w> Wait<'w> {
    /// It begins now, and lasts for at most `limit`.
    pub(crate) fn new(
        books: Books,
        limit: Duration,
        on_event: &'w (dyn Fn(&Event<'_>) + Send + Sync),
        wanted: Option<&'w Selection>,
    ) -> Self {
        let begun = Instant::now();
        Wait { books, begun, limit, next_event: begun + FIRST_EVENT, on_event, wanted }
    }

    /// Waits for as long as another session has the session lock. There may be nothing left to do then.
    pub(crate) async fn while_held(&mut self, client: &Client) -> Result<Option<Vec<ChainReport>>, Error> {
        if !self.is_held(client).await? {
            return Ok(None);
        }
        let mut looked = Instant::now();
        loop {
            self.pause(client).await?;
            let held = self.is_held(client).await?;
            // Every step that changes a table makes all sessions forget what they know of it, and to get to know it
            // again takes each of them as long as the step took. So the histories are left alone while it lasts.
            if held && looked.elapsed() < LONGEST_PAUSE {
                continue;
            }
            let over = self.is_over(client).await?;
            if !held || over.is_some() {
                return Ok(over);
            }
            looked = Instant::now();
        }
    }

    /// Takes nothing and changes nothing: the lock is let go in the request that tries it.
    async fn is_held(&self, client: &Client) -> Result<bool, Error> {
        const HELD: &str = "SELECT CASE WHEN pg_catalog.pg_try_advisory_lock($1, $2) \
                            THEN NOT pg_catalog.pg_advisory_unlock($1, $2) ELSE true END";
        let key = self.books.key();
        let parameters: [(&(dyn ToSql + Sync), Type); 2] = [(&CLASS, Type::INT4), (&key, Type::INT4)];
        let held = client.query_typed_one(HELD, &parameters).await.and_then(|row| row.try_get(0));
        held.map_err(|cause| database("look at the lock", cause))
    }

    /// Waits a moment, and fails if it has lasted too long.
    pub(crate) async fn pause(&mut self, client: &Client) -> Result<(), Error> {
        let now = Instant::now();
        let since = now - self.begun;
        let left = self.limit.saturating_sub(since);
        if now >= self.next_event || left.is_zero() {
            let holder = holder(client, self.books).await;
            if left.is_zero() {
                return Err(timed_out(self.limit, holder));
            }
            log::info!("waiting for the lock{}", by(holder.as_ref()));
            (self.on_event)(&Event::Waiting { holder, since });
            self.next_event = now + BETWEEN_EVENTS;
        }
        sleep((since / 4).clamp(FIRST_PAUSE, LONGEST_PAUSE).min(left)).await;
        Ok(())
    }

    /// What there is to report, if somebody else has applied what is wanted.
    ///
    /// Else many that wait for one would have to take the lock one after the other to find that out.
    pub(crate) async fn is_over(&self, client: &Client) -> Result<Option<Vec<ChainReport>>, Error> {
        match self.wanted {
            Some(wanted) => up_to_date(client, wanted).await,
            None => Ok(None),
        }
    }
}

/// The session that has the lock, if it can be seen. Failing to see it is no reason to stop waiting.
pub(crate) async fn holder(client: &Client, books: Books) -> Option<Holder> {
    // Somebody else may hold the lock in shared mode, and then several can.
    const HOLDER: &str = "SELECT l.pid, coalesce(a.application_name, ''), pg_catalog.host(a.client_addr), \
         a.backend_start::text, \
         pg_catalog.substring(a.query, '^/[*] stairwell: ([^*]*) [*]/'), a.xact_start::text \
         FROM pg_catalog.pg_locks l \
         LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid \
         WHERE l.locktype = 'advisory' AND l.classid::int8 = $1::int8 AND l.objid::int8 = $2::int8 \
         AND l.objsubid = 2 AND l.granted AND l.database = \
         (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()) \
         ORDER BY l.pid LIMIT 1";
    // pg_locks shows the two halves of the key as unsigned numbers.
    let (class, key) = (i64::from(CLASS.cast_unsigned()), i64::from(books.key().cast_unsigned()));
    let parameters: [(&(dyn ToSql + Sync), Type); 2] = [(&class, Type::INT8), (&key, Type::INT8)];
    let exists = lease::exists(books);
    // Together: whoever polls waits for one answer.
    let (found, leases) =
        both(client.query_typed_opt(HOLDER, &parameters), client.query_typed_one(&exists, &[])).await;
    let holder = |row: tokio_postgres::Row| -> Result<Holder, PgError> {
        Ok(Holder {
            pid: row.try_get(0)?,
            application_name: row.try_get(1)?,
            client_address: row.try_get(2)?,
            backend_start: row.try_get(3)?,
            migration: row.try_get(4)?,
            since: row.try_get(5)?,
        })
    };
    match found.and_then(|row| row.map(holder).transpose()) {
        Ok(None) if leases.is_ok_and(|row| row.try_get(0).unwrap_or(false)) => {
            lease::holder(client, books).await.ok().flatten()
        }
        Ok(holder) => holder,
        Err(cause) => {
            log::debug!("cannot see who has the lock: {cause}");
            None
        }
    }
}

fn timed_out(wait: Duration, holder: Option<Holder>) -> Error {
    let what = if wait.is_zero() {
        let holder = holder.as_ref().map_or_else(String::new, |holder| format!(" by {holder}"));
        format!("the lock is taken{holder}, and this run was told not to wait")
    } else {
        format!("gave up waiting for the lock after {wait:?}{}", by(holder.as_ref()))
    };
    let message = format!("{what}; let that run finish or end its session, then run again");
    Error::new(Kind::LockTimeout, message)
}

fn by(holder: Option<&Holder>) -> String {
    holder.map_or_else(String::new, |holder| format!(", which is held by {holder}"))
}
