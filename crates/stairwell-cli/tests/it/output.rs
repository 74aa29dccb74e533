//! Where the output goes, and what it looks like there.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use snapbox::str;

use crate::support::{SECRET, migrate};

#[tokio::test]
async fn colours_are_for_terminals() {
    let database = test_support::database().await;
    let url = database.url();

    let is_coloured = |assert: snapbox::cmd::OutputAssert| {
        let output = assert.get_output();
        [&output.stdout, &output.stderr].map(|text| text.contains(&0x1b))
    };
    assert_eq!(is_coloured(migrate(&["status"]).on(url).run()), [false, false]);
    assert_eq!(is_coloured(migrate(&["status"]).on(url).env("CLICOLOR_FORCE", "1").run()), [true, false]);
    let both = migrate(&["status"]).on(url).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1");
    assert_eq!(is_coloured(both.run()), [false, false]);
    assert_eq!(is_coloured(migrate(&[]).on(url).env("CLICOLOR_FORCE", "1").run()), [true, true]);
}

/// And without the noise of `IF NOT EXISTS`, and without what would steer the terminal.
#[tokio::test]
async fn warnings_of_the_server_and_notices_of_steps_are_shown() {
    let database = test_support::database().await;
    let up = migrate(&["up"]).env("SHOP", "talkative").on(database.url());
    up.run().code(0).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
[1/5] core/V0001__sites [TIME]
[2/5] printers/V0001__baseline [TIME]
[3/5] printers/V0002__toner [TIME]
[4/5] printers/V0003__talkative
notice: drop cascades to view names
notice: moved 12 sites
warning: site 7 has no name�[31m
  = hint: give it one
[4/5] printers/V0003__talkative [TIME]
[5/5] usb/V0001__baseline [TIME]

"#]]);
}

/// `app migrate status | true`
#[tokio::test]
async fn a_reader_that_goes_away_is_no_failure() {
    let database = test_support::database().await;
    let mut command = migrate(&["plan", "--sql"]).on(database.url()).command();
    let mut app = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(app.stdout.take());
    let status = app.wait().unwrap();
    let stderr: Vec<String> =
        BufReader::new(app.stderr.take().unwrap()).lines().map(Result::unwrap).collect();
    assert!(status.success(), "{stderr:?}");
    assert!(!stderr.iter().any(|line| line.contains("panic")), "{stderr:?}");
}

#[test]
fn help_lists_variables_and_exit_statuses_without_their_values() {
    let url = format!("postgres://me:{SECRET}@db/shop");
    migrate(&["--help"]).on(&url).run().code(0).stdout_eq(str![[r#"
Apply the migrations that are compiled into this program, or look at what is pending.

Without a subcommand, the same as `up`.

Usage: shop migrate [OPTIONS] [COMMAND]

Commands:
  up         Apply everything pending, in plan order; or the plugins named, and what they require
  down       Revert migrations across plugins, in reverse; by the journal, what this program does not contain
  redo       Revert migrations and apply them again, while they are being written
  to         Bring plugins to just these versions, up or down
  uninstall  Revert a whole plugin and forget it; by the journal, if it is not in this program
  status     Show every chain: applied, pending, unknown; reads only
  plan       Show what `up` would apply, in order; reads only
  verify     Hold the histories against this program, and the database against what its migrations make; reads only
  adopt      Take over a database whose tables exist already: compare, and record what matches
  mark       Record one migration as applied, without running it
  unmark     Remove one migration from the history, without reverting it
  repair     Correct checksums in the histories where the texts differ in white space only
  history    Show the journal: what was ever applied and reverted, when and by whom; reads only
  graph      Draw the chains and their requirements; needs no database
  sql        Print a script for psql that does what `up` does, bookkeeping included; needs no database
  help       Print this message or the help of the given subcommand(s)

Options:
      --database-url <URL>
          Address of the database, a URL or libpq's `key=value` pairs [env: DATABASE_URL, PGHOST …]

      --plugins <PLUGIN,…>
          Limit the command to these plugins and what they require [env: STAIRWELL_PLUGINS]

      --lock-wait <DURATION>
          Wait at most this long for another migrator's lock: `30s`, `5m`, `0` [default: 5m]

      --lock <KIND>
          What keeps other migrators away: `session`, or `lease` behind a pooler in transaction mode [default: session]

      --lease-time <DURATION>
          How long a lease lasts that nobody renews [default: 30s]

      --json
          Print the result as JSON

  -h, --help
          Print help (see a summary with '-h')

Environment:
  MIGRATE_DATABASE_URL  address of the database for a role that may migrate, if there is no --database-url
  DATABASE_URL          address of the database, if there is neither
  PGHOST, PGPORT, PGUSER, PGDATABASE, PGPASSWORD, PGPASSFILE, PGSSLMODE, PGSSLROOTCERT …
                        libpq's variables, for what none of these says
  STAIRWELL_PLUGINS     plugins to enable, if there is no --plugins
  NO_COLOR, CLICOLOR_FORCE
                        no colours at all; colours without a terminal too

Exit status:
  0  done
  1  failed
  2  usage
  3  migrations are pending (status --check)
  4  gave up waiting for the lock

"#]]);
    migrate(&["up", "--help"]).on(&url).run().code(0).stdout_eq(str![[r#"
Apply everything pending, in plan order; or the plugins named, and what they require

Usage: shop migrate up [OPTIONS] [TARGET]...

Arguments:
  [TARGET]...  Plugins, each perhaps with the version to stop at: `computers printers@3`

Options:
      --keep-going                    When a migration fails, go on with the plugins that do not depend on it
      --lock-timeout <DURATION>       Let a statement wait at most this long for a lock; `0` is for ever [default: the session's, else 5s]
      --statement-timeout <DURATION>  Let a statement take at most this long; `0` is for ever [default: the session's]
      --retries <COUNT>               Try a step again so often after a lock timeout, a deadlock or a serialization failure [default: 5]
      --single-transaction            Run everything in one transaction: all or nothing
      --each-schema <PATTERN>         For each schema of this name or, if there is none, like this pattern of SQL's LIKE; can be repeated
      --each-database <LIST|QUERY>    For each database of a list (`a,b`), or that a query names (`SELECT datname FROM …`); can be repeated
      --jobs <COUNT>                  How many tenants at once, each over one connection [default: 4]
      --canary <NAME>                 The tenant to change first, alone; no other one is touched if it fails [default: the first]
      --database-url <URL>            Address of the database, a URL or libpq's `key=value` pairs [env: DATABASE_URL, PGHOST …]
      --plugins <PLUGIN,…>            Limit the command to these plugins and what they require [env: STAIRWELL_PLUGINS]
      --lock-wait <DURATION>          Wait at most this long for another migrator's lock: `30s`, `5m`, `0` [default: 5m]
      --lock <KIND>                   What keeps other migrators away: `session`, or `lease` behind a pooler in transaction mode [default: session]
      --lease-time <DURATION>         How long a lease lasts that nobody renews [default: 30s]
      --json                          Print the result as JSON
  -h, --help                          Print help

"#]]);
}
