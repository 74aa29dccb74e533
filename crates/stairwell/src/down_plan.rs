//! What a rollback reverts, in which order, and by which text.

use std::collections::HashMap;

use crate::error::{Error, Kind};
use crate::history::Histories;
use crate::journal::Kept;
use crate::rollback::{Revert, Rollback, What};
use crate::selection::Selection;
use crate::{AppliedMigration, Chain, ChainSet, Down, Migration, Step, Target, Version};

/// How one migration is reverted.
#[derive(Clone)]
pub(crate) enum Means {
    /// By the down step that this binary contains.
    Compiled(&'static Migration, &'static Step),
    /// By the text in the journal, with the bounds of statements that run one by one.
    Kept(String, Option<Vec<(usize, usize)>>),
}

/// What is reverted, in order.
pub(crate) struct DownPlan {
    pub(crate) reverts: Vec<(Revert, Means)>,
    /// Of which nothing is left then, and whose histories go as well.
    pub(crate) forgets: Vec<&'static Chain>,
}

/// What has been applied: the rows of every chain, and what is known about each.
struct Applied<'h> {
    chains: Vec<(&'static Chain, Vec<Row<'h>>)>,
    by_plugin: HashMap<&'static str, usize>,
}

struct Row<'h> {
    row: &'h AppliedMigration,
    /// The constant, if it is what was applied.
    migration: Option<&'static Migration>,
    kept: Option<&'h Kept>,
    requires: Vec<(String, Version)>,
    /// The place in the order of the chain set; what is not compiled in was applied after all that is.
    place: usize,
}

impl DownPlan {
    /// Finds what `rollback` means. An error says everything that stands against it; nothing has been run then.
    ///
    /// `all` are the chains that are compiled in, then those of which only the database knows.
    pub(crate) fn new(
        chains: &ChainSet,
        all: &[&'static Chain],
        enabled: &Selection,
        histories: &Histories,
        kept: &[Kept],
        rollback: &Rollback,
    ) -> Result<Self, Error> {
        let applied = Applied::new(chains, all, histories, kept);
        let mut marked = match &rollback.what {
            What::Targets(targets) => applied.marked(enabled, targets)?,
            What::Steps(count) => applied.last(chains, *count),
            What::Whole(plugin) => applied.whole(plugin),
        };
        applied.spread(&mut marked, rollback.cascade)?;
        let order = applied.order(&marked, usize::MAX);
        let forgets = match &rollback.what {
            What::Whole(plugin) => applied.emptied(&marked, plugin, histories),
            What::Targets(_) | What::Steps(_) => Vec::new(),
        };
        let mut reverts = Vec::new();
        let mut obstacles = Vec::new();
        for (chain, row) in order {
            match row.means() {
                Ok(means) => reverts.push((row.revert(chain, &means), means)),
                Err(why) => obstacles.push(format!("`{}`: {why}", row.label(chain))),
            }
        }
        if !obstacles.is_empty() {
            return Err(refused("what was asked for cannot be reverted; nothing was run", obstacles));
        }
        let plan = DownPlan { reverts, forgets };
        if rollback
            .agreed
            .as_ref()
            .is_some_and(|agreed| !plan.reverts.iter().map(|(revert, _)| revert).eq(agreed))
        {
            let now = plan.reverts.iter().map(|(revert, _)| format!("it would revert `{revert}`")).collect();
            return Err(refused("the database has changed since this was agreed to; nothing was run", now));
        }
        Ok(plan)
    }
}

fn refused(message: &str, notes: Vec<String>) -> Error {
    notes.into_iter().fold(Error::new(Kind::Refused, message), Error::with_note)
}

/// The places of the plugins that `targets` name among the chains, and the versions to go down to.
pub(crate) fn named(enabled: &Selection, targets: &[Target]) -> Result<Vec<(usize, Version)>, Error> {
    if targets.is_empty() {
        return Err(Error::usage("nothing says what to revert; name a plugin and a version: `printers@1`"));
    }
    let mut named = Vec::new();
    for (place, target) in targets.iter().enumerate() {
        let index = enabled.find(&target.plugin)?;
        let plugin = &target.plugin;
        let Some(version) = target.version else {
            return Err(Error::usage(format!(
                "`{plugin}` does not say how far down; write `{plugin}@0` for its whole chain"
            )));
        };
        let contradicts = |other: &&Target| other.plugin == *plugin && other.version != target.version;
        if let Some(earlier) = targets.iter().take(place).find(contradicts) {
            return Err(Error::usage(format!(
                "`{earlier}` and `{target}` contradict each other; name the plugin once"
            )));
        }
        named.push((index, version));
    }
    Ok(named)
}

impl<'h> Applied<'h> {
    fn new(chains: &ChainSet, all: &[&'static Chain], histories: &'h Histories, kept: &'h [Kept]) -> Self {
        let places: HashMap<(&str, Version), usize> =
            chains.order().iter().enumerate().map(|(place, m)| ((m.plugin(), m.version()), place)).collect();
        let kept: HashMap<(&str, Version), &Kept> =
            kept.iter().map(|kept| ((kept.plugin.as_str(), kept.version), kept)).collect();
        let rows = |chain: &'static Chain| {
            let row = |row: &'h AppliedMigration| {
                let same = |m: &&Migration| m.name() == row.name && m.checksum() == row.checksum;
                let migration = chain.migration(row.version).filter(same);
                let key = (chain.plugin(), row.version);
                let kept = kept.get(&key).copied().filter(|kept| kept.checksum == row.checksum);
                let compiled = migration.map(|m| {
                    let edges = chain.requires().iter().chain(m.requires());
                    edges.map(|edge| (edge.plugin().to_owned(), edge.version())).collect()
                });
                let requires = compiled.or_else(|| Some(kept?.requires.clone())).unwrap_or_default();
                let place = migration.and_then(|_| places.get(&key).copied()).unwrap_or(usize::MAX);
                Row { row, migration, kept, requires, place }
            };
            let rows = histories.rows.get(chain.plugin()).into_iter().flatten();
            (chain, rows.map(row).collect::<Vec<_>>())
        };
        let chains: Vec<_> = all.iter().copied().map(rows).collect();
        let by_plugin =
            chains.iter().enumerate().map(|(index, (chain, _))| (chain.plugin(), index)).collect();
        Applied { chains, by_plugin }
    }

