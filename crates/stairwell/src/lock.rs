//! One migrator at a time.
//!
//! The lock is a session advisory lock with the key (1398030665, 712157282): "STAI", and a hash of the
//! schema of the histories, or of the tenant's schema. Advisory locks belong to one database, so runs on two
//! databases of a server do not meet, and neither do runs for two tenants. The key must never change: binaries of different releases meet during a rolling upgrade.
//!
//! Where no server session can hold it, a run can have the [lease](crate::lease) instead.
//!
//! It is polled with `pg_try_advisory_lock`. A session that waits inside `pg_advisory_lock` holds a snapshot,
//! for which CREATE INDEX CONCURRENTLY in the session that has the lock waits in turn: a deadlock.
//!
//! It is never trusted: each transaction proves that it runs in the session that took the lock, that this session
//! still has it, and that it is ours. Behind a pooler in transaction mode one of the three fails before anything
//! is written; the session that has the lock is then searched for, and ended if it cannot be reached.

use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use tokio::time::sleep;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, SimpleQueryMessage};

use crate::books::{Books, fnv1a};
use crate::error::{Error, Kind};
use crate::explain::{database, is_lost};
use crate::fence::Fence;
use crate::guard::Guard;
use crate::lease::{self, Lease};
use crate::pipeline::both;
use crate::settings::{Settings, set};
use crate::waiting::{FIRST_PAUSE, LONGEST_PAUSE, Wait};
use crate::{ChainReport, SCHEMA};

/// "STAI" in ASCII.
pub(crate) const CLASS: i32 = 0x5354_4149;
pub(crate) const KEY: i32 = fnv1a(SCHEMA);

/// The setting that marks a server session in which a run has the lock, with a word that only that run knows.
///
/// A second run in the same session would be given the lock too, because session locks are counted per
/// session: behind a pooler in transaction mode two connections can meet there.
pub(crate) const MARK: &str = "stairwell.run";

/// How often a pooler that answers from another session is asked for the one that has the lock.
const SEARCHES: usize = 20;

/// The lock, held; the client it is held on can be used through it.
///
/// Dropping it releases the lock too, without waiting for the answer: that is for futures that are dropped
/// and for panics.
pub(crate) struct Lock<'c> {
    client: &'c mut Client,
    /// What it is the lock of.
    books: Books,
    settings: Settings,
    /// What the run has instead of a session lock.
    lease: Option<Lease>,
    /// The server process of the session that has the lock, or was asked for it last.
    pid: i32,
    taken: bool,
    /// What this run marks the session with.
    mark: String,
    /// Whether this run told the server to watch whether the client is still there.
    watched: bool,
    /// Whether a step may have changed the session.
    changed: bool,
    armed: bool,
}

/// What waiting for the lock comes to.
pub(crate) enum Turn<'c> {
    /// The lock is held.
    Ours(Lock<'c>),
    /// There is nothing left to do.
    Over(Vec<ChainReport>),
}

