//! What Stairwell's own tests need of [`stairwell_server`], which has the servers and databases.
//!
//! A crate of its own, because the tests of the crates below `stairwell-testing` cannot use that one.

pub use stairwell_server::*;

/// How large the slow tests are: `STAIRWELL_TEST_SCALE`, 1 if it is not set.
pub fn scale() -> usize {
    std::env::var("STAIRWELL_TEST_SCALE").ok().and_then(|scale| scale.parse().ok()).unwrap_or(1)
}
