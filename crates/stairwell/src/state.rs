//! `stairwell.state`: what each history holds, so that a start with nothing to do need not read it.
//!
//! One row per history, with the fingerprint of what was applied, written in the transaction that changes the
//! history. A fingerprint is worth something only if every other change makes it void. The server sees to that:
//! a trigger on each history marks its row as no longer sealed, whoever writes there (an older binary, refinery,
//! a hand), and in which replication role. What a trigger cannot see is compared: the row is bound to the table
//! itself, its file, its columns and its trigger, by [`GUARDS`]. So a table that was dropped and made again,
//! restored, rewritten by ALTER TABLE, or written while its trigger was off is one without a seal.
//!
//! Without a valid seal the histories are read, as if this table did not exist. Nothing here is ever trusted
//! for applying: a run that has something to do reads the histories under its lock.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt::Display;

use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error as PgError};

use crate::books::Books;
use crate::fingerprint::Fingerprint;
use crate::guard::Guard;
use crate::history::quoted;
use crate::settings::literal;
use crate::{Chain, HistoryTable};

/// The name in the schema `stairwell`.
pub(crate) const TABLE: &str = "state";

pub(crate) const COLUMNS: [&str; 11] = [
    "history",
    "plugin",
    "table_schema",
    "table_name",
    "fingerprint",
    "sealed",
    "generation",
    "guards",
    "relation",
    "file",
    "trigger_version",
];

/// `generation` is the transaction that changed the history last, as far as the triggers know.
pub(crate) const CREATE: &str = "CREATE TABLE stairwell.state (history oid PRIMARY KEY, plugin text NOT NULL, \
     table_schema text NOT NULL, table_name text NOT NULL, fingerprint text NOT NULL, sealed boolean NOT NULL, \
     generation bigint NOT NULL, guards text NOT NULL, relation text NOT NULL, file oid NOT NULL, trigger_version xid NOT NULL);";

/// The name in the schema `stairwell`.
pub(crate) const FUNCTION: &str = "history_changed";

/// It runs as its owner, because whoever may write a history need not be able to write here. A run changes its
/// row of the state first, so it is left alone by the trigger: that one is of the same transaction.
pub(crate) const CREATE_FUNCTION: &str = "CREATE FUNCTION stairwell.history_changed() RETURNS trigger LANGUAGE plpgsql \
     SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $stairwell$ BEGIN \
     IF to_regclass('stairwell.state') IS NOT NULL THEN \
     UPDATE stairwell.state SET sealed = false, generation = txid_current() \
     WHERE history = TG_RELID AND generation <> txid_current(); \
     END IF; RETURN NULL; END $stairwell$;";

/// [`CREATE_FUNCTION`], for these books. That of a tenant may be there already, from before its schema was renamed.
pub(crate) fn create_function(books: Books) -> String {
    let create = books.sql(CREATE_FUNCTION);
    if books.tenant().is_none() {
        create.into_owned()
    } else {
        create.replacen("CREATE", "CREATE OR REPLACE", 1)
    }
}

/// What its text has in it if it is of these books, and not of a schema that got another name since.
pub(crate) fn function_of(books: Books) -> Cow<'static, str> {
    books.sql("to_regclass('stairwell.state')")
}

/// What binds a row of the state to the table `c` of `pg_class`, with [`TRIGGER`] beside it. TRUNCATE gives a table
/// another file.
const GUARDS: &str = "pg_catalog.concat_ws(' ', c.oid, c.relfilenode, c.relkind, c.relrowsecurity, c.relhassubclass, \
     c.relispartition, (SELECT pg_catalog.string_agg(a.attname || ' ' || a.atttypid, ' ' ORDER BY a.attnum) \
     FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), t.oid, t.xmin, \
     t.tgenabled)";

const TRIGGER_NAME: &str = "stairwell_history_written";

/// The trigger of a history: a switch of it makes it a new row, with another `xmin`. It is looked up by both columns
/// of an index; the plan stays good however many triggers the database has.
const TRIGGER: &str =
    "LEFT JOIN pg_catalog.pg_trigger t ON t.tgrelid = c.oid AND t.tgname = 'stairwell_history_written'";

