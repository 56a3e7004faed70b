//! Levels: how often a value has to leave a group before a node can run.

use super::candidates::Candidates;
use crate::{Graph, NodeId, Purity};

/// By node: its level. What it promises is written in `mod.rs`.
pub(super) struct Levels(Vec<u32>);

impl Levels {
    pub(super) fn new(graph: &Graph, candidates: &Candidates) -> Self {
        let mut levels = Self::least(graph, candidates);
        levels.raise(graph, candidates);
        levels
    }

    #[inline]
    pub(super) fn of(&self, id: NodeId) -> u32 {
        self.0[id.index()]
    }

    /// The least levels that there can be.
    fn least(graph: &Graph, candidates: &Candidates) -> Self {
        let mut levels: Vec<u32> = Vec::with_capacity(graph.len());
        let mut impure = 0;
        for id in graph.ids() {
            let step =
                |needed: NodeId| levels[needed.index()] + u32::from(candidates.leaves(needed, id));
            let mut level = graph.needs(id).map(step).max().unwrap_or(0);
            if graph.purity(id) == Purity::Impure {
                level = level.max(impure);
                impure = level;
            }
            levels.push(level);
        }
        Self(levels)
    }

    /// Lifts candidates to the first of those that use them, where that is one which they may share
    /// a group with.
    fn raise(&mut self, graph: &Graph, candidates: &Candidates) {
        // By node: how high its users let it stand, and whether the user that says so is a stranger.
        let mut limits = vec![(u32::MAX, true); graph.len()];
        for id in graph.ids().rev().filter(|&id| candidates.is_live(id)) {
            if let (limit, false) = limits[id.index()] {
                self.0[id.index()] = limit;
            }
            for needed in graph.needs(id) {
                if candidates.class(needed).is_some() {
                    let stranger = candidates.leaves(needed, id);
                    let limit = (self.of(id) - u32::from(stranger), stranger);
                    limits[needed.index()] = limits[needed.index()].min(limit);
                }
            }
        }
    }
}
