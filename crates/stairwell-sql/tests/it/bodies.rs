//! What bodies of routines and blocks say: effects with their places, problems, and what cannot be seen.

use std::fmt::Write as _;

use snapbox::{assert_data_eq, str};
use stairwell_sql::fold::{Fold, Outside};
use stairwell_sql::{parse, with_stack};

/// What folding `text` says about its last statement; the others only prepare.
fn told(prepare: &str, text: &str) -> String {
    with_stack(|| {
        let mut fold = Fold::new(Outside::default());
        let before = fold.step(0, &parse(prepare));
        assert!(before.problems.is_empty(), "{:?}", before.problems);
        let outcome = fold.step(1, &parse(text));
        let mut told = String::new();
        for effect in &outcome.effects {
            writeln!(told, "{:?}: {} `{}`", effect.via, effect.effect, &text[effect.span.clone()]).unwrap();
        }
        for problem in &outcome.problems {
            writeln!(told, "refused: {:?} `{}`", problem.kind, &text[problem.span.clone()]).unwrap();
        }
        for opaque in &outcome.opaque {
            let how = if opaque.everything { "opaque" } else { "unseen" };
            writeln!(told, "{how}: {} `{}`", opaque.reason, &text[opaque.span.clone()]).unwrap();
        }
        for (id, entry) in fold.catalog() {
            if let Some(reason) = &entry.opaque {
                writeln!(told, "doubtful: {id}: {reason}").unwrap();
            }
        }
        told
    })
}

const TABLES: &str = "CREATE TABLE a (id int PRIMARY KEY, name text); CREATE TABLE log (line text);";

