//! A locked migration that is gone, or that another one has replaced.
//!
//! A database that has applied it has a history that the binary does not know.

use super::{Adjustable, Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::lock::compare::{Change, compare};
use crate::lock::remedy::{deliberately, move_up};
use crate::lock::shown;

pub(super) const RULE: Rule = Rule::error("deleted-migration", check).adjustable(Adjustable::ByRewriting);

fn check(draft: &Draft, findings: &mut Findings) {
    for change in compare(draft) {
        let Change::Deleted { plugin, locked, instead, moved } = change else { continue };
        let (stem, folder) = (&locked.stem.value, &plugin.chain.folder);
        let mut found = match instead {
            Some(instead) => Diagnostic::new(
                instead.up.file,
                format!(
                    "`{stem}` of `{}` was replaced by `{}` after it was locked",
                    plugin.name,
                    instead.stem()
                ),
            )
            .label(format!("another migration, with the checksum {}", shown(Some(instead.up.checksum))))
            .also(&locked.stem.span, format!("locked with the checksum {}", shown(Some(locked.up.value)))),
            None => Diagnostic::new(
                &locked.stem.span,
                format!("`{stem}` of `{}` was deleted after it was locked", plugin.name),
            )
            .label(format!("there is no `{folder}/{stem}.*`")),
        };
        if let Some((owner, moved)) = moved {
            found =
                found.also(moved.up.file, format!("its text stands in the chain of `{}` now", owner.name));
        }
        if let Some(instead) = instead {
            found = found.help(move_up(plugin, instead, locked, None));
        }
        findings.push(
            found
                .help(format!(
                    "restore it with its down step; `git log --stat -- '{folder}/{stem}.*'` shows where it went"
                ))
                .help("what it did is taken back by a new migration")
                .help(deliberately()),
        );
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::lock::LockMode;
    use crate::rules::tests::report_locked;

    #[test]
    fn the_gap_is_no_second_finding() {
        assert_data_eq!(
            report_locked(
                LockMode::Compare,
                &[
                    "plugins/printers/migrations/V0002__trays.sql",
                    "plugins/printers/migrations/V0002__trays.down.sql"
                ],
                &[]
            ),
            str![[r#"
the migrations have 1 error

error[deleted-migration]: `V0002__trays` of `printers` was deleted after it was locked
  --> stairwell.lock:12:1
   |
12 | V0002__trays  up aff9770e7e262a0e  down 6e83c12786d362e4
   | ^^^^^^^^^^^^ there is no `plugins/printers/migrations/V0002__trays.*`
   |
   = help: restore it with its down step; `git log --stat -- 'plugins/printers/migrations/V0002__trays.*'` shows where it went
   = help: what it did is taken back by a new migration
   = help: if no database that matters has applied it, lock everything anew: `STAIRWELL_LOCK=rewrite cargo build`

"#]]
        );
    }

    #[test]
    fn the_last_of_a_chain_is_missed_as_well() {
        assert_data_eq!(
            report_locked(
                LockMode::Compare,
                &[
                    "plugins/printers/migrations/V0003__toner.sql",
                    "plugins/printers/migrations/V0003__toner.down.sql"
                ],
                &[]
            ),
            str![[r#"
the migrations have 1 error

error[deleted-migration]: `V0003__toner` of `printers` was deleted after it was locked
  --> stairwell.lock:14:1
   |
14 | V0003__toner  up 63937e0a02e61c13  down 6a9cad2358057ca4
   | ^^^^^^^^^^^^ there is no `plugins/printers/migrations/V0003__toner.*`
   |
   = help: restore it with its down step; `git log --stat -- 'plugins/printers/migrations/V0003__toner.*'` shows where it went
   = help: what it did is taken back by a new migration
   = help: if no database that matters has applied it, lock everything anew: `STAIRWELL_LOCK=rewrite cargo build`

"#]]
        );
    }

    #[test]
    fn another_stands_in_its_place() {
        assert_data_eq!(
            report_locked(
                LockMode::Compare,
                &[
                    "plugins/printers/migrations/V0002__trays.sql",
                    "plugins/printers/migrations/V0002__trays.down.sql"
                ],
                &[
                    ("plugins/printers/migrations/V0002__duplex.sql", "SELECT 1;\n"),
                    ("plugins/printers/migrations/V0002__duplex.down.sql", "SELECT 1;\n")
                ]
            ),
            str![[r#"
the migrations have 1 error

error[deleted-migration]: `V0002__trays` of `printers` was replaced by `V0002__duplex` after it was locked
  --> plugins/printers/migrations/V0002__duplex.sql:1:1
   |
 1 | SELECT 1;
   | ^^^^^^^^^ another migration, with the checksum 21d6ded5d67cfd73
   |
  ::: stairwell.lock:12:1
   |
12 | V0002__trays  up aff9770e7e262a0e  down 6e83c12786d362e4
   | ------------ locked with the checksum aff9770e7e262a0e
   |
   = help: give the new one the next free version: rename `plugins/printers/migrations/V0002__duplex.sql` to `V0004__duplex.sql`, and its down step with it
   = help: restore it with its down step; `git log --stat -- 'plugins/printers/migrations/V0002__trays.*'` shows where it went
   = help: what it did is taken back by a new migration
   = help: if no database that matters has applied it, lock everything anew: `STAIRWELL_LOCK=rewrite cargo build`

"#]]
        );
    }

    #[test]
    fn it_moved_to_another_chain() {
        assert_data_eq!(
            report_locked(
                LockMode::Compare,
                &[
                    "plugins/printers/migrations/V0003__toner.sql",
                    "plugins/printers/migrations/V0003__toner.down.sql"
                ],
                &[
                    ("migrations/V0002__toner.sql", "ALTER TABLE printers ADD toner int;\n"),
                    ("migrations/V0002__toner.down.sql", "SELECT 1;\n")
                ]
            ),
            str![[r#"
the migrations have 1 error

error[deleted-migration]: `V0003__toner` of `printers` was deleted after it was locked
  --> stairwell.lock:14:1
   |
14 | V0003__toner  up 63937e0a02e61c13  down 6a9cad2358057ca4
   | ^^^^^^^^^^^^ there is no `plugins/printers/migrations/V0003__toner.*`
   |
  ::: migrations/V0002__toner.sql:1:1
   |
 1 | ALTER TABLE printers ADD toner int;
   | ----------------------------------- its text stands in the chain of `core` now
   |
   = help: restore it with its down step; `git log --stat -- 'plugins/printers/migrations/V0003__toner.*'` shows where it went
   = help: what it did is taken back by a new migration
   = help: if no database that matters has applied it, lock everything anew: `STAIRWELL_LOCK=rewrite cargo build`

"#]]
        );
    }

    #[test]
    fn a_file_whose_name_was_not_understood_is_not_missed() {
        let folder = "plugins/printers/migrations";
        let (up, down) = (format!("{folder}/V0003__toner.sql"), format!("{folder}/V0003__toner.down.sql"));
        let odd = format!("{folder}/V0003__to-ner.sql");
        let report = report_locked(LockMode::Compare, &[&up, &down], &[(&odd, "SELECT 1;\n")]);
        assert!(report.starts_with("the migrations have 1 error\n\nerror[bad-file-name]"), "{report}");
    }
}
