//! Requests that make no sense, and databases that are not as they should be: one clear message each, the right
//! status, and nothing lost.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use snapbox::cmd::OutputAssert;
use snapbox::str;
use test_support::TestDatabase;

use crate::support::migrate;

/// Nobody answers here: what is refused with status 2 is refused before connecting.
const NOWHERE: &str = "postgres://me@127.0.0.1:1/nowhere";

fn at_nowhere(arguments: &[&str]) -> OutputAssert {
    migrate(arguments).on(NOWHERE).run()
}

fn shop(database: &TestDatabase, arguments: &[&str]) -> OutputAssert {
    migrate(arguments).on(database.url()).env("SHOP", "removable").run()
}

async fn applied() -> TestDatabase {
    let database = test_support::database().await;
    shop(&database, &["up"]).code(0);
    database
}

#[test]
fn a_plugin_that_does_not_exist() {
    for arguments in [
        &["up", "printer"][..],
        &["plan", "printer@1"],
        &["down", "printer@1", "--yes"],
        &["redo", "printer@1", "--yes"],
        &["to", "printer@1", "--yes"],
        &["mark", "printer@1", "--yes"],
        &["unmark", "printer@1", "--yes"],
        &["adopt", "printer@1", "--yes"],
        &["sql", "--to", "printer@1"],
        &["sql", "--from", "printer@1"],
        &["graph", "--plugins", "printer"],
    ] {
        let run = at_nowhere(arguments);
        let status = run.get_output().status.code();
        assert_eq!(status, Some(2), "{arguments:?}");
        let text = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
        let message = "error: there is no plugin `printer`; did you mean `printers`? compiled in: core, printers, usb\n";
        assert!(text.starts_with(message), "{arguments:?}: {text}");
    }
    // `uninstall` asks the database, which may know plugins that the program does not: see uninstall.rs.
}

