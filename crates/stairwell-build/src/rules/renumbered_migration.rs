//! A locked migration under another version.
//!
//! A database that has applied it would apply it again, as if it were new.

use super::{Adjustable, Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::lock::compare::{Change, compare};
use crate::lock::remedy::{deliberately, move_up, rename};

pub(super) const RULE: Rule = Rule::error("renumbered-migration", check).adjustable(Adjustable::ByRewriting);

fn check(draft: &Draft, findings: &mut Findings) {
    for change in compare(draft) {
        let Change::Renumbered { plugin, migration, locked, instead } = change else { continue };
        let (old, new) = (&locked.stem.value, migration.stem());
        let mut found = Diagnostic::new(
            migration.up.file,
            format!("`{old}` of `{}` was renumbered to `{new}` after it was locked", plugin.name),
        )
        .label("the same text under another version")
        .also(&locked.stem.span, "locked under this version");
        if let Some(instead) = instead {
            found = found.also(instead.up.file, "this migration has its version now").help(move_up(
                plugin,
                instead,
                locked,
                Some(migration),
            ));
        }
        let back = rename("give the locked one its version back", migration, old);
        findings.push(found.help(back).help(deliberately()));
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::lock::LockMode;
    use crate::rules::tests::report_locked;

    #[test]
    fn a_new_one_took_its_version() {
        assert_data_eq!(
            report_locked(
                LockMode::Compare,
                &[
                    "plugins/printers/migrations/V0003__toner.sql",
                    "plugins/printers/migrations/V0003__toner.down.sql"
                ],
                &[
                    ("plugins/printers/migrations/V0003__duplex.sql", "SELECT 1;\n"),
                    ("plugins/printers/migrations/V0003__duplex.down.sql", "SELECT 1;\n"),
                    ("plugins/printers/migrations/V0004__toner.sql", "ALTER TABLE printers ADD toner int;\n"),
                    (
                        "plugins/printers/migrations/V0004__toner.down.sql",
                        "ALTER TABLE printers DROP toner;\n"
                    )
                ]
            ),
            str![[r#"
the migrations have 1 error

error[renumbered-migration]: `V0003__toner` of `printers` was renumbered to `V0004__toner` after it was locked
  --> plugins/printers/migrations/V0004__toner.sql:1:1
   |
 1 | ALTER TABLE printers ADD toner int;
   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the same text under another version
   |
  ::: stairwell.lock:14:1
   |
14 | V0003__toner  up 63937e0a02e61c13  down 6a9cad2358057ca4
   | ------------ locked under this version
   |
  ::: plugins/printers/migrations/V0003__duplex.sql:1:1
   |
 1 | SELECT 1;
   | --------- this migration has its version now
   |
   = help: give the new one the next free version: rename `plugins/printers/migrations/V0003__duplex.sql` to `V0004__duplex.sql`, and its down step with it
   = help: give the locked one its version back: rename `plugins/printers/migrations/V0004__toner.sql` to `V0003__toner.sql`, and its down step with it
   = help: if no database that matters has applied it, lock everything anew: `STAIRWELL_LOCK=rewrite cargo build`

"#]]
        );
    }

    #[test]
    fn two_that_changed_places_are_two_findings() {
        assert_data_eq!(
            report_locked(
                LockMode::Compare,
                &[
                    "plugins/printers/migrations/V0002__trays.sql",
                    "plugins/printers/migrations/V0002__trays.down.sql",
                    "plugins/printers/migrations/V0003__toner.sql",
                    "plugins/printers/migrations/V0003__toner.down.sql"
                ],
                &[
                    ("plugins/printers/migrations/V0003__trays.sql", "CREATE TABLE trays (id bigint);\n"),
                    ("plugins/printers/migrations/V0003__trays.down.sql", "DROP TABLE trays;\n"),
                    ("plugins/printers/migrations/V0002__toner.sql", "ALTER TABLE printers ADD toner int;\n"),
                    (
                        "plugins/printers/migrations/V0002__toner.down.sql",
                        "ALTER TABLE printers DROP toner;\n"
                    )
                ]
            ),
            str![[r#"
the migrations have 2 errors

error[renumbered-migration]: `V0003__toner` of `printers` was renumbered to `V0002__toner` after it was locked
  --> plugins/printers/migrations/V0002__toner.sql:1:1
   |
 1 | ALTER TABLE printers ADD toner int;
   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the same text under another version
   |
  ::: stairwell.lock:14:1
   |
14 | V0003__toner  up 63937e0a02e61c13  down 6a9cad2358057ca4
   | ------------ locked under this version
   |
   = help: give the locked one its version back: rename `plugins/printers/migrations/V0002__toner.sql` to `V0003__toner.sql`, and its down step with it
   = help: if no database that matters has applied it, lock everything anew: `STAIRWELL_LOCK=rewrite cargo build`

error[renumbered-migration]: `V0002__trays` of `printers` was renumbered to `V0003__trays` after it was locked
  --> plugins/printers/migrations/V0003__trays.sql:1:1
   |
 1 | CREATE TABLE trays (id bigint);
   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the same text under another version
   |
  ::: stairwell.lock:12:1
   |
12 | V0002__trays  up aff9770e7e262a0e  down 6e83c12786d362e4
   | ------------ locked under this version
   |
   = help: give the locked one its version back: rename `plugins/printers/migrations/V0003__trays.sql` to `V0002__trays.sql`, and its down step with it
   = help: if no database that matters has applied it, lock everything anew: `STAIRWELL_LOCK=rewrite cargo build`

"#]]
        );
    }
}
