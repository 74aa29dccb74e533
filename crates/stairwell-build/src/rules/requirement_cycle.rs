//! Chains that require each other in a circle.

use super::{Findings, Rule};
use crate::circle::{Graph, Step, circles, path};
use crate::diagnostic::Diagnostic;
use crate::draft::{Draft, Requirement};

pub(super) const RULE: Rule = Rule::error("requirement-cycle", check);

/// Places of a circle that are drawn; the message names more.
pub(super) const MOST_LABELS: usize = 10;

fn check(draft: &Draft, findings: &mut Findings) {
    for circle in of_manifests(draft) {
        let names: Vec<String> = circle.iter().map(|(name, _, _)| (*name).to_owned()).collect();
        let message = format!("plugins require each other in a circle: {}", path(&names));
        let mut steps = circle.iter().take(MOST_LABELS);
        let Some((name, required, requirement)) = steps.next() else { continue };
        let found = Diagnostic::new(&requirement.plugin.span, message)
            .label(format!("`{name}` requires `{required}`"));
        let found = steps.fold(found, |found, (name, required, requirement)| {
            found.also(&requirement.plugin.span, format!("`{name}` requires `{required}`"))
        });
        findings.push(
            found
                .note("a requirement in a manifest holds from the first migration of the chain")
                .help("make one of them a directive of the migration that needs it: `-- stairwell: requires <plugin> <version>`"),
        );
    }
}

/// The circles among whole chains.
pub(super) fn of_manifests(draft: &Draft) -> Vec<Vec<Step<&str, &Requirement>>> {
    let graph: Graph<&str, &Requirement> = draft
        .plugins
        .iter()
        .map(|plugin| {
            // A requirement on itself is another rule's finding.
            let others = plugin.manifest.requires.iter().filter(|r| r.plugin.value != plugin.name);
            (plugin.name.as_str(), others.map(|r| (r.plugin.value.as_str(), r)).collect())
        })
        .collect();
    circles(&graph)
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::report;

    #[test]
    fn a_cycle_over_three_plugins_lists_its_members_in_order() {
        let manifest = |name: &str, requires: &str| {
            format!(
                "[plugin]\nname = \"{name}\"\n\n[requires]\n{requires} = 1\n\n[owns]\ntables = [\"{name}\"]\n"
            )
        };
        let (printers, network, usb) =
            (manifest("printers", "network"), manifest("network", "usb"), manifest("usb", "printers"));
        let up = "-- stairwell: irreversible a test\nSELECT 1;\n";
        let tree = [
            ("plugins/printers/plugin.toml", printers.as_str()),
            ("plugins/printers/migrations/V0001__a.sql", up),
            ("plugins/network/plugin.toml", network.as_str()),
            ("plugins/network/migrations/V0001__a.sql", up),
            ("plugins/usb/plugin.toml", usb.as_str()),
            ("plugins/usb/migrations/V0001__a.sql", up),
        ];
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 1 error

error[requirement-cycle]: plugins require each other in a circle: network -> usb -> printers -> network
 --> plugins/network/plugin.toml:5:1
  |
5 | usb = 1
  | ^^^ `network` requires `usb`
  |
 ::: plugins/usb/plugin.toml:5:1
  |
5 | printers = 1
  | -------- `usb` requires `printers`
  |
 ::: plugins/printers/plugin.toml:5:1
  |
5 | network = 1
  | ------- `printers` requires `network`
  |
  = note: a requirement in a manifest holds from the first migration of the chain
  = help: make one of them a directive of the migration that needs it: `-- stairwell: requires <plugin> <version>`

"#]]
        );
    }
}
