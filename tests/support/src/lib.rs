//! What Stairwell's own tests need of [`stairwell_server`], which has the servers and databases.
//!
//! A crate of its own, because the tests of the crates below `stairwell-testing` cannot use that one.

pub use stairwell_server::*;
