//! The histories: one table per chain, in refinery's layout.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use refinery_core::traits::r#async::AsyncMigrate;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

use crate::error::{Error, Kind};
use crate::explain::{database, refused};
use crate::guard::Guard;
use crate::lock::require_lock;
use crate::session::Session;
use crate::{AppliedMigration, Chain, HistoryTable, Migration, SCHEMA};

/// What a database says was applied.
pub(crate) struct Histories {
    /// What was applied, ascending by version, by plugin; without a history table there is no entry.
    pub(crate) rows: HashMap<&'static str, Vec<AppliedMigration>>,
    /// Those schemas of the histories that exist.
    pub(crate) schemas: BTreeSet<String>,
    /// The plugins whose history this role may read, but not write.
    read_only: Vec<&'static str>,
    /// The role, quoted.
    role: String,
    /// Tables in the schema `stairwell` which have the layout of a history, by name.
    pub(crate) own: BTreeSet<String>,
}

/// Reads the histories of `chains` in two requests, whatever their number. Creates nothing.
pub(crate) async fn read(client: &Client, chains: &[&'static Chain]) -> Result<Histories, Error> {
    let (role, tables) = inspect(client, chains).await?;
    let mut histories = Histories {
        rows: HashMap::new(),
        schemas: BTreeSet::new(),
        read_only: Vec::new(),
        role,
        own: BTreeSet::new(),
    };
    for ((schema, name), table) in &tables {
        histories.schemas.insert(schema.clone());
        if schema == SCHEMA && table.is_history() {
            histories.own.insert(name.clone());
        }
    }
    let mut existing = Vec::new();
    for chain in chains {
        let history = chain.history();
        let key = (history.schema().to_owned(), history.name().to_owned());
        if let Some(table) = tables.get(&key) {
            table.require_history(history)?;
            if !table.insertable {
                histories.read_only.push(chain.plugin());
            }
            histories.rows.insert(chain.plugin(), Vec::new());
            existing.push(*chain);
        }
    }
    // After this point every table that is read has the columns of a history, of the right types, and shows
    // all its rows.
    if existing.is_empty() {
        return Ok(histories);
    }
    let found = client.query_typed(&union(&existing), &[]).await;
    let found = match found {
        Ok(found) => found,
        Err(cause) => {
            return Err(
                refused(client, "read the history", cause, |role, _| grant_reading(&existing, role)).await
            );
        }
    };
    for row in &found {
        let (chain, applied) = parse(&existing, row)?;
        let rows = histories.rows.entry(chain.plugin()).or_default();
        if rows.last().is_some_and(|last| last.version == applied.version) {
            // Nothing but a primary key forbids it.
            let (history, version) = (chain.history(), applied.version);
            let message = format!(
                "{history} is damaged: the row of version {version} stands twice; remove one of them by hand"
            );
            return Err(Error::new(Kind::History, message));
        }
        rows.push(applied);
    }
    Ok(histories)
}

impl Histories {
    /// Refuses a run that would find out after a long step that it may not record it.
    pub(crate) fn require_writable(&self, pending: &[&'static Chain]) -> Result<(), Error> {
        let closed = pending.iter().filter(|chain| self.read_only.contains(&chain.plugin()));
        let closed: Vec<String> = closed.map(|chain| chain.history().to_string()).collect();
        if closed.is_empty() {
            return Ok(());
        }
        let (tables, role) = (closed.join(", "), &self.role);
        let message = format!(
            "cannot record in {tables}: the role {role} may not insert there; nothing was run; as an owner run \
             `GRANT INSERT ON {tables} TO {role}`, or migrate as the owner"
        );
        Err(Error::new(Kind::Database, message))
    }
}

/// Creates history tables and those of their schemas that do not exist, in one request: all or nothing.
///
/// Must be called under the lock: two sessions that create the same table at once collide even with IF NOT EXISTS.
pub(crate) async fn create(
    client: &Client,
    existing: &BTreeSet<String>,
    missing: &[HistoryTable],
) -> Result<(), Error> {
    let schemas: BTreeSet<&str> = missing.iter().map(HistoryTable::schema).collect();
    let mut batch = String::new();
    // Only where it is missing: IF NOT EXISTS asks for the privilege to create even if there is nothing to do.
    for schema in schemas.iter().filter(|schema| !existing.contains(**schema)) {
        // Writing to a String cannot fail.
        let _ = write!(batch, "CREATE SCHEMA IF NOT EXISTS {};", quoted(schema));
    }
    let new_schema = !batch.is_empty();
    for history in missing {
        // refinery's own statement, so that the layout is its layout.
        let _ = writeln!(batch, "{}", Session::assert_migrations_table_query(&history.to_string()));
    }
    if batch.is_empty() {
        return Ok(());
    }
    let batch = format!("{}; {batch}", require_lock());
    // Without BEGIN: several statements in one simple query are one transaction, which ends with it either way.
    let Err(cause) = client.batch_execute(&batch).await else { return Ok(()) };
    let grants = |role: &str, database: &str| {
        if new_schema {
            return format!("GRANT CREATE ON DATABASE {database} TO {role}");
        }
        let schemas: Vec<String> = schemas.iter().map(|schema| quoted(schema)).collect();
        format!("GRANT USAGE, CREATE ON SCHEMA {} TO {role}", schemas.join(", "))
    };
    Err(refused(client, "create the history tables", cause, grants).await)
}

/// A statement that fails unless the row of `migration` is there: a rule or trigger can swallow an INSERT.
pub(crate) fn require_row(chain: &Chain, migration: &Migration) -> String {
    let (history, version) = (chain.history(), migration.version());
    Guard::Row.require(&format!("(SELECT pg_catalog.count(*) FROM {history} WHERE version = {version}) = 1"))
}

/// A relation that bears the name of a history, or stands in the schema `stairwell`.
struct Table {
    kind: String,
    insertable: bool,
    /// Whether row-level security may hide rows from this role.
    veiled: bool,
    /// Name and type of each column.
    columns: Vec<(String, String)>,
}

const COLUMNS: [&str; 4] = ["version", "name", "applied_on", "checksum"];

impl Table {
    /// Whether this may be the history of some plugin: a table with these columns and no others.
    fn is_history(&self) -> bool {
        self.is_table()
            && self.columns.len() == COLUMNS.len()
            && COLUMNS.iter().all(|column| self.column(column).is_some())
    }

    fn is_table(&self) -> bool {
        matches!(self.kind.as_str(), "r" | "p")
    }

    fn column(&self, name: &str) -> Option<&str> {
        let (_, of_type) = self.columns.iter().find(|(column, _)| column == name)?;
        Some(of_type)
    }

    /// More columns than a history has are tolerated, as refinery tolerates them.
    fn require_history(&self, history: HistoryTable) -> Result<(), Error> {
        let wrong = |what: String| {
            Err(Error::new(
                Kind::History,
                format!("{history} is not a history that Stairwell can use: {what}"),
            ))
        };
        let away = "rename or move it, or give the chain another history table";
        if !self.is_table() {
            return wrong(format!("it is not a table; {away}"));
        }
        if self.veiled {
            return wrong(
                "row-level security may hide rows of it from this role, and steps would run twice; migrate as its \
                 owner, or disable row-level security on it"
                    .to_owned(),
            );
        }
        for column in COLUMNS {
            let expected = if column == "version" { "bigint" } else { "character varying(255)" };
            match self.column(column) {
                None => return wrong(format!("the column `{column}` ({expected}) is missing; {away}")),
                Some("bigint") if column == "version" => {}
                Some(text)
                    if column != "version" && (text == "text" || text.starts_with("character varying")) => {}
                Some("integer") if column == "version" => {
                    return wrong(
                        "the column `version` is integer, expected bigint: it was written by refinery without its \
                         feature `int8-versions`, whose checksums differ as well; give the chain another history table"
                            .to_owned(),
                    );
                }
                Some(other) => {
                    return wrong(format!("the column `{column}` is {other}, expected {expected}; {away}"));
                }
            }
        }
        Ok(())
    }
}

/// The role, and the relations which bear the name of a history or are tables in the schema `stairwell`, with
/// their columns.
///
/// Schemas without any such relation are there with an empty name.
async fn inspect(
    client: &Client,
    chains: &[&'static Chain],
) -> Result<(String, BTreeMap<(String, String), Table>), Error> {
    const INSPECT: &str = "SELECT coalesce(n.nspname, '')::text, coalesce(c.relname, '')::text, \
         coalesce(c.relkind, '')::text, a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), \
         coalesce(pg_catalog.has_any_column_privilege(c.oid, 'INSERT'), false), \
         coalesce(c.relrowsecurity AND pg_catalog.row_security_active(c.oid), false), \
         pg_catalog.quote_ident(current_user) \
         FROM (SELECT 1) AS one \
         LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = $3 OR n.nspname::text = ANY ($1) \
         LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid \
         AND ((n.nspname = $3 AND c.relkind IN ('r', 'p')) OR (n.nspname::text, c.relname::text) IN \
              (SELECT * FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)))) \
         LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
         ORDER BY 1, 2, a.attnum";
    let schemas: Vec<&str> = chains.iter().map(|chain| chain.history().schema()).collect();
    let names: Vec<&str> = chains.iter().map(|chain| chain.history().name()).collect();
    let parameters: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 3] =
        [(&schemas, Type::TEXT_ARRAY), (&names, Type::TEXT_ARRAY), (&SCHEMA, Type::TEXT)];
    let lost = |cause| database("look for the history tables", cause);
    let mut role = String::new();
    let mut tables: BTreeMap<(String, String), Table> = BTreeMap::new();
    for row in client.query_typed(INSPECT, &parameters).await.map_err(lost)? {
        role = row.try_get(7).map_err(lost)?;
        let key: (String, String) = (row.try_get(0).map_err(lost)?, row.try_get(1).map_err(lost)?);
        if key.0.is_empty() {
            // None of the schemas exists.
            continue;
        }
        let table = Table {
            kind: row.try_get(2).map_err(lost)?,
            insertable: row.try_get(5).map_err(lost)?,
            veiled: row.try_get(6).map_err(lost)?,
            columns: Vec::new(),
        };
        let table = tables.entry(key).or_insert(table);
        let column: Option<String> = row.try_get(3).map_err(lost)?;
        let of_type: Option<String> = row.try_get(4).map_err(lost)?;
        table.columns.extend(column.zip(of_type));
    }
    Ok((role, tables))
}

/// One query over all histories; each row begins with the place of its chain in `chains`.
fn union(chains: &[&'static Chain]) -> String {
    let mut query = String::new();
    for (index, chain) in chains.iter().enumerate() {
        let all = if index == 0 { "" } else { " UNION ALL " };
        // Writing to a String cannot fail.
        let _ = write!(
            query,
            "{all}SELECT {index}, version, name::text, applied_on::text, checksum::text FROM {}",
            chain.history()
        );
    }
    query + " ORDER BY 1, 2"
}

fn parse(chains: &[&'static Chain], row: &Row) -> Result<(&'static Chain, AppliedMigration), Error> {
    let lost = |cause| database("read the history", cause);
    let index: i32 = row.try_get(0).map_err(lost)?;
    let chain = usize::try_from(index).ok().and_then(|index| chains.get(index));
    let Some(chain) = chain else {
        return Err(Error::new(
            Kind::History,
            format!("the server answered for a chain {index} that was not asked for"),
        ));
    };
    let version: Option<i64> = row.try_get(1).map_err(lost)?;
    let columns: [Option<String>; 3] =
        [row.try_get(2).map_err(lost)?, row.try_get(3).map_err(lost)?, row.try_get(4).map_err(lost)?];
    let history = chain.history();
    let wrong = |column: &str, what: String| {
        let row = version
            .map_or("a row without a version".to_owned(), |version| format!("the row of version {version}"));
        let message =
            format!("{history} is damaged: in {row} the column `{column}` {what}; correct the row by hand");
        Error::new(Kind::History, message)
    };
    let null = |column: &str| wrong(column, "is null".to_owned());
    let [name, applied_on, checksum] = columns;
    let applied_on = applied_on.ok_or_else(|| null("applied_on"))?;
    // refinery panics on the next three, so they are refused before it sees them.
    if timestamp(&applied_on).is_none() {
        return Err(wrong("applied_on", format!("is `{applied_on}`, not an RFC 3339 time")));
    }
    let checksum = checksum.ok_or_else(|| null("checksum"))?;
    let checksum = checksum
        .parse()
        .map_err(|_| wrong("checksum", format!("is `{checksum}`, not an unsigned 64-bit number")))?;
    let version = version.ok_or_else(|| null("version"))?;
    let name = name.ok_or_else(|| null("name"))?;
    Ok((chain, AppliedMigration { version, name, applied_on, checksum }))
}

/// The moment at which a row says its migration was applied.
pub(crate) fn timestamp(applied_on: &str) -> Option<time::OffsetDateTime> {
    time::OffsetDateTime::parse(applied_on, &time::format_description::well_known::Rfc3339).ok()
}

fn grant_reading(chains: &[&'static Chain], role: &str) -> String {
    let schemas: BTreeSet<String> = chains.iter().map(|chain| quoted(chain.history().schema())).collect();
    let schemas = Vec::from_iter(schemas).join(", ");
    format!(
        "GRANT USAGE ON SCHEMA {schemas} TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA {schemas} TO {role}"
    )
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
