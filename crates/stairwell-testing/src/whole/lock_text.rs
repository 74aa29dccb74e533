//! `stairwell.lock`, as far as it says which migrations there were.
//!
//! The compiler reads it with findings that have places; what is read here was committed, after the compiler wrote it.

use std::hash::Hasher;

use siphasher::sip::SipHasher13;

/// A migration that stands in a lock file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Locked {
    pub(crate) plugin: String,
    pub(crate) version: i64,
    /// The name of its file without the end: `V0002__add_toner_level`.
    pub(crate) stem: String,
    /// The checksum of its up step.
    pub(crate) up: u64,
}

/// All migrations in a lock file, by plugin and version.
///
/// An error is what is wrong with which line.
pub(crate) fn read(text: &str) -> Result<Vec<Locked>, String> {
    let lines = text.lines().map(str::trim_end).enumerate();
    let mut lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    match lines.next() {
        Some((_, "format 1")) => {}
        Some((_, line)) => return Err(format!("`{line}` is not `format 1`")),
        None => return Err("it is empty".to_owned()),
    }
    let mut plugin = None;
    let mut found = Vec::new();
    for (number, line) in lines {
        if let Some(rest) = line.strip_prefix("chain ") {
            plugin = rest.split(',').next();
        } else if !line.starts_with(char::is_whitespace) {
            let locked = plugin.and_then(|plugin| migration(plugin, line));
            found.push(locked.ok_or_else(|| format!("line {} is not that of a migration", number + 1))?);
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// `V0002__add_toner_level  up 0123456789abcdef  down 0123456789abcdef`
fn migration(plugin: &str, line: &str) -> Option<Locked> {
    let mut words = line.split_whitespace();
    let (stem, "up", up) = (words.next()?, words.next()?, words.next()?) else { return None };
    let (version, _) = stem.strip_prefix('V')?.split_once("__")?;
    Some(Locked {
        plugin: plugin.to_owned(),
        version: version.parse().ok()?,
        stem: stem.to_owned(),
        up: u64::from_str_radix(up, 16).ok()?,
    })
}

/// The checksum that a lock file has of this text.
pub(crate) fn checksum(text: &str) -> u64 {
    let mut hasher = SipHasher13::new();
    hasher.write(text.as_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::{checksum, read};

    #[test]
    fn a_lock_file_is_read() {
        let text = "# comment\nformat 1\n\nchain usb, 1 migration, last V0001__baseline\n\
                    V0001__baseline  up 0000000000000010  down irreversible\n    create table usb_devices\n";
        let found = read(text).unwrap();
        assert_eq!((found.len(), found[0].plugin.as_str(), found[0].version, found[0].up), (1, "usb", 1, 16));
        assert_eq!(read("format 2\n").unwrap_err(), "`format 2` is not `format 1`");
        assert_eq!(read("format 1\n<<<<<<< ours\n").unwrap_err(), "line 2 is not that of a migration");
    }

    /// The compiler's tests have the same value.
    #[test]
    fn a_checksum_is_that_of_the_compiler() {
        assert_eq!(checksum("CREATE TABLE t (a int);\n"), 8_282_506_231_489_958_814);
    }
}
