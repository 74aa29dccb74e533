use super::*;
use crate::problem::Placeholder;

fn statements(text: &str) -> Vec<&str> {
    lex(text).statements.iter().map(|statement| &text[statement.span.clone()]).collect()
}

/// What is wrong, with the text that it is about.
fn problems(text: &str) -> Vec<(String, &str)> {
    let name = |kind: &ProblemKind| match kind {
        ProblemKind::PsqlCommand { name } => format!("psql {name}"),
        ProblemKind::Copy { data: None } => "copy".to_owned(),
        ProblemKind::Copy { data: Some(data) } => format!("copy {:?}", &text[data.clone()]),
        ProblemKind::Unterminated(mark) => format!("unterminated {mark:?}"),
        ProblemKind::Placeholder(placeholder) => format!("{placeholder:?}"),
        ProblemKind::TooDeep => "too deep".to_owned(),
        other => format!("{other:?}"),
    };
    lex(text).problems.iter().map(|problem| (name(&problem.kind), &text[problem.span.clone()])).collect()
}

#[test]
fn splits_at_true_statement_ends() {
    let table: [(&str, &[&str]); 17] = [
        ("", &[]),
        (" -- only a comment\n/* and /* a nested */ one */ ; ;", &[]),
        ("SELECT 1; SELECT 2", &["SELECT 1", "SELECT 2"]),
        ("SELECT ';' ; SELECT \"a;b\"", &["SELECT ';'", "SELECT \"a;b\""]),
        ("SELECT 'it''s; so'; x", &["SELECT 'it''s; so'", "x"]),
        (r"SELECT E'\';'; x", &[r"SELECT E'\';'", "x"]),
        (r"SELECT '\'; x", &[r"SELECT '\'", "x"]),
        ("SELECT E'a'\n 'b\\';c'; x", &["SELECT E'a'\n 'b\\';c'", "x"]),
        ("SELECT 1; -- c\rDROP TABLE x;\nSELECT 2;", &["SELECT 1", "DROP TABLE x", "SELECT 2"]),
        ("\u{0B}", &[]),
        ("DO $$ BEGIN a; b; END $$; x", &["DO $$ BEGIN a; b; END $$", "x"]),
        ("DO $a$ $$ ; $b$ ; $a$; x", &["DO $a$ $$ ; $b$ ; $a$", "x"]),
        ("SELECT $1; SELECT a$b$c; x", &["SELECT $1", "SELECT a$b$c", "x"]),
        ("a -- ; not here\n b; c", &["a -- ; not here\n b", "c"]),
        ("SELECT U&'d;' , N'n;', X'1', U&\"a;b\"; x", &["SELECT U&'d;' , N'n;', X'1', U&\"a;b\"", "x"]),
        (
            "CREATE FUNCTION f() BEGIN ATOMIC SELECT CASE WHEN a THEN 1 END; SELECT 2; END; x",
            &["CREATE FUNCTION f() BEGIN ATOMIC SELECT CASE WHEN a THEN 1 END; SELECT 2; END", "x"],
        ),
        ("CREATE RULE r AS ON INSERT TO t DO (a; b); x", &["CREATE RULE r AS ON INSERT TO t DO (a; b)", "x"]),
    ];
    for (text, expected) in table {
        assert_eq!(statements(text), expected, "{text}");
    }
}

#[test]
fn tells_leading_comments_from_later_ones_and_lines_from_blocks() {
    let text = "-- one\n/* x */ -- two\nSELECT 1; -- three";
    let lexed = lex(text);
    let comments: Vec<(&str, bool, bool)> = lexed
        .comments
        .iter()
        .map(|comment| (&text[comment.range.clone()], comment.is_block, comment.is_behind))
        .collect();
    let expected =
        [(" one", false, false), (" x ", true, false), (" two", false, false), (" three", false, true)];
    assert_eq!(comments, expected);
}

#[test]
fn a_comment_in_a_function_body_is_part_of_the_body() {
    assert_eq!(lex("DO $$ -- stairwell: nothing\n $$").comments, []);
}

