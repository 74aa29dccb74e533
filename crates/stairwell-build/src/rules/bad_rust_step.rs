//! A Rust step that is not Rust, or has not the functions that a step has.

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;

pub(super) const RULE: Rule = Rule::error("bad-rust-step", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for (_, migration) in draft.migrations() {
        let help = "write `async fn up(tx: &Transaction<'_>) -> Result<(), StepError>`, and `down` likewise";
        match &migration.up.rust {
            Some(Err(problem)) => {
                findings
                    .push(Diagnostic::new(&problem.span, &problem.message).label(&problem.label).help(help));
            }
            Some(Ok(functions)) if !functions.up => {
                let message = format!("`{}` has no function `up`", migration.stem());
                findings.push(Diagnostic::new(migration.up.file, message).help(help));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn a_rust_step_is_rust_with_an_up() {
        let tree = printers_with(&[
            ("plugins/printers/migrations/V0002__a.rs", "async fn down(tx: &Transaction<'_>) {}\n"),
            (
                "plugins/printers/migrations/V0003__b.rs",
                "async fn up(tx: &Transaction<'_>) {\n    let x = ;\n}\n",
            ),
            ("plugins/printers/migrations/V0004__c.rs", "fn up() {}\nasync fn down(tx: &T) {}\n"),
            (
                "plugins/printers/migrations/V0005__d.rs",
                "//! Docs.\nasync fn up(tx: &T) {}\nasync fn down(tx: &T) {}\n",
            ),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 4 errors

error[bad-rust-step]: `V0002__a` has no function `up`
 --> plugins/printers/migrations/V0002__a.rs:1:1
  |
1 | async fn down(tx: &Transaction<'_>) {}
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: write `async fn up(tx: &Transaction<'_>) -> Result<(), StepError>`, and `down` likewise

error[bad-rust-step]: this Rust step does not parse: expected an expression
 --> plugins/printers/migrations/V0003__b.rs:2:13
  |
2 |     let x = ;
  |             ^ here
  |
  = help: write `async fn up(tx: &Transaction<'_>) -> Result<(), StepError>`, and `down` likewise

error[bad-rust-step]: `up` of a Rust step has the wrong form
 --> plugins/printers/migrations/V0004__c.rs:1:4
  |
1 | fn up() {}
  |    ^^ it takes one argument, the transaction, and is `async`
  |
  = help: write `async fn up(tx: &Transaction<'_>) -> Result<(), StepError>`, and `down` likewise

error[bad-rust-step]: a Rust step cannot begin with an inner attribute or a `//!` comment
 --> plugins/printers/migrations/V0005__d.rs:1:1
  |
1 | //! Docs.
  | ^^^^^^^^^ the file is included into a module of the generated code
  |
  = help: write `async fn up(tx: &Transaction<'_>) -> Result<(), StepError>`, and `down` likewise

"#]]
        );
    }
}
