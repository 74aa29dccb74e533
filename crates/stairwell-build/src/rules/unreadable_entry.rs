//! An entry that the system does not let us read.

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::source::Kind;

pub(super) const RULE: Rule = Rule::error("unreadable-entry", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for entry in draft.leftover_entries() {
        if let Kind::Unreadable { reason } = &entry.kind {
            let message = format!("`{}` cannot be read: {reason}", entry.file_name());
            findings.push(Diagnostic::new(&entry.path, message).help("make it readable, or delete it"));
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    use snapbox::{assert_data_eq, str};

    #[test]
    fn a_name_that_is_not_utf8_is_reported() {
        let root = tempfile::tempdir().unwrap();
        let migrations = root.path().join("migrations");
        std::fs::create_dir(&migrations).unwrap();
        std::fs::write(migrations.join(OsStr::from_bytes(b"V0001__\xFF.sql")), "SELECT 1;\n").unwrap();
        let report = crate::check(crate::parse(crate::scan(root.path()))).unwrap_err().to_string();
        assert_data_eq!(
            report,
            str![[r#"
the migrations have 1 error

error[unreadable-entry]: `V0001__�.sql` cannot be read: its name is not UTF-8
--> migrations/V0001__�.sql
 = help: make it readable, or delete it

"#]]
        );
    }
}
