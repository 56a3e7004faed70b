//! Depth first: an order in which everything that a node needs comes before the node.

use super::shape::Shape;

/// Set in a node of the stack that is to be left and not to be entered.
const LEAVE: u32 = 1 << 31;

/// The nodes that are walked, from one end after the other, subtree by subtree.
pub(super) fn depth_first(shape: &Shape) -> Vec<u32> {
    let mut order = Vec::with_capacity(shape.walked);
    let mut entered = shape.removed.clone();
    let mut stack = Vec::new();
    let ends = shape.needs.nodes();
    for end in ends.filter(|&node| shape.dependents.of(node).is_empty()) {
        stack.push(end);
        while let Some(node) = stack.pop() {
            if node & LEAVE != 0 {
                order.push(node & !LEAVE);
            } else if !std::mem::replace(&mut entered[node as usize], true) {
                let needs = shape.needs.of(node);
                if needs.is_empty() {
                    order.push(node);
                } else {
                    stack.push(node | LEAVE);
                    stack.extend(needs.iter().rev());
                }
            }
        }
    }
    order
}
