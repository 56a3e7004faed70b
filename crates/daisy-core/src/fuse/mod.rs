//! Fuse: makes connected element-wise nodes one node each.
//!
//! A node is a *candidate* if it has a class, is pure and live and waits for nothing (`candidates.rs`).
//! Nothing that leaves a group may come back into it, directly or through other groups. So every
//! node has a *level* (`levels.rs`), how often values have left a group on the way to it:
//!
//! 1. A user of a candidate that is not itself a candidate of the same class is at least one level
//!    higher: the value leaves its group for sure.
//! 2. All other users of a node, and what waits for it, are at least as high. So is the next impure
//!    node after an impure one, since these stay in order.
//!
//! Levels are first the least of which this is true. Then, from the last node to the first, a candidate
//! is lifted to the lowest limit that its users set for it, which breaks neither rule: `y` of
//! `y = x * 2; z = opaque(x + 1); r = y + z` has to wait for `z` and may then be one with `r`. It is
//! lifted only if a candidate of its class sets that limit; otherwise it would leave its inputs
//! behind for nothing.
//!
//! A group (`clusters.rs`) is what edges between candidates of one class and one level connect. Such
//! groups may be united further as long as level and class are the same.
//!
//! **No circle.** Let every group be one node, and think of a circle. Levels never fall along an edge, so
//! all of the circle is on one level. By rule 1 a value of a candidate can only go to a candidate of the
//! same class there; but then that edge has united the two. So no edge of the circle leaves a candidate,
//! and no group is on it. All other edges lead from a smaller id to a larger one, also those between
//! impure nodes. A path that leaves a group and comes back would be a circle as well, so groups are
//! convex.
//!
//! **Which groups are united further.** Those of one level and class that read the same data, if all that
//! they give is outputs or kept: it is wanted at the same time anyway. To unite others would keep many
//! values alive at once.
//!
//! Each step is a loop over the nodes and their inputs, or over a stack of its own (`draft.rs`).

mod candidates;
mod clusters;
mod draft;
mod gather;
mod levels;
mod sets;
mod table;

use self::candidates::Candidates;
use self::clusters::Clusters;
use self::draft::Draft;
use self::levels::Levels;
use crate::facts::Given;
use crate::{Graph, Rewritten};

/// The graph with a node for each group; nothing if there are no groups.
pub(crate) fn fuse(graph: &Graph, given: &Given<'_>) -> Option<Rewritten> {
    let classes = given.facts().classes(graph)?;
    let candidates = Candidates::new(graph, classes)?;
    let levels = Levels::new(graph, &candidates);
    let clusters = Clusters::new(graph, given, &candidates, &levels)?;
    Some(Draft::new(graph, given, &candidates, &clusters).finish())
}
