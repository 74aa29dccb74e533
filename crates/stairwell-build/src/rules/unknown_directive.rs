//! A directive that does not exist.

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::{DirectiveKind, Draft};
use crate::parse::DIRECTIVES;

pub(super) const RULE: Rule = Rule::error("unknown-directive", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for (_, migration) in draft.migrations() {
        for directive in migration.directives() {
            let DirectiveKind::Unknown(word) = &directive.kind else { continue };
            let names: Vec<&str> = DIRECTIVES.iter().map(|(name, _)| *name).collect();
            let message = match word.value.as_str() {
                "" => "a directive is missing after `stairwell:`".to_owned(),
                word => format!("unknown directive `{word}`"),
            };
            let found =
                Diagnostic::new(&word.span, message).label(format!("there are: {}", names.join(", ")));
            let otherwise = "use one of them, or write the comment otherwise";
            findings.push(found.did_you_mean(&word.value, names, &word.span, otherwise));
        }
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn a_slip_gets_a_suggestion() {
        let tree = printers_with(&[(
            "plugins/printers/migrations/V0001__baseline.sql",
            "-- The baseline.\n-- stairwell: require core 1\n-- stairwell: backfill\nCREATE TABLE printers (id bigint);\n",
        )]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 2 errors

error[unknown-directive]: unknown directive `require`
 --> plugins/printers/migrations/V0001__baseline.sql:2:15
  |
2 | -- stairwell: require core 1
  |               ^^^^^^^ there are: requires, no-transaction, irreversible, compatible, breaking, allow
  |
help: did you mean `requires`?
  |
2 | -- stairwell: requires core 1
  |                      +

error[unknown-directive]: unknown directive `backfill`
 --> plugins/printers/migrations/V0001__baseline.sql:3:15
  |
3 | -- stairwell: backfill
  |               ^^^^^^^^ there are: requires, no-transaction, irreversible, compatible, breaking, allow
  |
  = help: use one of them, or write the comment otherwise

"#]]
        );
    }
}
