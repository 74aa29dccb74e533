//! Reads the SQL of migrations.

pub mod fold;
