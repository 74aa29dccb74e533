//! A quick hash for keys that nobody chooses to harm.

use std::hash::{BuildHasherDefault, Hasher};

/// Makes [`Quick`] hashers.
pub type QuickState = BuildHasherDefault<Quick>;

/// Multiplies words together. The standard library's hash resists chosen keys, and takes many times as long where
/// it is not optimised; a build script reads its own project only.
#[derive(Debug, Clone, Copy, Default)]
pub struct Quick(u64);

impl Quick {
    fn add(&mut self, word: u64) {
        // An odd number of which half of the bits are set, at random.
        const FACTOR: u64 = 0x9e6c_63d0_876a_9a47;
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(FACTOR);
    }
}

impl Hasher for Quick {
    fn write(&mut self, mut bytes: &[u8]) {
        while let Some((word, rest)) = bytes.split_first_chunk() {
            self.add(u64::from_le_bytes(*word));
            bytes = rest;
        }
        let mut last = 0;
        for byte in bytes {
            last = last << 8 | u64::from(*byte);
        }
        self.add(last);
    }

    fn write_u8(&mut self, number: u8) {
        self.add(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.add(number);
    }

    fn write_usize(&mut self, number: usize) {
        self.add(number as u64);
    }

    fn finish(&self) -> u64 {
        // The table looks at both ends, and multiplying leaves the lower one with little.
        self.0 ^ self.0 >> 32
    }
}
