//! The tracer's common case in Rust: an ordinary call or operator on thunks and plain numbers.
//!
//! What a traced function's operation means is decided in Python (`daisy.tracing`), where every
//! rule has its place. Most operations meet none of those rules: a call of a plain function, an
//! operator between thunks. Those are recognised here and deferred at once; everything else goes
//! to the Python helper of the same name, which these functions carry as their `self`.
//!
//! The short cut is open only while a trace goes on that has met nothing whose order matters.

use std::cell::RefCell;

use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyComplex, PyFloat, PyFunction, PyInt, PyString, PyTuple};
use smallvec::smallvec;

use crate::context;
use crate::hooks;
use crate::node::{Arg, Args, Expr, Extra, Node};
use crate::op::Op;
use crate::parking;
use crate::slot;
use crate::thunk;

thread_local! {
    /// The context of the call that is being traced, while the short cut is open.
    static OPEN: RefCell<Option<Py<PyAny>>> = const { RefCell::new(None) };
    static ORDINARY: RefCell<Verdicts> = const { RefCell::new(Verdicts::new()) };
}

/// Opens or closes the short cut on this thread; gives back whether it was open.
#[pyfunction]
pub fn set_short_cut(open: bool, py: Python<'_>) -> PyResult<bool> {
    let context = open.then(|| context::capture(py)).transpose()?;
    let before = OPEN.replace(context);
    Ok(before.is_some())
}

fn is_open() -> bool {
    OPEN.with_borrow(Option::is_some)
}

/// Which functions are ordinary, by their code: a code object is small and may be kept alive,
/// unlike the function, whose cells may hold anything.
struct Verdicts {
    entries: [Option<(Py<PyAny>, bool)>; Self::SIZE],
}

impl Verdicts {
    const SIZE: usize = 64;

    const fn new() -> Self {
        Verdicts {
            entries: [const { None }; Self::SIZE],
        }
    }

    fn place(code: &Bound<'_, PyAny>) -> usize {
        (code.as_ptr() as usize >> 5) % Self::SIZE
    }

    fn get(&self, code: &Bound<'_, PyAny>) -> Option<bool> {
        match &self.entries[Self::place(code)] {
            Some((known, verdict)) if known.is(code) => Some(*verdict),
            _ => None,
        }
    }
}

/// Whether calling `function` is one node, whatever it is called with: a plain function that no
/// table names and that no trace made.
fn is_ordinary(function: &Bound<'_, PyAny>) -> PyResult<bool> {
    let Ok(function) = function.cast_exact::<PyFunction>() else {
        return Ok(false);
    };
    let py = function.py();
    // SAFETY: an exact function; the code is a borrowed reference that the function keeps.
    let code = unsafe { Bound::from_borrowed_ptr(py, ffi::PyFunction_GetCode(function.as_ptr())) };
    if let Some(verdict) = ORDINARY.with_borrow(|known| known.get(&code)) {
        return Ok(verdict);
    }
    let verdict = hooks::is_ordinary(function)?;
    let entry = Some((code.clone().unbind(), verdict));
    let place = Verdicts::place(&code);
    // The old entry is dropped after the table is let go.
    let _old =
        ORDINARY.with_borrow_mut(|known| std::mem::replace(&mut known.entries[place], entry));
    Ok(verdict)
}

/// An argument that no rule looks at: a thunk of a pure operation, a number, a string.
fn simple(value: &Bound<'_, PyAny>) -> Option<Arg> {
    if let Some(thunk) = thunk::cast(value) {
        let node = &thunk.get().node;
        return (!node.impure(value.py())).then(|| Arg::Node(node.clone()));
    }
    is_scalar(value).then(|| Arg::Value(value.clone().unbind()))
}

fn is_scalar(value: &Bound<'_, PyAny>) -> bool {
    value.is_exact_instance_of::<PyInt>()
        || value.is_exact_instance_of::<PyFloat>()
        || value.is_exact_instance_of::<PyString>()
        || value.is_none()
        || value.is_exact_instance_of::<PyBool>()
        || value.is_exact_instance_of::<PyComplex>()
        || value.is_exact_instance_of::<PyBytes>()
}

/// The arguments of a vectorcall.
#[derive(Clone, Copy)]
struct Given<'a, 'py> {
    args: &'a [Bound<'py, PyAny>],
    kwnames: Option<&'a Bound<'py, PyTuple>>,
}

/// `.call(site, function, *args, **kwargs)`.
fn call<'py>(given: Given<'_, 'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let [site, function, args @ ..] = given.args else {
        return Ok(None);
    };
    if !is_ordinary(function)? {
        return Ok(None);
    }
    let mut inputs: Args = smallvec![Arg::Value(function.clone().unbind())];
    for value in args {
        let Some(input) = simple(value) else {
            return Ok(None);
        };
        inputs.push(input);
    }
    let extra = given.kwnames.map(|names| {
        Box::new(Extra {
            kwnames: Some(names.clone().unbind()),
            ..Extra::default()
        })
    });
    defer(site, Op::CALL, inputs, extra).map(Some)
}

/// `.binary(site, operator, left, right)`.
fn binary<'py>(given: Given<'_, 'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
    operation(given, Op::binary)
}