/// The setting by which a transaction tells the trigger that it has stamped the state: its own number, after `!` if
/// there was nothing to stamp. It is good for one row, and the trigger takes it away; after `*` it is good for all.
///
/// The function would find out by itself what was stamped, but each session compiles and plans it once for each
/// history, which takes longer than writing a row. The condition of a trigger costs next to nothing.
const STAMPED: &str = "stairwell.stamped";

/// An expression that says so, where `stairwell_state` is the row that was stamped, if there is one.
pub(crate) fn stamped() -> String {
    format!(
        "pg_catalog.set_config('{STAMPED}', CASE WHEN EXISTS (SELECT FROM stairwell_state) THEN '' ELSE '!' END || \
         pg_catalog.txid_current()::text, true)"
    )
}

/// A statement that says so for all rows that this transaction writes, and not for one: nothing may follow it but what
/// is stamped, and COMMIT.
pub(crate) fn stamp_rows() -> String {
    format!("SELECT pg_catalog.set_config('{STAMPED}', '*' || pg_catalog.txid_current()::text, true)")
}

/// A statement that fails unless a row was written since: a rule or a trigger can swallow it.
pub(crate) fn require_row() -> String {
    Guard::Row.require(&format!("pg_catalog.current_setting('{STAMPED}', true) = ''"))
}

/// A row trigger, because logical replication fires no others; ALWAYS, because it would not fire this one else.
///
/// A history that is `new` has none that would have to be removed before.
pub(crate) fn guard(history: HistoryTable, new: bool) -> String {
    const NAME: &str = TRIGGER_NAME;
    let function = history.books().table(FUNCTION);
    let drop = if new { String::new() } else { format!("DROP TRIGGER IF EXISTS {NAME} ON {history};") };
    format!(
        "{drop} CREATE TRIGGER {NAME} AFTER INSERT OR UPDATE OR DELETE ON {history} FOR EACH ROW \
         WHEN (CASE pg_catalog.current_setting('{STAMPED}', true) \
         WHEN pg_catalog.txid_current()::text THEN pg_catalog.set_config('{STAMPED}', '', true) <> '' \
         WHEN '*' || pg_catalog.txid_current()::text THEN false \
         WHEN '!' || pg_catalog.txid_current()::text THEN pg_catalog.set_config('{STAMPED}', '', true) = '' \
         ELSE true END) EXECUTE FUNCTION {function}(); ALTER TABLE {history} ENABLE ALWAYS TRIGGER {NAME};"
    )
}

/// Makes the rows of histories whose triggers have just been made; sealed are those that are empty.
///
/// One statement for all of them, because planning it takes longer than running it.
pub(crate) fn insert<'c>(chains: impl IntoIterator<Item = &'c Chain>) -> String {
    let row = |chain: &Chain| {
        let history = chain.history();
        let [plugin, schema, name] = [chain.plugin(), history.schema(), history.name()].map(literal);
        let empty = Fingerprint::empty(history);
        format!(
            "({}, {plugin}, {schema}, {name}, '{empty}', NOT EXISTS (SELECT FROM {history}), {})",
            oid(history),
            literal(&history.to_string())
        )
    };
    let chains: Vec<&Chain> = chains.into_iter().collect();
    let state = Books::of(chains.iter().copied()).table(TABLE);
    let rows: Vec<String> = chains.into_iter().map(row).collect();
    if rows.is_empty() {
        return String::new();
    }
    format!(
        "INSERT INTO {state} SELECT v.history, v.plugin, v.table_schema, v.table_name, v.fingerprint, v.sealed, \
         pg_catalog.txid_current(), {GUARDS}, v.relation, coalesce(pg_catalog.pg_relation_filenode(v.history), 0), t.xmin \
         FROM (VALUES {}) AS v (history, plugin, table_schema, table_name, fingerprint, sealed, relation) \
         JOIN pg_catalog.pg_class c ON c.oid = v.history {TRIGGER} \
         ON CONFLICT (history) DO UPDATE SET plugin = excluded.plugin, table_schema = excluded.table_schema, \
         table_name = excluded.table_name, fingerprint = excluded.fingerprint, sealed = excluded.sealed, \
         generation = excluded.generation, guards = excluded.guards, relation = excluded.relation, \
         file = excluded.file, trigger_version = excluded.trigger_version;",
        rows.join(", ")
    )
}

