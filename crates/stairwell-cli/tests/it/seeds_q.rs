//! What the command line of a small application with embedded migrations has to do, case by case (Q). The cases about
//! tests themselves are those of `stairwell-testing`.

use std::process::Command;

use snapbox::str;

use crate::support::{migrate, shop};

#[test]
fn q01_migrations_are_listed_without_a_database() {
    migrate(&["graph"]).run().code(0).stderr_eq(str![]).stdout_eq(str![[r#"
core  The shop itself
  V0001__sites
printers  Printers; requires core@1
  V0001__baseline
  V0002__toner
  V0003__fill_toner
usb  USB ports
  V0001__baseline

"#]]);
}

/// The line that says which database it is, and where that was given.
fn database_of(mut command: Command) -> String {
    let output = command.output().expect("the application starts");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn q02_it_works_from_any_directory_and_the_option_comes_before_variables() {
    let [option, variable, libpq] =
        [test_support::database().await, test_support::database().await, test_support::database().await];
    let elsewhere = tempfile::tempdir().unwrap();
    let address: tokio_postgres::Config = libpq.url().parse().unwrap();
    let Some(tokio_postgres::config::Host::Tcp(host)) = address.get_hosts().first() else { unreachable!() };
    // The last is what libpq would take if nobody said anything else.
    let all = |arguments: &[&str]| {
        let mut command = shop().command();
        command.current_dir(elsewhere.path()).args(["migrate", "plan"]).args(arguments);
        command.env("PGHOST", host).env("PGPORT", address.get_ports()[0].to_string());
        command.env("PGUSER", address.get_user().unwrap()).env("PGDATABASE", address.get_dbname().unwrap());
        command
    };
    let names = |database: &test_support::TestDatabase| {
        let config: tokio_postgres::Config = database.url().parse().unwrap();
        format!("database `{}` ", config.get_dbname().unwrap())
    };
    let mut command = all(&["--database-url", option.url()]);
    command.env("DATABASE_URL", variable.url());
    let line = database_of(command);
    assert!(line.starts_with(&names(&option)) && line.ends_with("from `--database-url`"), "{line}");
    let mut command = all(&[]);
    command.env("DATABASE_URL", variable.url());
    let line = database_of(command);
    assert!(line.starts_with(&names(&variable)) && line.ends_with("from `DATABASE_URL`"), "{line}");
    let line = database_of(all(&[]));
    assert!(line.starts_with(&names(&libpq)), "{line}");
    // Nothing was written to where it was called.
    assert_eq!(elsewhere.path().read_dir().unwrap().count(), 0);
}
