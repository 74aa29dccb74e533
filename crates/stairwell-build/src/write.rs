//! Puts texts into their files.

use std::io;
use std::path::Path;

/// Replaces `path` if its content differs, and says whether it did.
///
/// An untouched file keeps its time stamp, so nothing that depends on it is built again. Git may have
/// checked it out with other line ends, which is no difference. The file is replaced in one piece:
/// nobody ever reads half of it.
///
/// # Errors
///
/// When the file cannot be written.
pub fn write(path: &Path, text: &str) -> io::Result<bool> {
    if std::fs::read(path).is_ok_and(|old| is_same(&old, text)) {
        return Ok(false);
    }
    // A link is kept, and what it points to is replaced.
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let file_name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{file_name}.{}", std::process::id()));
    let written = std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, &path));
    if written.is_err() {
        drop(std::fs::remove_file(&beside));
    }
    written.map(|()| true)
}

fn is_same(old: &[u8], text: &str) -> bool {
    old == text.as_bytes()
        || old.contains(&b'\r') && String::from_utf8_lossy(old).replace("\r\n", "\n") == text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_difference_is_written_and_nothing_is_left_beside() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("stairwell.lock");
        assert!(write(&path, "a\nb\n").unwrap());
        assert!(!write(&path, "a\nb\n").unwrap());
        std::fs::write(&path, "a\r\nb\r\n").unwrap();
        assert!(!write(&path, "a\nb\n").unwrap(), "line ends are no difference");
        assert_eq!(std::fs::read(&path).unwrap(), b"a\r\nb\r\n");
        assert!(write(&path, "a\n").unwrap());
        assert_eq!(std::fs::read(&path).unwrap(), b"a\n");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_cannot_be_written_leaves_nothing_behind() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("stairwell.lock")).unwrap();
        assert!(write(&directory.path().join("stairwell.lock"), "a\n").is_err());
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}
