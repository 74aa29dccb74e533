//! What a newer release has applied, as seen by an older one: whether the older one can go on.

use std::collections::HashMap;
use std::fmt;

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error as PgError};

use crate::books::Books;
use crate::error::{Error, Kind};
use crate::explain::database;
use crate::history::Histories;
use crate::{Chain, Version, journal};

/// A migration that the database has and this binary does not contain, applied after all that it contains.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NewerMigration {
    /// The plugin.
    pub plugin: &'static str,
    /// The version.
    pub version: Version,
    /// The name.
    pub name: String,
    /// When it was applied: RFC 3339, as the history has it.
    pub applied_on: String,
    /// refinery's checksum of what was applied.
    pub checksum: u64,
}

/// `printers/V2__add_toner_level`: how many digits its file name has, the database does not know.
impl fmt::Display for NewerMigration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/V{}__{}", self.plugin, self.version, self.name)
    }
}

/// Takes out of the histories what stands above whole chains; what is left, these chains can be compared with.
///
/// Above an unfinished chain nothing is newer: what is pending there would come too late, in any release.
pub(crate) fn take(histories: &mut Histories, chains: &[&'static Chain]) -> Vec<NewerMigration> {
    let mut newer = Vec::new();
    for chain in chains {
        let Some(rows) = histories.rows.get_mut(chain.plugin()) else { continue };
        let newest = chain.migrations().last().map(crate::Migration::version);
        let known = rows.partition_point(|row| newest.is_some_and(|newest| row.version <= newest));
        let is_whole = rows[..known].last().map(|row| row.version) == newest;
        if !is_whole {
            continue;
        }
        newer.extend(rows.drain(known..).map(|row| NewerMigration {
            plugin: chain.plugin(),
            version: row.version,
            name: row.name,
            applied_on: row.applied_on,
            checksum: row.checksum,
        }));
    }
    newer
}

/// Refuses to go on unless the journal says of each of `newer` that it breaks no older binary.
pub(crate) async fn require_compatible(
    client: &Client,
    histories: &Histories,
    newer: &[NewerMigration],
) -> Result<(), Error> {
    if newer.is_empty() {
        return Ok(());
    }
    let entries = if histories.bookkeeping.may_read_journal() {
        entries(client, histories.books, newer).await.map_err(|cause| database("read the journal", cause))?
    } else {
        HashMap::new()
    };
    let mut breaking = Vec::new();
    let mut unrecorded = Vec::new();
    for migration in newer {
        let line = format!("`{migration}`, applied on {}", migration.applied_on);
        let entry = entries.get(&(migration.plugin.to_owned(), migration.version));
        match entry.filter(|entry| entry.checksum == migration.checksum.to_string()) {
            Some(Entry { breaks: None, .. }) => {}
            Some(Entry { breaks: Some(reason), .. }) => breaking.push(format!("{line}, breaks it: {reason}")),
            None => unrecorded.push(format!("{line}, has no entry in the journal")),
        }
    }
    let (message, help) = if !breaking.is_empty() {
        (
            "the database is newer than this binary, and was changed in a way that breaks it; nothing was run",
            "run the newer version of the application, or revert these migrations first: `migrate down` can, from the \
             journal"
                .to_owned(),
        )
    } else if unrecorded.is_empty() {
        return Ok(());
    } else if histories.bookkeeping.hides_journal() {
        let grant =
            format!("GRANT SELECT ON {} TO {}", histories.books.quoted(journal::TABLE), histories.role());
        unrecorded = newer.iter().map(|newer| format!("it is not compiled in: `{newer}`")).collect();
        (
            "the database is newer than this binary, and this role may not read the journal, which says whether that \
             breaks it; nothing was run",
            format!("as an owner run `{grant}`, or run the newer version of the application"),
        )
    } else {
        (
            "the database is newer than this binary, and nothing says whether that breaks it; nothing was run",
            "run the newer version of the application".to_owned(),
        )
    };
    let lines: Vec<String> = breaking.into_iter().chain(unrecorded).collect();
    Err(listed(Error::new(Kind::History, message), &lines).with_help(help))
}

/// With the first of these lines as notes: many migrations can be newer, or pending.
pub(crate) fn listed(error: Error, lines: &[impl fmt::Display]) -> Error {
    let error = lines.iter().take(LISTED).fold(error, |error, line| error.with_note(line.to_string()));
    match lines.len().saturating_sub(LISTED) {
        0 => error,
        more => error.with_note(format!("and {more} more")),
    }
}

/// How many migrations a message lists.
pub(crate) const LISTED: usize = 20;

/// The newest entry of a migration.
struct Entry {
    checksum: String,
    breaks: Option<String>,
}

/// The newest entries, by plugin and version. The table has to be there.
async fn entries(
    client: &Client,
    books: Books,
    newer: &[NewerMigration],
) -> Result<HashMap<(String, Version), Entry>, PgError> {
    const READ: &str = "SELECT DISTINCT ON (plugin, version) plugin, version, checksum, breaks_older_binaries \
         FROM stairwell.journal WHERE direction IN ('up', 'mark', 'repair') AND (plugin, version) IN \
         (SELECT * FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2))) ORDER BY plugin, version, id DESC";
    let (plugins, versions): (Vec<&str>, Vec<Version>) =
        newer.iter().map(|migration| (migration.plugin, migration.version)).unzip();
    let parameters: [(&(dyn ToSql + Sync), Type); 2] =
        [(&plugins, Type::TEXT_ARRAY), (&versions, Type::INT8_ARRAY)];
    let mut entries = HashMap::new();
    for row in client.query_typed(&books.sql(READ), &parameters).await? {
        let entry = Entry { checksum: row.try_get(2)?, breaks: row.try_get(3)? };
        entries.insert((row.try_get(0)?, row.try_get(1)?), entry);
    }
    Ok(entries)
}
