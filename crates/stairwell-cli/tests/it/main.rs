//! The commands as their users see them: an application that mounts them, on a real server.

mod support;

mod commands;
mod down;
mod fleets;
mod histories;
#[cfg(unix)]
mod interrupt;
mod output;
mod refusals;
mod sql;
mod tenants;
#[cfg(feature = "tls")]
mod tls;
