//! The session as the caller brought it: who, with which settings, and how to get back there.

use tokio_postgres::{Client, SimpleQueryMessage};

use crate::error::{Error, Kind};
use crate::explain::database;

/// What a session was like before the run.
pub(crate) struct Settings {
    /// Statements that make it so again, whatever a step did.
    restore: Vec<String>,
    /// One of the temporary relations that it had.
    temporary: Option<String>,
}

impl Settings {
    /// Reads them, and refuses a session that is not idle: the first COMMIT would commit what the caller began.
    pub(crate) async fn capture(client: &Client) -> Result<Self, Error> {
        // One simple query is its own transaction unless there is one already, which then began earlier.
        const CAPTURE: &str = "SELECT pg_catalog.now() = pg_catalog.statement_timestamp(), session_user, \
             pg_catalog.current_setting('role'), \
             (SELECT u.rolname FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid()) a \
              JOIN pg_catalog.pg_roles u ON u.oid = a.usesysid), \
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
            let user = row.get(1).unwrap_or("");
            // What RESET SESSION AUTHORIZATION gives anyway need not be set.
            let given = row.get(3) == Some(user) && row.get(2) == Some("none");
            let own = [("session_authorization", user), ("role", row.get(2).unwrap_or("none"))];
            caller = Some((own, given, row.get(4)));
            settings.extend(row.get(5).zip(row.get(6)));
        }
        let Some((own, given, temporary)) = caller else {
            return Err(Error::new(Kind::Database, "the server did not say what the session is like"));
        };
        if !given {
            settings.extend(own);
        }
        let temporary = temporary.map(str::to_owned);
        Ok(Settings { restore: restore(&settings, temporary.is_some()), temporary })
    }

    /// Gives the session everything back that a step can take: user, role, settings, and no temporary tables.
    pub(crate) fn restore(&self) -> &[String] {
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
fn restore(settings: &[(&str, &str)], keep_temporary: bool) -> Vec<String> {
    let mut statements = vec!["RESET SESSION AUTHORIZATION".to_owned(), "RESET ALL".to_owned()];
    // With temporary tables of the caller's no step is run, so none can be a step's.
    if !keep_temporary {
        statements.push("DISCARD TEMP".to_owned());
    }
    if !settings.is_empty() {
        let sets: Vec<String> = settings.iter().map(|(name, value)| set(name, value)).collect();
        statements.push(format!("SELECT {}", sets.join(", ")));
    }
    statements
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
