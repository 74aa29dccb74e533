//! Which migrations take part, and in which order.

use std::sync::Mutex;

use stairwell::{ChainSet, Event, Migration, Migrator, Requirement, Target};
use test_support::server;

use crate::support::{chain, history, leak, names, sql};

fn requiring(migration: Migration, edges: &[(&'static str, i64)]) -> Migration {
    migration
        .requiring(leak(edges.iter().map(|(plugin, version)| Requirement::new(plugin, *version)).collect()))
}

/// core 1 2 3; computers 1 2 (its chain requires core 1); printers 1 2 3, of which 2 requires computers 1 and
/// core 2; usb 1. Each step refers to a table that its requirement creates.
fn four_plugins() -> ChainSet {
    let c1 = sql("core", 1, "sites", "CREATE TABLE sites ();");
    let c2 = sql("core", 2, "users", "CREATE TABLE users ();");
    let c3 = sql("core", 3, "audit", "CREATE TABLE audit ();");
    let m1 = sql("computers", 1, "baseline", "CREATE TABLE computers () INHERITS (sites);");
    let m2 = sql("computers", 2, "disks", "CREATE TABLE disks ();");
    let p1 = sql("printers", 1, "baseline", "CREATE TABLE printers ();");
    let p2 = sql("printers", 2, "servers", "CREATE TABLE servers () INHERITS (computers, users);");
    let p2 = requiring(p2, &[("computers", 1), ("core", 2)]);
    let p3 = sql("printers", 3, "toner", "CREATE TABLE toner ();");
    let u1 = sql("usb", 1, "baseline", "CREATE TABLE usb ();");
    let chains = vec![
        chain("core", &[c1, c2, c3]),
        chain("computers", &[m1, m2]).requiring(leak(vec![Requirement::new("core", 1)])),
        chain("printers", &[p1, p2, p3]),
        chain("usb", &[u1]),
    ];
    ChainSet::new(leak(chains), leak(vec![c1, p1, m1, c2, p2, m2, c3, p3, u1]))
}

async fn order_of(chains: &ChainSet, targets: &[&str]) -> Vec<String> {
    let database = server().database().await;
    let mut client = database.connect().await;
    let targets: Vec<Target> = targets.iter().map(|target| target.parse().unwrap()).collect();
    let order = Mutex::new(Vec::new());
    let record = |event: &Event<'_>| {
        if let Event::Applied { migration, .. } = event {
            order.lock().unwrap().push(migration.to_string());
        }
    };
    let migrator = Migrator::new(chains).on_event(record);
    let plan = names(migrator.plan(&mut client, &targets).await.unwrap());
    migrator.up_to(&mut client, &targets).await.unwrap();
    let order = order.lock().unwrap().clone();
    assert_eq!(plan, order, "plan says what up does");
    order
}

#[tokio::test]
async fn chains_interleave_as_their_requirements_demand() {
    assert_eq!(
        order_of(&four_plugins(), &[]).await,
        [
            "core/V0001__sites",
            "printers/V0001__baseline",
            "computers/V0001__baseline",
            "core/V0002__users",
            "printers/V0002__servers",
            "computers/V0002__disks",
            "core/V0003__audit",
            "printers/V0003__toner",
            "usb/V0001__baseline",
        ]
    );
}

#[tokio::test]
async fn a_target_brings_what_it_requires_and_nothing_more() {
    assert_eq!(
        order_of(&four_plugins(), &["printers@2"]).await,
        [
            "core/V0001__sites",
            "printers/V0001__baseline",
            "computers/V0001__baseline",
            "core/V0002__users",
            "printers/V0002__servers",
        ]
    );
    assert_eq!(order_of(&four_plugins(), &["printers@1"]).await, ["printers/V0001__baseline"]);
    assert_eq!(
        order_of(&four_plugins(), &["usb", "computers@1"]).await,
        ["core/V0001__sites", "computers/V0001__baseline", "usb/V0001__baseline"]
    );
    // Named twice is named once.
    assert_eq!(order_of(&four_plugins(), &["core@2", "core@2"]).await.len(), 2);
}

#[tokio::test]
async fn a_target_below_what_is_applied_does_nothing() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains = four_plugins();
    let migrator = Migrator::new(&chains);
    migrator.up(&mut client).await.unwrap();

    let report = migrator.up_to(&mut client, &[Target::at("printers", 1)]).await.unwrap();
    assert!(report.is_up_to_date());
    let beyond: Vec<_> = report.chains.iter().map(|chain| (chain.plugin, chain.beyond)).collect();
    assert_eq!(beyond, [("printers", Some(3))], "and the report says why");
    assert_eq!(migrator.up(&mut client).await.unwrap().chains[0].beyond, None);
    assert_eq!(history(&client, "printers").await.len(), 3);
}

