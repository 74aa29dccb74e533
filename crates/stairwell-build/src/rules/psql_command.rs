//! A command of psql, which no server knows.

use stairwell_sql::ProblemKind;

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::source::Span;

pub(super) const RULE: Rule = Rule::error("psql-command", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for (step, sql) in draft.sql_steps() {
        for problem in &sql.problems {
            let span = Span { file: step.file, range: problem.span.clone() };
            let ProblemKind::PsqlCommand { name } = &problem.kind else { continue };
            let help = match name.as_str() {
                "\\i" | "\\ir" | "\\include" | "\\include_relative" => {
                    "put the statements of that file here; a migration is one text"
                }
                "\\restrict" | "\\unrestrict" => "pg_dump writes it for psql; delete the line",
                "\\." => "it ends the rows of a `COPY … FROM STDIN`; write `INSERT` instead",
                _ => "delete the line; what psql is told here, a migration cannot be told",
            };
            let found = Diagnostic::new(&span, format!("`{name}` is a command of psql"));
            findings.push(found.label("the server does not know it").help(help));
        }
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn commands_of_psql_are_refused() {
        let tree = printers_with(&[
            (
                "plugins/printers/migrations/V0002__later.sql",
                "\\restrict abc'def\n\\i trays.sql\nSELECT 1;\n\\connect other\n",
            ),
            ("plugins/printers/migrations/V0002__later.down.sql", "SELECT 1;\n"),
        ]);
        assert_data_eq!(
            report(&tree).replace('\\', "‹backslash›"),
            str![[r#"
the migrations have 3 errors

error[psql-command]: `‹backslash›restrict` is a command of psql
 --> plugins/printers/migrations/V0002__later.sql:1:1
  |
1 | ‹backslash›restrict abc'def
  | ^^^^^^^^^ the server does not know it
  |
  = help: pg_dump writes it for psql; delete the line

error[psql-command]: `‹backslash›i` is a command of psql
 --> plugins/printers/migrations/V0002__later.sql:2:1
  |
2 | ‹backslash›i trays.sql
  | ^^ the server does not know it
  |
  = help: put the statements of that file here; a migration is one text

error[psql-command]: `‹backslash›connect` is a command of psql
 --> plugins/printers/migrations/V0002__later.sql:4:1
  |
4 | ‹backslash›connect other
  | ^^^^^^^^ the server does not know it
  |
  = help: delete the line; what psql is told here, a migration cannot be told

"#]]
        );
    }
}
