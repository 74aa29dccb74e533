//! Makes what a run writes to, before its first step.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use refinery_core::traits::r#async::AsyncMigrate;
use tokio_postgres::Client;

use crate::error::Error;
use crate::explain::{database, refused};
use crate::fence::Fence;
use crate::fingerprint::Fingerprint;
use crate::history::{Histories, quoted};
use crate::session::Session;
use crate::{Chain, HistoryTable, journal, state};

/// What [`create`] leaves to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prepared {
    /// Everything was there, or was made.
    Whole,
    /// A history that had rows was given its trigger; it has to be read again before it can be sealed.
    ReadAgain,
}

/// Creates the schemas, the `missing` history tables, the state, the journal, and the triggers of the histories of
/// `recorded`, as far as they are missing, in one request: all or nothing.
///
/// Must be called under the lock: two sessions that create the same table at once collide even with IF NOT EXISTS.
pub(crate) async fn create(
    client: &Client,
    fence: &Fence,
    missing: &[HistoryTable],
    recorded: impl IntoIterator<Item = &'static Chain>,
    histories: &Histories,
) -> Result<Prepared, Error> {
    let mut schemas: BTreeSet<&str> = missing.iter().map(HistoryTable::schema).collect();
    let books = histories.books;
    schemas.insert(books.schema());
    let mut batch = String::new();
    // Only where it is missing: IF NOT EXISTS asks for the privilege to create even if there is nothing to do.
    for schema in schemas.iter().filter(|schema| !histories.schemas.contains(**schema)) {
        // Writing to a String cannot fail.
        let _ = write!(batch, "CREATE SCHEMA IF NOT EXISTS {};", quoted(schema));
    }
    let new_schema = !batch.is_empty();
    let own = &histories.bookkeeping;
    if own.state.is_none() {
        batch.push_str(&books.sql(state::CREATE));
    }
    if !own.function {
        batch.push_str(&state::create_function(books));
    }
    if own.journal.is_none() {
        batch.push_str(&journal::create(books));
    }
    for history in missing {
        // refinery's own statement, so that the layout is its layout.
        let _ = writeln!(batch, "{};", Session::assert_migrations_table_query(&history.to_string()));
    }
    let mut prepared = Prepared::Whole;
    let mut guarded_now = Vec::new();
    for chain in recorded {
        let plugin = chain.plugin();
        let new = missing.contains(&chain.history());
        let guarded = histories.seals.get(plugin).is_some_and(|seal| seal.guarded);
        if guarded && own.function || histories.not_owned.contains(&plugin) {
            continue;
        }
        if !new {
            prepared = Prepared::ReadAgain;
        }
        batch.push_str(&state::guard(chain.history(), new));
        guarded_now.push(chain);
    }
    batch.push_str(&state::insert(guarded_now));
    if batch.is_empty() {
        return Ok(prepared);
    }
    // Quietly: there may be nothing to drop.
    let batch = format!(
        "{}; SELECT pg_catalog.set_config('client_min_messages', 'warning', true); {batch}",
        fence.enter()
    );
    // Without BEGIN: several statements in one simple query are one transaction, which ends with it either way.
    let Err(cause) = client.batch_execute(&batch).await else { return Ok(prepared) };
    let grants = |role: &str, database: &str| {
        if new_schema {
            return format!("GRANT CREATE ON DATABASE {database} TO {role}");
        }
        let schemas: Vec<String> = schemas.iter().map(|schema| quoted(schema)).collect();
        format!("GRANT USAGE, CREATE ON SCHEMA {} TO {role}", schemas.join(", "))
    };
    Err(refused(client, "create the history tables", cause, grants).await)
}

/// Seals the histories that have been read, unless somebody changed them since.
pub(crate) async fn seal(
    client: &Client,
    fence: &Fence,
    recorded: impl IntoIterator<Item = &'static Chain>,
    histories: &Histories,
) -> Result<(), Error> {
    let unsealed = recorded.into_iter().filter_map(|chain| {
        let seal = histories.seals.get(chain.plugin())?;
        let fingerprint = histories.fingerprint(chain);
        let wrong = seal.guarded && !seal.is_of(fingerprint);
        wrong.then(|| state::seal(chain.history(), seal.generation, fingerprint))
    });
    let batch: String = unsealed.collect();
    if batch.is_empty() {
        return Ok(());
    }
    let batch = format!("{}; {batch}", fence.enter());
    client.batch_execute(&batch).await.map_err(|cause| database("seal the histories", cause))
}

impl Histories {
    /// What the history of `chain` held when it was read.
    pub(crate) fn fingerprint(&self, chain: &'static Chain) -> Fingerprint {
        let empty = Fingerprint::empty(chain.history());
        let rows = self.rows.get(chain.plugin()).into_iter().flatten();
        rows.fold(empty, |hash, row| hash.with(row.version, row.checksum))
    }
}
