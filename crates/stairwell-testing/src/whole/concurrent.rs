//! Many processes that start at once.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use stairwell::{ChainSet, JournalQuery, Migrator, Startup};
use tokio::{sync::Barrier, task::JoinSet};

use super::{reference::Reference, seed::scale};
use crate::{Failure, TestDatabase};

const CHECK: &str = "concurrent_starts";

/// How many start, times the scale.
const STARTS: usize = 8;

/// More than this a server may not have connections for.
const MOST: usize = 64;

/// How long a start waits for another one that migrates.
const LIMIT: Duration = Duration::from_secs(120);

/// Many migrators that start at once on an empty database all succeed, and each migration is applied just once.
///
/// Eight of them (times `STAIRWELL_TEST_SCALE`, 64 at most) apply what is pending; then, on another database, half of
/// them do, and the others wait until it is done ([`Startup::Wait`]). The histories, the journal and the catalog are
/// those of a single run.
///
/// # Errors
///
/// With the start that failed, or with what was applied twice, or is different from a fresh install.
pub async fn concurrent_starts(chains: &ChainSet) -> Result<(), Failure> {
    let mut reference = Reference::fresh(chains).await?;
    let count = (STARTS * scale()).min(MOST);
    for waiting in [0, count / 2] {
        starts(chains, count, waiting, &mut reference).await?;
    }
    Ok(())
}

async fn starts(
    chains: &ChainSet,
    count: usize,
    waiting: usize,
    reference: &mut Reference,
) -> Result<(), Failure> {
    let database = TestDatabase::empty().await?;
    let together = Arc::new(Barrier::new(count));
    let mut tasks = JoinSet::new();
    for number in 0..count {
        let mut client = database.connect().await?;
        let (together, chains) = (Arc::clone(&together), *chains);
        let startup = if number < waiting { Startup::Wait { limit: LIMIT } } else { Startup::Apply };
        tasks.spawn(async move {
            together.wait().await;
            let started = Migrator::new(&chains).on_start(&mut client, startup).await;
            (startup, started.map(|report| report.up.applied()))
        });
    }
    let mut errors = Vec::new();
    let mut applied = 0;
    while let Some(ended) = tasks.join_next().await {
        match ended {
            Ok((_, Ok(count))) => applied += count,
            Ok((startup, Err(error))) => errors.push((startup, error)),
            // A Rust step has panicked; the test's output says where.
            Err(error) => return Err(Failure::of(CHECK, format!("a start panicked: {error}"))),
        }
    }
    let others = format!("{count} started at once, {waiting} of them to wait for the others");
    // One that waits fails because the one that it waits for has.
    let is_applying = |(startup, _): &&(Startup, stairwell::Error)| *startup == Startup::Apply;
    if let Some((startup, error)) = errors.iter().find(is_applying).or(errors.first()) {
        let what = if *startup == Startup::Apply { "applies" } else { "waits" };
        let message =
            format!("of {count} starts at once {} failed, among them one that {what}", errors.len());
        let failure = Failure::of(CHECK, message).with_note(error.to_string()).with_note(others);
        let failure = failure.in_migration_of(error);
        return Err(failure.with_kept(Some(database.keep(CHECK).await?)));
    }
    let mut client = database.connect().await?;
    let mut details = more_than_once(chains, &mut client).await?;
    if applied != chains.order().len() {
        details.push(format!("together they applied {applied} of {} migrations", chains.order().len()));
    }
    details.extend(reference.differences(&client).await?);
    if details.is_empty() {
        return Ok(());
    }
    drop(client);
    let failure = Failure::of(CHECK, "starts at once make another database than a single one");
    let failure = failure.with_details(details).with_note(others);
    Err(failure.with_kept(Some(database.keep(CHECK).await?)))
}

/// Migrations that do not stand in the history and the journal just once.
async fn more_than_once(
    chains: &ChainSet,
    client: &mut tokio_postgres::Client,
) -> Result<Vec<String>, Failure> {
    let migrator = Migrator::new(chains);
    let failed = |error: stairwell::Error| Failure::of(CHECK, error.to_string());
    let status = migrator.status(client).await.map_err(failed)?;
    let entries = migrator.journal(client, &JournalQuery::new()).await.map_err(failed)?;
    let mut counts: BTreeMap<(String, i64), (usize, usize)> = BTreeMap::new();
    for chain in &status.chains {
        for applied in &chain.applied {
            counts.entry((chain.plugin.to_owned(), applied.version)).or_default().0 += 1;
        }
    }
    for entry in entries.unwrap_or_default() {
        counts.entry((entry.plugin, entry.version)).or_default().1 += 1;
    }
    let found = chains.order().iter().filter_map(|migration| {
        let key = (migration.plugin().to_owned(), migration.version());
        let (history, journal) = counts.get(&key).copied().unwrap_or_default();
        let is_once = history == 1 && journal == 1;
        (!is_once).then(|| format!("{migration}: {history} times in the history, {journal} in the journal"))
    });
    Ok(found.collect())
}
