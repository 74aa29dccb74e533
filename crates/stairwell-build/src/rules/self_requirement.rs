//! A chain that requires itself.

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;

pub(super) const RULE: Rule = Rule::error("self-requirement", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for (owner, migration, requirement) in draft.requirements() {
        if requirement.plugin.value == owner.name {
            let found =
                Diagnostic::new(&requirement.plugin.span, format!("`{}` requires itself", owner.name));
            findings.push(match migration {
                Some(_) => found.help("drop it: within a chain every migration follows the one before"),
                None => found.help("drop it"),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn a_chain_cannot_wait_for_itself() {
        let tree = printers_with(&[
            (
                "plugins/printers/plugin.toml",
                "[plugin]\nname = \"printers\"\n\n[requires]\nprinters = 1\n\n[owns]\ntables = [\"printers\"]\n",
            ),
            (
                "plugins/printers/migrations/V0002__later.sql",
                "-- stairwell: requires printers 1\n-- stairwell: irreversible a test\nSELECT 1;\n",
            ),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 2 errors

error[self-requirement]: `printers` requires itself
 --> plugins/printers/migrations/V0002__later.sql:1:24
  |
1 | -- stairwell: requires printers 1
  |                        ^^^^^^^^
  |
  = help: drop it: within a chain every migration follows the one before

error[self-requirement]: `printers` requires itself
 --> plugins/printers/plugin.toml:5:1
  |
5 | printers = 1
  | ^^^^^^^^
  |
  = help: drop it

"#]]
        );
    }
}
