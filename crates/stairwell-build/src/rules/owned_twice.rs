//! An object that two registries name, or one registry names twice.

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::prove::Registry;

pub(super) const RULE: Rule = Rule::error("owned-twice", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for (_, entries) in Registry::new(draft).iter() {
        let [first, others @ ..] = entries else { continue };
        for other in others {
            let name = |plugin: usize| draft.plugins.get(plugin).map_or("", |plugin| plugin.name.as_str());
            let (owner, claimant) = (name(first.plugin), name(other.plugin));
            let found = if first.plugin == other.plugin {
                Diagnostic::new(&other.name.span, format!("`{owner}` lists `{}` twice", other.name.value))
                    .label("again")
                    .also(&first.name.span, "listed here")
                    .help("delete one of the two")
            } else {
                Diagnostic::new(
                    &other.name.span,
                    format!("`{}` belongs to `{owner}` and to `{claimant}`", other.name.value),
                )
                .label(format!("`{claimant}` owns it"))
                .also(&first.name.span, format!("`{owner}` owns it"))
                .help("leave it to the plugin that creates it; the other one can require and reference it, or be given a share")
            };
            findings.push(found);
        }
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn an_object_has_one_owner() {
        assert_data_eq!(
            report(&printers_with(&[
                (
                    "plugins/usb/plugin.toml",
                    "[plugin]\nname = \"usb\"\n\n[owns]\ntables = [\"printers\", \"usb\", \"usb\"]\n"
                ),
                ("plugins/usb/migrations/V0001__baseline.sql", "CREATE TABLE usb (id bigint);\n"),
                ("plugins/usb/migrations/V0001__baseline.down.sql", "DROP TABLE usb;\n"),
            ])),
            str![[r#"
the migrations have 2 errors

error[owned-twice]: `printers` belongs to `printers` and to `usb`
 --> plugins/usb/plugin.toml:5:11
  |
5 | tables = ["printers", "usb", "usb"]
  |           ^^^^^^^^^^ `usb` owns it
  |
 ::: plugins/printers/plugin.toml:8:11
  |
8 | tables = ["printers"]
  |           ---------- `printers` owns it
  |
  = help: leave it to the plugin that creates it; the other one can require and reference it, or be given a share

error[owned-twice]: `usb` lists `usb` twice
 --> plugins/usb/plugin.toml:5:30
  |
5 | tables = ["printers", "usb", "usb"]
  |                       -----  ^^^^^ again
  |                       |
  |                       listed here
  |
  = help: delete one of the two

"#]]
        );
    }
}
