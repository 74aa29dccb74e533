//! A new migration below the last locked one of its chain.
//!
//! Databases that are at the last one would meet it out of order, or never.

use super::{Adjustable, Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::lock::REWRITE;
use crate::lock::compare::{Change, compare};
use crate::lock::remedy::move_up;

pub(super) const RULE: Rule = Rule::error("inserted-migration", check).adjustable(Adjustable::ByRewriting);

fn check(draft: &Draft, findings: &mut Findings) {
    for change in compare(draft) {
        let Change::Inserted { plugin, migration, last } = change else { continue };
        let (stem, last_stem) = (migration.stem(), &last.stem.value);
        findings.push(
            Diagnostic::new(
                migration.up.file,
                format!(
                    "`{stem}` of `{}` is new and stands below `{last_stem}`, which is locked",
                    plugin.name
                ),
            )
            .label("not locked")
            .also(&last.stem.span, "the last that is locked")
            .help(move_up(plugin, migration, last, None))
            .help(format!(
                "if no database that matters is at `{last_stem}` yet, lock everything anew: `{REWRITE}`"
            )),
        );
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::report;

    #[test]
    fn a_number_that_was_left_out_is_not_free_any_more() {
        let lock = "format 1\n\nchain core, 2 migrations, last V0003__c\n\
                    V0001__a  up 2a9b1c8f00000000  down irreversible\n\
                    V0003__c  up 2a9b1c8f00000000  down irreversible\n";
        let (a, c) = (text("a"), text("c"));
        let sum = |text: &str| format!("{:016x}", crate::checksum::text(text));
        let lock = lock.replacen("2a9b1c8f00000000", &sum(&a), 1).replacen("2a9b1c8f00000000", &sum(&c), 1);
        let tree = [
            ("migrations/V0001__a.sql", a.as_str()),
            ("migrations/V0002__b.sql", "-- stairwell: irreversible a test\nSELECT 'b';\n"),
            ("migrations/V0003__c.sql", c.as_str()),
            ("stairwell.lock", lock.as_str()),
        ];
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 1 error

error[inserted-migration]: `V0002__b` of `core` is new and stands below `V0003__c`, which is locked
 --> migrations/V0002__b.sql:1:1
  |
1 | -- stairwell: irreversible a test
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ not locked
  |
 ::: stairwell.lock:5:1
  |
5 | V0003__c  up a8662cb471c9321f  down irreversible
  | -------- the last that is locked
  |
  = help: give the new one the next free version: rename `migrations/V0002__b.sql` to `V0004__b.sql`
  = help: if no database that matters is at `V0003__c` yet, lock everything anew: `STAIRWELL_LOCK=rewrite cargo build`

"#]]
        );
    }

    fn text(name: &str) -> String {
        format!("-- stairwell: irreversible a test\nSELECT '{name}';\n")
    }
}
