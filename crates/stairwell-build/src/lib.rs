//! The compiler of Stairwell: reads migration chains in a build script, proves the whole set sound,
//! and writes it as typed constants.
//!
//! # From an empty crate to an embedded chain
//!
//! ```toml
//! [dependencies]
//! stairwell = "0.1"
//! [build-dependencies]
//! stairwell-build = "0.1"
//! ```
//!
//! `migrations/V0001__sites.sql` and, beside it, `migrations/V0001__sites.down.sql`:
//!
//! ```sql
//! CREATE TABLE sites (id bigint PRIMARY KEY, name text NOT NULL);
//! ```
//!
//! `build.rs`:
//!
//! ```no_run
//! fn main() -> Result<(), stairwell_build::Report> {
//!     stairwell_build::compile()
//! }
//! ```
//!
//! And in the application `stairwell::embed!();`, which brings `CHAINS` and a module per plugin into
//! scope. A tree that is not sound does not build:
//!
//! ```
//! let tree = stairwell_build::SourceTree::from_files([
//!     ("migrations/V0001__sites.sql", "CREATE TABLE sites (id bigint);"),
//!     ("migrations/V0002__create-users.sql", "CREATE TABLE users (id bigint);"),
//! ]);
//! let report = stairwell_build::check(stairwell_build::parse(tree)).unwrap_err();
//!
//! let found: Vec<String> = report.findings().map(|finding| finding.to_string()).collect();
//! assert_eq!(found, [
//!     "[missing-down-step] `V0001__sites` has no down step --> migrations/V0001__sites.sql:1:1",
//!     "[bad-file-name] `V0002__create-users.sql` is not the name of a migration: the name contains \
//!      a hyphen --> migrations/V0002__create-users.sql",
//! ]);
//! ```
//!
//! # Five verbs
//!
//! [`compile`] is [`scan`], [`parse`], [`check`], [`emit`] and [`write()`] in a row. Each is public, so
//! that a tool can stop in the middle. Two types stand before and after the judgement: a [`Draft`] may
//! be wrong in every way, a [`Plan`] exists only if nothing was.
//!
//! # When the script runs again
//!
//! Cargo is told to watch `migrations/`, `plugins/`, `stairwell.toml`, `stairwell.lock` and `build.rs`,
//! with everything below them, and the environment variables of the next section. Of these only what exists can be watched: after the very first plugin is added to an
//! application without a `plugins/` folder, touch `build.rs` once.
//! Printing any such line ends Cargo's default of watching the whole package; a build script that
//! depends on other files names them itself.
//!
//! # What is released
//!
//! `stairwell.lock`, beside `stairwell.toml`, has the checksums of every migration that is released.
//! It is committed, and a build fails when a migration that stands in it was edited, renamed,
//! renumbered or deleted, or when a new one stands below it. The environment says what is done with it:
//!
//! | variable | effect |
//! |---|---|
//! | none | Locked migrations must be as they were; new ones are mentioned in one warning. |
//! | `STAIRWELL_LOCKED=1` | Every migration must be locked: for continuous integration. |
//! | `STAIRWELL_LOCK=write` | Locks what is new, if there is no error at all. |
//! | `STAIRWELL_LOCK=rewrite` | Locks everything as it is now; what has changed is a warning. |
//!
//! Without the file there is nothing to compare, and nothing is reported. [`LockMode`] is the same for
//! tools that call the verbs themselves, and [`lock()`] the text of the file.
//!
//! # Where findings appear
//!
//! A build that fails prints one `cargo::error` line per finding, and the full report with the places
//! drawn on stderr in one piece. A build that goes through prints one `cargo::warning` line per
//! warning. For editors, [`Diagnostics::CompileError`] turns the report into a `compile_error!` in the
//! generated file instead. Colours follow `CARGO_TERM_COLOR=always`, `CLICOLOR_FORCE=1` and `NO_COLOR`.

mod cargo;
mod check;
mod checksum;
mod circle;
mod compile;
mod diagnostic;
mod draft;
mod emit;
mod ident;
mod lock;
mod order;
mod parse;
mod plan;
mod prove;
mod render;
mod report;
mod rules;
mod scan;
mod source;
mod suggest;
mod tables;
mod write;

pub use check::check;
pub use compile::{Compiler, Diagnostics, compile};
pub use diagnostic::Severity;
pub use draft::Draft;
pub use emit::emit;
pub use lock::{LockMode, lock};
pub use parse::parse;
pub use plan::{Plan, PlannedChain, PlannedMigration, PlannedStep};
pub use report::{Finding, Report};
pub use scan::scan;
pub use source::SourceTree;
pub use tables::{RUST_TYPES, rust_type};
pub use write::write;
