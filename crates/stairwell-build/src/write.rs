//! Puts the generated text into its file.

use std::io;
use std::path::Path;

/// Replaces `path` if its content differs, and says whether it did.
///
/// An untouched file keeps its time stamp, so nothing that depends on it is built again.
///
/// # Errors
///
/// When the file cannot be written.
pub fn write(path: &Path, text: &str) -> io::Result<bool> {
    if std::fs::read(path).is_ok_and(|old| old == text.as_bytes()) {
        return Ok(false);
    }
    std::fs::write(path, text)?;
    Ok(true)
}
