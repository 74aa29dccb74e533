//! Runs a step statement by statement, and goes on where an earlier run was cut off.

use std::time::Instant;

use tokio_postgres::{Client, Error as PgError, SimpleQueryMessage};

use crate::Event;
use crate::explain::is_lost;
use crate::failure::{After, Changed, Failure};
use crate::guard::Guard;
use crate::leftover::{Fate, Found, Subject};
use crate::record::Record;
use crate::settings::set_local;
use crate::statements::{Entry, Place, State, hash};
use crate::step::ROLLBACK;
use crate::timeouts::Timeouts;
use crate::words;

/// Runs what has not run of the statements at `bounds` of `text`, each by itself, and records the step.
pub(crate) async fn run(
    client: &Client,
    text: &str,
    bounds: &[(usize, usize)],
    timeouts: Timeouts,
    record: &Record<'_>,
) -> Result<(), Failure> {
    let begun = Instant::now();
    let statements: Option<Vec<(usize, &str)>> =
        bounds.iter().map(|&(start, end)| Some((start, text.get(start..end)?))).collect();
    let Some(statements) = statements else { return Err(Failure::bounds()) };
    let of = statements.len();
    let run = Run::begin(client, &statements, timeouts, record).await?;
    if let Some(first) = run.entries.first().filter(|entry| entry.state != State::Failed || entry.ordinal > 1)
    {
        let done = run.done();
        log::info!(
            "`{}` goes on: {done} of its {of} statements have run, since statement {}",
            record.name,
            first.ordinal
        );
        (record.on_event)(&Event::Resuming { name: record.name, done, of });
    }
    for index in 0..of {
        run.statement(index).await?;
    }
    for entry in run.entries.iter().filter(|entry| entry.ordinal > of) {
        run.settle(entry, of, false).await?;
    }
    // With BEGIN, although it is one message: should a statement have left a transaction open, COMMIT ends it.
    let written = record.statements(Some(begun.elapsed())).join("; ");
    let close = record.place.close();
    // The fingerprint is what it was again before the record compares it.
    let recorded =
        client.batch_execute(&format!("BEGIN; {}; {close}; {written}; COMMIT", record.restore())).await;
    match recorded {
        Ok(()) => Ok(()),
        Err(cause) => {
            let _ = client.batch_execute(ROLLBACK).await;
            // The role comes back first; who has lost the lock notes nothing.
            let finish = format!(
                "{}; {}; {}",
                record.restore(),
                record.fence.enter_outside(),
                record.place.finish(of)
            );
            let _ = client.batch_execute(&finish).await;
            Err(Failure::record(cause, After::Statements { done: of, of }))
        }
    }
}

struct Run<'r> {
    client: &'r Client,
    /// Where each statement begins in the text of the step, and the statement.
    statements: &'r [(usize, &'r str)],
    /// What earlier runs have begun.
    entries: Vec<Entry>,
    place: Place<'r>,
    record: &'r Record<'r>,
    /// Comes before everything, as the caller: the run still may write, and the limits are set.
    enter: String,
    /// Makes the session for one request one that may write where the run may.
    as_caller: String,
}

