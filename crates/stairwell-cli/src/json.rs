//! What `--json` prints: one object, whose first key is the version of this format.
//!
//! The README documents the fields. Within version 1, fields may be added, and nothing else changes.

pub(crate) mod tenants;

use std::time::Duration;

use serde::Serialize;
use stairwell::{
    AppliedMigration, Chain, ChainStatus, DownReport, Finding, HalfApplied, JournalEntry, Migration,
    RepairReport, Requirement, Reverted, Status, Step, UninstallReport, UpReport,
};

use crate::down::Then;
use crate::error::Error;
use crate::output;

const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<T> {
    version: u32,
    command: &'static str,
    #[serde(flatten)]
    result: T,
}

fn print<T: Serialize>(command: &'static str, result: T) -> Result<(), Error> {
    let document = Document { version: VERSION, command, result };
    let mut text = serde_json::to_string_pretty(&document)
        .map_err(|error| Error::failed(format!("the result cannot be written as JSON: {error}")))?;
    text.push('\n');
    output::print(&text)
}

/// Whole ones; a number that does not fit is the largest.
fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[derive(Serialize)]
struct Up {
    applied: usize,
    plugins: Vec<UpPlugin>,
}

#[derive(Serialize)]
struct UpPlugin {
    plugin: &'static str,
    already: usize,
    applied: Vec<UpApplied>,
}

#[derive(Serialize)]
struct UpApplied {
    #[serde(flatten)]
    migration: Named,
    /// Whole milliseconds.
    duration_ms: u64,
}

/// What `up --json` prints.
pub(crate) fn print_up(report: &UpReport) -> Result<(), Error> {
    print("up", Up::of(report))
}

impl Up {
    fn of(report: &UpReport) -> Self {
        let plugins = report.chains.iter().map(|chain| UpPlugin {
            plugin: chain.plugin,
            already: chain.already,
            applied: chain
                .applied
                .iter()
                .map(|applied| UpApplied {
                    migration: Named::of(applied.migration),
                    duration_ms: milliseconds(applied.duration),
                })
                .collect(),
        });
        Up { applied: report.applied(), plugins: plugins.collect() }
    }
}

#[derive(Serialize)]
struct DownDocument<'a> {
    reverted: usize,
    migrations: Vec<DownReverted<'a>>,
    /// What `redo` and `to` applied afterwards; as `up` has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    up: Option<Up>,
}

#[derive(Serialize)]
struct DownReverted<'a> {
    plugin: &'static str,
    version: i64,
    name: &'a str,
    from_journal: bool,
    /// Whole milliseconds.
    duration_ms: u64,
}

/// What `down --json`, `redo --json` and `to --json` print.
pub(crate) fn print_down(report: &DownReport, up: Option<&UpReport>, then: Then) -> Result<(), Error> {
    let command = match then {
        Then::Stay => "down",
        Then::Again => "redo",
        Then::Up => "to",
    };
    let up = up.map(Up::of);
    let migrations = DownReverted::all(&report.reverted);
    print(command, DownDocument { reverted: report.reverted.len(), migrations, up })
}

impl<'a> DownReverted<'a> {
    fn all(reverted: &'a [Reverted]) -> Vec<Self> {
        let of = |reverted: &'a Reverted| DownReverted {
            plugin: reverted.revert.plugin,
            version: reverted.revert.version,
            name: &reverted.revert.name,
            from_journal: reverted.revert.from_journal,
            duration_ms: milliseconds(reverted.duration),
        };
        reverted.iter().map(of).collect()
    }
}

#[derive(Serialize)]
struct UninstallDocument<'a> {
    reverted: usize,
    migrations: Vec<DownReverted<'a>>,
    uninstalled: Vec<Uninstalled>,
}

#[derive(Serialize)]
struct Uninstalled {
    plugin: &'static str,
    history: String,
    compiled_in: bool,
}

/// What `uninstall --json` prints.
pub(crate) fn print_uninstall(report: &UninstallReport) -> Result<(), Error> {
    let uninstalled = report.forgotten.iter().map(|forgotten| Uninstalled {
        plugin: forgotten.plugin,
        history: forgotten.history.to_string(),
        compiled_in: forgotten.compiled_in,
    });
    let document = UninstallDocument {
        reverted: report.reverted.len(),
        migrations: DownReverted::all(&report.reverted),
        uninstalled: uninstalled.collect(),
    };
    print("uninstall", document)
}

/// A migration that is compiled in.
#[derive(Serialize)]
struct Named {
    version: i64,
    name: &'static str,
    file: &'static str,
}

impl Named {
    fn of(migration: &Migration) -> Self {
        Named { version: migration.version(), name: migration.name(), file: migration.path() }
    }

    fn all(migrations: &[&'static Migration]) -> Vec<Self> {
        migrations.iter().map(|migration| Named::of(migration)).collect()
    }
}

/// A row of a history.
#[derive(Serialize)]
struct Row<'a> {
    version: i64,
    name: &'a str,
    applied_on: &'a str,
    /// Text: most readers of JSON cannot hold 64 bits in a number.
    checksum: String,
}

