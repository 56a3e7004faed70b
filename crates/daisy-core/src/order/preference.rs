//! Preference: which of two nodes comes first where the shape of the graph leaves it open.
//!
//! The node with fewer paths behind it, then the one with fewer needs, with fewer roots behind it,
//! with a wider root; and then the one whose key, as text, is the lesser. Text is asked for only
//! where all else is equal.

use super::ancestry::Ancestry;
use super::shape::Shape;
use super::totals::totals;

/// The nodes by preference.
pub(super) struct Preference {
    /// By node: its place.
    pub(super) place: Vec<u32>,
    /// By place.
    pub(super) node: Vec<u32>,
}

/// What nodes are compared by, packed, and the node.
type Weight = [u64; 3];

impl Preference {
    pub(super) fn new<E>(
        shape: &Shape,
        order: &[u32],
        ancestry: &Ancestry,
        mut sort_by_text: impl FnMut(&mut [u32]) -> Result<(), E>,
    ) -> Result<Self, E> {
        let weights = weights(shape, order, ancestry);
        let mut node: Vec<u32> = weights.iter().map(|weight| weight[2] as u32).collect();
        let mut first = 0;
        for equals in weights.chunk_by(|left, right| without_node(left) == without_node(right)) {
            let end = first + equals.len();
            if equals.len() > 1 {
                sort_by_text(&mut node[first..end])?;
            }
            first = end;
        }
        let mut place = vec![0; shape.needs.len()];
        for (at, &node) in (0..).zip(&node) {
            place[node as usize] = at;
        }
        Ok(Self { place, node })
    }
}

fn weights(shape: &Shape, order: &[u32], ancestry: &Ancestry) -> Vec<Weight> {
    let totals = totals(&shape.needs, order);
    let weight = |node: u32| {
        let place = node as usize;
        let needs = shape.needs.of(node).len() as u32;
        // What a root has behind it does not count.
        let roots = if needs == 0 {
            0
        } else {
            ancestry.count(ancestry.roots[place])
        };
        let narrow = u32::MAX - ancestry.widest[place];
        [totals[place], pack(needs, roots), pack(narrow, node)]
    };
    let nodes = shape.needs.nodes();
    let walked = nodes.filter(|&node| !shape.removed[node as usize]);
    let mut weights: Vec<Weight> = walked.map(weight).collect();
    weights.sort_unstable();
    weights
}

fn pack(high: u32, low: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

fn without_node(weight: &Weight) -> (u64, u64, u64) {
    (weight[0], weight[1], weight[2] >> 32)
}
