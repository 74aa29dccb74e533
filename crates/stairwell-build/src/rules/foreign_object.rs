//! A chain that creates, alters, drops or writes what belongs to another plugin.

use std::collections::BTreeSet;

use stairwell_catalog::Verb;
use stairwell_sql::fold::{LocatedEffect, ProblemKind, Via};

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::{Draft, SharedRight};
use crate::prove::Proof;
use crate::source::Span;

pub(super) const RULE: Rule = Rule::proven("foreign-object", check);

fn check(draft: &Draft, proof: &Proof<'_>, findings: &mut Findings) {
    for folded in &proof.migrations {
        let plugin = folded.node.0;
        for (step, outcome) in folded.steps() {
            // One statement has many effects on one object; the first says enough.
            let mut reported = BTreeSet::new();
            // What follows comes last: it says nothing beside the statement that it follows from, nor beside
            // the finding that the statement is refused.
            let is_refused =
                outcome.problems.iter().any(|problem| matches!(problem.kind, ProblemKind::InUse { .. }));
            let (follows, says): (Vec<_>, Vec<_>) = outcome
                .effects
                .iter()
                .filter(|effect| is_claim(effect))
                .partition(|e| e.via == Via::Consequence);
            let follows = follows.into_iter().filter(|_| !is_refused);
            for effect in says.into_iter().chain(follows) {
                let Some(owner) = proof.owner(effect).filter(|owner| *owner != plugin) else { continue };
                let object = effect.effect.object.owner();
                let relation = effect.relation.unwrap_or(object);
                let right = right(effect);
                if right.is_some_and(|right| proof.registry.is_shared(owner, &relation, right, plugin))
                    || (effect.via == Via::Consequence
                        && reported.iter().any(|(other, _)| *other == relation))
                    || !reported.insert((relation, right))
                {
                    continue;
                }
                let span = Span { file: step.file, range: effect.span.clone() };
                let owner_name = proof.plugin_name(owner);
                let verb = third_person(effect.effect.verb);
                let message = format!(
                    "`{}` {verb} {}, which belongs to `{owner_name}`",
                    folded.plugin.name, effect.effect.object
                );
                let verb = if effect.effect.verb == Verb::Write { "writes" } else { verb };
                let mut found = Diagnostic::new(span, message).label(match effect.via {
                    Via::Statement => format!("{verb} it"),
                    Via::Consequence => format!("{verb} it as a consequence"),
                    Via::Body => format!("{verb} it when it runs"),
                });
                let entries = match &effect.relation {
                    Some(relation) => proof.registry.relation_entries(relation),
                    None => proof.registry.entries(&effect.effect.object),
                };
                match (entries.first(), &effect.origin) {
                    (Some(entry), _) => {
                        found = found.also(&entry.name.span, format!("`{owner_name}` owns it"));
                    }
                    (None, Some(origin)) => {
                        if let Some((_, place)) = proof.place(origin) {
                            found = found.also(place, format!("`{owner_name}` creates it"));
                        }
                    }
                    (None, None) => {}
                }
                findings.push(found.help(remedy(draft, owner, &folded.plugin.name, right, &relation.name)));
            }
        }
    }
}

/// Whether the effect needs a right to the object.
fn is_claim(effect: &LocatedEffect) -> bool {
    match effect.effect.verb {
        Verb::Reference => false,
        // Calling a function that writes is the function's business, and so is a trigger's.
        Verb::Write => effect.via != Via::Consequence,
        Verb::Create | Verb::Alter | Verb::Drop => true,
    }
}

/// The right that the owner could share; none for creating or dropping the whole object.
fn right(effect: &LocatedEffect) -> Option<SharedRight> {
    match (effect.effect.verb, &effect.relation) {
        (Verb::Write, _) => Some(SharedRight::Write),
        (Verb::Alter, _) | (_, Some(_)) => Some(SharedRight::Alter),
        _ => None,
    }
}

fn remedy(draft: &Draft, owner: usize, guest: &str, right: Option<SharedRight>, object: &str) -> String {
    let Some(owner) = draft.plugins.get(owner) else { return String::new() };
    let manifest =
        if owner.is_core() { "stairwell.toml".to_owned() } else { format!("{}/plugin.toml", owner.folder) };
    match right {
        Some(right) => format!(
            "move this into a migration of `{}`, or let it share the object: `[shares.{}]` with `{object} = [\"{guest}\"]` in {manifest}",
            owner.name,
            right.word()
        ),
        None => format!("move this into a migration of `{}`", owner.name),
    }
}

