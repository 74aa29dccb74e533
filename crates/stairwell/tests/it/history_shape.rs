//! Tables that are not what a history should be: said, and left alone.

use stairwell::Migrator;
use test_support::server;

use crate::support::{core, objects, sql};

/// The error of all three commands on a database that was prepared with this SQL.
async fn refusal(prepare: &str) -> String {
    let database = server().database().await;
    let mut client = database.connect().await;
    client.batch_execute(&format!("CREATE SCHEMA stairwell; {prepare}")).await.unwrap();
    let before = objects(&client).await;
    let chains = core(&[sql("core", 1, "sites", "CREATE TABLE sites ();")]);
    let migrator = Migrator::new(&chains);

    let error = migrator.up(&mut client).await.unwrap_err();

    assert!(error.is_history());
    assert_eq!(migrator.plan(&mut client, &[]).await.unwrap_err().to_string(), error.to_string());
    assert_eq!(migrator.status(&mut client).await.unwrap_err().to_string(), error.to_string());
    assert_eq!(objects(&client).await, before);
    error.to_string()
}

#[tokio::test]
async fn a_missing_column() {
    assert_eq!(
        refusal("CREATE TABLE stairwell.core (version bigint, name text, applied_on text)").await,
        "\"stairwell\".\"core\" is not a history that Stairwell can use: the column `checksum` \
         (character varying(255)) is missing; rename or move it, or give the chain another history table"
    );
}

#[tokio::test]
async fn a_column_of_another_type() {
    assert_eq!(
        refusal(
            "CREATE TABLE stairwell.core (version bigint, name text, applied_on timestamptz, checksum text)"
        )
        .await,
        "\"stairwell\".\"core\" is not a history that Stairwell can use: the column `applied_on` is timestamp \
         with time zone, expected character varying(255); rename or move it, or give the chain another history table"
    );
}

#[tokio::test]
async fn refinerys_older_layout_with_int4_versions() {
    assert_eq!(
        refusal("CREATE TABLE stairwell.core (version int4, name text, applied_on text, checksum text)")
            .await,
        "\"stairwell\".\"core\" is not a history that Stairwell can use: the column `version` is integer, \
         expected bigint: it was written by refinery without its feature `int8-versions`, whose checksums \
         differ as well; give the chain another history table"
    );
}

#[tokio::test]
async fn not_a_table_at_all() {
    assert_eq!(
        refusal("CREATE VIEW stairwell.core AS SELECT 1 AS version").await,
        "\"stairwell\".\"core\" is not a history that Stairwell can use: it is not a table; \
         rename or move it, or give the chain another history table"
    );
}

const LAYOUT: &str = "CREATE TABLE stairwell.core (version int8 PRIMARY KEY, name varchar(255), \
                      applied_on varchar(255), checksum varchar(255));";

/// refinery panics on each of these rows.
#[tokio::test]
async fn rows_that_cannot_be_read() {
    let row = |row: &str| format!("{LAYOUT} INSERT INTO stairwell.core VALUES (1, {row})");
    assert_eq!(
        refusal(&row("'sites', '2026-01-01T00:00:00Z', NULL")).await,
        "\"stairwell\".\"core\" is damaged: in the row of version 1 the column `checksum` is null; \
         correct the row by hand"
    );
    assert_eq!(
        refusal(&row("'sites', '2026-01-01T00:00:00Z', '-5'")).await,
        "\"stairwell\".\"core\" is damaged: in the row of version 1 the column `checksum` is `-5`, \
         not an unsigned 64-bit number; correct the row by hand"
    );
    assert_eq!(
        refusal(&row("'sites', 'yesterday', '5'")).await,
        "\"stairwell\".\"core\" is damaged: in the row of version 1 the column `applied_on` is `yesterday`, \
         not an RFC 3339 time; correct the row by hand"
    );
    assert_eq!(
        refusal(&row("NULL, '2026-01-01T00:00:00Z', '5'")).await,
        "\"stairwell\".\"core\" is damaged: in the row of version 1 the column `name` is null; \
         correct the row by hand"
    );
}
