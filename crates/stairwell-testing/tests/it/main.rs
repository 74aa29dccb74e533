//! The kit under test: chains with a flaw fail with a message that names it, sound chains pass.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do, and clippy exempts only the test functions themselves"
)]

mod plugins;
mod support;

mod attribute;
mod beside;
mod case;
mod case_failures;
mod checks;
mod database_configuration;
mod databases;
mod fixtures;
mod flaws;
mod hosts;
mod live_equals_static;
mod losses;
mod models_match;
mod nextest;
mod processes;
mod seeds_d;
mod seeds_p;
mod seeds_q;
mod suite_settings;
mod table_2d;
mod tables_match;
mod whole;
