//! Catalogs read from a real PostgreSQL: each test states the SQL that makes the objects and what is read.

#![expect(clippy::unwrap_used, reason = "clippy.toml allows it in test functions, and this is all for them")]

mod support;

mod columns;
mod constraints;
mod differences;
mod flaws;
mod functions;
mod indexes;
mod objects;
mod owners;
mod partitions;
mod privileges;
mod reading;
mod scope;
mod sequences;
mod settings;
mod tables;
mod triggers;
mod types;
mod versions;
