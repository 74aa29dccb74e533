//! What a walk has found.

use crate::{Check, Failure};

/// What the checks have found at one migration: of each at most one failure.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome(Vec<(Check, Failure)>);

impl Outcome {
    pub(crate) fn of(&self, check: Check) -> Option<&Failure> {
        self.0.iter().find(|(failed, _)| *failed == check).map(|(_, failure)| failure)
    }

    /// The same for all checks: the migration could not be tried.
    pub(crate) fn untried(message: &str) -> Outcome {
        let failure = |check: &Check| (*check, Failure::of(check.name(), message));
        Outcome(Check::ALL.iter().map(failure).collect())
    }

    /// What was found first counts.
    pub(super) fn fail(&mut self, check: Check, failure: Failure) {
        if self.of(check).is_none() {
            self.0.push((check, failure));
        }
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.0.is_empty()
    }
}