/// `.compare(site, operator, left, right)`; what is not a rich comparison has rules of its own.
fn compare<'py>(given: Given<'_, 'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
    const RICH: u8 = 6;
    let [_, code, ..] = given.args else {
        return Ok(None);
    };
    if code.extract::<u8>()? < RICH {
        operation(given, Op::compare)
    } else {
        Ok(None)
    }
}

fn operation<'py>(given: Given<'_, 'py>, op: fn(u8) -> Op) -> PyResult<Option<Bound<'py, PyAny>>> {
    let [site, code, left, right] = given.args else {
        return Ok(None);
    };
    // Where no thunk takes part, Python's own answer is wanted, or a rule's.
    if !thunk::is_thunk(left) && !thunk::is_thunk(right) {
        return Ok(None);
    }
    match (simple(left), simple(right)) {
        (Some(left), Some(right)) => {
            defer(site, op(code.extract()?), smallvec![left, right], None).map(Some)
        }
        _ => Ok(None),
    }
}

/// `.item(site, value, index)` of a thunk that is not there yet.
fn item<'py>(given: Given<'_, 'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let [site, value, index] = given.args else {
        return Ok(None);
    };
    match (thunk::is_thunk(value), simple(value), simple(index)) {
        (true, Some(value), Some(index)) => {
            defer(site, Op::GETITEM, smallvec![value, index], None).map(Some)
        }
        _ => Ok(None),
    }
}

fn defer<'py>(
    site: &Bound<'py, PyAny>,
    op: Op,
    args: Args,
    extra: Option<Box<Extra>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = site.py();
    let expr = Expr {
        op,
        impure: false,
        args,
        site: Some(site.clone().unbind()),
        extra,
    };
    let context = OPEN.with_borrow(|context| context.as_ref().map(|context| context.clone_ref(py)));
    thunk::autodask(py, Node::pending(expr, context))
}

/// A short cut: gives the result, or nothing where the Python helper has to decide.
type ShortCut = for<'a, 'py> fn(Given<'a, 'py>) -> PyResult<Option<Bound<'py, PyAny>>>;

const SHORT_CUTS: [(&str, ShortCut); 4] = [
    ("call", call),
    ("binary", binary),
    ("compare", compare),
    ("item", item),
];

/// Tries a short cut, and calls the Python helper where it is closed or gives nothing.
///
/// # Safety
/// Called by CPython with `nargs` positional arguments and as many further ones as `kwnames`
/// has names, all alive during the call.
unsafe extern "C" fn enter<const INDEX: usize>(
    helper: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    nargs: ffi::Py_ssize_t,
    kwnames: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    let positional = nargs.cast_unsigned();
    // SAFETY: CPython's contract, see above. A `Bound` is a pointer to its object and nothing
    // else, so the array of pointers is an array of `Bound`s that are borrowed, not owned.
    unsafe {
        slot::enter(|py| {
            let kwnames = Bound::from_borrowed_ptr_or_opt(py, kwnames);
            let kwnames = kwnames
                .as_ref()
                .map(|names| names.cast_unchecked::<PyTuple>());
            let count = positional + kwnames.map_or(0, PyTupleMethods::len);
            let given = Given {
                args: std::slice::from_raw_parts(args.cast::<Bound<'_, PyAny>>(), count),
                kwnames,
            };
            if is_open()
                && let Some(result) = SHORT_CUTS[INDEX].1(given)?
            {
                return Ok(result);
            }
            let names = kwnames.map_or(std::ptr::null_mut(), Bound::as_ptr);
            let result = parking::vectorcall(helper, args, positional, names);
            Bound::from_owned_ptr_or_err(py, result)
        })
    }
}

/// A method definition, which CPython reads from any thread.
struct Method(ffi::PyMethodDef);

// SAFETY: the definitions are constant: names and functions without state.
unsafe impl Sync for Method {}

const fn method<const INDEX: usize>(name: &'static std::ffi::CStr) -> Method {
    Method(ffi::PyMethodDef {
        ml_name: name.as_ptr(),
        ml_meth: ffi::PyMethodDefPointer {
            PyCFunctionFastWithKeywords: enter::<INDEX>,
        },
        ml_flags: ffi::METH_FASTCALL | ffi::METH_KEYWORDS,
        ml_doc: std::ptr::null(),
    })
}

/// In the order of `SHORT_CUTS`.
static METHODS: [Method; 4] = [
    method::<0>(c"call"),
    method::<1>(c"binary"),
    method::<2>(c"compare"),
    method::<3>(c"item"),
];

/// The tracer's helper `name` with its short cut in front of the Python function `helper`;
/// a helper without a short cut is given back as it is.
#[pyfunction]
pub fn with_short_cut<'py>(name: &str, helper: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let Some(index) = SHORT_CUTS.iter().position(|(known, _)| *known == name) else {
        return Ok(helper.clone());
    };
    if !helper.is_callable() {
        return Err(PyRuntimeError::new_err(format!("{name} wants a function")));
    }
    let definition = (&raw const METHODS[index].0).cast_mut();
    // SAFETY: the definition lives as long as the process and CPython does not write to it; the
    // function keeps a reference to `helper`, its `self`.
    unsafe {
        let function = ffi::PyCFunction_NewEx(definition, helper.as_ptr(), std::ptr::null_mut());
        Bound::from_owned_ptr_or_err(helper.py(), function)
    }
}
