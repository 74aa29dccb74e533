//! A file that is meant as a migration, under a name that is not quite one.

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::{Draft, Rejection};

pub(super) const RULE: Rule = Rule::error("bad-file-name", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for plugin in &draft.plugins {
        for (entry, rejection) in &plugin.chain.rejected {
            let Rejection::Name { reason, rename } = rejection else { continue };
            let message = format!("`{}` is not the name of a migration: {reason}", entry.file_name());
            let found = Diagnostic::new(&entry.path, message)
                .note("a migration is `V<version>__<name>.sql`, `.down.sql` or `.rs`; the name has small letters, digits and `_`");
            findings.push(match rename {
                Some(rename) => found.help(format!("rename it to `{rename}`")),
                None => found.help("rename it, or move it out of the folder of migrations"),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn a_hyphen_does_not_make_the_file_vanish_e2() {
        let tree = printers_with(&[("plugins/printers/migrations/V0002__create-users.sql", "SELECT 1;\n")]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 1 error

error[bad-file-name]: `V0002__create-users.sql` is not the name of a migration: the name contains a hyphen
--> plugins/printers/migrations/V0002__create-users.sql
 = note: a migration is `V<version>__<name>.sql`, `.down.sql` or `.rs`; the name has small letters, digits and `_`
 = help: rename it to `V0002__create_users.sql`

"#]]
        );
    }

    #[test]
    fn a_fraction_is_no_version_e3() {
        let tree = printers_with(&[("plugins/printers/migrations/V1.5__a.sql", "SELECT 1;\n")]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 1 error

error[bad-file-name]: `V1.5__a.sql` is not the name of a migration: a version is a whole number, without a dot
--> plugins/printers/migrations/V1.5__a.sql
 = note: a migration is `V<version>__<name>.sql`, `.down.sql` or `.rs`; the name has small letters, digits and `_`
 = help: rename it, or move it out of the folder of migrations

"#]]
        );
    }
}
