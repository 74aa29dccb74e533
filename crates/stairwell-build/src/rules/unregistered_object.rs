//! An object that a chain creates and that its registry does not name.

use stairwell_catalog::Verb;

use super::{Adjustable, Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::prove::{Proof, keys};

pub(super) const RULE: Rule = Rule::proven("unregistered-object", check).adjustable(Adjustable::InSettings);

fn check(_: &Draft, proof: &Proof<'_>, findings: &mut Findings) {
    for folded in &proof.migrations {
        // Without a registry there is nothing to compare with; missing-owns asks for one where it is due.
        let Some(owns) = &folded.plugin.manifest.owns else { continue };
        for (effect, place) in folded.effects() {
            let object = &effect.effect.object;
            let is_top_level = effect.relation.is_none();
            let Some(key) = keys(object.kind).first().filter(|_| is_top_level) else { continue };
            if effect.effect.verb != Verb::Create || !proof.registry.entries(object).is_empty() {
                continue;
            }
            let written = if object.schema == "public" || object.schema.is_empty() {
                object.name.clone()
            } else {
                format!("{}.{}", object.schema, object.name)
            };
            findings.push(
                Diagnostic::new(
                    place,
                    format!("`{}` creates {object}, which its `[owns]` does not name", folded.plugin.name),
                )
                .label("created here")
                .also(&owns.span, format!("what `{}` owns", folded.plugin.name))
                .help(format!("add `\"{written}\"` to `{key}` under `[owns]`")),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn what_is_created_stands_in_the_registry() {
        assert_data_eq!(
            report(&printers_with(&[
                (
                    "plugins/printers/migrations/V0002__trays.sql",
                    "CREATE TABLE trays (id bigserial PRIMARY KEY);\nCREATE TYPE size AS ENUM ('a4');\nCREATE INDEX trays_id ON trays (id);\n"
                ),
                ("plugins/printers/migrations/V0002__trays.down.sql", "DROP TABLE trays;\nDROP TYPE size;\n"),
            ])),
            str![[]]
        );
    }

    #[test]
    fn without_a_registry_nothing_is_compared() {
        assert_data_eq!(
            report(&printers_with(&[
                ("migrations/V0002__trays.sql", "CREATE TABLE trays (id bigint);\n"),
                ("migrations/V0002__trays.down.sql", "DROP TABLE trays;\n"),
                ("migrations/V0001__sites.sql", "CREATE TABLE sites (id bigint);\n"),
                ("migrations/V0001__sites.down.sql", "DROP TABLE sites;\n"),
            ])),
            str![[]]
        );
    }
}
