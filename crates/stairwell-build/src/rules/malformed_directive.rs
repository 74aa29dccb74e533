//! A directive that exists, written in a way that says nothing.

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::{DirectiveKind, Draft};

pub(super) const RULE: Rule = Rule::error("malformed-directive", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for (_, migration) in draft.migrations() {
        let marker = if migration.up.rust.is_some() { "//" } else { "--" };
        for directive in migration.directives() {
            if let DirectiveKind::Malformed { message, example, .. } = &directive.kind {
                let help = format!("write it like `{marker} {example}`");
                findings.push(Diagnostic::new(&directive.span, message).help(help));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn a_directive_is_whole_or_an_error_e7() {
        let tree = printers_with(&[(
            "plugins/printers/migrations/V0001__baseline.sql",
            "-- stairwell: requires core\n-- stairwell no-transaction\n-- stairwell: irreversible\nCREATE TABLE printers (id bigint);\n",
        )]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 3 errors

error[malformed-directive]: `requires` takes a plugin and a version
 --> plugins/printers/migrations/V0001__baseline.sql:1:4
  |
1 | -- stairwell: requires core
  |    ^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write it like `-- stairwell: requires computers 3`

error[malformed-directive]: a directive begins with `stairwell:`, in small letters and with one colon
 --> plugins/printers/migrations/V0001__baseline.sql:2:4
  |
2 | -- stairwell no-transaction
  |    ^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write it like `-- stairwell: no-transaction`

error[malformed-directive]: `irreversible` takes a reason
 --> plugins/printers/migrations/V0001__baseline.sql:3:4
  |
3 | -- stairwell: irreversible
  |    ^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write it like `-- stairwell: irreversible the old column cannot be rebuilt`

"#]]
        );
    }

    #[test]
    fn a_directive_in_a_block_comment_is_not_passed_over() {
        let tree = printers_with(&[
            (
                "plugins/printers/migrations/V0001__baseline.sql",
                "/* stairwell: requires nowhere 9 */\nCREATE TABLE printers (id bigint);\n",
            ),
            (
                "plugins/printers/migrations/V0002__rust.rs",
                "/* License */\n/** stairwell: requires core 2\n * stairwell: requires core 3 */\n/// stairwell: requires core 1\n// stairwell: irreversible a test\nasync fn up(tx: &T) -> R {\n    \"// stairwell: not a comment\"\n}\n",
            ),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 4 errors

error[malformed-directive]: a directive stands in a line comment
 --> plugins/printers/migrations/V0001__baseline.sql:1:4
  |
1 | /* stairwell: requires nowhere 9 */
  |    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write it like `-- stairwell: requires computers 3`

error[malformed-directive]: a directive stands in a line comment
 --> plugins/printers/migrations/V0002__rust.rs:2:5
  |
2 | /** stairwell: requires core 2
  |     ^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write it like `// stairwell: requires computers 3`

error[malformed-directive]: a directive stands in a line comment
 --> plugins/printers/migrations/V0002__rust.rs:3:4
  |
3 |  * stairwell: requires core 3 */
  |    ^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write it like `// stairwell: requires computers 3`

error[malformed-directive]: a directive stands in a line comment
 --> plugins/printers/migrations/V0002__rust.rs:4:5
  |
4 | /// stairwell: requires core 1
  |     ^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write it like `// stairwell: requires computers 3`

"#]]
        );
    }
}
