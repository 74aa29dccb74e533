//! A down step of a migration that is declared irreversible: one of the two is wrong.

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;

pub(super) const RULE: Rule = Rule::error("bad-down-step", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for (_, migration) in draft.migrations() {
        let Some((directive, _)) = migration.irreversible() else { continue };
        let message = format!("`{}` is declared irreversible and has a down step", migration.stem());
        let found = Diagnostic::new(&directive.span, message).label("declared here");
        let help = "delete the down step, or the directive";
        match &migration.down {
            Some(down) => findings.push(found.also(down.file, "the down step").help(help)),
            None if migration.has_down() => findings.push(found.help(help)),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn irreversible_with_a_down_step() {
        let tree = printers_with(&[
            (
                "plugins/printers/migrations/V0002__later.sql",
                "-- stairwell: irreversible really\nSELECT 1;\n",
            ),
            ("plugins/printers/migrations/V0002__later.down.sql", "SELECT 1;\n"),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 1 error

error[bad-down-step]: `V0002__later` is declared irreversible and has a down step
 --> plugins/printers/migrations/V0002__later.sql:1:4
  |
1 | -- stairwell: irreversible really
  |    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ declared here
  |
 ::: plugins/printers/migrations/V0002__later.down.sql:1:1
  |
1 | SELECT 1;
  | --------- the down step
  |
  = help: delete the down step, or the directive

"#]]
        );
    }
}
