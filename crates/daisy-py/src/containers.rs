//! Containers: what they are, what is in them, building and copying them.
//!
//! Containers are exactly list, tuple, dict, set, frozenset and slice, and namedtuples; everything
//! else is a value.

use std::collections::HashMap;

use pyo3::exceptions::{PyRecursionError, PyTypeError};
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFrozenSet, PyList, PySet, PyTuple, PyType};
use smallvec::SmallVec;

use crate::constants;
use crate::hooks;
use crate::op::Op;
use crate::parking;
use crate::thunk;

/// How deep containers may nest. Deeper ones, which are mostly containers that hold themselves,
/// are reported instead of running out of stack.
const DEPTH: usize = 500;

/// The kinds of containers that are looked into.
#[derive(Clone, Copy)]
pub enum Shape {
    List,
    Tuple,
    Set,
    FrozenSet,
    Dict,
    Slice,
    NamedTuple,
}

impl Shape {
    /// Whether containers of this kind can be changed themselves.
    pub fn is_mutable(self) -> bool {
        matches!(self, Shape::List | Shape::Dict | Shape::Set)
    }

    /// What container `value` is; `None` if it is a value.
    pub fn of(value: &Bound<'_, PyAny>) -> Option<Shape> {
        let kind = value.get_type_ptr();
        // SAFETY: only addresses of static type objects are taken, and `kind` is a live type.
        unsafe {
            if kind == &raw mut ffi::PyList_Type {
                Some(Shape::List)
            } else if kind == &raw mut ffi::PyTuple_Type {
                Some(Shape::Tuple)
            } else if kind == &raw mut ffi::PyDict_Type {
                Some(Shape::Dict)
            } else if kind == &raw mut ffi::PySet_Type {
                Some(Shape::Set)
            } else if kind == &raw mut ffi::PyFrozenSet_Type {
                Some(Shape::FrozenSet)
            } else if kind == &raw mut ffi::PySlice_Type {
                Some(Shape::Slice)
            } else if ffi::PyType_FastSubclass(kind, ffi::Py_TPFLAGS_TUPLE_SUBCLASS) != 0 {
                is_namedtuple(value).then_some(Shape::NamedTuple)
            } else {
                None
            }
        }
    }
}

/// A subclass of tuple made by `collections.namedtuple` or `typing.NamedTuple`.
fn is_namedtuple(value: &Bound<'_, PyAny>) -> bool {
    let kind = value.get_type();
    kind.hasattr(intern!(value.py(), "_fields"))
        .unwrap_or(false)
        && kind.hasattr(intern!(value.py(), "_make")).unwrap_or(false)
}

/// Whether `value` is a thunk or a container, nested or not, that holds one.
pub fn mentions_thunk(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    mentions(value, 0)
}

fn mentions(value: &Bound<'_, PyAny>, depth: usize) -> PyResult<bool> {
    if thunk::is_thunk(value) {
        return Ok(true);
    }
    let Some(shape) = Shape::of(value) else {
        return Ok(false);
    };
    check_depth(depth)?;
    let mut found = false;
    for_each_item(value, shape, |item| {
        found = found || mentions(&item, depth + 1)?;
        Ok(())
    })?;
    Ok(found)
}

/// Copies containers. Every container is new, every other value the same object, and what was one
/// container before is one afterwards. Containers that cannot be changed, through and through,
/// stand for themselves.
#[derive(Default)]
pub struct Copier<'py> {
    /// By the address of a container: the container, so that the address stays its own, and the
    /// copy.
    seen: HashMap<usize, (Bound<'py, PyAny>, Bound<'py, PyAny>)>,
}

impl<'py> Copier<'py> {
    pub fn copy(&mut self, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.copy_at(value, 0)
    }

