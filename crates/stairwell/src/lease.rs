//! `stairwell.lease`: one migrator at a time where no server session can hold a lock.
//!
//! Behind a pooler in transaction mode every transaction of a run may be one of another server session. So the run
//! that may write is named by a row, with a token that nobody else knows and the time at which it expires.
//!
//! There is no second connection for a heartbeat. The pooler may have one server session for this role, and then
//! the heartbeat would wait behind the very step that it is to vouch for; and a heartbeat says that a process
//! lives, not that its transaction does. What is at work vouches for itself instead:
//!
//! - Each transaction begins with an UPDATE of the row by its token, which renews the lease, and so has the row
//!   locked until it ends. A lease whose row is locked is not taken over, however long a step takes.
//! - A statement outside a transaction is seen in `pg_stat_activity`, by the comment that it begins with. As long
//!   as one is at work there, or has just been, a lease is not taken over; also if its client is dead.
//! - Between requests the lease has to last by itself.
//!
//! Taking over changes the token, always. So a token that is still there proves that nobody else was at work in
//! between, even if the time had run out; and a run that has lost its lease finds no row, and cannot commit.
//!
//! A run with a session lock revokes an expired lease in the same way, and does not begin while there is another;
//! taking a lease needs the advisory lock for that moment. So the two kinds keep each other out.

use std::fmt::Write as _;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error as PgError, SimpleQueryMessage, SimpleQueryRow};

use crate::books::{Books, no_schema};
use crate::error::Error;
use crate::explain::{database, refused};
use crate::guard::{Guard, all};
use crate::history::quoted;
use crate::locking::milliseconds;
use crate::settings::{literal, set_local};
use crate::{Holder, lock};

/// The name in the schema `stairwell`.
pub(crate) const TABLE: &str = "lease";

/// One row; that nobody has the lease is `-infinity`. `outside` is whether its holder was last seen before a
/// statement outside a transaction.
const CREATE: &str = "CREATE TABLE stairwell.lease (id boolean PRIMARY KEY DEFAULT true CHECK (id), \
     token text NOT NULL, holder text NOT NULL, pid integer NOT NULL, address text, role text NOT NULL, \
     acquired_at timestamptz NOT NULL, heartbeat timestamptz NOT NULL, expires_at timestamptz NOT NULL, \
     outside boolean NOT NULL);";

const INSERT: &str = "INSERT INTO stairwell.lease SELECT true, '', '', 0, NULL, '', '-infinity', '-infinity', '-infinity', false \
     WHERE NOT EXISTS (SELECT FROM stairwell.lease) ON CONFLICT DO NOTHING";

/// What it means that the row did not have the token any more.
pub(crate) const LOST: &str =
    "the lease was lost during the run: it had expired, and another run took it over";
/// What to do about it.
pub(crate) const AGAIN: &str = "run again; if this run was held up for longer than its lease lasts, give it a longer \
                                one (`--lease-time`)";

/// True if a statement of the run that has the lease `l` may still be at work on the server.
///
/// What another role runs cannot be seen by everybody; then it has to be assumed, if there was something to run.
const AT_WORK: &str = "EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datname = pg_catalog.current_database() \
     AND a.pid <> pg_catalog.pg_backend_pid() AND ((a.query ~ '^/[*] stairwell: ' AND (a.state <> 'idle' OR \
     a.state_change > pg_catalog.clock_timestamp() - (l.expires_at - l.heartbeat))) OR \
     (l.outside AND a.usename = l.role AND a.query = '<insufficient privilege>')))";

/// True if nobody has the lease `l`, or nobody who still could be at work.
fn is_over() -> String {
    format!(
        "(l.expires_at = '-infinity' OR (l.expires_at <= pg_catalog.clock_timestamp() AND NOT {AT_WORK}))"
    )
}

/// A lease, or the wish to have one.
pub(crate) struct Lease {
    books: Books,
    token: String,
    milliseconds: u128,
    /// Whether the server can watch for clients that are gone while a statement runs.
    watches: bool,
}

impl Lease {
    /// The table is made if it is not there.
    pub(crate) async fn prepare(client: &Client, books: Books, time: Duration) -> Result<Self, Error> {
        create(client, books).await?;
        // Only for this transaction: nothing is left in a session that is somebody else's next. Not every
        // operating system can.
        let watch = format!("SELECT {}", lock::watch_until_commit());
        let watches = client.simple_query(&watch).await.is_ok();
        Ok(Lease { books, token: token(), milliseconds: milliseconds(time).max(1), watches })
    }

