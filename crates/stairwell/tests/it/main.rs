//! The runtime against a real PostgreSQL: each test states what goes in and what can be seen afterwards.

#![expect(clippy::unwrap_used, reason = "clippy.toml allows it in test functions, and this is all for them")]

mod support;

mod adoption;
mod apply;
mod disagreement;
mod down;
mod drift;
mod failing_step;
mod history_shape;
mod journal;
mod lease;
mod lock;
mod order;
mod reading;
mod rights;
mod rows;
mod rust_step;
mod session;
mod state;
mod statements;
mod transactions;
mod types;
