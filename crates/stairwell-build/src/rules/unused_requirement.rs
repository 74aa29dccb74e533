//! A requirement that nothing in the SQL needs.

use super::{Adjustable, Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::prove::{Folded, Proof};

pub(super) const RULE: Rule =
    Rule::proven("unused-requirement", check).into_warning().adjustable(Adjustable::InMigrations);

fn check(draft: &Draft, proof: &Proof<'_>, findings: &mut Findings) {
    for (plugin, migration, requirement) in draft.requirements() {
        let Some(required) = draft.plugins.iter().position(|other| other.name == requirement.plugin.value)
        else {
            continue;
        };
        // A requirement counts for its migration and all later ones of the chain.
        let from = migration.map_or(i64::MIN, |migration| migration.file_name.version);
        let mut covered = proof.migrations.iter().filter(|folded| {
            std::ptr::eq(folded.plugin, plugin) && folded.migration.file_name.version >= from
        });
        if covered.any(|folded| folded.up_is_opaque() || touches(proof, folded, required)) {
            continue;
        }
        let subject = migration
            .map_or_else(|| format!("the chain of `{}`", plugin.name), |m| format!("`{}`", m.stem()));
        let message = format!("{subject} requires `{}`, but uses nothing of it", requirement.plugin.value);
        findings.push(Diagnostic::new(&requirement.plugin.span, message).help("delete the requirement"));
    }
}

fn touches(proof: &Proof<'_>, folded: &Folded<'_>, plugin: usize) -> bool {
    folded.steps().any(|(_, outcome)| {
        // What is not there any more was to be used as well.
        let missed = outcome.problems.iter().filter_map(|problem| proof.place(problem.origin.as_ref()?));
        missed.into_iter().any(|(by, _)| by.node.0 == plugin)
            || outcome.effects.iter().any(|effect| {
                proof.owner(effect) == Some(plugin)
                    || effect
                        .origin
                        .as_ref()
                        .and_then(|origin| proof.place(origin))
                        .is_some_and(|(by, _)| by.node.0 == plugin)
            })
    })
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, proof};

    #[test]
    fn a_requirement_is_used() {
        assert_data_eq!(
            proof(&printers_with(&[
                (
                    "plugins/printers/plugin.toml",
                    "[plugin]\nname = \"printers\"\n\n[requires]\ncore = 1\n\n[owns]\ntables = [\"printers\"]\n"
                ),
                (
                    "plugins/printers/migrations/V0002__trays.sql",
                    "-- stairwell: requires core 1\nALTER TABLE printers ADD COLUMN trays integer;\n"
                ),
                (
                    "plugins/printers/migrations/V0002__trays.down.sql",
                    "ALTER TABLE printers DROP COLUMN trays;\n"
                ),
            ])),
            str![[r#"
sound
the migrations have 1 warning

warning[unused-requirement]: `V0002__trays` requires `core`, but uses nothing of it
 --> plugins/printers/migrations/V0002__trays.sql:1:24
  |
1 | -- stairwell: requires core 1
  |                        ^^^^
  |
  = help: delete the requirement

"#]]
        );
    }
}
