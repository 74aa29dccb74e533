//! One tenant: a schema with books of its own.

use std::time::Duration;

use stairwell::{
    Chain, ChainSet, HistoryTable, Lock, Migrator, Rollback, Step, StepFuture, Target, Transaction,
};
use tokio_postgres::Client;

use crate::support::{chain, chain_set, core, leak, locks, objects, rows, rust, sql, statements, tables};

const SITES: &str = "CREATE TABLE sites (id int PRIMARY KEY); INSERT INTO sites VALUES (1);";
const USERS: &str = "CREATE TABLE users (id int REFERENCES sites);";

fn shop() -> ChainSet {
    let users = sql("core", 2, "users", USERS).reverted_by(Step::Sql("DROP TABLE users;"));
    chain_set(&[
        chain("core", &[sql("core", 1, "sites", SITES), users]),
        chain(
            "printers",
            &[sql("printers", 1, "printers", "CREATE TABLE printers (site int REFERENCES sites);")],
        ),
    ])
}

async fn schemas(client: &Client, names: &[&str]) {
    for name in names {
        client.batch_execute(&format!("CREATE SCHEMA \"{}\"", name.replace('"', "\"\""))).await.unwrap();
    }
}

/// What stands in the schemas, sorted.
async fn relations(client: &Client) -> Vec<String> {
    tables(client).await
}

#[tokio::test]
async fn a_tenant_has_its_tables_and_its_books_in_its_schema() {
    let database = test_support::database().await;
    let mut client = database.connect().await;
    schemas(&client, &["a", "b"]).await;
    let chains = shop();
    let migrator = Migrator::new(&chains).tenant_schema("a").unwrap();

    assert_eq!(migrator.up(&mut client).await.unwrap().applied(), 3);

    let expected = [
        "a.printers",
        "a.sites",
        "a.stairwell_core",
        "a.stairwell_journal",
        "a.stairwell_printers",
        "a.stairwell_state",
        "a.users",
    ];
    assert_eq!(relations(&client).await, expected);
    assert_eq!(
        rows(&client, "SELECT schema_name FROM information_schema.schemata WHERE schema_name = 'stairwell'")
            .await,
        [""; 0]
    );
    // The session is what it was, and nobody holds a lock.
    assert_eq!(rows(&client, "SHOW search_path").await, ["\"$user\", public"]);
    assert_eq!(locks(&client).await, 0);
    assert!(migrator.up(&mut client).await.unwrap().is_up_to_date());
    let status = migrator.status(&mut client).await.unwrap();
    assert!(status.is_up_to_date() && status.unknown_plugins.is_empty());
    assert!(migrator.verify(&mut client).await.unwrap().is_empty());
    // The other tenant, and the database itself, know nothing of it.
    let other = Migrator::new(&chains).tenant_schema("b").unwrap();
    assert_eq!(other.plan(&mut client, &[]).await.unwrap().len(), 3);
    assert_eq!(Migrator::new(&chains).plan(&mut client, &[]).await.unwrap().len(), 3);
}

/// Not a single round trip more than for a database without tenants: the state is found by the first question.
#[tokio::test]
async fn a_tenant_that_is_up_to_date_is_known_by_its_state() {
    let database = test_support::database().await;
    let mut client = database.connect().await;
    schemas(&client, &["a", "b"]).await;
    let chains = shop();
    let migrator = Migrator::new(&chains).tenant_schema("a").unwrap();
    migrator.up(&mut client).await.unwrap();
    // Who cannot read the histories can still know that nothing is pending, from the state alone.
    client
        .batch_execute(
            "CREATE ROLE stater; GRANT USAGE ON SCHEMA a TO stater; GRANT SELECT ON a.stairwell_state TO stater; SET ROLE stater",
        )
        .await
        .unwrap();
    assert!(migrator.up(&mut client).await.unwrap().is_up_to_date());
    // A foreign hand in the history breaks the seal of this tenant, by triggers that are the tenant's own.
    client
        .batch_execute("RESET ROLE; UPDATE a.stairwell_core SET name = name; SET ROLE stater")
        .await
        .unwrap();
    assert!(migrator.up(&mut client).await.is_err());
    client.batch_execute("RESET ROLE; DROP OWNED BY stater; DROP ROLE stater").await.unwrap();
    assert!(migrator.up(&mut client).await.unwrap().is_up_to_date());
}

