//! Parse: a graph from its text.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use crate::{ConstId, Graph, Input, NodeId, OpId, Purity};

/// Why a text is not a graph, and in which line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParseError {
    line: usize,
    message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for ParseError {}

impl FromStr for Graph {
    type Err = ParseError;

    /// Reads what `Display` prints. Numbers of nodes are names here: equal lines fold, and then
    /// the graph has fewer nodes than the text has lines.
    fn from_str(text: &str) -> Result<Self, ParseError> {
        let mut reader = Reader::default();
        for (index, line) in text.lines().enumerate() {
            let read = reader.line(line.trim());
            read.map_err(|message| ParseError {
                line: index + 1,
                message,
            })?;
        }
        Ok(reader.graph)
    }
}

/// A graph being read.
#[derive(Default)]
struct Reader {
    graph: Graph,
    /// From the number in the text to the node.
    nodes: HashMap<u32, NodeId>,
}

type Read<T> = Result<T, String>;

impl Reader {
    fn line(&mut self, line: &str) -> Read<()> {
        if line.is_empty() {
            Ok(())
        } else if let Some(outputs) = line.strip_prefix("return") {
            self.outputs(outputs)
        } else {
            self.node(line)
        }
    }

    fn outputs(&mut self, list: &str) -> Read<()> {
        for output in self.list(list)? {
            self.graph.push_output(output);
        }
        Ok(())
    }

    /// `%3 = op1!(%0, c2) after %1`
    fn node(&mut self, line: &str) -> Read<()> {
        let (name, rest) = line
            .split_once('=')
            .ok_or("expected `%0 = op0(...)` or `return ...`")?;
        let (op, rest) = rest
            .split_once('(')
            .ok_or("expected `(` behind the operation")?;
        let (inputs, after) = rest
            .split_once(')')
            .ok_or("expected `)` behind the inputs")?;
        let name = number(name, "%", NodeId::LIMIT)?;
        let (op, purity) = operation(op.trim())?;
        let inputs = self.list(inputs)?;
        let after = self.after(after.trim())?;
        let id = self.graph.add_after(op, &inputs, purity, after);
        match self.nodes.insert(name, id) {
            None => Ok(()),
            Some(_) => Err(format!("%{name} is there already")),
        }
    }

    fn after(&self, text: &str) -> Read<Option<NodeId>> {
        if text.is_empty() {
            return Ok(None);
        }
        let name = text
            .strip_prefix("after")
            .ok_or("expected `after %0` or the end of the line")?;
        self.known(name).map(Some)
    }

    fn list(&self, text: &str) -> Read<Vec<Input>> {
        let items = text.split(',').map(str::trim);
        items
            .filter(|item| !item.is_empty())
            .map(|item| self.input(item))
            .collect()
    }

    fn input(&self, text: &str) -> Read<Input> {
        if text.starts_with('c') {
            let id = number(text, "c", ConstId::LIMIT)?;
            Ok(Input::constant(ConstId::new(id)))
        } else {
            self.known(text).map(Input::node)
        }
    }

    fn known(&self, text: &str) -> Read<NodeId> {
        let name = number(text, "%", NodeId::LIMIT)?;
        self.nodes
            .get(&name)
            .copied()
            .ok_or_else(|| format!("%{name} is not there yet"))
    }
}

fn operation(text: &str) -> Read<(OpId, Purity)> {
    let (name, purity) = match text.strip_suffix('!') {
        Some(name) => (name, Purity::Impure),
        None => (text, Purity::Pure),
    };
    Ok((OpId::new(number(name, "op", OpId::LIMIT)?), purity))
}

/// A number behind its sigil.
fn number(text: &str, sigil: &str, limit: u32) -> Read<u32> {
    let digits = text.trim().strip_prefix(sigil);
    let number = digits.and_then(|digits| digits.parse().ok());
    number.filter(|&number| number < limit).ok_or_else(|| {
        format!(
            "expected `{sigil}` and a number below {limit}, found `{}`",
            text.trim()
        )
    })
}
