//! Chains that require each other in a circle.

use std::collections::{BTreeMap, BTreeSet};

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::{Draft, Requirement};

pub(super) const RULE: Rule = Rule::error("requirement-cycle", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for cycle in cycles(draft) {
        let mut names: Vec<&str> = cycle.iter().map(|(name, _)| *name).collect();
        names.extend(names.first().copied());
        let [(_, first), others @ ..] = &cycle[..] else { continue };
        let found = Diagnostic::new(
            &first.plugin.span,
            format!("plugins require each other in a circle: {}", names.join(" -> ")),
        )
        .label(format!("`{}` requires `{}`", names[0], first.plugin.value));
        let found = others.iter().fold(found, |found, (name, requirement)| {
            found.also(&requirement.plugin.span, format!("`{name}` requires `{}`", requirement.plugin.value))
        });
        findings.push(
            found
                .note("a requirement in a manifest holds from the first migration of the chain")
                .help("make one of them a directive of the migration that needs it: `-- stairwell: requires <plugin> <version>`"),
        );
    }
}

/// One circle per group of chains that reach each other, each beginning with its first name.
pub(super) fn cycles(draft: &Draft) -> Vec<Vec<(&str, &Requirement)>> {
    let edges: BTreeMap<&str, Vec<&Requirement>> = draft
        .plugins
        .iter()
        .map(|plugin| {
            let others = plugin.manifest.requires.iter().filter(|r| r.plugin.value != plugin.name);
            (plugin.name.as_str(), others.collect())
        })
        .collect();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    let mut cycles = Vec::new();
    for &start in edges.keys() {
        // Depth first with a stack of our own: the depth is the user's, the stack is the thread's.
        let mut path: Vec<(&str, usize)> = vec![(start, 0)];
        while let Some((name, next)) = path.last_mut() {
            let name = *name;
            let requirement = edges.get(name).and_then(|requirements| requirements.get(*next).copied());
            *next += 1;
            match requirement {
                _ if done.contains(name) => {
                    path.pop();
                }
                None => {
                    done.insert(name);
                    path.pop();
                }
                Some(requirement) => {
                    let target = requirement.plugin.value.as_str();
                    if let Some(from) = path.iter().position(|(other, _)| *other == target) {
                        let mut cycle: Vec<(&str, &Requirement)> = path[from..]
                            .iter()
                            .filter_map(|(name, next)| Some((*name, *edges.get(name)?.get(next - 1)?)))
                            .collect();
                        let first = cycle
                            .iter()
                            .enumerate()
                            .min_by_key(|(_, (name, _))| *name)
                            .map_or(0, |(at, _)| at);
                        cycle.rotate_left(first);
                        done.extend(cycle.iter().map(|(name, _)| *name));
                        cycles.push(cycle);
                    } else if edges.contains_key(target) && !done.contains(target) {
                        path.push((target, 0));
                    }
                }
            }
        }
    }
    cycles
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
