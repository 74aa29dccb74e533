//! Runs that do not come to their end.

use std::{
    collections::BTreeMap,
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use stairwell::{ChainSet, Down, Event, Migration, Migrator, Rollback};
use tokio::sync::Notify;
use tokio_postgres::Client;

use super::{
    reference::{Reference, Way},
    seed::{Chance, scale},
};
use crate::{Failure, TestDatabase, course::Course, process::refused};

const CHECK: &str = "killed_in_the_middle";

/// How many runs are killed, times the scale.
const KILLS: usize = 6;

/// A run begins at most so many migrations before the one in which it is killed, and one down ends so many after it.
const AROUND: usize = 6;

/// So long may the server take to notice that a session is gone.
const NOTICED: Duration = Duration::from_secs(60);

/// A run that is killed leaves a database which the next run completes, with the result of a run that was not.
///
/// Six runs (times `STAIRWELL_TEST_SCALE`) are killed, each in a migration and at a moment in it that chance chooses:
/// the server ends their session, or the client goes away. Every third one is a run down, in the longest stretch of the
/// plan in which everything is reversible. After each, the histories have a beginning of the plan and nothing else,
/// and the database is what it is after a run up to there; then the next run goes on, and the database is what it is
/// without the accident.
///
/// # Errors
///
/// With the migration in which the run was killed, and what was different then.
pub async fn killed_in_the_middle(chains: &ChainSet) -> Result<(), Failure> {
    let mut kills = Kills::begin(chains).await?;
    let mut chance = Chance::new();
    for number in 0..KILLS * scale() {
        let result = kills.kill_one(number, &mut chance).await;
        result.map_err(|failure| match failure.check() {
            Some(_) => failure.with_note(chance.repeated_by()),
            None => failure,
        })?;
    }
    Ok(())
}

struct Kills {
    course: Course,
    /// How long the step of each migration takes.
    durations: Vec<Duration>,
    /// The longest stretch of reversible migrations.
    stretch: (usize, usize),
    references: BTreeMap<Way, Reference>,
}

/// A run, and the accident in it.
#[derive(Clone, Copy)]
struct Accident {
    down: bool,
    /// Between how many migrations and how many the run leads.
    from: usize,
    to: usize,
    migration: Migration,
    after: Duration,
    /// The server ends the session; otherwise the client goes away.
    terminated: bool,
}

impl fmt::Display for Accident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = if self.terminated { "the server ended its session" } else { "its client went away" };
        let run = if self.down { "down" } else { "up" };
        let (migration, after) = (&self.migration, self.after.as_secs_f64() * 1000.0);
        write!(f, "a run {run} was killed in `{migration}`, after {after:.1} ms: {how}")
    }
}

impl Kills {
    async fn begin(chains: &ChainSet) -> Result<Kills, Failure> {
        let course = Course::new(*chains);
        let database = TestDatabase::empty().await?;
        let applied = Migrator::new(chains).up(&mut database.connect().await?).await;
        let report = applied.map_err(|error| Failure::new(error.to_string()))?;
        let applied = report.chains.iter().flat_map(|chain| &chain.applied);
        let taken: Vec<_> = applied.map(|applied| (*applied.migration, applied.duration)).collect();
        let duration = |migration: &Migration| taken.iter().find(|(other, _)| other == migration);
        let durations =
            course.order().iter().map(|m| duration(m).map_or(Duration::ZERO, |(_, taken)| *taken)).collect();
        let stretch = reversible_stretch(course.order());
        Ok(Kills { course, durations, stretch, references: BTreeMap::new() })
    }

    async fn kill_one(&mut self, number: usize, chance: &mut Chance) -> Result<(), Failure> {
        let (first, end) = self.stretch;
        let down = number % 3 == 2 && first < end;
        let count = self.course.order().len();
        let (place, from, to) = match down {
            true => {
                let place = first + chance.below(end - first);
                let (left, right) = (chance.below(AROUND), 1 + chance.below(AROUND));
                (place, end.min(place + right), first.max(place.saturating_sub(left)))
            }
            false => {
                let place = chance.below(count);
                (place, place.saturating_sub(chance.below(AROUND)), count)
            }
        };
        let Some(migration) = self.course.order().get(place).copied() else { return Ok(()) };
        let after = self.durations[place].mul_f64(chance.fraction());
        let accident = Accident { down, from, to, migration, after, terminated: number.is_multiple_of(2) };
        // A step that does not go down at all is for `stairway` to tell, which may have been told to let it pass.
        if down && self.reference(Way::Down(from, to)).await.is_err() {
            return Ok(());
        }
        let database = TestDatabase::at(&self.course, from, Some(self.course.stride())).await?;
        accident.happen(&self.course.chains, &database).await?;
        let Err(failure) = self.require_recovery(&accident, &database).await? else { return Ok(()) };
        let kept = database.keep(&format!("{CHECK} {migration}")).await?;
        let failure = failure.in_migration(&migration, migration.path().to_owned());
        Err(failure.with_note(accident.to_string()).with_kept(Some(kept)))
    }

