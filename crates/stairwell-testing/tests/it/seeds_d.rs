//! What a kit for data migrations has to be able to do, case by case (D); docs/testing.md says which are left out.

use stairwell::{ChainSet, Migration};
use stairwell_testing::{MigrationCase, order_snapshot, order_snapshot_of};
use tokio_postgres::{Client, error::SqlState};

use crate::{
    case::is_there,
    plugins::{line, table},
    support::{chains, reversible},
};

/// Items get a flag that says whether their text is clean; then the flag loses its default.
fn items() -> ChainSet {
    chains(&[
        reversible(1, "items", "CREATE TABLE items (id int, text text);", "DROP TABLE items;"),
        reversible(
            2,
            "flag",
            "ALTER TABLE items ADD is_clean bool NOT NULL DEFAULT false;",
            "ALTER TABLE items DROP is_clean;",
        ),
        reversible(
            3,
            "clean",
            "UPDATE items SET is_clean = text !~ '[^a-z]';",
            "UPDATE items SET is_clean = false;",
        ),
        reversible(
            4,
            "no_default",
            "ALTER TABLE items ALTER is_clean DROP DEFAULT;",
            "ALTER TABLE items ALTER is_clean SET DEFAULT false;",
        ),
    ])
}

async fn clean(client: &Client) -> Result<Vec<(i32, bool)>, tokio_postgres::Error> {
    let rows = client.query("SELECT id, is_clean FROM items ORDER BY id", &[]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

#[tokio::test]
async fn d01_nothing_before_the_first_migration_its_table_after_it() {
    let chains = items();
    MigrationCase::of(&chains, chains.order()[0])
        .before(async |db| assert!(!is_there(db, "items").await.unwrap()))
        .after_up(async |db| assert!(is_there(db, "items").await.unwrap()))
        .after_down(async |db| assert!(!is_there(db, "items").await.unwrap()))
        .run()
        .await
        .unwrap();
}

#[tokio::test]
async fn d02_forward_data_two_rows_one_clean_afterwards() {
    let chains = items();
    MigrationCase::of(&chains, chains.order()[2])
        .before(async |db| {
            Ok(db.batch_execute("INSERT INTO items VALUES (1, 'clean'), (2, 'not-clean')").await?)
        })
        .after_up(async |db| assert_eq!(clean(db).await.unwrap(), [(1, true), (2, false)]))
        .run()
        .await
        .unwrap();
}

#[tokio::test]
async fn d03_without_its_default_a_column_refuses_null() {
    let chains = items();
    let insert = "INSERT INTO items (id) VALUES (1)";
    MigrationCase::of(&chains, chains.order()[3])
        .before(async |db| Ok(db.batch_execute(insert).await?))
        .after_up(async |db| {
            let error = db.batch_execute(insert).await.unwrap_err();
            assert_eq!(error.code(), Some(&SqlState::NOT_NULL_VIOLATION));
            Ok(())
        })
        .after_down(async |db| Ok(db.batch_execute(insert).await?))
        .run()
        .await
        .unwrap();
}

#[tokio::test]
async fn d04_backward_schema_and_backward_data() {
    let chains = items();
    let [_, flag, clean_up, _] = *chains.order() else { unreachable!() };
    MigrationCase::of(&chains, clean_up)
        .down_from(clean_up)
        .before(async |db| Ok(db.batch_execute("INSERT INTO items VALUES (1, 'clean', true)").await?))
        .after_down(async |db| assert_eq!(clean(db).await.unwrap(), [(1, false)]))
        .after_up(async |db| assert_eq!(clean(db).await.unwrap(), [(1, true)]))
        .run()
        .await
        .unwrap();
    MigrationCase::of(&chains, flag)
        .down_from(clean_up)
        .before(async |db| Ok(db.batch_execute("INSERT INTO items VALUES (1, 'clean', true)").await?))
        .after_down(async |db| {
            let error = clean(db).await.unwrap_err();
            assert_eq!(error.code(), Some(&SqlState::UNDEFINED_COLUMN));
            Ok(())
        })
        .run()
        .await
        .unwrap();
}

/// Three chains; `usb` stands on `core`.
fn three() -> [Migration; 8] {
    [
        table("core", 1, &[]),
        table("core", 2, &[]),
        table("printers", 1, &[]),
        table("usb", 1, &[("core", 1)]),
        table("usb", 2, &[]),
        table("printers", 2, &[]),
        table("usb", 3, &[("core", 2)]),
        table("core", 3, &[]),
    ]
}

#[test]
fn d05_one_target_several_and_in_several_calls() {
    let order = three();
    let chains = chains(&order);
    let [core_1, _, _, _, usb_2, printers_2, ..] = order;
    let case = || MigrationCase::of(&chains, printers_2);
    let both = "core@1 printers@1 usb@1 usb@2";
    assert_eq!(line(&case().with(&[core_1]).plan().unwrap()), "core@1 printers@1");
    assert_eq!(line(&case().with(&[core_1, usb_2]).plan().unwrap()), both);
    assert_eq!(line(&case().with(&[usb_2, core_1]).plan().unwrap()), both);
    assert_eq!(line(&case().with(&[usb_2]).with(&[core_1]).plan().unwrap()), both);
}

#[test]
fn d06_where_the_plan_is_cut_off() {
    let order = three();
    let chains = chains(&order);
    let [core_1, _, printers_1, usb_1, usb_2, _, usb_3, core_3] = order;
    let case = |migration| MigrationCase::of(&chains, migration);
    let cut = |case: MigrationCase| line(&case.plan().unwrap());
    // Broad, in every place.
    assert_eq!(cut(case(core_1)), "");
    assert_eq!(cut(case(printers_1)), "core@1 core@2");
    assert_eq!(cut(case(usb_3)), "core@1 core@2 printers@1 usb@1 usb@2 printers@2");
    assert_eq!(cut(case(core_3)), "core@1 core@2 printers@1 usb@1 usb@2 printers@2 usb@3");
    // Each chain by itself.
    assert_eq!(cut(case(core_1).alone()), "");
    assert_eq!(cut(case(core_3).alone()), "core@1 core@2");
    assert_eq!(cut(case(usb_3).alone()), "core@1 core@2 usb@1 usb@2");
    // The furthest of two targets does not pull in what is between.
    assert_eq!(cut(case(core_3).with(&[printers_1, usb_2])), "core@1 core@2 printers@1 usb@1 usb@2");

    // There is no case in a plan without migrations.
    let none = crate::support::chains(&[]);
    assert_eq!(
        MigrationCase::of(&none, core_1).plan().unwrap_err().to_string(),
        "migration_case: `core/V0001__step` is not a migration of this chain set"
    );
    // A migration that is nowhere, in each place where one is named; and one that has another name or text.
    let stranger = table("usb", 9, &[]);
    let other_text = crate::plugins::step("usb", 1, ("SELECT 1;", "SELECT 1;"), &[]);
    for case in [
        case(stranger),
        case(core_3).with(&[usb_1, stranger]),
        case(core_3).rows_after(stranger, ""),
        case(core_3).down_from(stranger),
        case(core_3).with(&[other_text]),
    ] {
        let failure = case.plan().unwrap_err().to_string();
        assert!(failure.ends_with("is not a migration of this chain set"), "{failure}");
    }
}

#[test]
fn d07_the_order_of_one_chain_of_none_and_of_all() {
    let chains = chains(&three());
    snapbox::assert_data_eq!(
        order_snapshot_of(&chains, "usb").unwrap(),
        snapbox::str![[r#"
  … 3 of core, printers
usb/V0001__step
usb/V0002__step
  … 1 of printers
usb/V0003__step
  … 1 of core

"#]]
    );
    assert_eq!(order_snapshot_of(&chains, "nobody"), None);
    assert_eq!(order_snapshot(&chains).lines().count(), 8);
    snapbox::assert_data_eq!(
        order_snapshot(&chains),
        snapbox::str![[r#"
core/V0001__step
core/V0002__step
printers/V0001__step
usb/V0001__step
usb/V0002__step
printers/V0002__step
usb/V0003__step
core/V0003__step

"#]]
    );
}

/// An earlier migration makes everything that is not a table. The next case finds none of it, and the test behind it
/// does not fail for it.
#[tokio::test]
async fn d12_the_beginning_of_a_case_has_no_object_of_another() {
    let up = "CREATE TABLE t (id int); CREATE TYPE mood AS ENUM ('fine'); CREATE VIEW v AS SELECT 1; CREATE SEQUENCE s; \
        CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE EXTENSION pg_trgm; CREATE SCHEMA other;";
    let down = "DROP SCHEMA other; DROP EXTENSION pg_trgm; DROP FUNCTION f(); DROP SEQUENCE s; DROP VIEW v; \
        DROP TYPE mood; DROP TABLE t;";
    let chains = chains(&[
        reversible(1, "objects", up, down),
        reversible(2, "row", "INSERT INTO t VALUES (1);", "DELETE FROM t;"),
    ]);
    for _ in 0..2 {
        for migration in chains.order() {
            MigrationCase::of(&chains, *migration).run().await.unwrap();
        }
        // Left behind on purpose: the case ends above all of it.
        let mut case = MigrationCase::of(&chains, chains.order()[1]).start().await.unwrap();
        case.up().await.unwrap();
    }
}
