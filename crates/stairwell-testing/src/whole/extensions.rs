//! The orders in which things can come of which some must come before others.

use std::collections::{BTreeSet, HashSet};

use super::seed::Chance;

/// Things, numbered in an order that fits, and what must come before each.
#[derive(Clone, Debug)]
pub(crate) struct PartialOrder {
    /// Directly, of each thing.
    before: Vec<Vec<usize>>,
    after: Vec<Vec<usize>>,
    /// Directly or not.
    all_before: Vec<Bits>,
}

/// A way to put all of them one behind the other.
pub(crate) type Extension = Vec<usize>;

impl PartialOrder {
    /// `before` names of each thing some that come before it; all of them have smaller numbers.
    pub(crate) fn new(before: Vec<Vec<usize>>) -> Self {
        let mut all_before: Vec<Bits> = Vec::with_capacity(before.len());
        let mut after = vec![Vec::new(); before.len()];
        for (thing, directly) in before.iter().enumerate() {
            let mut all = Bits::new(before.len());
            for &other in directly.iter().filter(|other| **other < thing) {
                all.set(other);
                all.add(&all_before[other]);
                after[other].push(thing);
            }
            all_before.push(all);
        }
        PartialOrder { before, after, all_before }
    }

    /// Every order, if there are no more than `most`.
    pub(crate) fn all(&self, most: usize) -> Option<Vec<Extension>> {
        let mut found = Vec::new();
        self.extend(&mut Progress::new(self), most, &mut found).then_some(found)
    }

    /// False if there are too many.
    fn extend(&self, progress: &mut Progress, most: usize, found: &mut Vec<Extension>) -> bool {
        if progress.placed.len() == self.before.len() {
            found.push(progress.placed.clone());
            return found.len() <= most;
        }
        for thing in progress.available.clone() {
            let mut further = progress.clone();
            further.place(self, thing);
            if !self.extend(&mut further, most, found) {
                return false;
            }
        }
        true
    }

    /// Orders in which, with that of the numbers, each two things that do not depend on each other come in both
    /// orders; at most `most`, so that some may be left out.
    pub(crate) fn both_ways(&self, most: usize) -> Vec<Extension> {
        let count = self.before.len();
        // What has been seen before each thing; in the order of the numbers everything smaller is.
        let mut seen: Vec<Bits> = (0..count).map(|_| Bits::new(count)).collect();
        let mut orders = Vec::new();
        for first in 0..count {
            // `other` has to be seen before `first`, which has the smaller number.
            while let Some(other) = (first + 1..count)
                .find(|other| !seen[first].has(*other) && !self.all_before[*other].has(first))
            {
                if orders.len() == most {
                    return orders;
                }
                let order = self.soon(other);
                let mut placed = Bits::new(count);
                for &thing in &order {
                    seen[thing].add(&placed);
                    placed.set(thing);
                }
                orders.push(order);
            }
        }
        orders
    }

    /// `thing` as soon as it can be, and behind it what has the largest number always first.
    fn soon(&self, thing: usize) -> Extension {
        let mut progress = Progress::new(self);
        for earlier in 0..=thing {
            if earlier == thing || self.all_before[thing].has(earlier) {
                progress.place(self, earlier);
            }
        }
        while let Some(&last) = progress.available.last() {
            progress.place(self, last);
        }
        progress.placed
    }

    /// One by chance.
    pub(crate) fn random(&self, chance: &mut Chance) -> Extension {
        let mut progress = Progress::new(self);
        while !progress.available.is_empty() {
            let index = chance.below(progress.available.len());
            if let Some(&thing) = progress.available.iter().nth(index) {
                progress.place(self, thing);
            }
        }
        progress.placed
    }
}

/// A beginning of an order.
#[derive(Clone)]
struct Progress {
    placed: Extension,
    /// What may come next.
    available: BTreeSet<usize>,
    /// Of each thing, how much is missing that comes directly before it.
    missing: Vec<usize>,
}

impl Progress {
    fn new(order: &PartialOrder) -> Self {
        let distinct = |before: &Vec<usize>| before.iter().collect::<HashSet<_>>().len();
        let missing: Vec<usize> = order.before.iter().map(distinct).collect();
        let available = (0..missing.len()).filter(|thing| missing[*thing] == 0).collect();
        Progress { placed: Vec::new(), available, missing }
    }

