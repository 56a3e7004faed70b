//! Verify: what makes a graph legal, and where one is not.

use std::collections::HashMap;
use std::fmt;

use crate::{Graph, Input, NodeId, OpId};

/// What is wrong with a graph, and where. Prints the lines round it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    message: String,
    excerpt: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}", self.message, self.excerpt)
    }
}

impl std::error::Error for Fault {}

/// How many lines before and behind the faulty one are printed.
const ROUND: usize = 2;

impl Graph {
    /// Checks that this is a legal graph: children come before parents, outputs exist, and no two
    /// equal pure nodes are there.
    ///
    /// # Errors
    /// The first fault.
    pub fn verify(&self) -> Result<(), Fault> {
        for id in self.ids() {
            self.verify_order(id)?;
        }
        self.verify_outputs()?;
        self.verify_folded()?;
        if self.memo_is_whole() {
            Ok(())
        } else {
            Err(Fault {
                message: "the intern table misses a node".into(),
                excerpt: self.text(5),
            })
        }
    }

    fn verify_order(&self, id: NodeId) -> Result<(), Fault> {
        match self.needs(id).find(|&needed| needed >= id) {
            None => Ok(()),
            Some(needed) if needed.index() >= self.len() => {
                Err(self.fault(id, format!("{id} needs {needed}, which does not exist")))
            }
            Some(needed) => Err(self.fault(id, format!("{id} needs {needed} before it is there"))),
        }
    }

    fn verify_outputs(&self) -> Result<(), Fault> {
        let nodes = self.outputs().iter().filter_map(|output| output.as_node());
        match nodes.into_iter().find(|id| id.index() >= self.len()) {
            None => Ok(()),
            Some(id) => Err(Fault {
                message: format!("the output {id} does not exist"),
                excerpt: self.text(5),
            }),
        }
    }

    fn verify_folded(&self) -> Result<(), Fault> {
        let mut seen: HashMap<Parts<'_>, NodeId> = HashMap::with_capacity(self.len());
        for id in self.ids().filter(|&id| self.purity(id).folds()) {
            let parts = (self.op(id), self.inputs(id), self.after(id));
            if let Some(twin) = seen.insert(parts, id) {
                return Err(self.fault(id, format!("{id} is equal to {twin}")));
            }
        }
        Ok(())
    }

    fn fault(&self, id: NodeId, message: String) -> Fault {
        Fault {
            message,
            excerpt: self.excerpt(id, ROUND),
        }
    }
}

/// Everything that makes two pure nodes different.
type Parts<'g> = (OpId, &'g [Input], Option<NodeId>);

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::ConstId;

    /// Adds nodes unseen, verifies, and compares what is said.
    fn check(nodes: &[&[Input]], outputs: &[Input], expected: &Expect) {
        let mut graph = Graph::default();
        for inputs in nodes {
            graph.push_unseen(OpId::new(0), inputs);
        }
        for &output in outputs {
            graph.push_output_unseen(output);
        }
        expected.assert_eq(
            &graph
                .verify()
                .expect_err("the graph is illegal")
                .to_string(),
        );
    }

    fn node(index: u32) -> Input {
        Input::node(NodeId::new(index))
    }

    fn constant(index: u32) -> Input {
        Input::constant(ConstId::new(index))
    }

    /// A parent before its child is found.
    #[test]
    fn a_parent_before_its_child() {
        check(
            &[&[constant(0)], &[node(2)], &[node(0)], &[node(1)]],
            &[],
            &expect![[r#"
                %1 needs %2 before it is there
                  %0 = op0(c0)
                > %1 = op0(%2)
                  %2 = op0(%0)
                  %3 = op0(%1)
            "#]],
        );
    }

    /// A node that does not exist is found.
    #[test]
    fn a_missing_input() {
        check(
            &[&[constant(0)], &[node(7)]],
            &[],
            &expect![[r#"
                %1 needs %7, which does not exist
                  %0 = op0(c0)
                > %1 = op0(%7)
            "#]],
        );
    }

    /// An output that does not exist is found.
    #[test]
    fn a_missing_output() {
        check(
            &[],
            &[constant(0), node(0)],
            &expect![[r#"
                the output %0 does not exist
                return c0, %0
            "#]],
        );
    }

    /// Two equal pure nodes are found.
    #[test]
    fn two_equal_nodes() {
        check(
            &[&[constant(0)], &[constant(1)], &[constant(0)]],
            &[],
            &expect![[r#"
                %2 is equal to %0
                  %0 = op0(c0)
                  %1 = op0(c1)
                > %2 = op0(c0)
            "#]],
        );
    }

    /// A node that the intern table does not know is found.
    #[test]
    fn a_node_that_cannot_be_found_again() {
        check(
            &[&[constant(0)]],
            &[],
            &expect![[r#"
                the intern table misses a node
                %0 = op0(c0)
                return
            "#]],
        );
    }

    /// A graph that was built by its rules has no fault.
    #[test]
    fn a_legal_graph() {
        let graph: Graph = "%0 = op0()\n%1 = op0!(%0) after %0\n%2 = op0!(%0) after %0\nreturn %1"
            .parse()
            .expect("the text is a graph");
        assert_eq!(graph.verify(), Ok(()));
    }
}
