//! Walk: meets everything that the requested keys need, what is needed first.

use pyo3::prelude::*;

use super::entry::EntryId;
use super::reader::Reader;

/// What a walk found.
pub enum Walked {
    /// Every entry that is needed, each behind what it needs itself, and the entries of the keys.
    Order {
        order: Vec<EntryId>,
        roots: Vec<EntryId>,
    },
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
const LEAVE: EntryId = 1 << 31;

/// Reads the entries of some keys and everything they need, depth first. A loop: chains may be
/// long. Each key is followed at once, while its node is still at hand for the processor.
pub fn walk<'py>(
    reader: &mut Reader<'py>,
    keys: impl ExactSizeIterator<Item = Bound<'py, PyAny>>,
) -> PyResult<Walked> {
    let mut order = Vec::with_capacity(keys.len());
    let mut roots = Vec::with_capacity(keys.len());
    let mut marks = Vec::new();
    let mut stack = Vec::new();
    for key in keys {
        let root = reader.request(&key)?;
        roots.push(root);
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
    Ok(Walked::Order { order, roots })
}
