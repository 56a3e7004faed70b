//! Loops: NumPy's own inner loops, by ufunc and kinds of operands.
//!
//! `ufunc._resolve_dtypes_and_context` says which dtypes a ufunc computes in, as NumPy promotes them
//! (NEP 50), and `ufunc._get_strided_loop` fills a capsule with the loop for them. NumPy documents both
//! with their layout, and calls them unstable: so they are tried out first, on answers that are known.

use std::collections::HashMap;
use std::ffi::{CStr, c_void};
use std::sync::Arc;

use daisy_kernel::{Draft, Function, InnerLoop, Launch, Source};
use parking_lot::Mutex;
use pyo3::exceptions::PyRuntimeWarning;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::{MutexExt, PyOnceLock};
use pyo3::types::{PyCapsule, PyCapsuleMethods, PyComplex, PyFloat, PyInt, PyTuple};
use smallvec::SmallVec;

use super::dtypes::DType;
use super::native::native;
use super::operations;
use super::spacing::Spacing;

/// What an operand is to NumPy's promotion.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Operand {
    /// An array, or a scalar of NumPy's.
    Strong(DType),
    /// A Python number, which takes on the dtype of the others.
    Weak(Weak),
}

/// The types of Python numbers that are weak in NumPy's promotion.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Weak {
    Int,
    Float,
    Complex,
}

/// A loop, and the dtypes that it takes and gives.
pub struct Loop {
    pub inner: InnerLoop,
    pub inputs: SmallVec<[DType; 3]>,
    pub outputs: SmallVec<[DType; 1]>,
    pub maker: Maker,
    pub spacing: Spacing,
    /// Owns what the loop is called with.
    _capsule: Py<PyAny>,
    /// What plans know by its address.
    _ufunc: Py<PyAny>,
}

/// Whose a loop is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Maker {
    NumPy,
    /// Of `scipy.special`: it warns and raises by itself, if it is told to.
    SciPy,
    /// Of somebody who may have it raise by itself.
    Other,
}

impl Maker {
    fn of(ufunc: &Bound<'_, PyAny>) -> Maker {
        if operations::is_numpys(ufunc) {
            Maker::NumPy
        } else if operations::is_of_scipy(ufunc) {
            Maker::SciPy
        } else {
            Maker::Other
        }
    }
}

/// The layout of the capsule `numpy_1.24_ufunc_call_info`, as the docstring of `_get_strided_loop`
/// has it.
#[repr(C)]
struct CallInfo {
    function: Option<Function>,
    context: *mut c_void,
    auxiliary: *mut c_void,
    needs_python: u8,
    no_floating_point_errors: u8,
}

const CAPSULE: &CStr = c"numpy_1.24_ufunc_call_info";

type Operands = SmallVec<[Operand; 3]>;
type Known = HashMap<(usize, Operands), Option<Arc<Loop>>>;

/// All loops asked for so far, and the ufuncs, whose addresses are in the keys.
static LOOPS: Mutex<Option<(Known, Vec<Py<PyAny>>)>> = Mutex::new(None);

/// So many loops are kept, which is more than there are in NumPy and `scipy.special`.
const MOST: usize = 4096;

/// The loop that computes a ufunc of such operands without Python, if there is one.
pub fn find(ufunc: &Bound<'_, PyAny>, operands: &[Operand]) -> Option<Arc<Loop>> {
    let py = ufunc.py();
    let key = (ufunc.as_ptr() as usize, Operands::from_slice(operands));
    if let Some((known, _)) = &*LOOPS.lock_py_attached(py)
        && let Some(found) = known.get(&key)
    {
        return found.clone();
    }
    if !are_as_documented(py) {
        return None;
    }
    // What NumPy cannot resolve, it refuses in its own words when it is called.
    let found = resolve(ufunc, operands).ok().flatten().map(Arc::new);
    // Those of others may be made without end, and hold anything.
    if Maker::of(ufunc) != Maker::Other {
        remember(ufunc, key, found.clone());
    }
    found
}

fn remember(ufunc: &Bound<'_, PyAny>, key: (usize, Operands), found: Option<Arc<Loop>>) {
    let old = {
        let mut loops = LOOPS.lock_py_attached(ufunc.py());
        let full = loops.as_ref().is_some_and(|(known, _)| known.len() >= MOST);
        let old = if full { loops.take() } else { None };
        let (known, ufuncs) = loops.get_or_insert_default();
        known.insert(key, found);
        ufuncs.push(ufunc.clone().unbind());
        old
    };
    // After the lock is let go, since that may run code.
    drop(old);
}

