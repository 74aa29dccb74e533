//! A folder in `plugins/` without a `plugin.toml`.

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::{Draft, Plugin};

pub(super) const RULE: Rule = Rule::error("missing-manifest", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for plugin in draft.plugins.iter().filter(|plugin| is_missing(plugin)) {
        let message = format!("the plugin `{}` has no plugin.toml", plugin.name);
        findings.push(Diagnostic::new(&plugin.folder, message).help(format!(
            "write `{}/plugin.toml` with `[plugin]`, `name = \"{}\"` and `[owns]`",
            plugin.folder, plugin.name
        )));
    }
}

/// Whether there is no manifest at all: neither read nor unreadable.
pub(super) fn is_missing(plugin: &Plugin) -> bool {
    !plugin.is_core() && !plugin.manifest.exists && !plugin.chain.is_broken
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::report;

    #[test]
    fn a_plugin_has_a_manifest() {
        let tree =
            [("plugins/printers/migrations/V0001__a.sql", "-- stairwell: irreversible a test\nSELECT 1;\n")];
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 1 error

error[missing-manifest]: the plugin `printers` has no plugin.toml
--> plugins/printers
 = help: write `plugins/printers/plugin.toml` with `[plugin]`, `name = "printers"` and `[owns]`

"#]]
        );
    }
}