#[tokio::test]
async fn names_that_would_break_out_of_quotes_are_names() {
    let database = test_support::database().await;
    let mut client = database.connect().await;
    let longest = "ü".repeat(31) + "x";
    let odd = [
        "o'hara",
        r#"say "hi""#,
        r"back\slash",
        "Bücher, große",
        "a b; DROP SCHEMA public",
        "$$",
        "%s %",
        &longest,
    ];
    schemas(&client, &odd).await;
    // psql and older drivers may have it so.
    client
        .batch_execute("SET standard_conforming_strings = off; SET escape_string_warning = off")
        .await
        .unwrap();
    let chains = shop();
    for name in odd {
        let migrator = Migrator::new(&chains).tenant_schema(name).unwrap();
        assert_eq!(migrator.up(&mut client).await.unwrap().applied(), 3, "{name}");
        assert!(migrator.up(&mut client).await.unwrap().is_up_to_date(), "{name}");
        let down = migrator.down(&mut client, &Rollback::to([Target::at("core", 1)])).await.unwrap();
        assert_eq!(down.reverted.len(), 1, "{name}");
        let trigger = format!("DELETE FROM \"{}\".stairwell_core", name.replace('"', "\"\""));
        client.batch_execute(&trigger).await.unwrap();
        assert_eq!(migrator.status(&mut client).await.unwrap().chains[0].pending.len(), 2, "{name}");
    }
    let journals = "SELECT count(*) FROM pg_class WHERE relname = 'stairwell_journal'";
    assert_eq!(rows(&client, journals).await, [odd.len().to_string()]);
}

#[tokio::test]
async fn what_cannot_be_a_tenant_is_refused() {
    let chains = shop();
    let refused = |name: &str| {
        let error = Migrator::new(&chains).tenant_schema(name).unwrap_err();
        assert!(error.is_usage());
        error.to_string()
    };
    assert_eq!(
        refused("pg_catalog"),
        "the schema \"pg_catalog\" cannot be a tenant: it belongs to the system"
    );
    assert_eq!(
        refused("information_schema"),
        "the schema \"information_schema\" cannot be a tenant: it belongs to the system"
    );
    assert_eq!(
        refused("stairwell"),
        "the schema \"stairwell\" cannot be a tenant: it holds Stairwell's own tables for the database"
    );
    assert_eq!(refused(""), "the schema \"\" cannot be a tenant: it has no name");
    assert!(refused(&"x".repeat(64)).ends_with("no name is longer than 63 bytes"));
    assert!(refused("a$stairwell$; DROP TABLE x").ends_with("no tenant can have `$stairwell$` in its name"));

    let long = chain_set(&[chain("a_plugin_with_a_name_of_more_than_fifty_three_bytes_xx", &[])]);
    let error = Migrator::new(&long).tenant_schema("a").unwrap_err().to_string();
    assert!(error.starts_with(
        "the plugin `a_plugin_with_a_name_of_more_than_fifty_three_bytes_xx` cannot be recorded for a tenant"
    ));

    let one = HistoryTable::new("one", "applied");
    let two = HistoryTable::new("two", "applied");
    let clash = chain_set(&[chain("core", &[]).recorded_in(one), chain("usb", &[]).recorded_in(two)]);
    assert_eq!(
        Migrator::new(&clash).tenant_schema("a").unwrap_err().to_string(),
        "the plugins `core` and `usb` would both be recorded as `applied` in the schema of a tenant; give one of them \
         another history table"
    );

    let database = test_support::database().await;
    let mut client = database.connect().await;
    let before = objects(&client).await;
    for lock in [Lock::Session, Lock::Lease] {
        let missing = Migrator::new(&chains).tenant_schema("missing").unwrap().lock(lock);
        assert_eq!(
            missing.up(&mut client).await.unwrap_err().to_string(),
            "the schema \"missing\" does not exist; nothing was run; create it, or correct the name"
        );
    }
    assert_eq!(objects(&client).await, before);
    let script =
        Migrator::new(&chains).tenant_schema("a").unwrap().script(&stairwell::Script::new()).unwrap_err();
    assert_eq!(script.to_string(), "a script is not possible for a tenant, here \"a\"");
}

/// A step that leaves everything behind that a session can keep.
const MESSY: &str = "SET search_path = elsewhere; SET work_mem = '1MB'; CREATE TABLE elsewhere.here (id int); \
                     CREATE TEMP TABLE sites (id text);";

