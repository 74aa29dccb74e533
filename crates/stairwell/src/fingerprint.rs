//! What a history holds, as one number that this crate and the database compare.

use std::fmt;

use crate::{Chain, HistoryTable, Version};

/// A history: which table it is, and versions and checksums of its rows in order.
///
/// FNV-1a with 128 bits, over words where there are words. It is stored, so it must never change; the first
/// bytes that go into it are there to be changed if it has to. It tells states apart that happen, not ones
/// that somebody makes up: refinery's checksums, from which it is made, do no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Fingerprint(u128);

const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

impl Fingerprint {
    /// Of `history` without any row.
    pub(crate) fn empty(history: HistoryTable) -> Self {
        let bytes = [b"1", history.schema().as_bytes(), b"\0", history.name().as_bytes(), b"\0"];
        bytes.concat().into_iter().fold(Fingerprint(OFFSET), |hash, byte| hash.fold(byte.into()))
    }

    /// With one more row. The checksum is one of the name, too.
    pub(crate) fn with(self, version: Version, checksum: u64) -> Self {
        self.fold(version.cast_unsigned().into()).fold(checksum.into())
    }

    /// Of every beginning of `chain`: the first is that of the empty history, the last that of the whole chain.
    pub(crate) fn beginnings(chain: &Chain) -> impl Iterator<Item = Fingerprint> {
        let first = Fingerprint::empty(chain.history());
        let rest = chain.migrations().iter().scan(first, |hash, migration| {
            *hash = hash.with(migration.version(), migration.checksum());
            Some(*hash)
        });
        std::iter::once(first).chain(rest)
    }

    fn fold(self, word: u128) -> Self {
        Fingerprint((self.0 ^ word).wrapping_mul(PRIME))
    }
}

/// 32 hexadecimal digits, as it is stored.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_changes() {
        let empty = Fingerprint::empty(HistoryTable::new("stairwell", "core"));
        assert_eq!(empty.to_string(), "a7d8a2f7e4419ddb70b638a037604308");
        assert_eq!(empty.with(1, 7).with(2, 9).to_string(), "13be2bd285df09a0990eae24f907fbd1");
    }

    #[test]
    fn order_and_table_count() {
        let core = Fingerprint::empty(HistoryTable::new("stairwell", "core"));
        assert_ne!(core.with(1, 7).with(2, 9), core.with(2, 9).with(1, 7));
        assert_ne!(core, Fingerprint::empty(HistoryTable::new("stairwellc", "ore")));
    }
}