impl<'c> Lock<'c> {
    /// Waits for the lock; for a lease that lasts so long, if there is a `lease`.
    pub(crate) async fn acquire(
        client: &'c mut Client,
        books: Books,
        lease: Option<Duration>,
        mut wait: Wait<'_>,
    ) -> Result<Turn<'c>, Error> {
        // What follows is for a run that has something to do, and takes the server longer.
        if lease.is_none()
            && let Some(chains) = wait.while_held(client).await?
        {
            return Ok(Turn::Over(chains));
        }
        let settings = Settings::capture(client).await?;
        let lease = match lease {
            Some(time) => Some(Lease::prepare(client, books, time).await?),
            None => None,
        };
        let mark = lease::token();
        // Armed before the first try: if this future is dropped then, the server may yet give us the lock.
        let mut lock = Lock {
            client,
            books,
            settings,
            lease,
            pid: 0,
            taken: false,
            mark,
            watched: false,
            changed: false,
            armed: true,
        };
        while !lock.attempt().await? {
            let over = match wait.pause(lock.client).await {
                Ok(()) => wait.is_over(lock.client).await?,
                Err(failed) => {
                    lock.give_up().await;
                    return Err(failed);
                }
            };
            if let Some(chains) = over {
                lock.give_up().await;
                return Ok(Turn::Over(chains));
            }
        }
        log::debug!("have the lock");
        lock.find_names_of_tenant().await?;
        Ok(Turn::Ours(lock))
    }

    pub(crate) fn client(&mut self) -> &mut Client {
        self.client
    }

    /// The client, for steps, and the statements that undo what a step did to its session.
    pub(crate) fn session(&mut self) -> Result<(&mut Client, Vec<String>), Error> {
        self.settings.require_no_temporary()?;
        self.changed = true;
        let mut restore = self.settings.restore().to_vec();
        if self.lease.is_none()
            && let Some(path) = self.books.search_path()
        {
            restore.push(format!("SELECT {}", set("search_path", &path)));
        }
        Ok((self.client, restore))
    }

    /// What proves in a transaction that the lock still holds.
    pub(crate) fn fence(&self) -> Fence {
        match &self.lease {
            Some(lease) => Fence::Lease(lease.fence()),
            None => {
                let mut more = format!(", {}", set(MARK, &self.mark));
                if self.watched {
                    more.push_str(&format!(", {}", set(WATCH, EVERY)));
                }
                Fence::Session { pid: self.pid, key: self.books.key(), mark: self.mark.clone(), more }
            }
        }
    }

    /// Releases the lock after what was done under it; what failed first is the error, and the other one a warning.
    pub(crate) async fn release_after<T>(self, outcome: Result<T, Error>) -> Result<T, Error> {
        match (outcome, self.release().await) {
            (Ok(_), Err(lost)) => Err(lost),
            (outcome, released) => {
                if let Err(lost) = released {
                    log::warn!("{lost}");
                }
                outcome
            }
        }
    }

    /// Releases the lock and gives the session back as it was.
    pub(crate) async fn release(mut self) -> Result<(), Error> {
        self.armed = false;
        let farewell = self.farewell();
        if self.lease.is_some() {
            // Whatever was written was written under the lease, and it expires by itself.
            return match self.client.simple_query(&farewell).await {
                Err(cause) if !is_lost(&cause) => Err(database("give the lease back", cause)),
                _ => Ok(()),
            };
        }
        for _ in 0..SEARCHES {
            match self.client.simple_query(&farewell).await {
                Ok(messages) if unlocked(&messages) => return Ok(()),
                Ok(_) => break,
                // Another session of a pooler: asking again finds the right one, unless somebody else has it.
                Err(cause) if Guard::broken(&cause) == Some(Guard::Session) => sleep(FIRST_PAUSE).await,
                // The session is over, and its lock with it.
                Err(cause) if is_lost(&cause) => return Ok(()),
                Err(cause) => return Err(database("release the lock", cause)),
            }
        }
        for _ in 0..SEARCHES {
            let answer = self.client.simple_query(&self.end_elsewhere()).await;
            if answer.is_ok_and(|messages| is_free(&messages)) {
                return Err(Error::new(Kind::Database, format!("{POOLED}; {LEASE}")));
            }
            sleep(LONGEST_PAUSE / 5).await;
        }
        let pid = self.pid;
        Err(Error::new(
            Kind::Database,
            format!(
                "{POOLED}; the server process {pid} still has it: end it with `SELECT pg_terminate_backend({pid})`; {LEASE}"
            ),
        ))
    }

    /// Has the session find a tenant's tables where the steps name no schema; the way back is in its settings.
    ///
    /// Behind a pooler in transaction mode the session is not one; there each transaction does it for itself.
    async fn find_names_of_tenant(&mut self) -> Result<(), Error> {
        let Some(path) = self.books.search_path().filter(|_| self.lease.is_none()) else { return Ok(()) };
        self.changed = true;
        let request = format!("SELECT {}", set("search_path", &path));
        self.client.batch_execute(&request).await.map_err(|cause| database("set the search path", cause))
    }

    async fn attempt(&mut self) -> Result<bool, Error> {
        if let Some(lease) = &self.lease {
            return lease.attempt(self.client).await;
        }
        // CASE evaluates in this order: a session that is marked is not given the lock once more.
        const TRY: &str = "SELECT pg_catalog.pg_backend_pid(), \
                           CASE WHEN coalesce(pg_catalog.current_setting($3, true), '') <> '' THEN 'marked' \
                           WHEN NOT pg_catalog.pg_try_advisory_lock($1, $2) THEN 'held' \
                           ELSE pg_catalog.set_config($3, $4, false) END";
        let lost = |cause| database("take the lock", cause);
        let key = self.books.key();
        let (watched, row) = {
            let client = &*self.client;
            let parameters: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 4] =
                [(&CLASS, Type::INT4), (&key, Type::INT4), (&MARK, Type::TEXT), (&self.mark, Type::TEXT)];
            both(watch(client, self.watched), client.query_typed_one(TRY, &parameters)).await
        };
        self.watched = watched;
        let row = row.map_err(lost)?;
        self.pid = row.try_get(0).map_err(lost)?;
        match row.try_get(1).map_err(lost)? {
            "held" => Ok(false),
            "marked" => {
                self.armed = false;
                Err(Error::new(Kind::Database, SHARED))
            }
            _ => {
                self.taken = true;
                // Asked after the lock was given: who takes a lease then, does it without the advisory lock.
                let leases = self.client.query_typed_one(&lease::exists(self.books), &[]).await;
                let leases: bool = leases.and_then(|row| row.try_get(0)).map_err(lost)?;
                if !leases || lease::revoke(self.client, self.books).await? {
                    return Ok(true);
                }
                self.let_go().await?;
                self.taken = false;
                Ok(false)
            }
        }
    }

    /// Unlocks for the time being, because another run has the lease.
    async fn let_go(&self) -> Result<(), Error> {
        let here = Guard::Session.require(&format!("pg_catalog.pg_backend_pid() = {}", self.pid));
        let unlock = format!("{here}; SELECT {}; SELECT {}", unlock(self.books.key()), set(MARK, ""));
        self.client.batch_execute(&unlock).await.map_err(|cause| database("wait for the lease", cause))
    }

    /// Leaves without the lock.
    async fn give_up(&mut self) {
        self.armed = false;
        if self.watched {
            let _ = self.client.batch_execute(&unwatch()).await;
        }
    }

    /// Unlocks, then gives the session back, as one request that does nothing in another session.
    fn farewell(&self) -> String {
        if let Some(lease) = &self.lease {
            return lease.farewell();
        }
        // By its mark, if this future was dropped before it knew the session; by its number, if a step took that away.
        let here = Guard::Session.require(&format!(
            "(pg_catalog.pg_backend_pid() = {} OR pg_catalog.current_setting('{MARK}', true) = '{}')",
            self.pid, self.mark
        ));
        let mut sql = format!("{here}; SELECT {}; ", unlock(self.books.key()));
        // Not for a run without steps: RESET ALL cannot be undone where the server does not list a setting.
        if self.changed {
            for statement in self.settings.restore() {
                sql.push_str(statement);
                sql.push_str("; ");
            }
        } else if self.watched {
            sql.push_str(&unwatch());
            sql.push_str("; ");
        }
        sql + "SELECT " + &set(MARK, "")
    }

    /// Ends the session that has the lock, if this is another one and nobody is using that; then whether it is free.
    ///
    /// It would keep the lock for as long as the pooler keeps the session.
    fn end_elsewhere(&self) -> String {
        let pid = self.pid;
        let held = format!(
            "EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE l.locktype = 'advisory' AND l.pid = {pid} \
             AND l.classid::int8 = {} AND l.objid::int8 = {} AND l.objsubid = 2 AND l.granted)",
            CLASS.cast_unsigned(),
            self.books.key().cast_unsigned()
        );
        format!(
            "SELECT pg_catalog.pg_terminate_backend(a.pid) FROM pg_catalog.pg_stat_activity a WHERE a.pid = {pid} \
             AND a.pid <> pg_catalog.pg_backend_pid() AND a.state = 'idle' AND {held}; SELECT NOT {held} AS free"
        )
    }
}

