//! Shape: the graph that is ranked, without the data that does not count.

use super::hash_order::{Table, copied, grown, is_copied};
use super::links::Links;

/// A graph of tasks and data, by number. Dask's keys are numbered in the order of their dict.
#[derive(Default)]
pub struct Keys {
    /// What each node needs, each of them once, in the order of dask's set of them.
    pub needs: Links,
    /// By node: the length of the hash table behind that set, as a power of two; of no meaning for
    /// sets of fewer than four.
    pub lengths: Vec<u8>,
    /// By node: the hash of its key.
    pub hashes: Vec<u64>,
    /// By node: whether it is a value and no task.
    pub data: Vec<bool>,
}

/// The graph as it is walked.
pub(super) struct Shape {
    pub(super) needs: Links,
    /// By node: the length of the table of its set of needs; 0 where nodes were taken away.
    lengths: Vec<usize>,
    /// In the order of dask's sets of them.
    pub(super) dependents: Links,
    /// By node: data that is not walked, and gets its place just before who needs it.
    data: Links,
    pub(super) hashes: Vec<u64>,
    /// By node: whether it is not walked.
    pub(super) removed: Vec<bool>,
    pub(super) walked: usize,
}

impl Shape {
    /// Takes out values that several nodes need: they are there before anything runs.
    pub(super) fn new(keys: Keys) -> Self {
        let nodes = keys.needs.len();
        let mut dependents = keys.needs.reversed(nodes);
        let mut table = Table::new();
        for node in dependents.nodes() {
            sort(&mut table, dependents.of_mut(node), &keys.hashes);
        }
        let is_removed = |node: u32| {
            let is_root = keys.needs.of(node).is_empty();
            keys.data[node as usize] && is_root && dependents.of(node).len() > 1
        };
        let removed: Vec<bool> = keys.needs.nodes().map(is_removed).collect();
        let count = removed.iter().filter(|&&removed| removed).count();
        let mut shape = Self {
            lengths: keys.lengths.iter().map(|&power| 1 << power).collect(),
            needs: keys.needs,
            dependents,
            data: Links::default(),
            hashes: keys.hashes,
            removed,
            walked: nodes - count,
        };
        if count > 0 {
            shape.remove(count, &mut table);
        }
        shape
    }

    fn remove(&mut self, count: usize, table: &mut Table) {
        let all = std::mem::take(&mut self.needs);
        self.needs = Links::with_capacity(all.len(), all.total());
        self.data = Links::with_capacity(all.len(), 0);
        let mut rest = Vec::new();
        for node in all.nodes() {
            let needs = all.of(node);
            let is_removed = |need: u32| self.removed[need as usize];
            self.data
                .push(needs.iter().copied().filter(|&need| is_removed(need)));
            rest.clear();
            rest.extend_from_slice(needs);
            let length = self.lengths[node as usize];
            subtract(table, &mut rest, length, is_removed, count, &self.hashes);
            self.lengths[node as usize] = match is_copied(needs.len(), count) {
                true if rest.len() < needs.len() => 0,
                true => copied(needs.len()),
                false => grown(rest.len()),
            };
            self.needs.push(rest.iter().copied());
        }
    }

    /// Appends what of a node's needs is not done, in the order of dask's set of that.
    #[inline]
    pub(super) fn remaining(
        &self,
        node: u32,
        is_done: impl Fn(u32) -> bool,
        done: usize,
        table: &mut Table,
        rest: &mut Vec<u32>,
    ) {
        rest.clear();
        let needs = self.needs.of(node);
        if needs.len() > 1 {
            rest.extend_from_slice(needs);
            let length = self.lengths[node as usize];
            subtract(table, rest, length, is_done, done, &self.hashes);
        } else {
            rest.extend(needs.iter().copied().filter(|&need| !is_done(need)));
        }
    }

    /// The nodes in a given order of those that are walked, behind the data that is not.
    pub(super) fn data_first(&self, walked: &[u32]) -> Vec<u32> {
        let nodes = self.needs.nodes();
        let data = nodes.filter(|&node| self.removed[node as usize]);
        data.chain(walked.iter().copied()).collect()
    }

    /// The data that gets its place just before a node.
    #[inline]
    pub(super) fn data_of(&self, node: u32) -> &[u32] {
        if self.data.is_empty() {
            &[]
        } else {
            self.data.of(node)
        }
    }

    pub(super) fn is_root(&self, node: u32) -> bool {
        self.needs.of(node).is_empty()
    }
}

/// Takes nodes out of a list that has the order of a set, as the difference of two sets would.
fn subtract(
    table: &mut Table,
    set: &mut Vec<u32>,
    length: usize,
    is_gone: impl Fn(u32) -> bool,
    gone: usize,
    hashes: &[u64],
) {
    if is_copied(set.len(), gone) {
        table.copy(set, length, hashes);
        set.retain(|&node| !is_gone(node));
    } else {
        set.retain(|&node| !is_gone(node));
        sort(table, set, hashes);
    }
}

/// Puts nodes into the order of the set to which they are added one by one.
#[inline]
fn sort(table: &mut Table, nodes: &mut [u32], hashes: &[u64]) {
    if nodes.len() < 2 {
        return;
    }
    table.collect(nodes.iter().map(|&node| (node, hashes[node as usize])));
    for (place, node) in nodes.iter_mut().zip(table.nodes()) {
        *place = node;
    }
}
