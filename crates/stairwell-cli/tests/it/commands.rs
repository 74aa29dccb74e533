//! Transcripts of the commands.

use snapbox::str;

use crate::support::migrate;

#[tokio::test]
async fn from_an_empty_database_to_nothing_to_do() {
    let database = test_support::database().await;
    let url = database.url();

    migrate(&["plan"])
        .on(url)
        .run()
        .code(0)
        .stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`

"#]])
        .stdout_eq(str![[r#"
1  core/V0001__sites           migrations/V0001__sites.sql
2  printers/V0001__baseline    plugins/printers/migrations/V0001__baseline.sql
3  printers/V0002__toner       plugins/printers/migrations/V0002__toner.sql
4  printers/V0003__fill_toner  plugins/printers/migrations/V0003__fill_toner.rs (Rust)
5  usb/V0001__baseline         plugins/usb/migrations/V0001__baseline.sql

"#]]);
    migrate(&["status"]).on(url).run().code(0).stdout_eq(str![[r#"
plugin    state      applied  last applied  pending
core      1 pending  0        -             1
printers  3 pending  0        -             3
usb       1 pending  0        -             1

pending, in the order in which they apply
  core/V0001__sites           migrations/V0001__sites.sql
  printers/V0001__baseline    plugins/printers/migrations/V0001__baseline.sql
  printers/V0002__toner       plugins/printers/migrations/V0002__toner.sql
  printers/V0003__fill_toner  plugins/printers/migrations/V0003__fill_toner.rs (Rust)
  usb/V0001__baseline         plugins/usb/migrations/V0001__baseline.sql

"#]]);
    migrate(&["status", "--check"]).on(url).run().code(3);
    migrate(&[])
        .on(url)
        .run()
        .code(0)
        .stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
[1/5] core/V0001__sites [TIME]
[2/5] printers/V0001__baseline [TIME]
[3/5] printers/V0002__toner [TIME]
[4/5] printers/V0003__fill_toner [TIME]
[5/5] usb/V0001__baseline [TIME]

"#]])
        .stdout_eq(str![[r#"
core      1 applied, now at V0001__sites
printers  3 applied, now at V0003__fill_toner
usb       1 applied, now at V0001__baseline

"#]]);
    migrate(&["up"]).on(url).run().code(0).stdout_eq(str![[r#"
nothing to do
core      nothing to do (1 applied)
printers  nothing to do (3 applied)
usb       nothing to do (1 applied)

"#]]);
    migrate(&["status", "--check"]).on(url).run().code(0).stdout_eq(str![[r#"
plugin    state       applied  last applied       pending
core      up to date  1        V0001__sites       0
printers  up to date  3        V0003__fill_toner  0
usb       up to date  1        V0001__baseline    0

"#]]);
    migrate(&["plan"]).on(url).run().code(0).stdout_eq(str![[r#"
nothing to do

"#]]);
    migrate(&["plan", "--sql"]).on(url).run().code(0).stdout_eq(str![[r#"
-- nothing to do

"#]]);
}

#[tokio::test]
async fn targets_and_what_they_require() {
    let database = test_support::database().await;
    let url = database.url();

    migrate(&["plan", "printers@1"]).on(url).run().code(0).stdout_eq(str![[r#"
1  core/V0001__sites         migrations/V0001__sites.sql
2  printers/V0001__baseline  plugins/printers/migrations/V0001__baseline.sql

"#]]);
    migrate(&["up", "printers@1"]).on(url).run().code(0).stdout_eq(str![[r#"
core      1 applied, now at V0001__sites
printers  1 applied, now at V0001__baseline

"#]]);
    migrate(&["plan", "--sql", "printers"]).on(url).run().code(0).stdout_eq(str![[r#"
-- 1. printers/V0002__toner (plugins/printers/migrations/V0002__toner.sql)
ALTER TABLE printers ADD COLUMN toner int;

-- 2. printers/V0003__fill_toner (plugins/printers/migrations/V0003__fill_toner.rs)
-- this step is Rust, not SQL

"#]]);
    migrate(&["up", "usb", "printers"]).on(url).run().code(0).stdout_eq(str![[r#"
core      nothing to do (1 applied)
printers  2 applied, now at V0003__fill_toner
usb       1 applied, now at V0001__baseline

"#]]);
}

#[tokio::test]
async fn enabled_plugins_limit_every_command() {
    let database = test_support::database().await;
    let url = database.url();

    migrate(&["--plugins", "usb", "plan"]).on(url).run().code(0).stdout_eq(str![[r#"
1  core/V0001__sites    migrations/V0001__sites.sql
2  usb/V0001__baseline  plugins/usb/migrations/V0001__baseline.sql

"#]]);
    migrate(&["up"]).env("STAIRWELL_PLUGINS", "printers").on(url).run().code(0).stdout_eq(str![[r#"
core      1 applied, now at V0001__sites
printers  3 applied, now at V0003__fill_toner

"#]]);
    // The option also stands after the subcommand, and counts before the variable.
    let status = migrate(&["status", "--check", "--plugins", "printers"]).env("STAIRWELL_PLUGINS", "usb");
    status.on(url).run().code(0).stdout_eq(str![[r#"
plugin    state       applied  last applied       pending
core      up to date  1        V0001__sites       0
printers  up to date  3        V0003__fill_toner  0
usb       available   0        -                  1

"#]]);
    migrate(&["up", "usb"]).env("STAIRWELL_PLUGINS", "printers").on(url).run().code(2).stderr_eq(str![[r#"
error: the plugin `usb` is compiled in but not enabled; enable it, or leave out `usb`

"#]]);
}

#[tokio::test]
async fn json_is_one_object_with_a_version() {
    let database = test_support::database().await;
    let url = database.url();

    migrate(&["plan", "--json", "--sql", "printers"]).on(url).run().code(0).stdout_eq(str![[r#"
{
  "version": 1,
  "command": "plan",
  "migrations": [
    {
      "plugin": "core",
      "version": 1,
      "name": "sites",
      "file": "migrations/V0001__sites.sql",
      "step": "sql",
      "sql": "CREATE TABLE sites (id int PRIMARY KEY, name text NOT NULL);"
    },
    {
      "plugin": "printers",
      "version": 1,
      "name": "baseline",
      "file": "plugins/printers/migrations/V0001__baseline.sql",
      "step": "sql",
      "sql": "CREATE TABLE printers (\n    id   int PRIMARY KEY,\n    site int NOT NULL REFERENCES sites\n);"
    },
    {
      "plugin": "printers",
      "version": 2,
      "name": "toner",
      "file": "plugins/printers/migrations/V0002__toner.sql",
      "step": "sql",
      "sql": "ALTER TABLE printers ADD COLUMN toner int;"
    },
    {
      "plugin": "printers",
      "version": 3,
      "name": "fill_toner",
      "file": "plugins/printers/migrations/V0003__fill_toner.rs",
      "step": "rust"
    }
  ]
}

"#]]);
    migrate(&["--json", "up", "printers@2"]).on(url).run().code(0).stdout_eq(str![[r#"
{
  "version": 1,
  "command": "up",
  "applied": 3,
  "plugins": [
    {
      "plugin": "core",
      "already": 0,
      "applied": [
        {
          "version": 1,
          "name": "sites",
          "file": "migrations/V0001__sites.sql",
          "duration_ms": [MS]
        }
      ]
    },
    {
      "plugin": "printers",
      "already": 0,
      "applied": [
        {
          "version": 1,
          "name": "baseline",
          "file": "plugins/printers/migrations/V0001__baseline.sql",
          "duration_ms": [MS]
        },
        {
          "version": 2,
          "name": "toner",
          "file": "plugins/printers/migrations/V0002__toner.sql",
          "duration_ms": [MS]
        }
      ]
    }
  ]
}

"#]]);
    migrate(&["status", "--json", "--check"]).on(url).run().code(3).stdout_eq(str![[r#"
{
  "version": 1,
  "command": "status",
  "up_to_date": false,
  "plugins": [
    {
      "plugin": "core",
      "description": "The shop itself",
      "enabled": true,
      "up_to_date": true,
      "applied": [
        {
          "version": 1,
          "name": "sites",
          "applied_on": "[WHEN]",
          "checksum": "7606048679966619740"
        }
      ],
      "pending": [],
      "out_of_order": [],
      "unknown": [],
      "divergent": [],
      "half_applied": []
    },
    {
      "plugin": "printers",
      "description": "Printers",
      "enabled": true,
      "up_to_date": false,
      "applied": [
        {
          "version": 1,
          "name": "baseline",
          "applied_on": "[WHEN]",
          "checksum": "5261172786571247453"
        },
        {
          "version": 2,
          "name": "toner",
          "applied_on": "[WHEN]",
          "checksum": "1445587156883089722"
        }
      ],
      "pending": [
        {
          "version": 3,
          "name": "fill_toner",
          "file": "plugins/printers/migrations/V0003__fill_toner.rs"
        }
      ],
      "out_of_order": [],
      "unknown": [],
      "divergent": [],
      "half_applied": []
    },
    {
      "plugin": "usb",
      "description": "USB ports",
      "enabled": true,
      "up_to_date": false,
      "applied": [],
      "pending": [
        {
          "version": 1,
          "name": "baseline",
          "file": "plugins/usb/migrations/V0001__baseline.sql"
        }
      ],
      "out_of_order": [],
      "unknown": [],
      "divergent": [],
      "half_applied": []
    }
  ],
  "unknown_plugins": []
}

"#]]);
}

#[tokio::test]
async fn a_status_tells_what_does_not_agree() {
    let database = test_support::database().await;
    let url = database.url();
    migrate(&[]).on(url).run().code(0);

    migrate(&["status", "--check"])
        .env("SHOP", "edited")
        .on(url)
        .run()
        .code(1)
        .stdout_eq(str![[r#"
plugin    state       applied  last applied       pending
core      divergent   1        V0001__sites       0
printers  up to date  3        V0003__fill_toner  0
usb       up to date  1        V0001__baseline    0

divergent: applied with another name or text than this program has
  core/V0001__sites was applied on [WHEN] with another text

"#]])
        .stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
error: the history of `core` does not agree with this program
help: `migrate up` would refuse to run; the status says which migrations are meant

"#]]);
    migrate(&["status", "--check"]).env("SHOP", "older").on(url).run().code(1).stdout_eq(str![[r#"
plugin    state               applied  last applied     pending
core      up to date          1        V0001__sites     0
printers  unknown migrations  3        V3__fill_toner   0
usb       up to date          1        V0001__baseline  0

unknown: applied, and not in this program
  printers/V3__fill_toner was applied on [WHEN]

"#]]);
    migrate(&["status"]).env("SHOP", "without-usb").on(url).run().code(0).stdout_eq(str![[r#"
plugin    state       applied  last applied       pending
core      up to date  1        V0001__sites       0
printers  up to date  3        V0003__fill_toner  0
usb       unknown     -        -                  -

plugins with a history here that this program does not have
  usb

"#]]);
    migrate(&["status", "--json"]).env("SHOP", "edited").on(url).run().code(0).stdout_eq(str![[r#"
{
  "version": 1,
  "command": "status",
  "up_to_date": false,
  "plugins": [
    {
      "plugin": "core",
      "description": "The shop itself",
      "enabled": true,
      "up_to_date": false,
      "applied": [
        {
          "version": 1,
          "name": "sites",
          "applied_on": "[WHEN]",
          "checksum": "7606048679966619740"
        }
      ],
      "pending": [],
      "out_of_order": [],
      "unknown": [],
      "divergent": [
        {
          "applied": {
            "version": 1,
            "name": "sites",
            "applied_on": "[WHEN]",
            "checksum": "7606048679966619740"
          },
          "compiled": {
            "version": 1,
            "name": "sites",
            "file": "migrations/V0001__sites.sql"
          }
        }
      ],
      "half_applied": []
    },
    {
      "plugin": "printers",
      "description": "Printers",
      "enabled": true,
      "up_to_date": true,
      "applied": [
        {
          "version": 1,
          "name": "baseline",
          "applied_on": "[WHEN]",
          "checksum": "5261172786571247453"
        },
        {
          "version": 2,
          "name": "toner",
          "applied_on": "[WHEN]",
          "checksum": "1445587156883089722"
        },
        {
          "version": 3,
          "name": "fill_toner",
          "applied_on": "[WHEN]",
          "checksum": "17935780281295215460"
        }
      ],
      "pending": [],
      "out_of_order": [],
      "unknown": [],
      "divergent": [],
      "half_applied": []
    },
    {
      "plugin": "usb",
      "description": "USB ports",
      "enabled": true,
      "up_to_date": true,
      "applied": [
        {
          "version": 1,
          "name": "baseline",
          "applied_on": "[WHEN]",
          "checksum": "5621633395475743713"
        }
      ],
      "pending": [],
      "out_of_order": [],
      "unknown": [],
      "divergent": [],
      "half_applied": []
    }
  ],
  "unknown_plugins": []
}

"#]]);
    migrate(&["up"]).env("SHOP", "edited").on(url).run().code(1).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
error: the history in the database disagrees with the migrations compiled in; nothing was run
  = `core/V0001__sites` was applied with another text: checksum 7606048679966619740 in "stairwell"."core", 12676542186922943329 compiled in, applied on [WHEN]
  = help: a migration that has been applied must not change: restore its file, and put the change into a new migration

"#]]);
}

#[tokio::test]
async fn what_is_half_applied_is_told() {
    let database = test_support::database().await;
    let half = |arguments: &[&str]| migrate(arguments).on(database.url()).env("SHOP", "half").run();

    half(&["up"]).code(1);
    half(&["plan"]).code(0).stdout_eq(str![[r#"
1  printers/V0003__half  plugins/printers/migrations/V0003__half.sql (no transaction; half applied: 1 of 2 statements)
2  usb/V0001__baseline   plugins/usb/migrations/V0001__baseline.sql

"#]]);
    half(&["status"]).code(0).stdout_eq(str![[r#"
plugin    state       applied  last applied  pending
core      up to date  1        V0001__sites  0
printers  1 pending   2        V0002__toner  1
usb       1 pending   0        -             1

pending, in the order in which they apply
  printers/V0003__half  plugins/printers/migrations/V0003__half.sql (no transaction; half applied: 1 of 2 statements)
  usb/V0001__baseline   plugins/usb/migrations/V0001__baseline.sql

begun, and not finished: the next run goes on from there
  printers/V3__half: half applied: 1 of 2 statements

"#]]);
}

#[tokio::test]
async fn a_failing_statement_is_shown() {
    let database = test_support::database().await;

    let up = migrate(&["up"]).env("SHOP", "broken").on(database.url()).run();
    up.code(1).stdout_eq(str![[""]]).stderr_eq(str![[r#"
database `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS), from `DATABASE_URL`
[1/5] core/V0001__sites [TIME]
[2/5] printers/V0001__baseline [TIME]
[3/5] printers/V0002__toner [TIME]
[4/5] printers/V0003__broken
error: `printers/V0003__broken` failed: relation "printerz" does not exist (SQLSTATE 42P01)
 --> plugins/printers/migrations/V0003__broken.sql:2:13
  |
