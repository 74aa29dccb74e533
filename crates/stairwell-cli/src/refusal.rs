//! Why there is no session, in one line, and what to do about it.

use std::error::Error as StdError;
use std::io;

use tokio_postgres::error::{DbError, SqlState};

use crate::address::Address;
use crate::connect::Attempt;
use crate::error::Error;

/// What came of an attempt that failed.
pub(crate) enum Refusal {
    /// Nobody answered; another server may.
    Unreachable(String),
    /// A server answered, and trying another would only hide what it said.
    Final(Error),
}

/// The error of an address of which no server could be reached.
pub(crate) fn unreachable(tried: &[(String, String)]) -> Error {
    let error = match tried {
        [(server, reason)] => Error::failed(format!("cannot reach the server at {server}: {reason}")),
        many => {
            let list: Vec<String> =
                many.iter().map(|(server, reason)| format!("{server} ({reason})")).collect();
            Error::failed(format!("cannot reach any of the servers: {}", list.join(", ")))
        }
    };
    error.with_help("is it running, and is this the right host and port?")
}

pub(crate) fn timed_out(address: &Address) -> String {
    let seconds = address.timeout.map_or(0, |limit| limit.as_secs());
    format!("no answer within {seconds} s (connect_timeout)")
}

/// Whether the server turned the session down by its rules of who may connect from where and how.
pub(crate) fn is_not_authorized(error: &tokio_postgres::Error) -> bool {
    // Not 28P01: after a wrong password there is no point in sending it again without TLS.
    error.code() == Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION)
}

/// Whether TLS did not come about.
pub(crate) fn is_tls(error: &tokio_postgres::Error) -> bool {
    // The driver does not tell its kinds of errors apart in any other way.
    error.to_string() == "error performing TLS handshake"
}

/// What the driver's error means for this attempt.
pub(crate) fn explain(error: &tokio_postgres::Error, attempt: &Attempt<'_>) -> Refusal {
    if let Some(refused) = error.as_db_error() {
        return explain_refused(refused, attempt);
    }
    let server = attempt.endpoint;
    if is_tls(error) {
        return Refusal::Final(explain_tls(error, attempt));
    }
    let cause = error.source().map(ToString::to_string);
    if let Some(cause) = source::<io::Error>(error)
        // As for TLS, the text is all that tells the kinds apart.
        && error.to_string() == "error connecting to server"
    {
        return Refusal::Unreachable(explain_io(cause, attempt));
    }
    if cause.as_deref() == Some("password missing") {
        let user = &attempt.address.user;
        return Refusal::Final(
            Error::failed(format!(
                "the server at {server} asks for the password of `{user}`, and none is given"
            ))
            .with_help("set `PGPASSWORD`, write a line into `~/.pgpass`, or put it into the address"),
        );
    }
    if error.is_closed() {
        let message = format!("the server at {server} closed the connection before the session began");
        return Refusal::Final(
            Error::failed(message).with_help("is it a PostgreSQL server? Its log may say more"),
        );
    }
    let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
    let message = format!("no session with the server at {server}: {error}{cause}");
    Refusal::Final(Error::failed(message).with_help("is it a PostgreSQL server? Its log may say more"))
}

fn explain_io(cause: &io::Error, attempt: &Attempt<'_>) -> String {
    match cause.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        io::ErrorKind::TimedOut => timed_out(attempt.address),
        io::ErrorKind::NotFound if attempt.endpoint.is_socket() => "there is no such socket".to_owned(),
        // How the driver reports that `target_session_attrs` are not met.
        io::ErrorKind::PermissionDenied if cause.get_ref().is_some() => {
            format!("{cause} (target_session_attrs)")
        }
        _ => cause.to_string(),
    }
}

