//! An object that is dropped while others depend on it.

use stairwell_sql::fold::ProblemKind;

use super::{Adjustable, Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::prove::Proof;
use crate::source::Span;

pub(super) const RULE: Rule = Rule::proven("object-in-use", check).adjustable(Adjustable::InMigrations);

/// How many of the dependent objects a message names.
const NAMED: usize = 5;

fn check(_: &Draft, proof: &Proof<'_>, findings: &mut Findings) {
    for folded in &proof.migrations {
        for (step, outcome) in folded.steps() {
            for problem in &outcome.problems {
                let ProblemKind::InUse { object, by } = &problem.kind else { continue };
                let span = Span { file: step.file, range: problem.span.clone() };
                let mut found = Diagnostic::new(span, format!("{object} is still in use"))
                    .label("PostgreSQL refuses this");
                if let Some((creator, place)) = problem.origin.as_ref().and_then(|origin| proof.place(origin))
                    && let Some(first) = by.first()
                {
                    found = found
                        .also(place, format!("{first} depends on it, created by `{}`", creator.plugin.name));
                }
                for dependent in by.iter().skip(1).take(NAMED - 1) {
                    found = found.note(format!("{dependent} depends on it as well"));
                }
                if by.len() > NAMED {
                    found = found.note(format!("and {} more", by.len() - NAMED));
                }
                findings.push(found.help("drop what depends on it first, or add CASCADE if it may all go"));
            }
        }
    }
}
