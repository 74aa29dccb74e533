//! `stairwell.statements`: how far a step has come that runs statement by statement.
//!
//! A row is written before its statement and says so after it. All rows of a step are removed in the transaction
//! that writes the history row, so the table is empty unless a run was cut off or has failed.

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error as PgError};

use crate::fence::Fence;
use crate::leftover::Subject;
use crate::settings::literal;
use crate::{Chain, HistoryTable, Version, state, words};

/// The name in the schema `stairwell`.
pub(crate) const TABLE: &str = "statements";

pub(crate) const COLUMNS: [&str; 13] = [
    "history",
    "version",
    "direction",
    "ordinal",
    "plugin",
    "name",
    "statements",
    "hash",
    "statement",
    "state",
    "before",
    "started_at",
    "finished_at",
];

/// `before` are the objects that were there, with the name of what the statement makes, when it began.
pub(crate) const CREATE: &str = "CREATE TABLE stairwell.statements (history text NOT NULL, version bigint NOT NULL, \
     direction text NOT NULL CHECK (direction IN ('up', 'down')), ordinal integer NOT NULL, plugin text NOT NULL, \
     name text NOT NULL, statements integer NOT NULL, hash text NOT NULL, statement text NOT NULL, \
     state text NOT NULL CHECK (state IN ('started', 'failed', 'done')), before oid[] NOT NULL, \
     started_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(), finished_at timestamptz, \
     PRIMARY KEY (history, version, direction, ordinal))";

/// Which step the rows are of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'p> {
    history: HistoryTable,
    plugin: &'p str,
    version: Version,
    name: &'p str,
    reverting: bool,
}

/// How far a statement has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It may have run or not.
    Started,
    /// The server refused it.
    Failed,
    Done,
}

/// What is known of a statement that was begun.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Its place in the step, from 1.
    pub(crate) ordinal: usize,
    pub(crate) hash: String,
    pub(crate) statement: String,
    pub(crate) state: State,
    /// Whether there was something before with the name of what it makes.
    pub(crate) had: bool,
}

impl<'p> Place<'p> {
    pub(crate) fn new(chain: &'p Chain, version: Version, name: &'p str, reverting: bool) -> Self {
        Place { history: chain.history(), plugin: chain.plugin(), version, name, reverting }
    }

    /// The table of all rows.
    fn table(&self) -> String {
        self.history.books().table(TABLE)
    }

    fn state(&self) -> String {
        self.history.books().table(state::TABLE)
    }

