//! P1 to P10: which histories there are, and the rows in them.

use stairwell::{Chain, ChainSet, Migration, Step};
use stairwell_testing::{
    Check, MigrationCase, Suite, any_order, applies_from_empty, concurrent_starts, every_migration,
    one_run_and_steps_agree, order_snapshot, second_run_does_nothing,
};

use super::{CHECKS, test};
use crate::{
    case::is_there,
    plugins::{step, table},
    support::{chains, message, migration, reversible},
};

#[tokio::test]
async fn p01_a_history_without_rows_passes_every_check() {
    let chains = chains(&[
        reversible(1, "sites", "CREATE TABLE sites (id int);", "DROP TABLE sites;"),
        reversible(2, "name", "ALTER TABLE sites ADD name text;", "ALTER TABLE sites DROP name;"),
    ]);
    every_migration(&chains).await.unwrap();
    applies_from_empty(&chains).await.unwrap();
    second_run_does_nothing(&chains).await.unwrap();
    one_run_and_steps_agree(&chains).await.unwrap();
}

/// None at all, and a plugin that has none yet.
#[tokio::test]
async fn p02_an_empty_history_passes_every_check() {
    for chains in [ChainSet::new(&[], &[]), chains(&[])] {
        every_migration(&chains).await.unwrap();
        applies_from_empty(&chains).await.unwrap();
        second_run_does_nothing(&chains).await.unwrap();
        any_order(&chains).await.unwrap();
        concurrent_starts(&chains).await.unwrap();
        assert_eq!(order_snapshot(&chains), "");
    }
}

/// Where the files are is a matter of the chain set, which any code can put together; a failure names them there.
#[tokio::test]
async fn p03_the_files_of_a_history_can_be_anywhere() {
    for (path, down) in [
        ("migrations/V0001__left.sql", "migrations/V0001__left.down.sql"),
        ("plugins/usb/migrations/V0001__left.sql", "plugins/usb/migrations/V0001__left.down.sql"),
        ("../shared/db/changes/V0001__left.sql", "../shared/db/changes/V0001__left.down.sql"),
    ] {
        let sql = "CREATE TYPE left_over AS ENUM ('a');";
        let checksum = refinery::Migration::unapplied("V1__left", sql).unwrap().checksum();
        let left = Migration::new("usb", 1, "left", path, checksum, Step::Sql(sql));
        let left = left.reverted_by(Step::Sql("SELECT 1;"));
        let failure = every_migration(&chains(&[left])).await.unwrap_err();
        assert_eq!(failure.migration().unwrap().path(), path);
        let text = failure.to_string();
        assert!(text.contains(&format!("\n --> {down}\n")), "{text}");
    }
}

/// They are put in while the table has the columns that it had then.
#[test]
fn p04_rows_are_put_in_before_a_migration() {
    let migrations = [
        reversible(1, "sites", "CREATE TABLE sites (id int);", "DROP TABLE sites;"),
        reversible(
            2,
            "code",
            "ALTER TABLE sites ADD code text; UPDATE sites SET code = 'S' || id; \
             ALTER TABLE sites ALTER code SET NOT NULL;",
            "ALTER TABLE sites DROP code;",
        ),
        // It needs the row, so that a test which put none in would fail.
        reversible(
            3,
            "one",
            "INSERT INTO sites SELECT 1 / count(*), 'T' FROM sites;",
            "DELETE FROM sites WHERE code = 'T';",
        ),
    ];
    let chains = chains(&migrations);
    let without = Suite::new(&chains, "shopdb");
    assert_eq!(message(test(&without, Check::Stairway, 2)), "");
    assert_eq!(message(test(&without, Check::Stairway, 3)), "stairway: `core/V0003__one` does not apply");
    let with = Suite::new(&chains, "shopdb").rows_before(migrations[1], "INSERT INTO sites VALUES (7)");
    for check in CHECKS {
        for version in 1..=3 {
            test(&with, check, version).unwrap();
        }
    }
}

