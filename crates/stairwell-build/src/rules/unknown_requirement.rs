//! A requirement on a plugin or a version that does not exist.

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::{CORE, Draft};

pub(super) const RULE: Rule = Rule::error("unknown-requirement", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for (owner, _, requirement) in draft.requirements() {
        let (name, version) = (&requirement.plugin, &requirement.version);
        let Some(required) = draft.plugin(&name.value) else {
            let names: Vec<&str> = draft.plugin_names().filter(|other| *other != owner.name).collect();
            let found = Diagnostic::new(
                &name.span,
                format!("`{}` requires the plugin `{}`, which does not exist", owner.name, name.value),
            );
            let otherwise = match &names[..] {
                [] => "there is no other plugin: is the folder called `plugins/`?".to_owned(),
                names => format!("there are: {}", names.join(", ")),
            };
            findings.push(found.did_you_mean(&name.value, names.iter().copied(), &name.span, otherwise));
            continue;
        };
        let migrations = &required.chain.migrations;
        let exists = migrations.binary_search_by_key(&version.value, |m| m.file_name.version).is_ok();
        // A chain with files that were not understood may well have the version.
        if exists || !required.chain.is_readable() {
            continue;
        }
        let which = if required.name == CORE {
            "`core`".to_owned()
        } else {
            format!("the plugin `{}`", required.name)
        };
        let found = Diagnostic::new(
            &version.span,
            format!("`{}` requires version {} of {which}, which does not exist", owner.name, version.value),
        );
        findings.push(match migrations.last() {
            Some(last) => found
                .label("no such version")
                .also(
                    last.up.file,
                    format!("the newest version of `{}` is {}", required.name, last.file_name.version),
                )
                .help("require a version that exists"),
            None => found.label("its chain has no migration").help("drop the requirement"),
        });
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{PRINTERS, printers_with, report};

    #[test]
    fn a_plugin_that_does_not_exist_gets_a_suggestion() {
        let mut tree = PRINTERS.to_vec();
        tree.extend([
            ("plugins/usb/plugin.toml", "[plugin]\nname = \"usb\"\n[requires]\nprinter = 1\nmonitors = 2\n[owns]\ntables = [\"usb\"]\n"),
            ("plugins/usb/migrations/V0001__baseline.sql", "-- stairwell: irreversible a test\nCREATE TABLE usb (id bigint);\n"),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 2 errors

error[unknown-requirement]: `usb` requires the plugin `printer`, which does not exist
 --> plugins/usb/plugin.toml:4:1
  |
4 | printer = 1
  | ^^^^^^^
  |
help: did you mean `printers`?
  |
4 | printers = 1
  |        +

error[unknown-requirement]: `usb` requires the plugin `monitors`, which does not exist
 --> plugins/usb/plugin.toml:5:1
  |
5 | monitors = 2
  | ^^^^^^^^
  |
  = help: there are: core, printers

"#]]
        );
    }

    #[test]
    fn a_version_that_does_not_exist_shows_the_newest() {
        let tree = printers_with(&[(
            "plugins/printers/migrations/V0001__baseline.sql",
            "-- stairwell: requires core 7\nCREATE TABLE printers (id bigint);\n",
        )]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 1 error

error[unknown-requirement]: `printers` requires version 7 of `core`, which does not exist
 --> plugins/printers/migrations/V0001__baseline.sql:1:29
  |
1 | -- stairwell: requires core 7
  |                             ^ no such version
  |
 ::: migrations/V0001__sites.sql:1:1
  |
1 | CREATE TABLE sites (id bigint PRIMARY KEY);
  | ------------------------------------------- the newest version of `core` is 1
  |
  = help: require a version that exists

"#]]
        );
    }
}
