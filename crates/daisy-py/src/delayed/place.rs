//! Place: what stands among the arguments of a value for each argument that a call is given.
//!
//! Numbers and text stand for themselves. In the place of a value stands a mark, and the value is among
//! the inputs. Lists and tuples in which values are become inputs with arguments of their own. All else
//! is decided by dask's own search, so that what it looks into is what is looked into here.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyComplex, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};

use rustc_hash::FxHashSet;

use super::classes::{Classes, Kind};
use crate::tasks::classes::Kind as Node;

/// Lists that stand deeper in each other are left to dask, which says that they are too deep.
const DEEPEST: usize = 64;

/// Lists that were looked into, by address: one may stand in many places, or in itself.
type Seen = FxHashSet<usize>;

/// Arguments as they are collected.
pub struct Places<'py> {
    classes: &'static Classes,
    pub args: Vec<Bound<'py, PyAny>>,
    pub needs: Vec<Bound<'py, PyAny>>,
    /// Whether all arguments are numbers, text and marks.
    are_plain: bool,
}

impl<'py> Places<'py> {
    pub fn new(classes: &'static Classes, count: usize) -> Self {
        Self {
            classes,
            args: Vec::with_capacity(count),
            needs: Vec::new(),
            are_plain: true,
        }
    }

    /// Whether no circle of objects goes through any of them: all are plain or values of which that is
    /// known.
    pub fn are_circle_free(&self) -> bool {
        // SAFETY: live objects.
        let is_tracked =
            |need: &Bound<'_, PyAny>| unsafe { ffi::PyObject_GC_IsTracked(need.as_ptr()) };
        self.are_plain
            && self
                .needs
                .iter()
                .all(|need| self.is_value(need) && is_tracked(need) == 0)
    }

    /// The arguments and the inputs, as tuples.
    pub fn finish(self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let args = PyTuple::new(py, self.args)?;
        if self.are_plain && !args.is_empty() {
            // SAFETY: a tuple that nobody has seen so far. No circle can go through it, so the cycle
            // collector need not look at it again and again, as it does not at such a tuple of its own.
            unsafe { ffi::PyObject_GC_UnTrack(args.as_ptr().cast()) };
        }
        Ok((args.into_any(), PyTuple::new(py, self.needs)?.into_any()))
    }

    /// Adds an argument.
    pub fn push(&mut self, argument: Bound<'py, PyAny>) -> PyResult<()> {
        self.push_at(argument, 0)
    }

    fn push_at(&mut self, argument: Bound<'py, PyAny>, depth: usize) -> PyResult<()> {
        if is_plain(&argument) {
            self.args.push(argument);
            return Ok(());
        }
        if self.is_value(&argument) {
            self.need(argument);
            return Ok(());
        }
        if depth < DEEPEST
            && let Some(items) = items(&argument)
            && self.has_value(&items, depth, &mut Seen::default())
        {
            let nested = self.nested(&argument, items, depth)?;
            self.need(nested);
            return Ok(());
        }
        if is_plain_within(&argument, depth, &mut Seen::default()) {
            // A list or a dict may come to hold what it is held by.
            self.are_plain = false;
            self.args.push(argument);
            return Ok(());
        }
        self.unpack(argument)
    }

