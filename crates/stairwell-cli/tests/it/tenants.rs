//! Commands for many tenants: `--each-schema` and `--each-database`.

#![expect(clippy::unwrap_used, reason = "clippy.toml allows it in test functions, and this is all for them")]

use serde_json::Value;
use snapbox::str;
use test_support::TestDatabase;
use tokio_postgres::Client;

use crate::support::{App, SECRET, migrate};

/// A database with so many schemas `tenant_001` and up; in the table `sites` of every one of `broken` stands nothing
/// that a migration could use.
pub(crate) async fn tenants(count: usize, broken: &[usize]) -> (TestDatabase, Client) {
    let database = test_support::database().await;
    let client = database.connect().await;
    let create = format!(
        "DO $$ BEGIN FOR i IN 1..{count} LOOP EXECUTE format('CREATE SCHEMA %I', 'tenant_' || lpad(i::text, greatest(3, length(i::text)), '0')); \
         END LOOP; END $$"
    );
    client.batch_execute(&create).await.unwrap();
    for number in broken {
        client.batch_execute(&format!("CREATE TABLE tenant_{number:03}.printers (id int)")).await.unwrap();
    }
    (database, client)
}

/// A number that a query of one row and column gives.
pub(crate) async fn number(client: &Client, query: &str) -> i64 {
    client.query_one(query, &[]).await.unwrap().get(0)
}

fn json(app: App) -> (Option<i32>, Value) {
    let output = app.run();
    let output = output.get_output();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
}

const EACH: &str = r"--each-schema=tenant\_%";