/// Whether the last answer is that the lock is free.
fn is_free(messages: &[SimpleQueryMessage]) -> bool {
    let last = messages.iter().rev().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row.get(0) == Some("t")),
        _ => None,
    });
    last == Some(true)
}

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        if !self.armed {
            return;
        }
        // What was sent before still runs to its end, then this. The ROLLBACK ends what a dropped step began.
        let mut unlock = "ROLLBACK; ".to_owned();
        if self.lease.is_none() && self.taken {
            unlock.push_str(&self.end_elsewhere());
            unlock.push_str("; ");
        }
        unlock.push_str(&self.farewell());
        // tokio-postgres queues a request when its future is first polled, and sends it even if nobody
        // waits for the answer; its own Transaction rolls back in the same manner.
        let request = pin!(self.client.batch_execute(&unlock));
        let _ = request.poll(&mut Context::from_waker(Waker::noop()));
    }
}

/// True if this session has the lock, as an SQL expression, for the run with this mark (an SQL expression too).
///
/// Until the end of the transaction that it runs in, nobody else can get the lock, whatever a step unlocks.
/// The lock for the transaction is granted to the owner of the session lock and, should that be gone, to
/// anybody; so the session lock is returned and taken again behind it, and only its owner can return it.
/// The mark tells whose lock it is; a step outside a transaction may have reset it.
pub(crate) fn has_lock(key: i32, mark: &str) -> String {
    format!(
        "{} AND coalesce(pg_catalog.current_setting('{MARK}', true), '') IN ('', {mark}) AND \
         CASE WHEN {} THEN pg_catalog.pg_try_advisory_lock({CLASS}, {key}) ELSE false END",
        for_transaction(key),
        unlock(key)
    )
}

