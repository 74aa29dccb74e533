//! An entry of `[names] ignore` that is none of the plugin's migrations.

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::suggest::closest;

pub(super) const RULE: Rule = Rule::error("unknown-ignored-name", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for plugin in &draft.plugins {
        let stems: Vec<String> = plugin.chain.migrations.iter().map(|migration| migration.stem()).collect();
        // A file that was not understood may be the one that is meant.
        for entry in plugin.manifest.ignored_names.iter().filter(|_| plugin.chain.is_readable()) {
            if entry.value == "*" || stems.contains(&entry.value) {
                continue;
            }
            let message = format!("`{}` is no migration of `{}`", entry.value, plugin.name);
            let found = Diagnostic::new(&entry.span, message);
            findings.push(match closest(&entry.value, stems.iter().map(String::as_str)) {
                Some(stem) => {
                    found.fix(format!("did you mean `{stem}`?"), entry.span.clone(), format!("\"{stem}\""))
                }
                None => found.help("write the name of a file without `.sql`, or `*` for the whole chain"),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn an_entry_that_ignores_nothing_is_an_error_d8() {
        let tree = printers_with(&[
            (
                "plugins/printers/plugin.toml",
                "[plugin]\nname = \"printers\"\n\n[requires]\ncore = 1\n\n[owns]\ntables = [\"printers\"]\n\n[names]\nignore = [\"V0002__updat\", \"V0009__gone\"]\n",
            ),
            ("plugins/printers/migrations/V0002__update.sql", "SELECT 1;\n"),
            ("plugins/printers/migrations/V0002__update.down.sql", "SELECT 1;\n"),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 2 errors and 1 warning

warning[unhelpful-name]: the name of `V0002__update` says nothing: any migration could be called that
 --> plugins/printers/migrations/V0002__update.sql:1:1
  |
1 | SELECT 1;
  | ^^^^^^^^^
  |
  = note: a released one stays as it is: `[names] ignore = ["V0002__update"]` in plugin.toml
  = help: name it after what it does, such as `add_toner_level`

error[unknown-ignored-name]: `V0002__updat` is no migration of `printers`
  --> plugins/printers/plugin.toml:11:11
   |
11 | ignore = ["V0002__updat", "V0009__gone"]
   |           ^^^^^^^^^^^^^^
   |
help: did you mean `V0002__update`?
   |
11 | ignore = ["V0002__update", "V0009__gone"]
   |                        +

error[unknown-ignored-name]: `V0009__gone` is no migration of `printers`
  --> plugins/printers/plugin.toml:11:27
   |
11 | ignore = ["V0002__updat", "V0009__gone"]
   |                           ^^^^^^^^^^^^^
   |
   = help: write the name of a file without `.sql`, or `*` for the whole chain

"#]]
        );
    }
}
