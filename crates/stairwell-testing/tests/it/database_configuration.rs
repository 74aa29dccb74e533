//! The settings that a session of a database begins with.

use snapbox::str;
use stairwell_testing::{
    ConfigurationReport, ConfigurationRule, DatabaseConfiguration, Severity, TestDatabase, Timeout,
};
use tokio_postgres::Client;

use crate::support::text;

/// A session of a new database with these settings; the rest is as it should be.
async fn session(settings: &str) -> (TestDatabase, Client) {
    let database = TestDatabase::empty().await.unwrap();
    let client = database.connect().await.unwrap();
    let sound =
        "statement_timeout = '1min'; lock_timeout = '5s'; idle_in_transaction_session_timeout = '1min'";
    for setting in sound.split(';').chain(settings.split(';')).filter(|setting| !setting.is_empty()) {
        let sql = format!("ALTER DATABASE {} SET {setting}", database.name());
        client.batch_execute(&sql).await.unwrap();
    }
    let client = database.connect().await.unwrap();
    (database, client)
}

/// Without what only some servers have.
fn configuration() -> DatabaseConfiguration {
    DatabaseConfiguration::new().ignore(ConfigurationRule::TransactionTimeoutOff)
}

fn ids(report: &ConfigurationReport) -> Vec<String> {
    report.findings().iter().map(|found| format!("{} {}", found.database(), found.rule().id())).collect()
}

#[tokio::test]
async fn a_sound_configuration_has_no_findings_d9() {
    let (_database, client) = session("").await;
    let report = configuration().check(&[("production", &client)]).await.unwrap();
    assert_eq!(report.to_string(), "");
    report.none_from(Severity::Warning).unwrap();
}

#[tokio::test]
async fn what_is_off_or_too_long_is_said_in_the_order_of_the_databases_d9() {
    let (_first, off) = session("statement_timeout = 0").await;
    let (_second, long) = session("statement_timeout = '2h'; lock_timeout = '61s'").await;
    let (_third, sound) = session("").await;
    let databases = [("c", &long), ("b", &sound), ("a", &off)];
    let report = configuration().check(&databases).await.unwrap();
    assert_eq!(ids(&report), ["a statement-timeout-off", "c statement-timeout-long", "c lock-timeout-long"]);
    report.none_from(Severity::Error).unwrap();
    snapbox::assert_data_eq!(
        text(report.none_from(Severity::Warning)),
        str![[r#"
database_configuration: 3 findings
  warning[statement-timeout-off]: `statement_timeout` is off in `a`
    = set by: database
    = help: one statement that never ends keeps its locks and its old row versions: `ALTER ROLE … SET statement_timeout = '30s'` for the application, and more for who migrates
  warning[statement-timeout-long]: `statement_timeout` is 2h, which is more than 30min in `c`
    = set by: database
    = help: one statement that never ends keeps its locks and its old row versions: `ALTER ROLE … SET statement_timeout = '30s'` for the application, and more for who migrates
  warning[lock-timeout-long]: `lock_timeout` is 61s, which is more than 1min in `c`
    = set by: database
    = help: while a statement waits for a lock on a table, all later ones wait behind it: `ALTER ROLE … SET lock_timeout = '5s'`

"#]]
    );
}

#[tokio::test]
async fn what_the_session_sets_for_itself_does_not_count() {
    let (_database, client) = session("idle_in_transaction_session_timeout = 0").await;
    client
        .batch_execute("SET idle_in_transaction_session_timeout = '1min'; SET statement_timeout = 0")
        .await
        .unwrap();
    let report = configuration().check(&[("a", &client)]).await.unwrap();
    assert_eq!(ids(&report), ["a idle-in-transaction-session-timeout-off"]);
    assert_eq!(report.findings()[0].source(), None);
}

#[tokio::test]
async fn who_cannot_write_cannot_migrate() {
    let (_database, client) =
        session("default_transaction_read_only = on; default_transaction_isolation = 'serializable'").await;
    let report = configuration().check(&[("replica", &client)]).await.unwrap();
    snapbox::assert_data_eq!(
        report.to_string(),
        str![[r#"
warning[isolation-not-read-committed]: `default_transaction_isolation` is `serializable` in `replica`
  = set by: database
  = help: what is written against read committed can fail with SQLSTATE 40001 here, migrations included: ask for another level where it is needed, with BEGIN ISOLATION LEVEL
error[read-only-by-default]: `default_transaction_read_only` is on in `replica`
  = set by: database
  = help: no migration applies: `ALTER ROLE … SET default_transaction_read_only = off` for who migrates

"#]]
    );
    snapbox::assert_data_eq!(
        text(report.none_from(Severity::Error)),
        str![[r#"
database_configuration: one finding
  error[read-only-by-default]: `default_transaction_read_only` is on in `replica`
    = set by: database
    = help: no migration applies: `ALTER ROLE … SET default_transaction_read_only = off` for who migrates

"#]]
    );
}

#[tokio::test]
async fn rules_have_levels_and_thresholds() {
    let (_database, client) = session("lock_timeout = 0").await;
    let strict = configuration()
        .at_most(Timeout::Statement, 59_999)
        .level(ConfigurationRule::LockTimeoutOff, Severity::Error);
    let report = strict.check(&[("a", &client)]).await.unwrap();
    assert_eq!(ids(&report), ["a statement-timeout-long", "a lock-timeout-off"]);
    let severities: Vec<_> = report.findings().iter().map(|found| found.severity()).collect();
    assert_eq!(severities, [Severity::Warning, Severity::Error]);
    let lax = strict.ignore(ConfigurationRule::LockTimeoutOff).at_most(Timeout::Statement, 60_000);
    assert_eq!(ids(&lax.check(&[("a", &client)]).await.unwrap()), [""; 0]);
}
