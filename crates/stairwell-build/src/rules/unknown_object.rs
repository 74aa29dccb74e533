//! An object that is used but is not there, or not any more.

use stairwell_catalog::ObjectId;
use stairwell_sql::fold::ProblemKind;

use super::{Adjustable, Findings, Rule, missing_requirement};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::prove::Proof;
use crate::source::Span;

pub(super) const RULE: Rule = Rule::proven("unknown-object", check).adjustable(Adjustable::InMigrations);

fn check(_: &Draft, proof: &Proof<'_>, findings: &mut Findings) {
    for folded in &proof.migrations {
        for (step, outcome) in folded.steps() {
            for problem in &outcome.problems {
                let ProblemKind::Missing(object) = &problem.kind else { continue };
                // A requirement is what is missing, then.
                if missing_requirement::created_later(proof, folded, object).is_some() {
                    continue;
                }
                let span = Span { file: step.file, range: problem.span.clone() };
                let found =
                    Diagnostic::new(span, format!("there is no {object} at this point")).label("not there");
                findings.push(match problem.origin.as_ref().and_then(|origin| proof.place(origin)) {
                    Some((by, place)) => found
                        .also(place, format!("`{}` dropped or renamed it in {}", by.plugin.name, by.migration.stem()))
                        .help("use what took its place, or move the statement to where the object still is"),
                    None => {
                        let names = proof.names_like(object);
                        let otherwise = "create it in an earlier migration, or name it under `[outside]` in stairwell.toml if it is created elsewhere";
                        match crate::suggest::closest(object.short_name(), names.iter().map(String::as_str)) {
                            Some(name) => found.help(format!("did you mean `{name}`?")),
                            None => found.help(help(object, otherwise)),
                        }
                    }
                });
            }
        }
    }
}

fn help(object: &ObjectId, otherwise: &str) -> String {
    if object.kind.is_part() { "create it in an earlier migration".to_owned() } else { otherwise.to_owned() }
}
