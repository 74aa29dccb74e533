//! A plugin, or a `migrations/` folder, without a migration.

use super::{Adjustable, Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;

pub(super) const RULE: Rule = Rule::error("empty-chain", check).adjustable(Adjustable::InSettings);

fn check(draft: &Draft, findings: &mut Findings) {
    for plugin in &draft.plugins {
        let chain = &plugin.chain;
        // The application may consist of plugins only; a folder that is there is meant to hold something.
        let may_be_absent = plugin.is_core() && !chain.exists;
        if may_be_absent || !chain.migrations.is_empty() || !chain.is_readable() {
            continue;
        }
        let place = if chain.exists { &chain.folder } else { &plugin.folder };
        findings.push(
            Diagnostic::new(place, format!("the chain of `{}` has no migration", plugin.name))
                .help(format!("write `{}/V0001__baseline.sql`, or delete the folder", chain.folder)),
        );
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::report;

    #[test]
    fn a_plugin_has_a_chain() {
        let manifest = "[plugin]\nname = \"usb\"\n\n[owns]\ntables = [\"usb\"]\n";
        assert_data_eq!(
            report(&[("plugins/usb/plugin.toml", manifest)]),
            str![[r#"
the migrations have 1 error

error[empty-chain]: the chain of `usb` has no migration
--> plugins/usb
 = help: write `plugins/usb/migrations/V0001__baseline.sql`, or delete the folder

"#]]
        );
        assert_data_eq!(
            report(&[("migrations/", "")]),
            str![[r#"
the migrations have 1 error

error[empty-chain]: the chain of `core` has no migration
--> migrations
 = help: write `migrations/V0001__baseline.sql`, or delete the folder

"#]]
        );
    }
}
