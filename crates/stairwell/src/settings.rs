//! The session as the caller brought it: who, with which settings, and how to get back there.

use std::fmt::Write as _;

use tokio_postgres::{Client, SimpleQueryMessage};

use crate::error::{Error, Kind};
use crate::explain::database;

/// What a session was like before the run.
pub(crate) struct Settings {
    /// Statements that make it so again, whatever a step did.
    restore: String,
    /// One of the temporary relations that it had.
    temporary: Option<String>,
}

impl Settings {
    /// Reads them, and refuses a session that is not idle: the first COMMIT would commit what the caller began.
    pub(crate) async fn capture(client: &Client) -> Result<Self, Error> {
        // One simple query is its own transaction unless there is one already, which then began earlier.
        const CAPTURE: &str = "SELECT pg_catalog.now() = pg_catalog.statement_timestamp(), session_user, \
             pg_catalog.current_setting('role'), \
             (SELECT pg_catalog.min(c.relname::text) FROM pg_catalog.pg_class c \
              WHERE c.relnamespace = pg_catalog.pg_my_temp_schema()), \
             s.name, pg_catalog.current_setting(s.name) \
             FROM (SELECT 1) AS one LEFT JOIN pg_catalog.pg_settings s \
             ON s.source = 'session' AND s.context IN ('user', 'superuser') ORDER BY s.name";
        let lost = |cause| database("read the settings of the session", cause);
        let messages = client.simple_query(CAPTURE).await.map_err(lost)?;
        let mut settings = Vec::new();
        let mut caller = None;
        for message in &messages {
            let SimpleQueryMessage::Row(row) = message else { continue };
            if row.get(0) != Some("t") {
                return Err(Error::new(
                    Kind::Database,
                    "the session is inside a transaction, which the first step would commit; \
                     commit it or roll it back before the run",
                ));
            }
            caller = Some((row.get(1).unwrap_or(""), row.get(2).unwrap_or("none"), row.get(3)));
            settings.extend(row.get(4).zip(row.get(5)));
        }
        let Some((user, role, temporary)) = caller else {
            return Err(Error::new(Kind::Database, "the server did not say what the session is like"));
        };
        let temporary = temporary.map(str::to_owned);
        Ok(Settings { restore: restore(user, role, &settings, temporary.is_some()), temporary })
    }

    /// Gives the session everything back that a step can take: user, role, settings, and no temporary tables.
    pub(crate) fn restore(&self) -> &str {
        &self.restore
    }

    /// Refuses a session whose temporary tables would stand before the tables that the steps mean.
    pub(crate) fn require_no_temporary(&self) -> Result<(), Error> {
        let Some(name) = &self.temporary else { return Ok(()) };
        let message = format!(
            "the session has a temporary table `{name}`; temporary tables hide tables of the same name from the \
             steps; drop it, or migrate over another connection"
        );
        Err(Error::new(Kind::Database, message))
    }
}

/// As the user that logged in first, who may set what was set; user and role come last.
fn restore(user: &str, role: &str, settings: &[(&str, &str)], keep_temporary: bool) -> String {
    let mut sql = "RESET SESSION AUTHORIZATION; RESET ALL; ".to_owned();
    // With temporary tables of the caller's no step is run, so none can be a step's.
    if !keep_temporary {
        sql.push_str("DISCARD TEMP; ");
    }
    let own = [("session_authorization", user), ("role", role)];
    for (index, (name, value)) in settings.iter().chain(&own).enumerate() {
        let comma = if index == 0 { "SELECT" } else { "," };
        // Writing to a String cannot fail.
        let _ = write!(sql, "{comma} {}", set(name, value));
    }
    sql
}

/// An expression that sets something for the session.
pub(crate) fn set(name: &str, value: &str) -> String {
    format!("pg_catalog.set_config({}, {}, false)", literal(name), literal(value))
}

/// The same until the transaction ends.
pub(crate) fn set_local(name: &str, value: &str) -> String {
    format!("pg_catalog.set_config({}, {}, true)", literal(name), literal(value))
}

/// A string constant that means the same whatever `standard_conforming_strings` is.
pub(crate) fn literal(text: &str) -> String {
    let escape = if text.contains('\\') { "E" } else { "" };
    format!("{escape}'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_is_safe_under_both_readings_of_a_backslash() {
        assert_eq!(literal("\"$user\", public"), "'\"$user\", public'");
        assert_eq!(literal(r"a'b\c"), r"E'a''b\\c'");
    }
}
