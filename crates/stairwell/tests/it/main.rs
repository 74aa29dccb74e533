//! The runtime against a real PostgreSQL: each test states what goes in and what can be seen afterwards.

#![expect(clippy::unwrap_used, reason = "clippy.toml allows it in test functions, and this is all for them")]

mod support;

mod adopt;
mod adoption;
mod ahead;
mod apply;
mod disagreement;
mod down;
mod drift;
mod extremes;
mod failing_step;
mod fleet;
mod history_shape;
mod journal;
mod lease;
mod lock;
mod mark;
mod order;
mod reading;
mod repair;
mod resume;
mod resume_detach;
mod resume_down;
mod resume_kills;
mod rights;
mod rows;
mod rust_step;
mod script;
mod session;
mod startup;
mod state;
mod statements;
mod tenants;
mod transactions;
mod types;
mod uninstall;
mod verify;
