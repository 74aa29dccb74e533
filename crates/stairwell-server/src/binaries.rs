//! Where the PostgreSQL server binaries are.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Command,
};

use crate::Failure;

/// The environment variable that names the folder with `initdb` and `postgres`.
pub(crate) const VARIABLE: &str = "STAIRWELL_TEST_PG_BIN";

/// Finds the folder with `initdb` and `postgres`: the one the user names, or the first of the usual places.
pub(crate) fn find(named: Option<&OsStr>) -> Result<PathBuf, Failure> {
    if let Some(named) = named.filter(|named| !named.is_empty()) {
        // No fallback: whoever names a folder wants to know that another version would be tested.
        let folder = PathBuf::from(named);
        return if is_complete(&folder) {
            Ok(folder)
        } else {
            Err(format!("{VARIABLE} is `{}`, which does not hold `initdb` and `postgres`", folder.display()))
        };
    }
    // Debian ships `pg_config` with the client library; the place it points to may hold no server.
    from_pg_config()
        .into_iter()
        .chain(from_debian(Path::new("/usr/lib/postgresql")))
        .chain(from_path())
        .find(|folder| is_complete(folder))
        .ok_or_else(|| {
            format!(
                "no PostgreSQL server found (`initdb` and `postgres`)\n\
                 help: install the package `postgresql` (Debian, Ubuntu) or `postgresql-server` (Fedora), \
                 or name the folder with its binaries in {VARIABLE}"
            )
        })
}

fn is_complete(folder: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|name| folder.join(name).is_file())
}

fn from_pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let folder = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(folder.trim()))
}

/// Debian's layout, `<root>/<version>/bin`, the newest version first.
fn from_debian(root: &Path) -> Vec<PathBuf> {
    let Ok(entries) = root.read_dir() else { return Vec::new() };
    let mut versions: Vec<(Vec<u32>, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let version: Option<_> = name.to_str()?.split('.').map(|part| part.parse().ok()).collect();
            Some((version?, entry.path().join("bin")))
        })
        .collect();
    versions.sort();
    versions.into_iter().rev().map(|(_, folder)| folder).collect()
}

fn from_path() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        // A link in /usr/local/bin often stands alone; the tools beside its target are wanted too.
        .filter_map(|folder| Some(folder.join("initdb").canonicalize().ok()?.parent()?.to_path_buf()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newest_version_comes_first() {
        let root = tempfile::tempdir().unwrap();
        for name in ["9.6", "15", "18", "common"] {
            std::fs::create_dir(root.path().join(name)).unwrap();
        }
        let found = from_debian(root.path());
        let expected: Vec<_> = ["18/bin", "15/bin", "9.6/bin"].map(|name| root.path().join(name)).into();
        assert_eq!(found, expected);
    }

    #[test]
    fn named_folder_without_a_server_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("initdb"), "").unwrap();
        let failure = find(Some(root.path().as_os_str())).unwrap_err();
        assert!(failure.starts_with("STAIRWELL_TEST_PG_BIN is `"), "{failure}");
    }
}