    fn direction(&self) -> &'static str {
        if self.reverting { "down" } else { "up" }
    }

    /// The rows of the step.
    fn key(&self) -> String {
        let history = literal(&self.history.to_string());
        format!("history = {history} AND version = {} AND direction = '{}'", self.version, self.direction())
    }

    fn row(&self, ordinal: usize) -> String {
        format!("{} AND ordinal = {ordinal}", self.key())
    }

    /// What was written down. Makes the table if there is none.
    pub(crate) async fn entries(&self, client: &Client, fence: &Fence) -> Result<Vec<Entry>, PgError> {
        const EXISTS: &str = "SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n \
             ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2)";
        let books = self.history.books();
        let (schema, table) = (books.schema(), books.name(TABLE));
        let parameters: [(&(dyn ToSql + Sync), Type); 2] = [(&schema, Type::NAME), (&table, Type::NAME)];
        if !client.query_typed_one(EXISTS, &parameters).await?.try_get::<_, bool>(0)? {
            client.batch_execute(&format!("{}; {}", fence.enter(), books.sql(CREATE))).await?;
            return Ok(Vec::new());
        }
        const READ: &str = "SELECT ordinal, hash, statement, state, before <> '{}' FROM stairwell.statements \
             WHERE history = $1 AND version = $2 AND direction = $3 ORDER BY ordinal";
        let (history, direction) = (self.history.to_string(), self.direction());
        let parameters: [(&(dyn ToSql + Sync), Type); 3] =
            [(&history, Type::TEXT), (&self.version, Type::INT8), (&direction, Type::TEXT)];
        let mut entries = Vec::new();
        for row in client.query_typed(&books.sql(READ), &parameters).await? {
            let (ordinal, state): (i32, String) = (row.try_get(0)?, row.try_get(3)?);
            entries.push(Entry {
                ordinal: usize::try_from(ordinal).unwrap_or_default(),
                hash: row.try_get(1)?,
                statement: row.try_get(2)?,
                state: match state.as_str() {
                    "done" => State::Done,
                    "failed" => State::Failed,
                    _ => State::Started,
                },
                had: row.try_get(4)?,
            });
        }
        Ok(entries)
    }

    /// That a statement begins, of so many. What was there before the first attempt stays what it was.
    ///
    /// A history of which a migration is half reverted is none that nothing is to be done about, so its fingerprint
    /// is made one that none is equal to.
    pub(crate) fn start(&self, ordinal: usize, of: usize, statement: &str) -> String {
        let before = Subject::of(statement).map_or_else(
            || "'{}'".to_owned(),
            |subject| format!("ARRAY(SELECT found.oid FROM ({}) AS found)", subject.candidates()),
        );
        let [history, plugin, name] = [&*self.history.to_string(), self.plugin, self.name].map(literal);
        let insert = format!(
            "INSERT INTO {} AS s (history, version, direction, ordinal, plugin, name, statements, \
             hash, statement, state, before) VALUES ({history}, {}, '{}', {ordinal}, {plugin}, {name}, {of}, '{}', {}, \
             'started', {before}) ON CONFLICT (history, version, direction, ordinal) DO UPDATE SET state = 'started', \
             before = CASE WHEN s.hash = excluded.hash THEN s.before ELSE excluded.before END, hash = excluded.hash, \
             statement = excluded.statement, name = excluded.name, statements = excluded.statements, \
             started_at = excluded.started_at, finished_at = NULL",
            self.table(),
            self.version,
            self.direction(),
            hash(statement),
            literal(core(statement)),
        );
        if !self.reverting {
            return insert;
        }
        let row = self.row_of_state();
        format!(
            "{insert}; UPDATE {} SET fingerprint = fingerprint || '!' WHERE {row} AND fingerprint !~ '!'",
            self.state()
        )
    }

    /// That it has come to its end.
    pub(crate) fn finish(&self, ordinal: usize) -> String {
        format!(
            "UPDATE {} SET state = 'done', finished_at = pg_catalog.clock_timestamp() WHERE {}",
            self.table(),
            self.row(ordinal)
        )
    }

    /// That the server refused it. What leaves nothing is forgotten.
    pub(crate) fn fail(&self, ordinal: usize, statement: &str) -> String {
        let row = self.row(ordinal);
        match Subject::of(statement) {
            Some(_) => format!("UPDATE {} SET state = 'failed' WHERE {row}", self.table()),
            None => format!("DELETE FROM {} WHERE {row}", self.table()),
        }
    }

    /// What an operator runs who knows that it has come to its end.
    pub(crate) fn decide(&self, ordinal: usize) -> String {
        format!("UPDATE {} SET state = 'done' WHERE {}", self.table(), self.row(ordinal))
    }

    /// What an operator runs who knows that it has not.
    pub(crate) fn forget_one(&self, ordinal: usize) -> String {
        format!("DELETE FROM {} WHERE {}", self.table(), self.row(ordinal))
    }

    /// That the step is whole, or as if it had never begun.
    pub(crate) fn forget(&self) -> String {
        format!("DELETE FROM {} WHERE {}", self.table(), self.key())
    }

    /// The same, in the transaction of the history row.
    pub(crate) fn close(&self) -> String {
        let forget = self.forget();
        if !self.reverting {
            return forget;
        }
        let row = self.row_of_state();
        format!(
            "{forget}; UPDATE {} SET fingerprint = pg_catalog.rtrim(fingerprint, '!') WHERE {row}",
            self.state()
        )
    }

    /// A query for what is there of `subject`: `name`, `whole`, `earlier`.
    pub(crate) fn probe(&self, ordinal: usize, subject: &Subject) -> String {
        format!(
            "SELECT found.name, found.whole, found.oid = ANY (s.before) FROM ({}) AS found, \
             (SELECT before FROM {} WHERE {}) AS s",
            subject.candidates(),
            self.table(),
            self.row(ordinal)
        )
    }

    fn row_of_state(&self) -> String {
        format!("history = {}::pg_catalog.regclass", literal(&self.history.to_string()))
    }
}

/// A statement without what stands around it.
fn core(statement: &str) -> &str {
    statement
        .get(words::beginning(statement)..)
        .unwrap_or(statement)
        .trim_end()
        .trim_end_matches(';')
        .trim_end()
}

/// What is compared of a statement: FNV-1a with 64 bits over its [`core`]. It is stored, so it must never change.
pub(crate) fn hash(statement: &str) -> String {
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    format!("{:016x}", core(statement).bytes().fold(0xcbf2_9ce4_8422_2325, fold))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_never_changes_and_is_that_of_the_statement_alone() {
        assert_eq!(hash("SELECT 1"), "199e7bca63ea84f2");
        assert_eq!(hash("-- why\n\nSELECT 1 ;\n"), hash("SELECT 1"));
        assert_ne!(hash("SELECT 2"), hash("SELECT 1"));
    }
}
