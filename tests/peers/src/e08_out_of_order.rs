//! E8: a binary with versions 1 and 3 has run, and then comes one with 1, 2 and 3.
//!
//! refinery refuses this, so there is no test of it.

use stairwell::Migrator;
use test_support::database;

use crate::support::{File, column, plain, pool, sqlx, tables, within};

const FILES: [File; 3] =
    [(1, "a", "CREATE TABLE a ();"), (2, "b", "CREATE TABLE b ();"), (3, "c", "CREATE TABLE c ();")];
const NAMED: [(&str, &str); 3] = [("1_a.sql", FILES[0].2), ("2_b.sql", FILES[1].2), ("3_c.sql", FILES[2].2)];

#[tokio::test]
async fn e8_sqlx_applies_the_earlier_version_last_without_a_word() {
    let database = database().await;
    let replica = pool(&database).await;
    within(20, sqlx(&[NAMED[0], NAMED[2]]).await.run(&replica)).await.unwrap();

    within(20, sqlx(&NAMED).await.run(&replica)).await.unwrap();

    let order = "SELECT version FROM _sqlx_migrations ORDER BY installed_on";
    assert_eq!(column(&database.connect().await, order).await, ["1", "3", "2"]);
}

#[tokio::test]
async fn e8_stairwell_refuses_and_names_the_migration() {
    let database = database().await;
    let mut client = database.connect().await;
    let (older, newer) = (plain(&[FILES[0], FILES[2]]), plain(&FILES));
    within(20, Migrator::new(&older).up(&mut client)).await.unwrap();

    let error = within(20, Migrator::new(&newer).up(&mut client)).await.unwrap_err();

    assert!(error.is_history());
    assert!(error.to_string().contains("core/V0002__b"), "{error}");
    assert_eq!(tables(&client).await, ["a", "c"]);
    let rest = Migrator::new(&older).is_up_to_date(&mut client).await.unwrap();
    assert!(rest, "nothing has changed for the binary that was here before");
}