    /// Of each chain, the place of the first row that is reverted.
    fn marked(&self, enabled: &Selection, targets: &[Target]) -> Result<Vec<usize>, Error> {
        let mut marked = self.nothing();
        for (index, version) in named(enabled, targets)? {
            let (chain, rows) = &self.chains[index];
            let plugin = chain.plugin();
            let known = version == 0
                || chain.migration(version).is_some()
                || rows.iter().any(|row| row.row.version == version);
            if !known {
                return Err(Error::usage(format!(
                    "`{plugin}` has no version {version}, neither here nor in the database; `{plugin}@0` is its \
                     whole chain"
                )));
            }
            marked[index] = rows.partition_point(|row| row.row.version <= version);
        }
        Ok(marked)
    }

    /// The same, of the last `count` migrations of chains that are compiled in.
    fn last(&self, chains: &ChainSet, count: usize) -> Vec<usize> {
        let mut marked = self.nothing();
        let is_ours = |chain: &Chain| chains.chain(chain.plugin()).is_some();
        let all: Vec<usize> =
            self.chains.iter().map(|(chain, rows)| if is_ours(chain) { 0 } else { rows.len() }).collect();
        for (chain, _) in self.order(&all, count) {
            if let Some(first) = self.by_plugin.get(chain.plugin()).and_then(|index| marked.get_mut(*index)) {
                *first -= 1;
            }
        }
        marked
    }

    /// The same, of the whole chain of `plugin`.
    fn whole(&self, plugin: &str) -> Vec<usize> {
        let mut marked = self.nothing();
        if let Some(first) = self.by_plugin.get(plugin).and_then(|index| marked.get_mut(*index)) {
            *first = 0;
        }
        marked
    }

    fn nothing(&self) -> Vec<usize> {
        self.chains.iter().map(|(_, rows)| rows.len()).collect()
    }