#[tokio::test]
async fn a_step_leaves_its_search_path_neither_to_the_next_step_nor_to_the_next_tenant() {
    let database = test_support::database().await;
    let mut client = database.connect().await;
    schemas(&client, &["a", "b", "elsewhere"]).await;
    client.batch_execute("SET search_path = pg_catalog; SET work_mem = '3MB'").await.unwrap();
    let chains = core(&[sql("core", 1, "messy", MESSY), sql("core", 2, "sites", SITES)]);
    for name in ["a", "b"] {
        let migrator = Migrator::new(&chains).tenant_schema(name).unwrap();
        migrator.up(&mut client).await.unwrap();
        client.batch_execute("DROP TABLE elsewhere.here").await.unwrap();
        assert_eq!(
            rows(&client, "SELECT current_setting('search_path'), current_setting('work_mem')").await,
            ["pg_catalog 3MB"]
        );
    }
    let found = rows(&client, "SELECT schemaname FROM pg_tables WHERE tablename = 'sites' ORDER BY 1").await;
    assert_eq!(found, ["a", "b"]);
}

fn fill<'a>(tx: &'a Transaction<'_>) -> StepFuture<'a> {
    Box::pin(async move {
        tx.execute("INSERT INTO sites VALUES (2)", &[]).await?;
        Ok(())
    })
}

#[tokio::test]
async fn every_kind_of_step_finds_the_tables_of_its_tenant() {
    let database = test_support::database().await;
    let mut client = database.connect().await;
    schemas(&client, &["a", "b"]).await;
    let chains = core(&[
        sql("core", 1, "sites", SITES),
        rust("core", 2, "fill", fill),
        statements(
            "core",
            3,
            "index",
            "CREATE INDEX CONCURRENTLY sites_id ON sites (id)\n\nCREATE TABLE late (id int)",
        )
        .reverted_by(Step::Sql("DROP TABLE late; DROP INDEX sites_id;")),
        // A name with a schema is where it says.
        sql(
            "core",
            4,
            "shared",
            "CREATE TABLE IF NOT EXISTS public.shared (id int); INSERT INTO shared VALUES (1);",
        ),
    ]);
    for name in ["a", "b"] {
        let migrator = Migrator::new(&chains).tenant_schema(name).unwrap();
        migrator.up(&mut client).await.unwrap();
    }
    let single = Migrator::new(&chains).tenant_schema("b").unwrap();
    assert!(single.up(&mut client).await.unwrap().is_up_to_date());
    let expected = ["a.late", "a.sites", "b.late", "b.sites", "public.shared"];
    let found: Vec<String> =
        tables(&client).await.into_iter().filter(|name| !name.contains("stairwell")).collect();
    assert_eq!(found, expected);
    assert_eq!(rows(&client, "SELECT (SELECT count(*) FROM a.sites), (SELECT count(*) FROM b.sites), count(*) FROM public.shared").await, ["2 2 2"]);
    assert_eq!(rows(&client, "SELECT count(*) FROM a.stairwell_statements").await, ["0"]);
}

#[tokio::test]
async fn a_half_applied_migration_of_a_tenant_is_resumed_there() {
    let database = test_support::database().await;
    let mut client = database.connect().await;
    schemas(&client, &["a", "b"]).await;
    let chains = core(&[statements(
        "core",
        1,
        "two",
        "CREATE TABLE one ()\n\nCREATE TABLE two AS SELECT * FROM missing",
    )]);
    let a = Migrator::new(&chains).tenant_schema("a").unwrap();
    a.up(&mut client).await.unwrap_err();
    let half = |status: stairwell::Status| {
        status.chains[0].half_applied.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(half(a.status(&mut client).await.unwrap()), ["half applied: 1 of 2 statements"]);
    let b = Migrator::new(&chains).tenant_schema("b").unwrap();
    assert_eq!(half(b.status(&mut client).await.unwrap()), [""; 0]);
    client.batch_execute("CREATE TABLE a.missing (id int)").await.unwrap();
    a.up(&mut client).await.unwrap();
    assert_eq!(tables(&client).await.iter().filter(|name| name.starts_with("b.")).count(), 0);
}

#[tokio::test]
async fn a_lease_is_the_tenants_own_and_every_transaction_knows_the_tenant() {
    let database = test_support::database().await;
    let mut client = database.connect().await;
    schemas(&client, &["a"]).await;
    let chains = shop();
    let migrator = Migrator::new(&chains).tenant_schema("a").unwrap().lock(Lock::Lease);
    assert_eq!(migrator.up(&mut client).await.unwrap().applied(), 3);
    assert!(tables(&client).await.contains(&"a.stairwell_lease".to_owned()));
    assert_eq!(rows(&client, "SELECT expires_at FROM a.stairwell_lease").await, ["-infinity"]);
    let outside = core(&[statements("core", 1, "outside", "CREATE TABLE outside ()")]);
    let outside = Migrator::new(&outside).tenant_schema("a").unwrap().lock(Lock::Lease);
    client.batch_execute("DROP SCHEMA a CASCADE; CREATE SCHEMA a").await.unwrap();
    let error = outside.up(&mut client).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "`core/V0001__outside` runs outside a transaction, and with a lease there is no session that would know that \
         names in it are those of the schema \"a\"; connect directly, with a session lock; nothing was run"
    );
}

