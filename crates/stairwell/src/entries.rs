//! The journal, as somebody reads it.

use std::time::Duration;

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error as PgError, Row};

use crate::books::Books;
use crate::error::{Error, Kind};
use crate::explain::database;
use crate::history::quoted;
use crate::suggest::unknown_plugin;
use crate::{Migrator, Version, journal};

/// Which entries of the journal [`Migrator::journal`] reads.
///
/// ```
/// use stairwell::JournalQuery;
///
/// let query = JournalQuery::new().plugin("printers").last(20);
/// # let _ = query;
/// ```
#[derive(Clone, Debug, Default)]
pub struct JournalQuery {
    plugin: Option<String>,
    last: Option<u32>,
}

impl JournalQuery {
    /// All of them.
    pub fn new() -> Self {
        JournalQuery::default()
    }

    /// Those about this plugin, which need not be compiled in.
    #[must_use]
    pub fn plugin(mut self, name: impl Into<String>) -> Self {
        self.plugin = Some(name.into());
        self
    }

    /// The newest, so many.
    #[must_use]
    pub fn last(mut self, count: u32) -> Self {
        self.last = Some(count);
        self
    }
}

/// An entry of the journal: something that was done to the history of a plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct JournalEntry {
    /// The run, a UUID. What one run did has the same.
    pub run: String,
    /// The plugin.
    pub plugin: String,
    /// The version of the migration; 0 for what was done to the plugin as a whole.
    pub version: Version,
    /// The name of the migration; empty for what was done to the plugin as a whole.
    pub name: String,
    /// What was done: `up`, `down`, `mark`, `unmark`, `repair` or `uninstall`.
    pub direction: String,
    /// When it began: RFC 3339, in UTC.
    pub started_at: String,
    /// How long it took.
    pub duration: Duration,
    /// The role of the server that did it.
    pub role: String,
    /// The application, if it said what it is.
    pub application: Option<String>,
    /// The version of the application, if it said so.
    pub application_version: Option<String>,
    /// Whether the journal has a text that reverts it.
    pub revertible: bool,
    /// Why it has none, of what was applied.
    pub note: Option<String>,
}

impl Migrator<'_> {
    /// What the journal has, the newest last; `None` if there is no journal yet. Reads only, and takes no lock.
    ///
    /// Everything in it was done: a step that fails is rolled back together with its entry.
    ///
    /// # Errors
    ///
    /// If neither this binary nor the journal knows the plugin ([`Error::is_usage`]); if this role may not read the
    /// journal.
    pub async fn journal(
        &self,
        client: &mut Client,
        query: &JournalQuery,
    ) -> Result<Option<Vec<JournalEntry>>, Error> {
        let lost = |cause| database("read the journal", cause);
        let books = self.books();
        let access = access(client, books).await.map_err(lost)?;
        if let Some(Access { readable: false, role }) = access {
            let grants = format!(
                "GRANT USAGE ON SCHEMA {} TO {role}; GRANT SELECT ON {} TO {role}",
                quoted(books.schema()),
                books.quoted(journal::TABLE)
            );
            let message = format!(
                "cannot read the journal: the role {role} may not; as an owner run `{grants}`, or read it as the owner"
            );
            return Err(Error::new(Kind::Database, message));
        }
        let entries = match access {
            Some(_) => Some(entries(client, books, query).await.map_err(lost)?),
            None => None,
        };
        if let Some(plugin) = &query.plugin
            && entries.as_ref().is_none_or(Vec::is_empty)
            && self.chains.chain(plugin).is_none()
        {
            let known = match &entries {
                Some(_) => plugins(client, books).await.map_err(lost)?,
                None => Vec::new(),
            };
            return Err(self.unknown(plugin, &known));
        }
        Ok(entries)
    }

    fn unknown(&self, plugin: &str, journaled: &[String]) -> Error {
        let compiled: Vec<&str> = self.chains.chains().iter().map(|chain| chain.plugin()).collect();
        let others: Vec<&str> =
            journaled.iter().map(String::as_str).filter(|plugin| !compiled.contains(plugin)).collect();
        unknown_plugin(plugin, &compiled, Some(("journal", &others)))
    }
}

/// Whether the role may read the journal.
struct Access {
    readable: bool,
    /// Quoted.
    role: String,
}

async fn access(client: &Client, books: Books) -> Result<Option<Access>, PgError> {
    const ASK: &str = "SELECT pg_catalog.has_schema_privilege(n.oid, 'USAGE') \
         AND pg_catalog.has_table_privilege(c.oid, 'SELECT'), pg_catalog.quote_ident(current_user) \
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE n.nspname = $1 AND c.relname = $2";
    let parameters: [(&(dyn ToSql + Sync), Type); 2] =
        [(&books.schema(), Type::TEXT), (&books.name(journal::TABLE), Type::TEXT)];
    let Some(row) = client.query_typed_opt(ASK, &parameters).await? else { return Ok(None) };
    Ok(Some(Access { readable: row.try_get(0)?, role: row.try_get(1)? }))
}

async fn entries(client: &Client, books: Books, query: &JournalQuery) -> Result<Vec<JournalEntry>, PgError> {
    // LIMIT NULL is none.
    const READ: &str = "SELECT j.run::text, j.plugin, j.version, j.name, j.direction, \
         coalesce(pg_catalog.to_char(j.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), ''), \
         (1000000 * extract(epoch FROM j.duration))::bigint, j.role, j.application, j.application_version, \
         j.revert IS NOT NULL, j.revert_note FROM (SELECT * FROM stairwell.journal WHERE $1 IS NULL OR plugin = $1 \
         ORDER BY id DESC LIMIT $2) AS j ORDER BY j.id";
    let last = query.last.map(i64::from);
    let parameters: [(&(dyn ToSql + Sync), Type); 2] = [(&query.plugin, Type::TEXT), (&last, Type::INT8)];
    client.query_typed(&books.sql(READ), &parameters).await?.iter().map(entry).collect()
}

fn entry(row: &Row) -> Result<JournalEntry, PgError> {
    // The clock of the server can go backwards.
    let microseconds = u64::try_from(row.try_get::<_, i64>(6)?).unwrap_or(0);
    Ok(JournalEntry {
        run: row.try_get(0)?,
        plugin: row.try_get(1)?,
        version: row.try_get(2)?,
        name: row.try_get(3)?,
        direction: row.try_get(4)?,
        started_at: row.try_get(5)?,
        duration: Duration::from_micros(microseconds),
        role: row.try_get(7)?,
        application: row.try_get(8)?,
        application_version: row.try_get(9)?,
        revertible: row.try_get(10)?,
        note: row.try_get(11)?,
    })
}

/// All that the journal tells of.
async fn plugins(client: &Client, books: Books) -> Result<Vec<String>, PgError> {
    const READ: &str = "SELECT DISTINCT plugin FROM stairwell.journal ORDER BY 1";
    client.query_typed(&books.sql(READ), &[]).await?.iter().map(|row| row.try_get(0)).collect()
}
