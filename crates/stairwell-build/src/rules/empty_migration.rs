//! A step without a statement.

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::{Draft, StepText};

pub(super) const RULE: Rule = Rule::error("empty-migration", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for (_, migration) in draft.migrations() {
        for (step, which) in std::iter::once((&migration.up, "migration"))
            .chain(migration.down.iter().map(|down| (down, "down step")))
        {
            if is_empty(step) {
                findings.push(
                    Diagnostic::new(step.file, format!("this {which} has no statement")).help(
                        "write its SQL, or delete the file; what needs no SQL says so with `SELECT 1;`",
                    ),
                );
            }
        }
    }
}

fn is_empty(step: &StepText) -> bool {
    step.rust.is_none() && step.statements.is_empty()
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn comments_and_semicolons_are_no_statement() {
        let tree = printers_with(&[
            ("plugins/printers/migrations/V0002__later.sql", ""),
            ("plugins/printers/migrations/V0002__later.down.sql", "-- to do\n/* really */ ;\n"),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 2 errors

error[empty-migration]: this down step has no statement
 --> plugins/printers/migrations/V0002__later.down.sql:1:1
  |
1 | -- to do
  | ^^^^^^^^
  |
  = help: write its SQL, or delete the file; what needs no SQL says so with `SELECT 1;`

error[empty-migration]: this migration has no statement
--> plugins/printers/migrations/V0002__later.sql
 = help: write its SQL, or delete the file; what needs no SQL says so with `SELECT 1;`

"#]]
        );
    }
}
