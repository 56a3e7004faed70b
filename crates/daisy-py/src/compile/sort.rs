//! Sort: which nodes a run takes, children first.

use smallvec::SmallVec;

use super::{Claims, Compiler, Obstacle};
use crate::node::{NodeRef, State};

/// A node on the stack: to be entered, or to be listed because its children are.
enum Step {
    Enter(NodeRef),
    List(NodeRef),
}

/// The slot of a node that is claimed and has no number yet.
const OPEN: u32 = u32::MAX;

impl<C: Claims> Compiler<'_, '_, C> {
    /// Claims `root` and all it needs, and lists them, children first and depth first. That comes
    /// before anything is added to the graph, so that the graph is made in its size at once.
    pub(super) fn sort(&mut self, root: &NodeRef) -> Result<(), Obstacle> {
        let mut stack = vec![Step::Enter(root.clone())];
        while let Some(step) = stack.pop() {
            match step {
                Step::Enter(node) => self.enter(node, &mut stack)?,
                Step::List(node) => self.out.nodes.push(node),
            }
        }
        Ok(())
    }

    fn enter(&mut self, node: NodeRef, stack: &mut Vec<Step>) -> Result<(), Obstacle> {
        let (run, slot) = node.claim();
        // Nodes are made after their children, so what was entered before is listed by now.
        if run == self.run {
            return Ok(());
        }
        let state = node.lock(self.py);
        let State::Pending(expr) = &*state else {
            return Ok(());
        };
        self.claims.may_take(run, slot)?;
        node.set_claim(self.run, OPEN);
        node.reset_inputs();
        let children: SmallVec<[NodeRef; 4]> = expr.children().rev().cloned().collect();
        drop(state);
        if children.is_empty() {
            self.out.nodes.push(node);
        } else {
            stack.push(Step::List(node));
            stack.extend(children.into_iter().map(Step::Enter));
        }
        Ok(())
    }
}
