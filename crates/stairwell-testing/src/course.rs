//! The way of a database from empty to migrated: the migrations in their order, and rows put in between.

use std::{
    collections::{BTreeMap, BTreeSet},
    hash::{DefaultHasher, Hash, Hasher},
    time::SystemTime,
};

use stairwell::{ChainSet, Down, Migration, Migrator, Target, Version};
use stairwell_catalog::quote_identifier;
use tokio_postgres::Client;

use crate::{Failure, process::refused, statement};

/// Steps are counted in the order of the chain set: the step of number 0 leads from an empty database.
#[derive(Clone, Debug)]
pub(crate) struct Course {
    pub(crate) chains: ChainSet,
    /// The steps that it takes: all, or some that need no other.
    order: &'static [Migration],
    /// SQL that is run once so many migrations are applied.
    rows: BTreeMap<usize, Vec<Rows>>,
    /// Migrations that are not run, by place, with the SQL that stands in for them.
    skipped: BTreeMap<usize, &'static str>,
    /// The last migration of a plugin that has no way back.
    floors: BTreeMap<&'static str, Version>,
}

/// Rows that were given, and where.
#[derive(Clone, Debug)]
struct Rows {
    /// ``rows_after` for `core/V0001__sites``
    given: String,
    sql: &'static str,
}

/// What happens on the way.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Event<'a> {
    Apply(&'static Migration),
    /// A migration is recorded as applied, and this is run in its place.
    Skip(&'static Migration, &'static str),
    /// Rows are put in; first where they were given.
    Put(&'a str, &'static str),
}

impl Course {
    pub(crate) fn new(chains: ChainSet) -> Self {
        Course::along(chains, chains.order())
    }

    /// The way over some of the migrations only, in their order. They require none beside themselves.
    pub(crate) fn over(chains: ChainSet, steps: Vec<Migration>) -> Self {
        // Everything holds migrations by `'static` references, because they are constants elsewhere.
        Course::along(chains, steps.leak())
    }

    fn along(chains: ChainSet, order: &'static [Migration]) -> Self {
        Course { chains, order, rows: BTreeMap::new(), skipped: BTreeMap::new(), floors: BTreeMap::new() }
    }

