//! The Python types `thunk` and `autodaskthunk`: values that have not been computed yet.
//!
//! How one is told, made and derived from another; what Python can do to one is in `protocol`
//! and `operators`.

use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};

use pyo3::PyTypeInfo;
use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use smallvec::smallvec;

use crate::capture;
use crate::hooks;
use crate::node::{Arg, Args, Expr, Extra, Node, NodeRef};
use crate::op::Op;
use crate::operators;
use crate::run;

/// A value that has not been computed yet.
#[pyclass(subclass, frozen, name = "thunk", module = "lazy")]
pub struct Thunk {
    pub node: NodeRef,
    /// What tells it from all others where dask asks for a key; 0 until then. The allocator rounds
    /// an object up by as much, and to draw numbers here would make every thunk dearer.
    number: AtomicU64,
}

/// The thunk that `daisy.autodask` makes. It answers `__class__` with its own class, so that
/// libraries which look before they leap do not set a run off, and iterating over it gives a
/// plain iterator.
#[pyclass(extends = Thunk, subclass, frozen, name = "autodaskthunk", module = "daisy")]
pub struct AutodaskThunk;

impl Thunk {
    pub fn new(node: NodeRef) -> Self {
        Thunk {
            node,
            number: AtomicU64::new(0),
        }
    }

    /// Its number, which is `fresh` if it had none.
    pub fn number(&self, fresh: NonZeroU64) -> u64 {
        let order = Ordering::Relaxed;
        match self.number.compare_exchange(0, fresh.get(), order, order) {
            Ok(_) => fresh.get(),
            Err(given) => given,
        }
    }
}

/// A node on its way into an instance of a subclass written in Python, whose `__new__` is
/// called with it as the function.
#[pyclass(frozen)]
pub struct Handover {
    pub node: NodeRef,
}

/// Whether `value` is a thunk, by its type and without asking for its class.
pub fn is_thunk(value: &Bound<'_, PyAny>) -> bool {
    cast(value).is_some()
}

/// `value` as a thunk, if it is one.
pub fn cast<'a, 'py>(value: &'a Bound<'py, PyAny>) -> Option<&'a Bound<'py, Thunk>> {
    let py = value.py();
    let kind = value.get_type_ptr();
    let found = kind == AutodaskThunk::type_object_raw(py)
        || kind == Thunk::type_object_raw(py)
        || is_python_subclass(py, kind);
    // SAFETY: the type is `thunk` or derives from it.
    found.then(|| unsafe { value.cast_unchecked::<Thunk>() })
}

fn is_python_subclass(py: Python<'_>, kind: *mut ffi::PyTypeObject) -> bool {
    // SAFETY: `kind` is the live type of a live object. Only types made at run time can derive
    // from `thunk`, so the builtin ones are told apart by one flag.
    unsafe {
        ffi::PyType_HasFeature(kind, ffi::Py_TPFLAGS_HEAPTYPE) != 0
            && ffi::PyType_IsSubtype(kind, Thunk::type_object_raw(py)) != 0
    }
}

/// Whether `kind` is `autodaskthunk` or derives from it.
pub fn is_autodask(py: Python<'_>, kind: *mut ffi::PyTypeObject) -> bool {
    // SAFETY: both are live types.
    unsafe { ffi::PyType_IsSubtype(kind, AutodaskThunk::type_object_raw(py)) != 0 }
}

/// A thunk of class `kind` for `node`.
pub fn wrap(
    py: Python<'_>,
    kind: *mut ffi::PyTypeObject,
    node: NodeRef,
) -> PyResult<Bound<'_, PyAny>> {
    if kind == AutodaskThunk::type_object_raw(py) {
        return autodask(py, node);
    }
    if kind == Thunk::type_object_raw(py) {
        return Ok(Bound::new(py, Thunk::new(node))?.into_any());
    }
    let handover = Bound::new(py, Handover { node })?;
    let arguments = PyTuple::new(py, [handover])?;
    let base = if is_autodask(py, kind) {
        AutodaskThunk::type_object_raw(py)
    } else {
        Thunk::type_object_raw(py)
    };
    // SAFETY: `kind` derives from `base`, whose `tp_new` makes an instance of the type that it
    // is given; the arguments are a live tuple.
    unsafe {
        let new = (*base)
            .tp_new
            .ok_or_else(|| PyTypeError::new_err("thunk has no constructor"))?;
        Bound::from_owned_ptr_or_err(py, new(kind, arguments.as_ptr(), std::ptr::null_mut()))
    }
}

/// A node for a value that is there. That of a thunk is the thunk's own: no thunk is a value.
pub fn value_node(value: Bound<'_, PyAny>, context: Option<Py<PyAny>>) -> NodeRef {
    match cast(&value) {
        Some(thunk) => thunk.get().node.clone(),
        None => Node::done(value.unbind(), context),
    }
}

