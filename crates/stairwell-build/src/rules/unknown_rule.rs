//! A name in `[rules]` or in an `allow` directive that is not the name of a rule that can be adjusted.

use super::{Adjustable, Findings, Known, Rule, known, lints};
use crate::diagnostic::Diagnostic;
use crate::draft::{DirectiveKind, Draft};
use crate::source::Span;

pub(super) const RULE: Rule = Rule::error("unknown-rule", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for (name, level) in &draft.settings.rules {
        judge(name, &level.span, |rule: &Known| rule.adjustable.is_a_setting(), findings);
    }
    for (_, migration) in draft.migrations() {
        for directive in migration.directives() {
            if let DirectiveKind::Allow { rule } = &directive.kind {
                judge(&rule.value, &rule.span, |rule| rule.adjustable == Adjustable::InMigrations, findings);
            }
        }
    }
}

fn judge(name: &str, span: &Span, may_be_lowered: impl Fn(&Known) -> bool, findings: &mut Findings) {
    let names: Vec<&str> = known().filter(|rule| may_be_lowered(rule)).map(|rule| rule.name).collect();
    let rules: Vec<&str> = names.iter().copied().filter(|name| lints::find(name).is_none()).collect();
    let list = format!("these can be: {}, and every lint", rules.join(", "));
    findings.push(match known().find(|rule| rule.name == name) {
        Some(rule) if may_be_lowered(&rule) => return,
        Some(rule) => {
            let label = match rule.adjustable {
                Adjustable::ByRewriting => "only `STAIRWELL_LOCK=rewrite` overrules it",
                Adjustable::Never => "without it there is no sound plan",
                _ => "it is about no single migration; adjust it in stairwell.toml",
            };
            Diagnostic::new(span, format!("the rule `{name}` cannot be adjusted here"))
                .label(label)
                .help(list)
        }
        None => {
            Diagnostic::new(span, format!("there is no rule `{name}`")).did_you_mean(name, names, span, list)
        }
    });
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
                "-- stairwell: allow no-such-thing because\n-- stairwell: allow missing-owns because\nCREATE TABLE printers (id bigint);\n",
            ),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 4 errors

error[unknown-rule]: there is no rule `no-such-thing`
 --> plugins/printers/migrations/V0001__baseline.sql:1:21
  |
1 | -- stairwell: allow no-such-thing because
  |                     ^^^^^^^^^^^^^
  |
  = help: these can be: changed-expression, data-loss, existing-object, incomplete-down-step, missing-down-step, mixed-versions, new-value-used, object-in-use, opaque-statement, refused-statement, unhelpful-name, unknown-object, unread-statement, unused-compatible, unused-requirement, useless-no-transaction, version-gap, and every lint

error[unknown-rule]: the rule `missing-owns` cannot be adjusted here
 --> plugins/printers/migrations/V0001__baseline.sql:2:21
  |
2 | -- stairwell: allow missing-owns because
  |                     ^^^^^^^^^^^^ it is about no single migration; adjust it in stairwell.toml
  |
  = help: these can be: changed-expression, data-loss, existing-object, incomplete-down-step, missing-down-step, mixed-versions, new-value-used, object-in-use, opaque-statement, refused-statement, unhelpful-name, unknown-object, unread-statement, unused-compatible, unused-requirement, useless-no-transaction, version-gap, and every lint

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

error[unknown-rule]: the rule `duplicate-version` cannot be adjusted here
 --> stairwell.toml:3:1
  |
3 | duplicate-version = "warning"
  | ^^^^^^^^^^^^^^^^^ without it there is no sound plan
  |
  = help: these can be: changed-expression, data-loss, empty-chain, existing-object, incomplete-down-step, missing-down-step, missing-owns, mixed-versions, new-value-used, object-in-use, opaque-statement, refused-statement, uncreated-object, unhelpful-name, unknown-object, unlocked-migration, unread-statement, unregistered-object, unused-allow, unused-compatible, unused-requirement, useless-no-transaction, version-gap, and every lint

"#]]
        );
    }
}
