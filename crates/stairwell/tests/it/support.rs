//! Chain sets made by hand, and questions to a database.

use stairwell::{Chain, ChainSet, Migration, RustStep, Step, Version};
use tokio_postgres::{Client, SimpleQueryMessage};

/// A migration with an SQL step, at the path and with the checksum that the compiler would give it.
pub(crate) fn sql(
    plugin: &'static str,
    version: Version,
    name: &'static str,
    text: &'static str,
) -> Migration {
    // The chains of these tests have a semicolon only where a statement ends.
    let mut offset = 0;
    let mut offsets = Vec::new();
    for part in text.split_inclusive(';') {
        let code = part.lines().map(str::trim_start).find(|line| !line.is_empty() && !line.starts_with("--"));
        if let Some(statement) = code.and_then(|line| part.find(line)) {
            offsets.push(offset + statement);
        }
        offset += part.len();
    }
    migration(plugin, version, name, "sql", Step::Sql(text)).with_statements_at(leak(offsets))
}

pub(crate) fn rust(plugin: &'static str, version: Version, name: &'static str, run: RustStep) -> Migration {
    migration(plugin, version, name, "rs", Step::Rust { source: "async fn up() {}", run })
}

/// A migration under `no-transaction`; the statements are what stands between blank lines.
pub(crate) fn statements(
    plugin: &'static str,
    version: Version,
    name: &'static str,
    text: &'static str,
) -> Migration {
    let mut start = 0;
    let bounds = text.split("\n\n").map(|part| {
        let bounds = (start, start + part.len());
        start = bounds.1 + 2;
        bounds
    });
    let bounds = leak(bounds.collect());
    migration(plugin, version, name, "sql", Step::Statements { sql: text, bounds })
}

fn migration(
    plugin: &'static str,
    version: Version,
    name: &'static str,
    extension: &str,
    up: Step,
) -> Migration {
    let folder =
        if plugin == "core" { "migrations".to_owned() } else { format!("plugins/{plugin}/migrations") };
    let path = format!("{folder}/V{version:04}__{name}.{extension}");
    Migration::new(plugin, version, name, path.leak(), checksum(version, name, up.text()), up)
}

/// What refinery calls the checksum.
pub(crate) fn checksum(version: Version, name: &str, text: &str) -> u64 {
    refinery::Migration::unapplied(&format!("V{version}__{name}"), text).unwrap().checksum()
}

pub(crate) fn chain(plugin: &'static str, migrations: &[Migration]) -> Chain {
    Chain::new(plugin, "", leak(migrations.to_vec()))
}

/// Chains without requirements between them: one after the other.
pub(crate) fn chain_set(chains: &[Chain]) -> ChainSet {
    let order = chains.iter().flat_map(|chain| chain.migrations()).copied().collect();
    ChainSet::new(leak(chains.to_vec()), leak(order))
}

/// One chain, `core`.
pub(crate) fn core(migrations: &[Migration]) -> ChainSet {
    chain_set(&[chain("core", migrations)])
}

/// Migrations that live as long as constants do.
pub(crate) fn leak<T>(items: Vec<T>) -> &'static [T] {
    items.leak()
}

/// All rows, a line each, the columns with spaces between them.
pub(crate) async fn rows(client: &Client, query: &str) -> Vec<String> {
    let messages = client.simple_query(query).await.unwrap();
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => {
            let columns = (0..row.len()).map(|column| row.get(column).unwrap_or("null"));
            Some(columns.collect::<Vec<_>>().join(" "))
        }
        _ => None,
    });
    rows.collect()
}

/// The tables of the application, sorted.
pub(crate) async fn tables(client: &Client) -> Vec<String> {
    let query = "SELECT schemaname || '.' || tablename FROM pg_tables \
                 WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'stairwell') ORDER BY 1";
    rows(client, query).await
}

/// Version and name of each row of the history of `plugin`.
pub(crate) async fn history(client: &Client, plugin: &str) -> Vec<String> {
    rows(client, &format!("SELECT version, name FROM stairwell.{plugin} ORDER BY version")).await
}

/// Everything there is in the database, for comparing before and after.
pub(crate) async fn objects(client: &Client) -> Vec<String> {
    let query = "SELECT 'relation', n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
                 UNION ALL SELECT 'schema', nspname, '' FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp' \
                 UNION ALL SELECT 'function', n.nspname, p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace \
                 UNION ALL SELECT 'type', n.nspname, t.typname FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace \
                 ORDER BY 1, 2, 3";
    rows(client, query).await
}

/// How many sessions have or want an advisory lock.
pub(crate) async fn locks(client: &Client) -> usize {
    rows(
        client,
        "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND database = \
                  (SELECT oid FROM pg_database WHERE datname = current_database())",
    )
    .await
    .len()
}

/// Names as `plugin/V0001__name`.
pub(crate) fn names<'m>(migrations: impl IntoIterator<Item = &'m Migration>) -> Vec<String> {
    migrations.into_iter().map(ToString::to_string).collect()
}

/// Waits until a session runs this and waits for a lock; its process.
#[expect(clippy::panic, reason = "for tests only")]
pub(crate) async fn waiting(client: &Client, like: &str) -> i32 {
    let query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() \
                 AND pid <> pg_backend_pid() AND wait_event_type = 'Lock' AND query LIKE $1";
    for _ in 0..2000 {
        if let Some(row) = client.query_opt(query, &[&like]).await.unwrap() {
            return row.get(0);
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("nobody waits in {like}")
}

/// Ends a session as an administrator would, and waits until it is gone.
pub(crate) async fn terminate(client: &Client, pid: i32) {
    client.query_one("SELECT pg_terminate_backend($1, 10000)", &[&pid]).await.unwrap();
}
