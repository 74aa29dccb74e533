//! An object that is dropped although a migration of another plugin needs it and may come later.

use std::collections::BTreeSet;

use stairwell_catalog::{ObjectId, Verb};
use stairwell_sql::fold::Via;

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::prove::Proof;
use crate::source::Span;

pub(super) const RULE: Rule = Rule::proven("dropped-too-early", check);

fn check(_: &Draft, proof: &Proof<'_>, findings: &mut Findings) {
    let users = proof.users();
    for folded in &proof.migrations {
        let mut reported = BTreeSet::new();
        let drops = folded.up.effects.iter().filter(|effect| {
            effect.effect.verb == Verb::Drop
                && effect.via != Via::Body
                && !effect.effect.object.kind.is_part()
        });
        for drop in drops {
            let object: &ObjectId = &drop.effect.object;
            for (user, span) in users.get(object).into_iter().flatten() {
                let Some(user) = proof.migrations.get(*user) else { continue };
                let is_safe = user.node.0 == folded.node.0
                    || proof.ancestry.is_before(user.node, folded.node)
                    // Whoever comes behind the drop on every database uses something else of that name,
                    // or is told that it is not there.
                    || proof.ancestry.is_before(folded.node, user.node);
                if is_safe || !reported.insert((object.clone(), user.node)) {
                    continue;
                }
                let place = Span { file: folded.migration.up.file, range: drop.span.clone() };
                let digits = user.migration.file_name.digits.trim_start_matches('0');
                let line = format!("-- stairwell: requires {} {digits}\n", user.plugin.name);
                let top = Span { file: folded.migration.up.file, range: 0..0 };
                findings.push(
                    Diagnostic::new(
                        place,
                        format!(
                            "`{}` drops {object}, which {} of `{}` needs",
                            folded.migration.stem(),
                            user.migration.stem(),
                            user.plugin.name
                        ),
                    )
                    .label("dropped here")
                    .also(
                        Span { file: user.migration.up.file, range: span.clone() },
                        format!("`{}` uses it, and may be applied later", user.plugin.name),
                    )
                    .fix(format!("let `{}` go first", user.plugin.name), top, line),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn whoever_needs_it_goes_first() {
        assert_data_eq!(
            report(&printers_with(&[
                ("migrations/V0001__sites.sql", "CREATE TABLE sites (id bigint PRIMARY KEY, name text);\n"),
                ("migrations/V0001__sites.down.sql", "DROP TABLE sites;\n"),
                ("migrations/V0002__end.sql", "-- stairwell: irreversible gone\nDROP TABLE sites;\n"),
                (
                    "plugins/printers/migrations/V0002__count.sql",
                    "UPDATE printers SET id = (SELECT max(id) FROM sites);\n"
                ),
                ("plugins/printers/migrations/V0002__count.down.sql", "SELECT 1;\n"),
            ])),
            str![[]]
        );
    }
}
