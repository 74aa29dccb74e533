//! Plugins that do not depend on each other, in the orders in which databases have seen them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use stairwell::{ChainSet, Migration, Migrator, Target};

use super::{
    extensions::{Extension, PartialOrder, on_the_way, steps_to},
    reference::Reference,
    seed::{Chance, scale},
};
use crate::{Failure, TestDatabase, course::Course};

const CHECK: &str = "any_order";

/// If there are no more orders of whole plugins, times the scale, all are tried.
const FEW: usize = 6;

/// So many orders of migrations are tried at most, times the scale.
const MOST: usize = 8;

/// So many orders are chosen by chance, times the scale.
const RANDOM: usize = 2;

/// Chains that do not require each other make the same database in whichever order they are applied.
///
/// The plan is one order; a database whose plugins were installed one by one has seen another. Tried are orders of
/// whole plugins, all that the requirements allow if there are at most 6, else some in which each two plugins come in
/// both orders; then orders of migrations, in which each two that do not require each other come in both, at most 8 of
/// them; and 2 that chance chooses. All numbers are times `STAIRWELL_TEST_SCALE`.
///
/// Catalogs are compared, and the rows that migrations put in; of these, numbers from sequences and what refers to
/// them may differ, and what differs between two fresh installs.
///
/// # Errors
///
/// With the two migrations that cannot change places, found by halving the way between the two orders.
pub async fn any_order(chains: &ChainSet) -> Result<(), Failure> {
    let mut orders = Orders { course: Course::new(*chains), reference: Reference::fresh(chains).await? };
    let mut chance = Chance::new();
    let by_migration = PartialOrder::new(requirements(chains));
    let mut tried: HashSet<Extension> = HashSet::from([(0..chains.order().len()).collect()]);
    let known = plugin_orders(chains).into_iter().chain(by_migration.both_ways(MOST * scale()));
    for order in known {
        if tried.insert(order.clone()) {
            orders.require_same(&order).await?;
        }
    }
    for _ in 0..RANDOM * scale() {
        let order = by_migration.random(&mut chance);
        if tried.insert(order.clone()) {
            let result = orders.require_same(&order).await;
            result.map_err(|failure| failure.with_note(chance.repeated_by()))?;
        }
    }
    Ok(())
}

struct Orders {
    course: Course,
    reference: Reference,
}

/// What became of an order that does not make what the plan makes.
enum Wrong {
    Differs { details: Vec<String>, database: TestDatabase },
    Refused { migration: Option<Migration>, reason: String, database: TestDatabase },
}

impl Orders {
    async fn require_same(&mut self, order: &[usize]) -> Result<(), Failure> {
        let Some(mut wrong) = self.run(order).await? else { return Ok(()) };
        // Somewhere on the way from the plan's order to this one is the exchange that matters.
        let (mut same, mut different) = (0, steps_to(order));
        while different - same > 1 {
            let middle = same + (different - same) / 2;
            match self.run(&on_the_way(order, middle).0).await? {
                None => same = middle,
                Some(nearer) => (different, wrong) = (middle, nearer),
            }
        }
        let (order, exchanged) = on_the_way(order, different);
        Err(self.failure(&order, exchanged, wrong).await?)
    }

    /// `None` if it makes what the plan makes.
    async fn run(&mut self, order: &[usize]) -> Result<Option<Wrong>, Failure> {
        let as_planned = order.iter().enumerate().take_while(|(place, thing)| place == *thing).count();
        let database = TestDatabase::at(&self.course, as_planned, Some(self.course.stride())).await?;
        let mut client = database.connect().await?;
        for target in targets(&self.course.chains, &order[as_planned..]) {
            let applied = Migrator::new(&self.course.chains).up_to(&mut client, &[target]).await;
            if let Err(error) = applied {
                let (migration, reason) = (error.migration().copied(), error.to_string());
                return Ok(Some(Wrong::Refused { migration, reason, database }));
            }
        }
        let details = self.reference.differences(&client).await?;
        Ok((!details.is_empty()).then_some(Wrong::Differs { details, database }))
    }

    async fn failure(
        &self,
        order: &[usize],
        exchanged: Option<(usize, usize)>,
        wrong: Wrong,
    ) -> Result<Failure, Failure> {
        let all = self.course.order();
        let Some((first, second)) = exchanged.and_then(|(a, b)| Some((all.get(a)?, all.get(b)?))) else {
            return Ok(Failure::of(CHECK, "the order of the plan does not make the same twice"));
        };
        let order: Vec<String> =
            targets(&self.course.chains, order).map(|target| target.to_string()).collect();
        let order = format!("in this order: {}", order.join(", "));
        Ok(match wrong {
            Wrong::Differs { details, database } => {
                let message = format!("`{first}` before `{second}` makes another database than after it");
                let failure = Failure::of(CHECK, message).with_details(details).with_note(order);
                let failure = failure.in_migration(first, first.path().to_owned());
                failure.with_help(HELP).with_kept(Some(database.keep(CHECK).await?))
            }
            Wrong::Refused { migration, reason, database } => {
                let refused = migration.unwrap_or(*first);
                let message = match refused == *first {
                    true => format!("`{first}` does not apply before `{second}`, only after it"),
                    false => format!("`{refused}` does not apply where `{first}` came before `{second}`"),
                };
                let failure = Failure::of(CHECK, message).with_note(reason).with_note(order);
                let failure = failure.in_migration(&refused, refused.path().to_owned());
                failure.with_help(HELP).with_kept(Some(database.keep(CHECK).await?))
            }
        })
    }
}

