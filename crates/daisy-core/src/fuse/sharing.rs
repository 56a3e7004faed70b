//! Sharing: sets that read the same become one where no value is there for longer because of that.

use super::candidates::Candidates;
use super::levels::Levels;
use super::sets::Sets;
use super::table::Table;
use super::waiting::Waiting;
use crate::bits::Bits;
use crate::facts::Given;
use crate::{Graph, Input, NodeId, Source};

/// What decides which sets that read the same become one.
pub(super) struct Sharing<'a> {
    pub(super) graph: &'a Graph,
    pub(super) given: &'a Given<'a>,
    pub(super) candidates: &'a Candidates,
    pub(super) levels: &'a Levels,
    /// The nodes that a live node outside of their set needs.
    pub(super) used: &'a Bits,
    /// The values that are there until the end in any case.
    pub(super) stays: &'a Bits,
}

/// By root: from when to when its set can run while no value is there for longer.
struct Windows {
    /// Its last member, where it runs.
    runs: Vec<NodeId>,
    /// The last place where it could run.
    until: Vec<u32>,
    /// The roots of sets that give a value which goes before the end. It is wanted soon after it is
    /// made, so there is little to find for the time that it takes.
    busy: Bits,
}

impl Sharing<'_> {
    pub(super) fn unite(&self, sets: &mut Sets, waiting: &Waiting) {
        if let Some((runs, busy)) = self.runs(sets) {
            let until = self.until(sets, waiting, &runs);
            self.unite_readers(sets, &mut Windows { runs, until, busy });
        }
    }

    /// By root: where its set runs, and which are busy; nothing if fewer than two are not.
    fn runs(&self, sets: &mut Sets) -> Option<(Vec<NodeId>, Bits)> {
        let mut runs: Vec<_> = self.graph.ids().collect();
        let mut busy = Bits::new(self.graph.len());
        let mut count = 0;
        for id in self.members() {
            let root = sets.root(id);
            runs[root.index()] = id;
            count += usize::from(root == id);
            if self.used.contains(id.index()) && !self.stays.contains(id.index()) {
                busy.insert(root.index());
            }
        }
        (count > 1 + busy.count()).then_some((runs, busy))
    }

    fn members(&self) -> impl Iterator<Item = NodeId> {
        let ids = self.graph.ids();
        ids.filter(|&id| self.candidates.class(id).is_some())
    }

    /// By root: the last place before anything uses a value of its set, and at which all that it reads
    /// is there anyway.
    fn until(&self, sets: &mut Sets, waiting: &Waiting, runs: &[NodeId]) -> Vec<u32> {
        let mut until = vec![u32::MAX; self.graph.len()];
        for id in self.graph.ids().filter(|&id| self.candidates.is_live(id)) {
            let root = sets.root(id);
            for value in self.graph.needs(id) {
                let set = sets.root(value);
                if set == root {
                    continue;
                }
                let use_of_set = runs[root.index()].raw() - 1;
                limit(&mut until[set.index()], use_of_set);
                if let Some(last) = waiting.last_use(value) {
                    let goes = runs[sets.root(last).index()];
                    limit(&mut until[root.index()], goes.raw());
                }
            }
        }
        until
    }

    fn unite_readers(&self, sets: &mut Sets, windows: &mut Windows) {
        // By what is read, under level and class of who reads it: one that did so.
        let mut readers = Table::new();
        for id in self.members() {
            // A root of what was united here is the root of a set that is not busy.
            if windows.busy.contains(sets.root(id).index()) {
                continue;
            }
            let class = self.candidates.class(id).expect("members have a class");
            let heading = u64::from(self.levels.of(id)) << 32 | u64::from(class);
            for &input in self.graph.inputs(id) {
                if self.is_worth_sharing(input, id, sets) {
                    let former = readers.entry(input, heading, id);
                    if !windows.unite(*former, id, sets) {
                        *former = id;
                    }
                }
            }
        }
    }

    fn is_worth_sharing(&self, input: Input, user: NodeId, sets: &mut Sets) -> bool {
        match input.unpack() {
            Source::Node(value) => sets.root(value) != sets.root(user),
            Source::Const(constant) => self.given.facts().is_data(constant),
        }
    }
}

impl Windows {
    /// Makes the sets of two nodes one if that of the two which runs first can run with the other.
    fn unite(&mut self, one: NodeId, other: NodeId, sets: &mut Sets) -> bool {
        let (one, other) = (sets.root(one), sets.root(other));
        if one == other {
            return true;
        }
        let runs = |root: NodeId| self.runs[root.index()];
        let (first, last) = if runs(one) < runs(other) {
            (one, other)
        } else {
            (other, one)
        };
        if self.until[first.index()] < runs(last).raw() {
            return false;
        }
        let (place, until) = (
            runs(last),
            self.until[first.index()].min(self.until[last.index()]),
        );
        let root = sets.unite(one, other).index();
        (self.runs[root], self.until[root]) = (place, until);
        true
    }
}

#[inline]
fn limit(until: &mut u32, place: u32) {
    *until = (*until).min(place);
}
