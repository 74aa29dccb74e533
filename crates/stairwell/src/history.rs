//! The histories: one table per chain, in refinery's layout.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error as PgError, Row};

use crate::books::{Books, no_schema};
use crate::error::{Error, Kind};
use crate::explain::{database, refused};
use crate::halves::{self, Half};
use crate::pipeline::both;
use crate::state::{self, Seal};
use crate::{AppliedMigration, Chain, HistoryTable, Version, journal, lease, statements};

/// What a database says was applied.
pub(crate) struct Histories {
    /// Where they are.
    pub(crate) books: Books,
    /// What was applied, ascending by version, by plugin; without a history table there is no entry.
    pub(crate) rows: HashMap<&'static str, Vec<AppliedMigration>>,
    /// Those schemas of the histories that exist.
    pub(crate) schemas: BTreeSet<String>,
    /// The plugins whose history this role may read, but not write.
    read_only: Vec<&'static str>,
    /// The plugins whose history this role may not remove rows from.
    append_only: Vec<&'static str>,
    /// The plugins whose history this role may use, but not put triggers on.
    pub(crate) not_owned: Vec<&'static str>,
    /// What the state says of the histories that are there, by plugin.
    pub(crate) seals: HashMap<&'static str, Seal>,
    pub(crate) bookkeeping: Bookkeeping,
    /// What is half applied, as the tables of all runs say.
    pub(crate) halves: Vec<Half>,
    /// The role, quoted.
    role: String,
    /// Tables among the books which have the layout of a history, by name; a tenant's without what stands before all.
    pub(crate) own: BTreeSet<String>,
}

/// Which of the tables that Stairwell has beside the histories are there, and what this role may do with them.
#[derive(Default)]
pub(crate) struct Bookkeeping {
    pub(crate) state: Option<Access>,
    pub(crate) journal: Option<Access>,
    pub(crate) statements: Option<Access>,
    /// Whether there is the function that the triggers of the histories call.
    pub(crate) function: bool,
    /// Tables that bear the name of one of these, and what is wrong with them.
    strange: Vec<String>,
}

impl Bookkeeping {
    pub(crate) fn may_read_journal(&self) -> bool {
        self.journal.is_some_and(|access| access.readable)
    }

    pub(crate) fn may_read_state(&self) -> bool {
        self.state.is_some_and(|access| access.readable)
    }

    /// Whether there is a journal that this role may not read.
    pub(crate) fn hides_journal(&self) -> bool {
        self.journal.is_some_and(|access| !access.readable)
    }
}

/// What a role may do with a table.
#[derive(Clone, Copy)]
pub(crate) struct Access {
    readable: bool,
    writable: bool,
}