#[tokio::test]
async fn a_version_that_does_not_exist() {
    at_nowhere(&["up", "printers@9"]).code(2).stderr_eq(str![[r#"
error: `printers` has no version 9; near it: 2, 3

"#]]);
    at_nowhere(&["up", "printers@0"]).code(2).stderr_eq(str![[r#"
error: `printers` has no version 0; near it: 1, 2

"#]]);
    at_nowhere(&["up", "printers@-1"]).code(2).stderr_eq(str![[r#"
error: `-1` in `printers@-1` is not a version; write `printers@3`

"#]]);
    at_nowhere(&["up", "printers@"]).code(2).stderr_eq(str![[r#"
error: `` in `printers@` is not a version; write `printers@3`

"#]]);
    at_nowhere(&["up", "@3"]).code(2).stderr_eq(str![[r#"
error: `@3` names no plugin; write `printers` or `printers@3`

"#]]);
    at_nowhere(&["up", ""]).code(2).stderr_eq(str![[r#"
error: `` names no plugin; write `printers` or `printers@3`

"#]]);
    at_nowhere(&["up", "printers@1@2"]).code(2).stderr_eq(str![[r#"
error: `1@2` in `printers@1@2` is not a version; write `printers@3`

"#]]);
    at_nowhere(&["up", "printers@999999999999999999"]).code(2).stderr_eq(str![[r#"
error: `printers` has no version 999999999999999999; near it: 2, 3

"#]]);
    at_nowhere(&["up", "printers@99999999999999999999"]).code(2).stderr_eq(str![[r#"
error: `99999999999999999999` in `printers@99999999999999999999` is not a version; write `printers@3`

"#]]);
    at_nowhere(&["mark", "printers@9", "--yes"]).code(2).stderr_eq(str![[r#"
error: `printers` has no version 9; near it: 2, 3

"#]]);
    at_nowhere(&["mark", "printers", "--yes"]).code(2).stderr_eq(str![[r#"
error: say which migration is meant, with its version: `printers@3`

"#]]);
    at_nowhere(&["sql", "--to", "printers@9"]).code(2).stderr_eq(str![[r#"
error: `printers` has no version 9; near it: 2, 3

"#]]);
    let database = applied().await;
    shop(&database, &["to", "printers@9", "--yes"]).code(2).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
error: `printers` has no version 9, neither here nor in the database; `printers@0` is its whole chain

"#]]);
    shop(&database, &["down", "printers@9", "--yes"]).code(2).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
error: `printers` has no version 9, neither here nor in the database; `printers@0` is its whole chain

"#]]);
    shop(&database, &["redo", "printers@9", "--yes"]).code(2).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
error: `printers` has no version 9, neither here nor in the database; `printers@0` is its whole chain

"#]]);
    shop(&database, &["unmark", "printers@9", "--yes"]).code(1).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
error: "stairwell"."printers" has no row of version 9; nothing was changed

"#]]);
    shop(&database, &["down", "printers", "--yes"]).code(2).stderr_eq(str![[r#"
error: `printers` does not say how far down; write `printers@0` for its whole chain

"#]]);
    shop(&database, &["status", "--check"]).code(0);
}

#[tokio::test]
async fn a_version_below_the_current_one() {
    let database = applied().await;
    shop(&database, &["up", "printers@1"]).code(0).stdout_eq(str![[r#"
nothing to do
core      nothing to do (1 applied)
printers  nothing to do (2 applied, up to version 2; `migrate to` goes down)

"#]]);
    shop(&database, &["plan", "printers@1"]).code(0).stdout_eq(str![[r#"
nothing to do

"#]]);
    shop(&database, &["mark", "printers@1", "--yes"]).code(1).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
error: `printers/V0001__baseline` is recorded already, as applied on [WHEN]; nothing was changed

"#]]);
    shop(&database, &["unmark", "printers@1", "--yes"]).code(1).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
error: `printers@1` cannot be unmarked: recorded after it or requiring it: `printers/V0002__toner`; unmark these first; nothing was changed

"#]]);
    shop(&database, &["sql", "--from", "printers@2", "--to", "printers@1"]).code(2).stderr_eq(str![[r#"
error: the script would end at `printers@1` before it begins, after `printers@2`

"#]]);
    shop(&database, &["status", "--check"]).code(0);
    // And above it, on the way down.
    shop(&database, &["down", "printers@1", "--yes"]).code(0);
    shop(&database, &["down", "printers@2", "--yes"]).code(0).stdout_eq(str![[r#"
nothing to revert

"#]]);
    shop(&database, &["up"]).code(0);
}

#[test]
fn options_that_contradict_each_other() {
    for (arguments, message) in [
        (&["up", "--keep-going", "--single-transaction"][..], "cannot be used with"),
        (&["up", "printers@1", "printers@2"], "`printers@1` and `printers@2` contradict each other"),
        (&["to", "printers@1", "printers@2"], "`printers@1` and `printers@2` contradict each other"),
        (&["up", "usb", "--plugins", "printers"], "the plugin `usb` is compiled in but not enabled"),
        (&["down", "usb@0", "--plugins", "printers"], "the plugin `usb` is compiled in but not enabled"),
        (&["down", "--steps", "1", "printers@1"], "cannot be used with"),
        (&["down", "--steps", "0"], "expected a whole number from 1"),
        (&["down", "--steps", "-1"], "unexpected argument '-1'"),
        (&["redo", "--steps", "1", "printers@1"], "cannot be used with"),
        (&["sql", "--from", "core@1", "--pending"], "cannot be used with"),
        (&["sql", "--to", "core@1,core@2"], "contradict each other"),
        (&["verify", "--no-drift", "--ignore-schema", "s"], "cannot be used with"),
        (&["graph", "--json", "--format", "dot"], "contradict each other"),
        (&["status", "--lease-time", "1m"], "`--lease-time` means nothing without `--lock lease`"),
        (
            &["up", "--lock", "session", "--lease-time", "1m"],
            "`--lease-time` means nothing without `--lock lease`",
        ),
        (&["up", "--lock", "lease", "--lease-time", "10ms"], "expected at least `1s`"),
        (&["history", "--last", "0"], "0 is not in 1.."),
    ] {
        let run = at_nowhere(arguments);
        let status = run.get_output().status.code();
        assert_eq!(status, Some(2), "{arguments:?}");
        let text = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
        assert!(text.contains(message), "{arguments:?}: {text}");
    }
}

/// Numbers that fit nowhere are a word about the number, not a crash.
#[tokio::test]
async fn numbers_that_are_too_large() {
    for arguments in [
        &["up", "--lock-wait", "999999999999d"][..],
        &["up", "--lock-wait", "99999999999999999999999s"],
        &["up", "--lock-wait", "18446744073709551615ms"],
        &["up", "--lease-time", "18446744073709551615h", "--lock", "lease"],
        &["up", "--lock-timeout", "9999999999h"],
        &["up", "--statement-timeout", "18446744073709551615m"],
        &["up", "--retries", "4294967296"],
        &["down", "--steps", "18446744073709551616"],
        &["history", "--last", "4294967296"],
    ] {
        at_nowhere(arguments).code(2).stdout_eq(str![""]);
    }
    let database = applied().await;
    for arguments in [
        &["up", "--lock-wait", "8760h"][..],
        &["up", "--lock", "lease", "--lease-time", "8760h"],
        &["down", "--steps", "1", "--yes", "--statement-timeout", "8760h", "--lock-timeout", "8760h"],
        &["up", "--retries", "4294967295"],
        &["down", "--steps", "18446744073709551615", "--yes"],
        &["up", "--lock", "lease", "--lease-time", "8760h", "--lock-timeout", "8760h"],
        &["history", "--last", "4294967295"],
    ] {
        shop(&database, arguments).code(0);
    }
}

#[tokio::test]
async fn a_schema_that_the_role_may_not_write() {
    let database = applied().await;
    let (name, client) = (database.name(), database.connect().await);
    let role = format!("clerk_of_{name}");
    let grants = format!(
        "CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA stairwell TO {role}; \
         GRANT SELECT ON ALL TABLES IN SCHEMA stairwell TO {role}; DROP TABLE stairwell.usb; DROP TABLE usb_ports"
    );
    client.batch_execute(&grants).await.unwrap();
    let url = database.url().replace("postgres@", &format!("{role}@"));
    let clerk =
        |arguments: &[&str]| migrate(arguments).on(&url).env("SHOP", "removable").run().stdout_eq(str![""]);
    clerk(&["up"]).code(1).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `clerk_of_[DATABASE]` (no TLS), from `DATABASE_URL`
error: cannot record in "stairwell"."journal", "stairwell"."state": the role clerk_of_[DATABASE] may not write there; nothing was run; as an owner run `GRANT INSERT ON "stairwell"."journal" TO clerk_of_[DATABASE]; GRANT SELECT, INSERT, UPDATE ON "stairwell"."state" TO clerk_of_[DATABASE]`, or migrate as the owner

"#]]);
    clerk(&["down", "printers@1", "--yes"]).code(1).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `clerk_of_[DATABASE]` (no TLS), from `DATABASE_URL`
1 migration will be reverted:
  printers/V0002__toner
error: cannot record in "stairwell"."printers", "stairwell"."journal", "stairwell"."state": the role clerk_of_[DATABASE] may not write there; nothing was run; as an owner run `GRANT INSERT ON "stairwell"."printers", "stairwell"."journal" TO clerk_of_[DATABASE]; GRANT SELECT, INSERT, UPDATE ON "stairwell"."state" TO clerk_of_[DATABASE]`, or migrate as the owner

"#]]);
    clerk(&["mark", "usb@1", "--yes"]).code(1).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `clerk_of_[DATABASE]` (no TLS), from `DATABASE_URL`
error: cannot record in "stairwell"."journal", "stairwell"."state": the role clerk_of_[DATABASE] may not write there; nothing was run; as an owner run `GRANT INSERT ON "stairwell"."journal" TO clerk_of_[DATABASE]; GRANT SELECT, INSERT, UPDATE ON "stairwell"."state" TO clerk_of_[DATABASE]`, or migrate as the owner

"#]]);
    clerk(&["unmark", "printers@2", "--yes"]).code(1).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `clerk_of_[DATABASE]` (no TLS), from `DATABASE_URL`
error: cannot record in "stairwell"."printers", "stairwell"."journal", "stairwell"."state": the role clerk_of_[DATABASE] may not write there; nothing was run; as an owner run `GRANT INSERT ON "stairwell"."printers", "stairwell"."journal" TO clerk_of_[DATABASE]; GRANT SELECT, INSERT, UPDATE ON "stairwell"."state" TO clerk_of_[DATABASE]`, or migrate as the owner

"#]]);
    clerk(&["uninstall", "printers", "--yes"]).code(1).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `clerk_of_[DATABASE]` (no TLS), from `DATABASE_URL`
error: cannot drop "stairwell"."printers": the role clerk_of_[DATABASE] does not own it; nothing was run; uninstall as the owner

"#]]);
    // What may be written is not what may be removed.
    let more = format!(
        "GRANT INSERT, UPDATE ON ALL TABLES IN SCHEMA stairwell TO {role}; GRANT USAGE ON ALL SEQUENCES IN SCHEMA stairwell TO {role}; \
         ALTER TABLE printers OWNER TO {role}"
    );
    client.batch_execute(&more).await.unwrap();
    clerk(&["down", "printers@1", "--yes"]).code(1).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `clerk_of_[DATABASE]` (no TLS), from `DATABASE_URL`
1 migration will be reverted:
  printers/V0002__toner
error: cannot remove rows from "stairwell"."printers": the role clerk_of_[DATABASE] may not; nothing was run; as an owner run `GRANT DELETE ON "stairwell"."printers" TO clerk_of_[DATABASE]`, or migrate as the owner

"#]]);
    shop(&database, &["up"]).code(0);
    shop(&database, &["status", "--check"]).code(0);
}

/// What a hand did to a history, what the commands say, and how the hand takes it back.
async fn by_hand(change: &str, commands: &[(&[&str], i32)], back: &str) -> String {
    let database = applied().await;
    let client = database.connect().await;
    client.batch_execute(change).await.unwrap();
    let mut text = String::new();
    for (arguments, status) in commands {
        let run = shop(&database, arguments).code(*status);
        let output = run.get_output();
        text += &format!("$ migrate {}\n", arguments.join(" "));
        for stream in [&output.stdout, &output.stderr] {
            let lines = String::from_utf8_lossy(stream).into_owned();
            text.extend(
                lines.lines().filter(|line| !line.starts_with("database `")).map(|line| format!("{line}\n")),
            );
        }
    }
    client.batch_execute(back).await.unwrap();
    shop(&database, &["up"]).code(0);
    shop(&database, &["verify"]).code(0);
    crate::support::transcripts().redactions().redact(&text)
}

const ALL: &[(&[&str], i32)] = &[(&["status", "--check"], 1), (&["up"], 1), (&["verify", "--no-drift"], 1)];

#[tokio::test]
async fn a_row_in_the_middle_that_is_gone() {
    let text = by_hand(
        "CREATE TABLE kept AS SELECT * FROM stairwell.printers; DELETE FROM stairwell.printers WHERE version = 1",
        ALL,
        "INSERT INTO stairwell.printers SELECT * FROM kept WHERE version = 1; DROP TABLE kept",
    )
    .await;
    snapbox::assert_data_eq!(
        text,
        str![[r#"
$ migrate status --check
plugin    state         applied  last applied     pending
core      up to date    1        V0001__sites     0
printers  out of order  1        V0002__toner     1
usb       up to date    1        V0001__baseline  0

pending, in the order in which they apply
  printers/V0001__baseline  plugins/printers/migrations/V0001__baseline.sql

out of order: pending, and older than what is applied
  printers/V0001__baseline is older than 2
error: the history of `printers` does not agree with this program
help: `migrate up` would refuse to run; the status says which migrations are meant
$ migrate up
error: the history in the database disagrees with the migrations compiled in; nothing was run
  = `printers/V0001__baseline` is pending, but version 2 was applied before it
  = help: give the pending migration a version after the last one that was applied; or, if it was applied and its row was removed, put the row back
$ migrate verify --no-drift
history: disagrees with this program
  out-of-order: printers/V0001__baseline was not applied, although version 2 was
drift: not checked

"#]]
    );
}

/// It looks as if the migration had never been applied; the journal knows better.
#[tokio::test]
async fn the_last_row_that_is_gone() {
    let text = by_hand(
        "CREATE TABLE kept AS SELECT * FROM stairwell.printers; DELETE FROM stairwell.printers WHERE version = 2",
        &[(&["status", "--check"], 3), (&["up"], 1), (&["verify", "--no-drift"], 1), (&["mark", "printers@2", "--yes"], 0)],
        "DROP TABLE kept",
    )
    .await;
    snapbox::assert_data_eq!(
        text,
        str![[r#"
$ migrate status --check
plugin    state       applied  last applied     pending
core      up to date  1        V0001__sites     0
printers  1 pending   1        V0001__baseline  1
usb       up to date  1        V0001__baseline  0

pending, in the order in which they apply
  printers/V0002__toner  plugins/printers/migrations/V0002__toner.sql
$ migrate up
[1/1] printers/V0002__toner
error: `printers/V0002__toner` (plugins/printers/migrations/V0002__toner.sql) failed: column "toner" of relation "printers" already exists (SQLSTATE 42701)
  = it was rolled back: nothing of it remains
  = help: the journal says that it was applied on [WHEN], and nothing has reverted it since; if its row was removed from the history, `migrate mark printers@2` puts it back
$ migrate verify --no-drift
history: disagrees with this program
  missing: printers/V0002__toner was not applied
drift: not checked
$ migrate mark printers@2 --yes
printers/V0002__toner is recorded as applied; it was not run

"#]]
    );
}

#[tokio::test]
async fn a_history_that_is_gone() {
    let text = by_hand(
        "DROP TABLE stairwell.usb",
        &[
            (&["status", "--check"], 3),
            (&["up"], 1),
            (&["verify", "--no-drift"], 1),
            (&["mark", "usb@1", "--yes"], 0),
        ],
        "",
    )
    .await;
    snapbox::assert_data_eq!(
        text,
        str![[r#"
$ migrate status --check
plugin    state       applied  last applied  pending
core      up to date  1        V0001__sites  0
printers  up to date  2        V0002__toner  0
usb       1 pending   0        -             1

pending, in the order in which they apply
  usb/V0001__baseline  plugins/usb/migrations/V0001__baseline.sql
$ migrate up
[1/1] usb/V0001__baseline
error: `usb/V0001__baseline` (plugins/usb/migrations/V0001__baseline.sql) failed: relation "usb_ports" already exists (SQLSTATE 42P07)
  = it was rolled back: nothing of it remains
  = help: the journal says that it was applied on [WHEN], and nothing has reverted it since; if its row was removed from the history, `migrate mark usb@1` puts it back
$ migrate verify --no-drift
history: disagrees with this program
  missing: usb/V0001__baseline was not applied
drift: not checked
$ migrate mark usb@1 --yes
usb/V0001__baseline is recorded as applied; it was not run

"#]]
    );
}

#[tokio::test]
async fn a_checksum_that_was_changed() {
    let text = by_hand(
        "UPDATE stairwell.printers SET checksum = '1' WHERE version = 2",
        &[
            (&["status", "--check"], 1),
            (&["up"], 1),
            (&["verify", "--no-drift"], 1),
            (&["down", "printers@1", "--yes"], 1),
            (&["repair"], 1),
        ],
        "UPDATE stairwell.printers SET checksum = (SELECT checksum FROM stairwell.journal WHERE plugin = 'printers' AND version = 2) \
         WHERE version = 2",
    )
    .await;
    snapbox::assert_data_eq!(
        text,
        str![[r#"
$ migrate status --check
plugin    state       applied  last applied     pending
core      up to date  1        V0001__sites     0
printers  divergent   2        V0002__toner     0
usb       up to date  1        V0001__baseline  0

divergent: applied with another name or text than this program has
  printers/V0002__toner was applied on [WHEN] with another text
error: the history of `printers` does not agree with this program
help: `migrate up` would refuse to run; the status says which migrations are meant
$ migrate up
error: the history in the database disagrees with the migrations compiled in; nothing was run
  = `printers/V0002__toner` was applied with another text: checksum 1 in "stairwell"."printers", 1445587156883089722 compiled in, applied on [WHEN]
  = help: a migration that has been applied must not change: restore its file, and put the change into a new migration
$ migrate verify --no-drift
history: disagrees with this program
  divergent: printers/V0002__toner was applied with another text on [WHEN]
drift: not checked
$ migrate down printers@1 --yes
error: what was asked for cannot be reverted; nothing was run
  = `printers/V2__toner`: this binary does not contain it, and the journal does not have what was applied
$ migrate repair
printers/V0002__toner: left as it is; nothing proves that the texts are equal

"#]]
    );
}

#[tokio::test]
async fn a_checksum_that_is_no_number() {
    let text = by_hand(
        "UPDATE stairwell.printers SET checksum = 'x' WHERE version = 2",
        ALL,
        "UPDATE stairwell.printers SET checksum = (SELECT checksum FROM stairwell.journal WHERE plugin = 'printers' AND version = 2) \
         WHERE version = 2",
    )
    .await;
    snapbox::assert_data_eq!(
        text,
        str![[r#"
$ migrate status --check
error: "stairwell"."printers" is damaged: in the row of version 2 the column `checksum` is `x`, not an unsigned 64-bit number; correct the row by hand
$ migrate up
error: "stairwell"."printers" is damaged: in the row of version 2 the column `checksum` is `x`, not an unsigned 64-bit number; correct the row by hand
$ migrate verify --no-drift
error: "stairwell"."printers" is damaged: in the row of version 2 the column `checksum` is `x`, not an unsigned 64-bit number; correct the row by hand

"#]]
    );
}

#[tokio::test]
async fn a_column_that_is_gone() {
    let text = by_hand(
        "CREATE TABLE kept AS SELECT * FROM stairwell.printers; ALTER TABLE stairwell.printers DROP applied_on",
        &[
            (&["status", "--check"], 1),
            (&["up"], 1),
            (&["verify", "--no-drift"], 1),
            (&["down", "printers@1", "--yes"], 1),
            (&["uninstall", "usb", "--yes"], 1),
        ],
        "ALTER TABLE stairwell.printers ADD applied_on varchar(255); \
         UPDATE stairwell.printers AS p SET applied_on = kept.applied_on FROM kept WHERE kept.version = p.version; DROP TABLE kept",
    )
    .await;
    snapbox::assert_data_eq!(
        text,
        str![[r#"
$ migrate status --check
error: "stairwell"."printers" is not a history that Stairwell can use: the column `applied_on` (character varying(255)) is missing; rename or move it, or give the chain another history table
$ migrate up
error: "stairwell"."printers" is not a history that Stairwell can use: the column `applied_on` (character varying(255)) is missing; rename or move it, or give the chain another history table
$ migrate verify --no-drift
error: "stairwell"."printers" is not a history that Stairwell can use: the column `applied_on` (character varying(255)) is missing; rename or move it, or give the chain another history table
$ migrate down printers@1 --yes
error: "stairwell"."printers" is not a history that Stairwell can use: the column `applied_on` (character varying(255)) is missing; rename or move it, or give the chain another history table
$ migrate uninstall usb --yes
error: "stairwell"."printers" is not a history that Stairwell can use: the column `applied_on` (character varying(255)) is missing; rename or move it, or give the chain another history table

"#]]
    );
}

#[tokio::test]
async fn a_row_that_nobody_knows() {
    let text = by_hand(
        "INSERT INTO stairwell.printers SELECT 7, 'paper', applied_on, '7' FROM stairwell.printers WHERE version = 2",
        &[
            (&["status", "--check"], 1),
            (&["up"], 1),
            (&["verify", "--no-drift"], 1),
            (&["down", "printers@2", "--yes"], 1),
            (&["uninstall", "printers", "--yes"], 1),
            (&["unmark", "printers@7", "--yes"], 0),
        ],
        "",
    )
    .await;
    snapbox::assert_data_eq!(
        text,
        str![[r#"
$ migrate status --check
plugin    state               applied  last applied     pending
core      up to date          1        V0001__sites     0
printers  unknown migrations  3        V7__paper        0
usb       up to date          1        V0001__baseline  0

unknown: applied, and not in this program
  printers/V7__paper was applied on [WHEN]
error: the history of `printers` does not agree with this program
help: `migrate up` would refuse to run; the status says which migrations are meant
$ migrate up
error: the history in the database disagrees with the migrations compiled in; nothing was run
  = "stairwell"."printers" records version 7 `paper`, which is not compiled in: this database was migrated by a newer version of the application
  = help: run the newer version of the application, or one built from sources that contain the migration
$ migrate verify --no-drift
history: disagrees with this program
  unknown: printers/V7__paper was applied on [WHEN], and this program does not contain it
drift: not checked
$ migrate down printers@2 --yes
error: what was asked for cannot be reverted; nothing was run
  = `printers/V7__paper`: this binary does not contain it, and the journal does not have what was applied
$ migrate uninstall printers --yes
error: what was asked for cannot be reverted; nothing was run
  = `printers/V7__paper`: this binary does not contain it, and the journal does not have what was applied
$ migrate unmark printers@7 --yes
printers/V7__paper is no longer recorded; it was not reverted

"#]]
    );
}

#[tokio::test]
async fn a_history_that_is_a_view() {
    let text = by_hand(
        "ALTER TABLE stairwell.printers RENAME TO kept; CREATE VIEW stairwell.printers AS SELECT * FROM stairwell.kept",
        &[
            (&["status", "--check"], 1),
            (&["up"], 1),
            (&["verify", "--no-drift"], 1),
            (&["down", "printers@1", "--yes"], 1),
            (&["mark", "printers@1", "--yes"], 1),
        ],
        "DROP VIEW stairwell.printers; ALTER TABLE stairwell.kept RENAME TO printers",
    )
    .await;
    snapbox::assert_data_eq!(
        text,
        str![[r#"
$ migrate status --check
error: "stairwell"."printers" is not a history that Stairwell can use: it is not a table; rename or move it, or give the chain another history table
$ migrate up
error: "stairwell"."printers" is not a history that Stairwell can use: it is not a table; rename or move it, or give the chain another history table
$ migrate verify --no-drift
error: "stairwell"."printers" is not a history that Stairwell can use: it is not a table; rename or move it, or give the chain another history table
$ migrate down printers@1 --yes
error: "stairwell"."printers" is not a history that Stairwell can use: it is not a table; rename or move it, or give the chain another history table
$ migrate mark printers@1 --yes
error: "stairwell"."printers" is not a history that Stairwell can use: it is not a table; rename or move it, or give the chain another history table

"#]]
    );
}

/// The state is only a shortcut; a journal that is gone begins anew.
#[tokio::test]
async fn a_state_and_a_journal_that_are_gone() {
    let text = by_hand(
        "DROP TABLE stairwell.state, stairwell.journal CASCADE",
        &[
            (&["status", "--check"], 0),
            (&["history"], 0),
            (&["up"], 0),
            (&["redo", "printers@1", "--yes"], 0),
            (&["history", "--plugin", "usb"], 0),
        ],
        "",
    )
    .await;
    snapbox::assert_data_eq!(
        text,
        str![[r#"
$ migrate status --check
plugin    state       applied  last applied     pending
core      up to date  1        V0001__sites     0
printers  up to date  2        V0002__toner     0
usb       up to date  1        V0001__baseline  0
$ migrate history
there is no journal yet
$ migrate up
nothing to do
core      nothing to do (1 applied)
printers  nothing to do (2 applied)
usb       nothing to do (1 applied)
$ migrate redo printers@1 --yes
1 reverted, the last printers/V0002__toner
core      nothing to do (1 applied)
printers  1 applied, now at V0002__toner
1 migration will be reverted:
  printers/V0002__toner
[1/1] reverting printers/V0002__toner [TIME]
[1/1] printers/V0002__toner [TIME]
$ migrate history --plugin usb
nothing in the journal

"#]]
    );
}

#[tokio::test]
async fn a_journal_of_another_shape() {
    let text = by_hand(
        "ALTER TABLE stairwell.journal RENAME run TO session",
        &[
            (&["status", "--check"], 0),
            (&["up"], 0),
            (&["history"], 1),
            (&["down", "printers@1", "--yes"], 1),
            (&["uninstall", "printers", "--yes"], 1),
        ],
        "ALTER TABLE stairwell.journal RENAME session TO run",
    )
    .await;
    snapbox::assert_data_eq!(
        text,
        str![[r#"
$ migrate status --check
plugin    state       applied  last applied     pending
core      up to date  1        V0001__sites     0
printers  up to date  2        V0002__toner     0
usb       up to date  1        V0001__baseline  0
$ migrate up
nothing to do
core      nothing to do (1 applied)
printers  nothing to do (2 applied)
usb       nothing to do (1 applied)
$ migrate history
error: cannot read the journal: column j.run does not exist (SQLSTATE 42703)
$ migrate down printers@1 --yes
1 migration will be reverted:
  printers/V0002__toner
error: not a table as Stairwell keeps it: "stairwell"."journal" (the column `run` is missing); nothing was run; rename it, and a new one is made
$ migrate uninstall printers --yes
2 migrations will be reverted, in this order:
  printers/V0002__toner
  printers/V0001__baseline
then `printers` will be forgotten, and "stairwell"."printers" dropped
error: not a table as Stairwell keeps it: "stairwell"."journal" (the column `run` is missing); nothing was run; rename it, and a new one is made

"#]]
    );
}
