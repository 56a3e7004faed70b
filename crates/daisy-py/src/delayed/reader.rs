//! Reader: from values to the entries of a task graph, without keys and without tasks of dask's.

use pyo3::exceptions::{PyRuntimeError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use super::classes::{Classes, Kind};
use crate::tasks::action::{Action, Call, Items};
use crate::tasks::classes::Kind as Node;
use crate::tasks::entry::{Code, Entries, EntryId, Part};
use crate::tasks::index::Index;

/// Makes entries of values.
pub struct Reader<'py> {
    py: Python<'py>,
    classes: &'static Classes,
    pub entries: Entries,
    /// Every entry, each behind what it needs itself.
    pub walked: Vec<EntryId>,
    index: Index,
    /// The entries of values that have a key already, or are pure: equal keys are one.
    keys: Bound<'py, PyDict>,
    /// By entry: the entry that is computed for it, which is another one if their keys are equal.
    computed: Vec<EntryId>,
    /// By entry: whether what it needs was met.
    is_done: Vec<bool>,
    stack: Vec<Visit<'py>>,
}

enum Visit<'py> {
    Enter(Bound<'py, PyAny>),
    Leave(Bound<'py, PyAny>, EntryId),
}

/// What a value is to the reader.
enum Met {
    Known,
    New(EntryId),
    /// It has a graph or a task of dask's: dask's way is for that.
    Foreign,
}

impl<'py> Reader<'py> {
    pub fn new(py: Python<'py>) -> PyResult<Self> {
        Ok(Self {
            py,
            classes: Classes::get(py)?,
            entries: Entries::default(),
            walked: Vec::new(),
            index: Index::default(),
            keys: PyDict::new(py),
            computed: Vec::new(),
            is_done: Vec::new(),
            stack: Vec::new(),
        })
    }

    /// Reads a value and everything it needs. A loop: chains may be long. Nothing if some of it is not of
    /// values of `daisy.delayed` alone.
    pub fn follow(&mut self, root: &Bound<'py, PyAny>) -> PyResult<Option<EntryId>> {
        self.stack.push(Visit::Enter(root.clone()));
        while let Some(visit) = self.stack.pop() {
            match visit {
                Visit::Enter(value) => match self.meet(&value)? {
                    Met::Known => {}
                    Met::Foreign => return Ok(None),
                    Met::New(entry) => {
                        if !self.enter(value, entry)? {
                            return Ok(None);
                        }
                    }
                },
                Visit::Leave(value, entry) => self.leave(&value, entry)?,
            }
        }
        Ok(Some(self.entry(root)?))
    }

    fn meet(&mut self, value: &Bound<'py, PyAny>) -> PyResult<Met> {
        let entry = self.index.entry(&mut self.entries, value, value)?;
        if (entry as usize) < self.computed.len() {
            return self.known(self.computed[entry as usize]);
        }
        self.computed.push(entry);
        self.is_done.push(false);
        let kind = self.classes.kind(value);
        if !matches!(kind, Kind::Value | Kind::Leaf) || !self.is_read_here(value, kind)? {
            return Ok(Met::Foreign);
        }
        if !self.is_named(value)? {
            return Ok(Met::New(entry));
        }
        let key = value.getattr(intern!(self.py, "_key"))?;
        if let Some(same) = self.keys.get_item(&key)? {
            let same = same.extract()?;
            self.computed[entry as usize] = same;
            return self.known(same);
        }
        self.keys.set_item(key, entry)?;
        Ok(Met::New(entry))
    }

    fn known(&self, entry: EntryId) -> PyResult<Met> {
        if self.is_done[entry as usize] {
            return Ok(Met::Known);
        }
        let key = self.entries.keys[entry as usize].bind(self.py);
        let key = key.getattr(intern!(self.py, "_key"))?.repr()?;
        Err(PyRuntimeError::new_err(format!(
            "Cycle detected: {key} is the key of a value, and of one that it needs; give each call \
             a `dask_key_name` of its own"
        )))
    }

    /// The entry that is computed for a value that was met.
    fn entry(&mut self, value: &Bound<'py, PyAny>) -> PyResult<EntryId> {
        let entry = self.index.entry(&mut self.entries, value, value)?;
        Ok(self.computed[entry as usize])
    }

    fn is_read_here(&self, value: &Bound<'py, PyAny>, kind: Kind) -> PyResult<bool> {
        // SAFETY: a leaf or another value, by its kind.
        unsafe {
            if kind == Kind::Leaf {
                let object = self.classes.object.read(value)?;
                return Ok(self.classes.nodes.kind(&object) == Node::Value);
            }
            Ok(!self.classes.fields.func.read(value)?.is_none())
        }
    }

    /// Whether a value's key may be that of another value.
    fn is_named(&self, value: &Bound<'py, PyAny>) -> PyResult<bool> {
        let fields = &self.classes.fields;
        // SAFETY: a value.
        unsafe { Ok(fields.name.is_filled(value) || fields.rare(value, "_identity")?.is_some()) }
    }

    /// Puts what a value needs on the stack; false if that is of dask's.
    fn enter(&mut self, value: Bound<'py, PyAny>, entry: EntryId) -> PyResult<bool> {
        if self.classes.kind(&value) == Kind::Leaf {
            // SAFETY: a leaf.
            let object = unsafe { self.classes.object.read(&value)? };
            let first = self.entries.codes.len();
            self.entries
                .set(entry, Action::Data(object.unbind()), first);
            self.finish(entry);
            return Ok(true);
        }
        // SAFETY: a value.
        let needs = unsafe { self.classes.fields.needs.read(&value)? };
        self.stack.push(Visit::Leave(value, entry));
        let first = self.stack.len();
        let is_ours = self.push_needs(&needs)?;
        // The one named first is to be on top.
        self.stack[first..].reverse();
        Ok(is_ours)
    }

    fn push_needs(&mut self, needs: &Bound<'py, PyAny>) -> PyResult<bool> {
        for need in needs.cast::<PyTuple>()? {
            match self.classes.kind(&need) {
                Kind::Value | Kind::Leaf => self.stack.push(Visit::Enter(need)),
                Kind::Nested => {
                    // SAFETY: a nested list or tuple, by its kind.
                    let inner = unsafe { self.classes.items.needs.read(&need)? };
                    if !self.push_needs(&inner)? {
                        return Ok(false);
                    }
                }
                Kind::Other => return Ok(false),
            }
        }
        Ok(true)
    }

    fn leave(&mut self, value: &Bound<'py, PyAny>, entry: EntryId) -> PyResult<()> {
        let fields = &self.classes.fields;
        // SAFETY: a value.
        let (func, args, needs, names) = unsafe {
            (
                fields.func.read(value)?,
                fields.args.read(value)?.cast_into::<PyTuple>()?,
                fields.needs.read(value)?.cast_into::<PyTuple>()?,
                fields.rare(value, "_names")?,
            )
        };
        let kwnames = names.map(Bound::cast_into::<PyTuple>).transpose()?;
        let first = self.entries.codes.len();
        self.take(&needs)?;
        let call = Call {
            func: func.unbind(),
            items: Items {
                args: args.unbind(),
                inputs: needs.len(),
            },
            kwnames: kwnames.map(Bound::unbind),
        };
        self.entries.set(entry, Action::Call(call), first);
        self.finish(entry);
        Ok(())
    }

    fn finish(&mut self, entry: EntryId) {
        self.is_done[entry as usize] = true;
        self.walked.push(entry);
    }

    /// Notes how inputs come about.
    fn take(&mut self, needs: &Bound<'py, PyTuple>) -> PyResult<()> {
        for need in needs {
            let code = if self.classes.kind(&need) == Kind::Nested {
                Code::Make(self.make(&need)?)
            } else {
                Code::Take(self.entry(&need)?)
            };
            self.entries.codes.push(code);
        }
        Ok(())
    }

    fn make(&mut self, nested: &Bound<'py, PyAny>) -> PyResult<u32> {
        let items = &self.classes.items;
        // SAFETY: a nested list or tuple.
        let (kind, args, needs) = unsafe {
            (
                items.kind.read(nested)?,
                items.args.read(nested)?.cast_into::<PyTuple>()?,
                items.needs.read(nested)?.cast_into::<PyTuple>()?,
            )
        };
        self.take(&needs)?;
        let inputs = needs.len();
        let items = Items {
            args: args.unbind(),
            inputs,
        };
        let action = if kind.is(self.py.get_type::<PyList>()) {
            Action::List(items)
        } else if kind.is(self.py.get_type::<PyTuple>()) {
            Action::Tuple(items)
        } else {
            return Err(PyTypeError::new_err("only lists and tuples are nested"));
        };
        self.entries.parts.push(Part { action, inputs });
        Ok(self.entries.parts.len() as u32 - 1)
    }
}
