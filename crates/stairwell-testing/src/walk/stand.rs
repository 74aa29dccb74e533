//! The database of a walk.

use stairwell::Migration;
use tokio_postgres::Client;

use crate::{
    Check, Failure,
    course::Course,
    database::TestDatabase,
    kept::Kept,
    probe,
    snapshot::{MadeAgain, Snapshot},
};

/// Where a walk stands.
pub(super) struct Stand {
    pub(super) session: Session,
    /// As it is before the next migration.
    pub(super) snapshot: Snapshot,
}

/// A database with a session that can be closed for a while.
pub(super) struct Session {
    database: TestDatabase,
    client: Option<Client>,
    /// A copy of it as it is now, which several checks may want to be looked at.
    kept: Option<Kept>,
}

impl Session {
    pub(super) fn of(database: TestDatabase) -> Session {
        Session { database, client: None, kept: None }
    }

    pub(super) async fn client(&mut self) -> Result<&mut Client, Failure> {
        // Whoever has the session may change the database.
        self.kept = None;
        let client = match self.client.take() {
            Some(client) => client,
            None => self.database.connect().await?,
        };
        Ok(self.client.insert(client))
    }

    pub(super) async fn snapshot(
        &mut self,
        course: &Course,
        earlier: Option<&Snapshot>,
    ) -> Result<Snapshot, Failure> {
        Snapshot::take(self.client().await?, &course.chains, earlier).await
    }

    /// The data that only what the migration itself knows is left of, a line each.
    pub(super) async fn lost(
        &mut self,
        course: &Course,
        migration: &Migration,
        again: MadeAgain,
    ) -> Result<Vec<String>, Failure> {
        if again.is_to_be_tried() {
            // It may be copied, for which nobody may be connected to it.
            self.client = None;
        }
        probe::losses(&self.database, &course.chains, migration, again).await
    }

    /// Keeps a copy, because the walk goes on in the database itself.
    pub(super) async fn keep(&mut self, check: Check, migration: &Migration) -> Result<Kept, Failure> {
        if let Some(kept) = &self.kept {
            return Ok(kept.clone());
        }
        // Nobody may be connected to what is copied.
        self.client = None;
        let copy = self.database.copy().await?;
        Ok(self.kept.insert(copy.keep(&format!("{} {migration}", check.name())).await?).clone())
    }
}