    pub(crate) fn order(&self) -> &'static [Migration] {
        self.order
    }

    /// How many steps apart templates are, where one for each would be too many.
    pub(crate) fn stride(&self) -> usize {
        self.order().len().isqrt().max(1)
    }

    /// The place of a migration in the order.
    pub(crate) fn place(&self, plugin: &str, version: Version) -> Option<usize> {
        self.order().iter().position(|m| m.plugin() == plugin && m.version() == version)
    }

    /// Has rows put in once so many migrations are applied.
    pub(crate) fn put_in_at(&mut self, place: usize, given: String, sql: &'static str) {
        self.rows.entry(place).or_default().push(Rows { given, sql });
    }

    /// Whether there are rows for an empty database.
    pub(crate) fn begins_with_rows(&self) -> bool {
        self.rows.contains_key(&0)
    }

    /// Leaves out the migration at `place`; `sql` is run in its place.
    pub(crate) fn skip(&mut self, place: usize, sql: &'static str) {
        self.skipped.insert(place, sql);
    }

    /// Whether every migration is run.
    pub(crate) fn is_whole(&self) -> bool {
        self.skipped.is_empty()
    }

    /// Goes down neither this migration nor an earlier one of its chain.
    pub(crate) fn not_below(&mut self, migration: &Migration) {
        let floor = self.floors.entry(migration.plugin()).or_insert(migration.version());
        *floor = migration.version().max(*floor);
    }

    /// Whether the migration is gone up only: for good, or in these tests.
    pub(crate) fn is_one_way(&self, migration: &Migration) -> bool {
        let floor = self.floors.get(migration.plugin());
        matches!(migration.down(), Down::Irreversible(_))
            || floor.is_some_and(|floor| migration.version() <= *floor)
    }

    /// What stands in for the migration at `place`, if it is left out.
    pub(crate) fn stand_in(&self, place: usize) -> Option<&'static str> {
        self.skipped.get(&place).copied()
    }

    /// The rows that are put in once so many migrations are applied.
    pub(crate) fn rows_at(&self, place: usize) -> impl Iterator<Item = Event<'_>> {
        let rows = self.rows.get(&place).into_iter().flatten();
        rows.map(|Rows { given, sql }| Event::Put(given.as_str(), sql))
    }

    /// The way of these plugins alone, which have to be all that they require; without rows.
    ///
    /// A chain set borrows constants, so this one is leaked: a few hundred bytes for each migration, and few sets.
    pub(crate) fn only(&self, plugins: &[&str]) -> Course {
        let steps = self.steps_of(plugins);
        let chains = self.chains.chains().iter().copied().filter(|chain| plugins.contains(&chain.plugin()));
        let chains = ChainSet::new(chains.collect::<Vec<_>>().leak(), steps.order);
        Course { chains, ..steps }
    }

    /// The steps of these plugins, for a database that has everything else that they require; without rows.
    pub(crate) fn steps_of(&self, plugins: &[&str]) -> Course {
        let steps =
            || self.order().iter().enumerate().filter(|(_, migration)| plugins.contains(&migration.plugin()));
        let skipped = steps().enumerate();
        let skipped =
            skipped.filter_map(|(place, (before, _))| Some((place, self.stand_in(before)?))).collect();
        let order = steps().map(|(_, migration)| *migration).collect();
        Course { skipped, ..Course::over(self.chains, order) }
    }

    /// Everything that happens between, to a database that has just the first `from` steps behind it.
    pub(crate) fn events(&self, from: usize, to: usize) -> impl Iterator<Item = Event<'_>> {
        let first = (from == 0).then(|| self.rows_at(0)).into_iter().flatten();
        let places = self.order().iter().enumerate().take(to).skip(from);
        first.chain(places.flat_map(|(place, migration)| {
            let step = match self.stand_in(place) {
                Some(sql) => Event::Skip(migration, sql),
                None => Event::Apply(migration),
            };
            std::iter::once(step).chain(self.rows_at(place + 1))
        }))
    }

    /// Makes the schemas of the history tables, which otherwise the first run of each chain makes: they are no trace of
    /// the migration that it applies.
    pub(crate) async fn make_room_for_histories(&self, client: &Client) -> Result<(), Failure> {
        let schemas = self.chains.chains().iter().map(|chain| chain.history().schema());
        let own: BTreeSet<&str> = schemas.filter(|schema| *schema != stairwell::SCHEMA).collect();
        if own.is_empty() {
            return Ok(());
        }
        let create = |schema: &str| format!("CREATE SCHEMA IF NOT EXISTS {};", quote_identifier(schema));
        let sql: String = own.into_iter().map(create).collect();
        let made = client.batch_execute(&sql).await;
        made.map_err(|error| refused("make the schemas of the histories", &error))
    }

    /// Goes from one place to a later one.
    pub(crate) async fn bring(&self, client: &mut Client, from: usize, to: usize) -> Result<(), Failure> {
        let events: Vec<Event<'_>> = self.events(from, to).collect();
        self.run(client, &events).await
    }

    /// Applies as many migrations as can be in one run.
    async fn run(&self, client: &mut Client, events: &[Event<'_>]) -> Result<(), Failure> {
        // Of each chain the last, because a target names a chain once.
        let mut last: BTreeMap<&str, Version> = BTreeMap::new();
        for event in events {
            if let Event::Apply(migration) = event {
                last.insert(migration.plugin(), migration.version());
                continue;
            }
            self.apply(client, &std::mem::take(&mut last)).await?;
            self.happen(client, *event).await?;
        }
        self.apply(client, &last).await
    }

    /// Lets one thing happen.
    pub(crate) async fn happen(&self, client: &mut Client, event: Event<'_>) -> Result<(), Failure> {
        let (sql, what) = match event {
            Event::Apply(migration) => {
                return self
                    .apply(client, &BTreeMap::from([(migration.plugin(), migration.version())]))
                    .await;
            }
            Event::Skip(migration, sql) => {
                let target = Target::at(migration.plugin(), migration.version());
                let marked = Migrator::new(&self.chains).mark(client, &target).await;
                marked.map_err(|error| Failure::of_run(&error))?;
                (sql, format!("run what stands in for `{migration}`"))
            }
            Event::Put(given, sql) => (sql, format!("put in the rows given by {given}")),
        };
        client.batch_execute(sql).await.map_err(|error| {
            Failure::new(format!("cannot {what}: {}", statement::said(&error))).with_refused(sql, &error)
        })
    }

    async fn apply(&self, client: &mut Client, versions: &BTreeMap<&str, Version>) -> Result<(), Failure> {
        // No targets would be everything.
        if versions.is_empty() {
            return Ok(());
        }
        let targets: Vec<Target> =
            versions.iter().map(|(plugin, version)| Target::at(*plugin, *version)).collect();
        // In a box, for who awaits this somewhere deep.
        let applied = Box::pin(Migrator::new(&self.chains).up_to(client, &targets)).await;
        applied.map(drop).map_err(|error| Failure::of_run(&error))
    }

    /// Equal only for what leaves the same database behind: the same steps by the same executable.
    ///
    /// The executable counts because the text of a Rust step does not tell what the functions do that it calls.
    pub(crate) fn fingerprint(&self, count: usize) -> u64 {
        let mut hasher = DefaultHasher::new();
        executable().hash(&mut hasher);
        for event in self.events(0, count) {
            let (number, migration, sql) = match event {
                Event::Apply(migration) => (0, migration, migration.up().text()),
                Event::Skip(migration, sql) => (1, migration, sql),
                Event::Put(_, sql) => {
                    sql.hash(&mut hasher);
                    continue;
                }
            };
            let down = match migration.down() {
                Down::Step(step) => step.text(),
                Down::Irreversible(reason) => reason,
                _ => "",
            };
            (number, migration.plugin(), migration.path(), migration.version(), migration.checksum(), down)
                .hash(&mut hasher);
            sql.hash(&mut hasher);
        }
        for chain in self.chains.chains() {
            (chain.plugin(), chain.history().schema(), chain.history().name()).hash(&mut hasher);
        }
        hasher.finish()
    }
}

/// What tells this executable from another build of it.
fn executable() -> Option<(u64, SystemTime)> {
    let metadata = std::env::current_exe().ok()?.metadata().ok()?;
    Some((metadata.len(), metadata.modified().ok()?))
}
