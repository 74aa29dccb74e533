//! The application as its users meet it: real Cargo builds, the real binary, real PostgreSQL.

#![allow(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do, and clippy exempts only the test functions themselves"
)]

mod tree;

mod broken;
mod broken_sql;
mod lock;
mod rebuild;

mod adopt;
mod catalogs;
mod constants;
mod data;
mod down_steps;
mod equality;
mod kill;
mod kill_statements;
mod migrate;
mod older_binary;
mod on_start;
mod processes;
mod quick_start;
mod refinery_reads_it;
mod serve;
mod storm;
mod uninstall;
mod victims;

#[cfg(feature = "embedded")]
mod embedded;

use std::process::Command;

/// The binary, with nothing in its environment that points to a database.
fn app() -> Command {
    let mut app = Command::new(env!("CARGO_BIN_EXE_app"));
    test_support::isolate(&mut app);
    app.env_remove("STAIRWELL_PLUGINS");
    app
}
