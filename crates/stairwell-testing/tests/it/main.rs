//! The kit under test: chains with a flaw fail with a message that names it, sound chains pass.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do, and clippy exempts only the test functions themselves"
)]

mod support;

mod case;
mod checks;
mod databases;
mod flaws;
mod processes;
mod table_2d;
