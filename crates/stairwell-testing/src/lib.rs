//! The migration-testing kit of Stairwell: databases for tests, and checks of every migration.
//!
//! An application that embeds its chains tests all of them with one line:
//!
//! ```ignore
//! // tests/suite.rs
//! stairwell_testing::suite!(shopdb::schema::CHAINS);
//! ```
//!
//! ```text
//! $ cargo test --test suite
//! test applies_from_empty ... ok
//! test leaves_no_trace::printers::v0001_baseline ... ok
//! test leaves_no_trace::printers::v0002_add_toner_level ... FAILED
//! test stairway::printers::v0001_baseline ... ok
//! …
//! ```
//!
//! A failure says what differs, where to look at it and how to see it again:
//!
//! ```text
//! leaves_no_trace: `printers/V0002__add_toner_level` leaves something behind: its down step does not lead back
//!   + type public.toner_level
//!  --> plugins/printers/migrations/V0002__add_toner_level.down.sql
//!   = help: `+` is there and was not before, `-` was there and is not, `~` is different
//!   = the database was kept as it was then: psql 'postgresql://postgres@127.0.0.1:40123/stairwell_test_…'
//!   = to see it again: cargo test -p shopdb leaves_no_trace::printers::v0002_add_toner_level
//! ```
//!
//! # Checks
//!
//! | check | what it proves |
//! |---|---|
//! | [`applies_from_empty`] | all migrations apply to an empty database, in one run |
//! | [`second_run_does_nothing`] | a second run finds nothing to do and changes nothing |
//! | [`stairway`] | every migration goes up, down and up, and makes the same both times |
//! | [`leaves_no_trace`] | after up and down, the whole catalog is what it was, and no sequence has gone back |
//! | [`data_survives`] | the rows that were there before up and down are there after it |
//! | `live_equals_static` | after every step, the database has the catalog that the compiler folds from the SQL |
//! | [`models_match`] | the `schema.sql` of a plugin says what its chain makes |
//! | [`tables_match`] | tables and columns are in the database as their constants say, which structs are tied to |
//! | [`DatabaseConfiguration`] | a database that you connect to has timeouts, and none that is too long |
//! | [`order_snapshot`] | the order of all migrations, as a text for a snapshot |
//!
//! Each is a function too, for a chain set that has no suite. Irreversible migrations only go up, and those under
//! `no-transaction` are applied and reverted as the runtime does it everywhere.
//!
//! ```no_run
//! # const CHAINS: stairwell::ChainSet = stairwell::ChainSet::new(&[], &[]);
//! # async fn test() -> Result<(), stairwell_testing::Failure> {
//! stairwell_testing::leaves_no_trace(&CHAINS).await
//! # }
//! ```
//!
//! # What is tested
//!
//! A second argument of [`suite!`] configures it. Migrations and chains are named by their constants, so a name that
//! does not exist does not compile, and one of another chain set fails every test.
//!
//! | method of [`Suite`] | what it says |
//! |---|---|
//! | [`without`](Suite::without) | this check is not made |
//! | [`except_plugin`](Suite::except_plugin) | … of no migration of this plugin |
//! | [`except`](Suite::except) | this check of this migration fails; if it does not, the exception is reported |
//! | [`not_below`](Suite::not_below) | this migration and those before it in its chain only go up |
//! | [`skip`](Suite::skip) | this migration is never run, and other SQL stands in for it |
//! | [`rows_before`](Suite::rows_before), [`rows_after`](Suite::rows_after) | rows that have to survive from there on |
//!
//! # What a migration does to data
//!
//! [`MigrationCase`] is a database just before one migration: put rows in, go up, look, go down, look.
//!
//! # Databases
//!
//! [`TestDatabase`] is a database for one test: empty, or a copy of a template in which the migrations were applied
//! once, for all test processes.
//!
//! The server is started from installed PostgreSQL binaries, the newest that are found or those in the folder that
//! `STAIRWELL_TEST_PG_BIN` names. All test processes of a user share it, and it ends half a minute after the last of
//! them (`STAIRWELL_TEST_LINGER` sets other seconds), or half an hour if a database was kept. With the address of a
//! database in `STAIRWELL_TEST_DATABASE_URL` the tests use that server, with a role that has CREATEDB, and without
//! TLS.
//!
//! Everything here needs a tokio runtime, which the tests of [`suite!`] bring themselves.

mod case;
mod check;
mod checks;
mod configuration;
mod course;
mod database;
mod exceptions;
mod failure;
#[cfg_attr(not(feature = "static-catalog"), path = "unfolded.rs")]
mod folded;
mod host;
mod models;
mod process;
mod snapshot;
mod suite;
mod tables;
mod template;
mod walk;

pub use case::MigrationCase;
pub use check::Check;
#[cfg(feature = "static-catalog")]
pub use checks::live_equals_static;
pub use checks::{
    applies_from_empty, data_survives, every_migration, leaves_no_trace, order_snapshot, order_snapshot_of,
    second_run_does_nothing, stairway,
};
pub use configuration::{
    ConfigurationFinding, ConfigurationReport, ConfigurationRule, DatabaseConfiguration, Severity, Timeout,
};
pub use database::{Kept, TestDatabase};
pub use failure::Failure;
pub use models::models_match;
pub use suite::Suite;
pub use tables::tables_match;

#[doc(hidden)]
pub use stairwell;

/// What a test of [`suite!`] returns.
pub type Outcome = Result<(), Failure>;
