//! A locked migration under another name.
//!
//! The name is part of what refinery records and compares, so a database that has applied it under
//! the old name refuses it under the new one.

use super::{Adjustable, Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::lock::compare::{Change, compare};
use crate::lock::remedy::{deliberately, rename};

pub(super) const RULE: Rule = Rule::error("renamed-migration", check).adjustable(Adjustable::ByRewriting);

fn check(draft: &Draft, findings: &mut Findings) {
    for change in compare(draft) {
        let Change::Renamed { plugin, migration, locked } = change else { continue };
        let (old, new) = (&locked.stem.value, migration.stem());
        findings.push(
            Diagnostic::new(
                migration.up.file,
                format!("`{old}` of `{}` was renamed to `{new}` after it was locked", plugin.name),
            )
            .label("the same text under another name")
            .also(&locked.stem.span, "locked under this name")
            .help(rename("give it its name back", migration, old))
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
    fn the_checksum_tells_it_from_a_new_one() {
        assert_data_eq!(
            report_locked(
                LockMode::Compare,
                &[
                    "plugins/printers/migrations/V0002__trays.sql",
                    "plugins/printers/migrations/V0002__trays.down.sql"
                ],
                &[
                    (
                        "plugins/printers/migrations/V0002__paper_trays.sql",
                        "CREATE TABLE trays (id bigint);\n"
                    ),
                    ("plugins/printers/migrations/V0002__paper_trays.down.sql", "DROP TABLE trays;\n")
                ]
            ),
            str![[r#"
the migrations have 1 error

error[renamed-migration]: `V0002__trays` of `printers` was renamed to `V0002__paper_trays` after it was locked
  --> plugins/printers/migrations/V0002__paper_trays.sql:1:1
   |
 1 | CREATE TABLE trays (id bigint);
   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ the same text under another name
   |
  ::: stairwell.lock:12:1
   |
12 | V0002__trays  up aff9770e7e262a0e  down 6e83c12786d362e4
   | ------------ locked under this name
   |
   = help: give it its name back: rename `plugins/printers/migrations/V0002__paper_trays.sql` to `V0002__trays.sql`, and its down step with it
   = help: if no database that matters has applied it, lock everything anew: `STAIRWELL_LOCK=rewrite cargo build`

"#]]
        );
    }
}