/// Seals a history that was read when it had been changed last by the transaction `generation`.
pub(crate) fn seal(history: HistoryTable, generation: impl Display, fingerprint: Fingerprint) -> String {
    format!(
        "UPDATE {} SET fingerprint = '{fingerprint}', sealed = true \
         WHERE history = {} AND generation = {generation};",
        table(history),
        oid(history)
    )
}

/// A statement for the transaction that changes a history from `before` to `after`. It does nothing if
/// somebody else has changed the history since this run read it, and then the trigger breaks the seal.
pub(crate) fn stamp(history: HistoryTable, before: Fingerprint, after: Fingerprint) -> String {
    stamp_values(history.books(), &stamps(history, before, after))
}

/// The same for one row, and for its trigger.
pub(crate) fn stamp_row(history: HistoryTable, before: Fingerprint, after: Fingerprint) -> String {
    format!("WITH stairwell_state AS ({} RETURNING 1) SELECT {}", stamp(history, before, after), stamped())
}

/// A statement that does to a history what its trigger does, unless this transaction has stamped it.
pub(crate) fn unseal_unless_stamped(history: HistoryTable) -> String {
    format!(
        "UPDATE {} SET sealed = false, generation = pg_catalog.txid_current() \
         WHERE history = {} AND generation <> pg_catalog.txid_current()",
        history.books().table(TABLE),
        oid(history)
    )
}

/// What differs between such statements, as SQL, and the types of that.
pub(crate) fn stamps(history: HistoryTable, before: Fingerprint, after: Fingerprint) -> [String; 3] {
    [oid(history), format!("'{before}'"), format!("'{after}'")]
}
pub(crate) const STAMP_TYPES: [&str; 3] = ["oid", "text", "text"];

pub(crate) fn stamp_values(books: Books, [history, before, after]: &[String; 3]) -> String {
    format!(
        "UPDATE {} SET fingerprint = {after}, generation = pg_catalog.txid_current() \
         WHERE history = {history} AND sealed AND fingerprint = {before}",
        books.table(TABLE)
    )
}

/// True if the history has the triggers, the table and the columns that its row was made with.
pub(crate) fn is_guarded(history: HistoryTable) -> String {
    format!(
        "EXISTS (SELECT FROM {} s JOIN pg_catalog.pg_class c ON c.oid = s.history {TRIGGER} \
         WHERE c.oid = {} AND s.guards = {GUARDS})",
        table(history),
        oid(history)
    )
}

/// The state that knows of `history`.
fn table(history: HistoryTable) -> String {
    history.books().table(TABLE)
}

pub(crate) fn oid(history: HistoryTable) -> String {
    format!("{}::pg_catalog.regclass", literal(&history.to_string()))
}

/// A row of the state.
#[derive(Clone, Debug)]
pub(crate) struct Seal {
    /// The transaction that changed the history last.
    pub(crate) generation: i64,
    /// Whether the fingerprint is the history's.
    pub(crate) sealed: bool,
    /// Whether the triggers are those that the row was made with.
    pub(crate) guarded: bool,
    fingerprint: String,
}

impl Seal {
    pub(crate) fn is_of(&self, fingerprint: Fingerprint) -> bool {
        self.sealed && self.guarded && self.fingerprint == fingerprint.to_string()
    }
}

/// Every row, by schema and name of its history. The table has to be there.
///
/// Read before the histories: a change in between is one that [`seal`] does not know.
pub(crate) async fn read(client: &Client, books: Books) -> Result<HashMap<(String, String), Seal>, PgError> {
    let query = format!(
        "SELECT s.table_schema, s.table_name, s.generation, s.sealed, s.guards = {GUARDS}, s.fingerprint {} {TRIGGER}",
        from(books)
    );
    let mut seals = HashMap::new();
    for row in client.query_typed(&query, &[]).await? {
        let seal = Seal {
            generation: row.try_get(2)?,
            sealed: row.try_get(3)?,
            guarded: row.try_get::<_, Option<bool>>(4)?.unwrap_or(false),
            fingerprint: row.try_get(5)?,
        };
        seals.insert((row.try_get(0)?, row.try_get(1)?), seal);
    }
    Ok(seals)
}

