//! The runtime of Stairwell: applies the migration chains that a build script compiled into the binary.
//!
//! An application consists of plugins, and each plugin owns a chain of migrations: `V0001__sites.sql`,
//! `V0002__users.sql` and so on. The build script reads the folders, proves the whole set sound and writes it
//! as typed constants; this crate takes the constants and a connection to PostgreSQL.
//! Nothing is read from disk, so the executable alone migrates a database.
//!
//! # From folders to a migrated database
//!
//! The build script compiles `migrations/` and `plugins/*/migrations/`. A set that is not sound ends the build
//! with a report of everything that is wrong with it.
//!
//! ```ignore
//! // build.rs
//! fn main() -> Result<(), stairwell_build::Report> {
//!     stairwell_build::compile()
//! }
//!
//! // src/schema.rs
//! stairwell::embed!();
//! ```
//!
//! What [`embed!`] includes looks like this, shortened: a constant per migration, so that naming one that does
//! not exist is a compile error, and all chains with the one order in which they apply.
//!
//! ```
//! use stairwell::{Chain, ChainSet, Migration, Step};
//!
//! pub const V0001_SITES: Migration = Migration::new(
//!     "core",
//!     1,
//!     "sites",
//!     "migrations/V0001__sites.sql",
//!     16_208_824_618_210_934_435,
//!     Step::Sql("CREATE TABLE sites (id bigint PRIMARY KEY);\n"),
//! );
//! pub const CHAINS: ChainSet = ChainSet::new(&[Chain::new("core", "", &[V0001_SITES])], &[V0001_SITES]);
//! ```
//!
//! Migrate at start-up. Every replica may do so: one run at a time changes the database, the others wait for
//! it and then find nothing to do.
//!
//! ```no_run
//! # use stairwell::{Chain, ChainSet, Migrator, tokio_postgres};
//! # const CHAINS: ChainSet = ChainSet::new(&[], &[]);
//! # async fn start() -> Result<(), Box<dyn std::error::Error>> {
//! let (mut client, connection) = tokio_postgres::connect("host=/run/postgresql", tokio_postgres::NoTls).await?;
//! tokio::spawn(connection);
//!
//! let report = Migrator::new(&CHAINS).up(&mut client).await?;
//! println!("{} migrations applied", report.applied());
//! # Ok(()) }
//! ```
//!
//! [`Migrator`] has the other commands: [`up_to`](Migrator::up_to) a version of some plugins,
//! [`plan`](Migrator::plan) and [`status`](Migrator::status), which only read, and
//! [`enable`](Migrator::enable) for a site that runs some of the plugins.
//!
//! # Steps
//!
//! An SQL step runs in one transaction together with its history row: both are committed, or neither is.
//! Under `-- stairwell: no-transaction` each statement runs by itself, which CREATE INDEX CONCURRENTLY needs.
//! A Rust step is a file `V0003__backfill_toner.rs` with a function that gets the open transaction:
//!
//! ```
//! use stairwell::{StepError, Transaction};
//!
//! pub async fn up(tx: &Transaction<'_>) -> Result<(), StepError> {
//!     for row in tx.query("SELECT id, level FROM printers", &[]).await? {
//!         let (id, level): (i64, String) = (row.try_get(0)?, row.try_get(1)?);
//!         let percent: i32 = level.trim_end_matches('%').parse()?;
//!         tx.execute("UPDATE printers SET toner = $1 WHERE id = $2", &[&percent, &id]).await?;
//!     }
//!     Ok(())
//! }
//! ```
//!
//! Any error can be passed on with `?`. An error or a panic rolls the step back.
//! What a step does to its session ends with it: the user, the role and every setting become what they were when
//! the run began, and its temporary tables are dropped. The price: settings of the caller's own, with a dot in
//! their names, come out of a run that applied something as if they had never been set, because the server does
//! not list them. Prepared statements, listeners and other session locks of a step stay until the session ends.
//!
//! # Rows
//!
//! Every table and view that the migrations leave is a constant too, with its columns: `schema::printers::tables`.
//! A struct that derives [`Row`] is compared with its table while the application is compiled. A field that no
//! column has, a column that no field has, a type that the driver cannot read from the column's, an `Option` too
//! many or too few: each is a compile error at the field, which names the column, its type and the one that fits.
//!
//! ```
//! use std::time::SystemTime;
//!
//! use stairwell::{ColumnType, Row};
//! # mod schema { pub mod printers { pub mod tables { pub mod printers {
//! #     use stairwell::{Column, Nullability::{NotNull, Nullable}, Table, TableKind};
//! #     pub const TABLE: Table = Table::new("public", "printers", TableKind::Table, &[
//! #         Column::new("id", "bigint", NotNull).read_as("i64"),
//! #         Column::new("name", "character varying(40)", NotNull).read_as("String"),
//! #         Column::new("status", "printer_status", NotNull),
//! #         Column::new("type", "text", NotNull).read_as("String"),
//! #         Column::new("price", "numeric(10,2)", Nullable),
//! #         Column::new("seen_at", "timestamp with time zone", Nullable).read_as("std::time::SystemTime"),
//! #     ]);
//! # } } } }
//!
//! #[derive(Row)]
//! #[stairwell(table = schema::printers::tables::printers)]
//! struct Printer {
//!     id: i64,
//!     name: String,
//!     status: PrinterStatus,
//!     #[stairwell(column = "type")]
//!     model: String,
//!     // The driver reads no `numeric`; the query casts it.
//!     #[stairwell(cast = "text")]
//!     price: Option<String>,
//!     seen_at: Option<SystemTime>,
//! }
//!
//! #[derive(Debug, ColumnType)]
//! enum PrinterStatus {
//!     Online,
//!     Offline,
//! }
//!
//! # async fn read(client: stairwell::tokio_postgres::Client) -> Result<(), stairwell::tokio_postgres::Error> {
//! let rows = client.query(&format!("{} WHERE id = $1", Printer::SELECT), &[&7_i64]).await?;
//! let printers = rows.iter().map(Printer::from_row).collect::<Result<Vec<_>, _>>()?;
//! # Ok(()) }
//! assert_eq!(
//!     Printer::SELECT,
//!     r#"SELECT "id", "name", "status", "type", "price"::text AS "price", "seen_at" FROM "public"."printers""#
//! );
//! ```
//!
//! A column of a view goes into an `Option`, because PostgreSQL does not say of views what is never NULL, unless
//! the field has `#[stairwell(not_null)]`. [The macro](macro@Row) lists all attributes; [`ColumnType`] says which
//! types can be fields.
//!
//! # Errors
//!
//! An [`Error`] says what happened and what to do about it. A step that fails is shown with the line of its file:
//!
//! ```text
//! `printers/V0002__add_toner_level` failed: syntax error at or near "nt" (SQLSTATE 42601)
//!  --> plugins/printers/migrations/V0002__add_toner_level.sql:3:22
//!   |
//! 3 | CREATE TABLE b (y it nt);
//!   |                      ^
//!   = it was rolled back: nothing of it remains
//!   = 1 migration was applied before it and stays applied
//! ```
//!
//! Code that wants to know more asks it: [`is_lock_timeout`](Error::is_lock_timeout),
//! [`migration`](Error::migration), [`position`](Error::position), [`code`](Error::code),
//! [`applied`](Error::applied).
//!
//! # History
//!
//! Each chain has a history table, `stairwell.<plugin>` unless it says otherwise, with the layout and checksums
//! of [refinery](https://docs.rs/refinery), whose `Runner` is the engine below: its tools read what this
//! crate writes, and the other way round. A history that disagrees with what is compiled in (a migration that
//! was changed, removed, or slipped in below an applied one; a database that is newer than the binary) stops
//! a run before it does anything.
//!
//! # State and journal
//!
//! Beside the histories, in the schema `stairwell`, a run keeps two tables. `state` has a fingerprint of each
//! history, written in the transaction of each row; a start with nothing to do asks it one question, whatever
//! the number of migrations ([`Migrator::is_up_to_date`] does nothing else). Triggers on the histories make a
//! fingerprint void when anybody else writes there, and then the histories are read. `journal` has an entry for
//! every applied and reverted step: run, checksum, duration, [application](Migrator::application), role, and the
//! text that reverts it. Entries are never changed; [`Migrator::journal`] reads them. Both appear with the first run that applies something, also
//! on a database that was migrated before there were such tables; no chain can have a history of these names.
//!
//! # Steps outside a transaction
//!
//! Under `-- stairwell: no-transaction` a step cannot be rolled back, so it can be resumed. Each statement is noted
//! in `stairwell.statements` before it runs and after it, and the notes are removed in the transaction that writes
//! the history row. A run that was cut off, or failed, is continued by the next one behind the last statement
//! that has run; what those had SET is set again.
//!
//! Of the statement in which it was cut off, the catalogs tell what became of it: an index that CREATE INDEX
//! CONCURRENTLY has left invalid, or REINDEX CONCURRENTLY beside it, is dropped and built again; an index that is
//! complete, a value of an enum that is there and an index that is gone count as done. Only what was not there
//! when the statement began is taken for its work. Any other statement is run again, so write it such that it
//! can be: `IF NOT EXISTS`, or an UPDATE that finds nothing to do. If that fails, the error says how to go on.
//! Temporary tables do not outlive the run that made them.
//!
//! A statement that has run must not change until the step is whole; one that failed may. What is half applied
//! stands in [`ChainStatus::half_applied`]. While a migration is half reverted nothing goes up, and while one is
//! half applied nothing below it goes down.
//!
//! # Limits and transactions
//!
//! Each step is a transaction with a `lock_timeout` of 5 s, unless the session has one or [`Timeouts`] say
//! otherwise. What fails for a lock, a deadlock or a serialization failure is tried again
//! ([`Migrator::retries`]). [`Migrator::single_transaction`] makes a run all or nothing,
//! [`Migrator::keep_going`] goes on with what does not depend on a failure.
//!
//! # Scripts
//!
//! [`Migrator::script`] writes what a run would do as a text for `psql`, for those who let nothing but a person
//! change a database: the lock, the checks, every step, and what is recorded of it. It needs no database. psql
//! replaces `:name` outside of quotes where it has a variable of that name, and takes a backslash there for a
//! command of its own; SQL has neither, except in slices of arrays such as `a[1:n]`.
//!
//! # Verifying and adopting
//!
//! [`Migrator::verify`] lists in what the histories disagree with what is compiled in. With the feature `shadow`,
//! `Migrator::drift` compares the catalog of the database with what the migrations make in a shadow database on the
//! same server, and `Migrator::plan_adoption` finds the versions of a database that somebody else has made, for
//! `Migrator::adopt` to record. [`mark`](Migrator::mark), [`unmark`](Migrator::unmark) and
//! [`repair`](Migrator::repair) change the history where nothing is to be run.
//!
//! # Down
//!
//! [`Migrator::down`] reverts migrations in the reverse of their order, refuses what would strand a migration
//! that requires them, and stops before the first step if one of them is irreversible. What this binary does not
//! contain is reverted by the text in the journal: that is how yesterday's release takes back today's.
//!
//! ```no_run
//! # use stairwell::{ChainSet, Migrator, Rollback, Target, tokio_postgres::Client};
//! # const CHAINS: ChainSet = ChainSet::new(&[], &[]);
//! # async fn back(client: &mut Client) -> Result<(), stairwell::Error> {
//! let rollback = Rollback::to([Target::at("printers", 1)]).cascade(true);
//! let migrator = Migrator::new(&CHAINS);
//! for revert in migrator.plan_down(client, &rollback).await? {
//!     println!("{revert}, from the journal: {}", revert.from_journal);
//! }
//! migrator.down(client, &rollback).await?;
//! # Ok(()) }
//! ```
//!
//! [`Migrator::uninstall`] reverts the whole chain of a plugin and then forgets it; the plugin need not be compiled
//! in, because the journal has what reverts it.
//!
//! # Start-up
//!
//! [`Migrator::on_start`] is for programs that serve: it applies what is pending, waits until another process has
//! ([`Startup::Wait`]), or refuses to start ([`Startup::Verify`]). With nothing pending that is one round trip
//! and no lock.
//!
//! ```no_run
//! # use std::time::Duration;
//! # use stairwell::{ChainSet, Migrator, Startup, tokio_postgres::Client};
//! # const CHAINS: ChainSet = ChainSet::new(&[], &[]);
//! # async fn start(client: &mut Client) -> Result<(), stairwell::Error> {
//! let patiently = Startup::Wait { limit: Duration::from_secs(600) };
//! let report = Migrator::new(&CHAINS).on_start(client, patiently).await?;
//! for migration in &report.newer {
//!     eprintln!("the database has {migration}, which this release does not know");
//! }
//! # Ok(()) }
//! ```
//!
//! A release that is older than the database (during a rolling deploy, or after the binary alone was rolled back)
//! goes on if the journal says of every migration above its own that it breaks no older binary. The compiler finds
//! that out ([`Migration::breaks_older_binaries`]) and the journal keeps it, so the older release need not know
//! the migration. It is refused by one that breaks it, with the reason, and by one that the journal does not know.
//!
//! The role that serves needs `USAGE` on the schema `stairwell` and `SELECT` on its tables, and no more for
//! anything but [`Startup::Apply`].
//!
//! # Lock
//!
//! A run holds the session advisory lock (1398030665, 712157282) of its database, which is 1398030665 for
//! "STAI" and a hash of the name of the schema `stairwell`. The lock is released on every path, also when the
//! future is dropped or a step panics; if the process dies, the server releases it, since PostgreSQL 14 within
//! seconds even if a long statement is running.
//!
//! Session locks need a session. Behind a pooler in transaction mode a run finds out that its lock does not hold,
//! because every transaction proves it, and stops before it records anything. There, take a [lease](Lock::Lease):
//! `migrator.lock(Lock::Lease)`. Two things need care behind such a pooler: limits for migrations under
//! `-- stairwell: no-transaction` are not set, because there is no session to set them for; and Rust steps should
//! use `query_typed` and `batch_execute`, unless the pooler keeps prepared statements apart.
//!
//! # Tenants
//!
//! Where each tenant has a schema, [`Migrator::tenant_schema`] migrates one of them: its histories, state, journal and
//! lock are its own, in its schema, and steps find its tables where they name no schema. The second half of the lock's
//! key is the FNV-1a hash of the schema's name, then. [`Fleet`] does it for many schemas or databases, several at a
//! time, after a canary, and reports what became of each.
//!
//! # Features
//!
//! `derive`, which is on by default, has the two derives. `shadow` brings stairwell-catalog, and with it `drift` and
//! adoption. The crate logs with [`log`](https://docs.rs/log): info for each migration, debug for
//! the rest. With the feature `tracing` each migration, up or down, is a span of
//! [`tracing`](https://docs.rs/tracing) as well: level info, target `stairwell`, name `migration`, with the fields
//! `plugin`, `version`, `name` and `direction` (`up` or `down`). It lasts from the first attempt to the commit, and
//! what a Rust step traces is inside it.