const HELP: &str = "neither requires the other, so a database may have seen them in this order: \
    let one require the other, or make both the same";

/// An order as the targets of runs, one for each stretch of one plugin.
fn targets(chains: &ChainSet, order: &[usize]) -> impl Iterator<Item = Target> {
    let migrations = order.iter().filter_map(|thing| chains.order().get(*thing));
    let mut stretches: Vec<&Migration> = Vec::new();
    for migration in migrations {
        match stretches.last_mut().filter(|last| last.plugin() == migration.plugin()) {
            Some(last) => *last = migration,
            None => stretches.push(migration),
        }
    }
    stretches.into_iter().map(|last| Target::at(last.plugin(), last.version()))
}

/// What comes directly before each migration, by their places in the plan.
fn requirements(chains: &ChainSet) -> Vec<Vec<usize>> {
    let places = chains.order().iter().enumerate();
    let places: BTreeMap<_, _> =
        places.map(|(place, migration)| ((migration.plugin(), migration.version()), place)).collect();
    let mut last: BTreeMap<&str, usize> = BTreeMap::new();
    let mut before = Vec::new();
    for (place, migration) in chains.order().iter().enumerate() {
        let own = last.insert(migration.plugin(), place);
        let chain = if own.is_none() { chains.chain(migration.plugin()) } else { None };
        let edges = chain.into_iter().flat_map(|chain| chain.requires()).chain(migration.requires());
        let required = edges.filter_map(|edge| places.get(&(edge.plugin(), edge.version())).copied());
        before.push(own.into_iter().chain(required).collect());
    }
    before
}

/// Orders of whole plugins, as orders of migrations.
fn plugin_orders(chains: &ChainSet) -> Vec<Extension> {
    let blocks = blocks(chains);
    let before = blocks.iter().map(|block| block.before.iter().copied().collect()).collect();
    let order = PartialOrder::new(before);
    let orders = order.all(FEW * scale()).unwrap_or_else(|| {
        let mut orders = order.both_ways(MOST * scale());
        orders.insert(0, (0..blocks.len()).collect());
        orders
    });
    let migrations =
        |order: Extension| order.iter().flat_map(|block| blocks[*block].places.clone()).collect();
    orders.into_iter().map(migrations).collect()
}

/// A plugin, or several of which each requires something of the next.
struct Block {
    /// In the plan.
    places: Vec<usize>,
    /// Blocks before this one.
    before: BTreeSet<usize>,
}

/// All blocks, each behind those that it requires.
fn blocks(chains: &ChainSet) -> Vec<Block> {
    let plugins: Vec<&str> = chains.chains().iter().map(|chain| chain.plugin()).collect();
    let number = |plugin: &str| plugins.iter().position(|other| *other == plugin);
    // Which plugins a plugin stands on, itself included.
    let mut below: Vec<BTreeSet<usize>> = (0..plugins.len()).map(|plugin| BTreeSet::from([plugin])).collect();
    for (set, chain) in below.iter_mut().zip(chains.chains()) {
        let edges = chain.migrations().iter().flat_map(Migration::requires).chain(chain.requires());
        set.extend(edges.filter_map(|edge| number(edge.plugin())));
    }
    for through in 0..plugins.len() {
        let further = below[through].clone();
        for set in below.iter_mut().filter(|set| set.contains(&through)) {
            set.extend(&further);
        }
    }
    // Plugins that stand on each other stand on the same; what stands on less comes first.
    let mut groups: Vec<&BTreeSet<usize>> = below.iter().collect();
    groups.sort_by_key(|set| (set.len(), *set));
    groups.dedup();
    let places = chains.order().iter().enumerate();
    let places: Vec<(usize, Option<usize>)> = places.map(|(place, m)| (place, number(m.plugin()))).collect();
    let is_of = |plugin: &usize, group: &BTreeSet<usize>| below[*plugin] == *group;
    let block = |group: &&BTreeSet<usize>| Block {
        places: places
            .iter()
            .filter(|(_, plugin)| plugin.is_some_and(|plugin| is_of(&plugin, group)))
            .map(|(place, _)| *place)
            .collect(),
        before: groups
            .iter()
            .enumerate()
            .filter(|(_, other)| other.len() < group.len() && other.is_subset(group))
            .map(|(number, _)| number)
            .collect(),
    };
    groups.iter().map(block).collect()
}
