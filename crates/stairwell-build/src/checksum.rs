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

/// SipHash-1-3 of a text alone, as `stairwell.lock` has it: a migration keeps it under another name,
/// by which a file that was renamed is recognised.
///
/// Part of the format of the lock file, so it can change only together with that.
pub(crate) fn text(text: &str) -> u64 {
    let mut hasher = SipHasher13::new();
    hasher.write(text.as_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    /// The value is in every committed lock file.
    #[test]
    fn of_a_text_never_changes() {
        assert_eq!(super::text("CREATE TABLE t (a int);\n"), 8_282_506_231_489_958_814);
    }

    #[test]
    fn equals_what_refinery_printed_for_the_same_migration() {
        assert_eq!(super::refinery("make_t", 7, "CREATE TABLE t (a int);\n"), 13_229_431_279_878_466_567);
    }
}
