//! One migrator at a time.
//!
//! The lock is a session advisory lock with the key (1398030665, 712157282): "STAI", and a hash of the
//! schema of the histories. Advisory locks belong to one database, so runs on two databases of a server do
//! not meet. The key must never change: binaries of different releases meet during a rolling upgrade.
//!
//! It is polled with `pg_try_advisory_lock`. A session that waits inside `pg_advisory_lock` holds a snapshot,
//! for which CREATE INDEX CONCURRENTLY in the session that has the lock waits in turn: a deadlock.

use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::error::{Error, Kind};
use crate::explain::{database, is_lost};
use crate::{Event, Holder, SCHEMA};

/// "STAI" in ASCII.
const CLASS: i32 = 0x5354_4149;
const KEY: i32 = fnv1a(SCHEMA);

const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
const BETWEEN_EVENTS: Duration = Duration::from_secs(3);

/// The lock, held; the client it is held on can be used through it.
///
/// Dropping it releases the lock too, without waiting for the answer: that is for futures that are dropped
/// and for panics.
pub(crate) struct Lock<'c> {
    client: &'c mut Client,
    /// Statement that gives the session its role and search_path back; a step may change them for good.
    restore: String,
    armed: bool,
}

impl<'c> Lock<'c> {
    /// Waits for the lock, for at most `wait`.
    pub(crate) async fn acquire(
        client: &'c mut Client,
        wait: Duration,
        on_event: &(dyn Fn(&Event<'_>) + Send + Sync),
    ) -> Result<Self, Error> {
        let begun = Instant::now();
        let mut pause = FIRST_PAUSE;
        let mut next_event = begun;
        // Armed before the first try: if this future is dropped then, the server may yet give us the lock.
        let mut lock = Lock { client, restore: String::new(), armed: true };
        loop {
            if lock.attempt().await? {
                log::debug!("have the lock");
                on_event(&Event::Locked);
                return Ok(lock);
            }
            let now = Instant::now();
            let left = wait.saturating_sub(now - begun);
            if now >= next_event || left.is_zero() {
                let holder = lock.holder().await?;
                if left.is_zero() {
                    lock.armed = false;
                    return Err(timed_out(wait, holder));
                }
                log::info!("waiting for the lock{}", by(holder.as_ref()));
                on_event(&Event::Waiting { holder, since: now - begun });
                next_event = now + BETWEEN_EVENTS;
            }
            sleep(pause.min(left)).await;
            pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        }
    }

    pub(crate) fn client(&mut self) -> &mut Client {
        self.client
    }

    /// The client, and the statement that gives its session role and search_path back.
    pub(crate) fn session(&mut self) -> (&mut Client, &str) {
        (self.client, &self.restore)
    }

    /// Releases the lock and gives the session its role and search_path back.
    pub(crate) async fn release(mut self) -> Result<(), Error> {
        self.armed = false;
        let unlock = format!("{}; {}", unlock(), self.restore);
        match self.client.simple_query(&unlock).await {
            Ok(messages) if said_true(&messages) => Ok(()),
            Ok(_) => Err(Error::new(
                Kind::Database,
                "the lock was lost during the run: a step released it, or a connection pooler changed the \
                 session; connect to the server directly, or through a pooler in session mode",
            )),
            // The session is over, and its lock with it.
            Err(cause) if is_lost(&cause) => Ok(()),
            Err(cause) => Err(database("release the lock", cause)),
        }
    }

    async fn attempt(&mut self) -> Result<bool, Error> {
        const TRY: &str = "SELECT pg_catalog.pg_try_advisory_lock($1, $2), \
                           pg_catalog.current_setting('search_path'), pg_catalog.current_setting('role')";
        let lost = |cause| database("take the lock", cause);
        let row = self
            .client
            .query_typed_one(TRY, &[(&CLASS, Type::INT4), (&KEY, Type::INT4)])
            .await
            .map_err(lost)?;
        self.restore = restore(row.try_get(1).map_err(lost)?, row.try_get(2).map_err(lost)?);
        row.try_get(0).map_err(lost)
    }

    async fn holder(&self) -> Result<Option<Holder>, Error> {
        const HOLDER: &str = "SELECT l.pid, coalesce(a.application_name, ''), pg_catalog.host(a.client_addr), \
             a.backend_start::text FROM pg_catalog.pg_locks l \
             LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid \
             WHERE l.locktype = 'advisory' AND l.classid::int8 = $1::int8 AND l.objid::int8 = $2::int8 \
             AND l.objsubid = 2 AND l.granted AND l.database = \
             (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())";
        let lost = |cause| database("see who has the lock", cause);
        // pg_locks shows the two halves of the key as unsigned numbers.
        let (class, key) = (i64::from(CLASS.cast_unsigned()), i64::from(KEY.cast_unsigned()));
        let found = self.client.query_typed_opt(HOLDER, &[(&class, Type::INT8), (&key, Type::INT8)]).await;
        let Some(row) = found.map_err(lost)? else { return Ok(None) };
        Ok(Some(Holder {
            pid: row.try_get(0).map_err(lost)?,
            application_name: row.try_get(1).map_err(lost)?,
            client_address: row.try_get(2).map_err(lost)?,
            backend_start: row.try_get(3).map_err(lost)?,
        }))
    }
}

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        if !self.armed {
            return;
        }
        // What was sent before still runs to its end, then this. The ROLLBACK ends what a dropped step began.
        let unlock = format!("ROLLBACK; {}; {}", unlock(), self.restore);
        // tokio-postgres queues a request when its future is first polled, and sends it even if nobody
        // waits for the answer; its own Transaction rolls back in the same manner.
        let request = pin!(self.client.batch_execute(&unlock));
        let _ = request.poll(&mut Context::from_waker(Waker::noop()));
    }
}

