//! Uninstall: a whole chain down, and then nothing left of its plugin but the journal.

use snapbox::{assert_data_eq, str};
use stairwell::{
    Chain, ChainSet, Error, HistoryTable, Migration, Migrator, Requirement, Rollback, Step, Target, Uninstall,
};
use test_support::{TestDatabase, server};
use tokio_postgres::Client;

use crate::support::{chain, chain_set, leak, locks, objects, rows, sql, statements, tables};

/// A migration that makes a table, and the step that drops it.
fn table(plugin: &'static str, version: i64, name: &'static str) -> Migration {
    let up: &str = format!("CREATE TABLE {name} (id int);").leak();
    sql(plugin, version, name, up).reverted_by(Step::Sql(format!("DROP TABLE {name};").leak()))
}

fn core() -> Chain {
    chain("core", &[table("core", 1, "sites"), table("core", 2, "users")])
}

/// Its history is not where that of a plugin is.
fn computers() -> Chain {
    chain("computers", &[table("computers", 1, "computers"), table("computers", 2, "disks")])
        .requiring(leak(vec![Requirement::new("core", 1)]))
        .recorded_in(HistoryTable::new("public", "refinery_schema_history"))
}

fn printers() -> Chain {
    let needs = leak(vec![Requirement::new("computers", 2)]);
    chain("printers", &[table("printers", 1, "printers"), table("printers", 2, "toner").requiring(needs)])
}

fn usb() -> Chain {
    chain("usb", &[table("usb", 1, "usb_ports")]).requiring(leak(vec![Requirement::new("computers", 1)]))
}

async fn applied(chains: &ChainSet) -> (TestDatabase, Client) {
    let database = server().database().await;
    let mut client = database.connect().await;
    Migrator::new(chains).application("shopdb").up(&mut client).await.unwrap();
    (database, client)
}

/// What it did: names of what was reverted, then of plugins.
async fn uninstall(
    chains: &ChainSet,
    client: &mut Client,
    uninstall: &Uninstall,
) -> Result<(Vec<String>, Vec<&'static str>), Error> {
    let migrator = Migrator::new(chains);
    let planned = migrator.plan_uninstall(client, uninstall).await;
    let report = migrator.uninstall(client, uninstall).await;
    if let (Ok(planned), Ok(report)) = (&planned, &report) {
        assert!(report.reverted.iter().map(|reverted| &reverted.revert).eq(&planned.reverts), "as planned");
        assert_eq!(report.forgotten, planned.forgets);
    }
    let report = report?;
    let reverted = report.reverted.iter().map(|reverted| reverted.revert.to_string()).collect();
    Ok((reverted, report.forgotten.iter().map(|forgotten| forgotten.plugin).collect()))
}

const STATE: &str = "SELECT plugin, table_schema, table_name FROM stairwell.state ORDER BY 1";

#[tokio::test]
async fn a_plugin_leaves_nothing_but_its_entries_and_comes_back() {
    let chains = chain_set(&[core(), computers(), printers()]);
    let (_database, mut client) = applied(&chains).await;

    let (reverted, forgotten) =
        uninstall(&chains, &mut client, &Uninstall::plugin("printers")).await.unwrap();

    assert_eq!(reverted, ["printers/V0002__toner", "printers/V0001__printers"]);
    assert_eq!(forgotten, ["printers"]);
    assert_eq!(
        tables(&client).await,
        [
            "public.computers",
            "public.disks",
            "public.refinery_schema_history",
            "public.sites",
            "public.users"
        ]
    );
    assert_eq!(rows(&client, "SELECT to_regclass('stairwell.printers')").await, ["null"]);
    assert_eq!(
        rows(&client, STATE).await,
        ["computers public refinery_schema_history", "core stairwell core"]
    );
    assert_eq!(
        rows(&client, "SELECT version, name, direction, application, role, revert FROM stairwell.journal WHERE plugin = 'printers' ORDER BY id").await,
        [
            "1 printers up shopdb postgres DROP TABLE printers;",
            "2 toner up shopdb postgres DROP TABLE toner;",
            "2 toner down null postgres null",
            "1 printers down null postgres null",
            "0  uninstall null postgres null",
        ]
    );
    let runs = "SELECT count(DISTINCT run) FROM stairwell.journal WHERE direction IN ('down', 'uninstall')";
    assert_eq!(rows(&client, runs).await, ["1"]);
    assert_eq!(locks(&client).await, 0);

    // Once more is nothing to do.
    let again = uninstall(&chains, &mut client, &Uninstall::plugin("printers")).await.unwrap();
    assert_eq!(again, (vec![], vec![]));
    let migrator = Migrator::new(&chains);
    assert!(!migrator.is_up_to_date(&mut client).await.unwrap());
    assert_eq!(migrator.up(&mut client).await.unwrap().applied(), 2);
    assert!(migrator.is_up_to_date(&mut client).await.unwrap());
}

