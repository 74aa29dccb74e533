//! One walk through all migrations, on which every check of a single migration looks: up, down, up at each.
//!
//! Each migration is applied twice and reverted once, whatever the number of checks, so that a walk costs as many
//! steps as there are migrations. Only where a check fails the database is made anew up to that place, because
//! what has gone wrong there must not be blamed on the migrations behind it.

mod outcome;
mod stand;

use stairwell::{Migration, Migrator, Rollback, Step, Target};
use tokio_postgres::Client;

pub(crate) use self::outcome::Outcome;
use self::stand::{Session, Stand};
use crate::{
    Check, Failure,
    ahead::Ahead,
    course::{Course, Event},
    database::TestDatabase,
    exceptions::{Demand, Exceptions},
    folded::Folded,
    snapshot::Snapshot,
};

/// A walk, and how far it has come.
pub(crate) struct Walk {
    course: Course,
    exceptions: Exceptions,
    stride: Option<usize>,
    keeps: bool,
    place: usize,
    /// Where it stands. `None` if the next step has to make it anew.
    stand: Option<Stand>,
    /// What it is made from then, where there are no templates.
    ahead: Ahead,
    /// What the compiler makes of the migrations so far. `None` before the first step.
    folded: Option<Folded>,
    /// The migration that cannot be applied; nothing behind it can be reached.
    stuck: Option<Migration>,
}

impl Walk {
    /// A walk that begins before the migration at `place`; see [`TestDatabase::at`] for the stride.
    pub(crate) fn from(course: Course, exceptions: Exceptions, place: usize, stride: Option<usize>) -> Walk {
        Walk {
            course,
            exceptions,
            stride,
            keeps: true,
            place,
            stand: None,
            ahead: Ahead::default(),
            folded: None,
            stuck: None,
        }
    }

    /// Keeps no database of a check that fails.
    pub(crate) fn keeping_none(mut self) -> Walk {
        self.keeps = false;
        self
    }

    /// The migration that comes next.
    pub(crate) fn place(&self) -> usize {
        self.place
    }

    /// Drops its database.
    pub(crate) fn end(&mut self) {
        self.stand = None;
        self.ahead = Ahead::default();
    }

    /// Goes one migration up, down and up.
    pub(crate) async fn step(&mut self) -> Outcome {
        let place = self.place;
        let Some(migration) = self.course.order().get(place) else { return Outcome::default() };
        self.place += 1;
        if let Some(stuck) = &self.stuck {
            return Outcome::untried(&format!(
                "`{migration}` is not reached: `{stuck}` before it does not apply"
            ));
        }
        let mut stand = match self.stand.take() {
            Some(stand) => stand,
            None => match Box::pin(self.stand(place)).await {
                Ok(stand) => stand,
                Err(failure) => {
                    // The fold goes along, for those behind it.
                    self.folded = None;
                    return Outcome::untried(&format!("`{migration}` is not reached: {failure}"));
                }
            },
        };
        let mut folded = self.folded.take().unwrap_or_else(|| Folded::at(&self.course, place));
        folded.set_out(stand.snapshot.catalog());
        let mut outcome = Outcome::default();
        // An error is one of the server or the kit, or of what the suite gave; not of the migration.
        // In boxes, because the compiler gives up on futures within futures at some depth.
        match Box::pin(self.pass(&mut stand, &mut folded, place, &mut outcome)).await {
            Ok(Next::Here) => {
                self.stand = Some(stand);
                self.folded = Some(folded);
            }
            Ok(Next::Anew) => self.folded = Some(folded),
            Ok(Next::Never) => self.stuck = Some(*migration),
            Err(failure) => return Outcome::untried(&failure.to_string()),
        }
        debug_assert!(self.stand.is_some() || !outcome.is_clean());
        outcome
    }

    async fn stand(&mut self, place: usize) -> Result<Stand, Failure> {
        let database = match self.stride {
            Some(_) => TestDatabase::at(&self.course, place, self.stride).await?,
            None => self.ahead.copy_at(&self.course, place).await?,
        };
        let mut session = Session::of(database);
        self.course.make_room_for_histories(session.client().await?).await?;
        let snapshot = session.snapshot(&self.course, None).await?;
        Ok(Stand { session, snapshot })
    }

