//! Two migrations of one chain with one version.
//!
//! refinery, sqlx and diesel compile this without a word (E1, E5, E11); diesel then loses one of the two.

use super::{Findings, Rule, grouped};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;

pub(super) const RULE: Rule = Rule::error("duplicate-version", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for plugin in &draft.plugins {
        let migrations = &plugin.chain.migrations;
        let last = migrations.last().map_or(0, |migration| migration.file_name.version);
        let versions = grouped(migrations.iter().map(|migration| (migration.file_name.version, migration)));
        for (version, group) in versions {
            let [first, others @ ..] = &group[..] else { continue };
            for other in others {
                findings.push(
                    Diagnostic::new(
                        other.up.file,
                        format!("version {version} of `{}` is taken twice", plugin.name),
                    )
                    .label(format!("`{}`", other.stem()))
                    .also(first.up.file, format!("`{}` has the same version", first.stem()))
                    .help(format!(
                        "if neither is released, give one of them the next free version: {}",
                        last.saturating_add(1)
                    )),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn two_branches_took_one_version_e1_e5() {
        let tree = printers_with(&[
            ("plugins/printers/migrations/V0002__add_toner.sql", "SELECT 1;\n"),
            ("plugins/printers/migrations/V0002__add_toner.down.sql", "SELECT 1;\n"),
            ("plugins/printers/migrations/V0002__add_trays.sql", "SELECT 2;\n"),
            ("plugins/printers/migrations/V0002__add_trays.down.sql", "SELECT 2;\n"),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 1 error

error[duplicate-version]: version 2 of `printers` is taken twice
 --> plugins/printers/migrations/V0002__add_trays.sql:1:1
  |
1 | SELECT 2;
  | ^^^^^^^^^ `V0002__add_trays`
  |
 ::: plugins/printers/migrations/V0002__add_toner.sql:1:1
  |
1 | SELECT 1;
  | --------- `V0002__add_toner` has the same version
  |
  = help: if neither is released, give one of them the next free version: 3

"#]]
        );
    }

    #[test]
    fn padding_and_kind_make_no_difference() {
        let tree = printers_with(&[
            (
                "plugins/printers/migrations/V1__baseline.sql",
                "-- stairwell: irreversible a test\nSELECT 1;\n",
            ),
            (
                "plugins/printers/migrations/V0001__baseline.rs",
                "async fn up(tx: &T) -> R {}\nasync fn down(tx: &T) -> R {}\n",
            ),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 2 errors

error[duplicate-version]: version 1 of `printers` is taken twice
 --> plugins/printers/migrations/V0001__baseline.sql:1:1
  |
1 | CREATE TABLE printers (id bigint, site bigint REFERENCES sites);
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `V0001__baseline`
  |
 ::: plugins/printers/migrations/V0001__baseline.rs:1:1
  |
1 | async fn up(tx: &T) -> R {}
  | --------------------------- `V0001__baseline` has the same version
  |
  = help: if neither is released, give one of them the next free version: 2

error[duplicate-version]: version 1 of `printers` is taken twice
 --> plugins/printers/migrations/V1__baseline.sql:1:1
  |
1 | -- stairwell: irreversible a test
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ `V1__baseline`
  |
 ::: plugins/printers/migrations/V0001__baseline.rs:1:1
  |
1 | async fn up(tx: &T) -> R {}
  | --------------------------- `V0001__baseline` has the same version
  |
  = help: if neither is released, give one of them the next free version: 2

"#]]
        );
    }

    #[test]
    fn two_timestamps_of_one_second_e11() {
        let tree = printers_with(&[
            (
                "migrations/V20240101000000__a.sql",
                "-- stairwell: irreversible a test\nCREATE TABLE a (x int);\n",
            ),
            (
                "migrations/V20240101000000__b.sql",
                "-- stairwell: irreversible a test\nCREATE TABLE b (x int);\n",
            ),
        ]);
        assert!(report(&tree).contains("version 20240101000000 of `core` is taken twice"));
    }
}