/// `creates`, `alters`, `drops`, `writes rows of`
fn third_person(verb: Verb) -> &'static str {
    match verb {
        Verb::Create => "creates",
        Verb::Alter => "alters",
        Verb::Drop => "drops",
        Verb::Write => "writes rows of",
        Verb::Reference => "uses",
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, proof};

    #[test]
    fn a_foreign_table_is_altered_written_and_dropped() {
        assert_data_eq!(
            proof(&printers_with(&[
                (
                    "plugins/printers/migrations/V0002__touch.sql",
                    "ALTER TABLE sites ADD COLUMN printers integer;\nUPDATE sites SET id = 2;\nCREATE INDEX ON sites (id);\n"
                ),
                ("plugins/printers/migrations/V0002__touch.down.sql", "DROP TABLE sites;\n"),
            ])),
            str![[r#"
the migrations have 4 errors

error[foreign-object]: `printers` drops table public.sites, which belongs to `core`
 --> plugins/printers/migrations/V0002__touch.down.sql:1:12
  |
1 | DROP TABLE sites;
  |            ^^^^^ drops it
  |
 ::: migrations/V0001__sites.sql:1:14
  |
1 | CREATE TABLE sites (id bigint PRIMARY KEY);
  |              ----- `core` creates it
  |
  = help: move this into a migration of `core`

error[object-in-use]: table public.sites is still in use
 --> plugins/printers/migrations/V0002__touch.down.sql:1:12
  |
1 | DROP TABLE sites;
  |            ^^^^^ PostgreSQL refuses this
  |
 ::: plugins/printers/migrations/V0001__baseline.sql:1:47
  |
1 | CREATE TABLE printers (id bigint, site bigint REFERENCES sites);
  |                                               ---------------- constraint printers_site_fkey on public.printers depends on it, created by `printers`
  |
  = help: drop what depends on it first, or add CASCADE if it may all go

error[foreign-object]: `printers` alters table public.sites, which belongs to `core`
 --> plugins/printers/migrations/V0002__touch.sql:1:13
  |
1 | ALTER TABLE sites ADD COLUMN printers integer;
  |             ^^^^^ alters it
  |
 ::: migrations/V0001__sites.sql:1:14
  |
1 | CREATE TABLE sites (id bigint PRIMARY KEY);
  |              ----- `core` creates it
  |
  = help: move this into a migration of `core`, or let it share the object: `[shares.alter]` with `sites = ["printers"]` in stairwell.toml

error[foreign-object]: `printers` writes rows of table public.sites, which belongs to `core`
 --> plugins/printers/migrations/V0002__touch.sql:2:8
  |
2 | UPDATE sites SET id = 2;
  |        ^^^^^ writes it
  |
 ::: migrations/V0001__sites.sql:1:14
  |
1 | CREATE TABLE sites (id bigint PRIMARY KEY);
  |              ----- `core` creates it
  |
  = help: move this into a migration of `core`, or let it share the object: `[shares.write]` with `sites = ["printers"]` in stairwell.toml

"#]]
        );
    }

    #[test]
    fn an_owner_can_share() {
        assert_data_eq!(
            proof(&printers_with(&[
                ("plugins/printers/migrations/V0002__touch.sql", "UPDATE sites SET id = 2;\n"),
                ("plugins/printers/migrations/V0002__touch.down.sql", "SELECT 1;\n"),
                (
                    "stairwell.toml",
                    "[owns]\ntables = [\"sites\"]\n\n[shares.write]\nsites = [\"printers\"]\n"
                ),
            ])),
            str![[r#"
sound

"#]]
        );
    }

    #[test]
    fn a_share_for_writing_is_none_for_altering() {
        assert_data_eq!(
            proof(&printers_with(&[
                ("plugins/printers/migrations/V0002__touch.sql", "ALTER TABLE sites ADD COLUMN x integer;\n"),
                ("plugins/printers/migrations/V0002__touch.down.sql", "ALTER TABLE sites DROP COLUMN x;\n"),
                (
                    "stairwell.toml",
                    "[owns]\ntables = [\"sites\"]\n\n[shares.write]\nsites = [\"printers\"]\n"
                ),
            ])),
            str![[r#"
the migrations have 2 errors

error[foreign-object]: `printers` alters table public.sites, which belongs to `core`
 --> plugins/printers/migrations/V0002__touch.down.sql:1:13
  |
1 | ALTER TABLE sites DROP COLUMN x;
  |             ^^^^^ alters it
  |
 ::: stairwell.toml:2:11
  |
2 | tables = ["sites"]
  |           ------- `core` owns it
  |
  = help: move this into a migration of `core`, or let it share the object: `[shares.alter]` with `sites = ["printers"]` in stairwell.toml

error[foreign-object]: `printers` alters table public.sites, which belongs to `core`
 --> plugins/printers/migrations/V0002__touch.sql:1:13
  |
1 | ALTER TABLE sites ADD COLUMN x integer;
  |             ^^^^^ alters it
  |
 ::: stairwell.toml:2:11
  |
2 | tables = ["sites"]
  |           ------- `core` owns it
  |
  = help: move this into a migration of `core`, or let it share the object: `[shares.alter]` with `sites = ["printers"]` in stairwell.toml

"#]]
        );
    }

    #[test]
    fn cascade_takes_along_what_belongs_to_another() {
        assert_data_eq!(
            proof(&printers_with(&[
                ("migrations/V0001__sites.sql", "CREATE TABLE sites (id bigint PRIMARY KEY, name text);\n"),
                ("migrations/V0001__sites.down.sql", "DROP TABLE sites;\n"),
                (
                    "migrations/V0002__end.sql",
                    "-- stairwell: irreversible gone\n-- stairwell: requires printers 2\nDROP TABLE sites CASCADE;\n"
                ),
                (
                    "plugins/printers/migrations/V0002__site.sql",
                    "ALTER TABLE printers ADD COLUMN site_id bigint REFERENCES sites;\n"
                ),
                (
                    "plugins/printers/migrations/V0002__site.down.sql",
                    "ALTER TABLE printers DROP COLUMN site_id;\n"
                ),
            ])),
            str![[r#"
the migrations have 1 error

error[foreign-object]: `core` drops constraint printers_site_fkey on public.printers, which belongs to `printers`
 --> migrations/V0002__end.sql:3:12
  |
3 | DROP TABLE sites CASCADE;
  |            ^^^^^ drops it as a consequence
  |
 ::: plugins/printers/plugin.toml:8:11
  |
8 | tables = ["printers"]
  |           ---------- `printers` owns it
  |
  = help: move this into a migration of `printers`, or let it share the object: `[shares.alter]` with `printers = ["core"]` in plugins/printers/plugin.toml

"#]]
        );
    }
}
