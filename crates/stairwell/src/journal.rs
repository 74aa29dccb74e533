//! `stairwell.journal`: what was ever applied and reverted, by whom, and what reverts it.
//!
//! An entry is written in the transaction of the history row that it tells of, so that neither is there without
//! the other. The text that reverts a migration is kept with it: a binary that was built before the migration
//! can revert it from here.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error as PgError};

use crate::books::Books;
use crate::settings::literal;
use crate::{AppliedMigration, Chain, Down, Migration, Step, Version};

/// The name in the schema `stairwell`.
pub(crate) const TABLE: &str = "journal";

pub(crate) const COLUMNS: [&str; 17] = [
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
    "requires",
    "breaks_older_binaries",
];

/// The trigger keeps entries from being changed by mistake; whoever owns the table can remove it.
pub(crate) const CREATE: &str = "CREATE TABLE stairwell.journal (\
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, run uuid NOT NULL, plugin text NOT NULL, \
     version bigint NOT NULL, name text NOT NULL, \
     direction text NOT NULL CHECK (direction IN ('up', 'down', 'mark', 'unmark', 'repair', 'uninstall')), checksum text NOT NULL, \
     started_at timestamptz NOT NULL, duration interval NOT NULL, application text, application_version text, \
     role text NOT NULL, revert text, revert_bounds integer[], revert_note text, \
     requires text[] NOT NULL, breaks_older_binaries text, CHECK (revert IS NULL OR revert_note IS NULL)); \
     CREATE OR REPLACE FUNCTION stairwell.journal_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $stairwell$ BEGIN \
     RAISE 'entries of stairwell.journal are neither changed nor removed'; END $stairwell$; \
     CREATE TRIGGER journal_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON stairwell.journal \
     FOR EACH STATEMENT EXECUTE FUNCTION stairwell.journal_is_append_only();";

/// [`CREATE`], for these books.
pub(crate) fn create(books: Books) -> String {
    let create = books.sql(CREATE);
    // What a trigger raises has placeholders of its own; the name of a tenant has no place there.
    let (named, unnamed) = (format!("of {}", books.table(TABLE)), "of the journal");
    if books.tenant().is_none() { create.into_owned() } else { create.replace(&named, unnamed) }
}

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
    /// Recorded as applied, without running.
    Mark,
    /// No longer recorded as applied, without running.
    Unmark,
    /// Recorded with another checksum, of an equal text.
    Repair,
    /// The plugin was reverted whole, and its history removed.
    Uninstall,
}

impl Direction {
    fn text(self) -> &'static str {
        match self {
            Direction::Up => "up",
            Direction::Down => "down",
            Direction::Mark => "mark",
            Direction::Unmark => "unmark",
            Direction::Repair => "repair",
            Direction::Uninstall => "uninstall",
        }
    }
}

