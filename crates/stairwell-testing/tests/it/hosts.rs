//! Servers that cannot be used: what a user is told, once, and without the password.

use std::process::Command;

use snapbox::{assert_data_eq, str};
use stairwell_testing::every_migration;

use crate::support::{chains, migration};

/// Not a test: a process with another server.
#[tokio::test]
#[ignore = "started by the other tests"]
async fn process_with_another_server() {
    let chains = chains(&[migration(1, "a", "CREATE TABLE a ();"), migration(2, "b", "CREATE TABLE b ();")]);
    let Err(failure) = every_migration(&chains).await else { return };
    println!("\n<<<{failure}>>>");
}

/// What is said of a server that a variable names.
fn said(variable: &str, value: &str) -> String {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "hosts::process_with_another_server", "--ignored", "--nocapture"]);
    command.env_remove("STAIRWELL_TEST_DATABASE_URL").env(variable, value);
    let output = String::from_utf8(command.output().unwrap().stdout).unwrap();
    assert!(!output.contains("s3cret"), "{output}");
    let said = output.split_once("<<<").and_then(|(_, rest)| rest.split_once(">>>"));
    said.map(|(said, _)| format!("{said}\n")).unwrap_or_default()
}

#[test]
fn no_binaries_are_told_once() {
    assert_data_eq!(
        said("STAIRWELL_TEST_PG_BIN", "/nowhere"),
        str![[r#"
STAIRWELL_TEST_PG_BIN is `/nowhere`, which does not hold `initdb` and `postgres`
  = help: or put the address of a server into STAIRWELL_TEST_DATABASE_URL; the role needs CREATEDB

"#]]
    );
}

#[test]
fn no_server_is_told_once() {
    assert_data_eq!(
        said("STAIRWELL_TEST_DATABASE_URL", "postgres://me:s3cret@127.0.0.1:1/shop"),
        str![[r#"
cannot connect to the database `shop`: error connecting to server: Connection refused (os error 111)
  = its address is that in STAIRWELL_TEST_DATABASE_URL

"#]]
    );
}

#[test]
fn no_address_shows_no_password() {
    assert_data_eq!(
        said("STAIRWELL_TEST_DATABASE_URL", "postgres://me:s3cret@127.0.0.1:port/shop"),
        str![[r#"
STAIRWELL_TEST_DATABASE_URL is not the address of a database: invalid connection string

"#]]
    );
}

#[tokio::test]
async fn a_server_with_tls_alone_says_what_to_leave_out() {
    let database = test_support::database().await;
    let url = database.url();
    let separator = if url.contains('?') { '&' } else { '?' };
    assert_data_eq!(
        said("STAIRWELL_TEST_DATABASE_URL", &format!("{url}{separator}sslmode=require")),
        str![[r#"
cannot connect to the database `[..]`: error performing TLS handshake: server does not support TLS
  = its address is that in STAIRWELL_TEST_DATABASE_URL
  = help: the kit connects without TLS: leave out `sslmode`

"#]]
    );
}

#[tokio::test]
async fn a_role_that_may_not_create_databases_says_what_it_needs() {
    let database = test_support::database().await;
    let (client, connection) = tokio_postgres::connect(database.url(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let role = format!("weak_{}", std::process::id());
    client.batch_execute(&format!("CREATE ROLE {role} LOGIN PASSWORD 's3cret'")).await.unwrap();
    let url = database.url().replacen("//postgres", &format!("//{role}:s3cret"), 1);
    let said = said("STAIRWELL_TEST_DATABASE_URL", &url);
    client.batch_execute(&format!("DROP ROLE {role}")).await.unwrap();
    let mut lines = said.lines();
    assert_data_eq!(
        lines.by_ref().take(2).collect::<Vec<_>>().join("\n"),
        str![[r#"
stairway: `core/V0001__a` is not reached: cannot create a database: db error: ERROR: permission denied to create database
  = help: the role in STAIRWELL_TEST_DATABASE_URL needs CREATEDB: ALTER ROLE … CREATEDB
"#]]
    );
}
