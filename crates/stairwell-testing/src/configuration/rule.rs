//! What is looked at, and how bad it is.

use super::Severity;

/// One rule about the configuration of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ConfigurationRule {
    /// A statement may run for ever.
    StatementTimeoutOff,
    /// A statement may run for very long.
    StatementTimeoutLong,
    /// A statement may wait for a lock for ever.
    LockTimeoutOff,
    /// A statement may wait for a lock for very long.
    LockTimeoutLong,
    /// A transaction in which nothing happens may last for ever.
    IdleInTransactionSessionTimeoutOff,
    /// A transaction in which nothing happens may last for very long.
    IdleInTransactionSessionTimeoutLong,
    /// A transaction may last for ever. Servers have this setting from PostgreSQL 17 on.
    TransactionTimeoutOff,
    /// A transaction may last for very long.
    TransactionTimeoutLong,
    /// Transactions see one moment only, and can fail because of what others do.
    IsolationNotReadCommitted,
    /// Transactions cannot write.
    ReadOnlyByDefault,
}

/// A setting that limits how long something takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timeout {
    /// `statement_timeout`
    Statement,
    /// `lock_timeout`
    Lock,
    /// `idle_in_transaction_session_timeout`
    IdleInTransactionSession,
    /// `transaction_timeout`, from PostgreSQL 17 on
    Transaction,
}

impl Timeout {
    pub(super) const ALL: &'static [Timeout] =
        &[Timeout::Statement, Timeout::Lock, Timeout::IdleInTransactionSession, Timeout::Transaction];

    /// As the server calls it.
    pub fn setting(self) -> &'static str {
        match self {
            Timeout::Statement => "statement_timeout",
            Timeout::Lock => "lock_timeout",
            Timeout::IdleInTransactionSession => "idle_in_transaction_session_timeout",
            Timeout::Transaction => "transaction_timeout",
        }
    }

    /// In milliseconds.
    pub(super) fn default_longest(self) -> u64 {
        const MINUTE: u64 = 60_000;
        match self {
            Timeout::Statement => 30 * MINUTE,
            Timeout::Lock => MINUTE,
            Timeout::IdleInTransactionSession => 10 * MINUTE,
            Timeout::Transaction => 60 * MINUTE,
        }
    }

    pub(super) fn off(self) -> ConfigurationRule {
        match self {
            Timeout::Statement => ConfigurationRule::StatementTimeoutOff,
            Timeout::Lock => ConfigurationRule::LockTimeoutOff,
            Timeout::IdleInTransactionSession => ConfigurationRule::IdleInTransactionSessionTimeoutOff,
            Timeout::Transaction => ConfigurationRule::TransactionTimeoutOff,
        }
    }

    pub(super) fn long(self) -> ConfigurationRule {
        match self {
            Timeout::Statement => ConfigurationRule::StatementTimeoutLong,
            Timeout::Lock => ConfigurationRule::LockTimeoutLong,
            Timeout::IdleInTransactionSession => ConfigurationRule::IdleInTransactionSessionTimeoutLong,
            Timeout::Transaction => ConfigurationRule::TransactionTimeoutLong,
        }
    }
}

impl ConfigurationRule {
    /// All of them, in the order of a report.
    pub const ALL: &'static [ConfigurationRule] = &[
        ConfigurationRule::StatementTimeoutOff,
        ConfigurationRule::StatementTimeoutLong,
        ConfigurationRule::LockTimeoutOff,
        ConfigurationRule::LockTimeoutLong,
        ConfigurationRule::IdleInTransactionSessionTimeoutOff,
        ConfigurationRule::IdleInTransactionSessionTimeoutLong,
        ConfigurationRule::TransactionTimeoutOff,
        ConfigurationRule::TransactionTimeoutLong,
        ConfigurationRule::IsolationNotReadCommitted,
        ConfigurationRule::ReadOnlyByDefault,
    ];

    /// `statement-timeout-off`; it never changes.
    pub fn id(self) -> &'static str {
        match self {
            ConfigurationRule::StatementTimeoutOff => "statement-timeout-off",
            ConfigurationRule::StatementTimeoutLong => "statement-timeout-long",
            ConfigurationRule::LockTimeoutOff => "lock-timeout-off",
            ConfigurationRule::LockTimeoutLong => "lock-timeout-long",
            ConfigurationRule::IdleInTransactionSessionTimeoutOff => {
                "idle-in-transaction-session-timeout-off"
            }
            ConfigurationRule::IdleInTransactionSessionTimeoutLong => {
                "idle-in-transaction-session-timeout-long"
            }
            ConfigurationRule::TransactionTimeoutOff => "transaction-timeout-off",
            ConfigurationRule::TransactionTimeoutLong => "transaction-timeout-long",
            ConfigurationRule::IsolationNotReadCommitted => "isolation-not-read-committed",
            ConfigurationRule::ReadOnlyByDefault => "read-only-by-default",
        }
    }

    /// The setting that it is about.
    pub fn setting(self) -> &'static str {
        match self {
            ConfigurationRule::StatementTimeoutOff | ConfigurationRule::StatementTimeoutLong => {
                Timeout::Statement.setting()
            }
            ConfigurationRule::LockTimeoutOff | ConfigurationRule::LockTimeoutLong => Timeout::Lock.setting(),
            ConfigurationRule::IdleInTransactionSessionTimeoutOff
            | ConfigurationRule::IdleInTransactionSessionTimeoutLong => {
                Timeout::IdleInTransactionSession.setting()
            }
            ConfigurationRule::TransactionTimeoutOff | ConfigurationRule::TransactionTimeoutLong => {
                Timeout::Transaction.setting()
            }
            ConfigurationRule::IsolationNotReadCommitted => "default_transaction_isolation",
            ConfigurationRule::ReadOnlyByDefault => "default_transaction_read_only",
        }
    }

    /// Why it matters, and what to do.
    pub fn hint(self) -> &'static str {
        match self {
            ConfigurationRule::StatementTimeoutOff | ConfigurationRule::StatementTimeoutLong => {
                "one statement that never ends keeps its locks and its old row versions: \
                 `ALTER ROLE … SET statement_timeout = '30s'` for the application, and more for who migrates"
            }
            ConfigurationRule::LockTimeoutOff | ConfigurationRule::LockTimeoutLong => {
                "while a statement waits for a lock on a table, all later ones wait behind it: \
                 `ALTER ROLE … SET lock_timeout = '5s'`"
            }
            ConfigurationRule::IdleInTransactionSessionTimeoutOff
            | ConfigurationRule::IdleInTransactionSessionTimeoutLong => {
                "a client that forgot its transaction blocks migrations and VACUUM: \
                 `ALTER ROLE … SET idle_in_transaction_session_timeout = '1min'`"
            }
            ConfigurationRule::TransactionTimeoutOff | ConfigurationRule::TransactionTimeoutLong => {
                "the other timeouts do not see a transaction of many short statements: \
                 `ALTER ROLE … SET transaction_timeout = '10min'`"
            }
            ConfigurationRule::IsolationNotReadCommitted => {
                "what is written against read committed can fail with SQLSTATE 40001 here, migrations included: \
                 ask for another level where it is needed, with BEGIN ISOLATION LEVEL"
            }
            ConfigurationRule::ReadOnlyByDefault => {
                "no migration applies: `ALTER ROLE … SET default_transaction_read_only = off` for who migrates"
            }
        }
    }

    pub(super) fn default_level(self) -> Severity {
        match self {
            ConfigurationRule::ReadOnlyByDefault => Severity::Error,
            _ => Severity::Warning,
        }
    }
}