fn unlock() -> String {
    format!("SELECT pg_catalog.pg_advisory_unlock({CLASS}, {KEY})")
}

fn restore(search_path: &str, role: &str) -> String {
    let set = |name, value| format!("pg_catalog.set_config('{name}', {}, false)", literal(value));
    format!("SELECT {}, {}", set("search_path", search_path), set("role", role))
}

/// A string constant that means the same whatever `standard_conforming_strings` is.
fn literal(text: &str) -> String {
    let escape = if text.contains('\\') { "E" } else { "" };
    format!("{escape}'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

fn said_true(messages: &[SimpleQueryMessage]) -> bool {
    let first = messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    first.is_some_and(|row| row.try_get(0).is_ok_and(|value| value == Some("t")))
}

fn timed_out(wait: Duration, holder: Option<Holder>) -> Error {
    let message = format!(
        "gave up waiting for the lock after {wait:?}{}; let that run finish or end its session, then run again",
        by(holder.as_ref())
    );
    Error::new(Kind::LockTimeout, message)
}

fn by(holder: Option<&Holder>) -> String {
    holder.map_or_else(String::new, |holder| format!(", which is held by {holder}"))
}

/// FNV-1a, 32 bits: short, and never going to change.
const fn fnv1a(text: &str) -> i32 {
    let bytes = text.as_bytes();
    let mut hash: u32 = 0x811c_9dc5;
    let mut index = 0;
    while index < bytes.len() {
        hash = (hash ^ bytes[index] as u32).wrapping_mul(0x0100_0193);
        index += 1;
    }
    hash.cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_never_changes() {
        assert_eq!((CLASS, KEY), (1_398_030_665, 712_157_282));
    }

    #[test]
    fn a_literal_is_safe_under_both_readings_of_a_backslash() {
        assert_eq!(literal("\"$user\", public"), "'\"$user\", public'");
        assert_eq!(literal(r"a'b\c"), r"E'a''b\\c'");
    }
}
