//! How a step failed, and what is left of it.

use tokio_postgres::Error as PgError;
use tokio_postgres::error::SqlState;

use crate::error::{Error, Kind};
use crate::explain::{character, headline, is_lost, notes, remedy, with_sources};
use crate::guard::Guard;
use crate::position::{Position, byte_offset};
use crate::{Migration, Step, StepError, words};

/// A step that did not come to its end, before it has words.
pub(crate) struct Failure {
    cause: Cause,
    after: After,
    /// What to do, where the cause alone does not tell.
    advice: Option<String>,
    /// Whether an earlier run was cut off in the statement that failed.
    perhaps_ran: bool,
}

enum Cause {
    /// The server refused a part of the step's text, which was sent with so many characters before it; the
    /// part begins at the byte `start` of the text. How many statements of it were completed is not always known.
    Sql { cause: PgError, start: usize, prefix: usize, completed: Option<usize> },
    /// The Rust function said so, or panicked.
    Rust(StepError),
    /// The step ran, but not its record.
    Record(PgError),
    /// The bounds of the statements do not fit the text.
    Bounds,
    /// The server refused to note how far the step has come.
    Bookkeeping(PgError),
    /// A statement that has run, or may have, is another one now.
    Changed(Box<Changed>),
    /// This index may be the work of the statement that begins at this byte.
    Unnamed { index: String, start: usize },
}

/// A statement which is not the one that an earlier run has begun.
pub(crate) struct Changed {
    /// Where it begins in the text, if there still is one.
    pub(crate) start: Option<usize>,
    /// Its place in the step, from 1.
    pub(crate) ordinal: usize,
    /// Whether it has run; else the run was cut off in it.
    pub(crate) ran: bool,
    /// The hash of what was begun, and of what is there now.
    pub(crate) recorded: String,
    pub(crate) found: Option<String>,
    /// Makes it as if the step had never begun.
    pub(crate) forget: String,
}

/// What is left of a step that failed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum After {
    /// Nothing.
    RolledBack,
    /// What it committed by itself.
    EndedTransaction,
    /// Nothing, as soon as the server notices that the connection is gone.
    Lost,
    /// All or nothing: the connection was lost while it was being committed.
    Uncertain,
    /// The statements before the one that failed.
    Statements { done: usize, of: usize },
    /// Like `Statements`, and the one that was running may go on to its end.
    LostStatements { done: usize, of: usize },
}

/// The text of a step, and where it stands.
pub(crate) struct Source {
    pub(crate) path: &'static str,
    pub(crate) text: &'static str,
    /// Where its statements begin, as far as that is known.
    pub(crate) statements: &'static [usize],
    /// Whether its statements are sent one by one.
    pub(crate) one_by_one: bool,
}

impl Source {
    /// That of an up step.
    pub(crate) fn up(migration: &'static Migration) -> Self {
        Source {
            path: migration.path(),
            text: migration.up().text(),
            statements: migration.statements(),
            one_by_one: matches!(migration.up(), Step::Statements { .. }),
        }
    }

    /// That of a down step: of the same file if it is Rust, else of the file beside it.
    ///
    /// The path is leaked, which happens once in a run that failed.
    pub(crate) fn down(migration: &'static Migration, step: &'static Step) -> Self {
        let stem = migration.path().rsplit_once('.').map_or(migration.path(), |(stem, _)| stem);
        let path = match step {
            Step::Rust { .. } => migration.path(),
            _ => format!("{stem}.down.sql").leak(),
        };
        let one_by_one = matches!(step, Step::Statements { .. });
        Source { path, text: step.text(), statements: &[], one_by_one }
    }

    /// That of a text in the journal, which is leaked as well.
    pub(crate) fn kept(text: &str, one_by_one: bool) -> Self {
        Source { path: "stairwell.journal", text: String::from(text).leak(), statements: &[], one_by_one }
    }
}

impl Failure {
    fn of(cause: Cause, after: After) -> Self {
        Failure { cause, after, advice: None, perhaps_ran: false }
    }

