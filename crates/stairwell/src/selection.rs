//! What a command is limited to: enabled plugins, targets, and everything they require.

use std::collections::HashMap;

use crate::suggest::unknown_plugin;
use crate::{Chain, ChainSet, Error, Migration, Requirement, Target, Version};

/// The plugin that every application has.
const CORE: &str = "core";

/// A part of a chain set that is closed under requirements: from each chain, its first so many migrations.
#[derive(Clone)]
pub(crate) struct Selection {
    /// In the order of the chain set.
    pub(crate) chains: Vec<Selected>,
    by_plugin: HashMap<&'static str, usize>,
}

/// One chain of a selection.
#[derive(Clone)]
pub(crate) struct Selected {
    pub(crate) chain: &'static Chain,
    /// Whether the chain takes part at all; it may do so without any migration.
    pub(crate) included: bool,
    /// How many migrations take part, from the first.
    count: usize,
    /// Of those, how many had their requirements followed.
    followed: usize,
}

impl Selection {
    /// Everything.
    pub(crate) fn all(chains: &ChainSet) -> Self {
        let mut selection = Selection::none(chains);
        for selected in &mut selection.chains {
            selected.included = true;
            selected.count = selected.chain.migrations().len();
        }
        selection
    }

    /// Whole chains: core, `plugins`, and what they require.
    pub(crate) fn of_plugins<'p>(
        chains: &ChainSet,
        plugins: impl Iterator<Item = &'p str>,
    ) -> Result<Self, Error> {
        let mut selection = Selection::none(chains);
        let mut open: Vec<usize> = selection.by_plugin.get(CORE).copied().into_iter().collect();
        for plugin in plugins {
            open.push(selection.find(plugin)?);
        }
        while let Some(index) = open.pop() {
            let selected = &mut selection.chains[index];
            if selected.included {
                continue;
            }
            selected.included = true;
            selected.count = selected.chain.migrations().len();
            let required = requirements(selected.chain, selected.chain.migrations());
            open.extend(required.filter_map(|edge| selection.by_plugin.get(edge.plugin())));
        }
        Ok(selection)
    }

    /// Of this selection, only the chains of `targets` up to their versions and the migrations they require.
    pub(crate) fn narrowed(&self, chains: &ChainSet, targets: &[Target]) -> Result<Self, Error> {
        let mut selection = Selection::none(chains);
        let mut open = Vec::new();
        for (place, target) in targets.iter().enumerate() {
            let index = self.find(&target.plugin)?;
            if !self.chains[index].included {
                let plugin = &target.plugin;
                return Err(Error::usage(format!(
                    "the plugin `{plugin}` is compiled in but not enabled; enable it, or leave out `{target}`"
                )));
            }
            let contradicts =
                |other: &&Target| other.plugin == target.plugin && other.version != target.version;
            if let Some(earlier) = targets[..place].iter().find(contradicts) {
                return Err(Error::usage(format!(
                    "`{earlier}` and `{target}` contradict each other; name the plugin once"
                )));
            }
            selection.raise(index, count_up_to(self.chains[index].chain, target)?);
            open.push(index);
        }
        while let Some(index) = open.pop() {
            let selected = &mut selection.chains[index];
            let fresh = &selected.chain.migrations()[selected.followed..selected.count];
            selected.followed = selected.count;
            for edge in requirements(selected.chain, fresh) {
                let Some(&required) = selection.by_plugin.get(edge.plugin()) else { continue };
                let migrations = selection.chains[required].chain.migrations();
                let count = migrations.partition_point(|migration| migration.version() <= edge.version());
                if selection.raise(required, count) {
                    open.push(required);
                }
            }
        }
        Ok(selection)
    }

    /// Every chain of the chain set, in its order, selected or not.
    pub(crate) fn chains(&self) -> &[Selected] {
        &self.chains
    }

    /// The chains that take part.
    pub(crate) fn included(&self) -> Vec<&'static Chain> {
        self.chains.iter().filter(|selected| selected.included).map(|selected| selected.chain).collect()
    }

    /// The last version of `chain` that takes part.
    pub(crate) fn last(&self, chain: &Chain) -> Option<Version> {
        let selected = &self.chains[*self.by_plugin.get(chain.plugin())?];
        Some(selected.chain.migrations()[..selected.count].last()?.version())
    }

    fn none(chains: &ChainSet) -> Self {
        let selected = |chain| Selected { chain, included: false, count: 0, followed: 0 };
        let by_plugin = chains.chains().iter().enumerate().map(|(index, chain)| (chain.plugin(), index));
        Selection { chains: chains.chains().iter().map(selected).collect(), by_plugin: by_plugin.collect() }
    }

    /// The place of `plugin` among the chains.
    pub(crate) fn find(&self, plugin: &str) -> Result<usize, Error> {
        if let Some(&index) = self.by_plugin.get(plugin) {
            return Ok(index);
        }
        let known: Vec<&str> = self.chains.iter().map(|selected| selected.chain.plugin()).collect();
        Err(unknown_plugin(plugin, &known, None))
    }

    /// Includes the first `count` migrations of a chain; true if that is more than before.
    fn raise(&mut self, index: usize, count: usize) -> bool {
        let selected = &mut self.chains[index];
        let more = !selected.included || count > selected.count;
        selected.included = true;
        selected.count = selected.count.max(count);
        more
    }
}

/// What `migrations` of `chain` require, and the chain itself; its own requirements come before its first migration.
fn requirements<'m>(
    chain: &'static Chain,
    migrations: &'m [Migration],
) -> impl Iterator<Item = &'static Requirement> + use<'m> {
    let own = if migrations.is_empty() { &[] } else { chain.requires() };
    own.iter().chain(migrations.iter().flat_map(Migration::requires))
}

fn count_up_to(chain: &Chain, target: &Target) -> Result<usize, Error> {
    let migrations = chain.migrations();
    let Some(version) = target.version else { return Ok(migrations.len()) };
    match migrations.binary_search_by_key(&version, Migration::version) {
        Ok(index) => Ok(index + 1),
        Err(index) => {
            let plugin = chain.plugin();
            // The neighbours are what a slip of the finger meant.
            let near = &migrations[index.saturating_sub(2)..migrations.len().min(index + 2)];
            let near: Vec<String> = near.iter().map(|migration| migration.version().to_string()).collect();
            let near = if near.is_empty() {
                "its chain is empty".to_owned()
            } else {
                format!("near it: {}", near.join(", "))
            };
            Err(Error::usage(format!("`{plugin}` has no version {version}; {near}")))
        }
    }
}