    /// Goes past one migration and puts in the rows behind it.
    async fn pass(
        &self,
        stand: &mut Stand,
        folded: &mut Folded,
        place: usize,
        outcome: &mut Outcome,
    ) -> Result<Next, Failure> {
        let migration = &self.course.order()[place];
        let mut is_moved = false;
        let next = match self.course.stand_in(place) {
            Some(sql) => {
                let event = Event::Skip(migration, sql);
                self.course.happen(stand.session.client().await?, event).await?;
                folded.sql(sql);
                is_moved = true;
                Next::Here
            }
            None => self.up_down_up(stand, folded, migration, place, outcome).await?,
        };
        for event in self.course.rows_at(place + 1) {
            if let Event::Put(_, sql) = event {
                folded.sql(sql);
            }
            if matches!(next, Next::Here) {
                self.course.happen(stand.session.client().await?, event).await?;
                is_moved = true;
            }
        }
        if is_moved {
            stand.snapshot = stand.session.snapshot(&self.course, Some(&stand.snapshot)).await?;
        }
        Ok(next)
    }

    async fn up_down_up(
        &self,
        stand: &mut Stand,
        folded: &mut Folded,
        migration: &'static Migration,
        place: usize,
        outcome: &mut Outcome,
    ) -> Result<Next, Failure> {
        let Stand { session, snapshot } = stand;
        let at = At { migration, place };
        if let Err(error) = self.up(session.client().await?, migration).await {
            let failure = at.failure(format!("`{migration}` does not apply"), Side::Up).with_note(error);
            self.fail_all(session, at, failure, outcome).await?;
            return Ok(Next::Never);
        }
        let after_up = session.snapshot(&self.course, Some(snapshot)).await?;
        folded.up(migration);
        self.compare(session, folded, &after_up, (at, Side::Up, "applied"), outcome).await?;
        if self.course.is_one_way(migration) {
            *snapshot = after_up;
            return Ok(Next::Here);
        }
        let folded_up = folded.mark();
        if let Err(error) = self.down(session.client().await?).await {
            let failure = at.failure(format!("`{migration}` does not go down"), Side::Down).with_note(error);
            self.fail_all(session, at, failure, outcome).await?;
            return Ok(Next::Anew);
        }
        let after_down = session.snapshot(&self.course, Some(&after_up)).await?;
        folded.down(migration);
        self.compare(session, folded, &after_down, (at, Side::Down, "reverted"), outcome).await?;
        let (objects, rows) =
            (snapshot.object_differences_since(&after_down), snapshot.row_differences(&after_down));
        let made_again = session.lost(&self.course, migration, snapshot.made_again(&after_down)).await?;
        if !objects.is_empty() {
            let message = format!("`{migration}` leaves something behind: its down step does not lead back");
            let failure = at.failure(message, Side::Down).with_details(objects).with_help(LEGEND);
            self.fail(Check::LeavesNoTrace, session, at, failure, outcome).await?;
        }
        if !rows.is_empty() {
            let message = format!("`{migration}` loses or changes rows on its way up and down");
            let failure = at.failure(message, Side::Down).with_details(rows).with_help(MEANT);
            self.fail(Check::DataSurvives, session, at, failure, outcome).await?;
        }
        if !made_again.is_empty() {
            let message = format!(
                "`{migration}` loses data on its way up and down, unless it carries over what no row shows"
            );
            let failure = at.failure(message, Side::Down).with_details(made_again).with_help(NO_ROWS);
            self.fail(Check::DataSurvives, session, at, failure, outcome).await?;
        }
        if let Err(error) = self.up(session.client().await?, migration).await {
            folded.undo_to(&folded_up);
            let message = format!("`{migration}` does not apply again after it went down");
            let failure = at.failure(message, Side::Down).with_note(error);
            self.fail(Check::Stairway, session, at, failure, outcome).await?;
            return Ok(Next::Anew);
        }
        let again = session.snapshot(&self.course, Some(&after_down)).await?;
        folded.up(migration);
        self.compare(session, folded, &again, (at, Side::Up, "applied again"), outcome).await?;
        // The next migration stands on the up step alone, also where the down step could not be seen through.
        folded.undo_to(&folded_up);
        let objects = after_up.object_differences_since(&again);
        if !objects.is_empty() {
            let message = format!("`{migration}` does not make the same when it is applied again");
            let failure = at.failure(message, Side::Down).with_details(objects).with_help(LEGEND);
            self.fail(Check::Stairway, session, at, failure, outcome).await?;
        }
        let rows = after_up.count_differences(&again);
        if !rows.is_empty() {
            let message = format!("`{migration}` makes another number of rows when it is applied again");
            let failure = at.failure(message, Side::Down).with_details(rows);
            self.fail(Check::DataSurvives, session, at, failure, outcome).await?;
        }
        *snapshot = again;
        Ok(if outcome.is_clean() { Next::Here } else { Next::Anew })
    }

