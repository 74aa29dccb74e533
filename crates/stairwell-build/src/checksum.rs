//! refinery's checksum, computed without refinery, which would double what a build pays.

use std::hash::{Hash, Hasher};

use siphasher::sip::SipHasher13;

/// SipHash-1-3 of name, version and text, as refinery 0.10 computes it with `int8-versions`.
///
/// A test of the application holds it against refinery's own.
pub(crate) fn refinery(name: &str, version: i64, text: &str) -> u64 {
    let mut hasher = SipHasher13::new();
    name.hash(&mut hasher);
    version.hash(&mut hasher);
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    #[test]
    fn equals_what_refinery_printed_for_the_same_migration() {
        assert_eq!(super::refinery("make_t", 7, "CREATE TABLE t (a int);\n"), 13_229_431_279_878_466_567);
    }
}
