//! Histories changed by an operator who knows better.

use snapbox::{assert_data_eq, str};
use stairwell::{ChainSet, Migrator, Requirement, Target};
use test_support::server;
use tokio_postgres::Client;

use crate::state::RoundTrips;
use crate::support::{chain, chain_set, core, history, rows, sql};

fn chains() -> ChainSet {
    let steps = [
        sql("core", 1, "sites", "CREATE TABLE sites (id int);")
            .reverted_by(stairwell::Step::Sql("DROP TABLE sites;")),
        sql("core", 2, "names", "ALTER TABLE sites ADD name text;"),
    ];
    let usb = [sql("usb", 1, "ports", "CREATE TABLE ports (id int);")
        .requiring(const { &[Requirement::new("core", 1)] })];
    chain_set(&[chain("core", &steps), chain("usb", &usb)])
}

async fn journal(client: &Client) -> Vec<String> {
    rows(
        client,
        "SELECT plugin, version, direction, coalesce(revert, '-') FROM stairwell.journal ORDER BY id",
    )
    .await
}

#[tokio::test]
async fn a_migration_that_was_done_by_hand_is_marked() {
    let database = server().database().await;
    let trips = RoundTrips::default();
    let mut client = trips.connect(&database).await;
    let chains = chains();
    let migrator = Migrator::new(&chains).application("shopdb");
    client.batch_execute("CREATE TABLE sites (id int)").await.unwrap();

    let marked = migrator.mark(&mut client, &Target::at("core", 1)).await.unwrap();

    assert_eq!(marked.to_string(), "core/V0001__sites");
    assert_eq!(history(&client, "core").await, ["1 sites"]);
    assert_eq!(journal(&client).await, ["core 1 mark DROP TABLE sites;"]);
    // A run goes on from there, and the state that all this leaves is believed.
    assert_eq!(migrator.up(&mut client).await.unwrap().applied(), 2);
    trips.take();
    assert!(migrator.up(&mut client).await.unwrap().is_up_to_date());
    assert_eq!(trips.take(), 1);

    let unmarked = migrator.unmark(&mut client, &Target::at("core", 2)).await.unwrap();
    assert_eq!((unmarked.version, unmarked.name.as_str()), (2, "names"));
    assert_eq!(history(&client, "core").await, ["1 sites"]);
    assert_eq!(journal(&client).await.last().unwrap(), "core 2 unmark -");
    assert_eq!(
        rows(
            &client,
            "SELECT count(*) FROM pg_attribute WHERE attrelid = 'sites'::regclass AND attname = 'name'"
        )
        .await,
        ["1"]
    );
}

#[tokio::test]
async fn what_would_leave_a_hole_is_refused() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains = chains();
    let migrator = Migrator::new(&chains);

    let refusal = migrator.mark(&mut client, &Target::at("core", 2)).await.unwrap_err();
    assert!(refusal.is_refused());
    assert_data_eq!(
        refusal.to_string(),
        str![
            "`core/V0002__names` cannot be marked: not recorded, but before it or required by it: `core/V0001__sites`; mark or apply these first; nothing was changed"
        ]
    );
    let refusal = migrator.mark(&mut client, &Target::at("usb", 1)).await.unwrap_err();
    assert_data_eq!(
        refusal.to_string(),
        str![
            "`usb/V0001__ports` cannot be marked: not recorded, but before it or required by it: `core@1`; mark or apply these first; nothing was changed"
        ]
    );
    assert_eq!(rows(&client, "SELECT to_regnamespace('stairwell')").await, ["null"]);

    migrator.up(&mut client).await.unwrap();
    let refusal = migrator.mark(&mut client, &Target::at("core", 2)).await.unwrap_err();
    assert!(refusal.to_string().starts_with("`core/V0002__names` is recorded already, as applied on 2"));
    let refusal = migrator.unmark(&mut client, &Target::at("core", 1)).await.unwrap_err();
    assert_data_eq!(
        refusal.to_string(),
        str![
            "`core@1` cannot be unmarked: recorded after it or requiring it: `core/V0002__names`, `usb/V0001__ports`; unmark these first; nothing was changed"
        ]
    );
    let refusal = migrator.unmark(&mut client, &Target::at("usb", 7)).await.unwrap_err();
    assert_data_eq!(
        refusal.to_string(),
        str![[r#""stairwell"."usb" has no row of version 7; nothing was changed"#]]
    );
    for target in [Target::new("core"), Target::at("core", 9), Target::at("cor", 1)] {
        assert!(migrator.mark(&mut client, &target).await.unwrap_err().is_usage());
    }
    assert_eq!(journal(&client).await.len(), 3);
}

#[tokio::test]
async fn a_row_of_a_migration_that_is_gone_is_unmarked() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let steps = [1, 2, 3].map(|version| sql("core", version, "step", "SELECT 1;"));
    Migrator::new(&core(&steps)).up(&mut client).await.unwrap();
    let fewer = core(&[steps[0], steps[2]]);
    let migrator = Migrator::new(&fewer);
    assert!(migrator.up(&mut client).await.unwrap_err().is_history());

    migrator.unmark(&mut client, &Target::at("core", 2)).await.unwrap();

    assert!(migrator.up(&mut client).await.unwrap().is_up_to_date());
    // A migration that was put in front of one that is recorded can be marked, too.
    let more = core(&[steps[0], sql("core", 2, "other", "SELECT 2;"), steps[2]]);
    Migrator::new(&more).mark(&mut client, &Target::at("core", 2)).await.unwrap();
    assert_eq!(history(&client, "core").await, ["1 step", "2 other", "3 step"]);
    assert!(Migrator::new(&more).up(&mut client).await.unwrap().is_up_to_date());
}
