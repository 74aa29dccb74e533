//! The text of a script for `psql`.
//!
//! It says in psql's terms what `prepare.rs`, `session.rs` and `step.rs` do: `\if` asks what is there, `\gset` takes
//! the results of guards off the screen, and variables hold what only the session knows.

use std::fmt::Write as _;
use std::time::Duration;

use refinery_core::traits::r#async::AsyncMigrate;

use crate::books::Books;
use crate::fingerprint::Fingerprint;
use crate::guard::{Guard, require_all};
use crate::history::{has_row, quoted};
use crate::journal::{self, Entry};
use crate::lock::{self, CLASS, KEY, MARK};
use crate::locking::milliseconds;
use crate::options::Options;
use crate::script::Part;
use crate::session::Session;
use crate::settings::{literal, set};
use crate::{HistoryTable, Migration, SCHEMA, Step, lease, state, statements};

/// What every script begins with. A failure must end it, whatever the caller or a `psqlrc` has set; the server
/// must read the texts in the encoding that they are in; and the first COMMIT must not commit what somebody else
/// began.
const SETUP: &str = r"\set ON_ERROR_STOP on
\set ON_ERROR_ROLLBACK off
\set AUTOCOMMIT on
\encoding UTF8
SELECT session_user AS stairwell_user, pg_catalog.current_setting('role') AS stairwell_role, pg_catalog.gen_random_uuid() AS stairwell_run \gset
";

/// As refinery writes it.
const APPLIED_ON: &str = "pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', \
                          'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";
const RUN: &str = ":'stairwell_run'";
const BEGUN: &str = ":'stairwell_begun'::pg_catalog.timestamptz";

/// What a script is written from.
pub(crate) struct Writer<'w> {
    pub(crate) parts: &'w [Part],
    pub(crate) options: &'w Options,
    pub(crate) lock_wait: Duration,
}

