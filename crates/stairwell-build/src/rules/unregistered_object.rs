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
                object.name.to_string()
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

    use crate::rules::tests::{printers_with, proof};

    #[test]
    fn what_is_created_stands_in_the_registry() {
        assert_data_eq!(
            proof(&printers_with(&[
                (
                    "plugins/printers/migrations/V0002__trays.sql",
                    "CREATE TABLE trays (id bigserial PRIMARY KEY);\nCREATE TYPE size AS ENUM ('a4');\nCREATE INDEX trays_id ON trays (id);\n"
                ),
                ("plugins/printers/migrations/V0002__trays.down.sql", "DROP TABLE trays;\nDROP TYPE size;\n"),
            ])),
            str![[r#"
the migrations have 2 errors

error[unregistered-object]: `printers` creates table public.trays, which its `[owns]` does not name
 --> plugins/printers/migrations/V0002__trays.sql:1:14
  |
1 | CREATE TABLE trays (id bigserial PRIMARY KEY);
  |              ^^^^^ created here
  |
 ::: plugins/printers/plugin.toml:7:1
  |
7 | [owns]
  | ------ what `printers` owns
  |
  = help: add `"trays"` to `tables` under `[owns]`

error[unregistered-object]: `printers` creates type public.size, which its `[owns]` does not name
 --> plugins/printers/migrations/V0002__trays.sql:2:13
  |
2 | CREATE TYPE size AS ENUM ('a4');
  |             ^^^^ created here
  |
 ::: plugins/printers/plugin.toml:7:1
  |
7 | [owns]
  | ------ what `printers` owns
  |
  = help: add `"size"` to `types` under `[owns]`

"#]]
        );
    }

    #[test]
    fn without_a_registry_nothing_is_compared() {
        assert_data_eq!(
            proof(&printers_with(&[
                ("migrations/V0002__trays.sql", "CREATE TABLE trays (id bigint);\n"),
                ("migrations/V0002__trays.down.sql", "DROP TABLE trays;\n"),
                ("migrations/V0001__sites.sql", "CREATE TABLE sites (id bigint);\n"),
                ("migrations/V0001__sites.down.sql", "DROP TABLE sites;\n"),
            ])),
            str![[r#"
the migrations have 1 error

error[refused-statement]: PostgreSQL refuses this: the table public.sites has no primary key
 --> plugins/printers/migrations/V0001__baseline.sql:1:58
  |
1 | CREATE TABLE printers (id bigint, site bigint REFERENCES sites);
  |                                                          ^^^^^ refused
  |
  = help: correct the statement; it would fail on every database

"#]]
        );
    }
}
