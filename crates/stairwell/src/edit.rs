//! Changes of the histories in which no step runs: one transaction, under the lock, with an entry in the journal
//! for each change.

use std::collections::HashMap;

use tokio_postgres::Client;

use crate::error::{Error, Kind};
use crate::explain::database;
use crate::fence::Fence;
use crate::fingerprint::Fingerprint;
use crate::guard::Guard;
use crate::history::{Histories, has_no_row, has_row};
use crate::journal::{Direction, Entry, Run};
use crate::lock::{Lock, Turn};
use crate::prepare::{self, Prepared};
use crate::script_text::insert_row;
use crate::{AppliedMigration, Chain, Migration, Migrator, Version, history, state};

/// One change of the history of `chain`.
#[derive(Clone, Debug)]
pub(crate) struct Edit {
    pub(crate) chain: &'static Chain,
    pub(crate) change: Change,
}

#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// The migration is recorded.
    Mark(&'static Migration),
    /// The row is removed.
    Unmark(AppliedMigration),
    /// The row gets the checksum of the migration.
    Repair(AppliedMigration, &'static Migration),
}

impl Migrator<'_> {
    /// Under the lock, does what `plan` finds to be done in the histories of all chains: all of it, or nothing.
    ///
    /// `plan` may be asked twice, and only the last answer counts.
    pub(crate) async fn edit<T>(
        &self,
        client: &mut Client,
        plan: impl Fn(&Histories) -> Result<(Vec<Edit>, T), Error>,
    ) -> Result<T, Error> {
        let Turn::Ours(mut lock) = self.take_lock(client, None).await? else {
            // Only who wants something applied stops waiting because somebody else has done it.
            return Err(Error::new(
                Kind::Engine,
                "the wait for the lock ended without it; nothing was changed",
            ));
        };
        let outcome = self.edit_under_lock(&mut lock, plan).await;
        lock.release_after(outcome).await
    }

    async fn edit_under_lock<T>(
        &self,
        lock: &mut Lock<'_>,
        plan: impl Fn(&Histories) -> Result<(Vec<Edit>, T), Error>,
    ) -> Result<T, Error> {
        let all: Vec<&'static Chain> = self.chains.chains().iter().collect();
        let mut histories = history::read(lock.client(), &all).await?;
        let (mut edits, mut told) = plan(&histories)?;
        if edits.is_empty() {
            return Ok(told);
        }
        let touched = |chain: &&'static Chain| edits.iter().any(|edit| edit.chain.plugin() == chain.plugin());
        let chains: Vec<&'static Chain> = all.iter().copied().filter(touched).collect();
        histories.require_writable(&chains)?;
        let unmarked = |chain: &&&'static Chain| {
            let is_it = |edit: &&Edit| edit.chain.plugin() == chain.plugin();
            edits.iter().filter(is_it).any(|edit| matches!(edit.change, Change::Unmark(_)))
        };
        histories.require_removable(&chains.iter().filter(unmarked).copied().collect::<Vec<_>>())?;
        let is_missing = |chain: &&&'static Chain| !histories.rows.contains_key(chain.plugin());
        let missing: Vec<_> = chains.iter().filter(is_missing).map(|chain| chain.history()).collect();
        let fence = lock.fence();
        let prepared =
            prepare::create(lock.client(), &fence, &missing, chains.iter().copied(), &histories).await?;
        if prepared == Prepared::ReadAgain {
            histories = history::read(lock.client(), &all).await?;
            (edits, told) = plan(&histories)?;
        }
        prepare::seal(lock.client(), &fence, chains, &histories).await?;
        let run = Run::new(self.options.application.clone());
        let batch = batch(&run, &fence, &histories, &edits);
        let client = lock.client();
        if let Err(cause) = client.batch_execute(&batch).await {
            let _ = client.batch_execute("ROLLBACK").await;
            return Err(database("change the history, in which nothing was changed", cause));
        }
        Ok(told)
    }
}

fn batch(run: &Run, fence: &Fence, histories: &Histories, edits: &[Edit]) -> String {
    let mut batch = format!("BEGIN; {}; ", fence.enter());
    let mut rows: HashMap<&str, Vec<(Version, u64)>> = HashMap::new();
    for Edit { chain, change } in edits {
        let history = chain.history();
        let held = rows.entry(chain.plugin()).or_insert_with(|| {
            let rows = histories.rows.get(chain.plugin()).into_iter().flatten();
            rows.map(|row| (row.version, row.checksum)).collect()
        });
        let fingerprint = |rows: &[(Version, u64)]| {
            rows.iter()
                .fold(Fingerprint::empty(history), |hash, (version, checksum)| hash.with(*version, *checksum))
        };
        let before = fingerprint(held);
        change.apply(held);
        let stamp = state::stamp(history, before, fingerprint(held));
        let journal = run.insert(&change.entry(chain), None);
        let statement = change.statement(chain);
        let arrived = Guard::Row.require(&change.arrived(chain));
        batch.push_str(&format!(
            "WITH stairwell_state AS ({stamp}), stairwell_journal AS ({journal}) {statement}; {arrived}; "
        ));
    }
    format!("{batch}{}; COMMIT", fence.leave())
}

impl Change {
    /// Does it to versions and checksums, ascending.
    fn apply(&self, rows: &mut Vec<(Version, u64)>) {
        match self {
            Change::Mark(migration) => rows.push((migration.version(), migration.checksum())),
            Change::Unmark(row) => rows.retain(|(version, _)| *version != row.version),
            Change::Repair(row, migration) => {
                rows.retain(|(version, _)| *version != row.version);
                rows.push((row.version, migration.checksum()));
            }
        }
        rows.sort_unstable();
    }

    fn entry<'e>(&'e self, chain: &Chain) -> Entry<'e> {
        let up = |migration, direction| Entry { direction, ..Entry::up(chain, migration) };
        match self {
            Change::Mark(migration) => up(migration, Direction::Mark),
            Change::Repair(_, migration) => up(migration, Direction::Repair),
            Change::Unmark(row) => Entry { direction: Direction::Unmark, ..Entry::down(chain, row) },
        }
    }

    fn statement(&self, chain: &Chain) -> String {
        let history = chain.history();
        match self {
            Change::Mark(migration) => insert_row(history, migration),
            Change::Unmark(row) => format!("DELETE FROM {history} WHERE version = {}", row.version),
            Change::Repair(row, migration) => format!(
                "UPDATE {history} SET checksum = '{}' WHERE version = {} AND checksum = '{}'",
                migration.checksum(),
                row.version,
                row.checksum
            ),
        }
    }

    /// True afterwards.
    fn arrived(&self, chain: &Chain) -> String {
        let history = chain.history();
        match self {
            Change::Mark(migration) => has_row(history, migration.version()),
            Change::Unmark(row) => has_no_row(history, row.version),
            Change::Repair(row, migration) => format!(
                "EXISTS (SELECT FROM {history} WHERE version = {} AND checksum = '{}')",
                row.version,
                migration.checksum()
            ),
        }
    }
}
