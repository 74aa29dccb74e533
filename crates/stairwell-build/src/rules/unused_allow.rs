//! An `allow` directive that silences nothing.

use std::collections::BTreeMap;

use super::{Adjustable, Check, Findings, RULES, Rule, known, lints};
use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::draft::{Directive, DirectiveKind, Draft, RuleLevel};
use crate::source::FileId;

pub(super) const RULE: Rule = Rule {
    name: "unused-allow",
    level: RuleLevel::At(Severity::Warning),
    adjustable: Adjustable::InSettings,
    // It needs what the other rules found, so `silence` does the work.
    check: Check::Written(|_: &Draft, _: &mut Findings| {}),
};

/// Takes out what a migration allows, and reports every permission that was not needed.
pub(super) fn silence(draft: &Draft, diagnostics: &mut Vec<Diagnostic>, is_complete: bool) {
    let can_be_allowed =
        |name: &str| known().any(|rule| rule.name == name && rule.adjustable == Adjustable::InMigrations);
    let mut allowed: BTreeMap<(FileId, &str), (&Directive, bool)> = BTreeMap::new();
    for (_, migration) in draft.migrations() {
        for directive in migration.directives().filter(|directive| !directive.misplaced) {
            let DirectiveKind::Allow { rule } = &directive.kind else { continue };
            if can_be_allowed(&rule.value) {
                allowed.insert((directive.span.file, rule.value.as_str()), (directive, false));
            }
        }
    }
    diagnostics.retain(|found| {
        let Place::Span(span) = &found.primary.place else { return true };
        match allowed.get_mut(&(span.file, found.rule)) {
            Some((_, is_used)) => {
                *is_used = true;
                false
            }
            None => true,
        }
    });
    let level = draft.settings.rules.get(RULE.name).map_or(RULE.level, |level| level.value);
    let RuleLevel::At(severity) = level else { return };
    for ((_, rule), (directive, is_used)) in allowed {
        let is_proven =
            RULES.iter().any(|other| other.name == rule && matches!(other.check, Check::Proven(_)));
        // A lint that is switched off finds nothing, and will again find something when it is on.
        if !is_used && (is_complete || !is_proven) && !lints::is_off(draft, rule) {
            let found = Diagnostic::new(&directive.span, format!("`allow {rule}` silences nothing"))
                .help("delete the directive");
            diagnostics.push(Diagnostic { rule: RULE.name, severity, ..found });
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
