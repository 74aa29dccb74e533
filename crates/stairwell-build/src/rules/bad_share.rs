//! A share of something that the plugin does not own, or with a plugin that there is not.

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;

pub(super) const RULE: Rule = Rule::error("bad-share", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for plugin in &draft.plugins {
        let owned = || {
            plugin
                .manifest
                .owns
                .iter()
                .flat_map(|owns| owns.objects.iter().map(|(_, name)| name.value.as_str()))
        };
        for share in &plugin.manifest.shares {
            let object = &share.object;
            if !owned().any(|name| name == object.value) {
                let message = format!("`{}` shares `{}`, which it does not own", plugin.name, object.value);
                findings.push(Diagnostic::new(&object.span, message).label("not in `[owns]`").did_you_mean(
                    &object.value,
                    owned(),
                    &object.span,
                    "share only what stands under `[owns]`",
                ));
            }
            for guest in &share.plugins {
                if guest.value == plugin.name {
                    let message = format!("`{}` shares `{}` with itself", plugin.name, object.value);
                    findings.push(Diagnostic::new(&guest.span, message).help("delete it"));
                } else if draft.plugin(&guest.value).is_none() {
                    let message = format!("there is no plugin `{}`", guest.value);
                    findings.push(Diagnostic::new(&guest.span, message).label("shared with nobody").help(
                        format!(
                        "the plugins are {}",
                        draft.plugin_names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
                    ),
                    ));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn a_share_is_of_something_and_with_somebody() {
        assert_data_eq!(
            report(&printers_with(&[(
                "plugins/printers/plugin.toml",
                "[plugin]\nname = \"printers\"\n\n[owns]\ntables = [\"printers\"]\n\n[shares.write]\nprinter = [\"core\"]\nprinters = [\"printers\", \"cor\"]\n"
            ),])),
            str![[r#"
the migrations have 3 errors

error[bad-share]: `printers` shares `printer`, which it does not own
 --> plugins/printers/plugin.toml:8:1
  |
8 | printer = ["core"]
  | ^^^^^^^ not in `[owns]`
  |
help: did you mean `printers`?
  |
8 | printers = ["core"]
  |        +

error[bad-share]: `printers` shares `printers` with itself
 --> plugins/printers/plugin.toml:9:13
  |
9 | printers = ["printers", "cor"]
  |             ^^^^^^^^^^
  |
  = help: delete it

error[bad-share]: there is no plugin `cor`
 --> plugins/printers/plugin.toml:9:25
  |
9 | printers = ["printers", "cor"]
  |                         ^^^^^ shared with nobody
  |
  = help: the plugins are `core`, `printers`

"#]]
        );
    }
}
