//! Results: what stands at the places of which a result consists.
//!
//! Where plain Python gives two objects, folding may have made one of them. Two places that folded
//! into one node get a copy each; and so do places whose values lie in the memory of one folded
//! node, such as `(x + 1)[:2]` and `(x + 1).T`, which would be views of one array.

use std::collections::HashMap;

use daisy_core::{Input, NodeId};

use super::apart::owner;
use super::{Claims, Compiler, Obstacle};
use crate::hooks;
use crate::node::{Arg, Expr, Node, NodeRef, State};
use crate::op::Op;

/// The values that stand in the results so far.
#[derive(Default)]
pub(super) struct Places {
    /// For each value the nodes that folded into it, and what stands for each of these.
    values: HashMap<NodeId, Vec<(*const Node, Input)>>,
    /// For each value whose memory is part of a result, the node that was written there.
    memory: HashMap<NodeId, *const Node>,
}

impl<C: Claims> Compiler<'_, '_, C> {
    /// Collects the containers of which a result consists: the root and what it displays.
    pub(super) fn find_result_displays(&mut self, root: &NodeRef) {
        let mut stack = vec![root.clone()];
        while let Some(node) = stack.pop() {
            let State::Pending(expr) = &*node.lock(self.py) else {
                continue;
            };
            if expr.op.is_display() && self.result_displays.insert(NodeRef::as_ptr(&node)) {
                stack.extend(expr.children().cloned());
            }
        }
    }

    /// What stands at one place of a result.
    pub(super) fn place(&mut self, input: Input, node: &NodeRef) -> Result<Input, Obstacle> {
        // Where nothing folded so far and nothing more can, no two places share a value.
        let single = self.out.twins.is_empty() && self.result_displays.len() <= 1;
        let Some(id) = input.as_node().filter(|_| !single) else {
            return Ok(input);
        };
        let own = owner(self.py, node);
        let known = self.places.values.get(&id).into_iter().flatten();
        if let Some(&(_, place)) = known.clone().find(|(owner, _)| *owner == own) {
            return Ok(place);
        }
        let apart = known.count() > 0 || self.lies_in_placed_memory(node)?;
        let place = if apart { self.copy(id) } else { input };
        self.places.values.entry(id).or_default().push((own, place));
        Ok(place)
    }

    /// Whether the value of `node` may lie in the memory of one that another place got from an
    /// equal operation written elsewhere. If not, its memory belongs to this place now.
    fn lies_in_placed_memory(&mut self, node: &NodeRef) -> Result<bool, Obstacle> {
        let mut stack = vec![node.clone()];
        let mut own = Vec::new();
        while let Some(node) = stack.pop() {
            let State::Pending(expr) = &*node.lock(self.py) else {
                continue;
            };
            let (id, written) = (NodeId::new(node.claim().1), NodeRef::as_ptr(&node));
            match self.places.memory.get(&id) {
                Some(&other) if other != written => return Ok(true),
                Some(_) => {}
                None => {
                    own.push((id, written));
                    self.push_viewed(expr, &mut stack)?;
                }
            }
        }
        self.places.memory.extend(own);
        Ok(false)
    }

    /// Adds what the value of an expression may be a view of: what it is a part of, the object of
    /// its method, and the arguments of a function that is not known to make new memory.
    pub(super) fn push_viewed(
        &self,
        expr: &Expr,
        stack: &mut Vec<NodeRef>,
    ) -> Result<(), Obstacle> {
        let nodes = |args: &[Arg]| -> Vec<NodeRef> {
            let nodes = args.iter().filter_map(|arg| match arg {
                Arg::Node(node) => Some(node.clone()),
                Arg::Value(_) => None,
            });
            nodes.collect()
        };
        if expr.op.reads_part() {
            stack.extend(nodes(&expr.args[..1]));
        } else if expr.op == Op::CALL {
            match &expr.args[0] {
                Arg::Node(method) => stack.push(method.clone()),
                Arg::Value(callee) => {
                    if hooks::may_give_view(callee.bind(self.py))? {
                        stack.extend(nodes(&expr.args[1..]));
                    }
                }
            }
        }
        Ok(())
    }
}