    fn place(&mut self, order: &PartialOrder, thing: usize) {
        if !self.available.remove(&thing) {
            return;
        }
        self.placed.push(thing);
        for &next in order.after[thing].iter().collect::<BTreeSet<_>>() {
            self.missing[next] -= 1;
            if self.missing[next] == 0 {
                self.available.insert(next);
            }
        }
    }
}

/// The order that is `steps` exchanges of neighbours on the way from the order of the numbers to `goal`.
///
/// If `goal` fits, each order on the way does: only things are exchanged that stand in the other order in `goal`.
/// Also gives the last two that were exchanged, as they stand now.
pub(crate) fn on_the_way(goal: &[usize], steps: usize) -> (Extension, Option<(usize, usize)>) {
    let mut rank = vec![0; goal.len()];
    for (place, &thing) in goal.iter().enumerate() {
        rank[thing] = place;
    }
    let mut order: Extension = (0..goal.len()).collect();
    let (mut left, mut exchanged) = (steps, None);
    for end in 1..order.len() {
        let mut at = end;
        while at > 0 && rank[order[at]] < rank[order[at - 1]] {
            if left == 0 {
                return (order, exchanged);
            }
            order.swap(at, at - 1);
            exchanged = Some((order[at - 1], order[at]));
            (left, at) = (left - 1, at - 1);
        }
    }
    (order, exchanged)
}

/// How many exchanges lead from the order of the numbers to `goal`.
pub(crate) fn steps_to(goal: &[usize]) -> usize {
    let later = |(place, thing): (usize, &usize)| goal[place..].iter().filter(|other| *other < thing).count();
    goal.iter().enumerate().map(later).sum()
}

/// A set of small numbers.
#[derive(Clone, Debug)]
struct Bits(Vec<u64>);

impl Bits {
    fn new(count: usize) -> Self {
        Bits(vec![0; count.div_ceil(64)])
    }

    fn has(&self, number: usize) -> bool {
        self.0[number / 64] >> (number % 64) & 1 == 1
    }

    fn set(&mut self, number: usize) {
        self.0[number / 64] |= 1 << (number % 64);
    }

    fn add(&mut self, other: &Bits) {
        for (own, other) in self.0.iter_mut().zip(&other.0) {
            *own |= other;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Chance, PartialOrder, on_the_way, steps_to};

    /// 0 before 1 and 2, 1 before 3; 4 alone.
    fn order() -> PartialOrder {
        PartialOrder::new(vec![vec![], vec![0], vec![0], vec![1], vec![]])
    }

    #[test]
    fn every_order_unless_there_are_too_many() {
        let all = order().all(24).unwrap();
        // 1, 2, 3 in three orders behind 0, and 4 at five places of each.
        assert_eq!(all.len(), 15);
        assert!(order().all(14).is_none());
        assert_eq!(PartialOrder::new(Vec::new()).all(24).unwrap(), [Vec::<usize>::new()]);
    }

    #[test]
    fn two_that_do_not_depend_on_each_other_are_seen_both_ways() {
        let before = |order: &[usize], first: usize, second: usize| {
            let place = |thing| order.iter().position(|other| *other == thing);
            place(first) < place(second)
        };
        let mut orders = order().both_ways(100);
        assert!(orders.len() <= 3, "{orders:?}");
        for found in &orders {
            assert!(order().all(24).unwrap().contains(found), "{found:?}");
        }
        orders.push((0..5).collect());
        for (first, second) in [(1, 2), (2, 3), (0, 4), (1, 4), (2, 4), (3, 4)] {
            assert!(orders.iter().any(|order| before(order, first, second)), "{first} {second}");
            assert!(orders.iter().any(|order| before(order, second, first)), "{second} {first}");
        }
    }

    #[test]
    fn every_order_on_the_way_fits() {
        let all = order().all(24).unwrap();
        let mut chance = Chance::new();
        for _ in 0..100 {
            let goal = order().random(&mut chance);
            let steps = steps_to(&goal);
            for step in 0..=steps {
                let (found, exchanged) = on_the_way(&goal, step);
                assert!(all.contains(&found), "{found:?}");
                assert_eq!(exchanged.is_none(), step == 0);
            }
            assert_eq!(on_the_way(&goal, steps).0, goal);
        }
    }
}