#[test]
fn a_body_in_plpgsql_reads_and_writes_later() {
    let text = "CREATE FUNCTION f(p int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE x a.id%TYPE; r record;
BEGIN
  SELECT id INTO STRICT x FROM a WHERE name = p::text;
  INSERT INTO log (line) VALUES ('it') RETURNING line INTO r;
  FOR r IN SELECT * FROM a LOOP UPDATE a SET name = r.name WHERE id = x; END LOOP;
  IF EXISTS (SELECT 1 FROM missing) THEN DELETE FROM log; END IF;
  CREATE TEMP TABLE log (other int);
  INSERT INTO log (other) VALUES (1);
  DROP TABLE a;
  EXECUTE 'DELETE FROM a';
  RETURN (SELECT count(*) FROM log);
END $$;";
    assert_data_eq!(
        told(TABLES, text),
        str![[r#"
Statement: create function public.f(integer) `f`
Body: reference table public.a `a`
Body: reference column public.a.id `id`
Body: reference column public.a.name `name`
Body: write table public.log `log`
Body: write column public.log.line `line`
Body: reference column public.log.line `line`
Body: reference table public.a `a`
Body: reference column public.a.id `*`
Body: reference column public.a.name `*`
Body: write table public.a `a`
Body: write column public.a.name `name`
Body: reference column public.a.id `id`
Body: write table public.log `log`
Body: write table public.a `a`

"#]]
    );
}

#[test]
fn a_body_in_sql_is_read_by_the_server() {
    let text = "CREATE FUNCTION f(p int) RETURNS bigint LANGUAGE sql AS 'INSERT INTO log VALUES (''a''); SELECT count(*) FROM missing WHERE p = 1'";
    assert_data_eq!(
        told(TABLES, text),
        str![[r#"
Statement: create function public.f(integer) `f`
Body: write table public.log `log`
refused: Missing(ObjectId { schema: "public", name: "missing", kind: Table, part: "" }) `missing`

"#]]
    );
    let text = "SET check_function_bodies = off; CREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM missing'";
    assert_data_eq!(
        told(TABLES, text),
        str![[r#"
Statement: create function public.f() `f`

"#]]
    );
    let text = "CREATE FUNCTION f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC UPDATE a SET name = 'x'; SELECT count(*) FROM log; END";
    assert_data_eq!(
        told(TABLES, text),
        str![[r#"
Statement: create function public.f() `f`
Body: write table public.a `a`
Body: write column public.a.name `name`
Body: reference table public.log `log`

"#]]
    );
}

#[test]
fn what_a_called_function_does_follows_from_the_call() {
    let routines = "CREATE TABLE a (id int PRIMARY KEY, name text); CREATE TABLE log (line text);
CREATE FUNCTION writes() RETURNS void LANGUAGE sql AS 'INSERT INTO log VALUES (''a'')';
CREATE FUNCTION changes(t text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  EXECUTE format('ALTER TABLE %I ADD COLUMN added int', t); PERFORM writes(); END $$;
CREATE FUNCTION stable() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM log';
CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN CREATE TABLE b (id int); END $$;";
    assert_data_eq!(
        told(routines, "SELECT writes()"),
        str![[r#"
Statement: reference function public.writes() `writes`
Consequence: write table public.log `writes`

"#]]
    );
    assert_data_eq!(
        told(routines, "SELECT changes('a')"),
        str![[r#"
Statement: reference function public.changes(text) `changes`
Consequence: alter table public.a `changes`
Consequence: create column public.a.added `changes`
Consequence: reference function public.writes() `changes`
Consequence: write table public.log `changes`

"#]]
    );
    assert_data_eq!(
        told(routines, "SELECT changes(line) FROM log"),
        str![[r#"
Statement: reference table public.log `log`
Statement: reference column public.log.line `line`
Statement: reference function public.changes(text) `changes`
Consequence: reference function public.writes() `changes`
Consequence: write table public.log `changes`
opaque: the text of EXECUTE is put together at run time `changes`

"#]]
    );
    assert_data_eq!(
        told(routines, "SELECT stable()"),
        str![[r#"
Statement: reference function public.stable() `stable`

"#]]
    );
    assert_data_eq!(
        told(routines, "CALL p()"),
        str![[r#"
Statement: reference function public.p() `p`
Consequence: create table public.b `CALL p()`
Consequence: create column public.b.id `CALL p()`

"#]]
    );
    assert_data_eq!(
        told(routines, "DO $$ DECLARE x int; BEGIN x := changes('a'); END $$"),
        str![[r#"
Statement: reference function public.changes(text) `changes`
Consequence: alter table public.a `changes`
Consequence: create column public.a.added `changes`
Consequence: reference function public.writes() `changes`
Consequence: write table public.log `changes`

"#]]
    );
    assert_data_eq!(
        told(routines, "CREATE VIEW v AS SELECT stable(), writes() IS NULL AS w"),
        str![[r#"
Statement: reference function public.stable() `stable`
Statement: reference function public.writes() `writes`
Statement: create view public.v `v`
Consequence: create column public.v.stable `v`
Consequence: create column public.v.w `v`

"#]]
    );
}

#[test]
fn what_execute_runs_is_read_where_it_is_known() {
    let text = "DO $$ DECLARE r record; BEGIN
  EXECUTE 'ALTER TABLE a ADD COLUMN b int';
  EXECUTE format('ALTER TABLE a ADD COLUMN %I int', lower('C'));
  EXECUTE 'UPDATE ' || quote_ident(r.name) || ' SET x = 1';
  EXECUTE format('GRANT SELECT ON %I TO someone', r.name);
  EXECUTE format('ALTER TABLE %I.%I OWNER TO someone', r.schema, r.name);
  EXECUTE 'ALTER FUNCTION f(int, text) OWNER TO ' || r.name;
  EXECUTE 'CREATE TABLE after_all (id int)';
END $$;";
    assert_data_eq!(
        told(TABLES, text),
        str![[r#"
Statement: alter table public.a `a`
Statement: create column public.a.b `b`
Statement: alter table public.a `format('ALTER TABLE a ADD COLUMN %I int', lower('C'))`
Statement: create column public.a.c `format('ALTER TABLE a ADD COLUMN %I int', lower('C'))`
Statement: create table public.after_all `after_all`
Statement: create column public.after_all.id `id`
unseen: the text of EXECUTE is put together at run time `'UPDATE ' || quote_ident(r.name) || ' SET x = 1'`
unseen: the text of EXECUTE is put together at run time `format('GRANT SELECT ON %I TO someone', r.name)`
unseen: the text of EXECUTE is put together at run time `format('ALTER TABLE %I.%I OWNER TO someone', r.schema, r.name)`
unseen: the text of EXECUTE is put together at run time `'ALTER FUNCTION f(int, text) OWNER TO ' || r.name`

"#]]
    );
    let text = "DO $$ DECLARE r record; BEGIN
  FOR r IN SELECT tablename FROM pg_tables LOOP
    EXECUTE format('ALTER TABLE %I DROP COLUMN old', r.tablename);
  END LOOP;
  ALTER TABLE missing ADD COLUMN x int;
END $$;";
    assert_data_eq!(
        told(TABLES, text),
        str![[r#"
opaque: the text of EXECUTE is put together at run time `format('ALTER TABLE %I DROP COLUMN old', r.tablename)`

"#]]
    );
}

#[test]
fn what_rows_decide_about_may_not_run() {
    let text = "DO $$ BEGIN
  IF EXISTS (SELECT 1 FROM a WHERE name IS NULL) THEN
    ALTER TABLE a ADD COLUMN b int;
    DROP TABLE missing;
    RETURN;
  ELSE
    CREATE TABLE c (id int);
  END IF;
  ALTER TABLE log ADD COLUMN d int;
END $$;";
    assert_data_eq!(
        told(TABLES, text),
        str![[r#"
Statement: reference table public.a `a`
Statement: reference column public.a.name `name`
Statement: alter table public.a `a`
Statement: create column public.a.b `b`
Statement: create table public.c `c`
Statement: create column public.c.id `id`
Statement: alter table public.log `log`
Statement: create column public.log.d `d`
doubtful: column public.a.b: it stands under a condition that is known only when it runs
doubtful: table public.c: it stands under a condition that is known only when it runs
doubtful: column public.c.id: it stands under a condition that is known only when it runs
doubtful: column public.log.d: a statement before it may end the block

"#]]
    );
}

#[test]
fn what_the_catalogs_were_asked_about_is_no_problem() {
    let text = "DO $$ BEGIN
  IF NOT EXISTS (SELECT 1 FROM pg_class WHERE relname = 'a' AND relowner > 10) THEN
    CREATE TABLE a (id int);
  END IF;
  IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'someone') THEN
    ALTER TABLE a ADD COLUMN b int;
  END IF;
END $$;";
    assert_data_eq!(
        told(TABLES, text),
        str![[r#"
Statement: alter table public.a `a`
Statement: create column public.a.b `b`
doubtful: column public.a.b: it stands under a condition that is known only when it runs

"#]]
    );
}

#[test]
fn bodies_are_bounded() {
    let mut text = "SELECT 1".to_owned();
    for level in 0..50 {
        text = format!("DO $q{level}$ BEGIN {text}; END $q{level}$");
    }
    assert_data_eq!(
        told("", &text).lines().next().unwrap_or_default().chars().take(60).collect::<String>(),
        str!["opaque: the block cannot be read `DO $q41$ BEGIN DO $q40$ BE"]
    );
    let text =
        "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM f(); END $$; SELECT f();";
    assert_data_eq!(
        told("", text),
        str![[r#"
Statement: create function public.f() `f`
Body: reference function public.f() `f`
Statement: reference function public.f() `f`
Consequence: reference function public.f() `f`

"#]]
    );
}
