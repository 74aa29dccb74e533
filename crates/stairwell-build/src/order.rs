//! The one order in which all migrations apply: core first, then by requirement, ties by plugin name.

use std::collections::{BTreeMap, BTreeSet};

use crate::draft::{Draft, Requirement};

/// A migration by the index of its plugin in the draft and its index in the chain. Because plugins
/// are sorted with `core` first, the order of nodes is the order in which ties are broken.
pub(crate) type Node = (usize, usize);

/// One step of a circle: `from` has to wait for `to`.
pub(crate) struct Wait<'a> {
    pub(crate) from: Node,
    pub(crate) to: Node,
    /// None: `to` is simply the migration before in the same chain.
    pub(crate) requirement: Option<&'a Requirement>,
}

/// All migrations in plan order, or a circle of migrations that wait for each other.
///
/// Requirements on what does not exist are left out: another rule reports them.
/// Kahn's algorithm with an ordered set, so that equal input gives equal output.
pub(crate) fn order(draft: &Draft) -> Result<Vec<Node>, Vec<Wait<'_>>> {
    let waits = waits(draft);
    let mut missing: BTreeMap<Node, usize> = BTreeMap::new();
    let mut dependants: BTreeMap<Node, Vec<Node>> = BTreeMap::new();
    for (&from, edges) in &waits {
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
        missing.remove(&node);
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
    match missing.keys().next() {
        None => Ok(ordered),
        Some(&start) => Err(circle(&waits, &missing, start)),
    }
}

type Waits<'a> = BTreeMap<Node, Vec<(Node, Option<&'a Requirement>)>>;

fn waits(draft: &Draft) -> Waits<'_> {
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
            // A requirement on the own chain is another rule's finding.
            let foreign =
                of_chain.iter().chain(migration.requires()).filter(|r| r.plugin.value != plugin.name);
            edges.extend(foreign.filter_map(|r| Some((target(r)?, Some(r)))));
            waits.insert((plugin_index, index), edges);
        }
    }
    waits
}

/// Walks from `start` along waits that are not met until a node comes up again.
///
/// Every node that is left waits for another that is left, so the walk cannot end otherwise.
fn circle<'a>(waits: &Waits<'a>, left: &BTreeMap<Node, usize>, start: Node) -> Vec<Wait<'a>> {
    let mut path: Vec<Wait<'a>> = Vec::new();
    let mut seen: BTreeMap<Node, usize> = BTreeMap::new();
    let mut at = start;
    while let Some(&(to, requirement)) =
        waits.get(&at).and_then(|edges| edges.iter().find(|(to, _)| left.contains_key(to)))
    {
        if let Some(&first) = seen.get(&at) {
            return path.split_off(first);
        }
        seen.insert(at, path.len());
        path.push(Wait { from: at, to, requirement });
        at = to;
    }
    path
}
