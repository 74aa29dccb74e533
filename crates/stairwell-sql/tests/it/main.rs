//! Holds the fold against PostgreSQL: every case of `tests/cases` is run on a server and folded, and the two
//! catalogs have to be equal.
//!
//! A case is plain SQL. `-- refused` on the line before a statement says that the server refuses it, and that the
//! fold has to say so; it then leaves no trace. `-- from 18` on the first line is a case for servers from that
//! version on. `-- one step` on a line of its own folds the whole case as one step. `CASE=tables/like cargo test -p stairwell-sql --test it` runs those that have this in their path.
//!
//! `pool.sql` has statements that are put together at random as well: `random.rs`.

#![allow(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do, and clippy exempts only the test functions themselves"
)]
#![expect(clippy::unwrap_used, reason = "clippy.toml allows it in test functions, and this is all for them")]

mod bodies;
mod cases;
mod queries;
mod random;