mod chain;
mod column_type;
mod row;
mod table;

#[doc(hidden)]
pub mod derive;

mod error;
mod event;
mod migrator;
mod report;
mod rollback;
mod status;
mod target;

mod absent;
#[cfg(feature = "shadow")]
mod adopt;
mod applying;
mod down;
mod down_plan;
mod edit;
mod entries;
mod fence;
mod finding;
mod fingerprint;
#[cfg(feature = "shadow")]
mod foreign;
mod halves;
mod history;
mod journal;
mod lease;
mod lock;
mod locking;
mod mark;
mod options;
mod plan;
mod prepare;
mod redo;
mod repair;
mod run;
mod script;
mod script_text;
mod selection;
mod settings;
#[cfg(feature = "shadow")]
mod shadow;
mod state;
mod timeouts;
mod uninstall;
mod verify;

mod newer;
mod standing;
mod startup;

mod fleet;
mod fleet_queue;
mod fleet_report;
mod fleet_work;
mod tenant;
mod tenant_list;

mod attempt;
mod books;
mod failure;
mod guard;
mod keep_going;
mod leftover;
mod pipeline;
mod prepared;
mod record;
mod resume;
mod session;
mod span;
mod statements;
mod step;
mod waiting;
mod whole;
mod words;

mod explain;
mod position;
mod suggest;

