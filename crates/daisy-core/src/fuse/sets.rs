//! Sets: nodes that belong together (a union-find, by size and with path halving).

use crate::NodeId;

/// Every node in one set; at first each in one of its own.
pub(super) struct Sets {
    /// By node: one that is nearer to the root of its set; a root is its own.
    parents: Vec<u32>,
    /// By root: how many nodes are in its set.
    sizes: Vec<u32>,
    /// How many sets there are.
    count: usize,
}

impl Sets {
    pub(super) fn new(len: usize) -> Self {
        Self {
            parents: (0..len).map(|id| id as u32).collect(),
            sizes: vec![1; len],
            count: len,
        }
    }

    /// The node that stands for the set of a node.
    #[inline]
    pub(super) fn root(&mut self, id: NodeId) -> NodeId {
        let mut at = id.raw();
        while self.parents[at as usize] != at {
            let above = self.parents[self.parents[at as usize] as usize];
            self.parents[at as usize] = above;
            at = above;
        }
        NodeId::new(at)
    }

    /// Makes the sets of two nodes one; gives its root, which is that of one of them.
    #[inline]
    pub(super) fn unite(&mut self, one: NodeId, other: NodeId) -> NodeId {
        let (one, other) = (self.root(one), self.root(other));
        if one == other {
            return one;
        }
        let smaller = self.sizes[one.index()] < self.sizes[other.index()];
        let (top, below) = if smaller { (other, one) } else { (one, other) };
        self.parents[below.index()] = top.raw();
        self.sizes[top.index()] += self.sizes[below.index()];
        self.count -= 1;
        top
    }

    /// How many sets there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was united has one root, and nothing else has.
    #[test]
    fn united_nodes_have_one_root() {
        let mut sets = Sets::new(6);
        let id = NodeId::new;
        sets.unite(id(0), id(3));
        sets.unite(id(4), id(5));
        sets.unite(id(3), id(5));
        sets.unite(id(0), id(4));
        let root = sets.root(id(0));
        let same: Vec<_> = (0..6).map(|node| sets.root(id(node)) == root).collect();
        assert_eq!(same, [true, false, false, true, true, true]);
        assert_eq!(sets.count(), 3);
    }
}
