//! `stairwell.journal`: what was ever applied and reverted, by whom, and what reverts it.
//!
//! An entry is written in the transaction of the history row that it tells of, so that neither is there without
//! the other. The text that reverts a migration is kept with it: a binary that was built before the migration
//! can revert it from here.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use crate::settings::literal;
use crate::{Chain, Down, Migration, Step};

/// The name in the schema `stairwell`.
pub(crate) const TABLE: &str = "journal";

pub(crate) const COLUMNS: [&str; 15] = [
    "id",
    "run",
    "plugin",
    "version",
    "name",
    "direction",
    "checksum",
    "started_at",
    "duration",
    "application",
    "application_version",
    "role",
    "revert",
    "revert_bounds",
    "revert_note",
];

/// The trigger keeps entries from being changed by mistake; whoever owns the table can remove it.
pub(crate) const CREATE: &str = "CREATE TABLE stairwell.journal (\
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, run uuid NOT NULL, plugin text NOT NULL, \
     version bigint NOT NULL, name text NOT NULL, \
     direction text NOT NULL CHECK (direction IN ('up', 'down')), checksum text NOT NULL, \
     started_at timestamptz NOT NULL, duration interval NOT NULL, application text, application_version text, \
     role text NOT NULL, revert text, revert_bounds integer[], revert_note text, CHECK (revert IS NULL OR revert_note IS NULL)); \
     CREATE INDEX journal_plugin_version ON stairwell.journal (plugin, version); \
     CREATE FUNCTION stairwell.journal_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $stairwell$ BEGIN \
     RAISE 'entries of stairwell.journal are neither changed nor removed'; END $stairwell$; \
     CREATE TRIGGER journal_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON stairwell.journal \
     FOR EACH STATEMENT EXECUTE FUNCTION stairwell.journal_is_append_only();";

/// The application that migrates, as the journal calls it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Application {
    pub(crate) name: Option<String>,
    pub(crate) version: Option<String>,
}

/// What all entries of a run have in common.
pub(crate) struct Run {
    id: u128,
    application: Application,
}

/// Which way a step goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Up,
    Down,
}

/// What an entry says of a step.
pub(crate) struct Entry<'e> {
    pub(crate) plugin: &'e str,
    pub(crate) version: i64,
    pub(crate) name: &'e str,
    pub(crate) checksum: u64,
    pub(crate) direction: Direction,
    pub(crate) revert: Revert<'e>,
}

/// What reverts a step.
pub(crate) enum Revert<'e> {
    /// Does not apply: the step is one down.
    Down,
    /// This text, in a transaction.
    Sql(&'e str),
    /// The statements at these bounds of the text, one by one.
    Statements { sql: &'e str, bounds: &'e [(usize, usize)] },
    /// Nothing that could be kept here, for this reason.
    Nothing(String),
}

impl<'e> Entry<'e> {
    /// That `migration` was applied.
    pub(crate) fn up(chain: &Chain, migration: &'e Migration) -> Self {
        Entry {
            plugin: chain.plugin(),
            version: migration.version(),
            name: migration.name(),
            checksum: migration.checksum(),
            direction: Direction::Up,
            revert: Revert::of(migration),
        }
    }
}

impl<'e> Revert<'e> {
    fn of(migration: &'e Migration) -> Self {
        match migration.down() {
            Down::Step(Step::Sql(sql)) => Revert::Sql(sql),
            Down::Step(Step::Statements { sql, bounds }) => Revert::Statements { sql, bounds },
            Down::Step(Step::Rust { .. }) => Revert::Nothing(format!(
                "a Rust step, in {}: only a binary that contains it reverts it",
                migration.path()
            )),
            Down::Irreversible(reason) => Revert::Nothing(format!("irreversible: {reason}")),
        }
    }
}

impl Run {
    pub(crate) fn new(application: Application) -> Self {
        // RandomState is what the standard library has of randomness.
        let word = || u128::from(RandomState::new().build_hasher().finish());
        let random = word() << 64 | word();
        let id = random & !(0xf << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
        Run { id, application }
    }

    /// A statement, or a part of WITH, that writes an entry. Without a `duration`, the step has taken what the
    /// transaction has.
    pub(crate) fn insert(&self, entry: &Entry<'_>, duration: Option<Duration>) -> String {
        let (started, took) = match duration {
            None => (
                "pg_catalog.transaction_timestamp()".to_owned(),
                "pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()".to_owned(),
            ),
            Some(duration) => {
                let interval = format!("INTERVAL '{} microseconds'", duration.as_micros());
                (format!("pg_catalog.clock_timestamp() - {interval}"), interval)
            }
        };
        let (revert, bounds, note) = match &entry.revert {
            Revert::Down => (None, None, None),
            Revert::Sql(sql) => (Some(*sql), None, None),
            Revert::Statements { sql, bounds } => (Some(*sql), Some(array(bounds)), None),
            Revert::Nothing(note) => (None, None, Some(note.as_str())),
        };
        let direction = match entry.direction {
            Direction::Up => "up",
            Direction::Down => "down",
        };
        format!(
            "INSERT INTO stairwell.journal (run, plugin, version, name, direction, checksum, started_at, duration, \
             application, application_version, role, revert, revert_bounds, revert_note) VALUES ('{:032x}', {}, {}, {}, \
             '{direction}', '{}', {started}, {took}, {}, {}, current_user, {}, {}, {})",
            self.id,
            literal(entry.plugin),
            entry.version,
            literal(entry.name),
            entry.checksum,
            nullable(self.application.name.as_deref()),
            nullable(self.application.version.as_deref()),
            nullable(revert),
            bounds.as_deref().unwrap_or("NULL"),
            nullable(note),
        )
    }
}

fn nullable(text: Option<&str>) -> String {
    text.map_or_else(|| "NULL".to_owned(), literal)
}

/// Byte offsets, two for each statement.
fn array(bounds: &[(usize, usize)]) -> String {
    let numbers: Vec<String> =
        bounds.iter().flat_map(|(start, end)| [start, end]).map(usize::to_string).collect();
    format!("'{{{}}}'", numbers.join(","))
}