/// An `autodaskthunk` for `node`.
pub fn autodask(py: Python<'_>, node: NodeRef) -> PyResult<Bound<'_, PyAny>> {
    let init = PyClassInitializer::from(Thunk::new(node)).add_subclass(AutodaskThunk);
    Ok(Bound::new(py, init)?.into_any())
}

/// Makes room for a thunk, out of the cycle collector's list. A thunk shows the collector nothing
/// (see `node`), so looking at a hundred thousand of them again and again would find nothing.
///
/// # Safety
/// As `PyType_GenericAlloc`, for a type with the collector's header, as all types of `PyO3` are.
unsafe extern "C" fn alloc_untracked(
    kind: *mut ffi::PyTypeObject,
    items: ffi::Py_ssize_t,
) -> *mut ffi::PyObject {
    // SAFETY: the caller's promise; deallocation asks whether an object is tracked.
    unsafe {
        let thunk = ffi::PyType_GenericAlloc(kind, items);
        if !thunk.is_null() {
            ffi::PyObject_GC_UnTrack(thunk.cast());
        }
        thunk
    }
}

/// Has all thunks of the two classes be made so. Classes that derive from them in Python allocate
/// in Python's own way: their instances may hold anything.
fn fill_alloc_slots(py: Python<'_>) {
    for kind in [
        Thunk::type_object_raw(py),
        AutodaskThunk::type_object_raw(py),
    ] {
        // SAFETY: a heap type of this module that nobody has used or derived from yet.
        unsafe { (*kind).tp_alloc = Some(alloc_untracked) };
    }
}

/// An operation on `thunk`: the result is of its class and belongs to the same call.
pub fn derive<'py>(thunk: &Bound<'py, Thunk>, op: Op, args: Args) -> PyResult<Bound<'py, PyAny>> {
    let context = thunk.get().node.context.as_ref();
    let context = context.map(|context| context.clone_ref(thunk.py()));
    let node = Node::pending(Expr::new(op, args), context);
    wrap(thunk.py(), thunk.get_type_ptr(), node)
}

pub fn own(thunk: &Bound<'_, Thunk>) -> Arg {
    Arg::Node(thunk.get().node.clone())
}

pub fn unary<'py>(thunk: &Bound<'py, Thunk>, op: Op) -> PyResult<Bound<'py, PyAny>> {
    derive(thunk, op, smallvec![own(thunk)])
}

pub fn binary<'py>(
    thunk: &Bound<'py, Thunk>,
    op: Op,
    other: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    derive(thunk, op, smallvec![own(thunk), capture::arg(other)?])
}

/// `getattr(thunk, name)`, deferred.
pub fn attribute<'py>(
    thunk: &Bound<'py, Thunk>,
    name: &Bound<'py, PyString>,
) -> PyResult<Bound<'py, PyAny>> {
    let name = Arg::Value(name.clone().into_any().unbind());
    derive(thunk, Op::GETATTR, smallvec![own(thunk), name])
}

pub fn reflected<'py>(
    thunk: &Bound<'py, Thunk>,
    op: Op,
    other: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    derive(thunk, op, smallvec![capture::arg(other)?, own(thunk)])
}

/// `function(thunk, *others)` as a new thunk.
pub fn apply<'py>(
    thunk: &Bound<'py, Thunk>,
    function: Bound<'py, PyAny>,
    others: &[&Bound<'py, PyAny>],
) -> PyResult<Bound<'py, PyAny>> {
    let mut args: Args = smallvec![Arg::Value(function.unbind()), own(thunk)];
    for other in others {
        args.push(capture::arg(other)?);
    }
    derive(thunk, Op::CALL, args)
}

fn extra(kwnames: Option<Py<PyTuple>>, after: Option<NodeRef>) -> Option<Box<Extra>> {
    (kwnames.is_some() || after.is_some()).then(|| {
        Box::new(Extra {
            kwnames,
            after,
            ..Extra::default()
        })
    })
}

/// The expression that calls `func`.
pub fn call_expr<'py>(
    func: &Bound<'py, PyAny>,
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
    after: Option<NodeRef>,
) -> PyResult<Expr> {
    // An operator's function is that operator, so that both ways of writing it fold into one.
    if kwargs.is_none_or(PyDictMethods::is_empty)
        && func.is_callable()
        && !is_thunk(func)
        && let Some(op) = operator_of(func, args.len())
    {
        let (inputs, _) = capture::call(None, args, None)?;
        let mut expr = Expr::new(op, inputs);
        expr.extra = extra(None, after);
        return Ok(expr);
    }
    let (inputs, kwnames) = capture::call(Some(func), args, kwargs)?;
    let mut expr = Expr::new(Op::CALL, inputs);
    expr.extra = extra(kwnames, after);
    Ok(expr)
}

fn operator_of(func: &Bound<'_, PyAny>, arity: usize) -> Option<Op> {
    // Only builtin functions and the few Python ones of `lazy.operator` can be operators.
    let op = hooks::operator(func)?;
    let fits = match op {
        Op::LIST | Op::TUPLE | Op::SET | Op::FROZENSET => true,
        Op::DICT => arity.is_multiple_of(2),
        Op::NAMEDTUPLE => arity >= 1,
        Op::SLICE => arity == 3,
        op if (op.0 as usize) >= 20 && op.0 < 30 => arity == 1,
        _ => arity == 2,
    };
    fits.then_some(op)
}

/// The value of a thunk, computed now if need be.
pub fn value<'py>(thunk: &Bound<'py, Thunk>) -> PyResult<Bound<'py, PyAny>> {
    let py = thunk.py();
    let autodask = is_autodask(py, thunk.get_type_ptr());
    Ok(run::force(py, &thunk.get().node, autodask)?.into_bound(py))
}

/// Adds the thunk types to the module.
pub fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    operators::fill_inplace_slots(module.py());
    fill_alloc_slots(module.py());
    module.add_class::<Thunk>()?;
    module.add_class::<AutodaskThunk>()
}
