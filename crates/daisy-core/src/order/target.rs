//! Target: the end, a node that nothing needs, for which the walk sets out next.
//!
//! It is one that the fewest more roots have to run for; of those, one of whose needs some have
//! run; of those, the preferred one. Ends with the same roots behind them are a group, so that a
//! root that runs is taken note of once a group. Where no end is within reach, the next in a
//! sorted list is taken, the preferred first or last, as the graph is.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::ancestry::{Ancestry, Roots};
use super::hash_order::Table;
use super::links::Links;
use super::preference::Preference;
use super::shape::Shape;

const NONE: u32 = u32::MAX;

/// The ends that have not run.
pub(super) struct Targets {
    /// Every end; the next one is the last.
    sorted: Vec<u32>,
    groups: Vec<Group>,
    /// By node: the group of an end.
    group_of: Vec<u32>,
    /// By number of a root: the groups that it is behind.
    by_root: Links,
    /// The places of ends by preference, and groups. What is not so any more is still there.
    queue: BinaryHeap<Reverse<Entry>>,
}

/// Ends with the same roots behind them.
struct Group {
    ends: u32,
    /// How many of the roots have not run.
    missing: u32,
    /// The place of the most preferred end.
    best: u32,
    /// The place of the most preferred one of those with a need that has run.
    reached: u32,
}

/// How many roots are missing, whether the end is not reached, its place, its group.
type Entry = (u32, bool, u32, u32);

impl Group {
    fn entry(&self, group: u32) -> Reverse<Entry> {
        if self.reached == NONE {
            Reverse((self.missing, true, self.best, group))
        } else {
            Reverse((self.missing, false, self.reached, group))
        }
    }
}

impl Targets {
    pub(super) fn new(shape: &Shape, ancestry: &Ancestry, preference: &Preference) -> Self {
        let ends = preference.node.iter().copied();
        let ends = ends.filter(|&node| shape.dependents.of(node).is_empty());
        let mut targets = Self {
            sorted: ends.collect(),
            groups: Vec::new(),
            group_of: vec![NONE; shape.needs.len()],
            by_root: Links::default(),
            queue: BinaryHeap::new(),
        };
        targets.group(shape, ancestry, preference);
        if targets.is_even(shape, ancestry) {
            return targets;
        }
        targets.sorted.reverse();
        targets
    }

    fn group(&mut self, shape: &Shape, ancestry: &Ancestry, preference: &Preference) {
        let ends = self.sorted.iter().filter(|&&end| !shape.is_root(end));
        let mut ends: Vec<(Roots, u32)> = ends
            .map(|&end| (ancestry.roots[end as usize], preference.place[end as usize]))
            .collect();
        ends.sort_unstable();
        let mut links = Links::with_capacity(0, ends.len());
        for group in ends.chunk_by(|left, right| left.0 == right.0) {
            let (roots, best) = group[0];
            for &(_, place) in group {
                let end = preference.node[place as usize];
                self.group_of[end as usize] = self.groups.len() as u32;
            }
            links.push(ancestry.numbers(roots));
            self.groups.push(Group {
                ends: group.len() as u32,
                missing: ancestry.count(roots),
                best,
                reached: NONE,
            });
        }
        self.by_root = links.reversed(ancestry.root_count as usize);
        let entries = (0..).zip(&self.groups);
        self.queue = entries.map(|(number, group)| group.entry(number)).collect();
    }

    /// Whether the roots have equally many ends before them, as far as that is looked at: not where
    /// the graph narrows or widens by far.
    fn is_even(&self, shape: &Shape, ancestry: &Ancestry) -> bool {
        let walked = shape.needs.nodes();
        let walked = walked.filter(|&node| !shape.removed[node as usize]);
        let roots: Vec<u32> = walked.filter(|&node| shape.is_root(node)).collect();
        if roots.len().abs_diff(self.sorted.len()) * 5 >= roots.len() * 4 {
            return true;
        }
        let ends = |&root: &u32| {
            let groups = self.by_root.of(ancestry.number(root)).iter();
            groups
                .map(|&group| self.groups[group as usize].ends)
                .sum::<u32>()
        };
        let first = roots.iter().map(ends).find(|&ends| ends > 0).unwrap_or(0);
        if roots.iter().all(|root| ends(root) == first) {
            return true;
        }
        let is_even = roots.iter().all(|root| [0, first].contains(&ends(root)));
        is_even && alone_come_first(shape, |root| ends(&root) == 0)
    }

    /// A root has run.
    pub(super) fn note_root(&mut self, number: u32) {
        for &number in self.by_root.of(number) {
            let group = &mut self.groups[number as usize];
            group.missing -= 1;
            if group.missing > 0 {
                self.queue.push(group.entry(number));
            }
        }
    }

    /// A need of an end has run, for the first time.
    pub(super) fn note_reached(&mut self, end: u32, place: u32) {
        let number = self.group_of[end as usize];
        let Some(group) = self.groups.get_mut(number as usize) else {
            return;
        };
        if place < group.reached {
            group.reached = place;
            if group.missing > 0 {
                self.queue.push(group.entry(number));
            }
        }
    }

    /// The next end of the list, whether it has run or not.
    pub(super) fn next_sorted(&mut self) -> Option<u32> {
        self.sorted.pop()
    }

    /// The place of the best end of those that wait for roots.
    pub(super) fn nearest(&mut self) -> Option<u32> {
        while let Some(&entry) = self.queue.peek() {
            let Reverse((missing, _, place, number)) = entry;
            let group = &self.groups[number as usize];
            if missing > 0 && group.entry(number) == entry {
                return Some(place);
            }
            self.queue.pop();
        }
        None
    }
}

/// Whether dask, which forgets that it saw roots that are ends themselves before others, comes by
/// all of them before it comes by another: it goes through a set of the roots.
fn alone_come_first(shape: &Shape, is_alone: impl Fn(u32) -> bool) -> bool {
    let hash = |node: u32| shape.hashes[node as usize];
    let mut set = Table::new();
    let is_first_root = |&node: &u32| shape.is_root(node) && shape.data_of(node).is_empty();
    for root in shape.needs.nodes().filter(is_first_root) {
        set.add(root, hash(root));
    }
    let before: Vec<u32> = set.nodes().collect();
    for root in before {
        if shape.removed[root as usize] {
            set.remove(root, hash(root));
            let dependents = shape.dependents.of(root).iter().copied();
            for next in dependents.filter(|&node| shape.is_root(node)) {
                let mut data = shape.data_of(next).iter();
                if data.all(|&data| !set.contains(data, hash(data))) {
                    set.add(next, hash(next));
                }
            }
        }
    }
    let roots: Vec<u32> = set.nodes().collect();
    roots.is_sorted_by_key(|&root| !is_alone(root))
}
