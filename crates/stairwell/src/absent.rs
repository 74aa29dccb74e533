//! Plugins that the database has and this binary does not contain.
//!
//! Nothing of them is ever applied. But their migrations may stand on those of others, and `uninstall` takes them
//! out by what the journal has kept.

use std::sync::{Mutex, PoisonError};

use tokio_postgres::{Client, Error as PgError};

use crate::books::Books;
use crate::error::Error;
use crate::explain::database;
use crate::history::{self, Histories};
use crate::{Chain, ChainSet, HistoryTable};

/// The histories of the chains that are compiled in, and of all others that the database has; and these chains,
/// in this order.
pub(crate) async fn read(
    client: &Client,
    chains: &ChainSet,
) -> Result<(Vec<&'static Chain>, Histories), Error> {
    let mut all: Vec<&'static Chain> = chains.chains().iter().collect();
    let histories = history::read(client, &all).await?;
    let absent = absent(client, &all, &histories).await.map_err(|cause| database("read the state", cause))?;
    if absent.is_empty() {
        return Ok((all, histories));
    }
    all.extend(absent);
    let histories = history::read(client, &all).await?;
    Ok((all, histories))
}

/// Chains without migrations, for what has a history and is not among `compiled`; sorted.
async fn absent(
    client: &Client,
    compiled: &[&'static Chain],
    histories: &Histories,
) -> Result<Vec<&'static Chain>, PgError> {
    let books = histories.books;
    let is_compiled = |plugin: &str| compiled.iter().any(|chain| chain.plugin() == plugin);
    let is_theirs = |schema: &str, name: &str| {
        compiled.iter().any(|chain| chain.history().schema() == schema && chain.history().name() == name)
    };
    let recorded =
        if histories.bookkeeping.may_read_state() { recorded(client, books).await? } else { Vec::new() };
    let is_recorded = |table: &str| {
        recorded
            .iter()
            .any(|(_, schema, name)| schema.as_str() == books.schema() && *name == books.name(table))
    };
    // What nobody has sealed is called as its plugin is, unless the chain says otherwise, which nobody here knows.
    let others = histories.own.iter().filter(|name| !is_recorded(name));
    let others = others.map(|name| (name.clone(), books.schema().to_owned(), books.name(name)));
    let mut absent: Vec<&'static Chain> = Vec::new();
    for (plugin, schema, name) in recorded.iter().cloned().chain(others) {
        let is_known = absent.iter().any(|chain| chain.plugin() == plugin);
        if !is_known && !is_compiled(&plugin) && !is_theirs(&schema, &name) {
            absent.push(chain(books, &plugin, &schema, &name));
        }
    }
    absent.sort_unstable_by_key(|chain| chain.plugin());
    Ok(absent)
}

/// Plugin, schema and table of each history in the state that is one still; of two of a plugin, the newer first.
async fn recorded(client: &Client, books: Books) -> Result<Vec<(String, String, String)>, PgError> {
    const READ: &str = "SELECT s.plugin, s.table_schema, s.table_name FROM stairwell.state s \
         JOIN pg_catalog.pg_namespace n ON n.nspname = s.table_schema \
         JOIN pg_catalog.pg_class c ON c.oid = s.history AND c.relnamespace = n.oid AND c.relname = s.table_name \
         WHERE c.relkind IN ('r', 'p') AND (SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute a \
         WHERE a.attrelid = c.oid AND a.attname IN ('version', 'name', 'applied_on', 'checksum')) = 4 \
         ORDER BY s.generation DESC";
    let mut histories = Vec::new();
    for row in client.query_typed(&books.sql(READ), &[]).await? {
        histories.push((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
    }
    Ok(histories)
}

/// A chain by that name without migrations.
///
/// Chains are constants everywhere else, so this one has to live as long; a process keeps one for each plugin that
/// it has met in this way, however often.
fn chain(books: Books, plugin: &str, schema: &str, name: &str) -> &'static Chain {
    static MET: Mutex<Vec<&'static Chain>> = Mutex::new(Vec::new());
    let mut met = MET.lock().unwrap_or_else(PoisonError::into_inner);
    let is_it = |chain: &&&'static Chain| {
        let history = chain.history();
        chain.plugin() == plugin
            && history.schema() == schema
            && history.name() == name
            && history.books() == books
    };
    if let Some(chain) = met.iter().find(is_it) {
        return chain;
    }
    let keep = |text: &str| -> &'static str { text.to_owned().leak() };
    let history = match books.tenant() {
        Some(tenant) => HistoryTable::of_tenant(tenant, keep(name)),
        None => HistoryTable::new(keep(schema), keep(name)),
    };
    let chain = Box::leak(Box::new(Chain::new(keep(plugin), "", &[]).recorded_in(history)));
    met.push(chain);
    chain
}