    fn copy_at(&mut self, value: &Bound<'py, PyAny>, depth: usize) -> PyResult<Bound<'py, PyAny>> {
        let Some(shape) = Shape::of(value) else {
            return Ok(value.clone());
        };
        if let Some((_, copy)) = self.seen.get(&(value.as_ptr() as usize)) {
            return Ok(copy.clone());
        }
        check_depth(depth)?;
        let mut changed = shape.is_mutable();
        let mut items: SmallVec<[Bound<'py, PyAny>; 8]> = SmallVec::new();
        for_each_item(value, shape, |item| {
            let copied = self.copy_at(&item, depth + 1)?;
            changed = changed || !copied.is(&item);
            items.push(copied);
            Ok(())
        })?;
        let copy = if changed {
            if let Shape::NamedTuple = shape {
                items.insert(0, value.get_type().into_any());
            }
            build(value.py(), op_of(shape), &items)?
        } else {
            value.clone()
        };
        self.seen
            .insert(value.as_ptr() as usize, (value.clone(), copy.clone()));
        Ok(copy)
    }
}

/// The operation that builds a container.
pub fn op_of(shape: Shape) -> Op {
    match shape {
        Shape::List => Op::LIST,
        Shape::Tuple => Op::TUPLE,
        Shape::Set => Op::SET,
        Shape::FrozenSet => Op::FROZENSET,
        Shape::Dict => Op::DICT,
        Shape::Slice => Op::SLICE,
        Shape::NamedTuple => Op::NAMEDTUPLE,
    }
}

/// Gives each item of a container to `visit`; for a dict all keys, then all values.
pub fn for_each_item<'py>(
    value: &Bound<'py, PyAny>,
    shape: Shape,
    mut visit: impl FnMut(Bound<'py, PyAny>) -> PyResult<()>,
) -> PyResult<()> {
    let py = value.py();
    match shape {
        Shape::List => value.cast::<PyList>()?.iter().try_for_each(visit),
        Shape::Tuple | Shape::NamedTuple => value.cast::<PyTuple>()?.iter().try_for_each(visit),
        Shape::Set => value.cast::<PySet>()?.iter().try_for_each(visit),
        Shape::FrozenSet => value.cast::<PyFrozenSet>()?.iter().try_for_each(visit),
        Shape::Dict => {
            let dict = value.cast::<PyDict>()?;
            dict.iter().try_for_each(|(key, _)| visit(key))?;
            dict.iter().try_for_each(|(_, item)| visit(item))
        }
        Shape::Slice => {
            visit(value.getattr(intern!(py, "start"))?)?;
            visit(value.getattr(intern!(py, "stop"))?)?;
            visit(value.getattr(intern!(py, "step"))?)
        }
    }
}

pub fn check_depth(depth: usize) -> PyResult<()> {
    if depth < DEPTH {
        return Ok(());
    }
    Err(PyRecursionError::new_err(format!(
        "a container given to a deferred call nests more than {DEPTH} deep, or holds itself; \
         pass the flat parts, or build it inside the function that is called"
    )))
}

/// Builds the container that a display operation stands for out of the values of its inputs.
pub fn build<'py>(
    py: Python<'py>,
    op: Op,
    items: &[Bound<'py, PyAny>],
) -> PyResult<Bound<'py, PyAny>> {
    Ok(match op {
        Op::LIST => PyList::new(py, items)?.into_any(),
        Op::TUPLE => PyTuple::new(py, items)?.into_any(),
        Op::SET => parking::set(py, items)?,
        Op::FROZENSET => parking::unary(ffi::PyFrozenSet_New, PyTuple::new(py, items)?.as_any())?,
        Op::DICT => {
            let (keys, values) = items.split_at(items.len() / 2);
            let dict = PyDict::new(py);
            for (key, value) in keys.iter().zip(values) {
                parking::set_item(&dict, key, value)?;
            }
            dict.into_any()
        }
        Op::SLICE => slice(py, items)?,
        Op::NAMEDTUPLE => {
            let fields = PyTuple::new(py, &items[1..])?;
            let make = items[0].getattr(intern!(py, "_make"))?;
            parking::call(&make, (fields,), None)?
        }
        other => unreachable!("{other:?} builds no container"),
    })
}

/// A slice of any three objects (PyO3's own takes numbers only).
fn slice<'py>(py: Python<'py>, items: &[Bound<'py, PyAny>]) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: three live objects; the function gives a new reference or raises.
    unsafe {
        Bound::from_owned_ptr_or_err(
            py,
            ffi::PySlice_New(items[0].as_ptr(), items[1].as_ptr(), items[2].as_ptr()),
        )
    }
}

/// The types of the items of a container, each once.
pub fn classes<'py>(items: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyType>>> {
    let mut found: Vec<Bound<'py, PyType>> = Vec::new();
    // Containers mostly hold items of one type in a row.
    let mut last = std::ptr::null_mut();
    for_each_item(items, item_shape(items)?, |item| {
        let kind = item.get_type_ptr();
        if kind != last {
            last = kind;
            if !found.iter().any(|class| class.as_type_ptr() == kind) {
                found.push(item.get_type());
            }
        }
        Ok(())
    })?;
    Ok(found)
}

fn item_shape(items: &Bound<'_, PyAny>) -> PyResult<Shape> {
    Shape::of(items).ok_or_else(|| PyTypeError::new_err("a container is wanted here"))
}

/// Whether a value is another one after each use: an iterator, a file, a random generator.
#[inline]
pub fn changes_with_use(value: &Bound<'_, PyAny>) -> bool {
    // What most operations give is told by a look at its type.
    !constants::is_immutable(value) && (is_iterator(value) || hooks::is_generator(value))
}

/// Whether a value can be gone through once.
#[inline]
pub fn is_iterator(value: &Bound<'_, PyAny>) -> bool {
    // SAFETY: both only read the type of a live object. Few types have the slot at all; some of
    // those only say with it that they are no iterators, which the function knows.
    unsafe {
        (*value.get_type_ptr()).tp_iternext.is_some() && ffi::PyIter_Check(value.as_ptr()) != 0
    }
}
