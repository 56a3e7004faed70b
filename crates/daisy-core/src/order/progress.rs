//! Progress: which nodes have their place in the order, and what that makes ready.

use super::ancestry::Ancestry;
use super::preference::Preference;
use super::shape::Shape;
use super::target::Targets;

/// What is so about a node; several things may be.
pub(super) mod mark {
    pub(in super::super) const DONE: u8 = 1;
    /// Some of its needs are done, and it is not.
    pub(in super::super) const REACHED: u8 = 2;
    /// It is on a path that could run without anything further back.
    pub(in super::super) const ON_PATH: u8 = 4;
}

/// The order as far as it is made.
pub(super) struct Progress<'g> {
    pub(super) shape: &'g Shape,
    ancestry: &'g Ancestry,
    pub(super) preference: &'g Preference,
    targets: Targets,
    pub(super) order: Vec<u32>,
    marks: Vec<u8>,
    /// By node: how many of its needs are not done.
    pub(super) waits: Vec<u32>,
    /// How many nodes are reached.
    reached: usize,
    /// Nodes that could run now, and were not followed so far.
    pub(super) runnable: Vec<u32>,
}

impl<'g> Progress<'g> {
    pub(super) fn new(
        shape: &'g Shape,
        ancestry: &'g Ancestry,
        preference: &'g Preference,
        targets: Targets,
    ) -> Self {
        let nodes = shape.needs.nodes();
        let waits = nodes.map(|node| shape.needs.of(node).len() as u32);
        Self {
            waits: waits.collect(),
            order: Vec::with_capacity(shape.needs.len()),
            marks: vec![0; shape.needs.len()],
            shape,
            ancestry,
            preference,
            targets,
            reached: 0,
            runnable: Vec::new(),
        }
    }

    #[inline]
    pub(super) fn is(&self, node: u32, any: u8) -> bool {
        self.marks[node as usize] & any != 0
    }

    pub(super) fn is_done(&self, node: u32) -> bool {
        self.is(node, mark::DONE)
    }

    pub(super) fn mark(&mut self, node: u32, what: u8) {
        self.marks[node as usize] |= what;
    }

    pub(super) fn unmark(&mut self, node: u32, what: u8) {
        self.marks[node as usize] &= !what;
    }

    /// The end to reach next.
    pub(super) fn target(&mut self) -> Option<u32> {
        let nearest = if self.reached > 0 {
            self.targets.nearest()
        } else {
            None
        };
        match nearest {
            Some(place) => Some(self.preference.node[place as usize]),
            None => self.targets.next_sorted(),
        }
    }

    /// Gives a node its place, and then the one that only it kept waiting, and so on.
    pub(super) fn finish(&mut self, node: u32) {
        let mut next = Some(node);
        while let Some(node) = next.take() {
            self.unmark(node, mark::ON_PATH);
            if self.is(node, mark::REACHED) {
                self.unmark(node, mark::REACHED);
                self.reached -= 1;
            }
            if !self.is_done(node) {
                self.place(node);
                next = self.wake(node);
            }
        }
    }

    fn place(&mut self, node: u32) {
        for &data in self.shape.data_of(node) {
            if !self.is_done(data) {
                self.mark(data, mark::DONE);
                self.order.push(data);
            }
        }
        self.mark(node, mark::DONE);
        self.order.push(node);
        if self.shape.is_root(node) {
            self.targets.note_root(self.ancestry.number(node));
        }
    }

    /// Looks at what needs a node; gives what can run now if nothing else needs the node.
    fn wake(&mut self, node: u32) -> Option<u32> {
        let dependents = self.shape.dependents.of(node);
        let mut next = None;
        for &dependent in dependents {
            self.waits[dependent as usize] -= 1;
            self.reach(dependent);
            if self.waits[dependent as usize] == 0 {
                if dependents.len() == 1 {
                    next = Some(dependent);
                } else {
                    self.runnable.push(dependent);
                }
            }
        }
        next
    }

    fn reach(&mut self, node: u32) {
        if !self.is(node, mark::REACHED) {
            self.mark(node, mark::REACHED);
            self.reached += 1;
            let place = self.preference.place[node as usize];
            self.targets.note_reached(node, place);
        }
    }
}
