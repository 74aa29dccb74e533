//! `migrate uninstall`, as a transcript.

use snapbox::str;

use crate::support::migrate;

#[tokio::test]
async fn uninstall_says_what_it_does_and_does_it() {
    let database = test_support::database().await;
    let shop = |arguments: &[&str]| migrate(arguments).on(database.url()).env("SHOP", "removable");
    shop(&["up"]).run().code(0);

    shop(&["uninstall", "core", "--yes"]).run().code(1).stdout_eq(str![]).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
error: other migrations require what was to be reverted; nothing was run
  = `printers/V0001__baseline` requires `core/V0001__sites`
  = `printers/V0002__toner` requires `core/V0001__sites`
  = help: revert these first, or with the rest: `--cascade`, `Rollback::cascade`

"#]]);
    shop(&["uninstall", "printers"]).run().code(2).stdout_eq(str![]).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
2 migrations will be reverted, in this order:
  printers/V0002__toner
  printers/V0001__baseline
then `printers` will be forgotten, and "stairwell"."printers" dropped
error: uninstalling can destroy data, and there is no terminal to ask; nothing was run
help: `--yes` answers beforehand

"#]]);
    shop(&["uninstall", "printers", "--yes"])
        .run()
        .code(0)
        .stdout_eq(str![[r#"
printers uninstalled, 2 reverted

"#]])
        .stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
2 migrations will be reverted, in this order:
  printers/V0002__toner
  printers/V0001__baseline
then `printers` will be forgotten, and "stairwell"."printers" dropped
[1/2] reverting printers/V0002__toner [TIME]
[2/2] reverting printers/V0001__baseline [TIME]

"#]]);
    shop(&["uninstall", "printers", "--yes"])
        .run()
        .code(0)
        .stdout_eq(str![[r#"
nothing to uninstall

"#]])
        .stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
nothing to uninstall

"#]]);
    shop(&["status"]).run().code(0).stdout_eq(str![[r#"
plugin    state       applied  last applied     pending
core      up to date  1        V0001__sites     0
printers  2 pending   0        -                2
usb       up to date  1        V0001__baseline  0

pending, in the order in which they apply
  printers/V0001__baseline  plugins/printers/migrations/V0001__baseline.sql
  printers/V0002__toner     plugins/printers/migrations/V0002__toner.sql

"#]]);
    shop(&["up"]).run().code(0).stdout_eq(str![[r#"
core      nothing to do (1 applied)
printers  2 applied, now at V0002__toner
usb       nothing to do (1 applied)

"#]]);
    shop(&["uninstall", "core", "--cascade", "--yes", "--json"]).run().code(0).stdout_eq(str![[r#"
{
  "version": 1,
  "command": "uninstall",
  "reverted": 3,
  "migrations": [
    {
      "plugin": "printers",
      "version": 2,
      "name": "toner",
      "from_journal": false,
      "duration_ms": [MS]
    },
    {
      "plugin": "printers",
      "version": 1,
      "name": "baseline",
      "from_journal": false,
      "duration_ms": [MS]
    },
    {
      "plugin": "core",
      "version": 1,
      "name": "sites",
      "from_journal": false,
      "duration_ms": [MS]
    }
  ],
  "uninstalled": [
    {
      "plugin": "printers",
      "history": "\"stairwell\".\"printers\"",
      "compiled_in": true
    },
    {
      "plugin": "core",
      "history": "\"stairwell\".\"core\"",
      "compiled_in": true
    }
  ]
}

"#]]);
}

/// A build of the application without the plugin.
#[tokio::test]
async fn a_plugin_that_was_removed_goes_by_the_journal() {
    let database = test_support::database().await;
    migrate(&["up"]).on(database.url()).env("SHOP", "removable").run().code(0);
    let without = |arguments: &[&str]| migrate(arguments).on(database.url()).env("SHOP", "without-usb");
    without(&["uninstall", "usv"]).run().code(2).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
error: there is no plugin `usv`; did you mean `usb`? compiled in: core, printers; in the database: usb

"#]]);
    without(&["uninstall", "usb", "--yes"])
        .run()
        .code(0)
        .stdout_eq(str![[r#"
usb uninstalled, 1 reverted

"#]])
        .stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
1 migration will be reverted:
  usb/V1__baseline  not in this program; by the text in the journal
then `usb` will be forgotten, and "stairwell"."usb" dropped  not in this program
[1/1] reverting usb/V1__baseline (from the journal) [TIME]

"#]]);
    without(&["status"]).run().code(0).stdout_eq(str![[r#"
plugin    state       applied  last applied  pending
core      up to date  1        V0001__sites  0
printers  1 pending   2        V0002__toner  1

pending, in the order in which they apply
  printers/V0003__fill_toner  plugins/printers/migrations/V0003__fill_toner.rs (Rust)

"#]]);
}

#[test]
fn requests_that_make_no_sense_need_no_server() {
    let nowhere = "postgres://127.0.0.1:1/nowhere";
    migrate(&["uninstall", "printers@0"]).on(nowhere).run().code(2).stderr_eq(str![[r#"
error: `uninstall` takes out a whole plugin, and no version: `printers`
help: `migrate down printers@0` goes down to a version

"#]]);
    migrate(&["uninstall"]).on(nowhere).run().code(2);
    migrate(&["uninstall", "core", "printers"]).on(nowhere).run().code(2);
}
