use snapbox::{assert_data_eq, str};

use super::*;
use crate::problem::ProblemKind;
use crate::with_stack;

/// What is wrong: byte, text and message.
fn problems(text: &str) -> Vec<String> {
    let problems = with_stack(|| parse(text).problems);
    let line = |problem: &Problem| {
        let at = &text[problem.span.clone()];
        match &problem.kind {
            ProblemKind::Syntax { message, help: None, .. } => format!("{:?}: {message}", at),
            ProblemKind::Syntax { message, help: Some(help), .. } => format!("{at:?}: {message}; {help}"),
            ProblemKind::MissingSemicolon { before } => {
                format!("missing `;` behind {:?}, before {before}", &text[..problem.span.start])
            }
            other => format!("{at:?}: {other:?}"),
        }
    };
    problems.iter().map(line).collect()
}

/// `good.sql` in small: one statement of many kinds.
const GOOD: &str = "-- a
CREATE TABLE \"a;b\" (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n numeric(10,2) DEFAULT 0 CHECK (n > 0));
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $body$ DECLARE q text := $q$x;y$q$;
BEGIN IF TG_OP = 'UPDATE' THEN NEW.a := now(); END IF; RETURN NEW; END; $body$;
CREATE FUNCTION add(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC; SELECT a; SELECT a + 1; END;
/* b */ INSERT INTO t (a, b) VALUES (1, 'it''s'), (2, E'\\n') ON CONFLICT DO NOTHING;
DO $$ BEGIN UPDATE t SET a = 1; EXECUTE 'drop table z'; END $$;
SELECT a #>> '{x,y}', b @> '{\"k\":1}'::jsonb, c ?| array['a'], arr[1:2], JSON_OBJECT('a': 1);
ALTER TABLE t ADD COLUMN x text, DROP COLUMN y;
CREATE VIEW v AS SELECT '\u{e9}\u{65e5}' AS x";

#[test]
fn every_statement_has_its_tree_at_its_place() {
    with_stack(|| {
        let parsed = parse(GOOD);
        assert_eq!(parsed.problems, []);
        assert_eq!(parsed.root().text().to_string(), GOOD);
        let opened = parsed.open();
        assert_eq!(opened.len(), 8);
        for one in &opened {
            assert_eq!(one.statement.reading, Reading::Whole);
            let range = one.tree.as_ref().unwrap().syntax().text_range();
            let node = GOOD[range].trim_end_matches([' ', ';']);
            assert!(node.ends_with(&GOOD[one.statement.span.clone()]), "{node}");
        }
        let bodies: Vec<usize> = (0..8).filter(|&at| opened[at].plpgsql.is_some()).collect();
        assert_eq!(bodies, [1, 4]);
    });
}

#[test]
fn only_the_first_error_of_a_statement_counts_and_the_others_are_read() {
    with_stack(|| {
        let text = "CREATE TABLE a (x int); ALTER TABLE a ADD COLUM c int nul, (); CREATE TABLE b (x int);";
        let parsed = parse(text);
        assert_eq!(parsed.problems.len(), 1);
        let readings: Vec<Reading> = parsed.statements.iter().map(|one| one.reading).collect();
        assert_eq!(readings, [Reading::Whole, Reading::Not(Unread::Problem), Reading::Whole]);
        let kinds: Vec<bool> = parsed.open().iter().map(|one| one.tree.is_some()).collect();
        assert_eq!(kinds, [true, false, true]);
    });
}

#[test]
fn errors_are_in_words_of_sql() {
    let texts = [
        "CREATE TABLE t (\n  a int\n  b int\n);",
        "CREATE TABLE t (\n  a int,\n);",
        "CREATE TABEL t (a int);",
        "CREATE OR REPLACE VEIW v AS SELECT 1;",
        "CRAETE TABLE t ();",
        "CREATE TABLE t (a int CHECK (a > 0);",
        "CREATE TABLE user (id int);",
        "CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY) ENGINE=InnoDB;",
        "CREATE TABLE `t` (id int);",
        "COMMENT ON TABLE t IS '\u{e9}\u{65e5}';  CREATE TABEL x ();",
        "CREATE INDEX IF NOT EXISTS ON t (a);",
        "ALTER TABLE t ADD",
        "CREATE POLICY p ON t FOR UPDTE USING (true);",
        "CREATE FUNCTION f() RETURNS int LANGUGE sql AS 'select 1';",
        "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETRUN 1 END $$;",
        "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1 END $$;",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELEC 1 $$;",
        "SELECT 1 ++ ;",
        "CREATE TABLE a (x int)\nCREATE TABLE b (y int);",
        "INSERT INTO t VALUES (1)\nUPDATE t SET a = 1;",
    ];
    let found: String = texts.iter().map(|text| format!("{}\n", problems(text).join("\n  "))).collect();
    assert_data_eq!(
        found,
        str![[r#"
"b": expected `,` before `b`
",": syntax error at `,`: unexpected trailing comma
"TABEL": expected a kind of object behind CREATE, not `TABEL`
"VEIW": expected a kind of object behind CREATE, not `VEIW`
"CRAETE": no statement begins with `CRAETE`
";": expected `)` before `;`
"user": expected a name before `user`; if `user` is meant as a name, write it in double quotes: it is a reserved word
"AUTO_INCREMENT": expected `,` before `AUTO_INCREMENT`; PostgreSQL writes `GENERATED ALWAYS AS IDENTITY`
"`": expected a name before a backtick; PostgreSQL quotes names with ", not with backticks
"TABEL": expected a kind of object behind CREATE, not `TABEL`
"ON": expected a name before `ON`
"": expected a name at the end of the statement
"UPDTE": expected ALL, SELECT, INSERT, UPDATE, or DELETE before `UPDTE`
"LANGUGE": expected an option of the function before `LANGUGE`
"RETRUN": no statement begins with `RETRUN`
"END": expected `;` before `END`
"SELEC": no statement begins with `SELEC`
"": expected an expression at the end of the statement
missing `;` behind "CREATE TABLE a (x int)", before CREATE
missing `;` behind "INSERT INTO t VALUES (1)", before UPDATE

"#]]
    );
}

#[test]
fn known_gaps_of_the_parser_are_no_errors() {
    with_stack(|| {
        for text in [
            "ALTER USER MAPPING FOR user SERVER s OPTIONS (SET user 'u');",
            "ALTER STATISTICS IF EXISTS s.\"x\" SET STATISTICS 100;",
            "SET ROLE TO DEFAULT;",
            "SET LOCAL ROLE TO app;",
        ] {
            let parsed = parse(text);
            assert_eq!(parsed.problems, [], "{text}");
            assert_eq!(parsed.statements[0].reading, Reading::Not(Unread::UnknownGrammar));
        }
        assert_eq!(parse("ALTER STATISTICS s SET STATISTICS 100;").statements[0].reading, Reading::Whole);
    });
}

/// Each of these is accepted by servers 15 and 18, and refused by squawk as it is.
#[test]
fn into_stands_anywhere_in_plpgsql() {
    for statement in [
        "SELECT a FROM t INTO x",
        "select into strict x, r.y a, b from t",
        "INSERT INTO t VALUES (1) RETURNING a INTO x[1], y",
        "WITH c AS (SELECT 1) SELECT CASE WHEN a THEN 1 ELSE 2 END FROM c INTO x",
        "FETCH c INTO x",
        "EXECUTE 'select 1' INTO x USING y",
        "SELECT count(*) INTO x FROM t",
    ] {
        assert_eq!(problems(&format!("DO $$ BEGIN {statement}; END $$;")), [""; 0], "{statement}");
    }
    let wrong = "DO $$ BEGIN SELECT a FROM WHERE b INTO x; END $$;";
    assert_eq!(problems(wrong), ["\"WHERE\": expected from item before `WHERE`"]);
}

#[test]
fn elements_of_a_schema_end_with_it() {
    with_stack(|| {
        let parsed =
            parse("CREATE SCHEMA s CREATE TABLE a (); CREATE TABLE b ();\nCREATE VIEW v AS SELECT 1;");
        assert_eq!(parsed.problems, []);
        assert!(parsed.open().iter().all(|one| one.tree.is_some()));
    });
}

#[test]
fn what_is_too_long_is_read_by_its_head_or_not_at_all() {
    with_stack(|| {
        let rows = format!("INSERT INTO t VALUES (0){};", ", (1, 'a')".repeat(20_000));
        let parsed = parse(&rows);
        assert_eq!(parsed.statements[0].reading, Reading::Head);
        let tree = parsed.open()[0].tree.as_ref().unwrap().syntax().text().to_string();
        assert_eq!(tree.trim_end_matches([' ', ';']), "INSERT INTO t VALUES (0)");
        let chain = format!("SELECT 1{}; SELECT 2;", " + 1".repeat(500_000));
        let parsed = parse(&chain);
        let readings: Vec<Reading> = parsed.statements.iter().map(|one| one.reading).collect();
        assert_eq!(readings, [Reading::Not(Unread::TooLong), Reading::Whole]);
        assert_eq!(parsed.problems, []);
        let literal = format!("INSERT INTO t VALUES ('{}');", "x".repeat(1_000_000));
        assert_eq!(parse(&literal).statements[0].reading, Reading::Whole);
    });
}

#[test]
fn a_line_of_placeholders_takes_linear_time() {
    let text = format!("SELECT {};", "{a} ".repeat(50_000));
    let start = std::time::Instant::now();
    assert_eq!(with_stack(|| parse(&text).problems.len()), 50_000);
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}

/// A tree is dropped by whoever holds it, on a stack of the usual size.
#[test]
fn the_deepest_tree_that_is_read_needs_no_large_stack_to_be_dropped() {
    let depth = crate::lex::MAX_DEPTH;
    let brackets = format!("SELECT {}1{};", "(".repeat(depth), ")".repeat(depth));
    let chain = format!("SELECT 1{};", " + 1".repeat(500));
    let nots = format!("SELECT {} a;", "NOT ".repeat(500));
    for text in [brackets, chain, nots] {
        let parsed = with_stack(|| parse(&text));
        assert_eq!(parsed.statements[0].reading, Reading::Whole);
        let small = std::thread::Builder::new().stack_size(1 << 20);
        small.spawn(move || drop(parsed)).unwrap().join().unwrap();
    }
}

#[test]
fn a_comment_of_squawk_silences_nothing() {
    with_stack(|| {
        let text = "-- squawk-ignore-file\n/* squawk-disable-assume-in-transaction */ SELECT 1;";
        let parsed = parse(text);
        assert!(!parsed.root().text().to_string().contains("squawk"));
        assert_eq!(parsed.root().text().to_string().len(), text.len());
        assert_eq!(parsed.comments.len(), 2);
    });
}

/// Replaces, drops or repeats a part of a text.
fn mutated(text: &str, at: usize, width: usize, with: &str) -> String {
    let floor = |mut at: usize| {
        at = at.min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let (start, end) = (floor(at), floor(at + width));
    format!("{}{with}{}", &text[..start], &text[end..])
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(300))]

    #[test]
    fn any_text_is_read_without_harm(
        at in 0..GOOD.len(),
        width in 0..40_usize,
        with in "[a-zA-Z0-9'\"$;:(){}\\[\\],.%@\\\\/*\\- \n=\u{e4}]{0,12}",
    ) {
        let text = mutated(GOOD, at, width, &with);
        let (parsed, tree) = with_stack(|| {
            let parsed = parse(&text);
            let tree = parsed.root().text().to_string();
            for one in parsed.open() {
                assert_eq!(one.tree.is_some(), !matches!(one.statement.reading, Reading::Not(_)));
                if let Some(tree) = one.tree {
                    let range = tree.syntax().text_range();
                    let (start, end) = (usize::from(range.start()), usize::from(range.end()));
                    let span = &one.statement.span;
                    assert!(start <= span.start && span.start < end, "{span:?} {start}..{end}");
                }
            }
            (parsed, tree)
        });
        proptest::prop_assert_eq!(tree.len(), text.len());
        if parsed.problems.is_empty() {
            proptest::prop_assert_eq!(tree, &text[..]);
        }
        let mut last = 0;
        for statement in &parsed.statements {
            proptest::prop_assert!(last <= statement.span.start && statement.span.start < statement.span.end);
            proptest::prop_assert!(text.get(statement.span.clone()).is_some());
            last = statement.span.end;
        }
        for problem in &parsed.problems {
            proptest::prop_assert!(text.get(problem.span.clone()).is_some(), "{:?}", problem);
        }
    }
}