fn resolve(ufunc: &Bound<'_, PyAny>, operands: &[Operand]) -> PyResult<Option<Loop>> {
    let py = ufunc.py();
    let outputs: usize = ufunc.getattr(intern!(py, "nout"))?.extract()?;
    let mut kinds = operands
        .iter()
        .map(|&operand| described(py, operand))
        .collect::<PyResult<Vec<_>>>()?;
    kinds.extend((0..outputs).map(|_| py.None().into_bound(py)));
    let name = intern!(py, "_resolve_dtypes_and_context");
    let resolved = ufunc.call_method1(name, (PyTuple::new(py, kinds)?,))?;
    let (dtypes, capsule): (Bound<'_, PyTuple>, Bound<'_, PyAny>) = resolved.extract()?;
    let mut known: SmallVec<[DType; 4]> = SmallVec::new();
    for dtype in &dtypes {
        let Some(dtype) = DType::of(py, dtype.as_ptr()) else {
            return Ok(None);
        };
        known.push(dtype);
    }
    ufunc.call_method1(intern!(py, "_get_strided_loop"), (&capsule,))?;
    let Some(inner) = filled(&capsule)? else {
        return Ok(None);
    };
    let of_integers = known
        .iter()
        .all(|dtype| dtype.is_integer() || *dtype == DType::BOOL);
    let is_silent = of_integers && operations::is_silent_on_integers(ufunc);
    let inner = match native(ufunc, &known) {
        Some(native) => inner.with_native(native),
        None => inner,
    };
    let maker = Maker::of(ufunc);
    let spacing = Spacing::of(ufunc, maker, &known);
    let (inputs, outputs) = known.split_at(operands.len());
    Ok(Some(Loop {
        inner: if is_silent { inner.silent() } else { inner },
        inputs: inputs.into(),
        outputs: outputs.into(),
        maker,
        spacing,
        _capsule: capsule.unbind(),
        _ufunc: ufunc.clone().unbind(),
    }))
}

/// The loop in a capsule that NumPy has filled, if it runs without Python.
fn filled(capsule: &Bound<'_, PyAny>) -> PyResult<Option<InnerLoop>> {
    let pointer = capsule
        .cast::<PyCapsule>()?
        .pointer_checked(Some(CAPSULE))?;
    // SAFETY: capsules of this name have this layout, and NumPy has filled this one.
    let info = unsafe { pointer.cast::<CallInfo>().as_ref() };
    let Some(function) = info.function.filter(|_| info.needs_python == 0) else {
        return Ok(None);
    };
    // SAFETY: NumPy calls such a loop without the GIL, on whichever thread; the capsule, which
    // stays with the loop, owns the context and what else it is called with.
    let inner = unsafe { InnerLoop::new(function, info.context, info.auxiliary) };
    let is_silent = info.no_floating_point_errors != 0;
    Ok(Some(if is_silent { inner.silent() } else { inner }))
}

fn described(py: Python<'_>, operand: Operand) -> PyResult<Bound<'_, PyAny>> {
    Ok(match operand {
        Operand::Strong(dtype) => dtype.object(py)?,
        Operand::Weak(Weak::Int) => py.get_type::<PyInt>().into_any(),
        Operand::Weak(Weak::Float) => py.get_type::<PyFloat>().into_any(),
        Operand::Weak(Weak::Complex) => py.get_type::<PyComplex>().into_any(),
    })
}

static AS_DOCUMENTED: PyOnceLock<bool> = PyOnceLock::new();

/// Whether the loops are there as documented, and give answers that are known. If not, it says so,
/// once.
fn are_as_documented(py: Python<'_>) -> bool {
    *AS_DOCUMENTED.get_or_init(py, || {
        let holds = give_known_answers(py).unwrap_or(false);
        if !holds {
            let message = c"daisy: the inner loops of this NumPy are not where they were; \
                element-wise work is done operation by operation, as by NumPy itself";
            // A filter that makes an error of it has nobody here who could be told.
            let category = py.get_type::<PyRuntimeWarning>();
            if let Err(error) = PyErr::warn(py, &category, message, 1) {
                error.write_unraisable(py, None);
            }
        }
        holds
    })
}

/// 1.5 + 2.25, and the parts of -2.75: one output and two.
fn give_known_answers(py: Python<'_>) -> PyResult<bool> {
    let numpy = py.import("numpy")?;
    let double = numpy.getattr("dtype")?.call1(("d",))?;
    let Some(double) = DType::of(py, double.as_ptr()).map(Operand::Strong) else {
        return Ok(false);
    };
    let add = resolve(
        &numpy.getattr("add")?,
        &[double, Operand::Weak(Weak::Float)],
    )?;
    let modf = resolve(&numpy.getattr("modf")?, &[double])?;
    let (Some(add), Some(modf)) = (add, modf) else {
        return Ok(false);
    };
    Ok(answers(&add, &[1.5, 2.25]) == [3.75] && answers(&modf, &[-2.75]) == [-0.75, -2.0])
}

/// What a loop of doubles makes of one element each.
fn answers(tried: &Loop, operands: &[f64]) -> Vec<f64> {
    let mut draft = Draft::default();
    let inputs: Vec<_> = operands.iter().map(|_| draft.input(8)).collect();
    let outputs = vec![8; tried.outputs.len()];
    let first = draft.step(tried.inner, &inputs, &outputs);
    let values: Vec<_> = (0..outputs.len())
        .map(|place| Draft::after(first, place))
        .collect();
    let program = draft.finish(&values);
    let source = |value: &f64| {
        let data = std::ptr::from_ref(value).cast_mut().cast();
        Source::single(data, 8)
    };
    let sources: Vec<Source> = operands.iter().map(source).collect();
    let mut results = vec![0.0_f64; outputs.len()];
    let targets: Vec<*mut u8> = results
        .iter_mut()
        .map(|at| std::ptr::from_mut(at).cast())
        .collect();
    // SAFETY: operands and results are doubles and live until the end of this function.
    let launch = unsafe { Launch::new(&program, sources, targets, 1) };
    match launch.run(0..1) {
        Ok(_) => results,
        Err(_) => Vec::new(),
    }
}
