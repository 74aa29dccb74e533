//! E7: the directive that a migration cannot be in a transaction stands on the second line, below a comment.

use stairwell::Migrator;
use test_support::database;
use tokio_postgres::error::SqlState;

use crate::support::{code, column, pool, refinery, sqlx, within};

/// The same texts as in `migrations/`.
const TABLE: &str = include_str!("../migrations/V0001__sites.sql");
const INDEX: &str = "-- Searching for sites by name.\n-- no-transaction\nCREATE INDEX CONCURRENTLY sites_name ON sites (name);\n";

const VALID: &str = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('sites_name')";

mod schema {
    stairwell::embed!();
}

/// It looks at the first bytes of the file only.
#[tokio::test]
async fn e7_sqlx_overlooks_the_directive() {
    let database = database().await;
    let replica = pool(&database).await;
    let overlooked = sqlx(&[("1_sites.sql", TABLE), ("2_sites_name.sql", INDEX)]).await;

    let error = within(20, overlooked.run(&replica)).await.unwrap_err();

    assert_eq!(code(&error).as_deref(), Some("25001"), "{error}");
    assert!(
        error.to_string().contains("CREATE INDEX CONCURRENTLY cannot run inside a transaction block"),
        "{error}"
    );
    replica.close().await;
    let first_line =
        sqlx(&[("1_sites.sql", TABLE), ("2_sites_name.sql", INDEX.split_once('\n').unwrap().1)]).await;
    within(20, first_line.run(&pool(&database).await)).await.unwrap();
    assert_eq!(column(&database.connect().await, VALID).await, ["t"]);
}

/// It has no such directive, on whatever line: each migration is a transaction.
#[tokio::test]
async fn e7_refinery_cannot_leave_its_transaction() {
    let database = database().await;
    let runner = refinery(&[(1, "sites", TABLE), (2, "sites_name", INDEX)]);
    let error = within(20, runner.run_async(&mut database.connect().await)).await.unwrap_err();
    let cause = std::error::Error::source(&error).unwrap().downcast_ref::<tokio_postgres::Error>().unwrap();
    assert_eq!(cause.code(), Some(&SqlState::ACTIVE_SQL_TRANSACTION), "{cause}");
}

#[tokio::test]
async fn e7_stairwell_reads_the_directive_on_any_of_the_leading_lines() {
    let database = database().await;
    let mut client = database.connect().await;
    let report = within(20, Migrator::new(&schema::CHAINS).up(&mut client)).await.unwrap();
    assert_eq!(report.applied(), 2);
    assert_eq!(column(&client, VALID).await, ["t"]);
}
