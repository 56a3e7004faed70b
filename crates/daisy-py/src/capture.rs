//! From Python arguments to the inputs of a node.
//!
//! A container given to a deferred call is copied when the call is deferred and arrives as a
//! container of values. Containers are exactly list, tuple, dict, set, frozenset and slice, and
//! namedtuples; everything else is a value.

use pyo3::exceptions::{PyRecursionError, PyTypeError};
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFrozenSet, PyList, PySet, PyTuple, PyType};
use smallvec::{SmallVec, smallvec};

use crate::node::{Arg, Args, Expr, Node};
use crate::op::Op;
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

/// The input that stands for `value`.
pub fn arg(value: &Bound<'_, PyAny>) -> PyResult<Arg> {
    if let Some(thunk) = thunk::cast(value) {
        return Ok(Arg::Node(thunk.get().node.clone()));
    }
    match Shape::of(value) {
        None => Ok(Arg::Value(value.clone().unbind())),
        Some(shape) if mentions_thunk(value)? => display(value, shape, 0),
        Some(_) => Ok(Arg::Value(copy_containers(value)?.unbind())),
    }
}

/// The inputs that stand for a tuple of arguments.
pub fn args<'py>(values: impl Iterator<Item = Bound<'py, PyAny>>) -> PyResult<Args> {
    values.map(|value| arg(&value)).collect()
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

/// A copy in which every container is new and every other value the same object. Containers
/// that cannot be changed, through and through, stand for themselves.
pub fn copy_containers<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    copy(value, 0)
}

fn copy<'py>(value: &Bound<'py, PyAny>, depth: usize) -> PyResult<Bound<'py, PyAny>> {
    let Some(shape) = Shape::of(value) else {
        return Ok(value.clone());
    };
    check_depth(depth)?;
    let mut changed = !matches!(
        shape,
        Shape::Tuple | Shape::FrozenSet | Shape::Slice | Shape::NamedTuple
    );
    let mut items: SmallVec<[Bound<'py, PyAny>; 8]> = SmallVec::new();
    for_each_item(value, shape, |item| {
        let copied = copy(&item, depth + 1)?;
        changed = changed || !copied.is(&item);
        items.push(copied);
        Ok(())
    })?;
    if !changed {
        return Ok(value.clone());
    }
    if let Shape::NamedTuple = shape {
        items.insert(0, value.get_type().into_any());
    }
    build(value.py(), op_of(shape), &items)
}

/// A node that builds a container of the values of its items.
fn display(value: &Bound<'_, PyAny>, shape: Shape, depth: usize) -> PyResult<Arg> {
    check_depth(depth)?;
    let mut inputs: Args = smallvec![];
    if let Shape::NamedTuple = shape {
        inputs.push(Arg::Value(value.get_type().into_any().unbind()));
    }
    for_each_item(value, shape, |item| {
        inputs.push(item_arg(&item, depth + 1)?);
        Ok(())
    })?;
    Ok(Arg::Node(Node::pending(
        Expr::new(op_of(shape), inputs),
        None,
    )))
}

fn item_arg(item: &Bound<'_, PyAny>, depth: usize) -> PyResult<Arg> {
    match Shape::of(item) {
        Some(shape) if mentions(item, depth)? => display(item, shape, depth),
        Some(_) => Ok(Arg::Value(copy_containers(item)?.unbind())),
        None => arg(item),
    }
}

/// The operation that builds a container.
fn op_of(shape: Shape) -> Op {
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
fn for_each_item<'py>(
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

fn check_depth(depth: usize) -> PyResult<()> {
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
        Op::SET => PySet::new(py, items)?.into_any(),
        Op::FROZENSET => PyFrozenSet::new(py, items)?.into_any(),
        Op::DICT => {
            let (keys, values) = items.split_at(items.len() / 2);
            let dict = PyDict::new(py);
            for (key, value) in keys.iter().zip(values) {
                dict.set_item(key, value)?;
            }
            dict.into_any()
        }
        Op::SLICE => slice(py, items)?,
        Op::NAMEDTUPLE => {
            let fields = PyTuple::new(py, &items[1..])?;
            items[0].call_method1(intern!(py, "_make"), (fields,))?
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

/// The node that a value stands for when it is made lazy: a container that mentions thunks gives
/// the container of their values, everything else is there already.
pub fn lift(value: &Bound<'_, PyAny>) -> PyResult<Arg> {
    match Shape::of(value) {
        Some(shape) if mentions_thunk(value)? => display(value, shape, 0),
        _ => match thunk::cast(value) {
            Some(thunk) => Ok(Arg::Node(thunk.get().node.clone())),
            None => Ok(Arg::Value(value.clone().unbind())),
        },
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
