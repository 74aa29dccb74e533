//! An object that a registry names and that its chain never creates.

use std::collections::BTreeSet;

use stairwell_catalog::QualifiedName;

use super::{Adjustable, Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::prove::{Proof, keys};

pub(super) const RULE: Rule = Rule::proven("uncreated-object", check).adjustable(Adjustable::InSettings);

fn check(draft: &Draft, proof: &Proof<'_>, findings: &mut Findings) {
    // Another plugin that creates it is reported as foreign-object.
    let created: BTreeSet<(&str, QualifiedName)> = proof
        .created()
        .flat_map(|(object, _)| {
            keys(object.kind).iter().map(|key| {
                let whole = || QualifiedName::new(object.schema, object.name);
                (*key, part_name(key, object.short_name()).unwrap_or_else(whole))
            })
        })
        .collect();
    let opaque: BTreeSet<usize> =
        proof.migrations.iter().filter(|folded| folded.up_is_opaque()).map(|folded| folded.node.0).collect();
    for (name, entries) in proof.registry.iter() {
        for entry in entries {
            let name = part_name(entry.kind, &name.name).unwrap_or(*name);
            if created.contains(&(entry.kind, name)) || opaque.contains(&entry.plugin) {
                continue;
            }
            let plugin = proof.plugin_name(entry.plugin);
            let message = format!("`{plugin}` owns `{}`, but no migration creates it", entry.name.value);
            let names = proof.created().filter(|(object, _)| keys(object.kind).contains(&entry.kind));
            let names: Vec<String> = names.map(|(object, _)| object.short_name().to_owned()).collect();
            let is_empty =
                draft.plugins.get(entry.plugin).is_none_or(|plugin| plugin.chain.migrations.is_empty());
            if is_empty {
                continue;
            }
            findings.push(
                Diagnostic::new(&entry.name.span, message)
                    .label(format!("one of its {}", entry.kind))
                    .did_you_mean(
                        &entry.name.value,
                        names.iter().map(String::as_str),
                        &inside_quotes(&entry.name.span),
                        "delete the entry, or create the object in a migration",
                    ),
            );
        }
    }
}

/// Triggers and policies are registered by their own name, whatever relation they are on.
fn part_name(key: &str, name: &str) -> Option<QualifiedName> {
    matches!(key, "triggers" | "policies").then(|| QualifiedName::new("", name))
}

/// The span of a string without its quotes, so that a replacement keeps them.
fn inside_quotes(span: &crate::source::Span) -> crate::source::Span {
    let mut span = span.clone();
    if span.range.len() >= 2 {
        span.range = span.range.start + 1..span.range.end - 1;
    }
    span
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, proof};

    #[test]
    fn a_registry_names_what_is_created() {
        assert_data_eq!(
            proof(&printers_with(&[(
                "plugins/printers/plugin.toml",
                "[plugin]\nname = \"printers\"\n\n[owns]\ntables = [\"printer\", \"printers\"]\ntypes = [\"size\"]\n"
            ),])),
            str![[r#"
the migrations have 3 errors

error[missing-requirement]: `V0001__baseline` uses table public.sites, but requires no migration of `core` that has created it
 --> plugins/printers/migrations/V0001__baseline.sql:1:58
  |
1 | CREATE TABLE printers (id bigint, site bigint REFERENCES sites);
  |                                                          ^^^^^ used here
  |
 ::: migrations/V0001__sites.sql:1:14
  |
1 | CREATE TABLE sites (id bigint PRIMARY KEY);
  |              ----- `core` creates it in V0001__sites
  |
  = help: add this line at the head of plugins/printers/migrations/V0001__baseline.sql: `-- stairwell: requires core 1`

error[uncreated-object]: `printers` owns `printer`, but no migration creates it
 --> plugins/printers/plugin.toml:5:11
  |
5 | tables = ["printer", "printers"]
  |           ^^^^^^^^^ one of its tables
  |
help: did you mean `printers`?
  |
5 | tables = ["printers", "printers"]
  |                   +

error[uncreated-object]: `printers` owns `size`, but no migration creates it
 --> plugins/printers/plugin.toml:6:10
  |
6 | types = ["size"]
  |          ^^^^^^ one of its types
  |
  = help: delete the entry, or create the object in a migration

"#]]
        );
    }
}
