//! Target: the end, a node that nothing needs, for which the walk sets out next.
//!
//! It is one that the fewest more roots have to run for; of those, one of whose needs some have
//! run; of those, the preferred one. Ends with the same roots behind them are a group, so that a
//! root that runs is taken note of once for all groups in an interval. Where no end is within reach,
//! the next in a sorted list is taken, the preferred first or last, as the graph is.

use super::ancestry::{Ancestry, Roots};
use super::hash_order::Table;
use super::intervals::Intervals;
use super::preference::Preference;
use super::segment_tree::{Entry, SegmentTree};
use super::shape::Shape;

const NONE: u32 = u32::MAX;

/// The ends that have not run.
pub(super) struct Targets {
    /// Every end; the next one is the last.
    sorted: Vec<u32>,
    /// By node: the group of an end.
    group_of: Vec<u32>,
    /// The groups that a root is behind.
    behind: Intervals,
    /// By group: how many of its roots have not run, and its best end.
    groups: SegmentTree,
}

/// The roots behind an end, and its place by preference.
type End = (Roots, u32);

impl Targets {
    /// `None` if what is known of roots would take more room than `most` numbers.
    pub(super) fn new(
        shape: &Shape,
        ancestry: &Ancestry,
        preference: &Preference,
        most: usize,
    ) -> Option<Self> {
        let ends = preference.node.iter().copied();
        let ends = ends.filter(|&node| shape.dependents.of(node).is_empty());
        let sorted: Vec<u32> = ends.collect();
        let ends = sorted.iter().filter(|&&end| !shape.is_root(end));
        let mut ends: Vec<End> = ends
            .map(|&end| (ancestry.roots[end as usize], preference.place[end as usize]))
            .collect();
        ends.sort_unstable();
        let groups: Vec<&[End]> = ends.chunk_by(|left, right| left.0 == right.0).collect();
        let mut targets = Self {
            sorted,
            group_of: group_of(&groups, preference),
            behind: Intervals::new(groups.iter().map(|group| group[0].0), ancestry, most)?,
            groups: SegmentTree::new(&entries(&groups, ancestry)),
        };
        if !targets.is_even(shape, ancestry, &groups) {
            targets.sorted.reverse();
        }
        Some(targets)
    }

    /// Whether the roots have equally many ends before them, as far as that is looked at: not where
    /// the graph narrows or widens by far.
    fn is_even(&self, shape: &Shape, ancestry: &Ancestry, groups: &[&[End]]) -> bool {
        let walked = shape.needs.nodes();
        let walked = walked.filter(|&node| !shape.removed[node as usize]);
        let roots: Vec<u32> = walked.filter(|&node| shape.is_root(node)).collect();
        if roots.len().abs_diff(self.sorted.len()) * 5 >= roots.len() * 4 {
            return true;
        }
        // By group: how many ends are in those before it; one more for all.
        let mut before = vec![0];
        before.extend(groups.iter().scan(0, |sum, group| {
            *sum += group.len();
            Some(*sum)
        }));
        let ends = |&root: &u32| -> usize {
            let intervals = self.behind.of(ancestry.number(root));
            intervals
                .map(|(first, end)| before[end as usize] - before[first as usize])
                .sum()
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
        for (first, end) in self.behind.of(number) {
            self.groups.lower(first, end);
        }
    }

    /// A need of an end has run, for the first time.
    pub(super) fn note_reached(&mut self, end: u32, place: u32) {
        let group = self.group_of[end as usize];
        if group != NONE {
            self.groups.rank(group, (false, place));
        }
    }

    /// The next end of the list, whether it has run or not.
    pub(super) fn next_sorted(&mut self) -> Option<u32> {
        self.sorted.pop()
    }

    /// The place of the best end of those that wait for roots.
    pub(super) fn nearest(&mut self) -> Option<u32> {
        loop {
            let entry = self.groups.least()?;
            if entry.missing > 0 {
                return Some(entry.rank.1);
            }
            self.groups.remove(entry.number);
        }
    }
}

fn group_of(groups: &[&[End]], preference: &Preference) -> Vec<u32> {
    let mut group_of = vec![NONE; preference.place.len()];
    for (number, group) in (0..).zip(groups) {
        for &(_, place) in *group {
            group_of[preference.node[place as usize] as usize] = number;
        }
    }
    group_of
}

fn entries(groups: &[&[End]], ancestry: &Ancestry) -> Vec<Entry> {
    let entry = |(number, group): (u32, &&[End])| {
        let (roots, best) = group[0];
        Entry {
            missing: ancestry.count(roots),
            rank: (true, best),
            number,
        }
    };
    (0..).zip(groups).map(entry).collect()
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
