//! Walk: meets everything that the requested keys need, what is needed first.

use pyo3::prelude::*;

use super::entry::EntryId;
use super::reader::Reader;

/// What a walk found.
pub enum Walked {
    /// Every entry that is needed, each behind what it needs itself.
    Order(Vec<EntryId>),
    /// An entry needs itself.
    Cycle,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    New,
    Open,
    Done,
}

/// Set in an entry of the stack that is to be left and not to be entered.
pub const LEAVE: EntryId = 1 << 31;

/// Reads the roots and everything they need, depth first. A loop: chains may be long.
pub fn walk(reader: &mut Reader<'_>, roots: &[EntryId]) -> PyResult<Walked> {
    let mut order = Vec::with_capacity(roots.len());
    let mut marks = Vec::new();
    let mut stack = Vec::new();
    for &root in roots {
        stack.push(root);
        while let Some(entry) = stack.pop() {
            if entry & LEAVE != 0 {
                marks[(entry & !LEAVE) as usize] = Mark::Done;
                order.push(entry & !LEAVE);
                continue;
            }
            marks.resize(reader.entries.len(), Mark::New);
            match marks[entry as usize] {
                Mark::Done => continue,
                Mark::Open => return Ok(Walked::Cycle),
                Mark::New => marks[entry as usize] = Mark::Open,
            }
            reader.read(entry)?;
            stack.push(entry | LEAVE);
            let first = stack.len();
            stack.extend(reader.entries.needs(entry));
            // The one named first is to be on top.
            stack[first..].reverse();
        }
    }
    Ok(Walked::Order(order))
}
