//! What the processes of one run of nextest tell each other.
//!
//! nextest gives every test a process, and all checks of a migration look at the same walk past it. The first process
//! whose walk finds nothing wrong leaves a note for the others, beside the files of the shared server, with which it
//! goes. A walk that finds something is made again by each test, which has to show it.

use std::{fs, path::PathBuf};

use crate::{course::Course, host::Host};

/// Whether a process runs one test only.
pub(crate) fn is_here() -> bool {
    std::env::var_os("NEXTEST").is_some()
}

/// The note that a walk past one migration has found nothing wrong in this run.
pub(crate) struct Note(PathBuf);

impl Note {
    /// `None` if the processes have no folder in common, or no name for their run.
    pub(crate) fn of(course: &Course, place: usize) -> Option<Note> {
        // Made of digits and hyphens; anything else is not from nextest, and no name for a file.
        let run = std::env::var("NEXTEST_RUN_ID").ok()?;
        let is_plain =
            !run.is_empty() && run.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let folder = Host::get().ok()?.folder().filter(|_| is_plain)?;
        // The fingerprint knows the executable and what was put in, but not how far down the suite goes.
        let way = if course.is_one_way(course.order().get(place)?) { "up" } else { "all" };
        Some(Note(folder.join(format!("clean-{run}-{:016x}-{way}", course.fingerprint(place + 1)))))
    }

    pub(crate) fn is_there(&self) -> bool {
        self.0.exists()
    }

    /// A note that cannot be left costs the others time, and nothing else.
    pub(crate) fn leave(&self) {
        let _ = fs::write(&self.0, "");
    }
}