impl<'a> Row<'a> {
    fn of(applied: &'a AppliedMigration) -> Self {
        let AppliedMigration { version, name, applied_on, checksum, .. } = applied;
        Row { version: *version, name, applied_on, checksum: checksum.to_string() }
    }
}

#[derive(Serialize)]
struct Divergence<'a> {
    applied: Row<'a>,
    compiled: Named,
}

#[derive(Serialize)]
struct StatusPlugin<'a> {
    plugin: &'static str,
    description: &'static str,
    enabled: bool,
    up_to_date: bool,
    applied: Vec<Row<'a>>,
    pending: Vec<Named>,
    out_of_order: Vec<Named>,
    unknown: Vec<Row<'a>>,
    divergent: Vec<Divergence<'a>>,
    half_applied: Vec<Half<'a>>,
}

/// A migration of which some statements have run.
#[derive(Serialize)]
struct Half<'a> {
    version: i64,
    name: &'a str,
    direction: &'static str,
    done: usize,
    statements: usize,
    /// Whether one more may have run.
    uncertain: bool,
}

impl<'a> Half<'a> {
    fn of(half: &'a HalfApplied) -> Self {
        let HalfApplied { version, name, reverting, done, statements, uncertain, .. } = half;
        let direction = if *reverting { "down" } else { "up" };
        Half {
            version: *version,
            name,
            direction,
            done: *done,
            statements: *statements,
            uncertain: *uncertain,
        }
    }
}

impl<'a> StatusPlugin<'a> {
    fn of(chain: &'a ChainStatus) -> Self {
        StatusPlugin {
            plugin: chain.plugin,
            description: chain.description,
            enabled: chain.enabled,
            up_to_date: chain.is_up_to_date(),
            applied: chain.applied.iter().map(Row::of).collect(),
            pending: Named::all(&chain.pending),
            out_of_order: Named::all(&chain.out_of_order),
            unknown: chain.unknown.iter().map(Row::of).collect(),
            half_applied: chain.half_applied.iter().map(Half::of).collect(),
            divergent: chain
                .divergent
                .iter()
                .map(|divergent| Divergence {
                    applied: Row::of(&divergent.applied),
                    compiled: Named::of(divergent.migration),
                })
                .collect(),
        }
    }
}

#[derive(Serialize)]
struct StatusDocument<'a> {
    up_to_date: bool,
    plugins: Vec<StatusPlugin<'a>>,
    unknown_plugins: &'a [String],
}

/// What `status --json` prints.
pub(crate) fn print_status(status: &Status) -> Result<(), Error> {
    let plugins = status.chains.iter().map(StatusPlugin::of).collect();
    let up_to_date = status.is_up_to_date();
    print("status", StatusDocument { up_to_date, plugins, unknown_plugins: &status.unknown_plugins })
}

#[derive(Serialize)]
struct Verification<'a> {
    sound: bool,
    findings: Vec<Found<'a>>,
    /// `null` if it was not checked.
    drift: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    drift_not_checked: Option<&'a str>,
}

#[derive(Serialize)]
struct Found<'a> {
    kind: &'static str,
    plugin: &'static str,
    version: i64,
    migration: &'a str,
    message: &'a str,
}

impl<'a> Found<'a> {
    fn of(finding: &'a Finding) -> Self {
        Found {
            kind: finding.kind.name(),
            plugin: finding.plugin,
            version: finding.version,
            migration: &finding.migration,
            message: &finding.message,
        }
    }
}

/// What `verify --json` prints; of the drift, each difference or why it was not looked for.
pub(crate) fn print_verification(
    sound: bool,
    findings: &[Finding],
    drift: &Result<Vec<String>, String>,
) -> Result<(), Error> {
    let findings = findings.iter().map(Found::of).collect();
    let drift_not_checked = drift.as_ref().err().map(String::as_str);
    let drift = drift.as_ref().ok().cloned();
    print("verify", Verification { sound, findings, drift, drift_not_checked })
}

#[derive(Serialize)]
struct Recorded<'a> {
    migrations: Vec<OfPlugin>,
    #[serde(skip_serializing_if = "Option::is_none")]
    told_by: Option<&'a str>,
}

#[derive(Serialize)]
struct OfPlugin {
    plugin: &'static str,
    #[serde(flatten)]
    migration: Named,
}

/// What `adopt --json` and `mark --json` print.
pub(crate) fn print_recorded(
    command: &'static str,
    migrations: &[&'static Migration],
    told_by: Option<&str>,
) -> Result<(), Error> {
    let migrations = migrations
        .iter()
        .map(|migration| OfPlugin { plugin: migration.plugin(), migration: Named::of(migration) });
    print(command, Recorded { migrations: migrations.collect(), told_by })
}

#[derive(Serialize)]
struct Unmarked<'a> {
    plugin: &'a str,
    row: Row<'a>,
}

