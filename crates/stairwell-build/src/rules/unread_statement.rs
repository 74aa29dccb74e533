//! A statement that is too long to be read.

use stairwell_sql::{Reading, Unread};

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::source::Span;

pub(super) const RULE: Rule = Rule::warning("unread-statement", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for (step, sql) in draft.sql_steps() {
        let mut unread = sql.statements.iter().filter(|one| one.reading == Reading::Not(Unread::TooLong));
        let Some(first) = unread.next() else { continue };
        let text = draft.sources.text(step.file);
        let line = text[first.span.clone()].lines().next().unwrap_or_default();
        let width = line.char_indices().nth(80).map_or(line.len(), |(at, _)| at);
        let span = Span { file: step.file, range: first.span.start..first.span.start + width };
        // Behind the bound for a whole text there may be very many.
        let message = match unread.count() {
            0 => "this statement is too long to be read".to_owned(),
            more => {
                format!("this text is too long to be read: this statement, and {more} more, are left out")
            }
        };
        findings.push(
            Diagnostic::new(&span, message)
                .label("nothing about it is checked")
                .help("split it, or load its rows in a Rust step"),
        );
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn a_statement_that_is_too_long_is_said_and_rows_are_not() {
        let up = format!(
            "INSERT INTO printers VALUES (0){};\nSELECT 1\n{};\n",
            ", (1)".repeat(30_000),
            " + 1".repeat(30_000)
        );
        let up = up.replace(", (1)", ",\n(1)");
        let tree = printers_with(&[
            ("plugins/printers/migrations/V0002__later.sql", &up),
            ("plugins/printers/migrations/V0002__later.down.sql", "SELECT 1;\n"),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
sound
the migrations have 1 warning

warning[unread-statement]: this statement is too long to be read
     --> plugins/printers/migrations/V0002__later.sql:30002:1
      |
30002 | SELECT 1
      | ^^^^^^^^ nothing about it is checked
      |
      = help: split it, or load its rows in a Rust step

"#]]
        );
    }
}
