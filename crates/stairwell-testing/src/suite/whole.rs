//! The tests of checks that look at all chains at once.

use std::path::Path;

use stairwell::ChainSet;

use super::Suite;
use crate::{
    Failure,
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

    /// [`any_order`], as a test.
    ///
    /// # Errors
    ///
    /// If the check fails.
    #[doc(hidden)]
    pub fn any_order(&self) -> Result<(), Failure> {
        self.whole("any_order", any_order)
    }

    /// [`concurrent_starts`], as a test.
    ///
    /// # Errors
    ///
    /// If the check fails.
    #[doc(hidden)]
    pub fn concurrent_starts(&self) -> Result<(), Failure> {
        self.whole("concurrent_starts", concurrent_starts)
    }

    /// [`killed_in_the_middle`], as a test.
    ///
    /// # Errors
    ///
    /// If the check fails.
    #[doc(hidden)]
    pub fn killed_in_the_middle(&self) -> Result<(), Failure> {
        self.whole("killed_in_the_middle", killed_in_the_middle)
    }

    /// [`one_run_and_steps_agree`], as a test.
    ///
    /// # Errors
    ///
    /// If the check fails.
    #[doc(hidden)]
    pub fn one_run_and_steps_agree(&self) -> Result<(), Failure> {
        self.whole("one_run_and_steps_agree", one_run_and_steps_agree)
    }

    /// The check of this name, as a test. `folder` is that of the package.
    ///
    /// # Errors
    ///
    /// If the check fails.
    #[doc(hidden)]
    pub fn upgrade_from_every_release(&self, folder: &str) -> Result<(), Failure> {
        self.whole(upgrade::CHECK, async |chains| {
            let releases =
                upgrade::upgrade_without(chains, Path::new(folder), &self.releases.without).await?;
            // Shown if the test fails, and with `--nocapture`.
            eprintln!("{}: {releases}", upgrade::CHECK);
            let (count, wanted) = (releases.count(), self.releases.at_least);
            if count < wanted {
                let message = format!(
                    "too few releases to start from: {count}, where the suite wants {wanted} or more"
                );
                return Err(Failure::of(upgrade::CHECK, message).with_note(releases.to_string()));
            }
            Ok(())
        })
    }

    fn whole(
        &self,
        test: &str,
        check: impl AsyncFnOnce(&ChainSet) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let result = runtime()?.block_on(check(&self.sound()?.chains));
        self.with_command(result, test)
    }
}
