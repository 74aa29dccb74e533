//! Something that another program was to replace.

use stairwell_sql::{Placeholder, ProblemKind};

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::source::Span;

pub(super) const RULE: Rule = Rule::error("template-placeholder", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for (step, sql) in draft.sql_steps() {
        for problem in &sql.problems {
            let span = Span { file: step.file, range: problem.span.clone() };
            let ProblemKind::Placeholder(placeholder) = problem.kind else { continue };
            let written = draft.sources.text(step.file)[problem.span.clone()].to_owned();
            let help = match placeholder {
                Placeholder::Colon => "psql and some drivers replace it; write the value itself",
                Placeholder::Percent => {
                    "some drivers replace it; a migration takes no parameters, so write the value itself"
                }
                Placeholder::Braces | Placeholder::Dollar | Placeholder::At => {
                    "a template engine replaces it; write what it stands for"
                }
            };
            let found =
                Diagnostic::new(&span, format!("`{written}` is a placeholder, and nothing fills it in"));
            findings.push(found.label("the server would see it as it is").help(help));
        }
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn placeholders_are_refused_where_they_stand() {
        let tree = printers_with(&[
            (
                "plugins/printers/migrations/V0002__later.sql",
                "CREATE TABLE {{ schema }}.trays (id bigint);\nGRANT SELECT ON printers TO ${role};\nINSERT INTO printers VALUES (:id), (%(id)s);\nSELECT '{{x}}', a::int, b[1:2], j ? 'k' FROM printers;\n",
            ),
            ("plugins/printers/migrations/V0002__later.down.sql", "SELECT 1;\n"),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 4 errors

error[template-placeholder]: `{{ schema }}` is a placeholder, and nothing fills it in
 --> plugins/printers/migrations/V0002__later.sql:1:14
  |
1 | CREATE TABLE {{ schema }}.trays (id bigint);
  |              ^^^^^^^^^^^^ the server would see it as it is
  |
  = help: a template engine replaces it; write what it stands for

error[template-placeholder]: `${role}` is a placeholder, and nothing fills it in
 --> plugins/printers/migrations/V0002__later.sql:2:29
  |
2 | GRANT SELECT ON printers TO ${role};
  |                             ^^^^^^^ the server would see it as it is
  |
  = help: a template engine replaces it; write what it stands for

error[template-placeholder]: `:id` is a placeholder, and nothing fills it in
 --> plugins/printers/migrations/V0002__later.sql:3:30
  |
3 | INSERT INTO printers VALUES (:id), (%(id)s);
  |                              ^^^ the server would see it as it is
  |
  = help: psql and some drivers replace it; write the value itself

error[template-placeholder]: `%(id)s` is a placeholder, and nothing fills it in
 --> plugins/printers/migrations/V0002__later.sql:3:37
  |
3 | INSERT INTO printers VALUES (:id), (%(id)s);
  |                                     ^^^^^^ the server would see it as it is
  |
  = help: some drivers replace it; a migration takes no parameters, so write the value itself

"#]]
        );
    }
}