    /// Takes the lease if nobody has it.
    pub(crate) async fn attempt(&self, client: &Client) -> Result<bool, Error> {
        let Lease { books, token, milliseconds, .. } = self;
        let (insert, lease) = (books.sql(INSERT), books.table(TABLE));
        // Polling must not wait for a transaction of the holder: SKIP LOCKED. The condition is looked at again
        // once the row is locked, and the advisory lock only after that.
        let request = format!(
            "{insert}; WITH free AS MATERIALIZED (SELECT l.id FROM {lease} l WHERE {} FOR UPDATE SKIP LOCKED) \
             UPDATE {lease} SET token = '{token}', holder = pg_catalog.current_setting('application_name'), \
             pid = pg_catalog.pg_backend_pid(), address = pg_catalog.host(pg_catalog.inet_client_addr()), \
             role = session_user, acquired_at = pg_catalog.clock_timestamp(), \
             heartbeat = pg_catalog.clock_timestamp(), \
             expires_at = pg_catalog.clock_timestamp() + INTERVAL '{milliseconds} milliseconds', outside = false \
             WHERE CASE WHEN EXISTS (SELECT FROM free) THEN {} ELSE false END RETURNING 'taken'",
            is_over(),
            lock::for_transaction(books.key()),
        );
        match client.simple_query(&request).await {
            Ok(messages) => Ok(first(&messages).is_some()),
            Err(cause) => Err(not_allowed(client, *books, cause).await),
        }
    }

    pub(crate) fn fence(&self) -> Fence {
        Fence {
            books: self.books,
            token: self.token.clone(),
            milliseconds: self.milliseconds,
            watches: self.watches,
        }
    }

    /// Gives the lease back, from any session.
    pub(crate) fn farewell(&self) -> String {
        format!(
            "UPDATE {} SET token = '', expires_at = '-infinity', outside = false WHERE token = '{}'",
            self.books.table(TABLE),
            self.token
        )
    }
}

/// What the transactions of a run begin and end with.
#[derive(Clone, Debug)]
pub(crate) struct Fence {
    books: Books,
    token: String,
    milliseconds: u128,
    watches: bool,
}

impl Fence {
    pub(crate) fn enter(&self) -> String {
        self.renew(false) + &self.watch() + &self.search_path()
    }

    pub(crate) fn enter_outside(&self) -> String {
        self.renew(true)
    }

    pub(crate) fn leave(&self) -> String {
        self.renew(false)
    }

    fn renew(&self, outside: bool) -> String {
        let Fence { books, token, milliseconds, .. } = self;
        let lease = books.table(TABLE);
        format!(
            "WITH stairwell_lease AS (UPDATE {lease} SET heartbeat = pg_catalog.clock_timestamp(), \
             expires_at = pg_catalog.clock_timestamp() + INTERVAL '{milliseconds} milliseconds', outside = {outside} \
             WHERE token = '{token}' RETURNING id) SELECT {}",
            all(&[(Guard::Lease, "EXISTS (SELECT FROM stairwell_lease)")])
        )
    }

    /// Until the end of the transaction: the next one may be in another session.
    fn search_path(&self) -> String {
        let path = self.books.search_path();
        path.map(|path| format!(", {}", set_local("search_path", &path))).unwrap_or_default()
    }

    fn watch(&self) -> String {
        if self.watches { format!(", {}", lock::watch_until_commit()) } else { String::new() }
    }
}

/// Who has the lease, if anybody does.
pub(crate) async fn holder(client: &Client, books: Books) -> Result<Option<Holder>, PgError> {
    const HOLDER: &str = "SELECT coalesce(a.pid, l.pid), l.holder, l.address, \
         pg_catalog.substring(a.query, '^/[*] stairwell: ([^*]*) [*]/'), a.xact_start::text FROM stairwell.lease l \
         LEFT JOIN LATERAL (SELECT s.pid, s.query, s.xact_start FROM pg_catalog.pg_stat_activity s \
         WHERE s.datname = pg_catalog.current_database() AND s.query ~ '^/[*] stairwell: ' AND s.state <> 'idle' \
         ORDER BY s.pid LIMIT 1) a ON true WHERE l.expires_at > '-infinity'";
    let messages = client.simple_query(&books.sql(HOLDER)).await?;
    Ok(first(&messages).map(|row| {
        let text = |column| row.get(column).map(str::to_owned);
        Holder {
            pid: row.get(0).and_then(|pid| pid.parse().ok()).unwrap_or_default(),
            application_name: text(1).unwrap_or_default(),
            client_address: text(2),
            backend_start: None,
            migration: text(3),
            since: text(4),
        }
    }))
}

