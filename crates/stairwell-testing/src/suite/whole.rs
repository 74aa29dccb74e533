//! The tests of checks that look at all chains at once.

use std::path::Path;

use stairwell::ChainSet;

use super::Suite;
use crate::{
    Failure,
    process::runtime,
    whole::{any_order::any_order, upgrade},
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
                let message = format!("the suite wants at least {wanted} releases; there are {count}");
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
