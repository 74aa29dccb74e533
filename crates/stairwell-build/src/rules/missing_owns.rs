//! A plugin without a registry of what it owns.

use super::{Adjustable, Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;

pub(super) const RULE: Rule = Rule::error("missing-owns", check).adjustable(Adjustable::InSettings);

fn check(draft: &Draft, findings: &mut Findings) {
    for plugin in draft.plugins.iter().filter(|plugin| !plugin.is_core()) {
        let manifest = &plugin.manifest;
        let Some(file) = manifest.file else { continue };
        let empty = manifest.owns.as_ref().filter(|owns| owns.objects.is_empty());
        // A problem may be the very reason why the entry was not read.
        if !manifest.problems.is_empty() || (manifest.owns.is_some() && empty.is_none()) {
            continue;
        }
        let found = match empty {
            Some(owns) => Diagnostic::new(&owns.span, format!("the plugin `{}` owns nothing", plugin.name)),
            None => Diagnostic::new(file, format!("the plugin `{}` has no `[owns]` entry", plugin.name)),
        };
        findings.push(found.help(
            "list every object that its chain creates, such as `tables = [\"printers\"]` under `[owns]`",
        ));
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn a_plugin_owns_something() {
        let manifest = "[plugin]\nname = \"printers\"\n";
        assert_data_eq!(
            report(&printers_with(&[("plugins/printers/plugin.toml", manifest)])),
            str![[r#"
the migrations have 1 error

error[missing-owns]: the plugin `printers` has no `[owns]` entry
 --> plugins/printers/plugin.toml:1:1
  |
1 | [plugin]
  | ^^^^^^^^
  |
  = help: list every object that its chain creates, such as `tables = ["printers"]` under `[owns]`

"#]]
        );
        let manifest = "[plugin]\nname = \"printers\"\n\n[owns]\ntables = []\n";
        assert_data_eq!(
            report(&printers_with(&[("plugins/printers/plugin.toml", manifest)])),
            str![[r#"
the migrations have 1 error

error[missing-owns]: the plugin `printers` owns nothing
 --> plugins/printers/plugin.toml:4:1
  |
4 | [owns]
  | ^^^^^^
  |
  = help: list every object that its chain creates, such as `tables = ["printers"]` under `[owns]`

"#]]
        );
    }
}
