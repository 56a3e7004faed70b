//! Waiters: which steps wait for which node.

use crate::NodeId;

/// Lists of steps by the node that they wait for. A step is in one list at most.
///
/// The lists are linked through tables, so that a list costs no allocation; the tables are made
/// when the first step has to wait. An entry is an id plus one, and 0 is the end: a table of zeros
/// takes no memory before it is written to.
#[derive(Default)]
pub(crate) struct Waiters {
    /// By node: the step that began to wait for it last.
    first: Vec<u32>,
    /// By step: the one behind it in its list.
    next: Vec<u32>,
    /// By step: the place of the node among what the step needs.
    places: Vec<u32>,
}

/// A step that waits.
#[derive(Clone, Copy)]
pub(crate) struct Waiter {
    pub(crate) step: NodeId,
    /// Where what it waits for stands among what it needs.
    pub(crate) place: usize,
}

impl Waiters {
    /// Puts a step into the list of a node of a graph of `nodes` nodes.
    #[inline]
    pub(crate) fn push(&mut self, node: NodeId, waiter: Waiter, nodes: usize) {
        if self.first.is_empty() {
            self.first = vec![0; nodes];
            self.next = vec![0; nodes];
            self.places = vec![0; nodes];
        }
        let Waiter { step, place } = waiter;
        self.places[step.index()] = place as u32;
        self.next[step.index()] = self.first[node.index()];
        self.first[node.index()] = step.raw() + 1;
    }

    /// Empties the list of a node, and gives its first step. The others follow by [`Self::after`].
    #[inline]
    pub(crate) fn take(&mut self, node: NodeId) -> Option<Waiter> {
        let first = self.first.get_mut(node.index())?;
        let entry = std::mem::take(first);
        self.unpack(entry)
    }

    /// The step that was behind another one. To be asked before that one waits again.
    #[inline]
    pub(crate) fn after(&self, step: NodeId) -> Option<Waiter> {
        self.unpack(self.next[step.index()])
    }

    #[inline]
    fn unpack(&self, entry: u32) -> Option<Waiter> {
        let step = NodeId::new(entry.checked_sub(1)?);
        let place = self.places[step.index()] as usize;
        Some(Waiter { step, place })
    }
}
