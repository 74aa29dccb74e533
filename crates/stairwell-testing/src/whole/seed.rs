//! Chance that can be had again, and how much of it.

use std::hash::{BuildHasher, RandomState};

/// The environment variable that repeats a run.
pub(crate) const VARIABLE: &str = "STAIRWELL_TEST_SEED";

/// How large the checks are that try a part of what is possible: `STAIRWELL_TEST_SCALE`, 1 if it is not set.
pub(crate) fn scale() -> usize {
    let scale = std::env::var("STAIRWELL_TEST_SCALE").ok().and_then(|scale| scale.parse().ok());
    scale.unwrap_or(1).max(1)
}

/// Numbers that follow from a seed.
#[derive(Clone, Debug)]
pub(crate) struct Chance {
    seed: u64,
    state: u64,
}

impl Chance {
    /// With the seed that the environment gives, or a new one.
    pub(crate) fn new() -> Self {
        let given = std::env::var(VARIABLE).ok().and_then(|seed| seed.parse().ok());
        // Short enough to be typed.
        let seed = given.unwrap_or_else(|| RandomState::new().hash_one(std::process::id()) >> 32);
        Chance { seed, state: seed }
    }

    /// For the note of a failure.
    pub(crate) fn repeated_by(&self) -> String {
        format!("chance chose it; {VARIABLE}={} makes it choose the same again", self.seed)
    }

    /// A number below `end`; 0 if that is 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        // SplitMix64: a counter, well stirred.
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        // Below 2^64 by the size of a usize; the remainder favours small numbers by nothing that matters here.
        usize::try_from(mixed % (end.max(1) as u64)).unwrap_or_default()
    }

    /// A number from 0 to 1.
    pub(crate) fn fraction(&mut self) -> f64 {
        self.below(1 << 20) as f64 / f64::from(1 << 20)
    }
}

#[cfg(test)]
mod tests {
    use super::Chance;

    #[test]
    fn a_seed_gives_the_same_numbers_again() {
        let numbers = |seed| {
            let mut chance = Chance { seed, state: seed };
            (0..8).map(|_| chance.below(100)).collect::<Vec<_>>()
        };
        assert_eq!(numbers(1), numbers(1));
        assert_ne!(numbers(1), numbers(2));
    }
}
