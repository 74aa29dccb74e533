//! The cases in which a peer was seen to fail, each beside what Stairwell does, on a real PostgreSQL.
//!
//! A test of a peer asserts the failure as it was measured, with the versions in the lock file: when the peer mends
//! it, the test says so. The names of the cases are those of the survey in which they were found; what E1 to E3, E5
//! and E11 show happens while an application is built, and `tests/it/broken.rs` of the root shows what becomes of it.
//!
//! | case | refinery | sqlx |
//! |---|---|---|
//! | E4: two runners on a fresh database | fails | takes a lock first |
//! | E6: a failed migration, then the next replica | has no lock to leak, but does not say what failed | fails |
//! | E7: a directive on the second line | has no such directive | fails |
//! | E8: version 2 comes after 1 and 3 | refuses, as it should | fails |
//! | E9: back past a migration without a down step | has no down steps | fails |
//! | E10: CREATE INDEX CONCURRENTLY and two replicas | cannot run it at all, see E7 | fails |

mod support;

mod e04_two_runners;
mod e06_failed_migration;
mod e07_second_line;
mod e08_out_of_order;
mod e09_missing_down;
mod e10_concurrently;

mod adoption;