    pub(crate) fn sql(cause: PgError, after: After) -> Self {
        // In a run that is one transaction, nobody rolls back a step alone and finds out.
        let after = match after {
            After::EndedTransaction if is_lost(&cause) => After::Lost,
            after => after,
        };
        Failure::of(Cause::Sql { cause, start: 0, prefix: 0, completed: None }, after)
    }

    /// Where the text that was sent stands in the text of the step.
    pub(crate) fn in_text(mut self, at: usize, sent_before: usize) -> Self {
        if let Cause::Sql { start, prefix, .. } = &mut self.cause {
            (*start, *prefix) = (at, sent_before);
        }
        self
    }

    /// How many statements of the text were completed before it.
    pub(crate) fn at_statement(mut self, number: Option<usize>) -> Self {
        if let Cause::Sql { completed, .. } = &mut self.cause {
            *completed = number;
        }
        self
    }

    pub(crate) fn rust(cause: StepError, after: After) -> Self {
        Failure::of(Cause::Rust(cause), after)
    }

    pub(crate) fn record(cause: PgError, after: After) -> Self {
        Failure::of(Cause::Record(cause), after)
    }

    pub(crate) fn bounds() -> Self {
        Failure::of(Cause::Bounds, After::RolledBack)
    }

    pub(crate) fn bookkeeping(cause: PgError, after: After) -> Self {
        Failure::of(Cause::Bookkeeping(cause), after)
    }

    pub(crate) fn changed(changed: Changed, after: After) -> Self {
        let advice = format!(
            "give the file its statement back, and put the change into a new migration; or undo by hand what has run, \
             then `{}`, and all of it runs anew",
            changed.forget
        );
        Failure { advice: Some(advice), ..Failure::of(Cause::Changed(Box::new(changed)), after) }
    }

    /// `ran` and `did_not` are what an operator runs who knows.
    pub(crate) fn unnamed(index: String, start: usize, ran: &str, did_not: &str, after: After) -> Self {
        let advice = format!(
            "if it is, run `{ran}`; if it is not, run `{did_not}`; then run again; an index that has a name is recognised"
        );
        Failure { advice: Some(advice), ..Failure::of(Cause::Unnamed { index, start }, after) }
    }

    /// An earlier run was cut off in the statement that failed; `ran` is what an operator runs who finds that it
    /// had come to its end.
    pub(crate) fn perhaps_ran(mut self, ran: &str) -> Self {
        self.perhaps_ran = true;
        self.advice = Some(format!(
            "look whether the database is as the statement leaves it; if so, run `{ran}`; else remove what is in its \
             way; then run again"
        ));
        self
    }

    /// Whether it may go away by itself, and nothing is left of the attempt: a lock that was not free, a deadlock,
    /// a serialization failure. What a Rust step did elsewhere is not rolled back, so that is none.
    pub(crate) fn is_transient(&self) -> bool {
        const TRANSIENT: [SqlState; 3] = [
            SqlState::LOCK_NOT_AVAILABLE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::T_R_SERIALIZATION_FAILURE,
        ];
        let (Cause::Sql { cause, .. } | Cause::Record(cause)) = &self.cause else { return false };
        self.after == After::RolledBack && cause.code().is_some_and(|code| TRANSIENT.contains(code))
    }

    /// Whether the server does not know a prepared statement, and nothing is left of the attempt.
    pub(crate) fn is_for_want_of_a_prepared_statement(&self) -> bool {
        let (Cause::Sql { cause, .. } | Cause::Record(cause)) = &self.cause else { return false };
        self.after == After::RolledBack && cause.code() == Some(&SqlState::INVALID_SQL_STATEMENT_NAME)
    }

    /// Whether the session and its lock are as they were before the step.
    pub(crate) fn is_confined(&self) -> bool {
        let kept =
            matches!(self.after, After::RolledBack | After::EndedTransaction | After::Statements { .. });
        kept && self
            .cause
            .server()
            .is_none_or(|cause| matches!(Guard::broken(cause), None | Some(Guard::Row)))
    }

    /// The server's first words, for a line about an attempt.
    pub(crate) fn headline(&self) -> String {
        self.cause.server().map(headline).unwrap_or_default()
    }

