//! The one order in which all migrations apply: core first, then by requirement, ties by plugin name.

use std::collections::{BTreeMap, BTreeSet};

use crate::circle::Graph;
use crate::draft::{Draft, Requirement};

/// A migration by the index of its plugin in the draft and its index in the chain. Because plugins
/// are sorted with `core` first, the order of nodes is the order in which ties are broken.
pub(crate) type Node = (usize, usize);

/// What each migration waits for. No requirement: the other is simply the one before in the chain.
pub(crate) type Waits<'a> = Graph<Node, Option<&'a Requirement>>;

/// All migrations in plan order; fewer than all if some wait for each other in a circle.
///
/// Kahn's algorithm with an ordered set, so that equal input gives equal output.
pub(crate) fn order(waits: &Waits<'_>) -> Vec<Node> {
    let mut missing: BTreeMap<Node, usize> = BTreeMap::new();
    let mut dependants: BTreeMap<Node, Vec<Node>> = BTreeMap::new();
    for (&from, edges) in waits {
        let targets: BTreeSet<Node> = edges.iter().map(|(to, _)| *to).collect();
        missing.insert(from, targets.len());
        for to in targets {
            dependants.entry(to).or_default().push(from);
        }
    }
    let mut ready: BTreeSet<Node> =
        missing.iter().filter(|(_, count)| **count == 0).map(|(node, _)| *node).collect();
    let mut ordered = Vec::with_capacity(missing.len());
    while let Some(node) = ready.pop_first() {
        ordered.push(node);
        for dependant in dependants.get(&node).into_iter().flatten() {
            if let Some(count) = missing.get_mut(dependant) {
                *count -= 1;
                if *count == 0 {
                    ready.insert(*dependant);
                }
            }
        }
    }
    ordered
}

/// Requirements on what does not exist, or on the own chain, are left out: other rules report them.
pub(crate) fn waits(draft: &Draft) -> Waits<'_> {
    let indices: BTreeMap<&str, usize> =
        draft.plugins.iter().enumerate().map(|(index, plugin)| (plugin.name.as_str(), index)).collect();
    let target = |requirement: &Requirement| {
        let plugin = *indices.get(requirement.plugin.value.as_str())?;
        let migrations = &draft.plugins[plugin].chain.migrations;
        let version = requirement.version.value;
        let migration = migrations.binary_search_by_key(&version, |m| m.file_name.version).ok()?;
        Some((plugin, migration))
    };
    let mut waits = Waits::new();
    for (plugin_index, plugin) in draft.plugins.iter().enumerate() {
        for (index, migration) in plugin.chain.migrations.iter().enumerate() {
            let of_chain = if index == 0 { &plugin.manifest.requires[..] } else { &[] };
            let mut edges: Vec<(Node, Option<&Requirement>)> = Vec::new();
            if let Some(before) = index.checked_sub(1) {
                edges.push(((plugin_index, before), None));
            }
            let foreign =
                of_chain.iter().chain(migration.requires()).filter(|r| r.plugin.value != plugin.name);
            edges.extend(foreign.filter_map(|r| Some((target(r)?, Some(r)))));
            waits.insert((plugin_index, index), edges);
        }
    }
    waits
}