/// What it means that [`has_lock`] is not true.
pub(crate) const LOST: &str = "the lock was lost during the run: a step released it, or a connection pooler changed \
                               the session";
/// What to do about it.
pub(crate) const DIRECTLY: &str = "connect to the server directly, or through a pooler in session mode, and keep \
                                   `pg_advisory_unlock_all` and DISCARD ALL out of steps";

/// What it means that a request came to another session.
pub(crate) const POOLED: &str = "the session lock does not hold: the connection goes through a pooler in transaction mode, \
                                 which gave the run another server session";
/// What to do about it.
pub(crate) const LEASE: &str = "use a lease instead (`--lock lease`, `Lock::Lease`), or connect directly or through a \
                                pooler in session mode";

const SHARED: &str = "another run has the lock in this very server session: the connections go through a pooler in \
                      transaction mode; use a lease instead (`--lock lease`, `Lock::Lease`), or connect directly or \
                      in session mode";

/// An expression that takes the lock until the transaction ends.
pub(crate) fn for_transaction(key: i32) -> String {
    format!("pg_catalog.pg_try_advisory_xact_lock({CLASS}, {key})")
}

/// One that returns it.
fn unlock(key: i32) -> String {
    format!("pg_catalog.pg_advisory_unlock({CLASS}, {key})")
}

/// How often the server looks whether the client of a running statement is still there; since PostgreSQL 14.
/// Otherwise the statement of a client that died, and with it the lock, lasts as long as it takes.
const WATCH: &str = "client_connection_check_interval";
const EVERY: &str = "5s";

/// Makes the server watch the client, if it can and was not told something else; whether it does, for this run.
async fn watch(client: &Client, already: bool) -> bool {
    if already {
        return true;
    }
    let request =
        format!("SELECT {} WHERE pg_catalog.current_setting('{WATCH}', true) = '0'", set(WATCH, EVERY));
    // Not every operating system can; the run goes on without.
    let answer = client.simple_query(&request).await.unwrap_or_default();
    answer.iter().any(|message| matches!(message, SimpleQueryMessage::Row(_)))
}

/// An expression that makes the server watch the client until the transaction ends, unless it was told to already.
pub(crate) fn watch_until_commit() -> String {
    format!(
        "CASE pg_catalog.current_setting('{WATCH}') WHEN '0' THEN \
         pg_catalog.set_config('{WATCH}', '{EVERY}', true) END"
    )
}

fn unwatch() -> String {
    format!("SELECT {}", set(WATCH, "0"))
}

/// Whether the second answer, after that of the guard, is that the lock was released.
fn unlocked(messages: &[SimpleQueryMessage]) -> bool {
    let mut rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    rows.nth(1).is_some_and(|row| row.try_get(0).is_ok_and(|value| value == Some("t")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_never_changes() {
        assert_eq!((CLASS, KEY), (1_398_030_665, 712_157_282));
        for sql in [for_transaction(KEY), unlock(KEY)] {
            assert!(sql.ends_with("(1398030665, 712157282)"));
        }
    }
}
