//! Runs at once, runs that are killed, and one run or many.

use snapbox::str;
use stairwell::ChainSet;
use stairwell_testing::{
    concurrent_starts, killed_in_the_middle, one_run_and_steps_agree, single_transaction,
};

use crate::support::{chains, migration, of, reversible, text};

/// Everything in it may be killed anywhere: steps with a transaction, an index that is built outside of one, rows with
/// numbers from a sequence, and a migration that cannot be reverted.
fn sound() -> ChainSet {
    chains(&[
        reversible(
            1,
            "sites",
            "CREATE TABLE sites (id bigserial PRIMARY KEY, name text, added timestamptz DEFAULT clock_timestamp());",
            "DROP TABLE sites;",
        ),
        migration(2, "names", "INSERT INTO sites (name) VALUES ('Ulm'), ('Jena'); SELECT pg_sleep(0.02);")
            .irreversible("for the test"),
        reversible(
            3,
            "index",
            "-- stairwell: no-transaction\nCREATE INDEX CONCURRENTLY sites_name ON sites (name);\n\
             CREATE INDEX CONCURRENTLY sites_added ON sites (added);\n",
            "-- stairwell: no-transaction\nDROP INDEX CONCURRENTLY sites_added;\n\
             DROP INDEX CONCURRENTLY sites_name;\n",
        ),
        of(
            "usb",
            reversible(1, "devices", "CREATE TABLE usb (id int); SELECT pg_sleep(0.02);", "DROP TABLE usb;"),
        ),
        reversible(4, "code", "ALTER TABLE sites ADD code text;", "ALTER TABLE sites DROP code;"),
    ])
}

#[tokio::test]
async fn sound_chains_pass() {
    concurrent_starts(&sound()).await.unwrap();
    killed_in_the_middle(&sound()).await.unwrap();
    one_run_and_steps_agree(&sound()).await.unwrap();
}

/// The server keeps the moment at which the view was made, so no two databases have the same.
#[tokio::test]
async fn the_time_in_a_view_is_no_difference() {
    let chains = chains(&[
        reversible(1, "now", "CREATE VIEW fresh AS SELECT 'now'::timestamptz AS made;", "DROP VIEW fresh;"),
        reversible(2, "sites", "CREATE TABLE sites (id int); SELECT pg_sleep(0.02);", "DROP TABLE sites;"),
    ]);
    concurrent_starts(&chains).await.unwrap();
    killed_in_the_middle(&chains).await.unwrap();
    one_run_and_steps_agree(&chains).await.unwrap();
}

#[tokio::test]
async fn no_migrations_pass() {
    let none = chains(&[]);
    concurrent_starts(&none).await.unwrap();
    killed_in_the_middle(&none).await.unwrap();
    one_run_and_steps_agree(&none).await.unwrap();
    single_transaction(&none).await.unwrap();
}

/// It means the application's sessions, and ends those that wait for it to be done.
#[tokio::test]
async fn a_migration_that_ends_all_other_sessions() {
    let chains = chains(&[
        migration(1, "sites", "CREATE TABLE sites (id int); SELECT pg_sleep(0.2);"),
        migration(
            2,
            "alone",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid(); ALTER TABLE sites ADD name text;",
        ),
    ]);
    snapbox::assert_data_eq!(
        text(concurrent_starts(&chains).await),
        str![[r#"
concurrent_starts: of [..] starts at once [..] failed, among them one that applies
  = [..]
  = [..] started at once, 0 of them to wait for the others
  = the database was kept as it was then: psql '[..]'

"#]]
    );
}

/// A block that commits in between, and adds again what it has added when it is run again. Where the server notices
/// late that the client is gone, it adds twice more.
#[tokio::test]
async fn a_step_that_is_not_resumable() {
    let chains = chains(&[migration(
        1,
        "add",
        "-- stairwell: no-transaction\nCREATE TABLE counts AS SELECT 0 AS count;\n\
         DO $$ BEGIN UPDATE counts SET count = count + 1; COMMIT; PERFORM pg_sleep(0.4); \
         UPDATE counts SET count = count + 1; END $$;\n",
    )]);
    snapbox::assert_data_eq!(
        text(killed_in_the_middle(&chains).await),
        str![[r#"
killed_in_the_middle: after a run was killed in `core/V0001__add` and the next one has gone on, the database is not what it is without that
  ~ rows of table public.counts: 1 -> 1
      - {"count": 2}
      + {"count": [..]}
 --> migrations/V0001__add.sql
  = a run up was killed in `core/V0001__add`, after [..]
  = chance chose it; STAIRWELL_TEST_SEED=[..] makes it choose the same again
  = help: `+` is there and should not be, `-` should be there, `~` is first as it should be, then as it is
  = the database was kept as it was then: psql '[..]'

"#]]
    );
}

#[tokio::test]
async fn a_step_that_stands_on_the_session_of_the_one_before() {
    let chains = chains(&[
        migration(1, "sites", "CREATE TABLE sites (id bigserial); INSERT INTO sites DEFAULT VALUES;"),
        migration(2, "first", "CREATE TABLE first_site AS SELECT currval('sites_id_seq') AS id;"),
    ]);
    snapbox::assert_data_eq!(
        text(one_run_and_steps_agree(&chains).await),
        str![[r#"
one_run_and_steps_agree: `core/V0002__first` does not apply in a run of its own
 --> migrations/V0002__first.sql
  = `core/V0002__first` (migrations/V0002__first.sql) failed: currval of sequence "sites_id_seq" is not yet defined in this session (SQLSTATE 55000)
      = it was rolled back: nothing of it remains
  = the database was kept as it was then: psql '[..]'

"#]]
    );
}

#[tokio::test]
async fn what_cannot_be_in_one_transaction() {
    let value = chains(&[
        migration(1, "mood", "CREATE TYPE mood AS ENUM ('happy'); CREATE TABLE people (mood mood);"),
        migration(2, "sad", "ALTER TYPE mood ADD VALUE 'sad';"),
        migration(3, "people", "INSERT INTO people VALUES ('sad');"),
    ]);
    single_transaction(&chains_of_two()).await.unwrap();
    snapbox::assert_data_eq!(
        text(single_transaction(&value).await),
        str![[r#"
single_transaction: `core/V0003__people` failed: unsafe use of new value "sad" of enum type mood (SQLSTATE 55P04)
 --> migrations/V0003__people.sql:1:28
  |
1 | INSERT INTO people VALUES ('sad');
  |                            ^
  = hint: New enum values must be committed before they can be used.
  = it was rolled back: nothing of it remains
  = all migrations of the run are one transaction: nothing of it remains
  = the database was kept as it was then: psql '[..]'

"#]]
    );
    snapbox::assert_data_eq!(
        text(single_transaction(&sound()).await),
        str![[r#"
single_transaction: `core/V0003__index` is under `no-transaction`, and cannot be in one with others
 --> migrations/V0003__index.sql

"#]]
    );
}

fn chains_of_two() -> ChainSet {
    chains(&[
        migration(1, "sites", "CREATE TABLE sites (id int);"),
        migration(2, "name", "ALTER TABLE sites ADD name text;"),
    ])
}
