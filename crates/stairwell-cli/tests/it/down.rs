//! `migrate down`, as a transcript.

use snapbox::str;

use crate::support::migrate;

#[tokio::test]
async fn down_says_what_it_does_and_does_it() {
    let database = test_support::database().await;
    let shop = |arguments: &[&str]| migrate(arguments).on(database.url()).env("SHOP", "reversible");
    shop(&["up"]).run().code(0);

    shop(&["down", "printers@1"]).run().code(2).stdout_eq(str![]).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
1 migration will be reverted:
  printers/V0002__toner
error: reverting can destroy data, and there is no terminal to ask; nothing was run
help: `--yes` answers beforehand

"#]]);
    shop(&["down", "printers@1", "--yes"])
        .run()
        .code(0)
        .stdout_eq(str![[r#"
1 reverted, the last printers/V0002__toner

"#]])
        .stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
1 migration will be reverted:
  printers/V0002__toner
[1/1] reverting printers/V0002__toner [TIME]

"#]]);
    shop(&["down", "core@0", "--yes"]).run().code(1).stdout_eq(str![]).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
error: other migrations require what was to be reverted; nothing was run
  = `printers/V0001__baseline` requires `core/V0001__sites`
  = help: revert these first, or with the rest: `--cascade`, `Rollback::cascade`

"#]]);
    shop(&["down", "printers@0", "--yes", "--json"]).run().code(0).stdout_eq(str![[r#"
{
  "version": 1,
  "command": "down",
  "reverted": 1,
  "migrations": [
    {
      "plugin": "printers",
      "version": 1,
      "name": "baseline",
      "from_journal": false,
      "duration_ms": [MS]
    }
  ]
}

"#]]);
    shop(&["down", "printers@0", "--yes"])
        .run()
        .code(0)
        .stdout_eq(str![[r#"
nothing to revert

"#]])
        .stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
nothing to revert

"#]]);
}

/// An older build of the same application.
#[tokio::test]
async fn what_the_program_does_not_contain_comes_from_the_journal() {
    let database = test_support::database().await;
    migrate(&["up"]).on(database.url()).env("SHOP", "reversible").run().code(0);
    let older = |arguments: &[&str]| migrate(arguments).on(database.url()).env("SHOP", "first-printers");
    older(&["down", "printers@1", "--yes"])
        .run()
        .code(0)
        .stdout_eq(str![[r#"
1 reverted, the last printers/V2__toner

"#]])
        .stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
1 migration will be reverted:
  printers/V2__toner  not in this program; by the text in the journal
[1/1] reverting printers/V2__toner (from the journal) [TIME]

"#]]);
}

#[tokio::test]
async fn requests_that_make_no_sense_are_usage_errors_without_a_server() {
    let nowhere = "postgres://127.0.0.1:1/nowhere";
    for (arguments, message) in [
        (&["down"][..], "the following required arguments were not provided"),
        (&["down", "printer@1"], "there is no plugin `printer`; did you mean `printers`?"),
        (&["down", "--steps", "0"], "expected a whole number from 1"),
        (&["down", "--steps", "1", "printers@1"], "cannot be used with"),
        (&["up", "--keep-going", "--single-transaction"], "cannot be used with"),
    ] {
        let output = migrate(arguments).on(nowhere).run().code(2);
        let text = String::from_utf8_lossy(&output.get_output().stderr).into_owned();
        assert!(text.contains(message), "{arguments:?}: {text}");
    }
}

#[tokio::test]
async fn options_of_up_reach_the_run() {
    let database = test_support::database().await;
    let shop = |arguments: &[&str]| migrate(arguments).on(database.url());
    shop(&["up", "--keep-going"]).env("SHOP", "broken").run().code(1).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
[1/5] core/V0001__sites [TIME]
[2/5] printers/V0001__baseline [TIME]
[3/5] printers/V0002__toner [TIME]
[4/5] printers/V0003__broken
[5/5] usb/V0001__baseline [TIME]
error: `printers/V0003__broken` failed: relation "printerz" does not exist (SQLSTATE 42P01)
 --> plugins/printers/migrations/V0003__broken.sql:2:13
  |
2 | INSERT INTO printerz VALUES (1);
  |             ^
  = it was rolled back: nothing of it remains
  = applied by this run, and stays applied: 4 in all

"#]]);
    shop(&["up", "--single-transaction", "--lock-timeout", "2s", "--retries", "0"]).run().code(0);
}

#[tokio::test]
async fn redo_and_to_go_both_ways() {
    let database = test_support::database().await;
    let shop = |arguments: &[&str]| migrate(arguments).on(database.url()).env("SHOP", "reversible");
    shop(&["to", "printers@1", "--yes"]).run().code(0).stdout_eq(str![[r#"
nothing to revert
core      1 applied, now at V0001__sites
printers  1 applied, now at V0001__baseline

"#]]);
    shop(&["up"]).run().code(0);
    shop(&["redo", "--steps", "2", "--yes"]).run().code(1).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
error: what was asked for cannot be reverted; nothing was run
  = `usb/V0001__baseline`: it has no down step

"#]]);
    shop(&["redo", "printers@1", "--yes"]).run().code(0).stdout_eq(str![[r#"
1 reverted, the last printers/V0002__toner
core      nothing to do (1 applied)
printers  1 applied, now at V0002__toner

"#]]);
    shop(&["to", "printers@1", "--yes", "--json"]).run().code(0).stdout_eq(str![[r#"
{
  "version": 1,
  "command": "to",
  "reverted": 1,
  "migrations": [
    {
      "plugin": "printers",
      "version": 2,
      "name": "toner",
      "from_journal": false,
      "duration_ms": [MS]
    }
  ],
  "up": {
    "applied": 0,
    "plugins": [
      {
        "plugin": "core",
        "already": 1,
        "applied": []
      },
      {
        "plugin": "printers",
        "already": 1,
        "applied": []
      }
    ]
  }
}

"#]]);
}
