//! A directive that is written twice, of which one would not be heard.

use std::collections::BTreeMap;

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::{Directive, DirectiveKind, Draft};

pub(super) const RULE: Rule = Rule::error("repeated-directive", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for (_, migration) in draft.migrations() {
        for step in migration.steps() {
            let mut seen: BTreeMap<(&str, &str), &Directive> = BTreeMap::new();
            for directive in step.in_force() {
                let Some(key) = key(directive) else { continue };
                let Some(first) = seen.insert(key, directive) else { continue };
                findings.push(
                    Diagnostic::new(&directive.span, "this directive says again what another one says")
                        .also(&first.span, "the other one")
                        .help("keep one of the two"),
                );
            }
        }
    }
}

/// What a file can say only once.
fn key(directive: &Directive) -> Option<(&str, &str)> {
    match &directive.kind {
        DirectiveKind::Requires(requirement) => Some(("requires", &requirement.plugin.value)),
        DirectiveKind::NoTransaction => Some(("no-transaction", "")),
        DirectiveKind::Irreversible(_) => Some(("irreversible", "")),
        DirectiveKind::Compatible(_) | DirectiveKind::Breaking(_) => Some(("compatible", "")),
        DirectiveKind::Allow { rule } => Some(("allow", &rule.value)),
        DirectiveKind::Unknown(_) | DirectiveKind::Malformed { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn a_file_says_a_thing_once() {
        let tree = printers_with(&[(
            "plugins/printers/migrations/V0002__later.sql",
            "-- stairwell: irreversible one\n-- stairwell: irreversible two\n-- stairwell: requires core 1\nSELECT 1;\n",
        )]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 1 error

error[repeated-directive]: this directive says again what another one says
 --> plugins/printers/migrations/V0002__later.sql:2:4
  |
1 | -- stairwell: irreversible one
  |    --------------------------- the other one
2 | -- stairwell: irreversible two
  |    ^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: keep one of the two

"#]]
        );
    }
}
