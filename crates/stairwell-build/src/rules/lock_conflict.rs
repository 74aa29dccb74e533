//! A `stairwell.lock` with the marks of a merge that git could not do alone.
//!
//! It is what the file is for: two branches have added migrations to one chain.

use super::{Adjustable, Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::lock::{LockFile, WRITE};

pub(super) const RULE: Rule = Rule::error("lock-conflict", check).adjustable(Adjustable::ByRewriting);

fn check(draft: &Draft, findings: &mut Findings) {
    let LockFile::Conflicted(spans) = &draft.lock else { return };
    let [first, others @ ..] = &spans[..] else { return };
    let found = Diagnostic::new(first, "the lock file has conflicts of a git merge")
        .label("two branches have changed one chain");
    let found = others.iter().fold(found, |found, span| found.also(span, "here as well"));
    findings.push(
        found
            .help(
                "take the whole file from the branch that is released: \
                 `git checkout <branch> -- stairwell.lock`",
            )
            .help("give the migrations of the other branch the next free versions, if they clash")
            .help(format!("lock them, and commit the file: `{WRITE}`")),
    );
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::lock::LockMode;
    use crate::rules::tests::report_locked;

    #[test]
    fn the_marks_of_git_are_recognised() {
        assert_data_eq!(
            report_locked(
                LockMode::Compare,
                &[],
                &[(
                    "stairwell.lock",
                    "format 1\n\n<<<<<<< HEAD\nchain core, 2 migrations, last V0002__a\n=======\nchain core, 2 migrations, last V0002__b\n>>>>>>> floors\nV0001__sites  up 0000000000000000  down 0000000000000000\n<<<<<<< HEAD\nV0002__a  up 0000000000000000  down 0000000000000000\n=======\nV0002__b  up 0000000000000000  down 0000000000000000\n>>>>>>> floors\n"
                )]
            ),
            str![[r#"
the migrations have 1 error

error[lock-conflict]: the lock file has conflicts of a git merge
 --> stairwell.lock:3:1
  |
3 | <<<<<<< HEAD
  | ^^^^^^^^^^^^ two branches have changed one chain
...
9 | <<<<<<< HEAD
  | ------------ here as well
  |
  = help: take the whole file from the branch that is released: `git checkout <branch> -- stairwell.lock`
  = help: give the migrations of the other branch the next free versions, if they clash
  = help: lock them, and commit the file: `STAIRWELL_LOCK=write cargo build`

"#]]
        );
    }

    #[test]
    fn a_mark_that_was_overlooked_is_found() {
        assert_data_eq!(
            report_locked(
                LockMode::Compare,
                &[],
                &[(
                    "stairwell.lock",
                    "format 1\n\nchain core, 1 migration, last V0001__sites\nV0001__sites  up 0000000000000000  down 0000000000000000\n>>>>>>> floors\n"
                )]
            ),
            str![[r#"
the migrations have 1 error

error[lock-conflict]: the lock file has conflicts of a git merge
 --> stairwell.lock:5:1
  |
5 | >>>>>>> floors
  | ^^^^^^^^^^^^^^ two branches have changed one chain
  |
  = help: take the whole file from the branch that is released: `git checkout <branch> -- stairwell.lock`
  = help: give the migrations of the other branch the next free versions, if they clash
  = help: lock them, and commit the file: `STAIRWELL_LOCK=write cargo build`

"#]]
        );
    }
}