#[tokio::test]
async fn tenants_are_migrated_and_what_fails_is_named_with_its_report() {
    let (database, client) = tenants(4, &[3]).await;
    let up = || migrate(&["up", EACH, "--jobs", "1"]).on(database.url());
    up().run()
        .code(1)
        .stdout_eq(str![[r#"
4 tenants: 3 applied, 1 failed
failed: tenant_003

"#]])
        .stderr_eq(str![[r#"
schemas of `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS)
[1/4] tenant_001: 5 applied [TIME]
[2/4] tenant_002: 5 applied [TIME]
[3/4] tenant_003: failed: `printers/V0001__baseline` (plugins/printers/migrations/V0001__baseline.sql) failed: relation "printers" already exists (SQLSTATE 42P07) [TIME]
[4/4] tenant_004: 5 applied [TIME]
error: tenant tenant_003: `printers/V0001__baseline` (plugins/printers/migrations/V0001__baseline.sql) failed: relation "printers" already exists (SQLSTATE 42P07)
  = it was rolled back: nothing of it remains
  = 1 migration was applied before it and stays applied
help: run the same command again: tenants that are up to date take one round trip each
help: or for what is left alone: `migrate up --each-schema tenant_003`

"#]]);
    client.batch_execute("DROP TABLE tenant_003.printers").await.unwrap();
    migrate(&["up", "--each-schema", "tenant_003"]).on(database.url()).run().success().stdout_eq(str![[r#"
1 tenant: 1 applied

"#]]);
    up().run()
        .success()
        .stdout_eq(str![[r#"
4 tenants: 4 nothing to do

"#]])
        .stderr_eq(str![[r#"
schemas of `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS)
[1/4] tenant_001: nothing to do [TIME]
[2/4] tenant_002: nothing to do [TIME]
[3/4] tenant_003: nothing to do [TIME]
[4/4] tenant_004: nothing to do [TIME]

"#]]);
}

#[tokio::test]
async fn nothing_but_the_canary_is_touched_if_it_fails() {
    let (database, client) = tenants(30, &[2]).await;
    let canary = |name| migrate(&["up", EACH, "--canary", name]).on(database.url());
    canary("tenant_002").run().code(1).stdout_eq(str![[r#"
30 tenants: 1 failed, 29 not tried
failed: tenant_002
not tried: tenant_001, tenant_003, tenant_004, tenant_005, tenant_006, tenant_007, tenant_008, tenant_009, tenant_010, tenant_011, tenant_012, tenant_013, tenant_014, tenant_015, tenant_016, tenant_017, tenant_018, tenant_019, tenant_020, tenant_021 and 9 more

"#]]).stderr_eq(str![[r#"
schemas of `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS)
[ 1/30] tenant_002: failed: `printers/V0001__baseline` (plugins/printers/migrations/V0001__baseline.sql) failed: relation "printers" already exists (SQLSTATE 42P07) [TIME]
error: tenant tenant_002: `printers/V0001__baseline` (plugins/printers/migrations/V0001__baseline.sql) failed: relation "printers" already exists (SQLSTATE 42P07)
  = it was rolled back: nothing of it remains
  = 1 migration was applied before it and stays applied
help: run the same command again: tenants that are up to date take one round trip each

"#]]);
    let books = "SELECT count(DISTINCT schemaname) FROM pg_tables WHERE tablename ~ '^stairwell_'";
    assert_eq!(number(&client, books).await, 1);
    canary("tenant_02").run().code(2).stdout_eq("").stderr_eq(str![[r#"
schemas of `[DATABASE]` at 127.0.0.1:[PORT] as `postgres` (no TLS)
error: the canary `tenant_02` is none of the 30 tenants; did you mean `tenant_002`?; nothing was run

"#]]);
}

#[tokio::test]
async fn json_has_one_object_for_each_tenant() {
    let (database, _client) = tenants(3, &[2]).await;
    let url = database.url();
    let (code, up) = json(migrate(&["up", EACH, "--json", "--jobs", "1"]).on(url));
    assert_eq!((code, &up["version"], &up["command"]), (Some(1), &Value::from(1), &Value::from("up")));
    let outcomes = |document: &Value| -> Vec<String> {
        let tenants = document["tenants"].as_array().unwrap().iter();
        tenants
            .map(|one| format!("{} {} {}", one["kind"], one["tenant"], one["outcome"]).replace('"', ""))
            .collect()
    };
    assert_eq!(
        outcomes(&up),
        ["schema tenant_001 done", "schema tenant_002 failed", "schema tenant_003 done"]
    );
    assert_eq!(
        (&up["tenants"][0]["applied"], &up["tenants"][0]["plugins"][1]["plugin"]),
        (&Value::from(5), &Value::from("printers"))
    );
    let error = &up["tenants"][1]["error"];
    assert_eq!(
        (&error["sqlstate"], &error["migration"]),
        (&Value::from("42P07"), &Value::from("printers/V0001__baseline"))
    );
    assert_eq!(up["remainder"], serde_json::json!(["tenant_002"]));
    let summary =
        serde_json::json!({ "tenants": 3, "applied": 2, "unchanged": 0, "failed": 1, "not_tried": 0 });
    assert_eq!(up["summary"], summary);

    let (code, status) = json(migrate(&["status", EACH, "--json"]).on(url));
    assert_eq!((code, outcomes(&status).len()), (Some(0), 3));
    assert_eq!(
        (&status["tenants"][0]["up_to_date"], &status["tenants"][1]["up_to_date"]),
        (&true.into(), &false.into())
    );
    let (_, plan) = json(migrate(&["plan", EACH, "--json"]).on(url));
    assert_eq!(plan["tenants"][1]["migrations"].as_array().unwrap().len(), 4);
    let (code, verify) = json(migrate(&["verify", EACH, "--json"]).on(url));
    assert_eq!(
        (code, &verify["tenants"][0]["sound"], &verify["tenants"][1]["sound"]),
        (Some(1), &true.into(), &false.into())
    );
}

#[tokio::test]
async fn tenants_are_looked_at() {
    let (database, _client) = tenants(3, &[]).await;
    let url = database.url();
    migrate(&["up", "--each-schema", "tenant_001", "--each-schema", "tenant_003"]).on(url).run().success();
    migrate(&["status", EACH, "--check"]).on(url).run().code(3).stdout_eq(str![[r#"
tenant_001  up to date
tenant_002  5 pending
tenant_003  up to date

"#]]);
    migrate(&["plan", EACH]).on(url).run().success().stdout_eq(str![[r#"
2 tenants: tenant_001, tenant_003
nothing to do

1 tenant: tenant_002
1  core/V0001__sites           migrations/V0001__sites.sql
2  printers/V0001__baseline    plugins/printers/migrations/V0001__baseline.sql
3  printers/V0002__toner       plugins/printers/migrations/V0002__toner.sql
4  printers/V0003__fill_toner  plugins/printers/migrations/V0003__fill_toner.rs (Rust)
5  usb/V0001__baseline         plugins/usb/migrations/V0001__baseline.sql

"#]]);
    migrate(&["verify", EACH]).on(url).run().code(1).stdout_eq(str![[r#"
tenant_001  agrees with this program
tenant_002  5 disagreements
tenant_003  agrees with this program
  tenant_002: missing: core/V0001__sites was not applied
  tenant_002: missing: printers/V0001__baseline was not applied
  tenant_002: missing: printers/V0002__toner was not applied
  tenant_002: missing: printers/V0003__fill_toner was not applied
  tenant_002: missing: usb/V0001__baseline was not applied

"#]]);
    migrate(&["verify", EACH, "--allow-pending"]).on(url).run().success();
    // Another build of the application, to which the tenants are too new.
    migrate(&["status", EACH, "--check"]).on(url).env("SHOP", "first-printers").run().code(1).stdout_eq(
        str![[r#"
tenant_001  printers: unknown migrations
tenant_002  3 pending
tenant_003  printers: unknown migrations

"#]],
    );
}

#[tokio::test]
async fn databases_are_listed_or_asked_for() {
    let database = test_support::database().await;
    let client = database.connect().await;
    let (one, two) = (format!("{}_one", database.name()), format!("{}, two", database.name()));
    for name in [&one, &two] {
        client.batch_execute(&format!("CREATE DATABASE \"{name}\"")).await.unwrap();
    }
    let gone = format!("{}_gone", database.name());
    let list = format!("{one}, \"{two}\",{gone},{one}");
    let command = |list: &str| migrate(&["up", "--each-database", list, "--jobs", "1"]).on(database.url());
    command(&list).run().code(1).stdout_eq(str![[r#"
3 tenants: 2 applied, 1 failed
failed: [DATABASE]_gone

"#]]).stderr_eq(str![[r#"
databases beside `[DATABASE]` at 127.0.0.1:[PORT] as `postgres`
[1/3] [DATABASE]_one: 5 applied [TIME]
[2/3] [DATABASE], two: 5 applied [TIME]
[3/3] [DATABASE]_gone: failed: the database `[DATABASE]_gone` does not exist on the server at 127.0.0.1:[PORT] [TIME]
error: tenant [DATABASE]_gone: the database `[DATABASE]_gone` does not exist on the server at 127.0.0.1:[PORT]
  = help: `createdb [DATABASE]_gone` makes it, or name another in the address
help: run the same command again: tenants that are up to date take one round trip each
help: or for what is left alone: `migrate up --each-database [DATABASE]_gone`

"#]]);
    let query =
        format!("SELECT datname FROM pg_database WHERE datname LIKE '{}_%' ORDER BY 1", database.name());
    command(&query).run().success().stdout_eq(str![[r#"
2 tenants: 2 nothing to do

"#]]);
    command("select datname from pg_database where false").run().code(2).stderr_eq(str![[r#"
databases beside `[DATABASE]` at 127.0.0.1:[PORT] as `postgres`
error: the query for databases gives no rows; nothing was run

"#]]);
    for name in [&one, &two] {
        client.batch_execute(&format!("DROP DATABASE \"{name}\" WITH (FORCE)")).await.unwrap();
    }
}

#[tokio::test]
async fn a_lock_that_is_held_is_no_failure_of_the_migrations() {
    let (database, client) = tenants(2, &[]).await;
    // FNV-1a of the second one's name.
    let key = "tenant_002"
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    client.query("SELECT pg_advisory_lock(1398030665, $1)", &[&key.cast_signed()]).await.unwrap();
    let up = migrate(&["up", EACH, "--lock-wait", "0", "--jobs", "1"]).on(database.url());
    up.run().code(4).stdout_eq(str![[r#"
2 tenants: 1 applied, 1 failed
failed: tenant_002

"#]]);
}

#[tokio::test]
async fn what_makes_no_sense_is_a_usage_error() {
    let (database, _client) = tenants(1, &[]).await;
    let refused = |arguments: &[&str]| {
        let output = migrate(arguments).on(database.url()).run();
        let output = output.get_output();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{arguments:?}");
        let text = String::from_utf8_lossy(&output.stderr);
        text.lines().find(|line| line.starts_with("error")).unwrap_or_default().to_owned()
    };
    assert_eq!(
        refused(&["up", "--each-schema", "nobody%"]),
        "error: no schema is called or like `nobody%`; those of the system and `stairwell` are never meant; nothing was run"
    );
    assert!(refused(&["up", EACH, "--each-database", "a"]).contains("cannot be used with"));
    assert!(refused(&["up", "--jobs", "2"]).contains("required"));
    assert!(refused(&["up", "--canary", "a"]).contains("required"));
    assert!(refused(&["up", EACH, "--jobs", "0"]).contains("--jobs"));
    assert!(refused(&["down", "--steps", "1", EACH]).contains("unexpected argument"));
    assert_eq!(refused(&["up", "--each-database", "a,,b"]), "error: `--each-database` has an empty name");
    let address = format!("postgres://me:{SECRET}@db/shop");
    assert_eq!(refused(&["up", "--each-schema", &address]), "error: a tenant looks like a database address");
    assert_eq!(
        refused(&["up", "--each-database", &address]),
        "error: a tenant looks like a database address"
    );
}
