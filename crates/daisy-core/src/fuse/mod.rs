//! Fuse: makes connected element-wise nodes one node each.
//!
//! A node is a *candidate* if it has a class, is pure and live and waits for nothing (`candidates.rs`).
//! Nothing that leaves a group may come back into it, directly or through other groups. Every node has
//! a *level* (`levels.rs`), how often values have left a group on the way to it:
//!
//! 1. A user of a candidate that is not itself a candidate of the same class is at least one level
//!    higher: the value leaves its group for sure. So is every user of one that ends its group.
//! 2. All other users of a node, and what waits for it, are at least as high. So is the next impure
//!    node after an impure one, since these stay in order.
//!
//! Levels are first the least of which this is true. Then, from the last node to the first, a candidate
//! is lifted to the lowest limit that its users set for it, which breaks neither rule: `y` of
//! `y = x * 2; z = opaque(x + 1); r = y + z` has to wait for `z` and may then be one with `r`. It is
//! lifted only if a candidate of its class sets that limit; otherwise it would leave its inputs
//! behind for nothing.
//!
//! Levels only say where it is good to cut. What makes groups right is their place:
//!
//! **Everything stays in its order, and a group runs where its last member stands.** Nodes are taken in order
//! (`joining.rs`), and a candidate joins the sets of those inputs that have its class and level. Once anything
//! else uses a value of a set, the set is *closed*: nothing joins it any more.
//!
//! **No circle.** All members of a set come before the first use of one of its values from outside. So all edges
//! between sets lead from an earlier place to a later one, also those between impure nodes. A path that leaves
//! a group and comes back would be a circle as well, so groups are convex.
//!
//! **Few values wait.** A group needs its inputs when it runs, and some would be gone by then if its members ran
//! one by one. At most `MOST_WAITING` values may wait for groups at any time, for all of them together; were
//! there more, all sets that values wait for are closed (`waiting.rs`). No value is ever made earlier than
//! without groups. So there are at most so many values more at once than without. Constants, outputs and what
//! is kept are there anyway and do not count.
//!
//! **Which sets are united further.** Those of one level and class that read the same data, if the earlier one
//! can run with the later one while nothing is there for longer (`sharing.rs`).
//!
//! Each step is a loop over the nodes and their inputs, or over the members of sets.

mod candidates;
mod clusters;
mod draft;
mod gather;
mod joining;
mod levels;
mod sets;
mod sharing;
mod table;
mod waiting;

use self::candidates::Candidates;
use self::clusters::Clusters;
use self::draft::Draft;
use self::levels::Levels;
use crate::facts::Given;
use crate::{Graph, Rewritten};

/// The graph with a node for each group; nothing if there are no groups.
pub(crate) fn fuse(graph: &Graph, given: &Given<'_>) -> Option<Rewritten> {
    let facts = given.facts();
    let candidates = Candidates::new(graph, facts, facts.classes(graph)?)?;
    let levels = Levels::new(graph, &candidates);
    let clusters = Clusters::new(graph, given, &candidates, &levels)?;
    Some(Draft::new(graph, given, &candidates, &clusters).finish())
}
