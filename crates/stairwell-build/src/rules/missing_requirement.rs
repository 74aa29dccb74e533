//! A migration that touches another plugin's object without requiring the migration that creates it.

use std::collections::BTreeSet;

use stairwell_catalog::ObjectId;
use stairwell_sql::fold::{Origin, ProblemKind, Via};

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::prove::{Folded, Proof};
use crate::source::Span;

pub(super) const RULE: Rule = Rule::proven("missing-requirement", check);

fn check(_: &Draft, proof: &Proof<'_>, findings: &mut Findings) {
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
            let version = &creator.migration.file_name.digits;
            let short = version.trim_start_matches('0');
            let message = format!(
                "`{}` uses {}, but requires no migration of `{}` that has created it",
                folded.migration.stem(),
                need.object,
                creator.plugin.name
            );
            let line = format!("-- stairwell: requires {} {short}\n", creator.plugin.name);
            let top = Span { file: folded.migration.up.file, range: 0..0 };
            let line = if folded.migration.up.rust.is_some() { line.replacen("--", "//", 1) } else { line };
            findings.push(
                Diagnostic::new(need.span, message)
                    .label("used here")
                    .also(
                        need.place,
                        format!("`{}` creates it in {}", creator.plugin.name, creator.migration.stem()),
                    )
                    .fix(
                        format!("require {} of `{}`", creator.migration.stem(), creator.plugin.name),
                        top,
                        line,
                    ),
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
    needs.push(Need { object: object.clone(), span, creator, place });
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

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn what_is_used_is_required() {
        assert_data_eq!(
            report(&printers_with(&[
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
            str![[]]
        );
    }

    #[test]
    fn what_is_created_later_in_the_plan_is_required_too() {
        assert_data_eq!(
            report(&printers_with(&[
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
            str![[]]
        );
    }

    #[test]
    fn a_column_that_came_later_needs_a_later_migration() {
        assert_data_eq!(
            report(&printers_with(&[
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
            str![[]]
        );
    }
}
