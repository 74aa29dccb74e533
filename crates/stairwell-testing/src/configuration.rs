//! Whether a database is configured so that a migration, or anything else, cannot hold it up for hours.

mod report;
mod rule;

use std::collections::BTreeMap;

use tokio_postgres::Client;

pub use report::{ConfigurationFinding, ConfigurationReport, Severity};
pub use rule::{ConfigurationRule, Timeout};

use crate::{Failure, process::refused};

/// Looks at the settings of databases that the caller has connected to: production, or the one of the tests.
///
/// It sees what a session of that role in that database begins with: the configuration of the server, `ALTER
/// DATABASE … SET`, `ALTER ROLE … SET`, and what the address asks for. What the session has set since does not
/// count. Nothing is written.
///
/// ```no_run
/// # async fn test(client: tokio_postgres::Client) -> Result<(), stairwell_testing::Failure> {
/// use stairwell_testing::{ConfigurationRule, DatabaseConfiguration, Severity, Timeout};
///
/// let report = DatabaseConfiguration::new()
///     .at_most(Timeout::Statement, 60_000)
///     .level(ConfigurationRule::LockTimeoutOff, Severity::Error)
///     .ignore(ConfigurationRule::TransactionTimeoutOff)
///     .check(&[("production", &client)])
///     .await?;
/// report.none_from(Severity::Warning)
/// # }
/// ```
///
/// | rule | finding | level |
/// |---|---|---|
/// | `statement-timeout-off` | a statement may run for ever | warning |
/// | `statement-timeout-long` | … for more than 30 minutes | warning |
/// | `lock-timeout-off` | a statement may wait for a lock for ever, and all others wait behind it | warning |
/// | `lock-timeout-long` | … for more than a minute | warning |
/// | `idle-in-transaction-session-timeout-off` | a forgotten transaction may hold its locks for ever | warning |
/// | `idle-in-transaction-session-timeout-long` | … for more than 10 minutes | warning |
/// | `transaction-timeout-off` | a transaction may last for ever (from PostgreSQL 17 on) | warning |
/// | `transaction-timeout-long` | … for more than an hour | warning |
/// | `isolation-not-read-committed` | transactions can fail for want of serialisation, migrations too | warning |
/// | `read-only-by-default` | transactions cannot write, so no migration applies | error |
///
/// A setting that the server does not have is no finding.
#[derive(Clone, Debug)]
pub struct DatabaseConfiguration {
    /// What is not here is ignored.
    levels: BTreeMap<ConfigurationRule, Severity>,
    /// In milliseconds.
    longest: BTreeMap<Timeout, u64>,
}

/// A setting at the start of the session, and where it comes from as `pg_settings` calls it.
#[derive(Clone, Debug)]
struct Setting {
    value: String,
    source: Option<String>,
}

impl Default for DatabaseConfiguration {
    fn default() -> Self {
        DatabaseConfiguration::new()
    }
}

impl DatabaseConfiguration {
    /// All rules, at their levels.
    #[must_use]
    pub fn new() -> Self {
        let levels = ConfigurationRule::ALL.iter().map(|rule| (*rule, rule.default_level()));
        let longest = Timeout::ALL.iter().map(|timeout| (*timeout, timeout.default_longest()));
        DatabaseConfiguration { levels: levels.collect(), longest: longest.collect() }
    }

    /// Reports no findings of a rule.
    #[must_use]
    pub fn ignore(mut self, rule: ConfigurationRule) -> Self {
        self.levels.remove(&rule);
        self
    }

    /// Reports the findings of a rule at another level.
    #[must_use]
    pub fn level(mut self, rule: ConfigurationRule, severity: Severity) -> Self {
        self.levels.insert(rule, severity);
        self
    }

    /// So many milliseconds are not too long.
    #[must_use]
    pub fn at_most(mut self, timeout: Timeout, milliseconds: u64) -> Self {
        self.longest.insert(timeout, milliseconds);
        self
    }

    /// Looks at each database; the names are the caller's, and sort the report.
    ///
    /// # Errors
    ///
    /// If a server does not answer. Findings are no error; see [`ConfigurationReport::none_from`].
    pub async fn check(&self, databases: &[(&str, &Client)]) -> Result<ConfigurationReport, Failure> {
        let mut findings = Vec::new();
        for (name, client) in databases {
            findings.extend(self.judge(name, &settings(client).await?));
        }
        Ok(ConfigurationReport::new(findings))
    }

