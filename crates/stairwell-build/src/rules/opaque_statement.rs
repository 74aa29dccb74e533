//! A statement whose effects cannot be seen at build time.

use super::{Adjustable, Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::prove::Proof;
use crate::source::Span;

pub(super) const RULE: Rule =
    Rule::proven("opaque-statement", check).as_warning().adjustable(Adjustable::InMigrations);

fn check(_: &Draft, proof: &Proof<'_>, findings: &mut Findings) {
    for folded in &proof.migrations {
        for (step, outcome) in folded.steps() {
            // A body is only run by somebody, whose statement is reported.
            for opaque in outcome.opaque.iter().filter(|opaque| opaque.everything) {
                let span = Span { file: step.file, range: opaque.span.clone() };
                findings.push(
                    Diagnostic::new(span, "what this does cannot be seen at build time")
                        .label(&opaque.reason)
                        .note("from here on nothing is called missing, existing or left over")
                        .help("write the statement out, or allow it with a reason: `-- stairwell: allow opaque-statement …`"),
                );
            }
        }
    }
}