/// What `unmark --json` prints.
pub(crate) fn print_unmarked(plugin: &str, row: &AppliedMigration) -> Result<(), Error> {
    print("unmark", Unmarked { plugin, row: Row::of(row) })
}

#[derive(Serialize)]
struct Repaired<'a> {
    #[serde(flatten)]
    divergence: Divergence<'a>,
    difference: &'a str,
}

#[derive(Serialize)]
struct Repair<'a> {
    repaired: Vec<Repaired<'a>>,
    left: Vec<Divergence<'a>>,
}

/// What `repair --json` prints.
pub(crate) fn print_repair(report: &RepairReport) -> Result<(), Error> {
    let divergence =
        |applied, migration| Divergence { applied: Row::of(applied), compiled: Named::of(migration) };
    let repaired = report.repaired.iter().map(|repaired| Repaired {
        divergence: divergence(&repaired.applied, repaired.migration),
        difference: &repaired.difference,
    });
    let left = report.left.iter().map(|left| divergence(&left.applied, left.migration));
    print("repair", Repair { repaired: repaired.collect(), left: left.collect() })
}

#[derive(Serialize)]
struct Sql<'a> {
    sql: &'a str,
}

/// What `sql --json` prints.
pub(crate) fn print_sql(sql: &str) -> Result<(), Error> {
    print("sql", Sql { sql })
}

#[derive(Serialize)]
struct Planned {
    plugin: &'static str,
    #[serde(flatten)]
    migration: Named,
    /// `sql`, `statements` (SQL outside a transaction) or `rust`.
    step: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sql: Option<&'static str>,
}

#[derive(Serialize)]
struct Plan {
    migrations: Vec<Planned>,
}

/// What `plan --json` prints; with `sql`, the text of every SQL step too.
pub(crate) fn print_plan(plan: &[&'static Migration], sql: bool) -> Result<(), Error> {
    print("plan", Plan { migrations: Planned::all(plan, sql) })
}

impl Planned {
    fn all(plan: &[&'static Migration], sql: bool) -> Vec<Self> {
        let one = |migration: &&'static Migration| {
            let (step, text) = match migration.up() {
                Step::Sql(text) => ("sql", Some(*text)),
                Step::Statements { sql, .. } => ("statements", Some(*sql)),
                _ => ("rust", None),
            };
            let plugin = migration.plugin();
            Planned { plugin, migration: Named::of(migration), step, sql: text.filter(|_| sql) }
        };
        plan.iter().map(one).collect()
    }
}

#[derive(Serialize)]
struct HistoryDocument<'a> {
    /// Whether there is a journal.
    journal: bool,
    entries: Vec<HistoryEntry<'a>>,
}

#[derive(Serialize)]
struct HistoryEntry<'a> {
    run: &'a str,
    plugin: &'a str,
    version: i64,
    name: &'a str,
    direction: &'a str,
    started_at: &'a str,
    /// Whole milliseconds.
    duration_ms: u64,
    role: &'a str,
    application: Option<&'a str>,
    application_version: Option<&'a str>,
    revertible: bool,
    note: Option<&'a str>,
}

/// What `history --json` prints.
pub(crate) fn print_history(entries: Option<&[JournalEntry]>) -> Result<(), Error> {
    let journal = entries.is_some();
    let entries = entries.unwrap_or_default().iter().map(|entry| HistoryEntry {
        run: &entry.run,
        plugin: &entry.plugin,
        version: entry.version,
        name: &entry.name,
        direction: &entry.direction,
        started_at: &entry.started_at,
        duration_ms: milliseconds(entry.duration),
        role: &entry.role,
        application: entry.application.as_deref(),
        application_version: entry.application_version.as_deref(),
        revertible: entry.revertible,
        note: entry.note.as_deref(),
    });
    print("history", HistoryDocument { journal, entries: entries.collect() })
}

#[derive(Serialize)]
struct GraphDocument {
    plugins: Vec<GraphPlugin>,
}

#[derive(Serialize)]
struct GraphPlugin {
    plugin: &'static str,
    description: &'static str,
    requires: Vec<Edge>,
    migrations: Vec<GraphMigration>,
}

#[derive(Serialize)]
struct GraphMigration {
    #[serde(flatten)]
    migration: Named,
    requires: Vec<Edge>,
}

#[derive(Serialize)]
struct Edge {
    plugin: &'static str,
    version: i64,
}

/// What `graph --json` prints.
pub(crate) fn print_graph(chains: &[&'static Chain]) -> Result<(), Error> {
    fn edges(requires: &[Requirement]) -> Vec<Edge> {
        requires.iter().map(|edge| Edge { plugin: edge.plugin(), version: edge.version() }).collect()
    }
    let migration = |migration: &Migration| GraphMigration {
        migration: Named::of(migration),
        requires: edges(migration.requires()),
    };
    let plugins = chains.iter().map(|chain| GraphPlugin {
        plugin: chain.plugin(),
        description: chain.description(),
        requires: edges(chain.requires()),
        migrations: chain.migrations().iter().map(migration).collect(),
    });
    print("graph", GraphDocument { plugins: plugins.collect() })
}