#[tokio::test]
async fn enabled_plugins_bring_whole_chains_and_core() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains = four_plugins();
    let migrator = Migrator::new(&chains).enable(["printers"]).unwrap();

    migrator.up(&mut client).await.unwrap();

    assert_eq!(history(&client, "core").await.len(), 3);
    assert_eq!(history(&client, "computers").await.len(), 2);
    assert_eq!(history(&client, "printers").await.len(), 3);
    let status = migrator.status(&mut client).await.unwrap();
    let enabled: Vec<_> = status.chains.iter().map(|chain| (chain.plugin, chain.enabled)).collect();
    assert_eq!(enabled, [("core", true), ("computers", true), ("printers", true), ("usb", false)]);
    assert!(status.is_up_to_date(), "what is merely available is not pending");
    assert_eq!(status.chains[3].pending.len(), 1);
}

#[tokio::test]
async fn enabling_nothing_leaves_core() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains = four_plugins();
    let migrator = Migrator::new(&chains).enable([""; 0]).unwrap();
    assert_eq!(names(migrator.plan(&mut client, &[]).await.unwrap()).len(), 3);
}

#[test]
fn an_unknown_plugin_is_refused_with_a_suggestion() {
    let chains = four_plugins();
    let error = Migrator::new(&chains).enable(["printer"]).unwrap_err();
    assert!(error.is_usage());
    assert_eq!(
        error.to_string(),
        "there is no plugin `printer`; did you mean `printers`? compiled in: core, computers, printers, usb"
    );
    let error = Migrator::new(&chains).enable(["billing"]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no plugin `billing`; compiled in: core, computers, printers, usb"
    );
}

#[tokio::test]
async fn a_target_that_does_not_exist_or_is_not_enabled_is_refused() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains = four_plugins();
    let migrator = Migrator::new(&chains).enable(["computers"]).unwrap();
    let mut refusal =
        async |target: Target| migrator.plan(&mut client, &[target]).await.unwrap_err().to_string();

    assert_eq!(refusal(Target::at("computers", 7)).await, "`computers` has no version 7; near it: 1, 2");
    assert_eq!(
        refusal(Target::new("usb")).await,
        "the plugin `usb` is compiled in but not enabled; enable it, or leave out `usb`"
    );
    assert_eq!(
        refusal(Target::new("computer")).await,
        "there is no plugin `computer`; did you mean `computers`? compiled in: core, computers, printers, usb"
    );
}

#[test]
fn a_target_is_a_plugin_and_perhaps_a_version() {
    assert_eq!("printers@0003".parse::<Target>().unwrap(), Target::at("printers", 3));
    assert_eq!("printers".parse::<Target>().unwrap().to_string(), "printers");
    assert_eq!(Target::at("printers", 3).to_string(), "printers@3");
    let refusal = |text: &str| text.parse::<Target>().unwrap_err().to_string();
    assert_eq!(refusal("printers@"), "`` in `printers@` is not a version; write `printers@3`");
    assert_eq!(refusal("printers@-1"), "`-1` in `printers@-1` is not a version; write `printers@3`");
    assert_eq!(refusal("@1"), "`@1` names no plugin; write `printers` or `printers@3`");
}

#[test]
fn targets_are_checked_without_a_connection() {
    let chains = four_plugins();
    let migrator = Migrator::new(&chains).enable(["printers"]).unwrap();
    let refusal = |targets: &[&str]| {
        let targets: Vec<Target> = targets.iter().map(|target| target.parse().unwrap()).collect();
        let error = migrator.check(&targets).err()?;
        assert!(error.is_usage());
        Some(error.to_string())
    };
    assert_eq!(refusal(&[]), None);
    assert_eq!(refusal(&["printers@2", "core", "printers@2"]), None);
    assert_eq!(
        refusal(&["printers@3", "core", "printers@2"]).unwrap(),
        "`printers@3` and `printers@2` contradict each other; name the plugin once"
    );
    assert_eq!(
        refusal(&["printers", "printers@2"]).unwrap(),
        "`printers` and `printers@2` contradict each other; name the plugin once"
    );
    assert_eq!(refusal(&["printers@7"]).unwrap(), "`printers` has no version 7; near it: 2, 3");
    assert!(refusal(&["usb"]).unwrap().contains("not enabled"));
    assert!(refusal(&["billing"]).unwrap().starts_with("there is no plugin `billing`"));
}
