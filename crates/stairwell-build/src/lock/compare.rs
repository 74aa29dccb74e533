//! What became of the locked migrations, and what is new.
//!
//! A text that moved is recognised by its checksum, so that a file that was renamed is not reported
//! as one that was deleted and one that was inserted.

use std::collections::BTreeMap;

use super::{LockFile, LockMode, Locked, LockedChain};
use crate::draft::{Draft, Migration, Plugin};

/// One difference between the lock file and the chains.
#[derive(Clone, Copy)]
pub(crate) enum Change<'a> {
    /// Version and name are there, but a step has another text.
    Edited { plugin: &'a Plugin, migration: &'a Migration, locked: &'a Locked },
    /// The text and the version are there, under another name.
    Renamed { plugin: &'a Plugin, migration: &'a Migration, locked: &'a Locked },
    /// The text is there, under another version.
    Renumbered {
        plugin: &'a Plugin,
        migration: &'a Migration,
        locked: &'a Locked,
        /// What has the version now.
        instead: Option<&'a Migration>,
    },
    /// The text is no more in the chain.
    Deleted {
        plugin: &'a Plugin,
        locked: &'a Locked,
        /// What has the version now.
        instead: Option<&'a Migration>,
        /// A new migration of another chain with the same text.
        moved: Option<(&'a Plugin, &'a Migration)>,
    },
    /// No migration of the chain is left.
    Vanished { chain: &'a LockedChain, renamed: Option<&'a Plugin> },
    /// Not locked, and below the last that is.
    Inserted { plugin: &'a Plugin, migration: &'a Migration, last: &'a Locked },
    /// Not locked, and above everything that is.
    New { plugin: &'a Plugin, migration: &'a Migration },
}

/// Compares the chains with the lock file; none where there is no lock file or it cannot be read.
pub(crate) fn compare(draft: &Draft) -> Vec<Change<'_>> {
    // A tree without any chain has a finding of its own.
    let (LockFile::Read(lock), false) = (&draft.lock, draft.is_empty) else { return Vec::new() };
    let mut chains: BTreeMap<&str, &LockedChain> =
        lock.chains.iter().map(|chain| (chain.plugin.as_str(), chain)).collect();
    let mut changes = Vec::new();
    for plugin in &draft.plugins {
        compare_chain(plugin, chains.remove(plugin.name.as_str()), &mut changes);
    }
    changes.extend(chains.into_values().map(|chain| Change::Vanished { chain, renamed: None }));
    follow(&mut changes);
    changes
}

/// Whether the lock file has this version of the chain, and this run does not forget it.
pub(crate) fn locks(draft: &Draft, plugin: &Plugin, version: i64) -> bool {
    let LockFile::Read(lock) = &draft.lock else { return false };
    if draft.lock_mode == LockMode::Rewrite {
        return false;
    }
    let chain = lock.chains.iter().find(|chain| chain.plugin == plugin.name);
    chain.is_some_and(|chain| chain.migrations.binary_search_by_key(&version, |l| l.version).is_ok())
}

fn compare_chain<'a>(plugin: &'a Plugin, chain: Option<&'a LockedChain>, changes: &mut Vec<Change<'a>>) {
    let migrations = &plugin.chain.migrations;
    let Some(chain) = chain else {
        changes.extend(migrations.iter().map(|migration| Change::New { plugin, migration }));
        return;
    };
    let is_readable = plugin.chain.is_readable();
    if migrations.is_empty() {
        if is_readable {
            changes.push(Change::Vanished { chain, renamed: None });
        }
        return;
    }
    // First what is where it was.
    let mut new = vec![true; migrations.len()];
    let mut missing: Vec<&Locked> = Vec::new();
    for locked in &chain.migrations {
        let start = migrations.partition_point(|m| m.file_name.version < locked.version);
        let same = migrations[start..].iter().take_while(|m| m.file_name.version == locked.version);
        match same.enumerate().find(|(_, m)| m.file_name.name == locked.name) {
            Some((offset, migration)) => {
                new[start + offset] = false;
                let now = migration.checksums();
                if (now.up, now.down) != (locked.up.value, locked.down.value) {
                    changes.push(Change::Edited { plugin, migration, locked });
                }
            }
            None => missing.push(locked),
        }
    }
    // What is missing is probably in the file whose name was not understood.
    if !is_readable {
        return;
    }
    let moved = find_moved(&missing, migrations, &mut new);
    let instead = |new: &[bool], version: i64| {
        let start = migrations.partition_point(|m| m.file_name.version < version);
        let same = migrations[start..].iter().zip(&new[start..]);
        same.take_while(|(m, _)| m.file_name.version == version).find(|(_, new)| **new).map(|(m, _)| m)
    };
    // Reported with what they stand in the place of; ascending.
    let mut replacing = Vec::new();
    for (locked, moved) in missing.iter().copied().zip(moved) {
        let instead = instead(&new, locked.version);
        replacing.extend(instead.map(|m| m.file_name.version));
        changes.push(match moved {
            Some(migration) if migration.file_name.version == locked.version => {
                Change::Renamed { plugin, migration, locked }
            }
            Some(migration) => Change::Renumbered { plugin, migration, locked, instead },
            None => Change::Deleted { plugin, locked, instead, moved: None },
        });
    }
    let last = chain.migrations.last();
    for (migration, _) in migrations.iter().zip(&new).filter(|(_, new)| **new) {
        let version = migration.file_name.version;
        if replacing.binary_search(&version).is_ok() {
            continue;
        }
        let is_free = chain.migrations.binary_search_by_key(&version, |l| l.version).is_err();
        changes.push(match last {
            // A version that a locked migration still has is a clash, which another rule reports.
            Some(last) if version <= last.version && is_free => Change::Inserted { plugin, migration, last },
            _ => Change::New { plugin, migration },
        });
    }
}

