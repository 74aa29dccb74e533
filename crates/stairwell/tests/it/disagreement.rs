//! E8 of the field notes: a history that disagrees with the binary. Nothing is run, and all of it is said.

use snapbox::{assert_data_eq, str};
use stairwell::{Migration, Migrator};
use test_support::server;

use crate::support::{core, history, sql, tables};

/// The error of a binary with the second chain, on a database migrated by a binary with the first.
async fn disagreement(before: &[Migration], after: &[Migration]) -> String {
    let database = server().database().await;
    let mut client = database.connect().await;
    Migrator::new(&core(before)).up(&mut client).await.unwrap();
    let (rows, made) = (history(&client, "core").await, tables(&client).await);

    let chains = core(after);
    let error = Migrator::new(&chains).up(&mut client).await.unwrap_err();

    assert!(error.is_history());
    let planned = Migrator::new(&chains).plan(&mut client, &[]).await.unwrap_err();
    assert_eq!(planned.to_string(), error.to_string(), "plan says what up says");
    assert_eq!((history(&client, "core").await, tables(&client).await), (rows, made));
    error.to_string()
}

const SITES: (i64, &str, &str) = (1, "sites", "CREATE TABLE sites ();");
const USERS: (i64, &str, &str) = (2, "users", "CREATE TABLE users ();");
const AUDIT: (i64, &str, &str) = (3, "audit", "CREATE TABLE audit ();");

fn migrations(list: &[(i64, &'static str, &'static str)]) -> Vec<Migration> {
    list.iter().map(|(version, name, text)| sql("core", *version, name, text)).collect()
}

#[tokio::test]
async fn a_changed_text() {
    let changed = (2, "users", "CREATE TABLE users (id int);");
    let text = disagreement(&migrations(&[SITES, USERS]), &migrations(&[SITES, changed, AUDIT])).await;
    assert_data_eq!(
        text,
        str![[r#"
the history in the database disagrees with the migrations compiled in; nothing was run
  = `core/V0002__users` was applied with another text: checksum 14732433821032612521 in "stairwell"."core", 4781643887455721837 compiled in, applied on [..]
  = help: a migration that has been applied must not change: restore its file, and put the change into a new migration
"#]]
    );
}

#[tokio::test]
async fn another_name() {
    let renamed = (2, "people", "CREATE TABLE users ();");
    let text = disagreement(&migrations(&[SITES, USERS]), &migrations(&[SITES, renamed])).await;
    assert_data_eq!(
        text,
        str![[r#"
the history in the database disagrees with the migrations compiled in; nothing was run
  = `core/V0002__people` was applied under another name: `users` in "stairwell"."core", applied on [..]
  = help: a migration that has been applied must not change: restore its file, and put the change into a new migration
"#]]
    );
}

#[tokio::test]
async fn a_database_that_is_newer_than_the_binary() {
    let text = disagreement(&migrations(&[SITES, USERS, AUDIT]), &migrations(&[SITES, USERS])).await;
    assert_data_eq!(
        text,
        str![[r#"
the history in the database disagrees with the migrations compiled in; nothing was run
  = "stairwell"."core" records version 3 `audit`, which is not compiled in: this database was migrated by a newer version of the application
  = help: run the newer version of the application, or one built from sources that contain the migration
"#]]
    );
}

#[tokio::test]
async fn a_migration_that_was_removed() {
    let text = disagreement(&migrations(&[SITES, USERS, AUDIT]), &migrations(&[SITES, AUDIT])).await;
    assert_data_eq!(
        text,
        str![[r#"
the history in the database disagrees with the migrations compiled in; nothing was run
  = "stairwell"."core" records version 2 `users`, which is not compiled in, though later versions are
  = help: bring the file of the migration back; one that has been applied must not be removed
"#]]
    );
}

/// sqlx applies 2 silently after 3.
#[tokio::test]
async fn a_pending_migration_below_an_applied_one() {
    let text = disagreement(&migrations(&[SITES, AUDIT]), &migrations(&[SITES, USERS, AUDIT])).await;
    assert_data_eq!(
        text,
        str![[r#"
the history in the database disagrees with the migrations compiled in; nothing was run
  = `core/V0002__users` is pending, but version 3 was applied before it
  = help: give the pending migration a version after the last one that was applied; or, if it was applied and its row was removed, put the row back
"#]]
    );
}

#[tokio::test]
async fn everything_at_once() {
    let changed = (1, "sites", "CREATE TABLE sites (id int);");
    let text = disagreement(&migrations(&[SITES, AUDIT]), &migrations(&[changed, USERS])).await;
    assert_data_eq!(
        text,
        str![[r#"
the history in the database disagrees with the migrations compiled in; nothing was run
  = `core/V0001__sites` was applied with another text: checksum 4143101742949290629 in "stairwell"."core", 1613938198873400384 compiled in, applied on [..]
  = "stairwell"."core" records version 3 `audit`, which is not compiled in: this database was migrated by a newer version of the application
  = `core/V0002__users` is pending, but version 3 was applied before it
  = help: a migration that has been applied must not change: restore its file, and put the change into a new migration
  = help: run the newer version of the application, or one built from sources that contain the migration
  = help: give the pending migration a version after the last one that was applied; or, if it was applied and its row was removed, put the row back
"#]]
    );
}

#[tokio::test]
async fn a_long_list_is_cut() {
    let before: Vec<_> = (1..=30).map(|version| (version, "step", "SELECT 1;")).collect();
    let after: Vec<_> = (1..=30).map(|version| (version, "step", "SELECT 2;")).collect();
    let text = disagreement(&migrations(&before), &migrations(&after)).await;
    assert_eq!(text.lines().count(), 23);
    assert_eq!(text.lines().nth(21), Some("  = and 10 more"));
}