impl<'r> Run<'r> {
    async fn begin(
        client: &'r Client,
        statements: &'r [(usize, &'r str)],
        timeouts: Timeouts,
        record: &'r Record<'r>,
    ) -> Result<Self, Failure> {
        let of = statements.len();
        let nothing = |cause| Failure::bookkeeping(cause, After::Statements { done: 0, of });
        let entries = record.place.entries(client, record.fence).await.map_err(nothing)?;
        // A statement may take on a role that cannot write down that it has.
        let as_caller = match statements.iter().any(|(_, statement)| words::sets(statement)) {
            true => caller(client).await.map_err(nothing)?,
            false => String::new(),
        };
        let mut enter = record.fence.enter_outside();
        // Behind a pooler they would not be those of the statement, but of whoever gets the session next.
        if record.fence.keeps_session() {
            enter.push_str(&timeouts.session());
        }
        let run = Run { client, statements, entries, place: record.place, record, enter, as_caller };
        run.require_unchanged()?;
        Ok(run)
    }

    /// How many statements have run.
    fn done(&self) -> usize {
        self.entries.iter().filter(|entry| entry.state == State::Done).count()
    }

    /// Refuses statements that are not what has run of them. What the server refused may be another one now.
    fn require_unchanged(&self) -> Result<(), Failure> {
        for entry in self.entries.iter().filter(|entry| entry.state != State::Failed) {
            let now = entry.ordinal.checked_sub(1).and_then(|index| self.statements.get(index));
            let found = now.map(|(_, statement)| hash(statement));
            if found.as_ref() == Some(&entry.hash) {
                continue;
            }
            let changed = Changed {
                start: now.map(|(start, _)| *start),
                ordinal: entry.ordinal,
                ran: entry.state == State::Done,
                recorded: entry.hash.clone(),
                found,
                forget: self.place.forget(),
            };
            return Err(Failure::changed(changed, self.after(self.done())));
        }
        Ok(())
    }

    fn after(&self, done: usize) -> After {
        After::Statements { done, of: self.statements.len() }
    }

    async fn statement(&self, index: usize) -> Result<(), Failure> {
        let Some(&(start, statement)) = self.statements.get(index) else { return Err(Failure::bounds()) };
        let ordinal = index + 1;
        let entry = self.entries.iter().find(|entry| entry.ordinal == ordinal);
        let failed = |cause| Failure::sql(cause, self.after(index)).in_text(start, 0);
        match entry {
            Some(entry) if entry.state == State::Done => {
                // What it set has gone with the session in which it ran.
                return match words::sets(statement) {
                    true => self.client.batch_execute(statement).await.map_err(failed),
                    false => Ok(()),
                };
            }
            Some(entry) => {
                let fate = self.settle(entry, index, hash(statement) == entry.hash).await?;
                if matches!(fate, Fate::Done | Fate::Complete(_)) {
                    return Ok(());
                }
            }
            None => {}
        }
        // The intention by itself: in one request with it, the statement would run inside a transaction.
        let start_it = self.place.start(ordinal, self.statements.len(), statement);
        let bookkeeping = |cause| match Guard::broken(&cause) {
            // The lock is lost, which is no trouble of the notes.
            Some(_) => failed(cause),
            None => Failure::bookkeeping(cause, self.after(index)),
        };
        self.client.batch_execute(&self.request(&start_it)).await.map_err(bookkeeping)?;
        let mark = self.record.mark();
        match self.client.batch_execute(&format!("{mark}{statement}")).await {
            Ok(()) if ordinal == self.statements.len() => Ok(()),
            Ok(()) => self.finish(index).await,
            Err(cause) => Err(self.failed(entry, index, cause, mark.chars().count()).await),
        }
    }

    /// Writes down that a statement has run.
    async fn finish(&self, index: usize) -> Result<(), Failure> {
        let finished = self.client.batch_execute(&self.request(&self.place.finish(index + 1))).await;
        finished.map_err(|cause| match self.statements.get(index + 1) {
            // The lock is lost, and it is the next statement that cannot run.
            Some((next, _)) if Guard::broken(&cause).is_some() => {
                Failure::sql(cause, self.after(index + 1)).in_text(*next, 0)
            }
            _ => Failure::bookkeeping(cause, self.after(index + 1)),
        })
    }

    fn request(&self, sql: &str) -> String {
        format!("{}{}; {sql}", self.as_caller, self.enter)
    }

    /// Finds out what became of a statement that an earlier run has begun, and removes what it left unfinished.
    async fn settle(&self, entry: &Entry, index: usize, same: bool) -> Result<Fate, Failure> {
        // It is the statement that ran which has left something.
        let Some(subject) = Subject::of(&entry.statement) else { return Ok(Fate::Run) };
        let start = self.statements.get(index).map_or(0, |(start, _)| *start);
        let failed = |cause| Failure::sql(cause, self.after(index)).in_text(start, 0);
        let enter = format!("{}{}", self.as_caller, self.enter);
        self.client.batch_execute(&enter).await.map_err(failed)?;
        let found = self.find(entry, &subject).await.map_err(failed)?;
        let fate = match subject.fate(&found, entry.had) {
            // Another statement than the one that has come to its end after all, or that this would complete.
            Fate::Done | Fate::Complete(_) if !same => Fate::Run,
            fate => fate,
        };
        match &fate {
            Fate::Done => self
                .client
                .batch_execute(&self.request(&self.place.finish(index + 1)))
                .await
                .map_err(failed)?,
            Fate::Drop(indexes) => {
                for index in indexes {
                    log::info!("`{}`: dropping {index}, which is invalid", self.record.name);
                    (self.record.on_event)(&Event::Dropping { name: self.record.name, index });
                    // The lease has to last until the statement is seen at work, by its comment.
                    self.client.batch_execute(&enter).await.map_err(failed)?;
                    let drop = format!("{}DROP INDEX CONCURRENTLY IF EXISTS {index}", self.record.mark());
                    self.client.batch_execute(&drop).await.map_err(failed)?;
                }
            }
            Fate::Complete(statement) => {
                log::info!("`{}`: {statement}", self.record.name);
                (self.record.on_event)(&Event::Completing { name: self.record.name, statement });
                let complete = format!("{}{statement}", self.record.mark());
                self.client.batch_execute(&complete).await.map_err(failed)?;
                let finish = self.request(&self.place.finish(index + 1));
                self.client.batch_execute(&finish).await.map_err(failed)?;
            }
            Fate::Run => {
                if let Some(built) = subject.unnamed(&found).filter(|_| entry.state == State::Started) {
                    return Err(Failure::unnamed(
                        built,
                        start,
                        &self.place.decide(entry.ordinal),
                        &self.place.forget_one(entry.ordinal),
                        self.after(index),
                    ));
                }
            }
        }
        Ok(fate)
    }

    async fn find(&self, entry: &Entry, subject: &Subject) -> Result<Vec<Found>, PgError> {
        let messages = self.client.simple_query(&self.place.probe(entry.ordinal, subject)).await?;
        let found = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(Found {
                name: row.get(0)?.to_owned(),
                whole: row.get(1) == Some("t"),
                earlier: row.get(2) == Some("t"),
            }),
            _ => None,
        });
        Ok(found.collect())
    }

    /// A statement has failed; the session is left idle and as it was, if there is one left.
    async fn failed(
        &self,
        entry: Option<&Entry>,
        index: usize,
        cause: PgError,
        sent_before: usize,
    ) -> Failure {
        let (done, of) = (index, self.statements.len());
        let (start, statement) = self.statements.get(index).copied().unwrap_or((0, ""));
        // A statement may have opened a transaction; the session has to be idle for what follows.
        let idle = self.client.batch_execute(ROLLBACK).await.is_ok();
        // Of a statement without traces, the next failure says no more about the first attempt than this one.
        let open =
            entry.is_some_and(|entry| entry.state == State::Started) && Subject::of(statement).is_none();
        let known = cause.as_db_error().is_some() && !is_lost(&cause);
        if idle {
            let note = if known && !open {
                let fence = self.record.fence.enter_outside();
                format!("; {fence}; {}", self.place.fail(index + 1, statement))
            } else {
                String::new()
            };
            let _ = self.client.batch_execute(&format!("{}{note}", self.record.restore())).await;
        }
        let after = if idle { After::Statements { done, of } } else { After::LostStatements { done, of } };
        let failure = Failure::sql(cause, after).in_text(start, sent_before);
        if open { failure.perhaps_ran(&self.place.decide(index + 1)) } else { failure }
    }
}

/// Takes on for one request the user and role that the run began with.
async fn caller(client: &Client) -> Result<String, PgError> {
    const CALLER: &str =
        "SELECT pg_catalog.current_setting('session_authorization'), pg_catalog.current_setting('role')";
    let row = client.query_typed_one(CALLER, &[]).await?;
    let (user, role): (String, String) = (row.try_get(0)?, row.try_get(1)?);
    Ok(format!("SELECT {}, {}; ", set_local("session_authorization", &user), set_local("role", &role)))
}