/// What an entry says of a step.
pub(crate) struct Entry<'e> {
    /// Whose journal it stands in.
    pub(crate) books: Books,
    pub(crate) plugin: &'e str,
    pub(crate) version: i64,
    pub(crate) name: &'e str,
    pub(crate) checksum: u64,
    pub(crate) direction: Direction,
    pub(crate) revert: Revert<'e>,
    /// What a migration requires: `computers@2`.
    pub(crate) requires: Vec<String>,
    /// Why a migration breaks binaries that were built before it.
    pub(crate) breaks: Option<&'e str>,
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
            books: chain.history().books(),
            plugin: chain.plugin(),
            version: migration.version(),
            name: migration.name(),
            checksum: migration.checksum(),
            direction: Direction::Up,
            revert: Revert::of(migration),
            requires: chain.requires().iter().chain(migration.requires()).map(ToString::to_string).collect(),
            breaks: migration.breaks_older_binaries(),
        }
    }

    /// That a migration was reverted.
    pub(crate) fn down(chain: &Chain, row: &'e AppliedMigration) -> Self {
        Entry {
            books: chain.history().books(),
            plugin: chain.plugin(),
            version: row.version,
            name: &row.name,
            checksum: row.checksum,
            direction: Direction::Down,
            revert: Revert::Down,
            requires: Vec::new(),
            breaks: None,
        }
    }

    /// That a plugin was taken out. Version 0 is before the first migration, as in `printers@0`.
    pub(crate) fn uninstalled(chain: &Chain) -> Self {
        Entry {
            books: chain.history().books(),
            plugin: chain.plugin(),
            version: 0,
            name: "",
            checksum: 0,
            direction: Direction::Uninstall,
            revert: Revert::Down,
            requires: Vec::new(),
            breaks: None,
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

    /// A statement that writes an entry. Without a `duration`, the step has taken what the
    /// transaction has.
    pub(crate) fn insert(&self, entry: &Entry<'_>, duration: Option<Duration>) -> String {
        let Some(duration) = duration else { return self.insert_values(entry.books, &entry.values()) };
        let took = format!("INTERVAL '{} microseconds'", duration.as_micros());
        let started = format!("pg_catalog.clock_timestamp() - {took}");
        insertion(&self.id(), &self.application, entry, &started, &took)
    }

    /// The same of a step that began so long ago, and took so long.
    pub(crate) fn insert_at(&self, entry: &Entry<'_>, ago: Duration, took: Duration) -> String {
        let interval = |time: Duration| format!("INTERVAL '{} microseconds'", time.as_micros());
        let started = format!("pg_catalog.clock_timestamp() - {}", interval(ago));
        insertion(&self.id(), &self.application, entry, &started, &interval(took))
    }

    /// The same with these values, without a duration.
    pub(crate) fn insert_values(&self, books: Books, values: &[String; TYPES.len()]) -> String {
        const STARTED: &str = "pg_catalog.transaction_timestamp()";
        const TOOK: &str = "pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp()";
        statement(books, &self.id(), &self.application, values, STARTED, TOOK)
    }

    /// A name that statements of this run alone have.
    pub(crate) fn name(&self, what: &str) -> String {
        format!("stairwell_{what}_{:032x}", self.id)
    }

    /// As SQL.
    fn id(&self) -> String {
        format!("'{:032x}'", self.id)
    }
}

/// The same, with SQL expressions for what only the run knows: its id, when the step began and what it took.
pub(crate) fn insertion(
    run: &str,
    application: &Application,
    entry: &Entry<'_>,
    started: &str,
    took: &str,
) -> String {
    statement(entry.books, run, application, &entry.values(), started, took)
}

/// The types of what [`Entry::values`] gives.
pub(crate) const TYPES: [&str; 10] =
    ["text", "bigint", "text", "text", "text", "text", "integer[]", "text", "text[]", "text"];

/// A statement that writes an entry of these values, which are SQL.
pub(crate) fn statement(
    books: Books,
    run: &str,
    application: &Application,
    values: &[String; TYPES.len()],
    started: &str,
    took: &str,
) -> String {
    let [plugin, version, name, direction, checksum, revert, bounds, note, requires, breaks] = values;
    let [application, application_version] =
        [&application.name, &application.version].map(|text| nullable(text.as_deref()));
    format!(
        "INSERT INTO {} (run, plugin, version, name, direction, checksum, started_at, duration, \
         application, application_version, role, revert, revert_bounds, revert_note, requires, \
         breaks_older_binaries) VALUES ({run}, {plugin}, {version}, {name}, {direction}, {checksum}, {started}, {took}, \
         {application}, {application_version}, current_user, {revert}, {bounds}, {note}, {requires}, {breaks})",
        books.table(TABLE)
    )
}

impl Entry<'_> {
    /// What differs between the entries of a run, as SQL.
    pub(crate) fn values(&self) -> [String; TYPES.len()] {
        let (revert, bounds, note) = match &self.revert {
            Revert::Down => (None, None, None),
            Revert::Sql(sql) => (Some(*sql), None, None),
            Revert::Statements { sql, bounds } => (Some(*sql), Some(array(bounds)), None),
            Revert::Nothing(note) => (None, None, Some(note.as_str())),
        };
        let requires: Vec<String> = self.requires.iter().map(|edge| literal(edge)).collect();
        [
            literal(self.plugin),
            self.version.to_string(),
            literal(self.name),
            literal(self.direction.text()),
            format!("'{}'", self.checksum),
            nullable(revert),
            bounds.unwrap_or_else(|| "NULL".to_owned()),
            nullable(note),
            format!("ARRAY[{}]::text[]", requires.join(", ")),
            nullable(self.breaks),
        ]
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

/// What the journal knows of a migration.
pub(crate) struct Kept {
    pub(crate) plugin: String,
    pub(crate) version: Version,
    pub(crate) checksum: u64,
    /// The text that reverts it, and its statements, if they run one by one.
    pub(crate) revert: Option<String>,
    pub(crate) bounds: Option<Vec<(usize, usize)>>,
    /// Why there is no text.
    pub(crate) note: Option<String>,
    pub(crate) requires: Vec<(String, Version)>,
}

/// The newest entry of each of these migrations. The table has to be there.
pub(crate) async fn kept(
    client: &Client,
    books: Books,
    migrations: &[(&str, Version)],
) -> Result<Vec<Kept>, PgError> {
    const READ: &str = "SELECT DISTINCT ON (plugin, version) plugin, version, checksum, revert, revert_bounds, revert_note, \
         requires FROM stairwell.journal WHERE direction IN ('up', 'mark', 'repair') AND (plugin, version) IN \
         (SELECT * FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2))) ORDER BY plugin, version, id DESC";
    let (plugins, versions): (Vec<&str>, Vec<Version>) = migrations.iter().copied().unzip();
    let parameters: [(&(dyn ToSql + Sync), Type); 2] =
        [(&plugins, Type::TEXT_ARRAY), (&versions, Type::INT8_ARRAY)];
    let mut entries = Vec::new();
    for row in client.query_typed(&books.sql(READ), &parameters).await? {
        let checksum: String = row.try_get(2)?;
        // An entry that somebody wrote by hand is of no use.
        let Ok(checksum) = checksum.parse() else { continue };
        let bounds: Option<Vec<i32>> = row.try_get(4)?;
        let requires: Vec<String> = row.try_get(6)?;
        let edge =
            |edge: &String| Some((edge.split_once('@')?.0.to_owned(), edge.split_once('@')?.1.parse().ok()?));
        entries.push(Kept {
            plugin: row.try_get(0)?,
            version: row.try_get(1)?,
            checksum,
            revert: row.try_get(3)?,
            bounds: bounds.map(|numbers| pairs(&numbers)),
            note: row.try_get(5)?,
            requires: requires.iter().filter_map(edge).collect(),
        });
    }
    Ok(entries)
}

/// When a migration was applied of which the newest entry says so. The table has to be there.
pub(crate) async fn applied(
    client: &Client,
    books: Books,
    plugin: &str,
    version: Version,
) -> Result<Option<String>, PgError> {
    const READ: &str = "SELECT j.direction IN ('up', 'mark', 'repair'), \
         pg_catalog.to_char(j.started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM stairwell.journal j \
         WHERE j.plugin = $1 AND (j.version = $2 OR j.direction = 'uninstall') ORDER BY j.id DESC LIMIT 1";
    let parameters: [(&(dyn ToSql + Sync), Type); 2] = [(&plugin, Type::TEXT), (&version, Type::INT8)];
    let Some(row) = client.query_typed_opt(&books.sql(READ), &parameters).await? else { return Ok(None) };
    if row.try_get(0)? { row.try_get(1) } else { Ok(None) }
}

/// Whether there is an entry about `plugin`. The table has to be there.
pub(crate) async fn knows(client: &Client, books: Books, plugin: &str) -> Result<bool, PgError> {
    const READ: &str = "SELECT EXISTS (SELECT FROM stairwell.journal WHERE plugin = $1)";
    client.query_typed_one(&books.sql(READ), &[(&plugin, Type::TEXT)]).await?.try_get(0)
}

fn pairs(numbers: &[i32]) -> Vec<(usize, usize)> {
    // A number below zero fits no text, and the step refuses to run by it.
    let number = |number: i32| usize::try_from(number).unwrap_or(usize::MAX);
    numbers.chunks_exact(2).map(|pair| (number(pair[0]), number(pair[1]))).collect()
}
