//! Reads directories into a [`SourceTree`]. The only module that reads the disk.

use std::path::Path;

use walkdir::{DirEntry, WalkDir};

use crate::lock;
use crate::parse::is_migration_name;
use crate::source::{Entry, Kind, LinkProblem, SourceTree};

/// The directories and files, relative to the package, that make up a chain set.
pub(crate) const ROOTS: [&str; 5] = ["migrations", "plugins", WANTED, lock::FILE, "stairwell.toml"];

/// The wanted state of a plugin, beside its manifest.
pub(crate) const WANTED: &str = "schema.sql";

/// Deepest level that is read: `plugins/<name>/migrations/<folder>`. The content of a nested folder
/// is never needed, because the folder itself is already an error.
const MAX_DEPTH: usize = 3;

/// Reads everything under `migrations/` and `plugins/` of the package at `root`.
///
/// Never fails: what cannot be read becomes an entry that a rule reports.
pub fn scan(root: &Path) -> SourceTree {
    // Links are compared with the real path of the package, which may itself be reached by a link.
    let real_root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let mut entries = Vec::new();
    for name in ROOTS {
        let start = root.join(name);
        if start.symlink_metadata().is_err() {
            continue;
        }
        let mut walk = WalkDir::new(&start)
            .follow_root_links(false)
            .max_depth(MAX_DEPTH)
            .sort_by_file_name()
            .into_iter();
        while let Some(next) = walk.next() {
            let entry = match next {
                Ok(found) => {
                    let entry = read(&found, root, &real_root);
                    // The code of a plugin that lives beside its chain is none of our business.
                    if matches!(entry.kind, Kind::Folder) && !holds_sources(&entry.path) {
                        walk.skip_current_dir();
                    }
                    entry
                }
                Err(error) => {
                    let path = error.path().unwrap_or(&start);
                    let reason = match error.io_error() {
                        Some(cause) => cause.to_string(),
                        None => error.to_string(),
                    };
                    Entry { path: relative(path, root).0, kind: Kind::Unreadable { reason } }
                }
            };
            entries.push(entry);
        }
    }
    entries.extend(misspelt_roots(root));
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    SourceTree { entries }
}

/// Entries beside the roots whose names differ from theirs in case only; on a system that tells case
/// apart they would be passed over in silence.
fn misspelt_roots(root: &Path) -> Vec<Entry> {
    let names = WalkDir::new(root).min_depth(1).max_depth(1).into_iter().flatten();
    let misspelt = names.filter(|found| {
        let name = found.file_name().to_string_lossy();
        ROOTS.iter().any(|root| *root != name && root.eq_ignore_ascii_case(&name))
    });
    misspelt.map(|found| Entry { path: relative(found.path(), root).0, kind: Kind::Special }).collect()
}

/// Whether the scan descends into this folder: the roots, the plugins and their chains.
fn holds_sources(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    matches!(parts[..], ["migrations" | "plugins"] | ["plugins", _] | ["plugins", _, "migrations"])
}

fn read(found: &DirEntry, root: &Path, real_root: &Path) -> Entry {
    let (path, is_utf8) = relative(found.path(), root);
    if !is_utf8 {
        return Entry { path, kind: Kind::Unreadable { reason: "its name is not UTF-8".to_owned() } };
    }
    let file_type = found.file_type();
    if file_type.is_symlink() {
        let target = std::fs::read_link(found.path()).unwrap_or_default().display().to_string();
        let link =
            |problem| Entry { path: path.clone(), kind: Kind::Link { target: target.clone(), problem } };
        match found.path().canonicalize() {
            Err(_) => return link(LinkProblem::Broken),
            Ok(real) if !real.starts_with(real_root) => return link(LinkProblem::LeavesTree),
            // A linked folder would give its files two paths and two owners.
            Ok(real) if real.is_dir() => return link(LinkProblem::Folder),
            Ok(_) => {}
        }
    }
    let kind = match found.path().metadata() {
        Err(error) => Kind::Unreadable { reason: error.to_string() },
        Ok(metadata) if metadata.is_dir() => Kind::Folder,
        Ok(metadata) if !metadata.is_file() => Kind::Special,
        Ok(_) if !is_needed(&path) => Kind::File(Vec::new()),
        Ok(_) => match std::fs::read(found.path()) {
            Ok(bytes) => Kind::File(bytes),
            Err(error) => Kind::Unreadable { reason: error.to_string() },
        },
    };
    Entry { path, kind }
}

/// Whether the content is needed: settings, the lock file, manifests, wanted states, and in a chain's folder what has the name of
/// a migration. A stray dump of gigabytes is reported without being read.
fn is_needed(path: &str) -> bool {
    match path.split('/').collect::<Vec<_>>()[..] {
        ["stairwell.toml" | lock::FILE | WANTED] | ["plugins", _, "plugin.toml" | WANTED] => true,
        ["migrations", name] | ["plugins", _, "migrations", name] => is_migration_name(name),
        _ => false,
    }
}

/// The path below `root` with `/`, and whether it was UTF-8.
fn relative(path: &Path, root: &Path) -> (String, bool) {
    let below = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = below.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    (parts.join("/"), below.to_str().is_some())
}
