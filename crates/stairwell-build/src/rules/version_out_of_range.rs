//! A version that no history table can hold, or version 0.

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::{Draft, Rejection};
use crate::parse::MAX_DIGITS;

pub(super) const RULE: Rule = Rule::error("version-out-of-range", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for plugin in &draft.plugins {
        for (entry, rejection) in &plugin.chain.rejected {
            let Rejection::Version { digits } = rejection else { continue };
            findings.push(out_of_range(digits, &entry.path));
        }
    }
}

fn out_of_range(digits: &str, path: &String) -> Diagnostic {
    Diagnostic::new(path, format!("version {digits} is out of range"))
        .help(format!("count from 1, or use a timestamp; a version has at most {MAX_DIGITS} digits"))
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn zero_and_nineteen_digits() {
        let tree = printers_with(&[
            ("plugins/printers/migrations/V0000__zero.sql", "SELECT 1;\n"),
            ("plugins/printers/migrations/V1234567890123456789__long.sql", "SELECT 1;\n"),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 2 errors

error[version-out-of-range]: version 0000 is out of range
--> plugins/printers/migrations/V0000__zero.sql
 = help: count from 1, or use a timestamp; a version has at most 18 digits

error[version-out-of-range]: version 1234567890123456789 is out of range
--> plugins/printers/migrations/V1234567890123456789__long.sql
 = help: count from 1, or use a timestamp; a version has at most 18 digits

"#]]
        );
    }
}