/// The new migration with the text of each missing one: best of the same version, then of the same
/// name. Texts may be equal, so what was found is taken off the new ones.
fn find_moved<'a>(
    missing: &[&Locked],
    migrations: &'a [Migration],
    new: &mut [bool],
) -> Vec<Option<&'a Migration>> {
    let mut moved = vec![None; missing.len()];
    if missing.is_empty() {
        return moved;
    }
    for (by_version, by_name) in [(true, false), (false, true), (false, false)] {
        let mut candidates: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        // From behind, because the first is popped first.
        for (index, migration) in migrations.iter().enumerate().rev().filter(|(index, _)| new[*index]) {
            let name = by_name.then_some(migration.file_name.name.as_str());
            let version = by_version.then_some(migration.file_name.version);
            candidates.entry((migration.up.checksum, version, name)).or_default().push(index);
        }
        for (locked, found) in missing.iter().zip(&mut moved).filter(|(_, found)| found.is_none()) {
            let name = by_name.then_some(locked.name.as_str());
            let key = (locked.up.value, by_version.then_some(locked.version), name);
            if let Some(index) = candidates.get_mut(&key).and_then(Vec::pop) {
                new[index] = false;
                *found = migrations.get(index);
            }
        }
    }
    moved
}

/// Looks for deleted texts among the new migrations of other chains.
fn follow(changes: &mut [Change<'_>]) {
    let mut texts = BTreeMap::new();
    for change in changes.iter() {
        if let Change::New { plugin, migration } | Change::Inserted { plugin, migration, .. } = change {
            texts.entry((migration.up.checksum, &migration.file_name.name)).or_insert((*plugin, *migration));
        }
    }
    for change in changes {
        match change {
            Change::Deleted { locked, moved, .. } => {
                *moved = texts.get(&(locked.up.value, &locked.name)).copied();
            }
            Change::Vanished { chain, renamed } => {
                let first = chain.migrations.first();
                let found = first.and_then(|locked| texts.get(&(locked.up.value, &locked.name)));
                *renamed = found.map(|(plugin, _)| *plugin);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::collection::btree_map;

    use super::*;
    use crate::{SourceTree, check, parse};

    /// Name and text of each version.
    type Chain = BTreeMap<u8, (u8, u8)>;

    fn tree(chain: &Chain) -> Vec<(String, String)> {
        let file = |(version, (name, text)): (&u8, &(u8, u8))| {
            let text = format!("-- stairwell: irreversible a test\nSELECT {text};\n");
            (format!("migrations/V{version}__n{name}.sql"), text)
        };
        let settings = ("stairwell.toml".to_owned(), "[rules]\nversion-gap = \"allow\"\n".to_owned());
        chain.iter().map(file).chain([settings]).collect()
    }

    proptest::proptest! {
        /// The short way to say what the rules are about: everything locked is there, and what else is
        /// there stands above it. Few names and texts, so that files are mistaken for each other.
        #[test]
        fn a_chain_may_only_grow_at_its_end(
            released in btree_map(1_u8..6, (0_u8..3, 0_u8..3), 1..6),
            now in btree_map(1_u8..8, (0_u8..3, 0_u8..3), 1..8),
            grows in proptest::bool::ANY,
        ) {
            let last = released.keys().last().copied().unwrap_or_default();
            let now: Chain = if grows {
                let behind = now.into_iter().filter(|(version, _)| *version > last);
                released.clone().into_iter().chain(behind).collect()
            } else {
                now
            };
            let is_sound = released.iter().all(|(version, migration)| now.get(version) == Some(migration))
                && now.keys().all(|version| released.contains_key(version) || *version > last);

            let lock = crate::lock(&check(parse(SourceTree::from_files(tree(&released)))).unwrap());
            let mut files = tree(&now);
            files.push(("stairwell.lock".to_owned(), lock));
            let draft = parse(SourceTree::from_files(files));
            let changes = compare(&draft);
            let is_found_sound = changes.iter().all(|change| matches!(change, Change::New { .. }));
            proptest::prop_assert_eq!(is_found_sound, is_sound);

            // No locked migration is spoken of twice, and no file is new twice.
            let mut locked: Vec<i64> = changes.iter().filter_map(|change| match change {
                Change::Edited { locked, .. } | Change::Renamed { locked, .. }
                | Change::Renumbered { locked, .. } | Change::Deleted { locked, .. } => Some(locked.version),
                _ => None,
            }).collect();
            let count = locked.len();
            locked.sort_unstable();
            locked.dedup();
            proptest::prop_assert_eq!(locked.len(), count);
            let mut files: Vec<&str> = changes.iter().filter_map(|change| match change {
                Change::Renamed { migration, .. } | Change::Renumbered { migration, .. }
                | Change::Inserted { migration, .. } | Change::New { migration, .. } => {
                    Some(migration.path.as_str())
                }
                _ => None,
            }).collect();
            let count = files.len();
            files.sort_unstable();
            files.dedup();
            proptest::prop_assert_eq!(files.len(), count);
        }
    }
}
