//! What a failing check says.

use std::fmt;

use stairwell::Migration;
use tokio_postgres::error::SqlState;

use crate::{kept::Kept, statement};

/// Why a check failed, or why it could not be made.
///
/// `Display` and `Debug` are the same text, because a test that returns it is shown with `Debug`: which check,
/// which migration, what differs, the database that was kept, and the command that shows it again.
#[derive(Clone)]
pub struct Failure(Box<Inner>);

#[derive(Clone)]
struct Inner {
    check: Option<&'static str>,
    message: String,
    /// What the server said to something that the kit did for itself.
    code: Option<SqlState>,
    migration: Option<Migration>,
    /// What differs, one line each.
    details: Vec<String>,
    /// The file in which something is to be done.
    file: Option<String>,
    notes: Vec<String>,
    help: Option<&'static str>,
    kept: Option<Kept>,
    again: Option<String>,
    others: Vec<Failure>,
}

impl Failure {
    /// The name of the check: `leaves_no_trace`. `None` if it failed before it began, for want of a server.
    pub fn check(&self) -> Option<&'static str> {
        self.0.check
    }

    /// The migration that is at fault, if it is one.
    pub fn migration(&self) -> Option<&Migration> {
        self.0.migration.as_ref()
    }

    /// What differs from what should be: objects, rows, sequences; one line each.
    pub fn details(&self) -> &[String] {
        &self.0.details
    }

    /// The database that was kept to be looked at.
    pub fn kept(&self) -> Option<&Kept> {
        self.0.kept.as_ref()
    }

    /// What the same check found in other migrations.
    pub fn others(&self) -> &[Failure] {
        &self.0.others
    }

    pub(crate) fn new(message: impl Into<String>) -> Self {
        Failure(Box::new(Inner {
            check: None,
            message: message.into(),
            code: None,
            migration: None,
            details: Vec::new(),
            file: None,
            notes: Vec::new(),
            help: None,
            kept: None,
            again: None,
            others: Vec::new(),
        }))
    }

    /// Of a run of migrations that failed.
    pub(crate) fn of_run(error: &stairwell::Error) -> Self {
        let mut failure = Failure::new(error.to_string());
        // The text has the place in it, if it is known.
        failure.0.migration = error.migration().copied();
        failure
    }

    /// The same failure, of this check.
    pub(crate) fn in_check(mut self, check: &'static str) -> Self {
        self.0.check = Some(check);
        self
    }

    pub(crate) fn of(check: &'static str, message: impl Into<String>) -> Self {
        let mut failure = Failure::new(message);
        failure.0.check = Some(check);
        failure
    }

    pub(crate) fn in_migration(mut self, migration: &Migration, file: impl Into<Option<String>>) -> Self {
        self.0.migration = Some(*migration);
        self.0.file = file.into();
        self
    }

    /// Of the migration that a run came to before it failed, if it came to one.
    pub(crate) fn in_migration_of(self, error: &stairwell::Error) -> Self {
        match error.migration() {
            Some(migration) => self.in_migration(migration, migration.path().to_owned()),
            None => self,
        }
    }

    /// With the file in which something is to be done, and perhaps line and column.
    pub(crate) fn in_file(mut self, file: String) -> Self {
        self.0.file = Some(file);
        self
    }

    pub(crate) fn with_details(mut self, details: Vec<String>) -> Self {
        self.0.details = details;
        self
    }

    pub(crate) fn with_note(mut self, note: impl Into<String>) -> Self {
        self.0.notes.push(note.into());
        self
    }

    /// With the statement that the server refused, and what it said besides.
    pub(crate) fn with_refused(mut self, sql: &str, error: &tokio_postgres::Error) -> Self {
        self.0.details = statement::shown(sql, Some(error));
        self.0.notes.extend(statement::notes(error));
        self
    }

    pub(crate) fn with_code(mut self, code: Option<&SqlState>) -> Self {
        self.0.code = code.cloned();
        self
    }

    /// Whether a database that the kit asked for is not there.
    pub(crate) fn is_of_missing_database(&self) -> bool {
        self.0.code == Some(SqlState::INVALID_CATALOG_NAME)
    }

    pub(crate) fn with_help(mut self, help: &'static str) -> Self {
        self.0.help = Some(help);
        self
    }

    pub(crate) fn with_kept(mut self, kept: Option<Kept>) -> Self {
        self.0.kept = kept;
        self
    }

    pub(crate) fn with_again(mut self, command: String) -> Self {
        self.0.again = Some(command);
        self
    }

    /// The first of these, with the others behind it.
    pub(crate) fn all(mut failures: Vec<Failure>) -> Result<(), Failure> {
        if failures.is_empty() {
            return Ok(());
        }
        let mut first = failures.remove(0);
        first.0.others = failures;
        Err(first)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        if let Some(check) = inner.check {
            write!(f, "{check}: ")?;
        }
        f.write_str(&inner.message)?;
        for detail in &inner.details {
            write!(f, "\n  {}", detail.replace('\n', "\n  "))?;
        }
        if let Some(file) = &inner.file {
            write!(f, "\n --> {file}")?;
        }
        for note in &inner.notes {
            write!(f, "\n  = {}", note.replace('\n', "\n    "))?;
        }
        if let Some(help) = inner.help {
            write!(f, "\n  = help: {help}")?;
        }
        if let Some(kept) = &inner.kept {
            write!(f, "\n  = the database was kept as it was then: {kept}")?;
        }
        if let Some(again) = &inner.again {
            write!(f, "\n  = to see it again: {again}")?;
        }
        inner.others.iter().try_for_each(|other| write!(f, "\n\n{other}"))
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Failure {}
