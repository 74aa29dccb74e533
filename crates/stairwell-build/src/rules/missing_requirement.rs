//! A migration that touches another plugin's object without requiring the migration that creates it.

use std::collections::{BTreeMap, BTreeSet};

use stairwell_catalog::ObjectId;
use stairwell_sql::fold::{Origin, ProblemKind, Via};

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::prove::{Folded, Proof};
use crate::source::Span;

pub(super) const RULE: Rule = Rule::proven("missing-requirement", check);

fn check(_: &Draft, proof: &Proof<'_>, findings: &mut Findings) {
    // What one migration of a chain requires, the later ones need not.
    let mut required: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for folded in &proof.migrations {
        // One line in the file mends all that is needed of one plugin, so the newest need is reported.
        let mut needs: Vec<Need<'_>> = Vec::new();
        let effects = folded.up.effects.iter().filter(|effect| effect.via != Via::Consequence);
        for effect in effects {
            if let Some(origin) = &effect.origin {
                need(proof, folded, &effect.effect.object, origin, &effect.span, &mut needs);
            }
        }
        for problem in &folded.up.problems {
            let ProblemKind::Missing(object) = &problem.kind else { continue };
            if let Some(origin) = created_later(proof, folded, object) {
                need(proof, folded, object, origin, &problem.span, &mut needs);
            }
        }
        for need in newest(needs) {
            let creator = &need.creator;
            let reported = required.entry((folded.node.0, creator.node.0)).or_default();
            if *reported > creator.node.1 {
                continue;
            }
            *reported = creator.node.1 + 1;
            let version = &creator.migration.file_name.digits;
            let short = version.trim_start_matches('0');
            let message = format!(
                "`{}` uses {}, but requires no migration of `{}` that has created it",
                folded.migration.stem(),
                need.object,
                creator.plugin.name
            );
            let marker = if folded.migration.up.rust.is_some() { "//" } else { "--" };
            let path = &folded.migration.path;
            findings.push(
                Diagnostic::new(need.span, message)
                    .label("used here")
                    .also(
                        need.place,
                        format!("`{}` creates it in {}", creator.plugin.name, creator.migration.stem()),
                    )
                    .help(format!(
                        "add this line at the head of {path}: `{marker} stairwell: requires {} {short}`",
                        creator.plugin.name
                    )),
            );
        }
    }
}

struct Need<'a> {
    object: ObjectId,
    span: Span,
    creator: &'a Folded<'a>,
    place: Span,
}

fn need<'a>(
    proof: &'a Proof<'a>,
    folded: &Folded<'_>,
    object: &ObjectId,
    origin: &Origin,
    span: &std::ops::Range<usize>,
    needs: &mut Vec<Need<'a>>,
) {
    let Some((creator, place)) = proof.place(origin) else { return };
    if creator.node.0 == folded.node.0 || proof.ancestry.is_before(creator.node, folded.node) {
        return;
    }
    let span = Span { file: folded.migration.up.file, range: span.clone() };
    needs.push(Need { object: *object, span, creator, place });
}

