//! `app migrate` on a real server.

use std::process::Stdio;

use snapbox::{assert_data_eq, str};

use crate::app;
use test_support::scale;

/// Tables, views and sequences of the application.
const RELATIONS: &str = "SELECT count(*) FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
    WHERE nspname = 'public' AND relkind = $1::text::\"char\"";

#[tokio::test]
async fn a_fresh_database_gets_every_table_and_a_second_run_nothing() {
    let database = test_support::database().await;
    let first = app().arg("migrate").env("DATABASE_URL", database.url()).output().unwrap();
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    assert_data_eq!(
        String::from_utf8(first.stdout).unwrap(),
        str![[r#"
core           15 applied, now at V0015__rename_user_name_to_login
computers      8 applied, now at V0008__computers_out_of_support
equipment      9 applied, now at V0009__equipment_addresses
network        9 applied, now at V0009__connected_computers
notifications  7 applied, now at V20250911083000__hash_unsubscribe_tokens
printers       8 applied, now at V0008__printers_running_low
usb            8 applied, now at V0008__usb_checkouts_overdue

"#]]
    );
    let client = database.connect().await;
    let tables: i64 = client.query_one(RELATIONS, &[&"r"]).await.unwrap().get(0);
    assert_eq!(tables, 37);

    let second = app().arg("migrate").env("DATABASE_URL", database.url()).output().unwrap();
    assert!(second.status.success());
    assert_data_eq!(
        String::from_utf8(second.stdout).unwrap(),
        str![[r#"
nothing to do
core           nothing to do (15 applied)
computers      nothing to do (8 applied)
equipment      nothing to do (9 applied)
network        nothing to do (9 applied)
notifications  nothing to do (7 applied)
printers       nothing to do (8 applied)
usb            nothing to do (8 applied)

"#]]
    );
}

#[tokio::test]
async fn two_processes_at_once_apply_everything_once() {
    for _ in 0..3 * scale() {
        let database = test_support::database().await;
        let start = || {
            let mut app = app();
            app.args(["migrate", "--database-url", database.url()]);
            app.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let (one, two) = (start(), start());
        let mut applied = 0;
        for process in [one, two] {
            let output = process.wait_with_output().unwrap();
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert!(output.status.success(), "{stderr}");
            applied += stderr.matches("/64] ").count();
        }
        assert_eq!(applied, 64);
        let client = database.connect().await;
        let rows: i64 = client
            .query_one(
                "SELECT sum((xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM stairwell.%I',
                 tablename), true, true, '')))[1]::text::bigint)::bigint FROM pg_tables WHERE schemaname = 'stairwell' \
                 AND tablename NOT IN ('journal', 'state')",
                &[],
            )
            .await
            .unwrap()
            .get(0);
        assert_eq!(rows, 64);
    }
}

#[tokio::test]
async fn the_binary_alone_in_an_empty_directory_is_enough() {
    let database = test_support::database().await;
    let empty = tempfile::tempdir().unwrap();
    let alone = empty.path().join("app");
    std::fs::copy(env!("CARGO_BIN_EXE_app"), &alone).unwrap();
    let mut app = std::process::Command::new(&alone);
    test_support::isolate(&mut app);
    let output =
        app.arg("migrate").env("DATABASE_URL", database.url()).current_dir(empty.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let client = database.connect().await;
    let tables: i64 = client.query_one(RELATIONS, &[&"r"]).await.unwrap().get(0);
    assert_eq!(tables, 37);
}

#[tokio::test]
async fn a_site_enables_some_plugins_and_what_they_require() {
    let database = test_support::database().await;
    let migrate = |arguments: &[&str]| {
        let output = app()
            .arg("migrate")
            .args(arguments)
            .env("DATABASE_URL", database.url())
            .env("STAIRWELL_PLUGINS", "printers")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert_data_eq!(
        migrate(&[]),
        str![[r#"
core       15 applied, now at V0015__rename_user_name_to_login
computers  8 applied, now at V0008__computers_out_of_support
network    9 applied, now at V0009__connected_computers
printers   8 applied, now at V0008__printers_running_low

"#]]
    );
    assert_data_eq!(
        migrate(&["status"]),
        str![[r#"
plugin         state       applied  last applied                      pending
core           up to date  15       V0015__rename_user_name_to_login  0
computers      up to date  8        V0008__computers_out_of_support   0
equipment      available   0        -                                 9
network        up to date  9        V0009__connected_computers        0
notifications  available   0        -                                 7
printers       up to date  8        V0008__printers_running_low       0
usb            available   0        -                                 8

"#]]
    );
}

#[tokio::test]
async fn a_target_brings_the_migrations_that_it_requires_and_no_more() {
    let database = test_support::database().await;
    let output =
        app().args(["migrate", "plan", "printers@2"]).env("DATABASE_URL", database.url()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_data_eq!(
        String::from_utf8(output.stdout).unwrap(),
        str![[r#"
1  core/V0001__sites                  migrations/V0001__sites.sql
2  core/V0002__locations              migrations/V0002__locations.sql
3  core/V0003__departments_and_users  migrations/V0003__departments_and_users.sql
4  core/V0004__asset_types            migrations/V0004__asset_types.sql
5  core/V0005__assets                 migrations/V0005__assets.sql
6  network/V0001__baseline            plugins/network/migrations/V0001__baseline.sql
7  network/V0002__ip_addresses        plugins/network/migrations/V0002__ip_addresses.sql
8  printers/V0001__baseline           plugins/printers/migrations/V0001__baseline.sql
9  printers/V0002__add_toner_level    plugins/printers/migrations/V0002__add_toner_level.sql

"#]]
    );
}
