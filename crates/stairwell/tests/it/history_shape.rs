//! Tables that are not what a history should be: said, and left alone.

use stairwell::{Migration, Migrator};
use test_support::server;

use crate::support::{core, objects, sql, tables};

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

/// A name is taken by any relation, not only by what looks like a table.
#[tokio::test]
async fn a_sequence_or_an_index_with_the_name_of_a_history() {
    let not_a_table = "\"stairwell\".\"core\" is not a history that Stairwell can use: it is not a table; \
                       rename or move it, or give the chain another history table";
    assert_eq!(refusal("CREATE SEQUENCE stairwell.core").await, not_a_table);
    let index = "CREATE TABLE stairwell.other (id int); CREATE INDEX core ON stairwell.other (id)";
    assert_eq!(refusal(index).await, not_a_table);
    assert_eq!(refusal("CREATE TYPE stairwell.core AS (id int)").await, not_a_table);
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

#[tokio::test]
async fn a_row_that_stands_twice() {
    assert_eq!(
        refusal(
            "CREATE TABLE stairwell.core (version int8, name text, applied_on text, checksum text); \
             INSERT INTO stairwell.core SELECT 3, 'sites', '2026-01-01T00:00:00Z', '5' FROM generate_series(1, 2)"
        )
        .await,
        "\"stairwell\".\"core\" is damaged: the row of version 3 stands twice; remove one of them by hand"
    );
}

/// The INSERT says nothing; the step must not be committed without its row.
#[tokio::test]
async fn a_history_row_that_a_trigger_or_a_rule_swallows() {
    const TRIGGER: &str = "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; \
                           CREATE TRIGGER t BEFORE INSERT ON stairwell.core FOR EACH ROW EXECUTE FUNCTION swallow()";
    const RULE: &str = "CREATE RULE r AS ON INSERT TO stairwell.core DO INSTEAD NOTHING";
    for swallow in [TRIGGER, RULE] {
        let database = server().database().await;
        let mut client = database.connect().await;
        client.batch_execute(&format!("CREATE SCHEMA stairwell; {LAYOUT} {swallow}")).await.unwrap();
        let steps: [Migration; 2] = [
            sql("core", 1, "sites", "CREATE TABLE sites ();"),
            sql("core", 2, "users", "CREATE TABLE users ();"),
        ];

        let error = Migrator::new(&core(&steps)).up(&mut client).await.unwrap_err();

        assert_eq!(
            error.to_string(),
            "`core/V0001__sites` (migrations/V0001__sites.sql) failed: it ran, but its history row did not arrive: \
             a rule or a trigger of the history table keeps it out\n  \
             = it was rolled back: nothing of it remains\n  \
             = help: drop the rule or the trigger, then run again"
        );
        assert!(tables(&client).await.is_empty());
    }
}