    /// In words. `subject` is what failed: a migration, or the reverting of one.
    pub(crate) fn explain(
        self,
        subject: &str,
        migration: Option<&'static Migration>,
        source: &Source,
    ) -> Error {
        let position = self.cause.position(source);
        let server = self.cause.server();
        let guard = match &self.cause {
            // A rule of the history table: what writes a row there asks to have it returned.
            Cause::Record(cause) if cause.code() == Some(&SqlState::FEATURE_NOT_SUPPORTED) => {
                Some(Guard::Row)
            }
            _ => server.and_then(Guard::broken),
        };
        let what = match &self.cause {
            _ if guard == Some(Guard::Row) => {
                "it ran, but its history row did not arrive: a rule or a trigger of the history table keeps it out"
                    .to_owned()
            }
            _ if guard.is_some() => guard.and_then(Guard::words).map_or_else(String::new, |(what, _)| what.to_owned()),
            Cause::Record(_) if self.after == After::EndedTransaction => {
                "the step ended the transaction that it runs in".to_owned()
            }
            Cause::Record(cause) => {
                format!("it ran, but could not be recorded and committed: {}", headline(cause))
            }
            Cause::Sql { cause, .. } => headline(cause),
            Cause::Rust(cause) => match server {
                Some(error) => headline(error),
                None => with_sources(&**cause),
            },
            Cause::Bounds => "the bounds of its statements do not fit its text".to_owned(),
            Cause::Bookkeeping(cause) => {
                format!("cannot note in stairwell.statements how far it has come: {}", headline(cause))
            }
            Cause::Changed(changed) => changed.to_string(),
            Cause::Unnamed { index, .. } => {
                format!("an earlier run was cut off in this statement, and {index} may be the index that it built")
            }
        };
        let place = if position.is_none() { format!(" ({})", source.path) } else { String::new() };
        let mut error = Error::new(Kind::Step, format!("{subject}{place} failed: {what}"))
            .with_migration(migration)
            .with_position(position);
        let words = server.filter(|_| guard.is_none()).and_then(PgError::as_db_error);
        for note in words.map(notes).unwrap_or_default() {
            error = error.with_note(note);
        }
        if self.perhaps_ran {
            error = error.with_note(
                "an earlier run was cut off while this statement ran: it may have come to its end then, and it was \
                 run again",
            );
        }
        let stuck = matches!(&self.cause, Cause::Sql { cause, .. } if is_stuck(cause));
        error = match self.after {
            After::Lost if stuck => error.with_note(
                "the server waits for data that a step cannot send, so the connection is given up and the server \
                 rolls the step back",
            ),
            after => error.with_note(after.text()),
        };
        let mut help = match guard {
            Some(Guard::Row) => Some("drop the rule or the trigger, then run again".to_owned()),
            Some(guard) => guard.words().map(|(_, help)| help.to_owned()),
            None => self.advice.clone().or_else(|| self.help()),
        };
        if help.is_none() {
            help = server.and_then(remedy).map(str::to_owned);
        }
        if let Some(help) = help {
            error = error.with_help(help);
        }
        match self.cause {
            // The refusal is our own making.
            _ if guard.is_some() => error,
            Cause::Sql { cause, .. } | Cause::Record(cause) | Cause::Bookkeeping(cause) => {
                error.with_cause(cause)
            }
            Cause::Rust(cause) => error.with_cause(cause),
            Cause::Bounds | Cause::Changed(_) | Cause::Unnamed { .. } => error,
        }
    }

