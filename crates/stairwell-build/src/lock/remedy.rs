//! What the rules about the lock file advise.

use super::{Locked, REWRITE};
use crate::draft::{FileKind, Migration, Plugin, VersionPolicy};

/// Where the next migration of a chain is written, as far as that can be said.
pub(crate) fn next_path(plugin: &Plugin) -> String {
    let version = match plugin.chain.migrations.last().map(Version::of) {
        Some(last) => last.next().unwrap_or_else(|| "<timestamp>".to_owned()),
        None => "<version>".to_owned(),
    };
    format!("{}/V{version}__<name>.sql", plugin.chain.folder)
}

/// The help that puts a new migration behind all others, of which `leaving` will not be there.
pub(crate) fn move_up(
    plugin: &Plugin,
    migration: &Migration,
    locked: &Locked,
    leaving: Option<&Migration>,
) -> String {
    let staying = |other: &&Migration| leaving.is_none_or(|leaving| leaving.path != other.path);
    let staying = plugin.chain.migrations.iter().filter(staying).map(Version::of).max();
    let last = Version::of_locked(locked);
    let last = staying.map_or(last, |staying| staying.max(last));
    match last.next() {
        Some(version) => {
            let stem = format!("V{version}__{}", migration.file_name.name);
            rename("give the new one the next free version", migration, &stem)
        }
        None => format!("give the new one a timestamp above {}, and its down step with it", last.number),
    }
}

/// A version with the number of its digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Version {
    number: i64,
    width: usize,
}

impl Version {
    fn of(migration: &Migration) -> Self {
        Version { number: migration.file_name.version, width: migration.file_name.digits.len() }
    }

    fn of_locked(locked: &Locked) -> Self {
        let digits = locked.stem.value.bytes().skip(1).take_while(u8::is_ascii_digit);
        Version { number: locked.version, width: digits.count() }
    }

    /// The digits of the next; none for a timestamp, whose next is the time at which somebody writes it.
    fn next(self) -> Option<String> {
        let width = self.width;
        match VersionPolicy::of(self.number) {
            VersionPolicy::Counter => Some(format!("{:0width$}", self.number.saturating_add(1))),
            VersionPolicy::Timestamp => None,
        }
    }
}

/// The help that gives a migration another stem.
pub(crate) fn rename(why: &str, migration: &Migration, stem: &str) -> String {
    let extension = if migration.file_name.kind == FileKind::Rust { "rs" } else { "sql" };
    let down = if migration.down.is_some() { ", and its down step with it" } else { "" };
    format!("{why}: rename `{}` to `{stem}.{extension}`{down}", migration.path)
}

/// The help for somebody who means it.
pub(crate) fn deliberately() -> String {
    format!("if no database that matters has applied it, lock everything anew: `{REWRITE}`")
}