/// Reads the histories of `chains` in two round trips, whatever their number. Creates nothing.
pub(crate) async fn read(client: &Client, chains: &[&'static Chain]) -> Result<Histories, Error> {
    for chain in chains {
        require_free(chain)?;
    }
    let books = Books::of(chains.iter().copied());
    let (role, function, tables) = inspect(client, books, chains).await?;
    let mut histories = Histories {
        books,
        rows: HashMap::new(),
        schemas: BTreeSet::new(),
        read_only: Vec::new(),
        append_only: Vec::new(),
        not_owned: Vec::new(),
        seals: HashMap::new(),
        halves: Vec::new(),
        bookkeeping: Bookkeeping { function, ..Bookkeeping::default() },
        role,
        own: BTreeSet::new(),
    };
    for ((schema, name), table) in &tables {
        histories.schemas.insert(schema.clone());
        let Some(name) = name.strip_prefix(books.prefix()).filter(|_| schema == books.schema()) else {
            continue;
        };
        let access = Access { readable: table.readable, writable: table.insertable };
        let own: &[&str] = match name {
            state::TABLE => &state::COLUMNS,
            journal::TABLE => &journal::COLUMNS,
            statements::TABLE => &statements::COLUMNS,
            _ => &[],
        };
        if let Some(missing) = own.iter().find(|column| table.column(column).is_none()) {
            let what = format!("{} (the column `{missing}` is missing)", books.quoted(name));
            histories.bookkeeping.strange.push(what);
            continue;
        }
        match name {
            state::TABLE => {
                // Rows are changed more often than they are made.
                histories.bookkeeping.state = Some(Access { writable: table.updatable, ..access });
            }
            journal::TABLE => histories.bookkeeping.journal = Some(access),
            statements::TABLE => {
                histories.bookkeeping.statements = Some(access);
            }
            _ if table.is_history() => histories.own.extend([name.to_owned()]),
            _ => {}
        }
    }
    if let Some(tenant) = books.tenant().filter(|tenant| !histories.schemas.contains(*tenant)) {
        return Err(no_schema(tenant));
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
            if !table.deletable {
                histories.append_only.push(chain.plugin());
            }
            if !table.owned {
                histories.not_owned.push(chain.plugin());
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
    let readable = histories.bookkeeping.may_read_state();
    let rows = union(&existing);
    // The seals are asked for first, and so are older than the rows or as old.
    let halves =
        halves::read(client, books, histories.bookkeeping.statements.is_some_and(|access| access.readable));
    let ((seals, found), halves) =
        both(both(seals(client, books, readable), client.query_typed(&rows, &[])), halves).await;
    let mut seals = seals.map_err(|cause| database("read the state", cause))?;
    for chain in &existing {
        let key = (chain.history().schema().to_owned(), chain.history().name().to_owned());
        histories.seals.extend(seals.remove(&key).map(|seal| (chain.plugin(), seal)));
    }
    histories.halves = halves.map_err(|cause| database("read stairwell.statements", cause))?;
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
    /// The role that reads, quoted.
    pub(crate) fn role(&self) -> &str {
        &self.role
    }

    /// Refuses a run that would find out after a long step that it may not record it.
    pub(crate) fn require_writable(&self, pending: &[&'static Chain]) -> Result<(), Error> {
        let closed = pending.iter().filter(|chain| self.read_only.contains(&chain.plugin()));
        let mut closed: Vec<String> = closed.map(|chain| chain.history().to_string()).collect();
        let mut grants = Vec::new();
        let Bookkeeping { state, journal, strange, .. } = &self.bookkeeping;
        if !strange.is_empty() {
            let message = format!(
                "not a table as Stairwell keeps it: {}; nothing was run; rename it, and a new one is made",
                strange.join(", ")
            );
            return Err(Error::new(Kind::Database, message));
        }
        if journal.is_some_and(|access| !access.writable) {
            closed.push(self.books.quoted(journal::TABLE));
        }
        if !closed.is_empty() {
            grants.push(format!("GRANT INSERT ON {} TO {}", closed.join(", "), self.role));
        }
        if state.is_some_and(|access| !access.writable || !access.readable) {
            let state = self.books.quoted(state::TABLE);
            grants.push(format!("GRANT SELECT, INSERT, UPDATE ON {state} TO {}", self.role));
            closed.push(state);
        }
        if closed.is_empty() {
            return Ok(());
        }
        let (tables, role, grants) = (closed.join(", "), &self.role, grants.join("; "));
        let message = format!(
            "cannot record in {tables}: the role {role} may not write there; nothing was run; as an owner run \
             `{grants}`, or migrate as the owner"
        );
        Err(Error::new(Kind::Database, message))
    }
}

impl Histories {
    /// Refuses what would find out after a long step that it may not remove its row.
    pub(crate) fn require_removable(&self, reverted: &[&'static Chain]) -> Result<(), Error> {
        let closed = reverted.iter().filter(|chain| self.append_only.contains(&chain.plugin()));
        let closed: Vec<String> = closed.map(|chain| chain.history().to_string()).collect();
        if closed.is_empty() {
            return Ok(());
        }
        let (tables, role) = (closed.join(", "), &self.role);
        let message = format!(
            "cannot remove rows from {tables}: the role {role} may not; nothing was run; as an owner run \
             `GRANT DELETE ON {tables} TO {role}`, or migrate as the owner"
        );
        Err(Error::new(Kind::Database, message))
    }
}

async fn seals(
    client: &Client,
    books: Books,
    readable: bool,
) -> Result<HashMap<(String, String), Seal>, PgError> {
    if readable { state::read(client, books).await } else { Ok(HashMap::new()) }
}

/// The tables of Stairwell's own bear names that a history cannot have.
fn require_free(chain: &Chain) -> Result<(), Error> {
    let history = chain.history();
    const OWN: [&str; 4] = [state::TABLE, journal::TABLE, statements::TABLE, lease::TABLE];
    let books = history.books();
    let own = history.name().strip_prefix(books.prefix()).is_some_and(|name| OWN.contains(&name));
    if history.schema() != books.schema() || !own {
        return Ok(());
    }
    let message = format!(
        "{history} cannot be the history of `{}`: Stairwell keeps a table of its own under that name; give the chain \
         another history table",
        chain.plugin()
    );
    Err(Error::new(Kind::History, message))
}

/// True if the row of `version` is there, once: a rule or trigger can swallow an INSERT.
pub(crate) fn has_row(history: HistoryTable, version: Version) -> String {
    format!("(SELECT pg_catalog.count(*) FROM {history} WHERE version = {version}) = 1")
}

/// True if the row of `version` is gone.
pub(crate) fn has_no_row(history: HistoryTable, version: Version) -> String {
    format!("NOT EXISTS (SELECT FROM {history} WHERE version = {version})")
}

/// A relation that bears the name of a history, or stands in the schema `stairwell`.
struct Table {
    kind: String,
    readable: bool,
    insertable: bool,
    updatable: bool,
    deletable: bool,
    owned: bool,
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

/// The role, whether there is the function of the triggers, and the relations which bear the name of a history or
/// are tables among the books, with their columns.
///
/// Schemas without any such relation are there with an empty name.
async fn inspect(
    client: &Client,
    books: Books,
    chains: &[&'static Chain],
) -> Result<(String, bool, BTreeMap<(String, String), Table>), Error> {
    const INSPECT: &str = "SELECT coalesce(n.nspname, '')::text, coalesce(c.relname, '')::text, \
         coalesce(c.relkind, '')::text, a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), \
         coalesce(pg_catalog.has_any_column_privilege(c.oid, 'INSERT'), false), \
         coalesce(c.relrowsecurity AND pg_catalog.row_security_active(c.oid), false), \
         pg_catalog.quote_ident(current_user), \
         coalesce(pg_catalog.has_table_privilege(c.oid, 'SELECT') \
              AND pg_catalog.has_schema_privilege(n.oid, 'USAGE'), false), \
         coalesce(pg_catalog.has_table_privilege(c.oid, 'UPDATE'), false), \
         coalesce(pg_catalog.pg_has_role(c.relowner, 'USAGE'), false), \
         EXISTS (SELECT FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace s ON s.oid = p.pronamespace \
              WHERE s.nspname = $3 AND p.proname = $4 AND pg_catalog.strpos(p.prosrc, $5) > 0), \
         coalesce(pg_catalog.has_table_privilege(c.oid, 'DELETE'), false) \
         FROM (SELECT 1) AS one \
         LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = $3 OR n.nspname::text = ANY ($1) \
         LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid \
         AND ((n.nspname = $3 AND c.relkind IN ('r', 'p') AND pg_catalog.strpos(c.relname::text, $6) = 1) OR (n.nspname::text, c.relname::text) IN \
              (SELECT * FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)))) \
         LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
         ORDER BY 1, 2, a.attnum";
    let schemas: Vec<&str> = chains.iter().map(|chain| chain.history().schema()).collect();
    let names: Vec<&str> = chains.iter().map(|chain| chain.history().name()).collect();
    let (schema, function) = (books.schema(), books.name(state::FUNCTION));
    let (body, prefix) = (state::function_of(books), books.prefix());
    let parameters: [(&(dyn ToSql + Sync), Type); 6] = [
        (&schemas, Type::TEXT_ARRAY),
        (&names, Type::TEXT_ARRAY),
        (&schema, Type::TEXT),
        (&function, Type::TEXT),
        (&body, Type::TEXT),
        (&prefix, Type::TEXT),
    ];
    let lost = |cause| database("look for the history tables", cause);
    let mut role = String::new();
    let mut function = false;
    let mut tables: BTreeMap<(String, String), Table> = BTreeMap::new();
    for row in client.query_typed(INSPECT, &parameters).await.map_err(lost)? {
        role = row.try_get(7).map_err(lost)?;
        function = row.try_get(11).map_err(lost)?;
        let key: (String, String) = (row.try_get(0).map_err(lost)?, row.try_get(1).map_err(lost)?);
        if key.0.is_empty() {
            // None of the schemas exists.
            continue;
        }
        let table = Table {
            kind: row.try_get(2).map_err(lost)?,
            readable: row.try_get(8).map_err(lost)?,
            insertable: row.try_get(5).map_err(lost)?,
            updatable: row.try_get(9).map_err(lost)?,
            owned: row.try_get(10).map_err(lost)?,
            deletable: row.try_get(12).map_err(lost)?,
            veiled: row.try_get(6).map_err(lost)?,
            columns: Vec::new(),
        };
        let table = tables.entry(key).or_insert(table);
        let column: Option<String> = row.try_get(3).map_err(lost)?;
        let of_type: Option<String> = row.try_get(4).map_err(lost)?;
        table.columns.extend(column.zip(of_type));
    }
    Ok((role, function, tables))
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

pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
