//! What a case says when it fails, word by word.

use snapbox::str;
use stairwell::Migration;
use stairwell_testing::{Failure, MigrationCase};

use crate::{
    case::{SEATS, seats, split},
    plugins::table,
    support::{chains, migration, reversible},
};

/// The failure with `[..]` for what is different in every run, and without the command, which nextest does not tell.
fn text(result: Result<(), Failure>) -> String {
    let again = "  = to see it again: cargo test -p stairwell-testing case";
    let text = crate::support::text(result);
    text.split_inclusive('\n').filter(|line| !line.starts_with(again)).collect()
}

#[tokio::test]
async fn a_query_that_is_refused_is_shown() {
    let chains = split();
    let case = MigrationCase::of(&chains, chains.order()[1]);
    let case = case.after_up(async |db| {
        db.query("SELECT id,\n  flor\nFROM seats", &[]).await?;
        Ok(())
    });
    snapbox::assert_data_eq!(
        text(case.run().await),
        str![[r#"
migration_case: `core/V0002__split`, after up: column "flor" does not exist (SQLSTATE 42703)
  SELECT id,
    flor
    ^
  FROM seats
 --> migrations/V0002__split.sql
  = hint: Perhaps you meant to reference the column "seats.floor".
  = the database was kept as it was then: psql '[..]'

"#]]
    );
}

#[tokio::test]
async fn an_assertion_is_shown_with_its_phase_and_the_last_statement() {
    let chains = split();
    let case = MigrationCase::of(&chains, chains.order()[1]);
    let case = case.before(async |db| Ok(db.batch_execute(SEATS).await?)).after_up(async |db| {
        assert_eq!(seats(db).await?, [(4, 537)], "one seat");
        Ok(())
    });
    snapbox::assert_data_eq!(
        text(case.run().await),
        str![[r#"
migration_case: `core/V0002__split`, after up: assertion `left == right` failed: one seat
  left: [(4, 537), (12, 1)]
 right: [(4, 537)]
 --> migrations/V0002__split.sql
  = its last statement: SELECT floor, seat FROM seats ORDER BY id
  = the database was kept as it was then: psql '[..]'

"#]]
    );
}

#[tokio::test]
async fn an_error_of_the_tests_own_is_shown() {
    let chains = split();
    let case = MigrationCase::of(&chains, chains.order()[1]);
    let case = case.before(async |_| Err("no seats at hand".into()));
    snapbox::assert_data_eq!(
        text(case.run().await),
        str![[r#"
migration_case: `core/V0002__split`, before: no seats at hand
  = the database was kept as it was then: psql '[..]'

"#]]
    );
}

#[tokio::test]
async fn a_row_that_the_step_cannot_take_is_blamed_on_the_step() {
    let chains = split();
    let case = MigrationCase::of(&chains, chains.order()[1]);
    let case = case.before(async |db| Ok(db.batch_execute("INSERT INTO seats VALUES (1, 'ground')").await?));
    snapbox::assert_data_eq!(
        text(case.run().await),
        str![[r#"
migration_case: `core/V0002__split`, up: it fails
 --> migrations/V0002__split.sql
  = `core/V0002__split` (migrations/V0002__split.sql) failed: invalid input syntax for type integer: "ground" (SQLSTATE 22P02)
      = it was rolled back: nothing of it remains
  = the database was kept as it was then: psql '[..]'

"#]]
    );
    let case = MigrationCase::of(&chains, chains.order()[1]);
    let case = case.after_up(async |db| Ok(db.batch_execute("ALTER TABLE seats ADD label text").await?));
    snapbox::assert_data_eq!(
        text(case.run().await),
        str![[r#"
migration_case: `core/V0002__split`, down: it fails
 --> migrations/V0002__split.down.sql
  = reverting `core/V0002__split` (migrations/V0002__split.down.sql) failed: column "label" of relation "seats" already exists (SQLSTATE 42701)
      = it was rolled back: nothing of it remains
  = the database was kept as it was then: psql '[..]'

"#]]
    );
}

#[tokio::test]
async fn the_database_that_is_named_is_kept() {
    let chains = split();
    let case = MigrationCase::of(&chains, chains.order()[1]).before(async |db| {
        db.batch_execute("CREATE TABLE clue (id int)").await?;
        Err("look here".into())
    });
    let failure = case.run().await.unwrap_err();
    assert_eq!(failure.check(), Some("migration_case"));
    assert_eq!(failure.migration(), Some(&chains.order()[1]));
    let config: tokio_postgres::Config = failure.kept().unwrap().url().parse().unwrap();
    let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("SELECT FROM clue").await.unwrap();
}

#[tokio::test]
async fn rows_and_steps_on_the_way_to_the_beginning() {
    let chains_with = |first| {
        chains(&[
            reversible(1, "seats", first, "DROP TABLE seats;"),
            reversible(2, "later", "CREATE TABLE later (id int);", "DROP TABLE later;"),
        ])
    };
    let chains = chains_with("CREATE TABLE seats (id nonsense);");
    snapbox::assert_data_eq!(
        text(MigrationCase::of(&chains, chains.order()[1]).run().await),
        str![[r#"
migration_case: `core/V0002__later`, before: it does not come to its beginning
  = `core/V0001__seats` failed: type "nonsense" does not exist (SQLSTATE 42704)
     --> migrations/V0001__seats.sql:1:24
      |
    1 | CREATE TABLE seats (id nonsense);
      |                        ^
      = it was rolled back: nothing of it remains
  = the database was kept as it was then: psql '[..]'

"#]]
    );
    let chains = chains_with("CREATE TABLE seats (id int);");
    let [first, later] = *chains.order() else { unreachable!() };
    let case = MigrationCase::of(&chains, later).rows_after(first, "INSERT INTO seats\nVALUES (1, 2)");
    snapbox::assert_data_eq!(
        text(case.run().await),
        str![[r#"
migration_case: `core/V0002__later`, before: it does not come to its beginning
  = cannot put in the rows given by `rows_after` for `core/V0001__seats`: INSERT has more expressions than target columns (SQLSTATE 42601)
      INSERT INTO seats
      VALUES (1, 2)
                 ^
  = the database was kept as it was then: psql '[..]'

"#]]
    );
    let case = MigrationCase::of(&chains, later).rows_after(later, "INSERT INTO seats VALUES ('x')");
    snapbox::assert_data_eq!(
        text(case.run().await),
        str![[r#"
migration_case: `core/V0002__later`, up: the rows given for after it are refused: invalid input syntax for type integer: "x" (SQLSTATE 22P02)
  INSERT INTO seats VALUES ('x')
                            ^
  = the database was kept as it was then: psql '[..]'

"#]]
    );
}

#[tokio::test]
async fn a_way_that_is_not_there() {
    let chains = split();
    let mut case = MigrationCase::of(&chains, chains.order()[1]).start().await.unwrap();
    snapbox::assert_data_eq!(
        text(case.down().await),
        str![[r#"
migration_case: `core/V0002__split`, down: it is not applied
  = the database was kept as it was then: psql '[..]'

"#]]
    );
    case.up().await.unwrap();
    snapbox::assert_data_eq!(
        text(case.up().await),
        str![[r#"
migration_case: `core/V0002__split`, up: it is applied already
  = the database was kept as it was then: psql '[..]'

"#]]
    );

    let one_way = migration(1, "one_way", "SELECT 1;").irreversible("for the test");
    let chains = crate::support::chains(&[one_way]);
    let case = MigrationCase::of(&chains, one_way).after_down(async |_| Ok(()));
    snapbox::assert_data_eq!(
        text(case.run().await),
        str![[r#"
migration_case: `core/V0001__one_way` is irreversible, so that nothing comes after its way down: for the test
 --> migrations/V0001__one_way.sql

"#]]
    );
}

/// Everything that does not fit together is said before anything is done, in failures of one type.
#[test]
fn what_does_not_fit_together() {
    let order: [Migration; 6] = [
        table("core", 1, &[]),
        table("core", 2, &[]),
        table("printers", 1, &[("core", 2)]),
        table("printers", 2, &[]),
        table("printers", 3, &[]),
        table("usb", 1, &[("printers", 2)]),
    ];
    let chains = chains(&order);
    let [core_1, core_2, printers_1, printers_2, printers_3, usb_1] = order;
    let stranger = table("printers", 9, &[]);
    let case = || MigrationCase::of(&chains, printers_2);
    let all: Vec<String> = [
        MigrationCase::of(&chains, stranger),
        case()
            .with(&[stranger])
            .rows_after(stranger, "")
            .down_from(stranger)
            .rows_before(table("x", 1, &[]), ""),
        case().with(&[core_1]),
        case().with(&[core_1, core_2]),
        case().with(&[core_2, core_2]),
        case().with(&[printers_1]),
        case().with(&[usb_1]),
        case().down_from(printers_1),
        case().down_from(core_1),
        case().rows_after(printers_3, "").rows_before(usb_1, ""),
    ]
    .into_iter()
    .map(|case| text(case.plan().map(drop)))
    .collect();
    snapbox::assert_data_eq!(
        all.join("\n"),
        str![[r#"
migration_case: `printers/V0009__step` is not a migration of this chain set

migration_case: `printers/V0009__step` is not a migration of this chain set

migration_case: `x/V0001__step` is not a migration of this chain set

migration_case: `core/V0001__step` is below the beginning: `printers/V0001__step` requires core@2

migration_case: `core` is named twice, by `core/V0001__step` and `core/V0002__step`

migration_case: `core` is named twice, by `core/V0002__step` and `core/V0002__step`

migration_case: `printers/V0001__step` is of the chain that is tested, where the case begins just below `printers/V0002__step`

migration_case: `usb/V0001__step` stands on `printers/V0002__step`, so that it cannot be there before

migration_case: `printers/V0001__step` is below `printers/V0002__step`, which cannot be reached from it by going down

migration_case: `core/V0001__step` is of another chain, so that `printers/V0002__step` cannot be reached from it by going down

migration_case: `rows_after` names `printers/V0003__step`, which is not applied in this case

migration_case: `rows_before` names `usb/V0001__step`, which is not applied in this case

"#]]
    );
}
