//! The application as its users meet it: real Cargo builds, the real binary, real PostgreSQL.

mod broken;
mod rebuild;
mod tree;