    /// Adds the arguments of keywords, which dask searches together.
    pub fn push_named(
        &mut self,
        names: &[Bound<'py, PyString>],
        values: Vec<Bound<'py, PyAny>>,
    ) -> PyResult<()> {
        if values.iter().all(|value| self.is_simple(value, 0)) {
            return values.into_iter().try_for_each(|value| self.push(value));
        }
        let py = names[0].py();
        let all = PyDict::new(py);
        for (name, value) in names.iter().zip(&values) {
            all.set_item(name, value)?;
        }
        let (stands, mut collections) = self.search(all.as_any())?;
        if stands.is(&all) {
            self.are_plain = false;
            self.args.extend(values);
            return Ok(());
        }
        for (name, value) in names.iter().zip(values) {
            let found = stands.get_item(name)?;
            let unpacked = self.classes.unpacked.bind(py);
            self.need(unpacked.call1((found, &collections, value))?);
            // They belong to all of them, and one is enough.
            collections = PyTuple::empty(py).into_any();
        }
        Ok(())
    }

    fn need(&mut self, input: Bound<'py, PyAny>) {
        let place = self.classes.place.bind(input.py()).clone();
        self.args.push(place);
        self.needs.push(input);
    }

    fn nested(
        &mut self,
        argument: &Bound<'py, PyAny>,
        items: Vec<Bound<'py, PyAny>>,
        depth: usize,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = argument.py();
        let mut inner = Places::new(self.classes, items.len());
        for item in items {
            inner.push_at(item, depth + 1)?;
        }
        let (args, needs) = inner.finish(py)?;
        self.classes.nested(&argument.get_type(), args, needs)
    }

    /// Asks dask what an argument becomes; what it makes something else of is an input.
    fn unpack(&mut self, argument: Bound<'py, PyAny>) -> PyResult<()> {
        let (stands, collections) = self.search(&argument)?;
        // A node or a reference that the user made is nothing to be taken for a mark.
        if stands.is(&argument) && self.classes.nodes.kind(&argument) == Node::Value {
            self.are_plain = false;
            self.args.push(argument);
            return Ok(());
        }
        let unpacked = self.classes.unpacked.bind(argument.py());
        let input = unpacked.call1((stands, collections, argument))?;
        self.need(input);
        Ok(())
    }

    fn search(
        &self,
        argument: &Bound<'py, PyAny>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let found = self.classes.unpack.bind(argument.py()).call1((argument,))?;
        found.extract()
    }

    fn is_value(&self, argument: &Bound<'py, PyAny>) -> bool {
        matches!(self.classes.kind(argument), Kind::Value | Kind::Leaf)
    }

    /// Whether a value is among some items, or in lists and tuples among them.
    fn has_value(&self, list: &[Bound<'py, PyAny>], depth: usize, seen: &mut Seen) -> bool {
        let mut is_in = |item: &Bound<'py, PyAny>| {
            let inner = items(item).filter(|_| depth < DEEPEST && seen.insert(address(item)));
            inner.is_some_and(|inner| self.has_value(&inner, depth + 1, seen))
        };
        list.iter().any(|item| self.is_value(item) || is_in(item))
    }

    /// Whether it is a number, text, a value, or lists and tuples of these.
    fn is_simple(&self, argument: &Bound<'py, PyAny>, depth: usize) -> bool {
        let inner = |list: Vec<Bound<'py, PyAny>>| {
            depth < DEEPEST && list.iter().all(|item| self.is_simple(item, depth + 1))
        };
        is_plain(argument) || self.is_value(argument) || items(argument).is_some_and(inner)
    }
}

/// What is in a list or a tuple, if it is exactly one.
fn items<'py>(argument: &Bound<'py, PyAny>) -> Option<Vec<Bound<'py, PyAny>>> {
    if let Ok(list) = argument.cast_exact::<PyList>() {
        return Some(list.iter().collect());
    }
    let tuple = argument.cast_exact::<PyTuple>().ok()?;
    Some(tuple.iter().collect())
}

/// Whether there is nothing but numbers and text in a list, a tuple or a dict, however deep.
fn is_plain_within(argument: &Bound<'_, PyAny>, depth: usize, seen: &mut Seen) -> bool {
    let Some(contents) = contents(argument).filter(|_| depth < DEEPEST) else {
        return false;
    };
    !seen.insert(address(argument))
        || contents
            .iter()
            .all(|item| is_plain(item) || is_plain_within(item, depth + 1, seen))
}

/// What is in a list, a tuple or a dict, if it is exactly one.
fn contents<'py>(argument: &Bound<'py, PyAny>) -> Option<Vec<Bound<'py, PyAny>>> {
    if let Some(items) = items(argument) {
        return Some(items);
    }
    let dict = argument.cast_exact::<PyDict>().ok()?;
    Some(dict.iter().flat_map(|(key, value)| [key, value]).collect())
}

fn address(argument: &Bound<'_, PyAny>) -> usize {
    argument.as_ptr().addr()
}

/// Whether it is a number or text, in which nothing can be.
fn is_plain(argument: &Bound<'_, PyAny>) -> bool {
    argument.is_exact_instance_of::<PyInt>()
        || argument.is_exact_instance_of::<PyFloat>()
        || argument.is_exact_instance_of::<PyString>()
        || argument.is_none()
        || argument.is_exact_instance_of::<PyBool>()
        || argument.is_exact_instance_of::<PyComplex>()
        || argument.is_exact_instance_of::<PyBytes>()
}
