//! Walk: meets everything that some keys need, what is needed first.

use pyo3::prelude::*;

use super::entry::EntryId;
use super::failure;
use super::reader::Reader;

/// What was met so far.
#[derive(Default)]
pub struct Walk {
    /// Every entry, each behind what it needs itself.
    pub order: Vec<EntryId>,
    marks: Vec<Mark>,
    stack: Vec<EntryId>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    New,
    Open,
    Done,
}

/// Set in an entry of the stack that is to be left and not to be entered.
const LEAVE: EntryId = 1 << 31;

impl Walk {
    /// Reads an entry and everything it needs that was not met before, depth first. A loop: chains
    /// may be long. An entry that needs itself is an error.
    pub fn follow(&mut self, reader: &mut Reader<'_>, root: EntryId) -> PyResult<()> {
        self.stack.push(root);
        while let Some(entry) = self.stack.pop() {
            if entry & LEAVE != 0 {
                self.marks[(entry & !LEAVE) as usize] = Mark::Done;
                self.order.push(entry & !LEAVE);
                continue;
            }
            self.marks.resize(reader.entries.len(), Mark::New);
            match self.marks[entry as usize] {
                Mark::Done => continue,
                Mark::Open => return Err(failure::cycle(&reader.mapping)),
                Mark::New => self.marks[entry as usize] = Mark::Open,
            }
            reader.read(entry)?;
            self.stack.push(entry | LEAVE);
            let first = self.stack.len();
            self.stack.extend(reader.entries.needs(entry));
            // The one named first is to be on top.
            self.stack[first..].reverse();
        }
        Ok(())
    }

    /// Reads the entries of some keys and everything they need. Each is followed at once, while its
    /// node is still at hand for the processor.
    pub fn follow_keys<'py>(
        &mut self,
        reader: &mut Reader<'py>,
        keys: &[Bound<'py, PyAny>],
    ) -> PyResult<Vec<EntryId>> {
        self.order.reserve(keys.len());
        let follow = |key| {
            let entry = reader.request(key)?;
            self.follow(reader, entry)?;
            Ok(entry)
        };
        keys.iter().map(follow).collect()
    }

    /// Reads everything that is in the dict of the reader.
    pub fn follow_all(&mut self, reader: &mut Reader<'_>) -> PyResult<()> {
        let (keys, nodes) = (reader.mapping.keys(), reader.mapping.values());
        for (key, node) in keys.iter().zip(&nodes) {
            let entry = reader.meet(&key, &node)?;
            self.follow(reader, entry)?;
        }
        Ok(())
    }
}