#[cfg(feature = "shadow")]
pub use adopt::Adoption;
pub use chain::{
    Chain, ChainSet, Down, HistoryTable, Migration, Requirement, RustStep, Step, StepError, StepFuture,
    Version,
};
pub use column_type::ColumnType;
pub use entries::{JournalEntry, JournalQuery};
pub use error::Error;
pub use event::{Event, Holder};
pub use finding::{Finding, FindingKind};
pub use fleet::Fleet;
pub use fleet_report::{ConnectError, FleetReport, Outcome, TenantEvent, TenantReport};
pub use halves::HalfApplied;
pub use locking::Lock;
pub use migrator::Migrator;
pub use newer::NewerMigration;
pub use position::Position;
pub use repair::{RepairReport, Repaired};
pub use report::{Applied, ChainReport, UpReport};
pub use rollback::{DownReport, Revert, Reverted, Rollback};
pub use row::Row;
pub use script::Script;
#[cfg(feature = "shadow")]
pub use shadow::Shadow;
#[cfg(feature = "shadow")]
pub use stairwell_catalog::{self, Difference};
#[cfg(feature = "derive")]
pub use stairwell_macros::{ColumnType, Row};
pub use startup::{StartReport, Startup};
pub use status::{AppliedMigration, ChainStatus, Divergent, Status};
pub use table::{Column, ColumnDefault, Nullability, Table, TableKind};
pub use target::Target;
pub use tenant::Tenant;
pub use timeouts::Timeouts;
pub use tokio_postgres::{self, Transaction};
pub use uninstall::{Forgotten, Uninstall, UninstallPlan, UninstallReport};

/// The schema of Stairwell's own tables.
pub const SCHEMA: &str = "stairwell";

/// Includes what `stairwell_build::compile()` wrote: `CHAINS`, and a module per plugin.
///
/// Give it a module of its own (`mod schema { stairwell::embed!(); }`): the chain of the application is
/// the module `core`, which would hide the crate `core` from what stands beside it.
/// The generated code names this crate `::stairwell`, so it cannot be renamed in `Cargo.toml`.
#[macro_export]
macro_rules! embed {
    () => {
        ::core::include!(::core::concat!(::core::env!("OUT_DIR"), "/stairwell.rs"));
    };
}
