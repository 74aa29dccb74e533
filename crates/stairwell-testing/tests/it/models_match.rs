//! The wanted state of a plugin is held against what its chain makes.

use snapbox::str;
use stairwell::{Chain, ChainSet, Requirement};
use stairwell_testing::{Suite, models_match};

use crate::support::{migration, of, text};

const CORE: &str = "CREATE TABLE sites (id bigint PRIMARY KEY, name text);";

/// `core` with a table, and `printers`, which requires it.
fn chains() -> ChainSet {
    let core = migration(1, "sites", CORE);
    let first = migration(
        1,
        "printers",
        "CREATE TABLE printers (id int, site_id bigint REFERENCES sites (id)); INSERT INTO printers VALUES (1, NULL);",
    );
    let second = migration(
        2,
        "more",
        "ALTER TABLE printers DROP id; ALTER TABLE printers ADD note text; CREATE INDEX notes ON printers (note);",
    );
    let (first, second) = (of("printers", first), of("printers", second));
    let requires: &'static [Requirement] = vec![Requirement::new("core", 1)].leak();
    let printers = Chain::new("printers", "", vec![first, second].leak()).requiring(requires);
    ChainSet::new(
        vec![Chain::new("core", "", vec![core].leak()), printers].leak(),
        vec![core, first, second].leak(),
    )
}

const PATH: &str = "plugins/printers/schema.sql";

async fn found(sql: &str) -> Result<(), stairwell_testing::Failure> {
    let chains = chains();
    models_match(&chains, chains.chains()[1], PATH, sql).await
}

#[tokio::test]
async fn the_order_of_columns_and_rows_do_not_count() {
    let wanted = "CREATE TABLE printers (note text, site_id bigint REFERENCES sites (id));\n\
                  CREATE INDEX notes ON printers (note);\n";
    found(wanted).await.unwrap();
    let chains = chains();
    models_match(&chains, chains.chains()[0], "schema.sql", CORE).await.unwrap();
}

#[tokio::test]
async fn what_differs_is_listed_object_by_object() {
    let wanted = "CREATE TYPE state AS ENUM ('on');\n\
                  CREATE TABLE printers (note varchar(9), site_id bigint NOT NULL REFERENCES sites (id), state state);\n";
    snapbox::assert_data_eq!(
        text(found(wanted).await),
        str![[r#"
models_match: the wanted state of `printers` is not what its migrations make
  + index public.notes
  ~ column public.printers.note: type: character varying(9) -> text
  ~ column public.printers.site_id: not null: yes -> none
  - column public.printers.state
  - type public.state
 --> plugins/printers/schema.sql
  = the database with the migrations was kept: psql '[..]'
  = the database with the wanted state was kept: psql '[..]'
  = help: `+` only the migrations make it, `-` only `schema.sql` has it, `~` is different, as `schema.sql` has it first; write the migration that is missing, or change `schema.sql`

"#]]
    );
}

#[tokio::test]
async fn a_plugin_without_a_wanted_object_is_no_exception() {
    snapbox::assert_data_eq!(
        text(found("-- Nothing yet.\n").await),
        str![[r#"
models_match: the wanted state of `printers` is not what its migrations make
  + index public.notes
  + table public.printers
  + column public.printers.note
  + column public.printers.site_id
  + constraint printers_site_id_fkey on public.printers
 --> plugins/printers/schema.sql
  = the database with the migrations was kept: psql '[..]'
  = the database with the wanted state was kept: psql '[..]'
  = help: `+` only the migrations make it, `-` only `schema.sql` has it, `~` is different, as `schema.sql` has it first; write the migration that is missing, or change `schema.sql`

"#]]
    );
}

#[tokio::test]
async fn a_wanted_state_that_does_not_apply_is_shown_with_its_line() {
    let wanted = "-- Grüße\nCREATE TABLE printers (\n    id int,\n    site_id nonsense\n);\n";
    snapbox::assert_data_eq!(
        text(found(wanted).await),
        str![[r#"
models_match: the wanted state of `printers` does not apply: db error: ERROR: type "nonsense" does not exist
 --> plugins/printers/schema.sql:4:13
  = the database was kept as it was then: psql '[..]'

"#]]
    );
    snapbox::assert_data_eq!(
        text(found("SELECT 1;\nCREATE TABEL printers ();\n").await),
        str![[r#"
models_match: the wanted state of `printers` does not apply: db error: ERROR: syntax error at or near "TABEL"
 --> plugins/printers/schema.sql:2:8
  = the database was kept as it was then: psql '[..]'

"#]]
    );
}

#[test]
fn the_test_of_a_suite_says_how_to_see_it_again() {
    let chains = chains();
    let suite = Suite::new(&chains, "shopdb");
    suite.models_match("core", "schema.sql", CORE, "core").unwrap();
    snapbox::assert_data_eq!(
        text(suite.models_match("core", "schema.sql", "", "core")),
        str![[r#"
models_match: the wanted state of `core` is not what its migrations make
  + table public.sites
  + column public.sites.id
  + column public.sites.name
  + constraint sites_pkey on public.sites
  + index public.sites_pkey
 --> schema.sql
  = the database with the migrations was kept: psql '[..]'
  = the database with the wanted state was kept: psql '[..]'
  = help: `+` only the migrations make it, `-` only `schema.sql` has it, `~` is different, as `schema.sql` has it first; write the migration that is missing, or change `schema.sql`
  = to see it again: cargo test -p shopdb models_match::core

"#]]
    );
    // What stands in for a migration counts as the migration.
    let skipped =
        Suite::new(&chains, "shopdb").skip(chains.order()[0], "CREATE TABLE sites (id bigint PRIMARY KEY)");
    snapbox::assert_data_eq!(
        text(skipped.models_match("core", "schema.sql", CORE, "core")),
        str![[r#"
models_match: the wanted state of `core` is not what its migrations make
  - column public.sites.name
 --> schema.sql
  = the database with the migrations was kept: psql '[..]'
  = the database with the wanted state was kept: psql '[..]'
  = help: `+` only the migrations make it, `-` only `schema.sql` has it, `~` is different, as `schema.sql` has it first; write the migration that is missing, or change `schema.sql`
  = to see it again: cargo test -p shopdb models_match::core

"#]]
    );
}
