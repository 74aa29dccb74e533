//! Runs a step, and again if what stopped it goes away by itself.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use tokio::time::sleep;

use crate::Event;
use crate::failure::Failure;
use crate::step::{self, Record, Seat, Work};
use crate::timeouts::Timeouts;

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(8);

/// How a step is run.
pub(crate) struct Attempts<'r> {
    pub(crate) timeouts: Timeouts,
    pub(crate) retries: u32,
    pub(crate) on_event: &'r (dyn Fn(&Event<'_>) + Send + Sync),
}

impl Attempts<'_> {
    /// Runs the step until it succeeds, fails for good, or has failed `retries` times more than once.
    pub(crate) async fn run(
        &self,
        seat: &mut Seat<'_>,
        work: Work<'_>,
        record: &Record<'_>,
    ) -> Result<(), Failure> {
        let mut failures = 0;
        loop {
            let Err(failure) = step::run(seat, work, self.timeouts, record).await else { return Ok(()) };
            // A step of a larger transaction cannot be tried again by itself: that one keeps its locks.
            let alone = matches!(seat, Seat::Each(_));
            if !alone || failures == self.retries || !failure.is_transient() {
                return Err(failure);
            }
            failures += 1;
            let pause = pause(failures);
            let (name, reason) = (record.name, failure.headline());
            log::info!("`{name}` failed and is tried again in {pause:?}: {reason}");
            (self.on_event)(&Event::Retrying { name, reason: &reason, failures, pause });
            sleep(pause).await;
        }
    }
}

/// Twice as long each time, and up to a quarter more: two that hinder each other should not meet again.
pub(crate) fn pause(failures: u32) -> Duration {
    let pause = FIRST_PAUSE.saturating_mul(1 << (failures - 1).min(16)).min(LONGEST_PAUSE);
    let random = RandomState::new().build_hasher().finish() % 256;
    pause + pause / 1024 * u32::try_from(random).unwrap_or_default()
}