impl Writer<'_> {
    pub(crate) fn write(&self, pending: &[&'static Migration]) -> String {
        if pending.is_empty() {
            return "-- nothing to do\n".to_owned();
        }
        let single = self.options.single_transaction;
        let (begin, commit) = if single { ("", "") } else { ("BEGIN;\n", "COMMIT;\n") };
        let mut text = header(pending);
        text += SETUP;
        text += &self.take_lock();
        if single {
            text += "\nBEGIN;\n";
        }
        text += &format!("\n-- What is recorded, and where.\n{begin}{}{commit}", self.prepare(pending));
        let mut fingerprints: Vec<Fingerprint> = self.parts.iter().map(Part::fingerprint).collect();
        for (index, migration) in pending.iter().enumerate() {
            let place = self.parts.iter().position(|part| part.chain.plugin() == migration.plugin());
            // Every pending migration is of a chain that takes part.
            let Some((part, before)) =
                place.and_then(|place| Some((&self.parts[place], fingerprints.get_mut(place)?)))
            else {
                continue;
            };
            let after = before.with(migration.version(), migration.checksum());
            let step = InScript { part, migration, before: *before, after, options: self.options };
            let title = format!("\n-- {}. {migration} ({})\n", index + 1, migration.path());
            text += &title;
            text += &step.write(begin, commit);
            *before = after;
        }
        if single {
            text += "\nCOMMIT;\n";
        }
        // The session may be one that goes on, with `\i`.
        let _ = write!(
            text,
            "\nSELECT pg_catalog.pg_advisory_unlock({CLASS}, {KEY}), {} \\gset\n",
            set(MARK, "")
        );
        text
    }

    /// Polled, and in a transaction of its own each time: see `lock.rs`.
    fn take_lock(&self) -> String {
        let wait = milliseconds(self.lock_wait);
        format!(
            "
-- One migrator at a time.
DO $stairwell$
DECLARE
  deadline timestamptz := pg_catalog.clock_timestamp() + interval '{wait} milliseconds';
  free boolean;
BEGIN
  IF pg_catalog.now() <> pg_catalog.statement_timestamp() THEN
    RAISE 'the session is inside a transaction' USING HINT = 'run psql without -1: the script has transactions of its own';
  END IF;
  IF coalesce(pg_catalog.current_setting('{MARK}', true), '') <> '' THEN
    RAISE 'another run has the lock in this very server session' USING HINT = 'connect directly, not through a pooler';
  END IF;
  LOOP
    IF pg_catalog.pg_try_advisory_lock({CLASS}, {KEY}) THEN
      free := true;
      -- A run behind a pooler has a lease instead of the lock.
      IF pg_catalog.to_regclass('stairwell.lease') IS NOT NULL THEN
        EXECUTE {} INTO free;
      END IF;
      EXIT WHEN free;
      PERFORM pg_catalog.pg_advisory_unlock({CLASS}, {KEY});
    END IF;
    IF pg_catalog.clock_timestamp() >= deadline THEN
      RAISE 'gave up waiting for the lock' USING ERRCODE = 'lock_not_available', HINT = 'another migrator is running';
    END IF;
    COMMIT;
    PERFORM pg_catalog.pg_sleep(0.2);
  END LOOP;
END $stairwell$;
SELECT {} \\gset
",
            literal(&lease::revocation(Books::SHARED)),
            mark()
        )
    }

    /// What is missing is made, and what is there has to be what the script begins from.
    fn prepare(&self, pending: &[&'static Migration]) -> String {
        // Quietly: there may be nothing to drop.
        let mut text = format!("{} \\gset\nSET LOCAL client_min_messages = warning;\n", require_lock());
        let mut schemas: Vec<&str> = vec![SCHEMA];
        for part in self.parts.iter().filter(|part| part.before.is_empty()) {
            if !schemas.contains(&part.chain.history().schema()) {
                schemas.push(part.chain.history().schema());
            }
        }
        for schema in schemas {
            let schema = quoted(schema);
            text += &unless("regnamespace", &schema, &format!("CREATE SCHEMA {schema};\n"));
        }
        text += &unless("regclass", "stairwell.state", &format!("{}\n", state::CREATE));
        text += &unless("regproc", "stairwell.history_changed", &format!("{}\n", state::CREATE_FUNCTION));
        text += &unless("regclass", "stairwell.journal", &format!("{}\n", journal::CREATE));
        // psql resumes nothing, but what a run would have left is all there.
        if pending.iter().any(|migration| matches!(migration.up(), Step::Statements { .. })) {
            text += &unless("regclass", "stairwell.statements", &format!("{};\n", statements::CREATE));
        }
        for part in self.parts {
            text += &part.prepare();
        }
        text + "RESET client_min_messages;\n"
    }
}

impl Part {
    /// What the history holds before the script.
    fn fingerprint(&self) -> Fingerprint {
        let empty = Fingerprint::empty(self.chain.history());
        self.before.iter().fold(empty, |hash, migration| hash.with(migration.version(), migration.checksum()))
    }

    fn prepare(&self) -> String {
        let history = self.chain.history();
        let insert = state::insert([self.chain]);
        let missing = if self.before.is_empty() {
            let create = Session::assert_migrations_table_query(&history.to_string());
            format!("{create};\n{}\n{insert}\n", state::guard(history, true))
        } else {
            let message = format!("there is no {history}, but the script begins from {}", self.begins_from());
            format!("{}\n", raise("true", &message))
        };
        let guard = format!(
            "SELECT NOT {} AND pg_catalog.pg_has_role(c.relowner, 'USAGE') AS stairwell_unguarded \
             FROM pg_catalog.pg_class c WHERE c.oid = {} \\gset\n\
             \\if :stairwell_unguarded\n{}\n{insert}\n\\endif\n",
            state::is_guarded(history),
            state::oid(history),
            state::guard(history, false)
        );
        // The state is asked before the rows, and so is older than they are or as old.
        let generation = format!(
            "SELECT coalesce((SELECT generation FROM stairwell.state WHERE history = {}), -1) AS stairwell_generation \\gset\n",
            state::oid(history)
        );
        let seal = state::seal(history, ":stairwell_generation", self.fingerprint());
        let there = format!("{guard}{generation}{}\n{seal}\n", self.require_rows());
        format!("{}{missing}\\else\n{there}\\endif\n", is_missing("regclass", &history.to_string()))
    }

    /// Fails unless the history holds just what the script begins from.
    fn require_rows(&self) -> String {
        let history = self.chain.history();
        let row = |m: &Migration| format!("{} {} {}", m.version(), m.name(), m.checksum());
        let rows: Vec<String> = self.before.iter().map(row).collect();
        let held = format!(
            "(SELECT coalesce(pg_catalog.string_agg(pg_catalog.concat_ws(' ', version, name, checksum), ', ' \
             ORDER BY version), '') FROM {history})"
        );
        let begins = self.begins_from();
        let message = format!("{history} does not hold what this script begins from, which is {begins}");
        raise(&format!("{held} <> {}", literal(&rows.join(", "))), &message)
    }

    fn begins_from(&self) -> String {
        match self.before.last() {
            None => "an empty history".to_owned(),
            Some(last) => format!("{} migrations, up to {last}", self.before.len()),
        }
    }
}

/// One migration of a script.
struct InScript<'w> {
    part: &'w Part,
    migration: &'static Migration,
    before: Fingerprint,
    after: Fingerprint,
    options: &'w Options,
}

