//! A folder in a folder of migrations.

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::{Draft, Rejection};

pub(super) const RULE: Rule = Rule::error("nested-folder", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for plugin in &draft.plugins {
        for (entry, rejection) in &plugin.chain.rejected {
            if *rejection == Rejection::Nested {
                let message = format!(
                    "`{}` is a folder; the migrations of a chain lie flat in one folder",
                    entry.file_name()
                );
                findings.push(Diagnostic::new(&entry.path, message).help(format!(
                    "move its migrations up to `{}/` and delete it, or make it a plugin of its own",
                    plugin.chain.folder
                )));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn a_folder_of_migrations_is_flat() {
        let tree = printers_with(&[("plugins/printers/migrations/2024/V0002__x.sql", "SELECT 1;\n")]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 1 error

error[nested-folder]: `2024` is a folder; the migrations of a chain lie flat in one folder
--> plugins/printers/migrations/2024
 = help: move its migrations up to `plugins/printers/migrations/` and delete it, or make it a plugin of its own

"#]]
        );
    }
}