#[test]
fn finds_what_only_psql_understands() {
    let text = "\\set ON_ERROR_STOP on 'x\nCREATE TABLE t (a int);\n  \\c other\nSELECT 'x' \\gexec\nSELECT 2;\n\\.\n";
    let expected =
        [("psql \\set", "\\set"), ("psql \\c", "\\c"), ("psql \\gexec", "\\gexec"), ("psql \\.", "\\.")];
    assert_eq!(problems(text), expected.map(|(kind, at)| (kind.to_owned(), at)));
    assert_eq!(statements(text), ["CREATE TABLE t (a int)", "SELECT 'x'", "SELECT 2"]);
    assert_eq!(problems(r#"SELECT '\d', E'\n', $$ \d $$, "a\b"; -- \d"#), []);
}

#[test]
fn finds_the_rows_of_a_copy() {
    let text = "COPY t (a, \"from\") FROM stdin WITH (FORMAT text);\n1\tit's; a \"trap\" $$\n\\.\nSELECT 1;";
    let copy = "COPY t (a, \"from\") FROM stdin WITH (FORMAT text)";
    assert_eq!(problems(text), [("copy \"1\\tit's; a \\\"trap\\\" $$\\n\\\\.\"".to_owned(), copy)]);
    assert_eq!(statements(text), [copy, "SELECT 1"]);
    assert_eq!(problems("COPY t FROM STDIN; SELECT 1;").len(), 1);
    assert_eq!(problems("COPY (SELECT a FROM stdin) TO stdout").len(), 1);
    assert_eq!(problems("COPY stdin FROM '/a/file'; COPY (SELECT a FROM stdin) TO PROGRAM 'x'"), []);
}

#[test]
fn finds_what_is_never_closed() {
    let one = |text| problems(text).into_iter().next();
    let expected = |mark: &str, at| Some((format!("unterminated {mark}"), at));
    assert_eq!(one("SELECT 1; INSERT INTO t VALUES ('abc);\nSELECT 2;"), expected("Text", "'"));
    assert_eq!(one("SELECT E'abc\\'"), expected("Text", "E'"));
    assert_eq!(one("CREATE TABLE \"abc (x int);"), expected("Name", "\""));
    assert_eq!(one("DO $body$ BEGIN; END $bdy$;"), expected("Dollar", "$body$"));
    assert_eq!(one("SELECT 1; /* a /* b */"), expected("Comment", "/*"));
}

#[test]
fn finds_placeholders() {
    use Placeholder::{At, Braces, Colon, Dollar, Percent};
    let table: [(&str, Placeholder, &str); 17] = [
        ("CREATE TABLE {{ schema }}.t (a int)", Braces, "{{ schema }}"),
        ("{% if x %} SELECT 1", Braces, "{% if x %}"),
        ("SELECT * FROM {table}", Braces, "{table}"),
        ("GRANT SELECT ON t TO ${role}", Dollar, "${role}"),
        ("USE $(database)", Dollar, "$(database)"),
        ("CREATE TABLE :schema.t (a int)", Colon, ":schema"),
        ("SELECT :'name'", Colon, ":'name'"),
        ("CREATE TABLE :\"name\" ()", Colon, ":\"name\""),
        ("SELECT * FROM t WHERE a=:id", Colon, ":id"),
        ("INSERT INTO t VALUES (:1)", Colon, ":1"),
        ("SELECT array[:n]::int[], (:n)", Colon, ":n"),
        ("INSERT INTO t VALUES (%(name)s)", Percent, "%(name)s"),
        ("SELECT * FROM t WHERE a IN %s", Percent, "%s"),
        ("CREATE TABLE @@schema@@.t (a int)", At, "@@schema@@"),
        ("CREATE TABLE @@name@@ (a int)", At, "@@name@@"),
        ("SELECT 1, @@x@@;", At, "@@x@@"),
        ("SELECT a::{type}", Braces, "{type}"),
    ];
    for (text, placeholder, at) in table {
        assert_eq!(problems(text), [(format!("{placeholder:?}"), at)], "{text}");
    }
}

#[test]
fn valid_operators_are_no_placeholders() {
    for text in [
        "SELECT a::int, a :: int, '{{x}}', \"{x}\", $${x} :y$$ -- {{ c }}\n",
        "SELECT arr[1:n], arr[:n], arr[n:], arr[f(1):g(2)], m['a'][b:c]",
        "SELECT JSON_OBJECT('a': b, 'c' :d, k:v), JSON_OBJECTAGG(k:v)",
        "SELECT to_tsvector(a) @@ to_tsquery('b'), a @@ b, @@ box, tsv@@query",
        "SELECT a ? 'b', a ?| array['a'], a ?& b, a @> '{\"k\": 1}', a @? b",
        "SELECT 5 %(b)s, a % s, a %s, (a)%s, a[1]%s, 10%(x)",
        "SELECT $1, f(a := 1, b => :: text)",
        "SELECT a #>> '{x,y}', @ -1, a <@ b, |/ 4, !! 5",
    ] {
        assert_eq!(problems(text), [], "{text}");
    }
}

#[test]
fn nesting_is_bounded_in_statements_and_in_bodies() {
    let nested = |depth: usize| format!("{}1{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(problems(&format!("SELECT {};", nested(MAX_DEPTH))), []);
    assert_eq!(problems(&format!("SELECT 1; SELECT {};", nested(10_000))), [("too deep".to_owned(), "(")]);
    let text = format!("DO $$ BEGIN PERFORM {}; END $$;", nested(10_000));
    let lexed = lex(&text);
    assert_eq!(lexed.problems.len(), 1);
    // `BEGIN` is one level.
    assert_eq!(lexed.problems[0].span.start, "DO $$ BEGIN PERFORM ".len() + MAX_DEPTH - 1);
    let cases = format!("SELECT {} 1 {}", "CASE WHEN a THEN ".repeat(1_000), "END ".repeat(1_000));
    assert_eq!(problems(&cases), [("too deep".to_owned(), "CASE")]);
    let ifs = "IF a THEN x; ELSIF b THEN y; END IF; FOR i IN 1..2 LOOP z; END LOOP; ".repeat(1_000);
    assert_eq!(problems(&format!("DO $$ BEGIN {ifs} DROP TABLE IF EXISTS t; END $$;")), []);
}

proptest::proptest! {
    #[test]
    fn statements_are_ordered_ranges_of_the_text(text in "[a-zE$'\"();:{}%@/*\\-\\\\\n ä]{0,60}") {
        let mut last = 0;
        let lexed = lex(&text);
        for statement in lexed.statements {
            let span = statement.span;
            proptest::prop_assert!(last <= span.start && span.start < span.end);
            proptest::prop_assert!(text.get(span.clone()).is_some());
            last = span.end;
        }
        for problem in lexed.problems {
            proptest::prop_assert!(text.get(problem.span).is_some());
        }
    }
}
