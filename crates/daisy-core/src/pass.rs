//! Pass: from a graph to a better one that means the same.

use std::fmt;

use crate::cull::cull;
use crate::facts::{Facts, Given};
use crate::fuse::fuse;
use crate::{Graph, Group, Input, NodeId, Source};

/// A way to make a graph better.
#[derive(Clone, Copy)]
pub struct Pass {
    /// What switches it off.
    pub name: &'static str,
    /// What it does, and why at its place in the order.
    pub why: &'static str,
    /// Gives the new graph, or nothing if the old one cannot be bettered.
    pub run: fn(&Graph, &Given<'_>) -> Option<Rewritten>,
}

/// All passes, in the order in which they run.
///
/// With any subset of them a run gives the same values.
pub const PASSES: &[Pass] = &[
    Pass {
        name: "cull",
        why: "Leaves out nodes that no output needs. First, so that no other pass works on them.",
        run: cull,
    },
    Pass {
        name: "fuse",
        why: "Makes connected element-wise nodes one. Last, since no other pass sees into groups.",
        run: fuse,
    },
];

/// What a pass made of a graph.
#[derive(Clone)]
pub struct Rewritten {
    /// The new graph.
    pub graph: Graph,
    /// Where the nodes of the old graph are in the new one.
    pub moved: Moved,
    /// The groups that are nodes of the new graph, by number.
    pub groups: Vec<Group>,
}

/// Where the nodes of one graph are in another.
///
/// A member of a group is where its value is, if that is wanted outside of the group, and gone if not.
#[derive(Clone)]
pub struct Moved(Vec<u32>);

const GONE: u32 = u32::MAX;

impl Moved {
    /// The map of a graph of `len` nodes none of which has a place yet.
    pub(crate) fn nowhere(len: usize) -> Self {
        Self(vec![GONE; len])
    }

    /// Says where a node is.
    pub(crate) fn set(&mut self, old: NodeId, new: NodeId) {
        self.0[old.index()] = new.raw();
    }

    /// The node of the new graph that stands for one of the old, if there is one.
    pub fn get(&self, old: NodeId) -> Option<NodeId> {
        match self.0[old.index()] {
            GONE => None,
            new => Some(NodeId::new(new)),
        }
    }

    /// The same input in the new graph.
    pub fn input(&self, old: Input) -> Option<Input> {
        match old.unpack() {
            Source::Node(id) => self.get(id).map(Input::node),
            Source::Const(_) => Some(old),
        }
    }

    /// The nodes that have a place in the new graph, in order, each with that place.
    pub(crate) fn pairs(&self) -> impl DoubleEndedIterator<Item = (NodeId, NodeId)> {
        let places = self.0.iter().enumerate();
        places
            .filter(|&(_, &new)| new != GONE)
            .map(|(old, &new)| (NodeId::from_index(old), NodeId::new(new)))
    }

    /// Follows each node one graph further.
    fn then(mut self, next: &Moved) -> Self {
        for place in &mut self.0 {
            if *place != GONE {
                *place = next.0[*place as usize];
            }
        }
        self
    }
}

/// Which passes are on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PassSet {
    on: Vec<bool>,
}

impl Default for PassSet {
    fn default() -> Self {
        Self::all()
    }
}

impl PassSet {
    /// Every pass.
    pub fn all() -> Self {
        Self {
            on: vec![true; PASSES.len()],
        }
    }

    /// No pass.
    pub fn none() -> Self {
        Self {
            on: vec![false; PASSES.len()],
        }
    }

    /// Switches a pass on or off.
    ///
    /// # Errors
    /// When there is no pass of that name.
    pub fn set(&mut self, name: &str, on: bool) -> Result<(), UnknownPass> {
        let place = PASSES.iter().position(|pass| pass.name == name);
        let place = place.ok_or_else(|| UnknownPass { name: name.into() })?;
        self.on[place] = on;
        Ok(())
    }

    /// The same set without one pass.
    ///
    /// # Errors
    /// When there is no pass of that name.
    pub fn without(mut self, name: &str) -> Result<Self, UnknownPass> {
        self.set(name, false)?;
        Ok(self)
    }

    /// The passes that are on, in order.
    pub fn passes(&self) -> impl Iterator<Item = &'static Pass> {
        PASSES
            .iter()
            .zip(&self.on)
            .filter_map(|(pass, &on)| on.then_some(pass))
    }

    /// Runs the passes that are on. Nothing if the graph stays what it is; then it was not copied.
    pub fn apply(&self, graph: &Graph, facts: &dyn Facts) -> Option<Rewritten> {
        let mut result: Option<Rewritten> = None;
        for pass in self.passes() {
            let now = result.as_ref().map_or(graph, |result| &result.graph);
            let moved = result.as_ref().map(|result| &result.moved);
            let Some(next) = (pass.run)(now, &Given::new(facts, moved)) else {
                continue;
            };
            debug_assert_legal(pass, &next, graph.len());
            result = Some(match result {
                None => next,
                Some(before) => before.then(next),
            });
        }
        result
    }
}

impl Rewritten {
    /// What the next pass made of this.
    fn then(mut self, next: Rewritten) -> Self {
        self.groups.extend(next.groups);
        Self {
            graph: next.graph,
            moved: self.moved.then(&next.moved),
            groups: self.groups,
        }
    }
}

/// Panics in debug builds if a pass broke something; there were `nodes` before any pass.
fn debug_assert_legal(pass: &Pass, rewritten: &Rewritten, nodes: usize) {
    if cfg!(debug_assertions)
        && let Some(fault) = rewritten.fault(nodes)
    {
        panic!("the pass `{}` gave an illegal graph: {fault}", pass.name);
    }
}

/// A name that no pass has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnknownPass {
    name: String,
}

impl fmt::Display for UnknownPass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = PASSES.iter().map(|pass| pass.name).collect();
        write!(
            f,
            "there is no pass `{}`; the passes are: {}",
            self.name,
            names.join(", ")
        )
    }
}

impl std::error::Error for UnknownPass {}
