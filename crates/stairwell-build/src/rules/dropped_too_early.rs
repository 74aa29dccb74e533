//! An object that is dropped although a migration of another plugin needs it and may come later.

use std::collections::BTreeSet;

use stairwell_catalog::{ObjectId, Verb};
use stairwell_sql::fold::{Problem, ProblemKind, Via};

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::prove::{Folded, Proof};
use crate::source::Span;

pub(super) const RULE: Rule = Rule::proven("dropped-too-early", check);

fn check(_: &Draft, proof: &Proof<'_>, findings: &mut Findings) {
    let mut reported = BTreeSet::new();
    // The user comes first in the plan, by chance.
    let users = proof.users();
    for dropper in &proof.migrations {
        for drop in dropper.up.effects.iter().filter(|effect| {
            effect.effect.verb == Verb::Drop
                && effect.via != Via::Body
                && !effect.effect.object.kind.is_part()
        }) {
            let object = &drop.effect.object;
            // Who drops what belongs to another is told so by foreign-object.
            if proof.owner(drop).is_some_and(|owner| owner != dropper.node.0) {
                continue;
            }
            let place = Span { file: dropper.migration.up.file, range: drop.span.clone() };
            // To require the last one of a chain is to require all of it.
            for (user, span) in users.get(object).into_iter().flatten().rev() {
                let Some(user) = proof.migrations.get(*user) else { continue };
                if user.node.0 == dropper.node.0
                    || proof.ancestry.is_before(user.node, dropper.node)
                    // Whoever comes behind the drop on every database is told that the object is not there.
                    || proof.ancestry.is_before(dropper.node, user.node)
                    || !reported.insert((dropper.node, user.node.0))
                {
                    continue;
                }
                let span = Span { file: user.migration.up.file, range: span.clone() };
                findings.push(finding(object, dropper, place.clone(), user, span));
            }
        }
    }
    // The user comes behind in the plan, and finds nothing.
    for user in proof.migrations.iter().rev() {
        for problem in &user.up.problems {
            let (Some((dropper, place)), ProblemKind::Missing(object)) =
                (dropper(proof, user, problem), &problem.kind)
            else {
                continue;
            };
            if reported.insert((dropper.node, user.node.0)) {
                let span = Span { file: user.migration.up.file, range: problem.span.clone() };
                findings.push(finding(object, dropper, place, user, span));
            }
        }
    }
}

/// The migration of another plugin that dropped what this one misses, if nothing says that it goes first.
pub(super) fn dropper<'a>(
    proof: &'a Proof<'_>,
    user: &Folded<'_>,
    problem: &Problem,
) -> Option<(&'a Folded<'a>, Span)> {
    let ProblemKind::Missing(object) = &problem.kind else { return None };
    let (dropper, place) = proof.place(problem.origin.as_ref()?)?;
    let is_by_chance = !object.kind.is_part()
        && dropper.node.0 != user.node.0
        && !proof.ancestry.is_before(dropper.node, user.node);
    is_by_chance.then_some((dropper, place))
}

fn finding(
    object: &ObjectId,
    dropper: &Folded<'_>,
    place: Span,
    user: &Folded<'_>,
    span: Span,
) -> Diagnostic {
    let digits = user.migration.file_name.digits.trim_start_matches('0');
    let marker = if dropper.migration.up.rust.is_some() { "//" } else { "--" };
    let path = &dropper.migration.path;
    let (stem, user_stem) = (dropper.migration.stem(), user.migration.stem());
    Diagnostic::new(
        place,
        format!("`{stem}` drops {object}, which {user_stem} of `{}` needs", user.plugin.name),
    )
    .label("dropped here")
    .also(span, format!("`{}` uses it, and may be applied later", user.plugin.name))
    .help(format!(
            "let `{0}` go first: add this line at the head of {path}: `{marker} stairwell: requires {0} {digits}`",
            user.plugin.name
        ))
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, proof};

    #[test]
    fn whoever_needs_it_goes_first() {
        assert_data_eq!(
            proof(&printers_with(&[
                ("migrations/V0001__sites.sql", "CREATE TABLE sites (id bigint PRIMARY KEY, name text);\n"),
                ("migrations/V0001__sites.down.sql", "DROP TABLE sites;\n"),
                ("migrations/V0002__end.sql", "-- stairwell: irreversible gone\nDROP TABLE sites;\n"),
                (
                    "plugins/printers/migrations/V0002__count.sql",
                    "UPDATE printers SET id = (SELECT max(id) FROM sites);\n"
                ),
                ("plugins/printers/migrations/V0002__count.down.sql", "SELECT 1;\n"),
            ])),
            str![[r#"
the migrations have 1 error

error[dropped-too-early]: `V0002__end` drops table public.sites, which V0002__count of `printers` needs
 --> migrations/V0002__end.sql:2:12
  |
2 | DROP TABLE sites;
  |            ^^^^^ dropped here
  |
 ::: plugins/printers/migrations/V0002__count.sql:1:47
  |
1 | UPDATE printers SET id = (SELECT max(id) FROM sites);
  |                                               ----- `printers` uses it, and may be applied later
  |
  = help: let `printers` go first: add this line at the head of migrations/V0002__end.sql: `-- stairwell: requires printers 2`

"#]]
        );
    }
}
