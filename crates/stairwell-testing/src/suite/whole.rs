//! The tests of checks that look at all chains at once.

use std::path::Path;

use stairwell::ChainSet;

use super::Suite;
use crate::{
    Failure, WholeCheck, checks,
    process::runtime,
    whole::{
        agree::one_run_and_steps_agree, any_order::any_order, concurrent::concurrent_starts,
        killed::killed_in_the_middle, upgrade,
    },
};

/// What is asked of the releases.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    at_least: usize,
    without: Vec<&'static str>,
}

impl Suite {
    /// Has the test of [`upgrade_from_every_release`](crate::upgrade_from_every_release) fail if there are fewer
    /// released states than this: for CI, where a shallow clone has none.
    #[must_use]
    pub fn releases_at_least(mut self, count: usize) -> Self {
        self.releases.at_least = count;
        self
    }

    /// Leaves out a release that no database has any more: the name of a tag, or the first ten digits of a commit.
    #[must_use]
    pub fn without_release(mut self, name: &'static str) -> Self {
        self.releases.without.push(name);
        self
    }

    /// Leaves out a check of all chains; its test passes.
    #[must_use]
    pub fn without_whole(mut self, check: WholeCheck) -> Self {
        self.exceptions.whole(check);
        self
    }

    /// A check of all chains. `folder` is that of the package.
    ///
    /// # Errors
    ///
    /// If the check fails.
    #[doc(hidden)]
    pub fn whole(&self, check: WholeCheck, folder: &str) -> Result<(), Failure> {
        let course = self.sound()?;
        if self.exceptions.is_without(check) {
            return Ok(());
        }
        let chains = &course.chains;
        let result = runtime()?.block_on(async {
            match check {
                WholeCheck::AppliesFromEmpty => return checks::course_applies(course).await,
                WholeCheck::SecondRunDoesNothing => return checks::course_is_done(course).await,
                WholeCheck::AnyOrder => any_order(chains).await,
                WholeCheck::ConcurrentStarts => concurrent_starts(chains).await,
                WholeCheck::KilledInTheMiddle => killed_in_the_middle(chains).await,
                WholeCheck::OneRunAndStepsAgree => one_run_and_steps_agree(chains).await,
                WholeCheck::UpgradeFromEveryRelease => self.upgrade(chains, Path::new(folder)).await,
            }
            .map_err(|failure| if course.is_whole() { failure } else { failure.with_note(SKIPPED) })
        });
        self.with_command(result, check.name())
    }

    async fn upgrade(&self, chains: &ChainSet, folder: &Path) -> Result<(), Failure> {
        let releases = upgrade::upgrade_without(chains, folder, &self.releases.without).await?;
        // Shown if the test fails, and with `--nocapture`.
        eprintln!("{}: {releases}", upgrade::CHECK);
        let (count, wanted) = (releases.count(), self.releases.at_least);
        if count < wanted {
            let message =
                format!("too few releases to start from: {count}, where the suite wants {wanted} or more");
            return Err(Failure::of(upgrade::CHECK, message).with_note(releases.to_string()));
        }
        Ok(())
    }
}

const SKIPPED: &str = "this check runs every migration, those too that the suite has to `skip`; `without_whole` leaves \
                       the check out";
