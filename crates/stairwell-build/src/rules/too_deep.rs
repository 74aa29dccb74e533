//! Brackets, `CASE` or blocks that nest too deep to be read.

use stairwell_sql::ProblemKind;

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::source::Span;

pub(super) const RULE: Rule = Rule::error("too-deep", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for (step, sql) in draft.sql_steps() {
        for problem in &sql.problems {
            let span = Span { file: step.file, range: problem.span.clone() };
            if problem.kind != ProblemKind::TooDeep {
                continue;
            }
            let bound = stairwell_sql::lex::MAX_DEPTH;
            let found = Diagnostic::new(&span, format!("this nests more than {bound} deep"));
            findings.push(found.label("one too many").help("split the statement"));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::tests::{printers_with, report};

    #[test]
    fn ten_thousand_brackets_are_refused() {
        let up = format!("SELECT\n{}1{};\n", "(\n".repeat(10_000), ")".repeat(10_000));
        let tree = printers_with(&[
            ("plugins/printers/migrations/V0002__later.sql", &up),
            ("plugins/printers/migrations/V0002__later.down.sql", "SELECT 1;\n"),
        ]);
        let report = report(&tree);
        snapbox::assert_data_eq!(
            report.lines().take(4).collect::<Vec<_>>().join("\n"),
            snapbox::str![[r#"
the migrations have 1 error

error[too-deep]: this nests more than 200 deep
   --> plugins/printers/migrations/V0002__later.sql:202:1
"#]]
        );
    }
}
