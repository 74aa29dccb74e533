//! A quote or a comment that is never closed.

use stairwell_sql::{Mark, ProblemKind};

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::source::Span;

pub(super) const RULE: Rule = Rule::error("unterminated-text", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for (step, sql) in draft.sql_steps() {
        for problem in &sql.problems {
            let span = Span { file: step.file, range: problem.span.clone() };
            let ProblemKind::Unterminated(mark) = problem.kind else { continue };
            let opening = draft.sources.text(step.file)[problem.span.clone()].to_owned();
            let (message, help) = match mark {
                Mark::Text => (
                    "a string is never closed",
                    "close it with `'`; a `'` inside is written twice".to_owned(),
                ),
                Mark::Name => ("a quoted name is never closed", "close it with `\"`".to_owned()),
                Mark::Dollar => {
                    ("a dollar quote is never closed", format!("close it with `{opening}`, letter by letter"))
                }
                Mark::Comment => {
                    ("a comment is never closed", "close it with `*/`; comments nest".to_owned())
                }
            };
            findings.push(Diagnostic::new(&span, message).label("it begins here").help(help));
        }
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn each_kind_shows_where_it_begins() {
        let tree = printers_with(&[
            (
                "plugins/printers/migrations/V0002__later.sql",
                "INSERT INTO printers VALUES ('abc);\nSELECT 1;\n",
            ),
            ("plugins/printers/migrations/V0002__later.down.sql", "DO $body$ BEGIN NULL; END $bdy$;\n"),
            ("plugins/printers/migrations/V0003__more.sql", "SELECT \"a;\n"),
            ("plugins/printers/migrations/V0003__more.down.sql", "SELECT 1;\n/* a /* b */\nSELECT 2;\n"),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 4 errors and 1 warning

error[unterminated-text]: a dollar quote is never closed
 --> plugins/printers/migrations/V0002__later.down.sql:1:4
  |
1 | DO $body$ BEGIN NULL; END $bdy$;
  |    ^^^^^^ it begins here
  |
  = help: close it with `$body$`, letter by letter

error[unterminated-text]: a string is never closed
 --> plugins/printers/migrations/V0002__later.sql:1:30
  |
1 | INSERT INTO printers VALUES ('abc);
  |                              ^ it begins here
  |
  = help: close it with `'`; a `'` inside is written twice

error[unterminated-text]: a comment is never closed
 --> plugins/printers/migrations/V0003__more.down.sql:2:1
  |
2 | /* a /* b */
  | ^^ it begins here
  |
  = help: close it with `*/`; comments nest

warning[unhelpful-name]: the name of `V0003__more` says nothing: any migration could be called that
 --> plugins/printers/migrations/V0003__more.sql:1:1
  |
1 | SELECT "a;
  | ^^^^^^^^^^
  |
  = note: a released one stays as it is: `[names] ignore = ["V0003__more"]` in plugin.toml
  = help: name it after what it does, such as `add_toner_level`

error[unterminated-text]: a quoted name is never closed
 --> plugins/printers/migrations/V0003__more.sql:1:8
  |
1 | SELECT "a;
  |        ^ it begins here
  |
  = help: close it with `"`

"#]]
        );
    }
}
