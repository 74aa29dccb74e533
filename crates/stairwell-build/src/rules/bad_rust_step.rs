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
            (
                "plugins/printers/migrations/V0002__a.rs",
                "async fn down(tx: &Transaction<'_>) -> Result<(), StepError> {}\n",
            ),
            (
                "plugins/printers/migrations/V0003__b.rs",
                "async fn up(tx: &Transaction<'_>) -> Result<(), StepError> {\n    let x = ;\n}\n",
            ),
            ("plugins/printers/migrations/V0004__c.rs", "fn up() {}\nasync fn down(tx: &T) -> R {}\n"),
            (
                "plugins/printers/migrations/V0005__d.rs",
                "//! Docs.\nasync fn up(tx: &T) -> R {}\nasync fn down(tx: &T) -> R {}\n",
            ),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 4 errors

error[bad-rust-step]: `V0002__a` has no function `up`
 --> plugins/printers/migrations/V0002__a.rs:1:1
  |
1 | async fn down(tx: &Transaction<'_>) -> Result<(), StepError> {}
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
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
  |    ^^ it is not `async`
  |
  = help: write `async fn up(tx: &Transaction<'_>) -> Result<(), StepError>`, and `down` likewise

error[bad-rust-step]: a Rust step cannot begin with an inner attribute or a `//!` comment
 --> plugins/printers/migrations/V0005__d.rs:1:1
  |
1 | //! Docs.
  | ^^^^^^^^^ remove it, or write `//`: the file is included into a module of the generated code
  |
  = help: write `async fn up(tx: &Transaction<'_>) -> Result<(), StepError>`, and `down` likewise

"#]]
        );
    }

    #[test]
    fn the_generated_code_can_call_what_passes() {
        let wrong = [
            "async fn up(tx: &T) {}",
            "async fn up(self) -> R {}",
            "async fn up(tx: i32) -> R {}",
            "async unsafe fn up(tx: &T) -> R {}",
            "async fn up<T>(tx: &T) -> R {}",
            "#[cfg(test)]\nasync fn up(tx: &T) -> R {}",
        ];
        for up in wrong {
            let text = format!("{up}\nasync fn down(tx: &T) -> R {{}}\n");
            let report = report(&printers_with(&[("plugins/printers/migrations/V0002__a.rs", &text)]));
            assert!(report.contains("`up` of a Rust step has the wrong form"), "{up}: {report}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_and_does_not_overflow_the_stack() {
        let nested = |depth: usize| {
            let text = format!(
                "const X: i32 = {}1{};\nasync fn up(tx: &T) -> R {{}}\nasync fn down(tx: &T) -> R {{}}\n",
                "(".repeat(depth),
                ")".repeat(depth)
            );
            report(&printers_with(&[("plugins/printers/migrations/V0002__deep.rs", &text)]))
        };
        assert_eq!(nested(200), "sound\n");
        assert!(nested(5000).contains("nests brackets 5000 deep"), "{}", nested(5000));
    }
}
