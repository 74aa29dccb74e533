//! A migration that nothing reverts and that does not say so.

use super::{Adjustable, Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::{DirectiveKind, Draft, FileKind};

pub(super) const RULE: Rule = Rule::error("missing-down-step", check).adjustable(Adjustable::InMigrations);

fn check(draft: &Draft, findings: &mut Findings) {
    for (_, migration) in draft.migrations() {
        // A Rust step that does not parse may have one, and a directive without its reason is meant.
        let is_unreadable = matches!(migration.up.rust, Some(Err(_)));
        let is_declared = migration.up.directives.iter().any(|directive| match directive.kind {
            DirectiveKind::Irreversible(_) => true,
            DirectiveKind::Malformed { word, .. } => word == "irreversible",
            _ => false,
        });
        if migration.has_down() || is_unreadable || is_declared {
            continue;
        }
        let found = Diagnostic::new(migration.up.file, format!("`{}` has no down step", migration.stem()));
        findings.push(if migration.file_name.kind == FileKind::Rust {
            found
                .help("write `async fn down(tx: &Transaction<'_>) -> Result<(), StepError>` beside `up`")
                .help("or say why it cannot be reverted: `// stairwell: irreversible <reason>`")
        } else {
            found
                .help(format!("write `{}.down.sql`", migration.stem()))
                .help("or say why it cannot be reverted: `-- stairwell: irreversible <reason>`")
        });
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn no_down_step_and_no_reason() {
        let tree = printers_with(&[
            ("plugins/printers/migrations/V0002__later.sql", "SELECT 1;\n"),
            (
                "plugins/printers/migrations/V0003__rust.rs",
                "async fn up(tx: &Transaction<'_>) -> Result<(), StepError> {}\n",
            ),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 2 errors

error[missing-down-step]: `V0002__later` has no down step
 --> plugins/printers/migrations/V0002__later.sql:1:1
  |
1 | SELECT 1;
  | ^^^^^^^^^
  |
  = help: write `V0002__later.down.sql`
  = help: or say why it cannot be reverted: `-- stairwell: irreversible <reason>`

error[missing-down-step]: `V0003__rust` has no down step
 --> plugins/printers/migrations/V0003__rust.rs:1:1
  |
1 | async fn up(tx: &Transaction<'_>) -> Result<(), StepError> {}
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write `async fn down(tx: &Transaction<'_>) -> Result<(), StepError>` beside `up`
  = help: or say why it cannot be reverted: `// stairwell: irreversible <reason>`

"#]]
        );
    }

    #[test]
    fn a_reason_is_enough() {
        let tree = printers_with(&[(
            "plugins/printers/migrations/V0002__later.sql",
            "-- stairwell: irreversible the rows are gone\nSELECT 1;\n",
        )]);
        assert_eq!(report(&tree), "sound\n");
    }
}
