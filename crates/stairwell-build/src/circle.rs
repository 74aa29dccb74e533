//! Circles in a graph: one for each group of nodes that all reach each other.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// For each node what it waits for, and a mark that says why.
pub(crate) type Graph<N, M> = BTreeMap<N, Vec<(N, M)>>;

/// One step of a circle: a node, what it waits for, and the mark of that edge.
pub(crate) type Step<N, M> = (N, N, M);

/// A shortest circle through the first node of every group, groups in order of that node.
///
/// One circle per group is what can be mended at a time: breaking it may well break the others.
pub(crate) fn circles<N: Ord + Copy, M: Copy>(graph: &Graph<N, M>) -> Vec<Vec<Step<N, M>>> {
    let mut found: Vec<Vec<Step<N, M>>> =
        groups(graph).iter().filter_map(|group| shortest(graph, group)).collect();
    found.sort_by_key(|circle| circle.first().map(|step| step.0));
    found
}

/// The strongly connected components (Tarjan), with a stack of our own: depth is the user's to choose.
fn groups<N: Ord + Copy, M>(graph: &Graph<N, M>) -> Vec<BTreeSet<N>> {
    let mut number: BTreeMap<N, usize> = BTreeMap::new();
    let mut lowest: BTreeMap<N, usize> = BTreeMap::new();
    let (mut open, mut is_open, mut groups) = (Vec::new(), BTreeSet::new(), Vec::new());
    for &root in graph.keys() {
        if number.contains_key(&root) {
            continue;
        }
        let mut path = vec![(root, 0)];
        while let Some((node, next)) = path.last_mut() {
            let node = *node;
            if *next == 0 {
                let count = number.len();
                number.insert(node, count);
                lowest.insert(node, count);
                open.push(node);
                is_open.insert(node);
            }
            let edge = graph.get(&node).and_then(|edges| edges.get(*next));
            *next += 1;
            match edge {
                Some((target, _)) if !number.contains_key(target) => path.push((*target, 0)),
                Some((target, _)) if is_open.contains(target) => {
                    let low = lowest[&node].min(number[target]);
                    lowest.insert(node, low);
                }
                Some(_) => {}
                None => {
                    path.pop();
                    let low = lowest[&node];
                    if let Some((parent, _)) = path.last() {
                        let shared = lowest[parent].min(low);
                        lowest.insert(*parent, shared);
                    }
                    if low == number[&node] {
                        let start = open.iter().rposition(|other| *other == node).unwrap_or(0);
                        let group: BTreeSet<N> = open.split_off(start).into_iter().collect();
                        is_open.retain(|other| !group.contains(other));
                        groups.push(group);
                    }
                }
            }
        }
    }
    groups
}

/// Breadth first from the first node of the group back to it; none if it does not wait for itself.
fn shortest<N: Ord + Copy, M: Copy>(graph: &Graph<N, M>, group: &BTreeSet<N>) -> Option<Vec<Step<N, M>>> {
    let start = *group.first()?;
    let mut came_by: BTreeMap<N, (N, M)> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for &(target, mark) in graph.get(&node).into_iter().flatten() {
            if target == start {
                let mut circle = vec![(node, target, mark)];
                let mut at = node;
                while let Some(&(before, mark)) = came_by.get(&at) {
                    circle.push((before, at, mark));
                    at = before;
                }
                circle.reverse();
                return Some(circle);
            }
            if group.contains(&target) && !came_by.contains_key(&target) {
                came_by.insert(target, (node, mark));
                queue.push_back(target);
            }
        }
    }
    None
}

/// `a -> b -> a`, with the middle of a long circle left out.
pub(crate) fn path(names: &[String]) -> String {
    const MOST: usize = 10;
    let ends = names.first().cloned().unwrap_or_default();
    let left_out = names.len().saturating_sub(MOST);
    let shown: Vec<&str> = names.iter().take(MOST).map(String::as_str).collect();
    match left_out {
        0 => format!("{} -> {ends}", shown.join(" -> ")),
        count => format!("{} -> … {count} more … -> {ends}", shown.join(" -> ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(edges: &[(u32, u32)]) -> Vec<Vec<u32>> {
        let mut graph: Graph<u32, ()> = Graph::new();
        for &(from, to) in edges {
            graph.entry(from).or_default().push((to, ()));
            graph.entry(to).or_default();
        }
        circles(&graph).into_iter().map(|circle| circle.into_iter().map(|step| step.0).collect()).collect()
    }

    #[test]
    fn every_group_gives_one_shortest_circle() {
        assert_eq!(found(&[(1, 2), (2, 3)]), Vec::<Vec<u32>>::new());
        assert_eq!(found(&[(1, 1)]), [[1]]);
        assert_eq!(found(&[(3, 1), (1, 2), (2, 3), (2, 1), (5, 4), (4, 5), (3, 4)]), [[1, 2], [4, 5]]);
    }

    #[test]
    fn a_circle_of_a_hundred_thousand_needs_no_deep_stack() {
        let edges: Vec<(u32, u32)> = (0..100_000).map(|node| (node, (node + 1) % 100_000)).collect();
        assert_eq!(found(&edges)[0].len(), 100_000);
    }

    #[test]
    fn a_long_path_is_shortened() {
        let names: Vec<String> = (0..12).map(|number| number.to_string()).collect();
        assert_eq!(path(&names[..2]), "0 -> 1 -> 0");
        assert_eq!(path(&names), "0 -> 1 -> 2 -> 3 -> 4 -> 5 -> 6 -> 7 -> 8 -> 9 -> … 2 more … -> 0");
    }
}
