//! What the checks say, word by word, and what they let pass.

use std::sync::atomic::{AtomicUsize, Ordering};

use snapbox::str;
use stairwell::Step;
use stairwell_testing::{
    applies_from_empty, every_migration, leaves_no_trace, order_snapshot, second_run_does_nothing, stairway,
};

use crate::support::{chains, migration, migration_of, reversible, text};

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

/// No step could bring it back to its place, so there would be no remedy.
#[tokio::test]
async fn a_column_that_comes_back_behind_all_others_is_no_trace() {
    let table = "CREATE TABLE printers (id int, note text, name text);";
    let chains = chains(&[
        reversible(1, "printers", table, "DROP TABLE printers;"),
        reversible(2, "no_note", "ALTER TABLE printers DROP note;", "ALTER TABLE printers ADD note text;"),
        reversible(
            3,
            "parts",
            "CREATE TABLE parts (id int, note text, name text) PARTITION BY LIST (id);",
            "DROP TABLE parts;",
        ),
        reversible(4, "no_part", "ALTER TABLE parts DROP note;", "ALTER TABLE parts ADD note text;"),
    ]);
    leaves_no_trace(&chains).await.unwrap();
    stairway(&chains).await.unwrap();
}

#[tokio::test]
async fn a_table_that_is_made_again_with_its_columns_in_another_order_is_a_trace() {
    let chains = chains(&[
        reversible(1, "printers", "CREATE TABLE printers (id int, name text);", "DROP TABLE printers;"),
        reversible(2, "none", "DROP TABLE printers;", "CREATE TABLE printers (name text, id int);"),
    ]);
    snapbox::assert_data_eq!(
        text(leaves_no_trace(&chains).await),
        str![[r#"
leaves_no_trace: `core/V0002__none` leaves something behind: its down step does not lead back
  ~ column public.printers.id: position: 1 -> 2
  ~ column public.printers.name: position: 2 -> 1
 --> migrations/V0002__none.down.sql
  = help: `+` is there and was not before, `-` was there and is not, `~` is different
  = the database was kept as it was then: psql '[..]'

"#]]
    );
}

/// With a template for each failure, a folder of five hundred migrations of which a hundred leave something behind
/// took twenty-five thousand applications more, and a gigabyte.
#[tokio::test]
async fn what_is_before_a_failure_is_applied_once_more_for_all_failures() {
    static APPLIED: AtomicUsize = AtomicUsize::new(0);
    fn up<'a>(_: &'a stairwell::Transaction<'_>) -> stairwell::StepFuture<'a> {
        APPLIED.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Ok(()) })
    }
    fn down<'a>(_: &'a stairwell::Transaction<'_>) -> stairwell::StepFuture<'a> {
        Box::pin(async { Ok(()) })
    }
    let source = "async fn up() {} async fn down() {}";
    let mut order = vec![
        migration_of(1, "first", Step::Rust { source, run: up })
            .reverted_by(Step::Rust { source, run: down }),
    ];
    for version in 2..12 {
        let up = format!("CREATE TABLE left_{version} (id int);");
        order.push(reversible(version, "left", &up, "SELECT 1;"));
    }
    let failure = leaves_no_trace(&chains(&order)).await.unwrap_err();
    assert_eq!(failure.others().len(), 9);
    // Twice by the walk itself.
    assert_eq!(APPLIED.load(Ordering::Relaxed), 3);
}

/// A view of twenty columns that gains one was told in twenty lines.
#[tokio::test]
async fn columns_that_only_make_room_for_another_are_not_named() {
    let view = "CREATE VIEW low AS SELECT id, name FROM printers;";
    let more = "CREATE VIEW low AS SELECT id, note, name FROM printers;";
    let chains = chains(&[
        reversible(
            1,
            "printers",
            &format!("CREATE TABLE printers (id int, note text, name text); {view}"),
            "DROP VIEW low; DROP TABLE printers;",
        ),
        reversible(2, "note", &format!("DROP VIEW low; {more}"), "SELECT 1;"),
    ]);
    snapbox::assert_data_eq!(
        text(leaves_no_trace(&chains).await),
        str![[r#"
leaves_no_trace: `core/V0002__note` leaves something behind: its down step does not lead back
  ~ view public.low: query: [..]
  + column public.low.note
 --> migrations/V0002__note.down.sql
  = help: `+` is there and was not before, `-` was there and is not, `~` is different
  = the database was kept as it was then: psql '[..]'

"#]]
    );
}
