//! A database that has all tables of the application, and of which nobody has recorded how it came to them.

use std::process::Output;

use snapbox::{assert_data_eq, str};
use stairwell_catalog::diff;
use test_support::TestDatabase;
use tokio_postgres::Client;

use crate::kill::catalog;
use crate::processes::{migrate, succeeds};

/// As `create_all` of an ORM leaves one; some rows, too.
async fn made_by_somebody_else() -> (TestDatabase, Client) {
    let database = test_support::database().await;
    succeeds(&migrate(database.url(), &["up"]).output().unwrap());
    let client = database.connect().await;
    client.batch_execute("DROP SCHEMA stairwell CASCADE").await.unwrap();
    (database, client)
}

/// It is not told which versions it looks for.
fn adopt(database: &TestDatabase) -> Output {
    migrate(database.url(), &["adopt", "--yes"]).output().unwrap()
}

#[tokio::test]
async fn a_database_with_a_column_missing_is_refused_and_the_column_named() {
    let (database, client) = made_by_somebody_else().await;
    client.batch_execute("ALTER TABLE subnets DROP gateway").await.unwrap();
    let output = adopt(&database);
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    let error = &stderr[stderr.find("error").unwrap()..];
    assert_data_eq!(
        error,
        str![[r#"
error: the database is not what the migrations make: 2 differences from what is there after `usb/V0008__usb_checkouts_overdue`; nothing was written
  = - column public.subnets.gateway
  = - constraint ck_subnets_gateway on public.subnets
  = help: `-` is missing in the database, `+` should not be there, `~` is different

"#]]
    );
    let schema = "SELECT to_regnamespace('stairwell') IS NULL";
    assert!(client.query_one(schema, &[]).await.unwrap().get::<_, bool>(0));
}

#[tokio::test]
async fn a_database_that_is_right_is_recorded_and_nothing_is_executed() {
    let (database, client) = made_by_somebody_else().await;
    let before = catalog(&client).await;
    // Whatever is executed and changes an object, changes a row of these.
    let marks = "SELECT (SELECT max(xmin::text::bigint) FROM pg_class WHERE relnamespace = 'public'::regnamespace), \
                 (SELECT max(xmin::text::bigint) FROM pg_attribute WHERE attrelid IN \
                 (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace))";
    let marked = |row: tokio_postgres::Row| (row.get::<_, i64>(0), row.get::<_, i64>(1));
    let touched = marked(client.query_one(marks, &[]).await.unwrap());

    let output = adopt(&database);

    succeeds(&output);
    assert_data_eq!(
        String::from_utf8(output.stdout).unwrap(),
        str![[r#"
64 migrations recorded as applied; nothing was run

"#]]
    );
    assert_eq!(marked(client.query_one(marks, &[]).await.unwrap()), touched);
    assert!(diff(&before, &catalog(&client).await).is_empty());
    let up = migrate(database.url(), &["up"]).output().unwrap();
    succeeds(&up);
    assert!(String::from_utf8_lossy(&up.stdout).starts_with("nothing to do\n"));
    succeeds(&migrate(database.url(), &["verify"]).output().unwrap());
}
