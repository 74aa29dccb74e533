//! A directive about compatibility that says what the SQL shows anyway.

use super::{Adjustable, Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::prove::Proof;

pub(super) const RULE: Rule =
    Rule::proven("unused-compatible", check).into_warning().adjustable(Adjustable::InMigrations);

fn check(_: &Draft, proof: &Proof<'_>, findings: &mut Findings) {
    for folded in &proof.migrations {
        let Some((directive, is_breaking, _)) = folded.migration.compatibility() else { continue };
        if folded.looks_breaking() == is_breaking {
            let word = if is_breaking { "breaking" } else { "compatible" };
            let message = format!("`{}` is {word} without the directive", folded.migration.stem());
            findings.push(Diagnostic::new(&directive.span, message).help("delete the directive"));
        }
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, proof};

    #[test]
    fn it_is_compatible_anyway() {
        assert_data_eq!(
            proof(&printers_with(&[
                (
                    "plugins/printers/migrations/V0002__trays.sql",
                    "-- stairwell: compatible only adds a column\nALTER TABLE printers ADD COLUMN trays integer;\n"
                ),
                (
                    "plugins/printers/migrations/V0002__trays.down.sql",
                    "ALTER TABLE printers DROP COLUMN trays;\n"
                ),
                (
                    "plugins/printers/migrations/V0003__none.sql",
                    "-- stairwell: compatible nobody reads it\n-- stairwell: irreversible the numbers are gone\nALTER TABLE printers DROP COLUMN trays;\n"
                ),
            ])),
            str![[r#"
sound
the migrations have 1 warning

warning[unused-compatible]: `V0002__trays` is compatible without the directive
 --> plugins/printers/migrations/V0002__trays.sql:1:4
  |
1 | -- stairwell: compatible only adds a column
  |    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: delete the directive

"#]]
        );
    }
}
