//! Yesterday's binary on the database that today's has migrated: it takes back what it does not know.

use shopdb::schema::CHAINS;
use stairwell::{Chain, ChainSet, Migrator, Rollback, Step, Target};
use stairwell_catalog::diff;

use crate::down_steps::run;
use crate::kill::{catalog, plan, targets};
use crate::processes::{migrate, succeeds};

/// The constants of a binary that was built when the application had only the first `count` migrations.
fn older(count: usize) -> ChainSet {
    let order = &CHAINS.order()[..count];
    let chain = |chain: &Chain| {
        let own: Vec<_> = order.iter().filter(|m| m.plugin() == chain.plugin()).copied().collect();
        let older = Chain::new(chain.plugin(), chain.description(), own.leak());
        older.requiring(chain.requires()).recorded_in(chain.history())
    };
    ChainSet::new(CHAINS.chains().iter().map(chain).collect::<Vec<_>>().leak(), order)
}

#[tokio::test]
async fn it_reverts_from_the_journal_and_today_goes_up_again() {
    let database = test_support::database().await;
    // A Rust step is reverted by the binary that contains it, so yesterday's has both of them.
    let is_rust = |step: &Step| matches!(step, Step::Rust { .. });
    let count = CHAINS.order().iter().rposition(|migration| is_rust(migration.up())).unwrap() + 1;
    let scratch = test_support::database().await;
    let mut client = scratch.connect().await;
    for migration in &CHAINS.order()[..count] {
        run(&mut client, migration.up()).await;
    }
    let before = catalog(&client).await;
    // All but the irreversible one.
    let targets = targets();
    let up: Vec<&str> = ["up"].into_iter().chain(targets.iter().map(String::as_str)).collect();
    succeeds(&migrate(database.url(), &up).output().unwrap());

    let older = older(count);
    let migrator = Migrator::new(&older);
    let mut client = database.connect().await;
    assert!(migrator.up(&mut client).await.unwrap_err().is_history());
    let last =
        |chain: &Chain| Target::at(chain.plugin(), chain.migrations().last().map_or(0, |m| m.version()));
    let rollback = Rollback::to(older.chains().iter().map(last));
    let planned = migrator.plan_down(&mut client, &rollback).await.unwrap();
    assert_eq!(planned.len(), plan().len() - count);
    assert!(planned.iter().all(|revert| revert.from_journal));
    migrator.down(&mut client, &rollback).await.unwrap();

    let differences = diff(&before, &catalog(&client).await);
    assert!(differences.is_empty(), "{}", differences[0]);
    assert!(migrator.is_up_to_date(&mut client).await.unwrap());
    succeeds(&migrate(database.url(), &["up"]).output().unwrap());
    succeeds(&migrate(database.url(), &["verify"]).output().unwrap());
}
