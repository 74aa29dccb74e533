//! The catalog that the compiler folds equals the one that PostgreSQL has, at every prefix of the plan, up and down.

use shopdb::schema::CHAINS;
use stairwell::{Down, Step};
use stairwell_catalog::{Catalog, Scope, diff, read};
use stairwell_sql::fold::{Fold, Outside};
use stairwell_sql::{parse, with_stack};
use tokio_postgres::Client;

use crate::down_steps::run;

/// Folds one step behind all that were folded before.
fn fold(fold: &mut Fold, step: &Step) {
    match step {
        Step::Sql(sql) => with_stack(|| {
            let outcome = fold.step(0, &parse(sql));
            assert!(outcome.problems.is_empty(), "{:?} in {sql}", outcome.problems);
            assert!(outcome.opaque.is_empty(), "{:?} in {sql}", outcome.opaque);
        }),
        // The two Rust steps write rows only.
        Step::Rust { .. } => {}
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn assert_equal(folded: &Catalog, live: &Catalog, place: &str) {
    let differences: Vec<String> =
        diff(folded, live).iter().filter(|d| !d.is_text_only()).map(ToString::to_string).collect();
    assert!(differences.is_empty(), "{place}, folded against live:\n{}", differences.join("\n"));
    let opaque = folded.to_string().lines().find(|line| line.ends_with(": ?")).map(str::to_owned);
    assert_eq!(opaque, None, "{place}: something is not known");
}

async fn live(client: &Client) -> Catalog {
    read(client, &Scope::database()).await.unwrap()
}

#[tokio::test]
async fn the_folded_catalog_is_the_live_one_at_every_prefix() {
    let database = test_support::database().await;
    let mut client = database.connect().await;
    let mut folded = Fold::new(Outside::default());
    for migration in CHAINS.order() {
        run(&mut client, migration.up()).await;
        fold(&mut folded, migration.up());
        assert_equal(folded.catalog(), &live(&client).await, &format!("after {migration}"));
        if let Down::Step(down) = migration.down() {
            run(&mut client, down).await;
            fold(&mut folded, down);
            assert_equal(folded.catalog(), &live(&client).await, &format!("after {migration}, reverted"));
            run(&mut client, migration.up()).await;
            fold(&mut folded, migration.up());
        }
    }
}
