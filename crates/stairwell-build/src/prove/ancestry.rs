//! Which migrations are certain to have been applied when another one is.

use std::collections::BTreeMap;

use crate::order::{Node, Waits};

/// For each migration, how many migrations of each chain come before it on every database.
///
/// A chain is a line, so what comes before a migration is a beginning of each chain, and a number per chain
/// says all. That keeps ten thousand migrations at ten thousand rows rather than a hundred million pairs.
pub(crate) struct Ancestry {
    before: BTreeMap<Node, Vec<usize>>,
}

impl Ancestry {
    /// `order` is sound: what a migration waits for stands before it.
    pub(crate) fn new(order: &[Node], waits: &Waits<'_>, plugins: usize) -> Self {
        let mut before: BTreeMap<Node, Vec<usize>> = BTreeMap::new();
        for node in order {
            let mut counts = vec![0; plugins];
            for (waited, _) in waits.get(node).into_iter().flatten() {
                if let Some(theirs) = before.get(waited) {
                    for (count, other) in counts.iter_mut().zip(theirs) {
                        *count = (*count).max(*other);
                    }
                }
                if let Some(count) = counts.get_mut(waited.0) {
                    *count = (*count).max(waited.1 + 1);
                }
            }
            before.insert(*node, counts);
        }
        Ancestry { before }
    }

    /// Whether `earlier` has been applied wherever `later` is about to be.
    pub(crate) fn is_before(&self, earlier: Node, later: Node) -> bool {
        self.before
            .get(&later)
            .and_then(|counts| counts.get(earlier.0))
            .is_some_and(|count| *count > earlier.1)
    }
}
