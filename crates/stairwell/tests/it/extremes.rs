//! The largest and smallest of everything: no arithmetic overflows, and no slice ends outside its text.

use std::time::Duration;

use stairwell::{
    JournalQuery, Lock, Migration, Migrator, Rollback, Script, Startup, Step, Target, Timeouts, Uninstall,
};
use test_support::server;

use crate::support::{core, history, rows, sql};

/// 18 digits, which is what a version may have.
const LAST: i64 = 999_999_999_999_999_999;

fn table(version: i64, name: &'static str) -> Migration {
    let up: &str = format!("CREATE TABLE {name} ();").leak();
    sql("core", version, name, up).reverted_by(Step::Sql(format!("DROP TABLE {name};").leak()))
}

#[tokio::test]
async fn versions_of_18_digits() {
    let database = server().database().await;
    let mut client = database.connect().await;
    let chains = core(&[table(1, "a"), table(LAST - 1, "b"), table(LAST, "c")]);
    let migrator = Migrator::new(&chains);
    migrator.up(&mut client).await.unwrap();
    assert!(migrator.is_up_to_date(&mut client).await.unwrap());
    assert!(migrator.verify(&mut client).await.unwrap().is_empty());
    assert_eq!(history(&client, "core").await.last().unwrap(), "999999999999999999 c");
    migrator.redo(&mut client, &Rollback::to([Target::at("core", LAST - 1)])).await.unwrap();
    migrator.unmark(&mut client, &Target::at("core", LAST)).await.unwrap();
    migrator.mark(&mut client, &Target::at("core", LAST)).await.unwrap();
    assert!(migrator.script(&Script::new()).unwrap().contains("999999999999999999"));
    let entries = migrator.journal(&mut client, &JournalQuery::new().last(1)).await.unwrap().unwrap();
    assert_eq!(entries[0].version, LAST);
    migrator.uninstall(&mut client, &Uninstall::plugin("core")).await.unwrap();
}

/// Nobody asks for these, but a program can compute them.
#[tokio::test]
async fn limits_that_are_for_ever_or_nothing() {
    for time in [Duration::MAX, Duration::ZERO] {
        for lock in [Lock::Session, Lock::Lease] {
            let database = server().database().await;
            let mut client = database.connect().await;
            let chains = core(&[table(1, "a"), table(2, "b")]);
            let timeouts = Timeouts::new().lock(time).statement(time);
            let migrator =
                Migrator::new(&chains).lock_wait(time).lease_time(time).lock(lock).timeouts(timeouts);
            // A lease of a millisecond may be over before anything is done; everything else has to go well.
            let migrator = migrator.retries(u32::MAX);
            let migrator =
                if time.is_zero() { migrator.lease_time(Duration::from_secs(1)) } else { migrator };
            migrator.up(&mut client).await.unwrap();
            migrator.down(&mut client, &Rollback::steps(usize::MAX)).await.unwrap();
            migrator.on_start(&mut client, Startup::Apply).await.unwrap();
            migrator.on_start(&mut client, Startup::Wait { limit: time }).await.unwrap();
            migrator.journal(&mut client, &JournalQuery::new().last(u32::MAX)).await.unwrap();
            assert!(migrator.script(&Script::new()).is_ok());
        }
    }
}

/// A history that somebody wrote into: no version that the server can hold is too much.
#[tokio::test]
async fn versions_that_no_migration_has() {
    for version in [i64::MIN, -1, 0, i64::MAX] {
        let database = server().database().await;
        let mut client = database.connect().await;
        let chains = core(&[table(1, "a"), table(2, "b")]);
        let migrator = Migrator::new(&chains);
        migrator.up(&mut client).await.unwrap();
        let insert = format!(
            "INSERT INTO stairwell.core SELECT {version}, 'x', applied_on, '1' FROM stairwell.core LIMIT 1"
        );
        client.batch_execute(&insert).await.unwrap();
        assert!(migrator.up(&mut client).await.unwrap_err().is_history(), "{version}");
        assert_eq!(migrator.verify(&mut client).await.unwrap().len(), 1, "{version}");
        assert!(!migrator.status(&mut client).await.unwrap().is_up_to_date());
        let refused = migrator.down(&mut client, &Rollback::steps(usize::MAX)).await.unwrap_err();
        assert!(refused.is_refused(), "{version}: {refused}");
        migrator.plan_uninstall(&mut client, &Uninstall::plugin("core")).await.unwrap_err();
        migrator.unmark(&mut client, &Target::at("core", version)).await.unwrap();
        assert!(migrator.is_up_to_date(&mut client).await.unwrap());
    }
}

/// A journal that somebody wrote into: what it says of a text is not believed.
#[tokio::test]
async fn bounds_that_no_text_has() {
    let older = core(&[table(1, "a")]);
    for bounds in
        ["{0,2147483647}", "{-1,3}", "{5,2}", "{1}", "{1,2,3}", "{}", "{NULL,1}", "{1,3}", "{{0,1},{2,3}}"]
    {
        let database = server().database().await;
        let mut client = database.connect().await;
        Migrator::new(&core(&[table(1, "a"), table(2, "b")])).up(&mut client).await.unwrap();
        let change = format!(
            "ALTER TABLE stairwell.journal DISABLE TRIGGER ALL; \
             UPDATE stairwell.journal SET revert = 'ä;b', revert_bounds = '{bounds}' WHERE version = 2"
        );
        client.batch_execute(&change).await.unwrap();
        let outcome = Migrator::new(&older).down(&mut client, &Rollback::steps(1)).await;
        // No statement at all reverts nothing, and that is what it then has done.
        assert_eq!(outcome.is_ok(), matches!(bounds, "{}" | "{1}"), "{bounds}: {outcome:?}");
        assert_eq!(rows(&client, "SELECT to_regclass('b')").await, ["b"], "{bounds}");
    }
}
