//! Traces in what no catalog has: the compiler cannot know it from the SQL, or it is not in the database itself.

use crate::support::verdict;

/// The down step of each does nothing.
macro_rules! traces {
    ($($(#[$comment:meta])* $name:ident: $before:expr, $up:expr, $expected:expr;)*) => {$(
        $(#[$comment])*
        #[tokio::test]
        async fn $name() {
            assert_eq!(verdict($before, $up, "SELECT 1;").await, format!("leaves_no_trace\n{}\n", $expected));
        }
    )*};
}

const FUNCTION: &str = "CREATE FUNCTION f(a int DEFAULT 1) RETURNS SETOF int LANGUAGE sql AS 'SELECT a';";

traces! {
    cost_and_rows_of_a_function: FUNCTION, "ALTER FUNCTION f(int) COST 50 ROWS 5;",
        "~ function public.f(integer): cost: 100 -> 50\n~ function public.f(integer): rows: 1000 -> 5";
    default_of_an_argument: FUNCTION,
        "CREATE OR REPLACE FUNCTION f(a int DEFAULT 2) RETURNS SETOF int LANGUAGE sql AS 'SELECT a';",
        "~ function public.f(integer): defaults: 1 -> 2";
    aggregate: "CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0');",
        "CREATE OR REPLACE AGGREGATE total(int) (SFUNC = int4mul, STYPE = int, INITCOND = '0');",
        "~ function public.total(integer): state: int4pl, integer, 0 -> int4mul, integer, 0";
    version_of_an_extension: "CREATE EXTENSION pg_trgm VERSION '1.3';", "ALTER EXTENSION pg_trgm UPDATE TO '1.5';",
        "~ extension pg_trgm: version: 1.3 -> 1.5";
    operator_of_an_exclusion: "CREATE TABLE t (a box, CONSTRAINT x EXCLUDE USING gist (a WITH &&));",
        "ALTER TABLE t DROP CONSTRAINT x; ALTER TABLE t ADD CONSTRAINT x EXCLUDE USING gist (a WITH ~=);",
        "~ constraint x on public.t: operators: &&(box,box) -> ~=(box,box)";
    function_of_a_range: "CREATE TYPE r AS RANGE (SUBTYPE = float8, SUBTYPE_DIFF = float8mi);",
        "DROP TYPE r; CREATE TYPE r AS RANGE (SUBTYPE = float8);",
        "~ type public.r: subtype diff: float8mi -> none";
    collation: "CREATE COLLATION c (provider = libc, locale = 'C');",
        "DROP COLLATION c; CREATE COLLATION c (provider = libc, locale = 'POSIX');",
        "~ collation public.c: definition: collate=C, ctype=C, isdeterministic=true, provider=c -> \
         collate=POSIX, ctype=POSIX, isdeterministic=true, provider=c";
    /// Migrations set the time zone so, or a timeout.
    setting_of_the_database: "SELECT 1;",
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = ''9MB''', current_database()); END $$;",
        "~ database: setting work_mem: none -> 9MB";
    comment_of_the_database: "SELECT 1;",
        "DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS ''the shop''', current_database()); END $$;",
        "~ database: comment: none -> the shop";
    grant_on_the_database: "SELECT 1;",
        "DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()); END $$;",
        "~ database: grant to PUBLIC: connect, temporary -> connect";
}

/// A table's access method is not in the catalog, because a session's setting may have chosen it.
#[tokio::test]
async fn access_method_of_a_table() {
    let before =
        "CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler; CREATE TABLE t (id int);";
    let up = "DROP TABLE t; CREATE TABLE t (id int) USING heap2;";
    let verdict = verdict(before, up, "SELECT 1;").await;
    assert!(verdict.contains("~ table public.t: access method: heap -> heap2\n"), "{verdict}");
}

/// What goes back is no trace, however it is written.
#[tokio::test]
async fn what_goes_back_passes() {
    let up = "ALTER FUNCTION f(int) COST 50; \
              DO $$ BEGIN EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database()); \
              EXECUTE format('ALTER DATABASE %I SET work_mem = ''9MB''', current_database()); END $$;";
    let down = "ALTER FUNCTION f(int) COST 100; \
                DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO PUBLIC', current_database()); \
                EXECUTE format('ALTER DATABASE %I RESET work_mem', current_database()); END $$;";
    assert_eq!(verdict(FUNCTION, up, down).await, "");
}