/// The server's own words come last: they may be in another language.
fn explain_refused(refused: &DbError, attempt: &Attempt<'_>) -> Refusal {
    let Address { user, database, .. } = attempt.address;
    let server = attempt.endpoint;
    let code = refused.code();
    let error = if *code == SqlState::INVALID_PASSWORD {
        let origin = match &attempt.endpoint.password {
            Some((_, source)) => format!(" (it came from {source})"),
            None => String::new(),
        };
        Error::failed(format!("the server at {server} refuses the password of `{user}`{origin}"))
            .with_help("correct the password, or the user")
    } else if *code == SqlState::INVALID_CATALOG_NAME {
        Error::failed(format!("the database `{database}` does not exist on the server at {server}"))
            .with_help(format!(
                "`createdb {}` makes it, or name another in the address",
                shell_word(database)
            ))
    } else if *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION {
        explain_unauthorized(refused, attempt)
    } else if *code == SqlState::TOO_MANY_CONNECTIONS {
        Error::failed(format!("the server at {server} has no connection left: {}", refused.message()))
            .with_help("end idle sessions, or raise `max_connections` or the limit of the role or database")
            // Fewer sessions with other databases do not make room in this one; the server's function tells.
            .for_want_of_connections(refused.routine() != Some("CheckMyDatabase"))
    } else if *code == SqlState::CANNOT_CONNECT_NOW {
        return Refusal::Unreachable(refused.message().to_owned());
    } else if *code == SqlState::INSUFFICIENT_PRIVILEGE {
        Error::failed(format!("the role `{user}` may not connect to the database `{database}`"))
            .with_help(format!("GRANT CONNECT ON DATABASE {} TO {}", identifier(database), identifier(user)))
    } else {
        Error::failed(format!(
            "the server at {server} refuses the session: {} (SQLSTATE {})",
            refused.message(),
            code.code()
        ))
    };
    Refusal::Final(error)
}

/// A name as an argument for a shell.
pub(crate) fn shell_word(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_./@%+:-".contains(c);
    let word = match !name.is_empty() && name.chars().all(is_plain) {
        true => name.to_owned(),
        false => format!("'{}'", name.replace('\'', r"'\''")),
    };
    if name.starts_with('-') { format!("-- {word}") } else { word }
}

/// A name as an identifier in SQL.
fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// SQLSTATE 28000 has several causes; the server's function name tells them apart in every language.
fn explain_unauthorized(refused: &DbError, attempt: &Attempt<'_>) -> Error {
    let user = &attempt.address.user;
    let message = refused.message();
    match refused.routine() {
        Some("InitializeSessionUserId") => Error::failed(format!(
            "the role `{user}` cannot log in to the server at {}: {message}",
            attempt.endpoint
        ))
        .with_help(format!(
            "`createuser {}` makes it, or name another user in the address",
            shell_word(user)
        )),
        Some("ClientAuthentication") => Error::failed(format!(
            "the server at {} does not admit this session: {message}",
            attempt.endpoint
        ))
        .with_help(
            "add a line for it to the server's `pg_hba.conf`, or use another `sslmode`, user or database",
        ),
        _ => Error::failed(format!("the server at {} does not admit `{user}`: {message}", attempt.endpoint))
            .with_help("see the server's `pg_hba.conf` for how this user may log in"),
    }
}

fn explain_tls(error: &tokio_postgres::Error, attempt: &Attempt<'_>) -> Error {
    let (server, mode) = (attempt.endpoint, attempt.address.tls.mode);
    #[cfg(feature = "tls")]
    if let Some(error) = rustls_error(error) {
        let (reason, help) = crate::tls::explain(error);
        let error = Error::failed(format!("no TLS with the server at {server} (sslmode={mode}): {reason}"));
        return match help {
            Some(help) => error.with_help(help),
            None => error,
        };
    }
    match error.source() {
        Some(cause) if cause.is::<io::Error>() => {
            Error::failed(format!("no TLS with the server at {server} (sslmode={mode}): {cause}"))
        }
        _ => Error::failed(format!("the server at {server} offers no TLS, and sslmode={mode} asks for it"))
            .with_help(
                "set `ssl = on` on the server, or use sslmode=prefer or disable if the network is trusted",
            ),
    }
}

#[cfg(feature = "tls")]
fn rustls_error(error: &tokio_postgres::Error) -> Option<&rustls::Error> {
    source::<io::Error>(error)?.get_ref()?.downcast_ref()
}

/// The first cause of this type.
fn source<E: StdError + 'static>(error: &tokio_postgres::Error) -> Option<&E> {
    let mut cause = error.source();
    while let Some(error) = cause {
        match error.downcast_ref::<E>() {
            Some(found) => return Some(found),
            None => cause = error.source(),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_a_shell_would_split_is_quoted() {
        for (name, word) in [
            ("shop", "shop"),
            ("my shop", "'my shop'"),
            ("it's; rm -rf $HOME", r"'it'\''s; rm -rf $HOME'"),
            ("--help", "-- --help"),
            ("Bücher", "'Bücher'"),
        ] {
            assert_eq!(shell_word(name), word);
        }
        assert_eq!(identifier("a\"b"), "\"a\"\"b\"");
    }
}
