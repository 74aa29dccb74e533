//! The commands as their users see them: an application that mounts them, on a real server.

mod support;

mod bad_input;
mod commands;
mod departures;
mod down;
mod extremes;
mod fleets;
mod graph;
mod histories;
mod history;
#[cfg(unix)]
mod interrupt;
mod output;
mod passwords;
mod refusals;
mod seeds_q;
mod sql;
mod tenants;
#[cfg(target_os = "linux")]
mod terminal;
#[cfg(feature = "tls")]
mod tls;
mod uninstall;