2 | INSERT INTO printerz VALUES (1);
  |             ^
  = it was rolled back: nothing of it remains
  = 3 migrations were applied before it and stay applied

"#]]);
}

#[tokio::test]
async fn usage_errors_need_no_server() {
    let nowhere = "postgres://me@192.0.2.1/shop";
    migrate(&["up", "pritners"]).on(nowhere).run().code(2).stderr_eq(str![[r#"
error: there is no plugin `pritners`; did you mean `printers`? compiled in: core, printers, usb

"#]]);
    migrate(&["--plugins", "core,usv"]).on(nowhere).run().code(2).stderr_eq(str![[r#"
error: there is no plugin `usv`; did you mean `usb`? compiled in: core, printers, usb
help: the plugins to enable come from `--plugins`

"#]]);
    migrate(&["up"]).env("STAIRWELL_PLUGINS", "billing").on(nowhere).run().code(2).stderr_eq(str![[r#"
error: there is no plugin `billing`; compiled in: core, printers, usb
help: the plugins to enable come from `STAIRWELL_PLUGINS`

"#]]);
    migrate(&["plan", "printers@x"]).on(nowhere).run().code(2).stderr_eq(str![[r#"
error: `x` in `printers@x` is not a version; write `printers@3`

"#]]);
    // `run` would wait for the address.
    let wrong = |arguments: &[&str], message: &str| {
        let run = migrate(arguments).env("STAIRWELL_PLUGINS", "core,printers").on(nowhere).run().code(2);
        let stderr = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
        assert!(stderr.starts_with(message), "{stderr}");
    };
    wrong(&["up", "printers@9"], "error: `printers` has no version 9; near it: 2, 3");
    wrong(&["plan", "usb"], "error: the plugin `usb` is compiled in but not enabled");
    wrong(&["up", "printers@1", "printers@2"], "error: `printers@1` and `printers@2` contradict each other");
    migrate(&["up", "--lock-wait", "5"]).on(nowhere).run().code(2).stderr_eq(str![[r#"
error: invalid value '5' for '--lock-wait <DURATION>': expected a duration such as `30s`, `5m` or `1h30m`

For more information, try '--help'.

"#]]);
    migrate(&["sideways"]).on(nowhere).run().code(2);
}
