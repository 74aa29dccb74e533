//! What is left behind, row by row as three tools of the field were measured: at most one of their checks sees a
//! trace that is not a table, and two of them refuse migrations that are right.

use stairwell_testing::every_migration;

use crate::support::{chains, migration, reversible, verdict};

/// The table that most rows are about.
const TABLE: &str = "CREATE TABLE t (id int, note text); INSERT INTO t VALUES (1, 'keep me');";

/// A down step that does nothing.
const NOTHING: &str = "SELECT 1;";

macro_rules! rows {
    ($($(#[$comment:meta])* $name:ident: $before:expr, $up:expr, $down:expr, $expected:expr;)*) => {$(
        $(#[$comment])*
        #[tokio::test]
        async fn $name() {
            assert_eq!(verdict($before, $up, $down).await, $expected);
        }
    )*};
}

rows! {
    table_plain: "SELECT 1;", "CREATE TABLE a (id int);", NOTHING, "stairway\nleaves_no_trace\n+ table public.a\n+ column public.a.id\n";
    table_if_not_exists: "SELECT 1;", "CREATE TABLE IF NOT EXISTS a (id int);", NOTHING, "leaves_no_trace\n+ table public.a\n+ column public.a.id\n";
    index_if_not_exists: TABLE, "CREATE INDEX IF NOT EXISTS i ON t (id);", NOTHING, "leaves_no_trace\n+ index public.i\n";
    unique_readded: TABLE,
        "ALTER TABLE t DROP CONSTRAINT IF EXISTS u; ALTER TABLE t ADD CONSTRAINT u UNIQUE (id);", NOTHING, "leaves_no_trace\n+ constraint u on public.t\n+ index public.u\n";
    set_not_null: TABLE, "ALTER TABLE t ALTER id SET NOT NULL;", NOTHING, "leaves_no_trace\n~ column public.t.id: not null: none -> yes\n";
    type_bigint: TABLE, "ALTER TABLE t ALTER id TYPE bigint;", NOTHING, "leaves_no_trace\n~ column public.t.id: type: integer -> bigint\n";
    comment: TABLE, "COMMENT ON TABLE t IS 'things';", NOTHING, "leaves_no_trace\n~ table public.t: comment: none -> things\n";
    enum_plain: "SELECT 1;", "CREATE TYPE e AS ENUM ('a');", NOTHING, "stairway\nleaves_no_trace\n+ type public.e\n";
    enum_guarded: "SELECT 1;",
        "DO $$ BEGIN CREATE TYPE e AS ENUM ('a'); EXCEPTION WHEN duplicate_object THEN END $$;", NOTHING, "leaves_no_trace\n+ type public.e\n";
    check_constraint: TABLE,
        "ALTER TABLE t DROP CONSTRAINT IF EXISTS c; ALTER TABLE t ADD CONSTRAINT c CHECK (id > 0);", NOTHING, "leaves_no_trace\n+ constraint c on public.t\n";
    column_default: TABLE, "ALTER TABLE t ALTER id SET DEFAULT 7;", NOTHING, "leaves_no_trace\n~ column public.t.id: default: none -> 7\n";
    function: "SELECT 1;", "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';", NOTHING, "leaves_no_trace\n+ function public.f()\n";
    trigger: "CREATE TABLE t (id int); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';",
        "CREATE OR REPLACE TRIGGER g AFTER INSERT ON t EXECUTE FUNCTION f();", NOTHING, "leaves_no_trace\n+ trigger g on public.t\n";
    sequence: "SELECT 1;", "CREATE SEQUENCE IF NOT EXISTS s;", NOTHING, "leaves_no_trace\n+ sequence public.s\n";
    view: TABLE, "CREATE OR REPLACE VIEW v AS SELECT id FROM t;", NOTHING, "leaves_no_trace\n+ view public.v\n+ column public.v.id\n";
    extension: "SELECT 1;", "CREATE EXTENSION IF NOT EXISTS pg_trgm;", NOTHING, "leaves_no_trace\n+ extension pg_trgm\n";
    schema: "SELECT 1;", "CREATE SCHEMA IF NOT EXISTS other;", NOTHING, "leaves_no_trace\n+ schema other\n";
    rls_flag: TABLE, "ALTER TABLE t ENABLE ROW LEVEL SECURITY;", NOTHING, "leaves_no_trace\n~ table public.t: row security: none -> yes\n";
    grant: TABLE, "GRANT SELECT ON t TO PUBLIC;", NOTHING, "leaves_no_trace\n~ table public.t: grant: none -> PUBLIC: select\n";
    /// No row shows it.
    column_dropped_and_readded_without_rows: "CREATE TABLE t (id int, note text);",
        "ALTER TABLE t DROP note;", "ALTER TABLE t ADD note text;", "data_survives\n- all values of column public.t.note, which is dropped and made again\n";
    table_dropped_and_made_again_without_rows: "CREATE TABLE t (id int);",
        "DROP TABLE t;", "CREATE TABLE t (id int);", "data_survives\n- all rows of table public.t, which is dropped and made again\n";
    table_replaced_on_the_way_back: "CREATE TABLE t (id int);",
        "ALTER TABLE t ADD b int;", "DROP TABLE t; CREATE TABLE t (id int);", "data_survives\n- all rows of table public.t, which is dropped and made again\n";
    column_dropped_and_readded_empty: TABLE, "ALTER TABLE t DROP note;", "ALTER TABLE t ADD note text;", "data_survives\n~ rows of table public.t: 1 -> 1\n    - {\"id\": 1, \"note\": \"keep me\"}\n    + {\"id\": 1, \"note\": null}\n";
    /// Nobody can apply it so. The build refuses it (`needs-no-transaction`); a chain that comes from elsewhere is refused
    /// here.
    index_concurrently_in_a_transaction: TABLE, "CREATE INDEX CONCURRENTLY i ON t (id);", NOTHING,
        "stairway\nleaves_no_trace\ndata_survives\nlive_equals_static\n";
    /// The down step that leaves it is seen, and the migration as such is no error.
    index_concurrently_left: TABLE,
        "-- stairwell: no-transaction\nCREATE INDEX CONCURRENTLY i ON t (id);\n", NOTHING, "stairway\nleaves_no_trace\n+ index public.i\n";
    index_concurrently: TABLE,
        "-- stairwell: no-transaction\nCREATE INDEX CONCURRENTLY i ON t (id);\n",
        "-- stairwell: no-transaction\nDROP INDEX CONCURRENTLY i;\n", "";
}

/// An enum's value cannot be dropped, so the migration says that it is irreversible.
#[tokio::test]
async fn enum_value_added_outside_a_transaction() {
    let add = "-- stairwell: no-transaction\nALTER TYPE e ADD VALUE 'b';\nALTER TYPE e ADD VALUE 'c';\n";
    let chains = chains(&[
        migration(1, "before", "CREATE TYPE e AS ENUM ('a');"),
        migration(2, "add", add).irreversible("PostgreSQL drops no values"),
        reversible(3, "behind", "CREATE TABLE t (e e DEFAULT 'c');", "DROP TABLE t;"),
    ]);
    every_migration(&chains).await.unwrap();
}
