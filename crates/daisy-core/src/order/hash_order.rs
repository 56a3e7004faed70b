//! Hash order: in which order CPython goes through a set.
//!
//! Where dask goes through a set, what it finds first depends on the hashes of the keys and on how
//! the set came to be. To rank as dask does in the same process, the tables of such sets are
//! filled here as CPython fills them (<https://github.com/python/cpython/blob/main/Objects/setobject.c>):
//! a short run of neighbours is tried before the next place is drawn from more bits of the hash,
//! and a table grows when it is three fifths full. Nothing but ties hangs on it.

const FREE: u32 = u32::MAX;
/// Left where a node was taken away: a search goes on there.
const GONE: u32 = u32::MAX - 1;

const SMALLEST: usize = 8;
const NEIGHBOURS: usize = 9;

/// The table of a set of nodes.
pub(super) struct Table {
    slots: Vec<(u64, u32)>,
    /// How many slots are not free.
    filled: usize,
    used: usize,
    spare: Vec<(u64, u32)>,
}

impl Table {
    pub(super) fn new() -> Self {
        Self {
            slots: vec![(0, FREE); SMALLEST],
            filled: 0,
            used: 0,
            spare: Vec::new(),
        }
    }

    fn clear(&mut self, len: usize) {
        self.slots.clear();
        self.slots.resize(len, (0, FREE));
        self.filled = 0;
        self.used = 0;
    }

    /// The nodes in the order of the set.
    pub(super) fn nodes(&self) -> impl Iterator<Item = u32> + '_ {
        let nodes = self.slots.iter().map(|&(_, node)| node);
        nodes.filter(|&node| node < GONE)
    }

    /// Adds a node that is not there.
    #[inline]
    pub(super) fn add(&mut self, node: u32, hash: u64) {
        if self.filled > self.used && self.reuse(node, hash) {
            return;
        }
        self.insert(node, hash);
        if self.filled * 5 >= (self.slots.len() - 1) * 3 {
            let factor = if self.used > 50_000 { 2 } else { 4 };
            self.resize(length_above(self.used * factor));
        }
    }

    /// Puts a node where one was taken away: the last such slot before a free one.
    #[cold]
    fn reuse(&mut self, node: u32, hash: u64) -> bool {
        let mut gone = None;
        self.probe(hash, |place, node| {
            if node == GONE {
                gone = Some(place);
            }
            node == FREE
        });
        let Some(place) = gone else { return false };
        self.slots[place] = (hash, node);
        self.used += 1;
        true
    }

    /// Takes a node away, if it is there.
    pub(super) fn remove(&mut self, node: u32, hash: u64) {
        let found = self.find(node, hash);
        if self.slots[found].1 == node {
            self.slots[found].1 = GONE;
            self.used -= 1;
        }
    }

    pub(super) fn contains(&self, node: u32, hash: u64) -> bool {
        self.slots[self.find(node, hash)].1 == node
    }

    #[inline]
    fn insert(&mut self, node: u32, hash: u64) {
        let free = self.find(node, hash);
        self.slots[free] = (hash, node);
        self.filled += 1;
        self.used += 1;
    }

    /// Where a node is, or the free slot where it belongs.
    #[inline]
    fn find(&self, node: u32, hash: u64) -> usize {
        self.probe(hash, |_, found| found == FREE || found == node)
    }

    /// Comes by slots in the order in which a hash tries them, up to one that will do.
    #[inline]
    fn probe(&self, hash: u64, mut will_do: impl FnMut(usize, u32) -> bool) -> usize {
        let mask = self.slots.len() - 1;
        let mut more = hash as usize;
        let mut place = more & mask;
        loop {
            let last = if place + NEIGHBOURS <= mask {
                place + NEIGHBOURS
            } else {
                place
            };
            if let Some(found) = (place..=last).find(|&at| will_do(at, self.slots[at].1)) {
                return found;
            }
            more >>= 5;
            place = (place.wrapping_mul(5).wrapping_add(more).wrapping_add(1)) & mask;
        }
    }

    #[cold]
    fn resize(&mut self, len: usize) {
        let mut before = std::mem::replace(&mut self.slots, std::mem::take(&mut self.spare));
        self.clear(len);
        for (hash, node) in before.drain(..).filter(|slot| slot.1 < GONE) {
            self.insert(node, hash);
        }
        self.spare = before;
    }

    /// Becomes the set of some nodes, added one by one.
    #[inline]
    pub(super) fn collect(&mut self, nodes: impl Iterator<Item = (u32, u64)>) {
        self.clear(SMALLEST);
        for (node, hash) in nodes {
            self.add(node, hash);
        }
    }

    /// Puts nodes, which another set of a given table length has in this order, into the order of
    /// a copy of that set. A length of 0: of a set that nodes were taken away from.
    pub(super) fn copy(&mut self, nodes: &mut [u32], len: usize, hashes: &[u64]) {
        let own = copied(nodes.len());
        if own == len {
            return; // the slots are copied as they are
        }
        self.clear(own);
        for &node in nodes.iter() {
            self.insert(node, hashes[node as usize]);
        }
        for (place, node) in nodes.iter_mut().zip(self.nodes()) {
            *place = node;
        }
    }
}

fn length_above(least: usize) -> usize {
    (least + 1).next_power_of_two().max(SMALLEST)
}

/// How long the table of a copy of a set of so many nodes is.
pub(super) fn copied(nodes: usize) -> usize {
    if nodes * 5 >= (SMALLEST - 1) * 3 {
        length_above(nodes * 2)
    } else {
        SMALLEST
    }
}

/// How long the table of a set is to which so many nodes were added one by one.
pub(super) fn grown(nodes: usize) -> usize {
    let mut len = SMALLEST;
    loop {
        // With so many nodes the table grows.
        let full = ((len - 1) * 3).div_ceil(5);
        if nodes < full {
            return len;
        }
        let factor = if full > 50_000 { 2 } else { 4 };
        len = length_above(full * factor);
    }
}

/// Whether CPython, asked for the difference of a set and something else, copies the set and then
/// takes away what is in the other; otherwise it adds what is not in the other to an empty set.
pub(super) fn is_copied(set: usize, other: usize) -> bool {
    set >> 2 > other
}

#[cfg(test)]
mod tests {
    use super::{copied, grown};

    #[test]
    fn tables_are_as_long_as_those_of_cpython() {
        let lengths = [0, 4, 5, 7, 8, 15, 16, 31, 32, 100].map(copied);
        assert_eq!(lengths, [8, 8, 16, 16, 32, 32, 64, 64, 128, 256]);
        let lengths = [0, 4, 5, 18, 19, 76, 77].map(grown);
        assert_eq!(lengths, [8, 8, 32, 32, 128, 128, 512]);
    }
}
