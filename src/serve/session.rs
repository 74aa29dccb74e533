//! The one session with the database that all handlers share, in turn.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use stairwell::NewerMigration;
use stairwell::tokio_postgres::{self, Row};
use stairwell_cli::{Connected, Database, NoFallback};
use tokio::sync::Mutex;

use super::readiness::Readiness;

/// How long a request waits for the database; orchestrators give up on a probe after a second or a few.
const TIMEOUT: Duration = Duration::from_secs(2);

/// What the handlers share.
#[derive(Clone)]
pub(super) struct Session {
    /// `None` if the program itself provides the database: its server lives as long as the session.
    database: Option<Database>,
    /// Empty until the start is over; then `None` while there is no session that answers.
    connected: Arc<OnceLock<Mutex<Option<Connected>>>>,
    pub(super) readiness: Readiness,
}

/// Why there are no rows.
pub(super) enum Failure {
    /// The start is not over yet.
    Starting,
    /// There is no connection, or no answer in time.
    NoAnswer,
    /// The database understood, and says no.
    Refused(tokio_postgres::Error),
}

impl Session {
    /// The session of a process that has just begun to start.
    pub(super) fn new(database: Option<Database>, readiness: Readiness) -> Self {
        Session { database, connected: Arc::default(), readiness }
    }

    /// The start is over, and this is the connection to serve with.
    pub(super) fn open(&self, connected: Connected, newer: &[NewerMigration]) {
        self.readiness.ready(newer);
        // Nobody else sets it.
        drop(self.connected.set(Mutex::new(Some(connected))));
    }

    /// The rows of a query.
    pub(super) async fn query(&self, sql: &str) -> Result<Vec<Row>, Failure> {
        let session = self.connected.get().ok_or(Failure::Starting)?;
        match tokio::time::timeout(TIMEOUT, self.ask(session, sql)).await {
            Ok(Some(answer)) => answer.map_err(Failure::Refused),
            Ok(None) | Err(_) => Err(Failure::NoAnswer),
        }
    }

    /// What the database answers; `None` if it does not.
    async fn ask(
        &self,
        session: &Mutex<Option<Connected>>,
        sql: &str,
    ) -> Option<Result<Vec<Row>, tokio_postgres::Error>> {
        let mut session = session.lock().await;
        let Some(database) = &self.database else {
            return answer(session.as_ref()?.client.query(sql, &[]).await);
        };
        // Taken out while it is asked: a session that hangs, because its server process does or a
        // firewall forgot it, is dropped together with this future, and the next request opens another.
        let connected = match session.take().filter(|connected| !connected.client.is_closed()) {
            Some(connected) => connected,
            None => database.connect(NoFallback).await.ok()?,
        };
        let answer = answer(connected.client.query(sql, &[]).await)?;
        *session = Some(connected);
        Some(answer)
    }
}

/// Rows, a refusal of the server, or the struct that cannot be read; but not what is said about a connection
/// that is gone.
fn answer(
    result: Result<Vec<Row>, tokio_postgres::Error>,
) -> Option<Result<Vec<Row>, tokio_postgres::Error>> {
    match result {
        Err(error) if error.as_db_error().is_none() => None,
        answered => Some(answered),
    }
}