/// The migration itself says which rows it has to find.
fn asserting() -> [Migration; 4] {
    let exactly = "DO $$ BEGIN \
        IF (SELECT string_agg(name, ',' ORDER BY name) FROM sites) IS DISTINCT FROM 'Jena,Ulm' \
           OR (SELECT string_agg(site || ':' || id, ',' ORDER BY id) FROM assets) IS DISTINCT FROM 'Ulm:1,Jena:2' \
        THEN RAISE EXCEPTION 'other rows'; END IF; END $$;";
    [
        reversible(1, "sites", "CREATE TABLE sites (name text);", "DROP TABLE sites;"),
        reversible(2, "assets", "CREATE TABLE assets (id int, site text);", "DROP TABLE assets;"),
        reversible(3, "between", "ALTER TABLE sites ADD note text;", "ALTER TABLE sites DROP note;"),
        reversible(4, "exactly", exactly, "SELECT 1;"),
    ]
}

#[test]
fn p05_rows_of_several_tables_at_two_points_are_found_exactly() {
    let migrations = asserting();
    let [sites, assets, ..] = migrations;
    let chains = chains(&migrations);
    let suite = || Suite::new(&chains, "shopdb").rows_after(sites, "INSERT INTO sites VALUES ('Ulm')");
    let both = "INSERT INTO sites VALUES ('Jena'); INSERT INTO assets VALUES (1, 'Ulm'), (2, 'Jena')";
    let complete = suite().rows_after(assets, both);
    for check in CHECKS {
        test(&complete, check, 4).unwrap();
    }
    let text = test(&suite(), Check::Stairway, 4).unwrap_err().to_string();
    assert!(text.contains("failed: other rows"), "{text}");
}

/// Two tables of one name: each row is put in where its statement says, and lost there too.
#[test]
fn p06_rows_of_a_table_in_another_schema() {
    let migrations = [
        reversible(
            1,
            "stock",
            "CREATE SCHEMA archive; CREATE TABLE archive.stock (id int, note text); CREATE TABLE stock (id int, note text);",
            "DROP TABLE stock; DROP SCHEMA archive CASCADE;",
        ),
        reversible(
            2,
            "note",
            "ALTER TABLE archive.stock DROP note;",
            "ALTER TABLE archive.stock ADD note text;",
        ),
    ];
    let chains = chains(&migrations);
    let suite = Suite::new(&chains, "shopdb").rows_after(
        migrations[0],
        "INSERT INTO archive.stock VALUES (1, 'old'); INSERT INTO stock VALUES (2, 'new')",
    );
    let failure = test(&suite, Check::DataSurvives, 2).unwrap_err();
    assert_eq!(
        failure.details(),
        [
            "~ rows of table archive.stock: 1 -> 1\n    - {\"id\": 1, \"note\": \"old\"}\n    + {\"id\": 1, \"note\": null}"
        ]
    );
}

/// Two chains go on from one migration, and everything goes up twice; the row is there once.
#[test]
fn p07_rows_where_chains_part_are_put_in_once() {
    let once =
        "DO $$ BEGIN IF (SELECT count(*) FROM core_1) <> 1 THEN RAISE EXCEPTION 'not once'; END IF; END $$;";
    let order = [
        table("core", 1, &[]),
        step("printers", 1, (once, once), &[("core", 1)]),
        step("usb", 1, (once, once), &[("core", 1)]),
        step("printers", 2, (once, once), &[]),
        step("core", 2, (once, once), &[("printers", 2), ("usb", 1)]),
    ];
    let chains = chains(&order);
    let suite = Suite::new(&chains, "shopdb").rows_after(order[0], "INSERT INTO core_1 VALUES (1)");
    for check in CHECKS {
        for one in &order {
            suite.check(check, one.plugin(), one.version(), "once").unwrap();
        }
    }
}

/// Two chains beside each other; the same with a migration that needs both; and ten migrations in which four need
/// several others, so that there are many orders.
#[tokio::test]
async fn p08_chains_that_part_and_meet_pass_every_check() {
    let parted =
        [table("core", 1, &[]), table("printers", 1, &[("core", 1)]), table("usb", 1, &[("core", 1)])];
    let met = [parted[0], parted[1], parted[2], table("core", 2, &[("printers", 1), ("usb", 1)])];
    let ten = [
        table("core", 1, &[]),
        table("printers", 1, &[("core", 1)]),
        table("usb", 1, &[("core", 1)]),
        table("scanners", 1, &[("printers", 1), ("usb", 1)]),
        table("printers", 2, &[]),
        table("usb", 2, &[]),
        table("scanners", 2, &[("printers", 2), ("usb", 2)]),
        table("labels", 1, &[("printers", 2), ("scanners", 1)]),
        table("usb", 3, &[]),
        table("core", 2, &[("labels", 1), ("scanners", 2), ("usb", 3)]),
    ];
    for order in [&parted[..], &met, &ten] {
        let chains = chains(order);
        every_migration(&chains).await.unwrap();
    }
    any_order(&chains(&met)).await.unwrap();
    one_run_and_steps_agree(&chains(&ten)).await.unwrap();
}