/// A query whether there is the table.
pub(crate) fn exists(books: Books) -> String {
    format!(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname = {} AND c.relname = '{}')",
        literal(books.schema()),
        books.name(TABLE)
    )
}

/// Ends a lease that is over, for good; whether there is none that is not. For a session that has the advisory lock.
pub(crate) async fn revoke(client: &Client, books: Books) -> Result<bool, Error> {
    match client.simple_query(&revocation(books)).await {
        Ok(messages) => Ok(first(&messages).is_some_and(|row| row.get(0) == Some("t"))),
        Err(cause) => Err(not_allowed(client, books, cause).await),
    }
}

/// The same as a query of one boolean.
pub(crate) fn revocation(books: Books) -> String {
    let lease = books.table(TABLE);
    // The second SELECT sees the rows as they were before the first statement, hence the OR.
    format!(
        "WITH over AS MATERIALIZED (SELECT l.id FROM {lease} l WHERE l.expires_at > '-infinity' AND {} \
         FOR UPDATE SKIP LOCKED), revoked AS (UPDATE {lease} SET token = '', expires_at = '-infinity', \
         outside = false WHERE EXISTS (SELECT FROM over) RETURNING id) SELECT EXISTS (SELECT FROM revoked) OR \
         NOT EXISTS (SELECT FROM {lease} l WHERE l.expires_at > '-infinity')",
        is_over()
    )
}

async fn create(client: &Client, books: Books) -> Result<(), Error> {
    let look = format!(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = {}), ({})",
        literal(books.schema()),
        exists(books)
    );
    // What somebody else has made in the meantime: a name that is taken, or an entry that is there twice.
    const MADE: [SqlState; 3] =
        [SqlState::DUPLICATE_TABLE, SqlState::DUPLICATE_SCHEMA, SqlState::UNIQUE_VIOLATION];
    loop {
        let seen = client.simple_query(&look).await.map_err(|cause| database("look for the lease", cause))?;
        let (schema, table) =
            first(&seen).map_or((false, false), |row| (row.get(0) == Some("t"), row.get(1) == Some("t")));
        if table {
            return Ok(());
        }
        if let Some(tenant) = books.tenant().filter(|_| !schema) {
            return Err(no_schema(tenant));
        }
        // The others wait, and then find a table: a start of many processes does not fill the server's log. No
        // deadlock with CREATE INDEX CONCURRENTLY comes of this wait, for nobody has begun without the table.
        let mut batch = format!("SELECT pg_catalog.pg_advisory_xact_lock({}, {CREATING}); ", lock::CLASS);
        if !schema {
            batch.push_str("CREATE SCHEMA IF NOT EXISTS stairwell; ");
        }
        // Writing to a String cannot fail.
        let create = books.sql(CREATE).replacen("TABLE", "TABLE IF NOT EXISTS", 1);
        let _ = write!(batch, "{create}{}", books.sql(INSERT));
        let quiet = "SELECT pg_catalog.set_config('client_min_messages', 'warning', true)";
        let Err(cause) = client.batch_execute(&format!("{quiet}; {batch}")).await else { return Ok(()) };
        if cause.code().is_some_and(|code| MADE.contains(code)) {
            continue;
        }
        let grants = |role: &str, database: &str| {
            if schema {
                return format!("GRANT USAGE, CREATE ON SCHEMA {} TO {role}", quoted(books.schema()));
            }
            format!("GRANT CREATE ON DATABASE {database} TO {role}")
        };
        return Err(refused(client, "create the table of the lease", cause, grants).await);
    }
}

/// The second half of the advisory lock under which the table is made; "leas" in ASCII.
const CREATING: i32 = 0x6c65_6173;

async fn not_allowed(client: &Client, books: Books, cause: PgError) -> Error {
    let grants = |role: &str, _: &str| {
        format!(
            "GRANT USAGE ON SCHEMA {} TO {role}; GRANT SELECT, INSERT, UPDATE ON {} TO {role}",
            quoted(books.schema()),
            books.table(TABLE)
        )
    };
    refused(client, "take the lease", cause, grants).await
}

fn first(messages: &[SimpleQueryMessage]) -> Option<&SimpleQueryRow> {
    messages.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    })
}

/// A text that no other run has.
pub(crate) fn token() -> String {
    // RandomState is what the standard library has of randomness.
    let word = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", word(), word())
}