    /// The chains with a history of which nothing is left: that of `plugin`, and those of which all goes with it.
    fn emptied(&self, marked: &[usize], plugin: &str, histories: &Histories) -> Vec<&'static Chain> {
        let is_emptied = |(chain, rows): &(&'static Chain, Vec<Row<'_>>), first: usize| {
            first == 0
                && (chain.plugin() == plugin || !rows.is_empty())
                && histories.rows.contains_key(chain.plugin())
        };
        let chains = self.chains.iter().zip(marked).rev();
        chains.filter(|(chain, first)| is_emptied(chain, **first)).map(|((chain, _), _)| *chain).collect()
    }

    /// Adds what requires something that is reverted, or refuses.
    fn spread(&self, marked: &mut [usize], cascade: bool) -> Result<(), Error> {
        let mut stranded = Vec::new();
        loop {
            let mut more = false;
            for (index, (chain, rows)) in self.chains.iter().enumerate() {
                let staying = rows.get(..marked[index]).unwrap_or_default();
                for (place, row) in staying.iter().enumerate() {
                    let broken = row.requires.iter().find_map(|edge| self.reverted(marked, edge));
                    let Some(required) = broken else { continue };
                    if cascade {
                        marked[index] = place;
                        more = true;
                        break;
                    }
                    stranded.push(format!("`{}` requires {required}", row.label(chain)));
                }
            }
            if !stranded.is_empty() {
                let what = "other migrations require what was to be reverted; nothing was run";
                return Err(refused(what, stranded)
                    .with_help("revert these first, or with the rest: `--cascade`, `Rollback::cascade`"));
            }
            if !more {
                return Ok(());
            }
        }
    }

    /// The required migration, if it is among the reverted ones.
    fn reverted(&self, marked: &[usize], (plugin, version): &(String, Version)) -> Option<String> {
        let index = *self.by_plugin.get(plugin.as_str())?;
        let (chain, rows) = &self.chains[index];
        let place = rows.iter().position(|row| row.row.version == *version)?;
        (place >= marked[index]).then(|| format!("`{}`", rows[place].label(chain)))
    }

    /// What is marked, at most `count`, in an order in which nothing is reverted before what requires it.
    fn order(&self, marked: &[usize], count: usize) -> Vec<(&'static Chain, &Row<'h>)> {
        let mut left: Vec<usize> = self.chains.iter().map(|(_, rows)| rows.len()).collect();
        let mut required: HashMap<(&str, Version), usize> = HashMap::new();
        // What stays requires nothing of what goes, or is nobody's business here.
        let going = self.chains.iter().zip(marked).filter_map(|((_, rows), first)| rows.get(*first..));
        for edge in going.flatten().flat_map(|row| &row.requires) {
            *required.entry((&edge.0, edge.1)).or_default() += 1;
        }
        let mut order = Vec::new();
        while order.len() < count {
            let last = |index: usize| {
                let (chain, rows) = &self.chains[index];
                let row = rows.get(..left[index])?.last()?;
                let needed = required.get(&(chain.plugin(), row.row.version)).is_some_and(|count| *count > 0);
                (left[index] > marked[index] && !needed).then_some((row.place, index))
            };
            let Some((_, index)) = (0..self.chains.len()).filter_map(last).max() else { break };
            left[index] -= 1;
            let (chain, rows) = &self.chains[index];
            let row = &rows[left[index]];
            for edge in &row.requires {
                if let Some(count) = required.get_mut(&(edge.0.as_str(), edge.1)) {
                    *count -= 1;
                }
            }
            order.push((*chain, row));
        }
        order
    }
}

impl Row<'_> {
    /// What reverts it, or why nothing does.
    fn means(&self) -> Result<Means, String> {
        if let Some(migration) = self.migration {
            return match migration.down() {
                Down::Step(step) => Ok(Means::Compiled(migration, step)),
                Down::Irreversible(reason) => Err(reason.to_string()),
            };
        }
        let Some(kept) = self.kept else {
            return Err(
                "this binary does not contain it, and the journal does not have what was applied".to_owned()
            );
        };
        match (&kept.revert, &kept.note) {
            (Some(text), _) => Ok(Means::Kept(text.clone(), kept.bounds.clone())),
            (None, note) => Err(format!(
                "this binary does not contain it, and the journal says: {}",
                note.as_deref().unwrap_or("nothing reverts it")
            )),
        }
    }

    /// `printers/V0002__add_toner_level`.
    fn label(&self, chain: &Chain) -> String {
        format!("{}/{}", chain.plugin(), self.stem())
    }

    fn stem(&self) -> String {
        let compiled = self.migration.map(ToString::to_string);
        let compiled = compiled.and_then(|name| Some(name.split_once('/')?.1.to_owned()));
        compiled.unwrap_or_else(|| format!("V{}__{}", self.row.version, self.row.name))
    }

    fn revert(&self, chain: &Chain, means: &Means) -> Revert {
        Revert {
            plugin: chain.plugin(),
            version: self.row.version,
            name: self.row.name.clone(),
            stem: self.stem(),
            checksum: self.row.checksum,
            from_journal: matches!(means, Means::Kept(..)),
        }
    }
}
