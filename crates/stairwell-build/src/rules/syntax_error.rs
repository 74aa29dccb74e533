//! A statement that PostgreSQL's grammar does not know.

use stairwell_sql::ProblemKind;

use super::{Findings, Rule};
use crate::diagnostic::Diagnostic;
use crate::draft::Draft;
use crate::source::Span;
use crate::suggest::closest;

pub(super) const RULE: Rule = Rule::error("syntax-error", check);

fn check(draft: &Draft, findings: &mut Findings) {
    for (step, sql) in draft.sql_steps() {
        for problem in &sql.problems {
            let span = Span { file: step.file, range: problem.span.clone() };
            findings.push(match &problem.kind {
                ProblemKind::Syntax { message, help, expected } => {
                    let found = Diagnostic::new(&span, message);
                    let written = &draft.sources.text(step.file)[problem.span.clone()];
                    match (help, closest(written, expected.iter().copied())) {
                        (Some(help), _) => found.help(help),
                        (None, Some(name)) => {
                            found.fix(format!("did you mean `{name}`?"), span.clone(), name)
                        }
                        (None, None) => found.help("write it as the manual of PostgreSQL has it"),
                    }
                }
                ProblemKind::MissingSemicolon { before } => {
                    let message = format!("a `;` is missing before `{before}`");
                    Diagnostic::new(&span, message).fix("end the statement here", span.clone(), ";")
                }
                _ => continue,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, str};

    use crate::rules::tests::{printers_with, report};

    #[test]
    fn every_statement_shows_its_first_error() {
        let tree = printers_with(&[
            (
                "plugins/printers/migrations/V0002__later.sql",
                "CREATE TABEL trays (id bigint);\nALTER TABLE printers ADD COLUM a int nul;\nSELECT 1;\nCREATE TABLE a (\n    x int\n    y int\n);\n",
            ),
            ("plugins/printers/migrations/V0002__later.down.sql", "SELECT 1;\n"),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 3 errors

error[syntax-error]: expected a kind of object behind CREATE, not `TABEL`
 --> plugins/printers/migrations/V0002__later.sql:1:8
  |
1 | CREATE TABEL trays (id bigint);
  |        ^^^^^
  |
help: did you mean `TABLE`?
  |
1 - CREATE TABEL trays (id bigint);
1 + CREATE TABLE trays (id bigint);
  |

error[syntax-error]: syntax error at `int`
 --> plugins/printers/migrations/V0002__later.sql:2:34
  |
2 | ALTER TABLE printers ADD COLUM a int nul;
  |                                  ^^^
  |
  = help: write it as the manual of PostgreSQL has it

error[syntax-error]: expected `,` before `y`
 --> plugins/printers/migrations/V0002__later.sql:6:5
  |
6 |     y int
  |     ^
  |
  = help: write it as the manual of PostgreSQL has it

"#]]
        );
    }

    #[test]
    fn a_missing_semicolon_is_said_e_3() {
        let tree = printers_with(&[
            (
                "plugins/printers/migrations/V0002__later.sql",
                "ALTER TABLE printers ADD COLUMN a int\nALTER TABLE printers ADD COLUMN b int;\n",
            ),
            (
                "plugins/printers/migrations/V0002__later.down.sql",
                "ALTER TABLE printers DROP COLUMN b\nALTER TABLE printers DROP COLUMN a;\n",
            ),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 2 errors

error[syntax-error]: a `;` is missing before `ALTER`
 --> plugins/printers/migrations/V0002__later.down.sql:1:35
  |
1 | ALTER TABLE printers DROP COLUMN b
  |                                   ^
  |
help: end the statement here
  |
1 | ALTER TABLE printers DROP COLUMN b;
  |                                   +

error[syntax-error]: a `;` is missing before `ALTER`
 --> plugins/printers/migrations/V0002__later.sql:1:38
  |
1 | ALTER TABLE printers ADD COLUMN a int
  |                                      ^
  |
help: end the statement here
  |
1 | ALTER TABLE printers ADD COLUMN a int;
  |                                      +

"#]]
        );
    }

    #[test]
    fn bodies_of_functions_are_read() {
        let tree = printers_with(&[
            (
                "plugins/printers/migrations/V0002__later.sql",
                "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$\nBEGIN\n    RETRUN 1;\nEND\n$$;\nCREATE FUNCTION g() RETURNS int LANGUAGE sql AS $$ SELECT 1 FORM t $$;\nDO $$ BEGIN SELECT a INTO b FORM c; END $$;\n",
            ),
            ("plugins/printers/migrations/V0002__later.down.sql", "SELECT 1;\n"),
        ]);
        assert_data_eq!(
            report(&tree),
            str![[r#"
the migrations have 3 errors

error[syntax-error]: no statement begins with `RETRUN`
 --> plugins/printers/migrations/V0002__later.sql:3:5
  |
3 |     RETRUN 1;
  |     ^^^^^^
  |
help: did you mean `RETURN`?
  |
3 -     RETRUN 1;
3 +     RETURN 1;
  |

error[syntax-error]: syntax error at `t`: missing comma
 --> plugins/printers/migrations/V0002__later.sql:6:66
  |
6 | CREATE FUNCTION g() RETURNS int LANGUAGE sql AS $$ SELECT 1 FORM t $$;
  |                                                                  ^
  |
  = help: write it as the manual of PostgreSQL has it

error[syntax-error]: syntax error at `c`: missing comma
 --> plugins/printers/migrations/V0002__later.sql:7:34
  |
7 | DO $$ BEGIN SELECT a INTO b FORM c; END $$;
  |                                  ^
  |
  = help: write it as the manual of PostgreSQL has it

"#]]
        );
    }
}