    fn help(&self) -> Option<String> {
        let help = match &self.cause {
            _ if self.after == After::EndedTransaction => {
                "take COMMIT, ROLLBACK and PREPARE TRANSACTION out of the step; with `-- stairwell: no-transaction` it runs outside one"
            }
            Cause::Record(cause) if cause.code() == Some(&SqlState::IN_FAILED_SQL_TRANSACTION) => {
                "a statement of the step failed and the step went on: pass the error on, or use a savepoint"
            }
            Cause::Sql { cause, .. } if cause.code() == Some(&SqlState::ACTIVE_SQL_TRANSACTION) => {
                "it cannot run in a transaction: write `-- stairwell: no-transaction` into the leading comments of the file"
            }
            Cause::Sql { cause, .. } if is_stuck(cause) => {
                "COPY from or to the client cannot run in a step; use INSERT, or a Rust step"
            }
            Cause::Sql { cause, .. } if is_lost(cause) && remedy(cause).is_some() => return None,
            Cause::Sql { cause, .. } if is_lost(cause) && self.after == After::Lost => "run again",
            // The server's last words reach the connection, not the client, if nobody waits for an answer.
            Cause::Rust(_) if self.cause.server().is_some_and(PgError::is_closed) => {
                "run again; if the step pauses between its statements, `idle_in_transaction_session_timeout` may have ended it"
            }
            Cause::Bookkeeping(cause) if cause.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
                "as an owner grant the role CREATE on the schema `stairwell`, or SELECT, INSERT, UPDATE and DELETE on \
                 `stairwell.statements` if that is there; or migrate as the owner"
            }
            Cause::Bounds => "generate the constants with `stairwell_build`",
            _ => return None,
        };
        Some(help.to_owned())
    }
}

impl Cause {
    /// Where the server pointed; else the statement that failed, if it is known.
    fn position(&self, source: &Source) -> Option<Position> {
        let text = source.text;
        let begun = match self {
            Cause::Changed(changed) => changed.start,
            Cause::Unnamed { start, .. } => Some(*start),
            _ => None,
        };
        if let Some(start) = begun {
            return Position::new(source.path, text, start + words::beginning(text.get(start..)?));
        }
        let Cause::Sql { cause, start, prefix, completed } = self else { return None };
        let sent = text.get(*start..)?;
        let pointed =
            character(cause).and_then(|character| byte_offset(sent, character.checked_sub(*prefix)?));
        let offset = match pointed {
            Some(offset) => offset,
            None if source.one_by_one => words::beginning(sent),
            None => *source.statements.get((*completed)?)?,
        };
        Position::new(source.path, text, start + offset)
    }

    /// The server's error; of a Rust step, if it passed one on.
    fn server(&self) -> Option<&PgError> {
        match self {
            Cause::Sql { cause, .. } | Cause::Record(cause) | Cause::Bookkeeping(cause) => Some(cause),
            Cause::Rust(cause) => cause.downcast_ref(),
            Cause::Bounds | Cause::Changed(_) | Cause::Unnamed { .. } => None,
        }
    }
}

impl std::fmt::Display for Changed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Changed { ordinal, recorded, .. } = self;
        let begun = if self.ran { "has run" } else { "was running when an earlier run was cut off" };
        match &self.found {
            Some(found) => write!(
                f,
                "statement {ordinal} {begun}, and has changed since: hash {recorded} in stairwell.statements, \
                 {found} here"
            ),
            None => write!(
                f,
                "statement {ordinal} {begun}, and is not there any more: hash {recorded} in stairwell.statements"
            ),
        }
    }
}

/// Neither an answer nor the end of the session: the server waits for data, or sends some.
fn is_stuck(cause: &PgError) -> bool {
    cause.as_db_error().is_none() && !is_lost(cause)
}

impl After {
    fn text(self) -> String {
        match self {
            After::RolledBack => "it was rolled back: nothing of it remains".to_owned(),
            After::EndedTransaction => {
                "it is not recorded; what it may have committed itself remains: check the database before the next run"
                    .to_owned()
            }
            After::Lost => "the connection was lost while it ran, and the server rolls it back".to_owned(),
            After::Uncertain => {
                "the connection was lost while it was committed: it is applied and recorded, \
                                 or neither; the next run finds out"
                    .to_owned()
            }
            After::Statements { done, of } => {
                format!(
                    "it runs outside a transaction: executed, and not undone, are {done} of its {of} statements; the \
                     next run goes on from there"
                )
            }
            After::LostStatements { done, of } => format!(
                "the connection was lost while it ran outside a transaction: executed, and not undone, are {done} of \
                 its {of} statements, and perhaps the next one; the next run goes on from there"
            ),
        }
    }
}