#[tokio::test]
async fn dependants_are_named_or_taken_along() {
    let chains = chain_set(&[core(), computers(), printers(), usb()]);
    let (_database, mut client) = applied(&chains).await;
    let before = objects(&client).await;

    let error = uninstall(&chains, &mut client, &Uninstall::plugin("computers")).await.unwrap_err();

    assert!(error.is_refused());
    assert_data_eq!(
        error.to_string(),
        str![[r#"
other migrations require what was to be reverted; nothing was run
  = `printers/V0002__toner` requires `computers/V0002__disks`
  = `usb/V0001__usb_ports` requires `computers/V0001__computers`
  = help: revert these first, or with the rest: `--cascade`, `Rollback::cascade`
"#]]
    );
    assert_eq!(objects(&client).await, before);

    // Something is left of printers, and nothing of usb.
    let cascade = Uninstall::plugin("computers").cascade(true);
    let (reverted, forgotten) = uninstall(&chains, &mut client, &cascade).await.unwrap();
    assert_eq!(
        reverted,
        [
            "usb/V0001__usb_ports",
            "printers/V0002__toner",
            "computers/V0002__disks",
            "computers/V0001__computers"
        ]
    );
    assert_eq!(forgotten, ["usb", "computers"]);
    assert_eq!(rows(&client, STATE).await, ["core stairwell core", "printers stairwell printers"]);
    assert_eq!(tables(&client).await, ["public.printers", "public.sites", "public.users"]);

    // core is no exception, once nothing stands on it.
    let (reverted, forgotten) = uninstall(&chains, &mut client, &Uninstall::plugin("core")).await.unwrap();
    assert_eq!((reverted.len(), forgotten), (2, vec!["core"]));
    assert_eq!(Migrator::new(&chains).up(&mut client).await.unwrap().applied(), 6);
}

#[tokio::test]
async fn a_plugin_that_is_not_compiled_in_goes_by_the_journal() {
    let whole = chain_set(&[core(), computers(), printers(), usb()]);
    let (_database, mut client) = applied(&whole).await;
    let smaller = chain_set(&[core(), printers()]);

    // It is known, with what stands on it: also to `down`, and also by steps.
    let error = uninstall(&smaller, &mut client, &Uninstall::plugin("core")).await.unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![[r#"
other migrations require what was to be reverted; nothing was run
  = `computers/V1__computers` requires `core/V0001__sites`
  = `computers/V2__disks` requires `core/V0001__sites`
  = help: revert these first, or with the rest: `--cascade`, `Rollback::cascade`
"#]]
    );
    for rollback in [Rollback::to([Target::at("core", 0)]), Rollback::steps(100)] {
        let error = Migrator::new(&smaller).down(&mut client, &rollback).await.unwrap_err();
        assert!(error.is_refused(), "{error}");
        assert!(
            error.to_string().contains("`computers/V1__computers` requires `core/V0001__sites`"),
            "{error}"
        );
    }

    let plan = Migrator::new(&smaller)
        .plan_uninstall(&mut client, &Uninstall::plugin("computers").cascade(true))
        .await
        .unwrap();
    let plan: Vec<String> =
        plan.reverts.iter().map(|revert| format!("{revert} {}", revert.from_journal)).collect();
    assert_eq!(
        plan,
        [
            "usb/V1__usb_ports true",
            "printers/V0002__toner false",
            "computers/V2__disks true",
            "computers/V1__computers true",
        ]
    );
    let (_, forgotten) = uninstall(&smaller, &mut client, &Uninstall::plugin("usb")).await.unwrap();
    assert_eq!(forgotten, ["usb"]);
    let cascade = Uninstall::plugin("computers").cascade(true);
    let (reverted, forgotten) = uninstall(&smaller, &mut client, &cascade).await.unwrap();
    assert_eq!((reverted.len(), forgotten), (3, vec!["computers"]));
    assert_eq!(tables(&client).await, ["public.printers", "public.sites", "public.users"]);
    assert_eq!(uninstall(&smaller, &mut client, &cascade).await.unwrap(), (vec![], vec![]));
    assert_eq!(Migrator::new(&whole).up(&mut client).await.unwrap().applied(), 4);
}

#[tokio::test]
async fn nothing_runs_unless_all_can_be_reverted() {
    let bare = sql("usb", 1, "ports", "CREATE TABLE usb_ports (id int);");
    let gone = sql("usb", 2, "drop", "SELECT 1;").irreversible("the column cannot be rebuilt");
    let whole = chain_set(&[core(), chain("usb", &[bare, gone, table("usb", 3, "hubs")])]);
    let (_database, mut client) = applied(&whole).await;
    let before = objects(&client).await;

    let error = uninstall(&whole, &mut client, &Uninstall::plugin("usb")).await.unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![[r#"
what was asked for cannot be reverted; nothing was run
  = `usb/V0002__drop`: the column cannot be rebuilt
  = `usb/V0001__ports`: it has no down step
"#]]
    );
    let error = uninstall(&chain_set(&[core()]), &mut client, &Uninstall::plugin("usb")).await.unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![[r#"
what was asked for cannot be reverted; nothing was run
  = `usb/V2__drop`: this binary does not contain it, and the journal says: irreversible: the column cannot be rebuilt
  = `usb/V1__ports`: this binary does not contain it, and the journal says: irreversible: it has no down step
"#]]
    );
    assert_eq!(objects(&client).await, before);
}

#[tokio::test]
async fn a_name_that_nobody_knows_is_a_slip() {
    let (_database, mut client) = applied(&chain_set(&[core(), printers_alone(), usb_alone()])).await;
    let smaller = chain_set(&[core(), printers_alone()]);
    for (name, message) in [
        (
            "printer",
            "there is no plugin `printer`; did you mean `printers`? compiled in: core, printers; in the database: usb",
        ),
        (
            "usv",
            "there is no plugin `usv`; did you mean `usb`? compiled in: core, printers; in the database: usb",
        ),
        ("journal", "there is no plugin `journal`; compiled in: core, printers; in the database: usb"),
    ] {
        let error = uninstall(&smaller, &mut client, &Uninstall::plugin(name)).await.unwrap_err();
        assert!(error.is_usage());
        assert_eq!(error.to_string(), message);
    }
    let database = server().database().await;
    let empty = uninstall(&smaller, &mut database.connect().await, &Uninstall::plugin("printers")).await;
    assert_eq!(empty.unwrap(), (vec![], vec![]));
    assert!(
        rows(&database.connect().await, "SELECT nspname FROM pg_namespace WHERE nspname = 'stairwell'")
            .await
            .is_empty()
    );
}

fn printers_alone() -> Chain {
    chain("printers", &[table("printers", 1, "printers")])
}

fn usb_alone() -> Chain {
    chain("usb", &[table("usb", 1, "usb_ports")])
}

/// All of it is one transaction; or what was reverted stays so, and the next run goes on.
#[tokio::test]
async fn a_failure_leaves_what_another_run_can_finish() {
    let chains = chain_set(&[core(), printers_alone()]);
    let (_database, mut client) = applied(&chains).await;
    client.batch_execute("CREATE VIEW watched AS SELECT * FROM stairwell.printers").await.unwrap();

    let whole = Migrator::new(&chains).single_transaction(true);
    whole.uninstall(&mut client, &Uninstall::plugin("printers")).await.unwrap_err();
    assert_eq!(rows(&client, "SELECT count(*) FROM stairwell.printers").await, ["1"]);

    let error = uninstall(&chains, &mut client, &Uninstall::plugin("printers")).await.unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str![[r#"
cannot forget `printers`: cannot drop table stairwell.printers because other objects depend on it (SQLSTATE 2BP01), Use DROP ... CASCADE to drop the dependent objects too.
  = reverted before it, and stays so: 1 of 1
  = help: uninstall again to go on from here
"#]]
    );
    assert_eq!(rows(&client, "SELECT count(*) FROM stairwell.printers").await, ["0"]);
    assert_eq!(rows(&client, STATE).await.len(), 2);
    assert_eq!(locks(&client).await, 0);
    client.batch_execute("DROP VIEW watched").await.unwrap();
    let rest = uninstall(&chains, &mut client, &Uninstall::plugin("printers")).await.unwrap();
    assert_eq!(rest, (vec![], vec!["printers"]));
    whole.up(&mut client).await.unwrap();
    let report = whole.uninstall(&mut client, &Uninstall::plugin("printers")).await.unwrap();
    assert_eq!((report.reverted.len(), report.forgotten.len()), (1, 1));
}

/// The rows that say how far a migration without a transaction has come are of no use to anybody then.
#[tokio::test]
async fn what_is_half_applied_is_not_forgotten_and_stale_notes_are() {
    let half = statements("usb", 1, "half", "CREATE TABLE a ();\n\nSELECT 1 / (SELECT count(*) FROM b);")
        .reverted_by(Step::Sql("DROP TABLE a;"));
    let b = table("core", 1, "b");
    let chains = chain_set(&[chain("core", &[b]), chain("usb", &[half])]);
    let database = server().database().await;
    let mut client = database.connect().await;
    let migrator = Migrator::new(&chains);
    migrator.up(&mut client).await.unwrap_err();

    let error = uninstall(&chains, &mut client, &Uninstall::plugin("usb")).await.unwrap_err();
    assert!(error.is_refused());
    assert!(
        error
            .to_string()
            .starts_with("`usb/V0001__half` is half applied: 1 of 2 statements; nothing was run"),
        "{error}"
    );

    client.batch_execute("INSERT INTO b VALUES (1)").await.unwrap();
    migrator.up(&mut client).await.unwrap();
    let stale = "INSERT INTO stairwell.statements (history, version, direction, ordinal, plugin, name, statements, hash, \
                 statement, state, before) VALUES ('\"stairwell\".\"usb\"', 1, 'up', 1, 'usb', 'half', 2, '', '', 'done', '{}')";
    client.batch_execute(stale).await.unwrap();
    uninstall(&chains, &mut client, &Uninstall::plugin("usb")).await.unwrap();
    assert_eq!(rows(&client, "SELECT * FROM stairwell.statements").await, [""; 0]);
}

#[tokio::test]
async fn a_role_that_may_not_forget_runs_nothing() {
    let chains = chain_set(&[core(), printers_alone()]);
    let (database, client) = applied(&chains).await;
    let role = format!("clerk_of_{}", database.name());
    let grants = format!(
        "CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA stairwell TO {role}; \
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA stairwell TO {role}; ALTER TABLE printers OWNER TO {role};"
    );
    client.batch_execute(&grants).await.unwrap();
    let mut clerk = database.connect().await;
    clerk.batch_execute(&format!("SET SESSION AUTHORIZATION {role}")).await.unwrap();

    let migrator = Migrator::new(&chains);
    let refused = migrator.plan_uninstall(&mut clerk, &Uninstall::plugin("printers")).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        format!(
            "cannot drop \"stairwell\".\"printers\": the role {role} does not own it; nothing was run; uninstall as the owner"
        )
    );
    client
        .batch_execute(&format!(
            "ALTER TABLE stairwell.printers OWNER TO {role}; REVOKE DELETE ON stairwell.state FROM {role}"
        ))
        .await
        .unwrap();
    let refused = migrator.uninstall(&mut clerk, &Uninstall::plugin("printers")).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        format!(
            "cannot remove rows from \"stairwell\".\"state\": the role {role} may not; nothing was run; as an owner run \
             `GRANT DELETE ON \"stairwell\".\"state\" TO {role}`, or uninstall as the owner"
        )
    );
    client.batch_execute(&format!("GRANT DELETE ON stairwell.state TO {role}")).await.unwrap();
    migrator.uninstall(&mut clerk, &Uninstall::plugin("printers")).await.unwrap();
}

#[tokio::test]
async fn what_was_agreed_to_is_what_is_reverted() {
    let chains = chain_set(&[core(), printers_alone()]);
    let (database, mut client) = applied(&chains).await;
    let migrator = Migrator::new(&chains);
    let plan = migrator.plan_uninstall(&mut client, &Uninstall::plugin("printers")).await.unwrap();
    migrator.down(&mut database.connect().await, &Rollback::to([Target::at("printers", 0)])).await.unwrap();
    let agreed = Uninstall::plugin("printers").agreed(plan.reverts);
    let error = migrator.uninstall(&mut client, &agreed).await.unwrap_err();
    assert_data_eq!(
        error.to_string(),
        str!["the database has changed since this was agreed to; nothing was run"]
    );
}

/// Behind a pooler the lease is what keeps others away, and every transaction proves it.
#[tokio::test]
async fn under_a_lease_it_is_the_same() {
    let chains = chain_set(&[core(), printers_alone()]);
    let (_database, mut client) = applied(&chains).await;
    let migrator = Migrator::new(&chains).lock(stairwell::Lock::Lease);
    let report = migrator.uninstall(&mut client, &Uninstall::plugin("printers")).await.unwrap();
    assert_eq!((report.reverted.len(), report.forgotten.len()), (1, 1));
    assert_eq!(rows(&client, STATE).await, ["core stairwell core"]);
}
