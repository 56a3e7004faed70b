//! Entries: the nodes of a task graph that a run needs, each under a number of its own.

use std::ops::Range;

use pyo3::ffi;
use pyo3::prelude::*;

use super::action::Action;

/// The place of an entry in the order in which keys were met; the top bit is never set.
pub type EntryId = u32;

/// One instruction of how the inputs of an entry's action come about: a stack is filled, and what
/// lies on it in the end are the inputs.
#[derive(Clone, Copy)]
pub enum Code {
    /// Put the value of an entry on the stack.
    Take(EntryId),
    /// Replace values on top of the stack by what a part makes of them.
    Make(u32),
}

/// A node inside another one's arguments.
pub struct Part {
    pub action: Action,
    /// How many values it takes from the stack.
    pub inputs: usize,
}

/// Everything that was read, by entry.
#[derive(Default)]
pub struct Entries {
    pub keys: Vec<Py<PyAny>>,
    pub states: Vec<State>,
    /// By entry: where its codes begin and end.
    spans: Vec<(u32, u32)>,
    pub codes: Vec<Code>,
    pub parts: Vec<Part>,
}

/// How far an entry is.
pub enum State {
    /// The node, not looked into so far.
    Unread(Py<PyAny>),
    Read(Action),
    /// No node stands under the key.
    Missing,
    /// The action is in the program.
    Moved,
}

impl Entries {
    /// A new entry of a node that stands under a key.
    #[inline]
    pub fn add(&mut self, key: &Bound<'_, PyAny>, node: &Bound<'_, PyAny>) -> EntryId {
        self.push(key, State::Unread(node.clone().unbind()))
    }

    /// A new entry of a key under which nothing stands.
    pub fn add_missing(&mut self, key: &Bound<'_, PyAny>) -> EntryId {
        self.push(key, State::Missing)
    }

    #[inline]
    fn push(&mut self, key: &Bound<'_, PyAny>, state: State) -> EntryId {
        let id = self.keys.len();
        assert!(
            id < EntryId::MAX as usize / 2,
            "too many tasks for one graph"
        );
        self.keys.push(key.clone().unbind());
        self.states.push(state);
        self.spans.push((0, 0));
        id as EntryId
    }

    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether a key is that of an entry, as a dict would tell.
    #[inline]
    pub fn has_key(&self, entry: EntryId, key: &Bound<'_, PyAny>) -> PyResult<bool> {
        let known = &self.keys[entry as usize];
        if known.is(key) {
            return Ok(true);
        }
        // Comparing may run code of the user's: the other key is kept alive by a handle.
        let known = known.bind(key.py()).clone();
        // SAFETY: two live objects.
        match unsafe { ffi::PyObject_RichCompareBool(known.as_ptr(), key.as_ptr(), ffi::Py_EQ) } {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(PyErr::fetch(key.py())),
        }
    }

    /// Keeps what an entry does, its codes being all from `first` on.
    pub fn set(&mut self, entry: EntryId, action: Action, first: usize) {
        assert!(
            u32::try_from(self.codes.len()).is_ok(),
            "too many inputs for one graph"
        );
        self.spans[entry as usize] = (first as u32, self.codes.len() as u32);
        self.states[entry as usize] = State::Read(action);
    }

    /// Where the codes of an entry are.
    #[inline]
    pub fn span(&self, entry: EntryId) -> Range<usize> {
        let (first, end) = self.spans[entry as usize];
        first as usize..end as usize
    }

    /// The entries whose values an entry needs, in the order in which it names them.
    pub fn needs(&self, entry: EntryId) -> impl Iterator<Item = EntryId> + '_ {
        let codes = self.codes[self.span(entry)].iter();
        codes.filter_map(|code| match code {
            Code::Take(entry) => Some(*entry),
            Code::Make(_) => None,
        })
    }

    /// Whether nothing stands under the key of an entry.
    pub fn is_missing(&self, entry: EntryId) -> bool {
        matches!(self.states[entry as usize], State::Missing)
    }

    /// Whether the value of an entry is there without a step.
    #[inline]
    pub fn is_data(&self, entry: EntryId) -> bool {
        matches!(&self.states[entry as usize], State::Read(Action::Data(_)))
    }
}