/// Of each plugin the need for its latest migration, which covers the others.
fn newest(mut needs: Vec<Need<'_>>) -> Vec<Need<'_>> {
    needs.sort_by_key(|need| {
        (need.creator.node.0, std::cmp::Reverse(need.creator.node.1), need.span.range.start)
    });
    let mut plugins = BTreeSet::new();
    needs.retain(|need| plugins.insert(need.creator.node.0));
    needs
}

/// The creation of a missing object by another plugin further down the plan.
pub(super) fn created_later<'a>(
    proof: &'a Proof<'_>,
    folded: &Folded<'_>,
    object: &ObjectId,
) -> Option<&'a Origin> {
    proof.creations_like(object).find(|origin| {
        proof.migrations.get(origin.step / 2).is_some_and(|creator| {
            creator.node.0 != folded.node.0 && !proof.ancestry.is_before(creator.node, folded.node)
        })
    })
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, proof};

    #[test]
    fn what_is_used_is_required() {
        assert_data_eq!(
            proof(&printers_with(&[
                ("migrations/V0001__sites.sql", "CREATE TABLE sites (id bigint PRIMARY KEY, name text);\n"),
                ("migrations/V0001__sites.down.sql", "DROP TABLE sites;\n"),
                (
                    "plugins/printers/plugin.toml",
                    "[plugin]\nname = \"printers\"\n\n[owns]\ntables = [\"printers\"]\n"
                ),
                (
                    "plugins/printers/migrations/V0002__site.sql",
                    "-- Where it stands.\nALTER TABLE printers ADD COLUMN site_id bigint REFERENCES sites;\n"
                ),
                (
                    "plugins/printers/migrations/V0002__site.down.sql",
                    "ALTER TABLE printers DROP COLUMN site_id;\n"
                ),
            ])),
            str![[r#"
the migrations have 1 error

error[missing-requirement]: `V0001__baseline` uses table public.sites, but requires no migration of `core` that has created it
 --> plugins/printers/migrations/V0001__baseline.sql:1:58
  |
1 | CREATE TABLE printers (id bigint, site bigint REFERENCES sites);
  |                                                          ^^^^^ used here
  |
 ::: migrations/V0001__sites.sql:1:14
  |
1 | CREATE TABLE sites (id bigint PRIMARY KEY, name text);
  |              ----- `core` creates it in V0001__sites
  |
  = help: add this line at the head of plugins/printers/migrations/V0001__baseline.sql: `-- stairwell: requires core 1`

"#]]
        );
    }

    #[test]
    fn what_is_created_later_in_the_plan_is_required_too() {
        assert_data_eq!(
            proof(&printers_with(&[
                ("plugins/usb/plugin.toml", "[plugin]\nname = \"usb\"\n\n[owns]\ntables = [\"usb\"]\n"),
                ("plugins/usb/migrations/V0001__baseline.sql", "CREATE TABLE usb (id bigint PRIMARY KEY);\n"),
                ("plugins/usb/migrations/V0001__baseline.down.sql", "DROP TABLE usb;\n"),
                (
                    "plugins/printers/migrations/V0002__usb.sql",
                    "ALTER TABLE printers ADD COLUMN usb_id bigint REFERENCES usb;\n"
                ),
                (
                    "plugins/printers/migrations/V0002__usb.down.sql",
                    "ALTER TABLE printers DROP COLUMN usb_id;\n"
                ),
            ])),
            str![[r#"
the migrations have 1 error

error[missing-requirement]: `V0002__usb` uses table public.usb, but requires no migration of `usb` that has created it
 --> plugins/printers/migrations/V0002__usb.sql:1:58
  |
1 | ALTER TABLE printers ADD COLUMN usb_id bigint REFERENCES usb;
  |                                                          ^^^ used here
  |
 ::: plugins/usb/migrations/V0001__baseline.sql:1:14
  |
1 | CREATE TABLE usb (id bigint PRIMARY KEY);
  |              --- `usb` creates it in V0001__baseline
  |
  = help: add this line at the head of plugins/printers/migrations/V0002__usb.sql: `-- stairwell: requires usb 1`

"#]]
        );
    }

    #[test]
    fn a_column_that_came_later_needs_a_later_migration() {
        assert_data_eq!(
            proof(&printers_with(&[
                ("migrations/V0001__sites.sql", "CREATE TABLE sites (id bigint PRIMARY KEY, name text);\n"),
                ("migrations/V0001__sites.down.sql", "DROP TABLE sites;\n"),
                ("migrations/V0002__floor.sql", "ALTER TABLE sites ADD COLUMN floor integer;\n"),
                ("migrations/V0002__floor.down.sql", "ALTER TABLE sites DROP COLUMN floor;\n"),
                (
                    "plugins/printers/migrations/V0002__count.sql",
                    "UPDATE printers SET id = (SELECT max(floor) FROM sites);\n"
                ),
                ("plugins/printers/migrations/V0002__count.down.sql", "SELECT 1;\n"),
            ])),
            str![[r#"
the migrations have 1 error

error[missing-requirement]: `V0002__count` uses column public.sites.floor, but requires no migration of `core` that has created it
 --> plugins/printers/migrations/V0002__count.sql:1:38
  |
1 | UPDATE printers SET id = (SELECT max(floor) FROM sites);
  |                                      ^^^^^ used here
  |
 ::: migrations/V0002__floor.sql:1:30
  |
1 | ALTER TABLE sites ADD COLUMN floor integer;
  |                              ----- `core` creates it in V0002__floor
  |
  = help: add this line at the head of plugins/printers/migrations/V0002__count.sql: `-- stairwell: requires core 2`

"#]]
        );
    }
}
