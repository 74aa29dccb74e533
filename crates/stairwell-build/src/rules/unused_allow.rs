//! An `allow` directive that silences nothing.

use super::{Adjustable, Findings, RULES, Rule};
use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::draft::{DirectiveKind, Draft, RuleLevel};

pub(super) const RULE: Rule = Rule {
    name: "unused-allow",
    severity: Severity::Warning,
    adjustable: Adjustable::InSettings,
    // It needs what the other rules found, so `silence` does the work.
    check: |_: &Draft, _: &mut Findings| {},
};

/// Takes out what a migration allows, and reports every permission that was not needed.
pub(super) fn silence(draft: &Draft, diagnostics: &mut Vec<Diagnostic>) {
    let level = draft.settings.rules.get(RULE.name).map_or(RuleLevel::At(RULE.severity), |level| level.value);
    for (_, migration) in draft.migrations() {
        for directive in migration.directives().filter(|directive| !directive.misplaced) {
            let DirectiveKind::Allow { rule } = &directive.kind else { continue };
            let is_known =
                |known: &Rule| known.name == rule.value && known.adjustable == Adjustable::InMigrations;
            if !RULES.iter().any(is_known) {
                continue;
            }
            let before = diagnostics.len();
            diagnostics.retain(|found| {
                let is_here =
                    matches!(&found.primary.place, Place::Span(span) if span.file == directive.span.file);
                !(is_here && found.rule == rule.value)
            });
            if let (true, RuleLevel::At(severity)) = (before == diagnostics.len(), level) {
                let message = format!("`allow {}` silences nothing", rule.value);
                let found = Diagnostic::new(&directive.span, message).help("delete the directive");
                diagnostics.push(Diagnostic { rule: RULE.name, severity, ..found });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn a_permission_that_is_not_needed_is_a_warning() {
        let tree = printers_with(&[(
            "plugins/printers/migrations/V0001__baseline.sql",
            "-- stairwell: allow version-gap there is none\nCREATE TABLE printers (id bigint);\n",
        )]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
sound
the migrations have 1 warning

warning[unused-allow]: `allow version-gap` silences nothing
 --> plugins/printers/migrations/V0001__baseline.sql:1:4
  |
1 | -- stairwell: allow version-gap there is none
  |    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: delete the directive

"#]]
        );
    }
}