    /// Holds what is there against what the compiler thinks is there.
    #[cfg(feature = "static-catalog")]
    async fn compare(
        &self,
        session: &mut Session,
        folded: &Folded,
        live: &Snapshot,
        (at, side, when): (At, Side, &str),
        outcome: &mut Outcome,
    ) -> Result<(), Failure> {
        const HELP: &str = "`+` only the database has it, `-` only the compiler, `~` is different, the compiler's first; \
                            unless a function that a Rust step calls explains it, please report it with the statement";
        let differences = folded.news(live.catalog());
        if differences.is_empty() {
            return Ok(());
        }
        let message =
            format!("once `{}` is {when}, the compiler expects another catalog than there is", at.migration);
        let failure = at.failure(message, side).with_details(differences).with_help(HELP);
        self.fail(Check::LiveEqualsStatic, session, at, failure, outcome).await
    }

    #[cfg(not(feature = "static-catalog"))]
    async fn compare(
        &self,
        _: &mut Session,
        _: &Folded,
        _: &Snapshot,
        _: (At, Side, &str),
        _: &mut Outcome,
    ) -> Result<(), Failure> {
        Ok(())
    }

    /// One failure for every check, and one database.
    async fn fail_all(
        &self,
        session: &mut Session,
        at: At,
        failure: Failure,
        outcome: &mut Outcome,
    ) -> Result<(), Failure> {
        let kept = match Check::ALL.iter().find(|check| self.is_kept_for(**check, at)) {
            Some(check) => Some(session.keep(*check, at.migration).await?),
            None => None,
        };
        for check in Check::ALL {
            outcome.fail(*check, failure.clone().in_check(check.name()).with_kept(kept.clone()));
        }
        Ok(())
    }

    /// Whether anybody wants to look at the database when this check fails: not if it is expected to, or is not made.
    fn is_kept_for(&self, check: Check, at: At) -> bool {
        self.keeps && self.exceptions.demand(check, at.migration.plugin(), at.place) == Demand::Pass
    }

    /// Notes a failure, and keeps the database for it.
    async fn fail(
        &self,
        check: Check,
        session: &mut Session,
        at: At,
        failure: Failure,
        outcome: &mut Outcome,
    ) -> Result<(), Failure> {
        if outcome.of(check).is_some() {
            return Ok(());
        }
        let kept = match self.is_kept_for(check, at) {
            true => Some(session.keep(check, at.migration).await?),
            false => None,
        };
        outcome.fail(check, failure.in_check(check.name()).with_kept(kept));
        Ok(())
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

/// A migration and its place in the order.
#[derive(Clone, Copy)]
struct At {
    migration: &'static Migration,
    place: usize,
}

/// In which file something is to be done.
#[derive(Clone, Copy)]
enum Side {
    Up,
    Down,
}

impl At {
    fn failure(self, message: String, side: Side) -> Failure {
        let file = match side {
            Side::Up => up_file(self.migration),
            Side::Down => down_file(self.migration),
        };
        Failure::new(message).in_migration(self.migration, file)
    }
}

enum Next {
    /// The walk goes on with this database.
    Here,
    /// It goes on with another one.
    Anew,
    /// There is no way on.
    Never,
}

const MEANT: &str = "a migration that is meant to destroy data says so in the second argument of `suite!`: \
                     `.except(Check::DataSurvives, …)`";

const NO_ROWS: &str = "rows put in by `.rows_before(…)` show whether they are carried along; a migration that is meant to \
                       destroy data says so in the second argument of `suite!`: `.except(Check::DataSurvives, …)`";

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
