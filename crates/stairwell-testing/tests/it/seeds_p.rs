//! What a kit that tests histories of migrations has to be able to do, case by case (P); docs/testing.md says which are
//! left out.

mod findings;
mod histories;

use stairwell_testing::{Check, Failure, Suite};

/// The checks of single migrations.
const CHECKS: [Check; 4] =
    [Check::Stairway, Check::LeavesNoTrace, Check::DataSurvives, Check::LiveEqualsStatic];

/// One test of a suite: a check of a migration of `core`.
fn test(suite: &Suite, check: Check, version: i64) -> Result<(), Failure> {
    suite.check(check, "core", version, &format!("core::v{version}"))
}
