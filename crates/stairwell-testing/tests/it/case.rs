//! Tests of what a migration does to data: the ways that a case can go.

use stairwell::{ChainSet, Migration};
use stairwell_testing::MigrationCase;
use tokio_postgres::Client;

use crate::{
    plugins::{line, percent_step, step, table},
    support::{chains, migration, reversible},
};

/// A label is split in two, and put together again.
pub(crate) fn split() -> ChainSet {
    chains(&[
        reversible(1, "seats", "CREATE TABLE seats (id int, label text);", "DROP TABLE seats;"),
        reversible(
            2,
            "split",
            "ALTER TABLE seats ADD floor int, ADD seat int; \
             UPDATE seats SET floor = split_part(label, '.', 1)::int, seat = split_part(label, '.', 2)::int; \
             ALTER TABLE seats DROP label;",
            "ALTER TABLE seats ADD label text; UPDATE seats SET label = floor || '.' || seat; \
             ALTER TABLE seats DROP floor, DROP seat;",
        ),
        reversible(3, "later", "CREATE TABLE later (id int);", "DROP TABLE later;"),
    ])
}

pub(crate) const SEATS: &str = "INSERT INTO seats VALUES (1, '4.537'), (2, '12.1')";

pub(crate) async fn seats(client: &Client) -> Result<Vec<(i32, i32)>, tokio_postgres::Error> {
    let rows = client.query("SELECT floor, seat FROM seats ORDER BY id", &[]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

pub(crate) async fn labels(client: &Client) -> Result<Vec<String>, tokio_postgres::Error> {
    let rows = client.query("SELECT label FROM seats ORDER BY id", &[]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

pub(crate) async fn is_there(client: &Client, table: &str) -> Result<bool, tokio_postgres::Error> {
    Ok(client.query_one("SELECT to_regclass($1) IS NOT NULL", &[&table]).await?.get(0))
}

#[tokio::test]
async fn a_case_goes_up_and_down_and_looks_in_between() {
    let chains = split();
    let mut phases = Vec::new();
    // What it looks at may borrow what is around it.
    let seen = std::cell::RefCell::new(&mut phases);
    MigrationCase::of(&chains, chains.order()[1])
        .before(async |db| {
            db.batch_execute(SEATS).await?;
            seen.borrow_mut().push("before");
            Ok(())
        })
        .after_up(async |db| {
            assert_eq!(seats(db).await?, [(4, 537), (12, 1)]);
            assert!(!is_there(db, "later").await?);
            seen.borrow_mut().push("after up");
            Ok(())
        })
        .after_down(async |db| {
            assert_eq!(labels(db).await?, ["4.537", "12.1"]);
            seen.borrow_mut().push("after down");
            Ok(())
        })
        .run()
        .await
        .unwrap();
    assert_eq!(phases, ["before", "after up", "after down"]);
}

#[tokio::test]
async fn every_part_of_a_case_can_be_left_out() {
    let chains = split();
    let split = chains.order()[1];
    MigrationCase::of(&chains, split).run().await.unwrap();
    let look = async |db: &mut Client| assert_eq!(labels(db).await.unwrap(), ["1.2"]);
    let case = MigrationCase::of(&chains, split).rows_before(split, "INSERT INTO seats VALUES (1, '1.2')");
    case.after_down(look).run().await.unwrap();
}

#[tokio::test]
async fn a_case_can_begin_above_its_migration_and_go_down_first() {
    let chains = split();
    let [_, split, later] = chains.order() else { unreachable!() };
    let case = MigrationCase::of(&chains, *split).down_from(*later);
    assert_eq!(line(&case.plan().unwrap()), "core@1 core@2 core@3");
    case.before(async |db| {
        Ok(db.batch_execute("INSERT INTO seats (id, floor, seat) VALUES (1, 7, 8)").await?)
    })
    .after_down(async |db| {
        assert!(!is_there(db, "later").await?);
        assert_eq!(labels(db).await?, ["7.8"]);
        Ok(())
    })
    .after_up(async |db| {
        assert_eq!(seats(db).await?, [(7, 8)]);
        assert!(!is_there(db, "later").await?, "only the migration itself goes up again");
        Ok(())
    })
    .run()
    .await
    .unwrap();
}

/// Two chains beside each other, and one that stands on the first.
fn several() -> [Migration; 6] {
    [
        table("core", 1, &[]),
        table("printers", 1, &[("core", 1)]),
        table("core", 2, &[]),
        table("usb", 1, &[("core", 2)]),
        table("printers", 2, &[]),
        table("usb", 2, &[("printers", 2)]),
    ]
}

#[test]
fn what_is_there_before() {
    let order = several();
    let chains = chains(&order);
    let [_, _, core_2, usb_1, printers_2, usb_2] = order;
    let case = || MigrationCase::of(&chains, printers_2);
    let plan = |case: MigrationCase| line(&case.plan().unwrap());
    assert_eq!(plan(case()), "core@1 printers@1 core@2 usb@1");
    assert_eq!(plan(case().alone()), "core@1 printers@1");
    assert_eq!(plan(case().with(&[core_2])), "core@1 printers@1 core@2");
    assert_eq!(plan(case().with(&[usb_1])), "core@1 printers@1 core@2 usb@1");
    assert_eq!(plan(case().alone().down_from(printers_2)), "core@1 printers@1 printers@2");
    let above = case().down_from(printers_2).with(&[usb_2]);
    assert_eq!(plan(above), "core@1 printers@1 core@2 usb@1 printers@2 usb@2");
}

#[tokio::test]
async fn what_stands_on_the_migration_goes_down_with_it() {
    let order = several();
    let chains = chains(&order);
    let case = MigrationCase::of(&chains, order[4]).down_from(order[4]).with(&[order[5]]);
    let case = case.before(async |db| assert!(is_there(db, "usb_2").await.unwrap()));
    let case = case.after_down(async |db| {
        assert!(!is_there(db, "usb_2").await?);
        assert!(is_there(db, "usb_1").await?);
        Ok(())
    });
    case.run().await.unwrap();
}

#[tokio::test]
async fn rows_are_put_in_around_any_migration_of_any_chain() {
    let log = |sql| step("printers", 1, (sql, "DROP TABLE log;"), &[]);
    let order = [
        log("CREATE TABLE log (id int GENERATED ALWAYS AS IDENTITY, what text);"),
        step("core", 1, ("INSERT INTO log (what) VALUES ('core 1');", "SELECT 1;"), &[("printers", 1)]),
        step("usb", 1, ("INSERT INTO log (what) VALUES ('usb 1');", "SELECT 1;"), &[("core", 1)]),
    ];
    let chains = chains(&order);
    let case = || {
        MigrationCase::of(&chains, order[2])
            .rows_before(order[0], "CREATE TABLE unmanaged (id int);")
            .rows_after(order[0], "INSERT INTO log (what) VALUES ('after printers 1')")
            .rows_before(order[1], "INSERT INTO log (what) VALUES ('before core 1')")
            .rows_after(order[1], "INSERT INTO log (what) VALUES ('after core 1')")
            .rows_before(order[2], "INSERT INTO log (what) VALUES ('before usb 1')")
            .rows_after(order[2], "INSERT INTO log (what) VALUES ('after usb 1')")
    };
    let expected = [
        "after printers 1",
        "before core 1",
        "core 1",
        "after core 1",
        "before usb 1",
        "usb 1",
        "after usb 1",
    ];
    for case in [case(), case().alone(), case().down_from(order[2])] {
        let looked = case.after_up(async |db| {
            assert!(is_there(db, "unmanaged").await?);
            let rows = db.query("SELECT what FROM log ORDER BY id", &[]).await?;
            let mut rows: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
            // The one that went down first has run its migration twice.
            if rows.len() > expected.len() {
                assert_eq!(rows.pop(), Some("usb 1"));
            }
            assert_eq!(rows, expected);
            Ok(())
        });
        looked.run().await.unwrap();
    }
}

#[tokio::test]
async fn a_step_in_rust_goes_the_same_way() {
    let make = "CREATE TABLE printers (id int, level text, toner int);";
    let chains = chains(&[reversible(1, "printers", make, "DROP TABLE printers;"), percent_step()]);
    MigrationCase::of(&chains, percent_step())
        .before(async |db| Ok(db.batch_execute("INSERT INTO printers VALUES (1, '40%'), (2, '7')").await?))
        .after_up(async |db| {
            let rows = db.query("SELECT toner FROM printers ORDER BY id", &[]).await?;
            assert_eq!(rows.iter().map(|row| row.get(0)).collect::<Vec<i32>>(), [40, 7]);
            Ok(())
        })
        .after_down(async |db| {
            let rows = db.query("SELECT level FROM printers ORDER BY id", &[]).await?;
            assert_eq!(rows.iter().map(|row| row.get(0)).collect::<Vec<String>>(), ["40%", "7%"]);
            Ok(())
        })
        .run()
        .await
        .unwrap();
}

#[tokio::test]
async fn statements_outside_a_transaction_go_the_same_way() {
    let chains = chains(&[
        reversible(1, "seats", "CREATE TABLE seats (id int);", "DROP TABLE seats;"),
        reversible(
            2,
            "index",
            "-- stairwell: no-transaction\nCREATE UNIQUE INDEX CONCURRENTLY one_seat ON seats (id);\n",
            "-- stairwell: no-transaction\nDROP INDEX CONCURRENTLY one_seat;\n",
        ),
    ]);
    MigrationCase::of(&chains, chains.order()[1])
        .before(async |db| Ok(db.batch_execute("INSERT INTO seats VALUES (1)").await?))
        .after_up(async |db| {
            let error = db.batch_execute("INSERT INTO seats VALUES (1)").await.unwrap_err();
            assert_eq!(error.code(), Some(&tokio_postgres::error::SqlState::UNIQUE_VIOLATION));
            Ok(())
        })
        .after_down(async |db| Ok(db.batch_execute("INSERT INTO seats VALUES (1)").await?))
        .run()
        .await
        .unwrap();
}

#[tokio::test]
async fn an_irreversible_migration_only_goes_up() {
    let one_way = migration(1, "one_way", "CREATE TABLE one_way (id int);").irreversible("for the test");
    let chains = chains(&[one_way]);
    let case = MigrationCase::of(&chains, one_way);
    case.after_up(async |db| assert!(is_there(db, "one_way").await.unwrap())).run().await.unwrap();
}

#[tokio::test]
async fn a_started_case_goes_its_own_way() {
    let chains = split();
    let mut case = MigrationCase::of(&chains, chains.order()[1]).alone().start().await.unwrap();
    for _ in 0..2 {
        case.client()
            .batch_execute("DELETE FROM seats; INSERT INTO seats VALUES (1, '4.537')")
            .await
            .unwrap();
        case.up().await.unwrap();
        let other = case.database().connect().await.unwrap();
        assert_eq!(seats(&other).await.unwrap(), [(4, 537)]);
        case.down().await.unwrap();
        assert_eq!(labels(case.client()).await.unwrap(), ["4.537"]);
    }
}

/// Whatever one case leaves, and whatever it is, the next does not meet it.
#[tokio::test]
async fn nothing_of_one_case_is_in_the_next() {
    let chains = split();
    let everything = "CREATE TYPE mood AS ENUM ('fine'); CREATE VIEW v AS SELECT 1; CREATE SEQUENCE s; \
        CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE EXTENSION pg_trgm; CREATE SCHEMA other; \
        CREATE DOMAIN d AS int; CREATE TABLE t (id int); CREATE PUBLICATION p; CREATE COLLATION c FROM \"C\"";
    for _ in 0..2 {
        let case = MigrationCase::of(&chains, chains.order()[1]);
        // It would fail if any of them were there.
        case.before(async |db| Ok(db.batch_execute(everything).await?)).run().await.unwrap();
    }
}
