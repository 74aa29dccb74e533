//! Status and plan: they tell, and write nothing.

use stairwell::Migrator;
use test_support::server;

use crate::support::{chain, chain_set, core, locks, names, objects, sql};

#[tokio::test]
async fn plan_and_status_create_nothing() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains = core(&[sql("core", 1, "sites", "CREATE TABLE sites ();")]);
    let before = objects(&client).await;

    let migrator = Migrator::new(&chains);
    let plan = migrator.plan(&mut client, &[]).await.unwrap();
    let status = migrator.status(&mut client).await.unwrap();

    assert_eq!(names(plan), ["core/V0001__sites"]);
    assert_eq!(status.chains[0].applied.len(), 0);
    assert_eq!(names(status.chains[0].pending.iter().copied()), ["core/V0001__sites"]);
    assert!(!status.is_up_to_date());
    assert_eq!(objects(&client).await, before);
    assert_eq!(locks(&client).await, 0);
}

#[tokio::test]
async fn plan_and_status_work_in_a_read_only_session() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains = core(&[sql("core", 1, "sites", "CREATE TABLE sites ();")]);
    Migrator::new(&chains).up(&mut client).await.unwrap();
    client.batch_execute("SET default_transaction_read_only = on").await.unwrap();

    assert!(Migrator::new(&chains).plan(&mut client, &[]).await.unwrap().is_empty());
    assert!(Migrator::new(&chains).status(&mut client).await.unwrap().is_up_to_date());
    // Nothing is pending, so even up has nothing to write.
    assert!(Migrator::new(&chains).up(&mut client).await.unwrap().is_up_to_date());
}

#[tokio::test]
async fn status_shows_rows_and_what_disagrees() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let one = sql("core", 1, "sites", "CREATE TABLE sites ();");
    let three = sql("core", 3, "users", "CREATE TABLE users ();");
    let four = sql("core", 4, "audit", "CREATE TABLE audit ();");
    Migrator::new(&core(&[one, three, four])).up(&mut client).await.unwrap();

    let changed = sql("core", 1, "sites", "CREATE TABLE sites (id int);");
    let two = sql("core", 2, "late", "CREATE TABLE late ();");
    let five = sql("core", 5, "fresh", "CREATE TABLE fresh ();");
    let chains = core(&[changed, two, three, five]);
    let status = Migrator::new(&chains).status(&mut client).await.unwrap();

    let chain = &status.chains[0];
    let applied: Vec<_> = chain.applied.iter().map(|row| (row.version, row.name.as_str())).collect();
    assert_eq!(applied, [(1, "sites"), (3, "users"), (4, "audit")]);
    assert_eq!(names(chain.pending.iter().copied()), ["core/V0002__late", "core/V0005__fresh"]);
    assert_eq!(names(chain.out_of_order.iter().copied()), ["core/V0002__late"]);
    assert_eq!(chain.divergent[0].migration, &changed);
    assert_eq!(chain.unknown[0].version, 4);
    assert!(!chain.agrees());
}

#[tokio::test]
async fn status_names_plugins_that_the_binary_does_not_contain() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let core = chain("core", &[sql("core", 1, "sites", "CREATE TABLE sites ();")]);
    let usb = chain("usb", &[sql("usb", 1, "baseline", "CREATE TABLE usb ();")]);
    Migrator::new(&chain_set(&[core, usb])).up(&mut client).await.unwrap();
    // Not every table in that schema is a history.
    client.batch_execute("CREATE TABLE stairwell.notes (entry text)").await.unwrap();

    let status = Migrator::new(&chain_set(&[core])).status(&mut client).await.unwrap();

    assert_eq!(status.unknown_plugins, ["usb"]);
    assert!(status.is_up_to_date());
}
