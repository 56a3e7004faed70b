//! What the Rust side asks of the Python side: functions and classes that are handed over once,
//! when `lazy` and `daisy` are imported.

use parking_lot::Mutex;
use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::{MutexExt, PyOnceLock};
use pyo3::types::{PyCFunction, PyDict, PyTuple, PyType};

use crate::op::Op;
use crate::parking;

/// The class whose subclasses are never deferred (`lazy.strict`).
static STRICT: PyOnceLock<Py<PyType>> = PyOnceLock::new();
/// `lazy.operator.GUARDED`.
static INPLACE: PyOnceLock<Py<PyTuple>> = PyOnceLock::new();
/// Function of `lazy.operator` to operation code.
static OPERATORS: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
/// `purity(function) -> bool`: whether equal calls of it are one.
static PURITY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
/// `mutates(function) -> bool`: whether it changes its argument.
static MUTATES: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
/// `known_class(type) -> bool`: whether methods of its instances are known to be pure.
static KNOWN_CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
/// `ordinary(function) -> bool`: whether no table of the tracer names it.
static ORDINARY: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
/// `idle_variables() -> list`: the context variables that no operation depends on.
static IDLE_VARIABLES: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
/// The classes of random generators.
static GENERATORS: PyOnceLock<Vec<Py<PyType>>> = PyOnceLock::new();
/// NumPy's scalar base class, once NumPy is there.
static GENERIC: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
/// `workers() -> int`: how many threads a run may have.
static WORKERS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
/// `run(graph) -> values`: the scheduler of `daisy.register_get`; `None` for the native engine.
static SCHEDULER: Mutex<Option<Py<PyAny>>> = Mutex::new(None);

#[pyfunction]
pub fn set_strict(class: &Bound<'_, PyType>) {
    let _ = STRICT.set(class.py(), class.clone().unbind());
}

/// Whether `function` is `strict` or a class that derives from it.
pub fn is_strict(function: &Bound<'_, PyAny>) -> PyResult<bool> {
    let Some(strict) = STRICT.get(function.py()) else {
        return Ok(false);
    };
    match function.cast::<PyType>() {
        Ok(class) => class.is_subclass(strict.bind(function.py())),
        Err(_) => Ok(false),
    }
}

/// Remembers which function stands for which operation.
pub fn set_operator_table<'py>(
    py: Python<'py>,
    table: impl Iterator<Item = (Bound<'py, PyAny>, Op)>,
    inplace: &Bound<'py, PyTuple>,
) -> PyResult<()> {
    let operators = PyDict::new(py);
    for (function, op) in table {
        operators.set_item(function.as_ptr() as usize, op.0)?;
    }
    let _ = OPERATORS.set(py, operators.unbind());
    let _ = INPLACE.set(py, inplace.clone().unbind());
    Ok(())
}

/// The operation that `function` stands for, if it does.
pub fn operator(function: &Bound<'_, PyAny>) -> Option<Op> {
    let table = OPERATORS.get(function.py())?.bind(function.py());
    let code = table.get_item(function.as_ptr() as usize).ok()??;
    code.extract().ok().map(Op)
}

