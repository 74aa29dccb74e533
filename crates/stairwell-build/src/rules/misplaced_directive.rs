//! A directive behind the first statement, or in a down step that it cannot speak for.

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::{Directive, DirectiveKind, Draft};

pub(super) const RULE: Rule = Rule::error("misplaced-directive", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for (_, migration) in draft.migrations() {
        for directive in migration.directives() {
            // One that is not a directive at all has a finding of its own.
            let is_directive =
                !matches!(directive.kind, DirectiveKind::Malformed { .. } | DirectiveKind::Unknown(_));
            if directive.misplaced && is_directive {
                findings.push(
                    Diagnostic::new(
                        &directive.span,
                        "this directive stands behind the first statement, where it says nothing",
                    )
                    .help("move it into the comments at the head of the file"),
                );
            }
        }
        let of_down =
            migration.down.iter().flat_map(|down| &down.directives).filter(|directive| !directive.misplaced);
        for directive in of_down.filter(|directive| speaks_for_the_migration(directive)) {
            findings.push(
                Diagnostic::new(
                    &directive.span,
                    "this directive speaks for the whole migration, and stands in its down step",
                )
                .also(migration.up.file, "the migration")
                .help("move it to the up step"),
            );
        }
        if migration.up.rust.is_some() {
            for directive in &migration.up.directives {
                if matches!(directive.kind, DirectiveKind::NoTransaction) {
                    findings.push(
                        Diagnostic::new(&directive.span, "a Rust step always runs in a transaction").help(
                            "delete the directive; what cannot run in a transaction is a migration in SQL",
                        ),
                    );
                }
            }
        }
    }
}

fn speaks_for_the_migration(directive: &Directive) -> bool {
    matches!(
        directive.kind,
        DirectiveKind::Requires(_)
            | DirectiveKind::Irreversible(_)
            | DirectiveKind::Compatible(_)
            | DirectiveKind::Breaking(_)
    )
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn directives_stand_at_the_head_of_the_up_step() {
        let tree = printers_with(&[
            (
                "plugins/printers/migrations/V0001__baseline.sql",
                "CREATE TABLE printers (id bigint);\n-- stairwell: requires core 1\n",
            ),
            (
                "plugins/printers/migrations/V0001__baseline.down.sql",
                "-- stairwell: requires core 1\nDROP TABLE printers;\n",
            ),
            (
                "plugins/printers/migrations/V0002__rust.rs",
                "// stairwell: no-transaction\nasync fn up(tx: &T) -> R {}\nasync fn down(tx: &T) -> R {}\n",
            ),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 3 errors

error[misplaced-directive]: this directive speaks for the whole migration, and stands in its down step
 --> plugins/printers/migrations/V0001__baseline.down.sql:1:4
  |
1 | -- stairwell: requires core 1
  |    ^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
 ::: plugins/printers/migrations/V0001__baseline.sql:1:1
  |
1 | CREATE TABLE printers (id bigint);
  | ---------------------------------- the migration
  |
  = help: move it to the up step

error[misplaced-directive]: this directive stands behind the first statement, where it says nothing
 --> plugins/printers/migrations/V0001__baseline.sql:2:4
  |
2 | -- stairwell: requires core 1
  |    ^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: move it into the comments at the head of the file

error[misplaced-directive]: a Rust step always runs in a transaction
 --> plugins/printers/migrations/V0002__rust.rs:1:4
  |
1 | // stairwell: no-transaction
  |    ^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: delete the directive; what cannot run in a transaction is a migration in SQL

"#]]
        );
    }
}