    async fn require_recovery(
        &mut self,
        accident: &Accident,
        database: &TestDatabase,
    ) -> Result<Result<(), Failure>, Failure> {
        let mut client = database.connect().await?;
        let (chains, migration) = (self.course.chains, accident.migration);
        let migrator = Migrator::new(&chains);
        let found =
            migrator.status(&mut client).await.map_err(|error| Failure::of(CHECK, error.to_string()))?;
        let has = |migration: &Migration| {
            let chain = found.chains.iter().find(|chain| chain.plugin == migration.plugin());
            let is_it = |version: i64| version == migration.version();
            chain.is_some_and(|chain| chain.applied.iter().any(|row| is_it(row.version)))
        };
        let applied = self.course.order().iter().take_while(|migration| has(migration)).count();
        let beyond: Vec<String> =
            self.course.order()[applied..].iter().filter(|m| has(m)).map(ToString::to_string).collect();
        if !beyond.is_empty() {
            let message = format!(
                "after a run was killed in `{migration}`, the histories are no beginning of the plan"
            );
            let details =
                vec![format!("{applied} migrations from the beginning, and then: {}", beyond.join(", "))];
            return Ok(Err(Failure::of(CHECK, message).with_details(details)));
        }
        // Half a migration has no catalog of its own to compare with; the next run tells.
        if found.chains.iter().all(|chain| chain.half_applied.is_empty()) {
            let way = if accident.down { Way::Down(accident.from, applied) } else { Way::Up(applied) };
            let details = self.reference(way).await?.differences(&client).await?;
            if !details.is_empty() {
                let message = format!(
                    "after a run was killed in `{migration}`, the database is not what the histories say: {applied} of {} migrations",
                    self.course.order().len()
                );
                return Ok(Err(Failure::of(CHECK, message).with_details(details).with_help(LEGEND)));
            }
        }
        let next = match accident.down {
            true if applied > accident.to => {
                migrator.down(&mut client, &Rollback::steps(applied - accident.to)).await.map(drop)
            }
            true => Ok(()),
            false => migrator.up(&mut client).await.map(drop),
        };
        if let Err(error) = next {
            let message =
                format!("after a run was killed in `{migration}`, the next one does not come through");
            return Ok(Err(Failure::of(CHECK, message).with_note(error.to_string())));
        }
        let way = match accident.down {
            true => Way::Down(accident.from, accident.to),
            false => Way::Up(self.course.order().len()),
        };
        let details = self.reference(way).await?.differences(&client).await?;
        if !details.is_empty() {
            let message = format!(
                "after a run was killed in `{migration}` and the next one has gone on, the database is not what it is without that"
            );
            return Ok(Err(Failure::of(CHECK, message).with_details(details).with_help(LEGEND)));
        }
        Ok(Ok(()))
    }

    async fn reference(&mut self, way: Way) -> Result<&mut Reference, Failure> {
        use std::collections::btree_map::Entry;
        match self.references.entry(way) {
            Entry::Occupied(entry) => Ok(entry.into_mut()),
            Entry::Vacant(entry) => Ok(entry.insert(Reference::made(self.course.clone(), way).await?)),
        }
    }
}

const LEGEND: &str =
    "`+` is there and should not be, `-` should be there, `~` is first as it should be, then as it is";

impl Accident {
    /// Starts the run, and kills it.
    async fn happen(&self, chains: &ChainSet, database: &TestDatabase) -> Result<(), Failure> {
        let mut client = database.connect().await?;
        let watcher = database.connect().await?;
        let pid = client.query_one("SELECT pg_backend_pid()", &[]).await;
        let pid: i32 = pid.map_err(|error| refused("ask for the process of a session", &error))?.get(0);
        let moment = Arc::new(Notify::new());
        let (accident, chains, begun) = (*self, *chains, Arc::clone(&moment));
        let run = tokio::spawn(async move {
            let name = accident.migration.to_string();
            let is_it = |event: &Event<'_>| match event {
                Event::Applying { migration, .. } => **migration == accident.migration,
                Event::Reverting { name: reverting, .. } => *reverting == name,
                _ => false,
            };
            let tell = |event: &Event<'_>| {
                if is_it(event) {
                    begun.notify_one();
                }
            };
            let migrator = Migrator::new(&chains).on_event(tell);
            // How it ends is of no interest: what it leaves is.
            let _ = match accident.down {
                true => migrator.down(&mut client, &Rollback::steps(accident.from - accident.to)).await.err(),
                false => migrator.up(&mut client).await.err(),
            };
            begun.notify_one();
        });
        moment.notified().await;
        // The server waits more exactly than a timer here does.
        let sleep = format!("SELECT pg_sleep({})", self.after.as_secs_f64());
        let asked = match self.terminated {
            true => watcher.batch_execute(&format!("{sleep}; SELECT pg_terminate_backend({pid})")).await,
            false => watcher.batch_execute(&sleep).await,
        };
        asked.map_err(|error| refused("end a session", &error))?;
        if !self.terminated {
            run.abort();
        }
        // Either it was cancelled, or has ended.
        let _ = run.await;
        ended(&watcher, pid).await
    }
}

/// Waits until the server has ended a session, so that nothing changes any more.
async fn ended(watcher: &Client, pid: i32) -> Result<(), Failure> {
    let begun = Instant::now();
    loop {
        let rows = watcher.query("SELECT FROM pg_stat_activity WHERE pid = $1", &[&pid]).await;
        if rows.map_err(|error| refused("look for a session", &error))?.is_empty() {
            return Ok(());
        }
        if begun.elapsed() > NOTICED {
            let _ = watcher.query("SELECT pg_terminate_backend($1)", &[&pid]).await;
            let message = format!("the session of a killed run did not end within {NOTICED:?}");
            return Err(Failure::of(CHECK, message));
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// From where to where most migrations in a row are reversible.
fn reversible_stretch(order: &[Migration]) -> (usize, usize) {
    let (mut longest, mut begin) = ((0, 0), 0);
    for (place, migration) in order.iter().enumerate() {
        if matches!(migration.down(), Down::Irreversible(_)) {
            begin = place + 1;
        } else if place + 1 - begin > longest.1 - longest.0 {
            longest = (begin, place + 1);
        }
    }
    longest
}