pub fn inplace(py: Python<'_>, index: usize) -> PyResult<Bound<'_, PyAny>> {
    let table = INPLACE
        .get(py)
        .ok_or_else(|| PyRuntimeError::new_err("lazy.operator has not been imported"))?;
    table.bind(py).get_item(index)
}

/// Hands over the tables that say what may be folded.
#[pyfunction]
pub fn set_tables(
    purity: &Bound<'_, PyAny>,
    mutates: &Bound<'_, PyAny>,
    known_class: &Bound<'_, PyAny>,
    ordinary: &Bound<'_, PyAny>,
    idle_variables: &Bound<'_, PyAny>,
) {
    let py = purity.py();
    let _ = PURITY.set(py, purity.clone().unbind());
    let _ = MUTATES.set(py, mutates.clone().unbind());
    let _ = KNOWN_CLASS.set(py, known_class.clone().unbind());
    let _ = ORDINARY.set(py, ordinary.clone().unbind());
    let _ = IDLE_VARIABLES.set(py, idle_variables.clone().unbind());
}

fn ask(hook: &PyOnceLock<Py<PyAny>>, about: &Bound<'_, PyAny>, default: bool) -> PyResult<bool> {
    match hook.get(about.py()) {
        Some(hook) => parking::call(hook.bind(about.py()), (about,), None)?.is_truthy(),
        None => Ok(default),
    }
}

/// Whether equal calls of `function` are one.
pub fn is_pure(function: &Bound<'_, PyAny>) -> PyResult<bool> {
    ask(&PURITY, function, true)
}

/// Whether `function` changes what it is given.
pub fn mutates(function: &Bound<'_, PyAny>) -> PyResult<bool> {
    ask(&MUTATES, function, false)
}

/// Whether the methods of the instances of `class` are known to be pure.
pub fn is_known_class(class: &Bound<'_, PyType>) -> PyResult<bool> {
    ask(&KNOWN_CLASS, class.as_any(), true)
}

/// Whether `callee` may change or compare the objects that it is called with: builtin functions,
/// NumPy's and the constructors of known types do not.
pub fn touches(callee: &Bound<'_, PyAny>) -> PyResult<bool> {
    if callee.is_exact_instance_of::<PyCFunction>() {
        return Ok(false);
    }
    if let Ok(class) = callee.cast::<PyType>() {
        return Ok(!is_known_class(class)?);
    }
    let name = intern!(callee.py(), "__module__");
    let module = callee.get_type().getattr(name)?;
    Ok(!module
        .extract::<String>()
        .is_ok_and(|name| name.starts_with("numpy")))
}

/// Whether the result of `callee` may lie in the memory of what it is called with. Ufuncs make new
/// memory; what touches its arguments gets objects of its own in any case.
pub fn may_give_view(callee: &Bound<'_, PyAny>) -> PyResult<bool> {
    let name = callee.get_type().name()?;
    Ok(name != "ufunc" && !touches(callee)?)
}

/// Whether calling `function` in a traced function is one node and no more.
pub fn is_ordinary(function: &Bound<'_, PyAny>) -> PyResult<bool> {
    ask(&ORDINARY, function, false)
}

/// Hands over the classes of random generators.
#[pyfunction]
pub fn set_generators(classes: Vec<Py<PyType>>, py: Python<'_>) {
    let _ = GENERATORS.set(py, classes);
}

/// Whether `value` is a random generator, told by its type alone.
pub fn is_generator(value: &Bound<'_, PyAny>) -> bool {
    let (py, kind) = (value.py(), value.get_type_ptr());
    let classes = GENERATORS.get(py).into_iter().flatten();
    // SAFETY: all are live types.
    classes
        .map(|class| class.as_ptr().cast())
        .any(|class| unsafe { ffi::PyType_IsSubtype(kind, class) != 0 })
}

/// The context variables that no operation depends on.
pub fn idle_variables(py: Python<'_>) -> PyResult<Vec<Py<PyAny>>> {
    match IDLE_VARIABLES.get(py) {
        Some(hook) => parking::call(hook.bind(py), (), None)?.extract(),
        None => Ok(Vec::new()),
    }
}

/// `numpy.generic`, if NumPy has been imported; before that there are no scalars of it.
pub fn numpy_generic(py: Python<'_>) -> Option<Bound<'_, PyAny>> {
    if let Some(generic) = GENERIC.get(py) {
        return Some(generic.bind(py).clone());
    }
    let name = intern!(py, "numpy");
    // SAFETY: gives a new reference to the module if it has been imported, and never imports.
    let numpy = unsafe { Bound::from_owned_ptr_or_opt(py, ffi::PyImport_GetModule(name.as_ptr())) };
    let Some(numpy) = numpy else {
        drop(PyErr::take(py));
        return None;
    };
    let generic = numpy.getattr(intern!(py, "generic")).ok()?;
    let _ = GENERIC.set(py, generic.clone().unbind());
    Some(generic)
}

/// Sets what says how many threads may work on the thunks of one run.
#[pyfunction]
pub fn set_workers(workers: &Bound<'_, PyAny>) {
    let _ = WORKERS.set(workers.py(), workers.clone().unbind());
}

/// How many threads may work on the thunks of one run, the calling one included.
pub fn workers(py: Python<'_>) -> PyResult<usize> {
    match WORKERS.get(py) {
        Some(workers) => parking::call(workers.bind(py), (), None)?.extract(),
        None => Ok(1),
    }
}

/// Sets the scheduler that forces an `autodaskthunk`; `None` for the native engine.
#[pyfunction]
#[pyo3(signature = (run))]
pub fn set_scheduler(run: Option<Bound<'_, PyAny>>, py: Python<'_>) {
    let run = run.map(Bound::unbind);
    // The old one is dropped after the lock is let go.
    let _old = std::mem::replace(&mut *SCHEDULER.lock_py_attached(py), run);
}

pub fn scheduler(py: Python<'_>) -> Option<Py<PyAny>> {
    let scheduler = SCHEDULER.lock_py_attached(py);
    scheduler.as_ref().map(|run| run.clone_ref(py))
}
