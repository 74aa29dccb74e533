//! The `migrate` command of [Stairwell](stairwell), for an application to mount in its own command line.
//!
//! ```no_run
//! use std::process::ExitCode;
//!
//! use stairwell_cli::{Migrate, NoFallback};
//! # mod schema {
//! #     pub const CHAINS: stairwell::ChainSet = stairwell::ChainSet::new(&[], &[]);
//! # }
//!
//! #[derive(clap::Parser)]
//! enum App {
//!     /// Bring the database up to date
//!     Migrate(Migrate),
//!     /// Serve
//!     Serve(Serve),
//! }
//!
//! #[tokio::main]
//! async fn main() -> ExitCode {
//!     match stairwell_cli::parse() {
//!         App::Migrate(migrate) => migrate.run(&schema::CHAINS, NoFallback).await,
//!         App::Serve(serve) => match serve.run().await {
//!             Ok(()) => ExitCode::SUCCESS,
//!             Err(error) => {
//!                 stairwell_cli::print_error(&error);
//!                 error.exit().into()
//!             }
//!         },
//!     }
//! }
//!
//! // A command of your own takes the same options, and finds the same database.
//! #[derive(clap::Args)]
//! struct Serve {
//!     #[command(flatten)]
//!     database: stairwell_cli::Database,
//!     #[command(flatten)]
//!     selection: stairwell_cli::Selection,
//!     #[command(flatten)]
//!     on_start: stairwell_cli::OnStart,
//! }
//!
//! impl Serve {
//!     async fn run(self) -> Result<(), stairwell_cli::Error> {
//!         let migrator = self.selection.migrator(&schema::CHAINS)?.on_event(stairwell_cli::progress());
//!         let mut interrupt = stairwell_cli::Interrupt::listen();
//!         let (connected, _) =
//!             self.on_start.run(&self.database, NoFallback, &migrator, &mut interrupt).await?;
//!         // … and serve, with `connected.client`.
//!         Ok(())
//!     }
//! }
//! ```
//!
//! [`parse`] is clap's `Parser::parse` with one difference: its errors repeat no database address,
//! which whoever forgets `--database-url` would otherwise find in a log, with the password.
//!
//! The commands are `migrate up`, `down`, `redo`, `to`, `uninstall`, `status`, `plan`, `sql`, `verify`, `adopt`,
//! `mark`, `unmark`, `repair`, `history` and `graph`; `migrate --help` lists their
//! options, the environment variables and the exit statuses. What `--json` prints is described in
//! the README of this crate.
//!
//! # Interrupts
//!
//! A process that is killed leaves its session behind, with the lock, until the server has come to
//! the end of the statement that it runs. `migrate up` listens for SIGINT and SIGTERM and has the
//! server cancel that statement; a command of your own does the same with [`Interrupt`].
//!
//! # Which database
//!
//! `--database-url`, else `DATABASE_URL`, else libpq's `PG*` variables; what an address leaves out
//! is completed from those variables, `~/.pgpass` and libpq's defaults, so that `psql` and this
//! program reach the same database. [`Address`] has the details.
//!
//! # A role that migrates
//!
//! `migrate` takes `MIGRATE_DATABASE_URL` before `DATABASE_URL`, and so does [`OnStart`] for the time in which it
//! applies; what serves never does. So the role that serves needs no right to change the schema.
//!
//! # TLS
//!
//! | `sslmode` | without TLS | with TLS |
//! |---|---|---|
//! | `disable` | always | never |
//! | `allow` | if the server permits it | otherwise; nothing verified |
//! | `prefer` (default) | if the server offers no TLS | otherwise; nothing verified |
//! | `require` | never | certificate verified only if there is a file of root certificates |
//! | `verify-ca` | never | certificate signed by a trusted root |
//! | `verify-full` | never | certificate signed by a trusted root, for this host name |
//!
//! The trusted roots are those in the file `sslrootcert`, else in `~/.postgresql/root.crt`, else
//! (other than in libpq) the operating system's. Host names are looked for in the certificate's
//! subjectAltName only. Without the feature `tls`, `require` and stronger are errors.

mod address;
#[cfg(feature = "shadow")]
mod adopt;
mod applying;
mod confirm;
mod connect;
mod connector;
mod conninfo;
mod database;
mod down;
mod environment;
mod error;
mod exit;
mod fallback;
mod fleet;
mod graph;
mod history;
mod interrupt;
mod json;
mod mark;
mod migrate;
mod notice;
mod on_start;
mod output;
mod parse;
mod passfile;
mod plan;
mod progress;
mod refusal;
mod selection;
mod settings;
#[cfg(feature = "shadow")]
mod shadow;
mod sql;
mod sslmode;
mod status;
mod suggest;
mod tenants;
#[cfg(feature = "tls")]
mod tls;
mod uninstall;
mod up;
mod verify;

pub use address::Address;
pub use connect::{Canceller, Connected, connect};
pub use database::Database;
pub use environment::Environment;
pub use error::Error;
pub use exit::Exit;
pub use fallback::{Fallback, NoFallback, Provided};
pub use interrupt::Interrupt;
pub use migrate::Migrate;
pub use on_start::{OnStart, StartMode};
pub use output::{print_error, say};
pub use parse::parse;
pub use progress::progress;
pub use selection::Selection;
pub use sslmode::SslMode;
pub use up::summary;
