//! A name in `[rules]` or in an `allow` directive that is not the name of a rule that can be adjusted.

use super::{Findings, RULES, Rule, adjustable_names};
use crate::diagnostic::Diagnostic;
use crate::draft::{DirectiveKind, Draft};
use crate::source::Span;

pub(super) const RULE: Rule = Rule::error("unknown-rule", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for (name, level) in &draft.settings.rules {
        judge(name, &level.span, findings);
    }
    for (_, migration) in draft.migrations() {
        for directive in migration.directives() {
            if let DirectiveKind::Allow { rule } = &directive.kind {
                judge(&rule.value, &rule.span, findings);
            }
        }
    }
}

fn judge(name: &str, span: &Span, findings: &mut Findings) {
    let rule = RULES.iter().find(|rule| rule.name == name);
    let list = || adjustable_names().collect::<Vec<_>>().join(", ");
    match rule {
        Some(rule) if rule.adjustable => {}
        Some(_) => findings.push(
            Diagnostic::new(span, format!("the rule `{name}` cannot be adjusted"))
                .label("without it there is no sound plan")
                .help(format!("these can be: {}", list())),
        ),
        None => {
            let found = Diagnostic::new(span, format!("there is no rule `{name}`"));
            let otherwise = format!("these can be adjusted: {}", list());
            findings.push(found.did_you_mean(name, adjustable_names(), span, otherwise));
        }
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn only_rules_that_leave_a_sound_plan_can_be_adjusted() {
        let tree = printers_with(&[
            ("stairwell.toml", "[rules]\nversion-gaps = \"allow\"\nduplicate-version = \"warning\"\n"),
            (
                "plugins/printers/migrations/V0001__baseline.sql",
                "-- stairwell: allow no-such-thing because\nCREATE TABLE printers (id bigint);\n",
            ),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 3 errors

error[unknown-rule]: there is no rule `no-such-thing`
 --> plugins/printers/migrations/V0001__baseline.sql:1:21
  |
1 | -- stairwell: allow no-such-thing because
  |                     ^^^^^^^^^^^^^
  |
  = help: these can be adjusted: empty-chain, missing-down-step, missing-owns, mixed-versions, unused-allow, version-gap

error[unknown-rule]: there is no rule `version-gaps`
 --> stairwell.toml:2:1
  |
2 | version-gaps = "allow"
  | ^^^^^^^^^^^^
  |
help: did you mean `version-gap`?
  |
2 - version-gaps = "allow"
2 + version-gap = "allow"
  |

error[unknown-rule]: the rule `duplicate-version` cannot be adjusted
 --> stairwell.toml:3:1
  |
3 | duplicate-version = "warning"
  | ^^^^^^^^^^^^^^^^^ without it there is no sound plan
  |
  = help: these can be: empty-chain, missing-down-step, missing-owns, mixed-versions, unused-allow, version-gap

"#]]
        );
    }
}
