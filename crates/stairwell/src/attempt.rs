//! When a step that failed is tried again.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use tokio::time::sleep;

use crate::Event;
use crate::failure::Failure;
use crate::record::Record;
use crate::step::{self, Seat, Work};
use crate::timeouts::Timeouts;

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// The attempts at one step.
pub(crate) struct Attempts<'r> {
    pub(crate) retries: u32,
    pub(crate) on_event: &'r (dyn Fn(&Event<'_>) + Send + Sync),
    /// How many have failed.
    pub(crate) failures: u32,
}

impl Attempts<'_> {
    /// Runs the step until it succeeds, fails for good, or has failed `retries` times more than once.
    pub(crate) async fn run(
        &mut self,
        seat: &mut Seat<'_>,
        work: Work<'_>,
        timeouts: Timeouts,
        record: &Record<'_>,
    ) -> Result<(), Failure> {
        loop {
            let Err(failure) = step::run(seat, work, timeouts, record).await else { return Ok(()) };
            self.pause(seat, record.name, failure).await?;
        }
    }

    /// Waits before the next attempt; the failure of the last one, if there is to be none.
    pub(crate) async fn pause(
        &mut self,
        seat: &Seat<'_>,
        name: &str,
        failure: Failure,
    ) -> Result<(), Failure> {
        // A step of a larger transaction cannot be tried again by itself: that one keeps its locks.
        let alone = matches!(seat, Seat::Each(_));
        if !alone || self.failures == self.retries || !failure.is_transient() {
            return Err(failure);
        }
        self.failures += 1;
        let (failures, pause) = (self.failures, pause(self.failures));
        let reason = failure.headline();
        log::info!("`{name}` failed and is tried again in {pause:?}: {reason}");
        (self.on_event)(&Event::Retrying { name, reason: &reason, failures, pause });
        sleep(pause).await;
        Ok(())
    }
}

/// Twice as long each time, and up to a quarter more: two that hinder each other should not meet again.
pub(crate) fn pause(failures: u32) -> Duration {
    let pause = FIRST_PAUSE.saturating_mul(1 << (failures - 1).min(16)).min(LONGEST_PAUSE);
    let random = RandomState::new().build_hasher().finish() % 256;
    pause + pause / 1024 * u32::try_from(random).unwrap_or_default()
}
