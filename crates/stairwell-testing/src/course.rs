//! The way of a database from empty to migrated: the migrations in their order, and rows put in between.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash, Hasher},
    time::SystemTime,
};

use stairwell::{ChainSet, Down, Migration, Migrator, Target};
use tokio_postgres::Client;

use crate::{Failure, process::refused};

/// Steps are counted in the order of the chain set: the step of number 0 leads from an empty database.
#[derive(Clone, Debug)]
pub(crate) struct Course {
    pub(crate) chains: ChainSet,
    /// SQL that is run once so many migrations are applied.
    rows: BTreeMap<usize, Vec<&'static str>>,
}

impl Course {
    pub(crate) fn new(chains: ChainSet) -> Self {
        Course { chains, rows: BTreeMap::new() }
    }

    pub(crate) fn order(&self) -> &'static [Migration] {
        self.chains.order()
    }

    /// How many steps apart templates are, where one for each would be too many.
    pub(crate) fn stride(&self) -> usize {
        self.order().len().isqrt().max(1)
    }

    /// The place of a migration in the order.
    pub(crate) fn place(&self, plugin: &str, version: i64) -> Option<usize> {
        self.order().iter().position(|m| m.plugin() == plugin && m.version() == version)
    }

    /// Has rows put in after the migration at `place`.
    pub(crate) fn put_in_after(&mut self, place: usize, sql: &'static str) {
        self.rows.entry(place + 1).or_default().push(sql);
    }

    /// Applies what lies between, to a database that has just the first `from` steps behind it.
    pub(crate) async fn bring(&self, client: &mut Client, from: usize, to: usize) -> Result<(), Failure> {
        let stops = self.rows.range(from + 1..=to).map(|(stop, _)| *stop);
        let mut at = from;
        for stop in stops.chain([to]) {
            if at < stop {
                self.apply(client, stop).await?;
                at = stop;
                self.put_in(client, at).await?;
            }
        }
        Ok(())
    }

    /// Puts in the rows of this place, and says whether there are any.
    pub(crate) async fn put_in(&self, client: &Client, place: usize) -> Result<bool, Failure> {
        let rows = self.rows.get(&place);
        for sql in rows.into_iter().flatten() {
            client.batch_execute(sql).await.map_err(|error| {
                let migration = self.order()[place - 1];
                refused(&format!("put in the rows that were given for after `{migration}`"), &error)
            })?;
        }
        Ok(rows.is_some())
    }

    /// Applies everything before `place` that is not applied yet.
    async fn apply(&self, client: &mut Client, place: usize) -> Result<(), Failure> {
        let mut last: BTreeMap<&str, i64> = BTreeMap::new();
        for migration in &self.order()[..place] {
            last.insert(migration.plugin(), migration.version());
        }
        let targets: Vec<Target> =
            last.into_iter().map(|(plugin, version)| Target::at(plugin, version)).collect();
        match Migrator::new(&self.chains).up_to(client, &targets).await {
            Ok(_) => Ok(()),
            Err(error) => Err(Failure::new(error.to_string())),
        }
    }

    /// Equal only for what leaves the same database behind: the same steps by the same executable.
    ///
    /// The executable counts because the text of a Rust step does not tell what the functions do that it calls.
    pub(crate) fn fingerprint(&self, count: usize) -> u64 {
        let mut hasher = DefaultHasher::new();
        executable().hash(&mut hasher);
        for migration in &self.order()[..count] {
            let down = match migration.down() {
                Down::Step(step) => step.text(),
                Down::Irreversible(reason) => reason,
                _ => "",
            };
            (migration.plugin(), migration.path(), migration.version(), migration.checksum(), down)
                .hash(&mut hasher);
            migration.up().text().hash(&mut hasher);
        }
        for chain in self.chains.chains() {
            (chain.plugin(), chain.history().schema(), chain.history().name()).hash(&mut hasher);
        }
        self.rows.range(..=count).for_each(|rows| rows.hash(&mut hasher));
        hasher.finish()
    }
}

/// What tells this executable from another build of it.
fn executable() -> Option<(u64, SystemTime)> {
    let metadata = std::env::current_exe().ok()?.metadata().ok()?;
    Some((metadata.len(), metadata.modified().ok()?))
}
