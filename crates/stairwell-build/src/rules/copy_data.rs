//! `COPY` from or to the client, which a migration does not have.

use stairwell_sql::ProblemKind;

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::source::Span;

pub(super) const RULE: Rule = Rule::error("copy-data", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for (step, sql) in draft.sql_steps() {
        for problem in &sql.problems {
            let span = Span { file: step.file, range: problem.span.clone() };
            let ProblemKind::Copy { data } = &problem.kind else { continue };
            let found =
                Diagnostic::new(&span, "`COPY` with the client at its other end cannot run in a migration");
            let found = found.label("nobody sends or takes the rows");
            findings.push(match data {
                Some(data) => {
                    // The rows may be many; their first line shows where they are.
                    let text = draft.sources.text(step.file);
                    let first = text[data.clone()].lines().next().unwrap_or_default().len();
                    let rows = Span { file: step.file, range: data.start..data.start + first };
                    found
                        .also(rows, "the rows begin here")
                        .help("write the rows as `INSERT`; `pg_dump --inserts` does it")
                }
                None => found.help("write `INSERT`, or `COPY` from a file of the server"),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn rows_are_shown_and_not_read_as_sql() {
        let tree = printers_with(&[
            (
                "plugins/printers/migrations/V0002__later.sql",
                "COPY printers (id) FROM stdin;\n1\n2;'\n\\.\nCOPY printers TO STDOUT;\nCOPY printers FROM '/srv/printers.csv';\n",
            ),
            ("plugins/printers/migrations/V0002__later.down.sql", "SELECT 1;\n"),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 2 errors

error[copy-data]: `COPY` with the client at its other end cannot run in a migration
 --> plugins/printers/migrations/V0002__later.sql:1:1
  |
1 | COPY printers (id) FROM stdin;
  | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ nobody sends or takes the rows
2 | 1
  | - the rows begin here
  |
  = help: write the rows as `INSERT`; `pg_dump --inserts` does it

error[copy-data]: `COPY` with the client at its other end cannot run in a migration
 --> plugins/printers/migrations/V0002__later.sql:5:1
  |
5 | COPY printers TO STDOUT;
  | ^^^^^^^^^^^^^^^^^^^^^^^ nobody sends or takes the rows
  |
  = help: write `INSERT`, or `COPY` from a file of the server

"#]]
        );
    }
}
