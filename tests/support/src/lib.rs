//! What Stairwell's own tests need of [`stairwell_server`], which has the servers and databases.
//!
//! A crate of its own, because the tests of the crates below `stairwell-testing` cannot use that one.

#![allow(clippy::panic, clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::{
    collections::BTreeMap,
    fs::{read_dir, read_to_string},
    path::{Path, PathBuf},
};

pub use stairwell_server::*;

/// How large the slow tests are: `STAIRWELL_TEST_SCALE`, 1 if it is not set.
pub fn scale() -> usize {
    std::env::var("STAIRWELL_TEST_SCALE").ok().and_then(|scale| scale.parse().ok()).unwrap_or(1)
}

/// A down step that leaves a trace, and one that does not.
#[derive(Clone, Debug)]
pub struct Flaw {
    /// The name of its file.
    pub name: String,
    /// What is there first.
    pub before: String,
    /// The up step.
    pub up: String,
    /// The down step that does not lead back.
    pub down: String,
    /// The one that does.
    pub good_down: String,
}

/// All that `stairwell-build` has among its tests, by name.
///
/// # Panics
///
/// If one cannot be read, or lacks a part.
pub fn flaws() -> Vec<Flaw> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/stairwell-build/tests/flaws");
    let mut files: Vec<PathBuf> = read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() > 100, "{} files", files.len());
    files.iter().map(|file| Flaw::read(file)).collect()
}

impl Flaw {
    /// The parts of a file stand each behind a comment of its name.
    fn read(file: &Path) -> Flaw {
        let text = read_to_string(file).unwrap();
        let mut parts: BTreeMap<&str, String> = BTreeMap::new();
        let mut open = None;
        for line in text.split_inclusive('\n') {
            let named = line.trim().strip_prefix("-- ");
            if let Some(name) = named.filter(|name| ["before", "up", "down", "good down"].contains(name)) {
                open = Some(name);
            } else if let Some(name) = open {
                parts.entry(name).or_default().push_str(line);
            }
        }
        let mut part =
            |name| parts.remove(name).unwrap_or_else(|| panic!("{} lacks `{name}`", file.display()));
        let [before, up, down, good_down] = ["before", "up", "down", "good down"].map(&mut part);
        Flaw { name: file.file_stem().unwrap().to_string_lossy().into_owned(), before, up, down, good_down }
    }
}