    fn judge(&self, database: &str, settings: &BTreeMap<String, Setting>) -> Vec<ConfigurationFinding> {
        let mut findings = Vec::new();
        let mut found = |rule: ConfigurationRule, message: String| {
            let Some(severity) = self.levels.get(&rule) else { return };
            let source = settings.get(rule.setting()).and_then(|setting| setting.source.clone());
            findings.push(ConfigurationFinding {
                database: database.to_owned(),
                rule,
                severity: *severity,
                message,
                source,
            });
        };
        for timeout in Timeout::ALL {
            let value = settings.get(timeout.setting()).and_then(|setting| setting.value.parse::<u64>().ok());
            let longest = self.longest.get(timeout).copied().unwrap_or(u64::MAX);
            match value {
                Some(0) => found(timeout.off(), format!("`{}` is off", timeout.setting())),
                Some(value) if value > longest => {
                    let (value, longest) = (milliseconds(value), milliseconds(longest));
                    let message = format!("`{}` is {value}, which is more than {longest}", timeout.setting());
                    found(timeout.long(), message);
                }
                _ => {}
            }
        }
        let value =
            |rule: ConfigurationRule| settings.get(rule.setting()).map(|setting| setting.value.as_str());
        let rule = ConfigurationRule::IsolationNotReadCommitted;
        if let Some(value) = value(rule).filter(|value| *value != "read committed") {
            found(rule, format!("`{}` is `{value}`", rule.setting()));
        }
        let rule = ConfigurationRule::ReadOnlyByDefault;
        if value(rule) == Some("on") {
            found(rule, format!("`{}` is on", rule.setting()));
        }
        findings
    }
}

/// What the session began with. `reset_val` is in the unit of the setting, which is milliseconds for timeouts.
async fn settings(client: &Client) -> Result<BTreeMap<String, Setting>, Failure> {
    const SQL: &str = "SELECT name, reset_val, CASE WHEN setting = reset_val THEN source END \
                       FROM pg_catalog.pg_settings WHERE name = ANY ($1)";
    let names: Vec<&str> = ConfigurationRule::ALL.iter().map(|rule| rule.setting()).collect();
    let rows = client
        .query(SQL, &[&names])
        .await
        .map_err(|error| refused("read the settings of a database", &error))?;
    let setting = |row: tokio_postgres::Row| {
        let value: Option<String> = row.get(1);
        Some((row.get(0), Setting { value: value?, source: row.get(2) }))
    };
    Ok(rows.into_iter().filter_map(setting).collect())
}

/// `2h`, `90s`, `1500ms`: the largest unit in which it is a whole number.
fn milliseconds(count: u64) -> String {
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s")];
    match units.iter().find(|(unit, _)| count > 0 && count.is_multiple_of(*unit)) {
        Some((unit, name)) => format!("{}{name}", count / unit),
        None => format!("{count}ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(values: &[(&str, &str)]) -> BTreeMap<String, Setting> {
        let setting = |value: &str| Setting { value: value.to_owned(), source: Some("database".to_owned()) };
        values.iter().map(|(name, value)| ((*name).to_owned(), setting(value))).collect()
    }

    fn found(values: &[(&str, &str)]) -> Vec<&'static str> {
        let findings = DatabaseConfiguration::new().judge("a", &settings(values));
        findings.iter().map(|finding| finding.rule().id()).collect()
    }

    #[test]
    fn a_setting_that_an_older_server_does_not_have_is_no_finding_d9() {
        assert_eq!(found(&[]), [""; 0]);
        assert_eq!(found(&[("transaction_timeout", "0")]), ["transaction-timeout-off"]);
    }

    #[test]
    fn the_threshold_itself_is_not_too_long_d9() {
        assert_eq!(found(&[("statement_timeout", "1800000")]), [""; 0]);
        assert_eq!(found(&[("statement_timeout", "1800001")]), ["statement-timeout-long"]);
        assert_eq!(found(&[("statement_timeout", "1")]), [""; 0]);
    }

    #[test]
    fn durations_are_shown_in_their_largest_unit() {
        let shown = [0, 1_500, 90_000, 1_800_000, 7_200_000, 172_800_000].map(milliseconds);
        assert_eq!(shown, ["0ms", "1500ms", "90s", "30min", "2h", "2d"]);
    }
}
