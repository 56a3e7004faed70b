//! Text: a graph as lines.
//!
//! ```text
//! %0 = op0(c0, c1)
//! %1 = op1!(%0) after %0      the mark says that a node is impure
//! return %1, c2
//! ```

use std::fmt::{self, Write};

use crate::{Graph, Input, NodeId, Purity};

/// How many inputs of a node or outputs a bounded text shows.
const SHOWN: usize = 16;

impl fmt::Display for Graph {
    /// Prints all of it, one line a node.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for id in self.ids() {
            self.write_node(f, id, usize::MAX)?;
        }
        self.write_outputs(f, usize::MAX)
    }
}

impl fmt::Debug for Graph {
    /// Prints a bounded part of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(SHOWN))
    }
}

impl Graph {
    /// The text of this graph in at most `limit` lines (but at least two), each of bounded length.
    ///
    /// What does not fit is left out in the middle, and the text says how much that is.
    pub fn text(&self, limit: usize) -> String {
        let mut text = String::new();
        let shown = limit.saturating_sub(1);
        if self.len() <= shown {
            self.push_lines(&mut text, 0, self.len());
        } else {
            let head = shown / 2;
            let tail = shown.saturating_sub(head + 1);
            self.push_lines(&mut text, 0, head);
            let _ = writeln!(text, "... {} more nodes ...", self.len() - head - tail);
            self.push_lines(&mut text, self.len() - tail, self.len());
        }
        let _ = self.write_outputs(&mut text, SHOWN);
        text
    }

    /// The lines round one node, which is marked.
    pub(crate) fn excerpt(&self, id: NodeId, round: usize) -> String {
        let mut text = String::new();
        let end = self.len().min(id.index() + round + 1);
        for index in id.index().saturating_sub(round)..end {
            text.push_str(if index == id.index() { "> " } else { "  " });
            self.push_lines(&mut text, index, index + 1);
        }
        text
    }

    fn push_lines(&self, text: &mut String, start: usize, end: usize) {
        for index in start..end {
            let _ = self.write_node(text, NodeId::from_index(index), SHOWN);
        }
    }

    fn write_node(&self, out: &mut impl Write, id: NodeId, shown: usize) -> fmt::Result {
        let mark = if self.purity(id) == Purity::Pure {
            ""
        } else {
            "!"
        };
        write!(out, "{id} = {}{mark}(", self.op(id))?;
        write_list(out, self.inputs(id), shown)?;
        match self.after(id) {
            None => out.write_str(")\n"),
            Some(after) => writeln!(out, ") after {after}"),
        }
    }

    fn write_outputs(&self, out: &mut impl Write, shown: usize) -> fmt::Result {
        let space = if self.outputs().is_empty() { "" } else { " " };
        write!(out, "return{space}")?;
        write_list(out, self.outputs(), shown)?;
        out.write_char('\n')
    }
}

fn write_list(out: &mut impl Write, list: &[Input], shown: usize) -> fmt::Result {
    for (index, input) in list.iter().take(shown).enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        write!(out, "{comma}{input}")?;
    }
    match list.len().saturating_sub(shown) {
        0 => Ok(()),
        more => write!(out, ", ... {more} more"),
    }
}
