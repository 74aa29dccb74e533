//! A build that must be locked, without a `stairwell.lock`.

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::lock::{self, LockFile, LockMode, WRITE};

pub(super) const RULE: Rule = Rule::error("missing-lock", check);

fn check(draft: &Draft, findings: &mut Findings) {
    if draft.lock_mode == LockMode::Locked && matches!(draft.lock, LockFile::Missing) && !draft.is_empty {
        findings.push(
            Diagnostic::new(lock::FILE, "there is no lock file, and `STAIRWELL_LOCKED` demands one")
                .help(format!("write it, and commit it: `{WRITE}`")),
        );
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::lock::LockMode;
    use crate::rules::tests::{PRINTERS, report, report_under};

    #[test]
    fn only_a_locked_build_misses_it() {
        assert_eq!(report(&PRINTERS), "sound\n");
        assert_data_eq!(
            report_under(LockMode::Locked, &PRINTERS),
            str![[r#"
the migrations have 1 error

error[missing-lock]: there is no lock file, and `STAIRWELL_LOCKED` demands one
--> stairwell.lock
 = help: write it, and commit it: `STAIRWELL_LOCK=write cargo build`

"#]]
        );
    }
}