/// Rows whose table still has its name.
fn from(books: Books) -> String {
    format!(
        "FROM {} s JOIN pg_catalog.pg_namespace n ON n.nspname = s.table_schema \
         JOIN pg_catalog.pg_class c ON c.oid = s.history AND c.relnamespace = n.oid AND c.relname = s.table_name",
        books.table(TABLE)
    )
}

/// The fingerprints of the histories that are sealed: one round trip, whatever the number of migrations.
///
/// None at all if the table is not there or cannot be read. That must not be an error of the server, which would
/// stand in its log at every start, and end a transaction of the caller's; only a query in a string can name a
/// table that may not exist. Of the functions that run one, only those for XML give text, and not every server is
/// built with XML, so the fingerprints come as the lexemes of text search vectors. The answer is no better than that
/// either if one of `absent` exists, the histories of chains without migrations.
///
/// In a new session most of the time goes into looking up what a query names. So this one names little: of what binds
/// a row to its table, it compares only what can change together with the rows, and whether the columns are there.
pub(crate) async fn sealed(
    client: &Client,
    books: Books,
    absent: &[HistoryTable],
) -> Result<HashSet<String>, PgError> {
    // CASE looks in this order, and a schema that may not be used must not be looked into.
    let mut ask = "SELECT CASE WHEN pg_catalog.has_schema_privilege(pg_catalog.to_regnamespace($1)::pg_catalog.oid, 'USAGE') \
         THEN CASE WHEN pg_catalog.has_table_privilege(pg_catalog.to_regclass($2)::pg_catalog.oid, 'SELECT') \
         THEN (SELECT pg_catalog.string_agg(word, ' ') FROM pg_catalog.ts_stat($3)) END END"
        .to_owned();
    let (schema, state) = (quoted(books.schema()), books.table(TABLE));
    let rows = format!(
        "SELECT pg_catalog.array_to_tsvector(ARRAY[s.fingerprint]) FROM {state} s \
         JOIN pg_catalog.pg_trigger t ON t.tgrelid = s.history AND t.tgname = '{TRIGGER_NAME}' \
         WHERE s.sealed AND s.fingerprint <> '' AND pg_catalog.to_regclass(s.relation) = s.history \
         AND pg_catalog.pg_relation_filenode(s.history) = s.file AND t.xmin = s.trigger_version AND t.tgenabled = 'A' \
         AND (SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute a WHERE a.attrelid = s.history AND a.attnum > 0 \
              AND a.attname IN ('version', 'name', 'applied_on', 'checksum')) = 4"
    );
    let schemas: Vec<&str> = absent.iter().map(HistoryTable::schema).collect();
    let names: Vec<&str> = absent.iter().map(HistoryTable::name).collect();
    let mut parameters: Vec<(&(dyn ToSql + Sync), Type)> =
        vec![(&schema, Type::TEXT), (&state, Type::TEXT), (&rows, Type::TEXT)];
    if !absent.is_empty() {
        ask.push_str(
            " WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_class c \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE (n.nspname::text, c.relname::text) IN \
             (SELECT * FROM ROWS FROM (pg_catalog.unnest($4), pg_catalog.unnest($5))))",
        );
        parameters.extend([
            (&schemas as &(dyn ToSql + Sync), Type::TEXT_ARRAY),
            (&names as &(dyn ToSql + Sync), Type::TEXT_ARRAY),
        ]);
    }
    // A table of that name which is not ours.
    const STRANGE: [SqlState; 4] = [
        SqlState::UNDEFINED_COLUMN,
        SqlState::UNDEFINED_FUNCTION,
        SqlState::DATATYPE_MISMATCH,
        SqlState::INSUFFICIENT_PRIVILEGE,
    ];
    let row = match client.query_typed_opt(&ask, &parameters).await {
        Ok(Some(row)) => row,
        Ok(None) => return Ok(HashSet::new()),
        Err(cause) if cause.code().is_some_and(|code| STRANGE.contains(code)) => return Ok(HashSet::new()),
        Err(cause) => return Err(cause),
    };
    let fingerprints: Option<String> = row.try_get(0)?;
    Ok(fingerprints.unwrap_or_default().split_whitespace().map(str::to_owned).collect())
}