#[tokio::test]
async fn a_lock_is_the_tenants_own() {
    let database = test_support::database().await;
    let (mut client, other) = (database.connect().await, database.connect().await);
    schemas(&client, &["tenant_1", "tenant_2"]).await;
    // The key that is documented: FNV-1a of the name.
    other.batch_execute("SELECT pg_advisory_lock(1398030665, 1347249325)").await.unwrap();
    let chains = shop();
    let of = |name: &str| Migrator::new(&chains).tenant_schema(name).unwrap().lock_wait(Duration::ZERO);
    assert!(of("tenant_1").up(&mut client).await.unwrap_err().is_lock_timeout());
    assert_eq!(of("tenant_2").up(&mut client).await.unwrap().applied(), 3);
    assert_eq!(Migrator::new(&chains).lock_wait(Duration::ZERO).up(&mut client).await.unwrap().applied(), 3);
}

#[tokio::test]
async fn a_schema_that_was_renamed_is_the_same_tenant() {
    let database = test_support::database().await;
    let mut client = database.connect().await;
    schemas(&client, &["old"]).await;
    let chains = shop();
    let all = Migrator::new(&chains);
    all.clone().tenant_schema("old").unwrap().up_to(&mut client, &[Target::at("core", 1)]).await.unwrap();
    client.batch_execute("ALTER SCHEMA old RENAME TO new").await.unwrap();
    let migrator = all.tenant_schema("new").unwrap();
    assert_eq!(migrator.up(&mut client).await.unwrap().applied(), 2);
    assert_eq!(rows(&client, "SELECT count(*) FROM new.stairwell_journal").await, ["3"]);
    // The triggers watch over the new name.
    let sealed = "SELECT plugin, table_schema, sealed FROM new.stairwell_state ORDER BY 1";
    assert_eq!(rows(&client, sealed).await, ["core new t", "printers new t"]);
    client.batch_execute("UPDATE new.stairwell_core SET name = name").await.unwrap();
    assert_eq!(rows(&client, sealed).await, ["core new f", "printers new t"]);
}

#[tokio::test]
async fn what_the_operator_says_and_takes_back_stands_in_the_tenants_books() {
    let database = test_support::database().await;
    let mut client = database.connect().await;
    schemas(&client, &["a"]).await;
    let chains = shop();
    let migrator = Migrator::new(&chains).tenant_schema("a").unwrap();
    migrator.mark(&mut client, &Target::at("core", 1)).await.unwrap();
    migrator.unmark(&mut client, &Target::at("core", 1)).await.unwrap();
    migrator.up(&mut client).await.unwrap();
    // An older binary takes back what only the journal of this tenant knows.
    let older = core(&[sql("core", 1, "sites", SITES)]);
    let older = Migrator::new(&older).tenant_schema("a").unwrap();
    let down = older.down(&mut client, &Rollback::to([Target::at("core", 1)])).await.unwrap();
    assert!(down.reverted[0].revert.from_journal);
    let journal = "SELECT direction, plugin, version FROM a.stairwell_journal ORDER BY id";
    let expected = ["mark core 1", "unmark core 1", "up core 1", "up core 2", "up printers 1", "down core 2"];
    assert_eq!(rows(&client, journal).await, expected);
    assert_eq!(
        client
            .batch_execute("DELETE FROM a.stairwell_journal")
            .await
            .unwrap_err()
            .as_db_error()
            .unwrap()
            .message(),
        "entries of the journal are neither changed nor removed"
    );
}

#[tokio::test]
async fn a_history_with_a_name_of_its_own_keeps_it() {
    let database = test_support::database().await;
    let mut client = database.connect().await;
    schemas(&client, &["a"]).await;
    let history = HistoryTable::new("public", "refinery_schema_history");
    let migration = leak(vec![sql("core", 1, "sites", SITES)]);
    let chains = chain_set(&[Chain::new("core", "", migration).recorded_in(history)]);
    let migrator = Migrator::new(&chains).tenant_schema("a").unwrap();
    migrator.up(&mut client).await.unwrap();
    assert_eq!(rows(&client, "SELECT version FROM a.refinery_schema_history").await, ["1"]);
    assert!(migrator.up(&mut client).await.unwrap().is_up_to_date());
}
