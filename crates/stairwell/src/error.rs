//! Why a run failed: one opaque type that is asked questions.

use std::error::Error as StdError;
use std::fmt;

use tokio_postgres::error::SqlState;

use crate::{Applied, Migration, Position};

/// Why a command of a [`Migrator`](crate::Migrator) failed.
///
/// `Display` says what happened, where, and what to do about it: one line for what is wrong with the
/// request, the role or the server, several for a failing step, with the offending line of its file.
/// `Debug` is the same text, because that is what `main` and `expect` print.
/// [`source`](std::error::Error::source) is the error of `tokio_postgres` or of the Rust step, if there was one.
pub struct Error(Box<Inner>);

struct Inner {
    kind: Kind,
    message: String,
    position: Option<Position>,
    notes: Vec<String>,
    help: Option<String>,
    migration: Option<&'static Migration>,
    applied: Vec<Applied>,
    /// What else failed, in a run that went on.
    others: Vec<Error>,
    /// Whether the run went on after it.
    went_on: bool,
    cause: Option<Box<dyn StdError + Send + Sync>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The request names something that does not exist.
    Usage,
    /// The wait for the lock ran out.
    LockTimeout,
    /// A history cannot be used, or disagrees with what is compiled in.
    History,
    /// A constant is not what the compiler would write, or refinery did what it should not.
    Engine,
    /// Migrations are pending that this start must not apply.
    Pending,
    /// A rollback, or a change of the history, would leave something behind that cannot be.
    Refused,
    /// A step failed.
    Step,
    /// The server refused something, or went away.
    Database,
}

impl Error {
    /// Whether the request itself is wrong, such as a plugin that does not exist. Nothing was run.
    pub fn is_usage(&self) -> bool {
        self.0.kind == Kind::Usage
    }

    /// Whether another session kept the lock for longer than this run was willing to wait.
    pub fn is_lock_timeout(&self) -> bool {
        self.0.kind == Kind::LockTimeout
    }

    /// Whether a history disagrees with what is compiled in, or is not a history. Nothing was run.
    pub fn is_history(&self) -> bool {
        self.0.kind == Kind::History
    }

    /// Whether a start was refused because migrations are pending that it must not apply; see
    /// [`Startup`](crate::Startup). Nothing was run.
    pub fn is_pending(&self) -> bool {
        self.0.kind == Kind::Pending
    }

    /// Whether a rollback or a change of the history was refused: something is irreversible, or required by what
    /// stays, or is not as it would have to be. Nothing was run or changed.
    pub fn is_refused(&self) -> bool {
        self.0.kind == Kind::Refused
    }

    /// The migration whose step failed, or whose history row disagrees with it.
    pub fn migration(&self) -> Option<&'static Migration> {
        self.0.migration
    }

    /// The SQLSTATE, if the server refused something; for a Rust step, if it passed such an error on.
    pub fn code(&self) -> Option<&SqlState> {
        let mut cause: &(dyn StdError + 'static) = self.source()?;
        loop {
            match cause.downcast_ref::<tokio_postgres::Error>() {
                Some(error) => return error.code(),
                None => cause = cause.source()?,
            }
        }
    }

    /// Where in its file the step failed: where the server pointed, else the statement, if that is known.
    pub fn position(&self) -> Option<&Position> {
        self.0.position.as_ref()
    }

    /// What else failed, in a run that was told to [keep going](crate::Migrator::keep_going), in order.
    pub fn others(&self) -> &[Error] {
        &self.0.others
    }

    /// What this run had applied and committed before it failed, in order.
    pub fn applied(&self) -> &[Applied] {
        &self.0.applied
    }

    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Error(Box::new(Inner {
            kind,
            message: message.into(),
            position: None,
            notes: Vec::new(),
            help: None,
            migration: None,
            applied: Vec::new(),
            others: Vec::new(),
            went_on: false,
            cause: None,
        }))
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Error::new(Kind::Usage, message)
    }

    pub(crate) fn with_position(mut self, position: Option<Position>) -> Self {
        self.0.position = position;
        self
    }

    pub(crate) fn with_note(mut self, note: impl Into<String>) -> Self {
        self.0.notes.push(note.into());
        self
    }

    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    pub(crate) fn with_migration(mut self, migration: Option<&'static Migration>) -> Self {
        self.0.migration = migration;
        self
    }

    pub(crate) fn with_applied(mut self, applied: Vec<Applied>) -> Self {
        self.0.applied = applied;
        self
    }

    /// Of a run that went on after it, with what failed then.
    pub(crate) fn with_others(mut self, others: Vec<Error>) -> Self {
        self.0.others = others;
        self.0.went_on = true;
        self
    }

    pub(crate) fn with_cause(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        f.write_str(&inner.message)?;
        if let Some(position) = &inner.position {
            write!(f, "\n{}", position.excerpt())?;
        }
        for note in &inner.notes {
            // The server's context may have several lines; they stay under their first word.
            write!(f, "\n  = {}", note.replace('\n', "\n    "))?;
        }
        match inner.applied.len() {
            0 => {}
            // Which of them came before and which after it does not matter to anybody.
            count if inner.went_on => {
                write!(f, "\n  = applied by this run, and stays applied: {count} in all")?
            }
            1 => f.write_str("\n  = 1 migration was applied before it and stays applied")?,
            count => write!(f, "\n  = {count} migrations were applied before it and stay applied")?,
        }
        if let Some(help) = &inner.help {
            write!(f, "\n  = help: {help}")?;
        }
        for other in &inner.others {
            write!(f, "\n\n{other}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        let cause: &(dyn StdError + 'static) = self.0.cause.as_deref()?;
        Some(cause)
    }
}
