//! A manifest that names another plugin than its folder does.

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;

pub(super) const RULE: Rule = Rule::error("manifest-name", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for plugin in draft.plugins.iter().filter(|plugin| !plugin.is_core()) {
        let manifest = &plugin.manifest;
        match (&manifest.name, manifest.file) {
            (Some(name), _) if name.value != plugin.name => findings.push(
                Diagnostic::new(
                    &name.span,
                    format!("the manifest in `{}` names the plugin `{}`", plugin.folder, name.value),
                )
                .label(format!("the folder is `{}`", plugin.name))
                .fix(
                    "write the name of the folder, or rename the folder",
                    name.span.clone(),
                    format!("\"{}\"", plugin.name),
                ),
            ),
            // Without problems the manifest was read to its end and really says nothing.
            (None, Some(file)) if manifest.problems.is_empty() => findings.push(
                Diagnostic::new(file, format!("the manifest of `{}` has no name", plugin.name))
                    .help(format!("write `name = \"{}\"` under `[plugin]`", plugin.name)),
            ),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn another_name_than_the_folder() {
        let manifest = "[plugin]\nname = \"printer\"\n\n[owns]\ntables = [\"printers\"]\n";
        assert_data_eq!(
            report(&printers_with(&[("plugins/printers/plugin.toml", manifest)])),
            str![[r#"
the migrations have 1 error

error[manifest-name]: the manifest in `plugins/printers` names the plugin `printer`
 --> plugins/printers/plugin.toml:2:8
  |
2 | name = "printer"
  |        ^^^^^^^^^ the folder is `printers`
  |
help: write the name of the folder, or rename the folder
  |
2 | name = "printers"
  |                +

"#]]
        );
    }

    #[test]
    fn no_name() {
        let manifest = "[plugin]\ndescription = \"Printers\"\n[owns]\n";
        assert_data_eq!(
            report(&printers_with(&[("plugins/printers/plugin.toml", manifest)])),
            str![[r#"
the migrations have 2 errors

error[manifest-name]: the manifest of `printers` has no name
 --> plugins/printers/plugin.toml:1:1
  |
1 | [plugin]
  | ^^^^^^^^
  |
  = help: write `name = "printers"` under `[plugin]`

error[missing-owns]: the plugin `printers` owns nothing
 --> plugins/printers/plugin.toml:3:1
  |
3 | [owns]
  | ^^^^^^
  |
  = help: list every object that its chain creates, such as `tables = ["printers"]` under `[owns]`

"#]]
        );
    }
}
