//! One walk through all migrations, on which every check of a single migration looks: up, down, up at each.
//!
//! Each migration is applied twice and reverted once, whatever the number of checks, so that a walk costs as many
//! steps as there are migrations. Only where a check fails the database is made anew up to that place, because
//! what has gone wrong there must not be blamed on the migrations behind it.

use stairwell::{Down, Migration, Migrator, Rollback, Step, Target};
use tokio_postgres::Client;

use crate::{
    Failure,
    course::Course,
    database::{Kept, TestDatabase},
    snapshot::Snapshot,
};

pub(crate) const STAIRWAY: &str = "stairway";
pub(crate) const LEAVES_NO_TRACE: &str = "leaves_no_trace";
pub(crate) const DATA_SURVIVES: &str = "data_survives";

/// What the checks have found at one migration.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) stairway: Option<Failure>,
    pub(crate) leaves_no_trace: Option<Failure>,
    pub(crate) data_survives: Option<Failure>,
}

impl Outcome {
    pub(crate) fn of(&self, check: &str) -> Option<&Failure> {
        match check {
            STAIRWAY => self.stairway.as_ref(),
            LEAVES_NO_TRACE => self.leaves_no_trace.as_ref(),
            _ => self.data_survives.as_ref(),
        }
    }

    /// The same for all three: it could not be tried.
    fn untried(message: &str) -> Outcome {
        let failure = |check| Some(Failure::of(check, message));
        Outcome {
            stairway: failure(STAIRWAY),
            leaves_no_trace: failure(LEAVES_NO_TRACE),
            data_survives: failure(DATA_SURVIVES),
        }
    }

    fn is_clean(&self) -> bool {
        self.stairway.is_none() && self.leaves_no_trace.is_none() && self.data_survives.is_none()
    }
}

/// A walk, and how far it has come.
pub(crate) struct Walk {
    course: Course,
    stride: Option<usize>,
    place: usize,
    /// Where it stands. `None` if the next step has to make it anew.
    stand: Option<Stand>,
    /// The migration that cannot be applied; nothing behind it can be reached.
    stuck: Option<Migration>,
}

struct Stand {
    session: Session,
    /// As it is before the next migration.
    snapshot: Snapshot,
}

/// A database with a session that can be closed for a while.
struct Session {
    database: TestDatabase,
    client: Option<Client>,
}

impl Session {
    async fn client(&mut self) -> Result<&mut Client, Failure> {
        let client = match self.client.take() {
            Some(client) => client,
            None => self.database.connect().await?,
        };
        Ok(self.client.insert(client))
    }

    async fn snapshot(&mut self, course: &Course) -> Result<Snapshot, Failure> {
        Snapshot::take(self.client().await?, &course.chains).await
    }

    /// Keeps a copy, because the walk goes on in the database itself.
    async fn keep(&mut self, check: &str, migration: &Migration) -> Result<Option<Kept>, Failure> {
        // Nobody may be connected to what is copied.
        self.client = None;
        let copy = TestDatabase::copy_of(self.database.name()).await?;
        copy.keep(&format!("{check} {migration}")).await.map(Some)
    }
}

impl Walk {
    /// A walk that begins before the migration at `place`; see [`TestDatabase::at`] for the stride.
    pub(crate) fn from(course: Course, place: usize, stride: Option<usize>) -> Walk {
        Walk { course, stride, place, stand: None, stuck: None }
    }

    /// The migration that comes next.
    pub(crate) fn place(&self) -> usize {
        self.place
    }

    /// Drops its database.
    pub(crate) fn end(&mut self) {
        self.stand = None;
    }

    /// Goes one migration up, down and up. An error is one of the server or the kit, not of the migration.
    pub(crate) async fn step(&mut self) -> Result<Outcome, Failure> {
        let place = self.place;
        let Some(migration) = self.course.order().get(place) else { return Ok(Outcome::default()) };
        self.place += 1;
        if let Some(stuck) = &self.stuck {
            return Ok(Outcome::untried(&format!(
                "`{migration}` is not reached: `{stuck}` before it does not apply"
            )));
        }
        let mut stand = match self.stand.take() {
            Some(stand) => stand,
            None => match self.stand(place).await {
                Ok(stand) => stand,
                Err(failure) => {
                    return Ok(Outcome::untried(&format!("`{migration}` is not reached: {failure}")));
                }
            },
        };
        let mut outcome = Outcome::default();
        match self.up_down_up(&mut stand, migration, &mut outcome).await? {
            Next::Here(snapshot) => {
                stand.snapshot = snapshot;
                if self.course.put_in(stand.session.client().await?, place + 1).await? {
                    stand.snapshot = stand.session.snapshot(&self.course).await?;
                }
                self.stand = Some(stand);
            }
            Next::Anew => {}
            Next::Never => self.stuck = Some(*migration),
        }
        debug_assert!(self.stand.is_some() || !outcome.is_clean());
        Ok(outcome)
    }

    async fn stand(&self, place: usize) -> Result<Stand, Failure> {
        let database = TestDatabase::at(&self.course, place, self.stride).await?;
        let mut session = Session { database, client: None };
        let snapshot = session.snapshot(&self.course).await?;
        Ok(Stand { session, snapshot })
    }

