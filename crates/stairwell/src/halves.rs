//! Migrations of which some statements have run, as everybody but their own run sees them.

use std::fmt;

use tokio_postgres::{Client, Error as PgError};

use crate::books::Books;
use crate::error::{Error, Kind};
use crate::explain::database;
use crate::fence::Fence;
use crate::history::Histories;
use crate::statements::Place;
use crate::{Chain, Step, Version};

/// A migration under `-- stairwell: no-transaction` of which a run has executed some statements, and was then cut
/// off or failed. The next run goes on from there.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HalfApplied {
    /// The version.
    pub version: Version,
    /// The name of the migration, as it was when it began.
    pub name: String,
    /// Whether it was being reverted.
    pub reverting: bool,
    /// How many of its statements have run.
    pub done: usize,
    /// How many it has.
    pub statements: usize,
    /// Whether one more may have run: the run was cut off in it.
    pub uncertain: bool,
}

/// `half applied: 2 of 5 statements`.
impl fmt::Display for HalfApplied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = if self.reverting { "reverted" } else { "applied" };
        write!(f, "half {what}: {} of {} statements", self.done, self.statements)?;
        if self.uncertain { f.write_str(", and perhaps the next one") } else { Ok(()) }
    }
}

/// A row of the query below: the history's name stands before what everybody may know.
pub(crate) type Half = (String, HalfApplied);

/// All there are. The table has to be there.
pub(crate) async fn read(client: &Client, books: Books, readable: bool) -> Result<Vec<Half>, PgError> {
    if !readable {
        return Ok(Vec::new());
    }
    const READ: &str = "SELECT history, version, pg_catalog.max(name), direction = 'down', \
         pg_catalog.count(*) FILTER (WHERE state = 'done'), pg_catalog.max(statements), \
         coalesce(pg_catalog.bool_or(state = 'started'), false) FROM stairwell.statements \
         GROUP BY history, version, direction ORDER BY history, version, direction";
    let mut halves = Vec::new();
    for row in client.query_typed(&books.sql(READ), &[]).await? {
        let (done, statements): (i64, i32) = (row.try_get(4)?, row.try_get(5)?);
        let half = HalfApplied {
            version: row.try_get(1)?,
            name: row.try_get(2)?,
            reverting: row.try_get(3)?,
            done: usize::try_from(done).unwrap_or_default(),
            statements: usize::try_from(statements).unwrap_or_default(),
            uncertain: row.try_get(6)?,
        };
        halves.push((row.try_get(0)?, half));
    }
    Ok(halves)
}

impl Histories {
    /// What is half applied or half reverted of `chain`.
    ///
    /// The history knows best: what it says is applied is not half applied, whoever wrote that there.
    pub(crate) fn halves_of(&self, chain: &Chain) -> Vec<HalfApplied> {
        let history = chain.history().to_string();
        let ours = self.halves.iter().filter(|(of, half)| *of == history && self.agrees(chain, half));
        ours.map(|(_, half)| half.clone()).collect()
    }

    fn agrees(&self, chain: &Chain, half: &HalfApplied) -> bool {
        let rows = self.rows.get(chain.plugin()).into_iter().flatten();
        rows.into_iter().any(|row| row.version == half.version) == half.reverting
    }

    /// Forgets what the history contradicts: otherwise it would be resumed should the migration ever run again.
    pub(crate) async fn forget_stale(
        &self,
        client: &Client,
        fence: &Fence,
        chains: &[&'static Chain],
    ) -> Result<(), Error> {
        let mut batch = String::new();
        for chain in chains {
            let history = chain.history();
            let stale = self
                .halves
                .iter()
                .filter(|(of, half)| *of == history.to_string() && !self.agrees(chain, half));
            for (_, half) in stale {
                let place = Place::new(chain, half.version, &half.name, half.reverting);
                batch.push_str(&format!("; {}", place.forget()));
            }
        }
        if batch.is_empty() {
            return Ok(());
        }
        let batch = fence.enter() + &batch;
        client.batch_execute(&batch).await.map_err(|cause| database("tidy stairwell.statements", cause))
    }

    /// Refuses to go up from where only down is right, or where the rest of a migration is not known.
    pub(crate) fn require_resumable(&self, chain: &'static Chain) -> Result<(), Error> {
        for half in self.halves_of(chain) {
            let migration = chain.migration(half.version);
            let resumable = migration.is_some_and(|found| matches!(found.up(), Step::Statements { .. }));
            let help = if half.reverting {
                "finish it with `migrate down`"
            } else if migration.is_none() {
                "finish it with the version of the application that contains it"
            } else if !resumable {
                "bring `-- stairwell: no-transaction` back into the migration"
            } else {
                continue;
            };
            return Err(refused(Kind::History, chain, &half, help).with_migration(migration));
        }
        Ok(())
    }

    /// Refuses to forget that statements of a migration have run.
    pub(crate) fn require_none_half_applied(&self, chain: &'static Chain) -> Result<(), Error> {
        match self.halves_of(chain).iter().find(|half| !half.reverting) {
            Some(half) => Err(refused(Kind::Refused, chain, half, FINISH)),
            None => Ok(()),
        }
    }

    /// Refuses to revert what stands below a migration that is half applied, and to go on with one that was being
    /// reverted statement by statement and is not any more.
    ///
    /// `reverts` are the versions of `chain` that go, and whether their statements run one by one.
    pub(crate) fn require_revertible(
        &self,
        chain: &'static Chain,
        reverts: &[(Version, bool)],
    ) -> Result<(), Error> {
        if reverts.is_empty() {
            return Ok(());
        }
        for half in self.halves_of(chain) {
            let help = if half.reverting {
                if !reverts.contains(&(half.version, false)) {
                    continue;
                }
                "bring `-- stairwell: no-transaction` back into the down step"
            } else {
                FINISH
            };
            return Err(refused(Kind::Refused, chain, &half, help));
        }
        Ok(())
    }
}

const FINISH: &str = "finish it with `migrate up`, and revert it then";

fn refused(kind: Kind, chain: &Chain, half: &HalfApplied, help: &str) -> Error {
    let name = chain
        .migration(half.version)
        .map_or_else(|| format!("{}/V{}__{}", chain.plugin(), half.version, half.name), ToString::to_string);
    let place = Place::new(chain, half.version, &half.name, half.reverting);
    Error::new(kind, format!("`{name}` is {half}; nothing was run"))
        .with_help(format!("{help}; or undo by hand what has run, then `{}`", place.forget()))
}
