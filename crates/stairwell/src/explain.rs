//! From what the server says to what the user reads.

use std::fmt::Write as _;

use tokio_postgres::error::{DbError, ErrorPosition, Severity, SqlState};
use tokio_postgres::{Client, Error as PgError};

use crate::error::{Error, Kind};
use crate::guard::Guard;

/// A failure outside any step. `doing` completes "cannot …".
pub(crate) fn database(doing: &str, cause: PgError) -> Error {
    if let Some((what, help)) = Guard::broken(&cause).and_then(Guard::words) {
        return Error::new(Kind::Database, format!("cannot {doing}: {what}; {help}")).with_cause(cause);
    }
    let message = match cause.as_db_error() {
        _ if is_lost(&cause) => {
            format!("cannot {doing}: the connection to the server was lost; run the command again")
        }
        Some(refusal) if *refusal.code() == SqlState::READ_ONLY_SQL_TRANSACTION => {
            format!("cannot {doing}: {}; {READ_ONLY}", in_one_line(refusal))
        }
        Some(refusal) => format!("cannot {doing}: {}", in_one_line(refusal)),
        None => format!("cannot {doing}: {}", with_sources(&cause)),
    };
    Error::new(Kind::Database, message).with_cause(cause)
}

/// Like [`database`], but a missing privilege is answered with the statements that grant it.
///
/// `grants` makes them from the quoted names of the role and the database.
pub(crate) async fn refused(
    client: &Client,
    doing: &str,
    cause: PgError,
    grants: impl FnOnce(&str, &str) -> String,
) -> Error {
    let denied = cause.as_db_error().filter(|refusal| is_denied(refusal)).map(in_one_line);
    let (Some(refusal), Some((role, database_name))) = (denied, who(client).await) else {
        return database(doing, cause);
    };
    let grants = grants(&role, &database_name);
    let message = format!("cannot {doing}: {refusal}; as an owner run `{grants}`, or migrate as the owner");
    Error::new(Kind::Database, message).with_cause(cause)
}

/// What to do about a refusal of a step, where the SQLSTATE tells.
pub(crate) fn remedy(cause: &PgError) -> Option<&'static str> {
    let code = cause.as_db_error()?.code();
    Some(match code {
        // Which role that was is not known any more: the rollback undid a SET ROLE of the step.
        code if *code == SqlState::INSUFFICIENT_PRIVILEGE => {
            "grant the role that ran the statement what it needs, or migrate as the owner"
        }
        code if *code == SqlState::READ_ONLY_SQL_TRANSACTION => READ_ONLY,
        code if *code == SqlState::QUERY_CANCELED => {
            "if `statement_timeout` ended it, raise that for the role or the database, or in the step with \
             SET LOCAL; else somebody canceled it"
        }
        code if *code == SqlState::LOCK_NOT_AVAILABLE => {
            "another session has what the statement locks: run again when it is free, or raise `lock_timeout`"
        }
        code if *code == SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT => {
            "the step did not use its transaction for as long as `idle_in_transaction_session_timeout` allows: \
             raise that, or compute before the step's first statement"
        }
        _ => return None,
    })
}

/// `message (SQLSTATE 42601)`, or why there was no answer.
pub(crate) fn headline(cause: &PgError) -> String {
    match cause.as_db_error() {
        Some(refusal) => format!("{} (SQLSTATE {})", refusal.message(), refusal.code().code()),
        None => with_sources(cause),
    }
}

/// Detail, hint and context, one note each.
pub(crate) fn notes(refusal: &DbError) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(refusal.detail().map(|detail| format!("detail: {detail}")));
    notes.extend(refusal.hint().map(|hint| format!("hint: {hint}")));
    notes.extend(refusal.where_().map(|context| format!("context: {context}")));
    if let Some(ErrorPosition::Internal { query, .. }) = refusal.position() {
        notes.push(format!("query: {query}"));
    }
    notes
}

/// The character of the executed text at which the server stopped, from 1.
pub(crate) fn character(cause: &PgError) -> Option<usize> {
    match cause.as_db_error()?.position()? {
        ErrorPosition::Original(position) => usize::try_from(*position).ok(),
        ErrorPosition::Internal { .. } => None,
    }
}

/// Whether no answer came, or one that ends the session (an administrator's command, a crash).
pub(crate) fn is_lost(cause: &PgError) -> bool {
    let severity = cause.as_db_error().and_then(DbError::parsed_severity);
    cause.is_closed() || matches!(severity, Some(Severity::Fatal | Severity::Panic))
}

/// An error with everything below it: `a: b: c`. Some errors repeat their source; it is written once.
pub(crate) fn with_sources(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let part = error.to_string();
        if !text.contains(&part) {
            // Writing to a String cannot fail.
            let _ = write!(text, ": {part}");
        }
        source = error.source();
    }
    text
}

const READ_ONLY: &str = "the session is read-only: connect to the primary server, as a role without \
                         `default_transaction_read_only`";

fn is_denied(refusal: &DbError) -> bool {
    *refusal.code() == SqlState::INSUFFICIENT_PRIVILEGE
}

fn in_one_line(refusal: &DbError) -> String {
    let mut line = format!("{} (SQLSTATE {})", refusal.message(), refusal.code().code());
    if let Some(hint) = refusal.hint() {
        let _ = write!(line, ", {hint}");
    }
    line
}

/// The current role and database, quoted; the session must not be in a failed transaction.
async fn who(client: &Client) -> Option<(String, String)> {
    const WHO: &str = "SELECT pg_catalog.quote_ident(current_user), \
                       pg_catalog.quote_ident(pg_catalog.current_database())";
    let row = client.query_typed_one(WHO, &[]).await.ok()?;
    Some((row.try_get(0).ok()?, row.try_get(1).ok()?))
}