    async fn up_down_up(
        &self,
        stand: &mut Stand,
        migration: &Migration,
        outcome: &mut Outcome,
    ) -> Result<Next, Failure> {
        let Stand { session, snapshot: before } = stand;
        if let Err(error) = self.up(session.client().await?, migration).await {
            let kept = session.keep(STAIRWAY, migration).await?;
            let failure = Failure::of(STAIRWAY, format!("`{migration}` does not apply"));
            outcome.stairway = Some(
                failure.in_migration(migration, up_file(migration)).with_note(error.clone()).with_kept(kept),
            );
            let also = |check| {
                let failure = Failure::of(check, format!("`{migration}` does not apply"));
                Some(failure.in_migration(migration, up_file(migration)).with_note(error.clone()))
            };
            (outcome.leaves_no_trace, outcome.data_survives) = (also(LEAVES_NO_TRACE), also(DATA_SURVIVES));
            return Ok(Next::Never);
        }
        if matches!(migration.down(), Down::Irreversible(_)) {
            return Ok(Next::Here(session.snapshot(&self.course).await?));
        }
        let after_up = session.snapshot(&self.course).await?;
        if let Err(error) = self.down(session.client().await?).await {
            let kept = session.keep(STAIRWAY, migration).await?;
            let failed = |check| {
                let failure = Failure::of(check, format!("`{migration}` does not go down"));
                failure.in_migration(migration, down_file(migration)).with_note(error.clone())
            };
            outcome.stairway = Some(failed(STAIRWAY).with_kept(kept.clone()));
            outcome.leaves_no_trace = Some(failed(LEAVES_NO_TRACE).with_kept(kept.clone()));
            outcome.data_survives = Some(failed(DATA_SURVIVES).with_kept(kept));
            return Ok(Next::Anew);
        }
        let after_down = session.snapshot(&self.course).await?;
        let (objects, rows) = (before.object_differences(&after_down), before.row_differences(&after_down));
        if !objects.is_empty() {
            let kept = session.keep(LEAVES_NO_TRACE, migration).await?;
            let message = format!("`{migration}` leaves something behind: its down step does not lead back");
            let failure = Failure::of(LEAVES_NO_TRACE, message).with_details(objects);
            outcome.leaves_no_trace =
                Some(failure.in_migration(migration, down_file(migration)).with_help(LEGEND).with_kept(kept));
        }
        if !rows.is_empty() {
            let kept = session.keep(DATA_SURVIVES, migration).await?;
            let message = format!("`{migration}` loses or changes rows on its way up and down");
            let failure = Failure::of(DATA_SURVIVES, message).with_details(rows);
            outcome.data_survives =
                Some(failure.in_migration(migration, down_file(migration)).with_kept(kept));
        }
        if let Err(error) = self.up(session.client().await?, migration).await {
            let kept = session.keep(STAIRWAY, migration).await?;
            let message = format!("`{migration}` does not apply again after it went down");
            let failure = Failure::of(STAIRWAY, message).in_migration(migration, down_file(migration));
            outcome.stairway = Some(failure.with_note(error).with_kept(kept));
            return Ok(Next::Anew);
        }
        let again = session.snapshot(&self.course).await?;
        let objects = after_up.object_differences(&again);
        if !objects.is_empty() {
            let kept = session.keep(STAIRWAY, migration).await?;
            let message = format!("`{migration}` does not make the same when it is applied again");
            let failure = Failure::of(STAIRWAY, message).in_migration(migration, down_file(migration));
            outcome.stairway = Some(failure.with_details(objects).with_help(LEGEND).with_kept(kept));
        }
        let rows = after_up.count_differences(&again);
        if !rows.is_empty() && outcome.data_survives.is_none() {
            let kept = session.keep(DATA_SURVIVES, migration).await?;
            let message = format!("`{migration}` makes another number of rows when it is applied again");
            let failure = Failure::of(DATA_SURVIVES, message).in_migration(migration, down_file(migration));
            outcome.data_survives = Some(failure.with_details(rows).with_kept(kept));
        }
        Ok(if outcome.is_clean() { Next::Here(again) } else { Next::Anew })
    }

    async fn up(&self, client: &mut Client, migration: &Migration) -> Result<(), String> {
        let target = Target::at(migration.plugin(), migration.version());
        let migrator = Migrator::new(&self.course.chains);
        migrator.up_to(client, &[target]).await.map(drop).map_err(|error| error.to_string())
    }

    /// What was applied last is the last of the order, because nothing else was.
    async fn down(&self, client: &mut Client) -> Result<(), String> {
        let migrator = Migrator::new(&self.course.chains);
        migrator.down(client, &Rollback::steps(1)).await.map(drop).map_err(|error| error.to_string())
    }
}

enum Next {
    /// The walk goes on with this database, which is as it was seen last.
    Here(Snapshot),
    /// It goes on with another one.
    Anew,
    /// There is no way on.
    Never,
}

const LEGEND: &str = "`+` is there and was not before, `-` was there and is not, `~` is different";

pub(crate) fn up_file(migration: &Migration) -> String {
    migration.path().to_owned()
}

/// The compiler reads the down step of `V0002__a.sql` from `V0002__a.down.sql`, and that of a Rust step from the same
/// file.
pub(crate) fn down_file(migration: &Migration) -> String {
    match (migration.up(), migration.path().strip_suffix(".sql")) {
        (Step::Rust { .. }, _) | (_, None) => migration.path().to_owned(),
        (_, Some(stem)) => format!("{stem}.down.sql"),
    }
}
