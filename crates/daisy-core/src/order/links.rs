//! Links: for each node the nodes on the other side of its edges.

/// Lists of nodes by node, one behind the other in one table.
#[derive(Clone, Debug)]
pub struct Links {
    /// By node: where its list begins; one more for the end.
    first: Vec<u32>,
    to: Vec<u32>,
}

impl Default for Links {
    fn default() -> Self {
        Self::with_capacity(0, 0)
    }
}

impl Links {
    /// No lists, with room for those of some nodes.
    pub fn with_capacity(nodes: usize, links: usize) -> Self {
        let mut first = Vec::with_capacity(nodes + 1);
        first.push(0);
        Self {
            first,
            to: Vec::with_capacity(links),
        }
    }

    /// Adds the list of the next node.
    ///
    /// # Panics
    /// When there are 2^32 links or more.
    #[inline]
    pub fn push(&mut self, list: impl IntoIterator<Item = u32>) {
        self.to.extend(list);
        let end = u32::try_from(self.to.len());
        self.first
            .push(end.expect("there are fewer than 2^32 links"));
    }

    /// How many nodes have a list.
    pub fn len(&self) -> usize {
        self.first.len() - 1
    }

    /// Whether no node has a list.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The list of a node.
    #[inline]
    pub fn of(&self, node: u32) -> &[u32] {
        let node = node as usize;
        &self.to[self.first[node] as usize..self.first[node + 1] as usize]
    }

    #[inline]
    pub(super) fn of_mut(&mut self, node: u32) -> &mut [u32] {
        let node = node as usize;
        &mut self.to[self.first[node] as usize..self.first[node + 1] as usize]
    }

    pub(super) fn nodes(&self) -> std::ops::Range<u32> {
        0..self.len() as u32
    }

    /// How many links there are.
    pub(super) fn total(&self) -> usize {
        self.to.len()
    }

    /// The same edges from the other side, of `nodes` nodes there, each list by rising number.
    pub(super) fn reversed(&self, nodes: usize) -> Self {
        let mut first = vec![0; nodes + 1];
        for &to in &self.to {
            first[to as usize + 1] += 1;
        }
        for node in 1..first.len() {
            first[node] += first[node - 1];
        }
        let mut free = first.clone();
        let mut to = vec![0; self.to.len()];
        for node in self.nodes() {
            for &other in self.of(node) {
                let place = &mut free[other as usize];
                to[*place as usize] = node;
                *place += 1;
            }
        }
        Self { first, to }
    }
}