impl InScript<'_> {
    fn write(&self, begin: &str, commit: &str) -> String {
        let timeouts = self.options.limits.of(self.migration);
        let entered =
            format!("{begin}{}{} \\gset\nSAVEPOINT stairwell_step;\n", require_lock(), timeouts.local());
        // Fails if the step ended the transaction.
        const LEFT: &str = "RELEASE SAVEPOINT stairwell_step;\n";
        let in_transaction = |step: &str| format!("{entered}{step}{LEFT}{}{commit}", self.record(false));
        match *self.migration.up() {
            Step::Sql(sql) => in_transaction(&terminated(sql)),
            Step::Rust { .. } => in_transaction(&placeholder(self.migration)),
            Step::Statements { sql, bounds } => {
                let enter = format!("{}{} \\gset\n", require_lock(), timeouts.session());
                let mut text = "SELECT pg_catalog.clock_timestamp() AS stairwell_begun \\gset\n".to_owned();
                for &(start, end) in bounds {
                    text += &enter;
                    text += &terminated(sql.get(start..end).unwrap_or_default());
                }
                text + "BEGIN;\n" + &self.record(true) + "COMMIT;\n"
            }
        }
    }

    /// Gives the session back and writes the history row, the journal and the state.
    fn record(&self, alone: bool) -> String {
        let Self { part, migration, before, after, options } = self;
        let history = part.chain.history();
        let (started, took) = if alone {
            (BEGUN, format!("pg_catalog.clock_timestamp() - {BEGUN}"))
        } else {
            const STARTED: &str = "pg_catalog.transaction_timestamp()";
            (STARTED, format!("pg_catalog.clock_timestamp() - {STARTED}"))
        };
        let entry = Entry::up(part.chain, migration);
        let journal = journal::insertion(RUN, &options.application, &entry, started, &took);
        let stamp = state::stamp(history, *before, *after);
        let guard =
            require_all(&[(Guard::Lock, &has_lock()), (Guard::Row, &has_row(history, migration.version()))]);
        format!(
            "RESET SESSION AUTHORIZATION; RESET ALL; DISCARD TEMP;\n\
             SELECT {}, {}, pg_catalog.set_config('session_authorization', :'stairwell_user', false), \
             pg_catalog.set_config('role', :'stairwell_role', false) \\gset\n\
             WITH stairwell_state AS ({stamp}), stairwell_journal AS ({journal})\n{};\n{guard} \\gset\n",
            set("client_encoding", "UTF8"),
            mark(),
            insert_row(history, migration)
        )
    }
}

fn header(pending: &[&'static Migration]) -> String {
    let mut text =
        "-- Migrations, with all bookkeeping; each is recorded when it has been applied:\n".to_owned();
    for migration in pending {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "--   {migration}");
    }
    text + "-- Apply it with `psql -X -v ON_ERROR_STOP=1 -f`, directly on the server or through a pooler in session mode.\n"
}

/// What the script marks its session with, as SQL: no word at random as of a run, because the same migrations give
/// the same script.
const WORD: &str = "pg_catalog.pg_backend_pid()::text";

/// An expression that marks the session as one that has the lock.
fn mark() -> String {
    format!("pg_catalog.set_config('{MARK}', {WORD}, false)")
}

fn has_lock() -> String {
    lock::has_lock(KEY, WORD)
}

fn require_lock() -> String {
    Guard::Lock.require(&has_lock())
}

/// Begins a part of the script that is skipped if `name` is there; `kind` is one of the types that name objects.
fn is_missing(kind: &str, name: &str) -> String {
    format!(
        "SELECT pg_catalog.to_{kind}({}) IS NULL AS stairwell_missing \\gset\n\\if :stairwell_missing\n",
        literal(name)
    )
}

fn unless(kind: &str, name: &str, make: &str) -> String {
    format!("{}{make}\\endif\n", is_missing(kind, name))
}

/// A statement that fails with `message` if `condition` is true.
fn raise(condition: &str, message: &str) -> String {
    const HINT: &str = "make a script from what the database holds";
    format!(
        "DO $stairwell$ BEGIN IF {condition} THEN RAISE USING MESSAGE = {}, HINT = '{HINT}'; END IF; END $stairwell$;",
        literal(message)
    )
}

/// As refinery has it, except that the server knows the time.
pub(crate) fn insert_row(history: HistoryTable, migration: &Migration) -> String {
    let (version, name, checksum) = (migration.version(), literal(migration.name()), migration.checksum());
    format!(
        "INSERT INTO {history} (version, name, applied_on, checksum) VALUES ({version}, {name}, {APPLIED_ON}, '{checksum}')"
    )
}

/// Stops the script until somebody has put SQL in its place; so nothing is recorded that was not done.
fn placeholder(migration: &Migration) -> String {
    let message = literal(&format!("{migration} is a Rust step: put SQL that does the same in its place"));
    format!(
        "-- PLACEHOLDER: this step is Rust. Replace the next line by SQL that does the same.\n\
         DO $stairwell$ BEGIN RAISE USING MESSAGE = {message}; END $stairwell$;\n"
    )
}

/// The text with an end that psql sees. A last line that may end in a comment gets a semicolon below it; without
/// a statement, that one does nothing.
fn terminated(sql: &str) -> String {
    let sql = sql.trim_end();
    let last = sql.lines().last().unwrap_or_default();
    let end = if sql.ends_with(';') && !last.contains("--") { "\n" } else { "\n;\n" };
    format!("{sql}{end}")
}
