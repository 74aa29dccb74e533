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
//! | [`any_order`] | chains that do not require each other make the same in every order |
//! | [`upgrade_from_every_release`] | a database of every release becomes what a fresh install is |
//! | [`concurrent_starts`] | many starts at once all succeed, and apply each migration once |
//! | [`killed_in_the_middle`] | a run that is killed leaves what the next one completes |
//! | [`one_run_and_steps_agree`] | a run for each migration makes what one run for all makes |
//! | [`single_transaction`] | all migrations apply in one transaction; not among the tests of [`suite!`] |
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
//! | [`without`](Suite::without), [`without_whole`](Suite::without_whole) | this check is not made |
//! | [`except_plugin`](Suite::except_plugin) | … of no migration of this plugin |
//! | [`except`](Suite::except) | this check of this migration fails; if it does not, the exception is reported |
//! | [`not_below`](Suite::not_below) | this migration and those before it in its chain only go up |
//! | [`skip`](Suite::skip) | this migration is never run, and other SQL stands in for it |
//! | [`rows_before`](Suite::rows_before), [`rows_after`](Suite::rows_after) | rows that have to survive from there on |
//!
//! # All chains at once
//!
//! [`any_order`], [`upgrade_from_every_release`], [`concurrent_starts`], [`killed_in_the_middle`] and
//! [`one_run_and_steps_agree`] make a database in another way than a fresh install, and compare the two: every object,
//! and the rows that migrations put in. Of the rows, some values may differ: numbers from sequences and what refers to
//! them, and what is different in two fresh installs, such as times.
//!
//! Some of these checks try a part of what is possible. `STAIRWELL_TEST_SCALE=4` makes them try four times as much;
//! what chance has chosen stands in a failure with its seed, and `STAIRWELL_TEST_SEED` makes it choose the same again.
//!
//! The releases are the contents that `stairwell.lock` has at the tags of the git repository, or, without such tags,
//! after each commit since the last that rewrote it. Where none is known, the test passes and prints why;
//! [`Suite::releases_at_least`] makes it fail, for CI, whose clones may be shallow. [`Suite::without_release`] leaves
//! out one that no database has any more.
//!
//! # What a migration does to data
//!
//! [`MigrationCase`] takes one migration, in a new database: put rows in, go up, look, go down, look.
//!
//! # A schema through its versions
//!
//! [`Fixtures`] are numbered states of a schema in a folder of tests, each with the step that leads to it: what a
//! conversion does to data is tried there, before it is a migration.
//!
//! # Databases
//!
//! [`TestDatabase`] is a database for one test: empty, or a copy of a template in which the migrations were applied
//! once, for all test processes. The attribute [`test`](macro@test) gives a test its own, and keeps it if the test fails.
//!
//! The server is started from installed PostgreSQL binaries, the newest that are found or those in the folder that
//! `STAIRWELL_TEST_PG_BIN` names. All test processes of a user share it, and it ends half a minute after the last of
//! them (`STAIRWELL_TEST_LINGER` sets other seconds), or half an hour if a database was kept; of these there are at
//! most twenty, the newest. With the address of a database in `STAIRWELL_TEST_DATABASE_URL` the tests use that
//! server, with a role that has CREATEDB, and without TLS. Migrations that need more than that role may do (an
//! extension that is not trusted, an access method, an event trigger) fail there as they would on a deployment's
//! server.
//!
//! Test processes come and go as they like, and may be killed: what one leaves behind goes with the next. Who comes
//! while the server has no connection left waits, for up to a minute.
//!
//! Everything here needs a tokio runtime, which the tests of [`suite!`] bring themselves.

mod again;
mod ahead;
mod attribute;
mod beside;
mod case;
mod check;
mod checks;
mod configuration;
mod course;
mod database;
mod exceptions;
mod failure;
mod fixtures;
#[cfg_attr(not(feature = "static-catalog"), path = "unfolded.rs")]
mod folded;
mod host;
mod kept;
mod models;
mod nextest;
mod probe;
mod process;
mod rows;
mod snapshot;
mod statement;
mod suite;
mod tables;
mod template;
mod trial;
mod walk;
mod whole;

pub use case::{Looked, MigrationCase, NoLook, StartedCase};
pub use check::{Check, WholeCheck};
#[cfg(feature = "static-catalog")]
pub use checks::live_equals_static;
pub use checks::{
    applies_from_empty, data_survives, every_migration, leaves_no_trace, order_snapshot, order_snapshot_of,
    second_run_does_nothing, stairway,
};
pub use configuration::{
    ConfigurationFinding, ConfigurationReport, ConfigurationRule, DatabaseConfiguration, Severity, Timeout,
};
pub use database::TestDatabase;
pub use failure::Failure;
pub use fixtures::{FixtureDatabase, Fixtures};
pub use kept::Kept;
pub use models::models_match;
pub use stairwell_testing_macros::test;
pub use suite::Suite;
pub use tables::tables_match;
pub use trial::Trial;
pub use whole::{
    agree::{one_run_and_steps_agree, single_transaction},
    any_order::any_order,
    concurrent::concurrent_starts,
    killed::killed_in_the_middle,
    releases::{Release, Releases},
    upgrade::upgrade_from_every_release,
};

/// What the attribute [`test`](macro@test) writes names these; nobody else should.
#[doc(hidden)]
pub mod __private {
    pub use crate::attribute::{Given, Parameter, Returned, Wanted, run, run_to_panic};
}

#[doc(hidden)]
pub use stairwell;

/// What a test of [`suite!`] returns.
pub type Outcome = Result<(), Failure>;
