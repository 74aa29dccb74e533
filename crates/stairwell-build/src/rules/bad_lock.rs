//! A `stairwell.lock` that cannot be read, or that is not as it was written.
//!
//! Nothing can be compared with it then, and to go on would be to compare with nothing.

use super::{Adjustable, Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::lock::{self, LockFile};

pub(super) const RULE: Rule = Rule::error("bad-lock", check).adjustable(Adjustable::ByRewriting);

fn check(draft: &Draft, findings: &mut Findings) {
    match &draft.lock {
        LockFile::Missing | LockFile::Read(_) | LockFile::Conflicted(_) => {}
        LockFile::Unreadable(reason) => findings.push(
            Diagnostic::new(lock::FILE, format!("the lock file cannot be read: {reason}"))
                .help("restore the file with git"),
        ),
        LockFile::Malformed(problems) => {
            for problem in problems {
                let found = Diagnostic::new(&problem.span, &problem.message).label(&problem.label);
                findings.push(problem.help.iter().fold(found, Diagnostic::help));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::lock::LockMode;
    use crate::rules::tests::report_locked;

    #[test]
    fn every_line_that_is_not_understood_is_shown() {
        assert_data_eq!(
            report_locked(
                LockMode::Compare,
                &[],
                &[(
                    "stairwell.lock",
                    "# A comment.\nformat 1\nV0001__sites  up 0000000000000000  down 0000000000000000\n    create table sites\nchain core 1 migration\nV0001__sites  up 0000000000000000  down 0000000000000000\nchain usb, 1 migration, last V0001__baseline\nV0001__baseline  up 123  down irreversible\nV0002__ports  up 0000000000000000\n"
                )]
            ),
            str![[r#"
the migrations have 5 errors

error[bad-lock]: this migration stands in no chain
 --> stairwell.lock:3:1
  |
3 | V0001__sites  up 0000000000000000  down 0000000000000000
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ no `chain` above
  |
  = help: restore the file with git, or write it from nothing: `STAIRWELL_LOCK=rewrite cargo build`

error[bad-lock]: this line belongs to no migration
 --> stairwell.lock:4:1
  |
4 |     create table sites
  | ^^^^^^^^^^^^^^^^^^^^^^ a line that is indented says what a migration does
  |
  = help: restore the file with git, or write it from nothing: `STAIRWELL_LOCK=rewrite cargo build`

error[bad-lock]: this line is not that of a chain
 --> stairwell.lock:5:1
  |
5 | chain core 1 migration
  | ^^^^^^^^^^^^^^^^^^^^^^ expected `chain <plugin>, <number> migrations, last <migration>`
  |
  = help: restore the file with git, or write it from nothing: `STAIRWELL_LOCK=rewrite cargo build`

error[bad-lock]: this line is not that of a migration
 --> stairwell.lock:8:1
  |
8 | V0001__baseline  up 123  down irreversible
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ expected `V<version>__<name>  up <checksum>  down <checksum>`
  |
  = help: restore the file with git, or write it from nothing: `STAIRWELL_LOCK=rewrite cargo build`

error[bad-lock]: this line is not that of a migration
 --> stairwell.lock:9:1
  |
9 | V0002__ports  up 0000000000000000
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ expected `V<version>__<name>  up <checksum>  down <checksum>`
  |
  = help: restore the file with git, or write it from nothing: `STAIRWELL_LOCK=rewrite cargo build`

"#]]
        );
    }

    #[test]
    fn lines_that_a_merge_lost_or_doubled_are_missed() {
        assert_data_eq!(
            report_locked(
                LockMode::Compare,
                &[],
                &[(
                    "stairwell.lock",
                    "format 1\nchain core, 2 migrations, last V0002__floors\nV0001__sites  up 0000000000000000  down 0000000000000000\nchain printers, 2 migrations, last V0002__b\nV0002__a  up 0000000000000000  down irreversible\nV0002__b  up 0000000000000000  down irreversible\nchain core, 1 migration, last V0001__sites\nV0001__sites  up 0000000000000000  down 0000000000000000\n"
                )]
            ),
            str![[r#"
the migrations have 3 errors

error[bad-lock]: the lines of the chain `core` are not those that were written
 --> stairwell.lock:2:1
  |
2 | chain core, 2 migrations, last V0002__floors
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ 1 below it, the last `V0001__sites`
  |
  = help: after a merge, take the whole file from the branch that is released, give your own migrations the next free versions, and run `STAIRWELL_LOCK=write cargo build`

error[bad-lock]: the migrations of `printers` do not ascend
 --> stairwell.lock:6:1
  |
6 | V0002__b  up 0000000000000000  down irreversible
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ it follows `V0002__a`
  |
  = help: after a merge, take the whole file from the branch that is released, give your own migrations the next free versions, and run `STAIRWELL_LOCK=write cargo build`

error[bad-lock]: the chain `core` stands twice in the lock file
 --> stairwell.lock:7:1
  |
7 | chain core, 1 migration, last V0001__sites
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the second time
  |
  = help: after a merge, take the whole file from the branch that is released, give your own migrations the next free versions, and run `STAIRWELL_LOCK=write cargo build`

"#]]
        );
    }

    #[test]
    fn another_format_is_not_guessed_at() {
        assert_data_eq!(
            report_locked(LockMode::Compare, &[], &[("stairwell.lock", "format 2\nanything\n")]),
            str![[r#"
the migrations have 1 error

error[bad-lock]: the format of the lock file is unknown
 --> stairwell.lock:1:1
  |
1 | format 2
  | ^^^^^^^^ unknown to this version
  |
  = help: build with the version of stairwell-build that wrote it, or a later one; this one reads `format 1`

"#]]
        );
    }

    #[test]
    fn an_empty_file_is_not_an_empty_lock() {
        assert_data_eq!(
            report_locked(LockMode::Compare, &[], &[("stairwell.lock", "")]),
            str![[r#"
the migrations have 1 error

error[bad-lock]: the file does not begin as a lock file
--> stairwell.lock
 = help: restore the file with git, or write it from nothing: `STAIRWELL_LOCK=rewrite cargo build`

"#]]
        );
    }

    #[test]
    fn bytes_that_are_no_text() {
        assert_data_eq!(
            report_locked(LockMode::Compare, &[], &[("stairwell.lock", "a\0b")]),
            str![[r#"
the migrations have 1 error

error[bad-lock]: the lock file cannot be read: it contains a NUL byte
--> stairwell.lock
 = help: restore the file with git

"#]]
        );
    }

    #[test]
    fn something_else_is_not_reported_line_by_line() {
        let text = format!("format 1\n{}", "CREATE TABLE t ();\n".repeat(10_000));
        let report = report_locked(LockMode::Compare, &[], &[("stairwell.lock", &text)]);
        assert!(report.starts_with("the migrations have 10 errors\n"), "{report}");
    }

    #[test]
    fn other_line_ends_and_blank_lines_are_read() {
        let (lock, _) = crate::rules::tests::locked_printers();
        let windows = format!("\u{FEFF}{}", lock.replace('\n', "\r\n\r\n"));
        let report = report_locked(LockMode::Locked, &[], &[("stairwell.lock", &windows)]);
        assert_eq!(report, "sound\n");
    }

    proptest::proptest! {
        /// Whatever a merge, an editor or a disk did to the file: an answer, and never a panic.
        #[test]
        fn nothing_panics(at in 0_usize..400, len in 0_usize..40, new in "\\PC{0,8}[ \n=<>|#,V0-9]{0,12}") {
            let (lock, _) = crate::rules::tests::locked_printers();
            let (at, end) = (at.min(lock.len()), (at + len).min(lock.len()));
            let text = format!("{}{new}{}", &lock[..at], &lock[end..]);
            report_locked(LockMode::Locked, &[], &[("stairwell.lock", &text)]);
        }
    }
}
