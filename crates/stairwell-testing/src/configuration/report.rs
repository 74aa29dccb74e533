//! What was found.

use std::fmt;

use super::ConfigurationRule;
use crate::Failure;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It works, until something goes wrong.
    Warning,
    /// It does not work.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Warning => "warning",
            Severity::Error => "error",
        })
    }
}

/// One finding of a rule in one database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigurationFinding {
    pub(super) database: String,
    pub(super) rule: ConfigurationRule,
    pub(super) severity: Severity,
    pub(super) message: String,
    pub(super) source: Option<String>,
}

impl ConfigurationFinding {
    /// The name that the caller gave the database.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The rule.
    pub fn rule(&self) -> ConfigurationRule {
        self.rule
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// What is set: `` `statement_timeout` is off``.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Where the setting comes from, in the words of `pg_settings`: `database`, `configuration file`. `None` if the
    /// session has changed it since.
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }
}

impl fmt::Display for ConfigurationFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ConfigurationFinding { database, rule, severity, message, source } = self;
        write!(f, "{severity}[{}]: {message} in `{database}`", rule.id())?;
        if let Some(source) = source {
            write!(f, "\n  = set by: {source}")?;
        }
        write!(f, "\n  = help: {}", rule.hint())
    }
}

/// All findings, by database, and of each in the order of the rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigurationReport {
    findings: Vec<ConfigurationFinding>,
}

impl ConfigurationReport {
    pub(super) fn new(mut findings: Vec<ConfigurationFinding>) -> Self {
        findings.sort_by(|a, b| (&a.database, a.rule).cmp(&(&b.database, b.rule)));
        ConfigurationReport { findings }
    }

    /// The findings.
    pub fn findings(&self) -> &[ConfigurationFinding] {
        &self.findings
    }

    /// For a test: nothing was found of this severity or a worse one.
    ///
    /// # Errors
    ///
    /// With all such findings.
    pub fn none_from(&self, severity: Severity) -> Result<(), Failure> {
        let findings: Vec<_> = self.findings.iter().filter(|found| found.severity >= severity).collect();
        match findings.len() {
            0 => Ok(()),
            count => {
                let findings = findings.into_iter().map(ToString::to_string).collect();
                let things = if count == 1 { "one finding".to_owned() } else { format!("{count} findings") };
                Err(Failure::of("database_configuration", things).with_details(findings))
            }
        }
    }
}

/// One paragraph for each finding; nothing if there is none.
impl fmt::Display for ConfigurationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.findings.iter().try_for_each(|finding| writeln!(f, "{finding}"))
    }
}