/// Just below a migration, at it, and below it again; the rows stay, and nothing later is there.
#[tokio::test]
async fn p09_to_a_migration_below_it_and_back_rows_survive() {
    let migrations = [
        reversible(1, "sites", "CREATE TABLE sites (id int);", "DROP TABLE sites;"),
        reversible(2, "name", "ALTER TABLE sites ADD name text;", "ALTER TABLE sites DROP name;"),
        reversible(3, "later", "CREATE TABLE later (id int);", "DROP TABLE later;"),
    ];
    let chains = chains(&migrations);
    let [sites, name, later] = migrations;
    let case = || MigrationCase::of(&chains, name).rows_after(sites, "INSERT INTO sites VALUES (1), (2)");
    let columns = "SELECT string_agg(attname, ',' ORDER BY attnum) FROM pg_attribute \
                   WHERE attrelid = 'sites'::regclass AND attnum > 0 AND NOT attisdropped";
    let rows = "SELECT string_agg(id::text, ',' ORDER BY id) FROM sites";
    let seen = async |client: &tokio_postgres::Client| {
        let columns: String = client.query_one(columns, &[]).await.unwrap().get(0);
        let rows: String = client.query_one(rows, &[]).await.unwrap().get(0);
        (columns, rows, is_there(client, "later").await.unwrap())
    };
    let below = ("id".to_owned(), "1,2".to_owned(), false);
    let at = ("id,name".to_owned(), "1,2".to_owned(), false);

    let mut up = case().start().await.unwrap();
    assert_eq!(seen(up.client()).await, below);
    up.up().await.unwrap();
    assert_eq!(seen(up.client()).await, at);
    // What would be the silence of a target that was passed already.
    let again = message(up.up().await);
    assert_eq!(again, "migration_case: `core/V0002__name`, up: it is applied already");

    let mut down = case().down_from(later).start().await.unwrap();
    assert_eq!(seen(down.client()).await, (at.0, at.1, true));
    down.down().await.unwrap();
    assert_eq!(seen(down.client()).await, below);
    let again = message(down.down().await);
    assert_eq!(again, "migration_case: `core/V0002__name`, down: it is not applied");
}

/// Their migrations have the same plugin, versions and names, and only one of them is flawed.
#[test]
fn p10_two_histories_beside_each_other_are_each_their_own() {
    let first = |down| reversible(1, "stock", "CREATE TABLE stock (id int);", down);
    let sound = chains(&[first("DROP TABLE stock;")]);
    let other = step("core", 1, ("CREATE TYPE stock AS ENUM ('a');", "SELECT 1;"), &[]);
    let other = ChainSet::new(vec![Chain::new("core", "", vec![other].leak())].leak(), vec![other].leak());
    let suites = [Suite::new(&sound, "shop"), Suite::new(&other, "office")];
    let found = CHECKS.map(|check| suites.each_ref().map(|suite| message(test(suite, check, 1))));
    let again = "stairway: `core/V0001__step` does not apply again after it went down";
    let trace =
        "leaves_no_trace: `core/V0001__step` leaves something behind: its down step does not lead back";
    assert_eq!(found, [["", again], ["", trace], ["", ""], ["", ""]]);
    let text = test(&suites[1], Check::Stairway, 1).unwrap_err().to_string();
    assert!(text.contains("cargo test -p office stairway::core::v1"), "{text}");
    // A constant of the one is none of the other.
    let mistaken = Suite::new(&other, "office").skip(sound.order()[0], "");
    assert!(
        message(test(&mistaken, Check::Stairway, 1))
            .starts_with("`skip` names `core/V0001__stock`, which is not")
    );
    let unflawed = migration(1, "stock", "SELECT 1;");
    assert_ne!(unflawed, sound.order()[0], "a name is not enough");
}
