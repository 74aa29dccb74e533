//! What the checks say, word by word, and what they let pass.

use snapbox::str;
use stairwell_testing::{
    applies_from_empty, every_migration, leaves_no_trace, order_snapshot, second_run_does_nothing, stairway,
};

use crate::support::{chains, migration, reversible, text};

#[tokio::test]
async fn a_trace_is_named_with_all_there_is_to_know() {
    let chains = chains(&[
        reversible(1, "printers", "CREATE TABLE printers (id int);", "DROP TABLE printers;"),
        reversible(
            2,
            "status",
            "CREATE TYPE status AS ENUM ('on'); ALTER TABLE printers ADD status status;",
            "ALTER TABLE printers DROP status;",
        ),
        reversible(3, "behind", "CREATE TABLE behind (status status);", "DROP TABLE behind;"),
    ]);
    snapbox::assert_data_eq!(
        text(every_migration(&chains).await),
        str![[r#"
stairway: `core/V0002__status` does not apply again after it went down
 --> migrations/V0002__status.down.sql
  = `core/V0002__status` (migrations/V0002__status.sql) failed: type "status" already exists (SQLSTATE 42710)
      = it was rolled back: nothing of it remains
  = the database was kept as it was then: psql '[..]'

leaves_no_trace: `core/V0002__status` leaves something behind: its down step does not lead back
  + type public.status
 --> migrations/V0002__status.down.sql
  = help: `+` is there and was not before, `-` was there and is not, `~` is different
  = the database was kept as it was then: psql '[..]'

"#]]
    );
}

#[tokio::test]
async fn a_migration_that_does_not_apply_is_told_from_those_behind_it() {
    let chains = chains(&[
        reversible(1, "first", "CREATE TABLE first (id int);", "DROP TABLE first;"),
        reversible(2, "broken", "CREATE TABLE second (id nonsense);", "DROP TABLE second;"),
        reversible(3, "behind", "CREATE TABLE third (id int);", "DROP TABLE third;"),
    ]);
    snapbox::assert_data_eq!(
        text(stairway(&chains).await),
        str![[r#"
stairway: `core/V0002__broken` does not apply
 --> migrations/V0002__broken.sql
  = `core/V0002__broken` failed: type "nonsense" does not exist (SQLSTATE 42704)
     --> migrations/V0002__broken.sql:1:25
      |
    1 | CREATE TABLE second (id nonsense);
      |                         ^
      = it was rolled back: nothing of it remains
  = the database was kept as it was then: psql '[..]'

stairway: `core/V0003__behind` is not reached: `core/V0002__broken` before it does not apply

"#]]
    );
    snapbox::assert_data_eq!(
        text(applies_from_empty(&chains).await),
        str![[r#"
applies_from_empty: `core/V0002__broken` failed: type "nonsense" does not exist (SQLSTATE 42704)
 --> migrations/V0002__broken.sql:1:25
  |
1 | CREATE TABLE second (id nonsense);
  |                         ^
  = it was rolled back: nothing of it remains
  = 1 migration was applied before it and stays applied
  = the database was kept as it was then: psql '[..]'

"#]]
    );
}

#[tokio::test]
async fn a_down_step_that_fails_is_not_blamed_on_the_next() {
    let chains = chains(&[
        reversible(1, "first", "CREATE TABLE first (id int);", "DROP TABLE frist;"),
        reversible(2, "second", "CREATE TABLE second (id int);", "DROP TABLE second;"),
    ]);
    snapbox::assert_data_eq!(
        text(leaves_no_trace(&chains).await),
        str![[r#"
leaves_no_trace: `core/V0001__first` does not go down
 --> migrations/V0001__first.down.sql
  = reverting `core/V0001__first` (migrations/V0001__first.down.sql) failed: table "frist" does not exist (SQLSTATE 42P01)
      = it was rolled back: nothing of it remains
  = the database was kept as it was then: psql '[..]'

"#]]
    );
}

#[tokio::test]
async fn an_irreversible_migration_only_goes_up() {
    let chains = chains(&[
        migration(1, "one_way", "CREATE TABLE one_way (id int);").irreversible("for the test"),
        reversible(2, "behind", "CREATE TABLE behind (id int);", "DROP TABLE behind;"),
    ]);
    every_migration(&chains).await.unwrap();
    applies_from_empty(&chains).await.unwrap();
    second_run_does_nothing(&chains).await.unwrap();
    snapbox::assert_data_eq!(
        order_snapshot(&chains),
        str![[r#"
core/V0001__one_way
core/V0002__behind

"#]]
    );
}

#[tokio::test]
async fn an_empty_chain_set_passes() {
    let chains = chains(&[]);
    every_migration(&chains).await.unwrap();
    applies_from_empty(&chains).await.unwrap();
    second_run_does_nothing(&chains).await.unwrap();
}
