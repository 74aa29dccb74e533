//! The commands as their users see them: an application that mounts them, on a real server.

mod support;

mod commands;
mod down;
mod graph;
mod histories;
mod history;
#[cfg(unix)]
mod interrupt;
mod output;
mod refusals;
mod sql;
#[cfg(feature = "tls")]
mod tls;
mod uninstall;
