//! Group: nodes that run as one.
//!
//! ```text
//! group 0 of %1, %2:          the nodes that they were
//!   %0 = op0(c0)              what they do; c0 is the first input of the group's node
//!   %1 = op1(%0, c1)
//!   return %1                 what is wanted outside
//! ```

use std::fmt::{self, Write};

use crate::bits::Bits;
use crate::{Graph, NodeId, Rewritten};

/// Nodes that run as one.
#[derive(Clone)]
pub struct Group {
    /// The members as a graph of their own: constant `i` of it is input `i` of the group's node, and
    /// its outputs are the values that are wanted outside, in order. Every member is needed for one
    /// of them.
    pub graph: Graph,
    /// By member (node of `graph`): the node it was in the graph that the passes were given.
    pub members: Vec<NodeId>,
}

impl fmt::Display for Group {
    /// Prints all of it, without a number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("of ")?;
        for (index, member) in self.members.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{member}")?;
        }
        f.write_str(":\n")?;
        for line in self.graph.to_string().lines() {
            writeln!(f, "  {line}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Rewritten {
    /// Prints the graph, and behind it the groups, if there are any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.graph.fmt(f)?;
        for (number, group) in self.groups.iter().enumerate() {
            write!(f, "group {number} {group}")?;
        }
        Ok(())
    }
}

impl Rewritten {
    /// Says what is wrong with the graph or one of the groups, if something is.
    pub(crate) fn fault(&self, nodes: usize) -> Option<String> {
        if let Err(fault) = self.graph.verify() {
            return Some(fault.to_string());
        }
        let mut seen = Bits::new(nodes);
        let mut faults = self.groups.iter().enumerate();
        faults.find_map(|(number, group)| {
            let fault = group.fault(&mut seen)?;
            Some(format!("{fault}\ngroup {number} {group}"))
        })
    }
}

impl Group {
    /// Says what is wrong with this group, given the members of the groups before it.
    fn fault(&self, seen: &mut Bits) -> Option<String> {
        if let Err(fault) = self.graph.verify() {
            return Some(fault.to_string());
        }
        if self.graph.outputs().is_empty() || self.members.len() != self.graph.len() {
            return Some("members or outputs are missing".into());
        }
        let mut message = String::new();
        for member in &self.members {
            if seen.contains(member.index()) {
                let _ = write!(message, "{member} is a member twice");
            }
            seen.insert(member.index());
        }
        (!message.is_empty()).then_some(message)
    }
}
