//! Operations: which of NumPy's functions the operators and calls of a group stand for.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use crate::hooks;
use crate::op::Op;

/// What is element-wise, as far as a kernel may have it.
pub enum Elementwise<'py> {
    /// A ufunc of the operands, in their order. Where it has several outputs, a tuple of them.
    Ufunc(Bound<'py, PyAny>),
    /// The operator `**`, which is another ufunc for some exponents.
    Power,
    /// `np.where` of three operands.
    Where,
    /// `np.clip` of three operands, which is this ufunc if the first one is NumPy's.
    Clip(Bound<'py, PyAny>),
    /// The tuple of so many items that a tuple is unpacked to.
    Unpack(usize),
}

/// The ufuncs that `ndarray` has for Python's operators, by operation code.
const OPERATORS: [(Op, &str); 21] = [
    (Op::binary(0), "add"),
    (Op::binary(1), "subtract"),
    (Op::binary(2), "multiply"),
    (Op::binary(3), "true_divide"),
    (Op::binary(4), "floor_divide"),
    (Op::binary(5), "remainder"),
    (Op::DIVMOD, "divmod"),
    (Op::binary(7), "left_shift"),
    (Op::binary(8), "right_shift"),
    (Op::binary(9), "bitwise_and"),
    (Op::binary(10), "bitwise_or"),
    (Op::binary(11), "bitwise_xor"),
    (Op::NEGATIVE, "negative"),
    (Op::POSITIVE, "positive"),
    (Op::INVERT, "invert"),
    (Op::compare(0), "less"),
    (Op::compare(1), "less_equal"),
    (Op::compare(2), "equal"),
    (Op::compare(3), "not_equal"),
    (Op::compare(4), "greater"),
    (Op::compare(5), "greater_equal"),
];

/// NumPy's objects, once NumPy is there.
struct Known {
    /// By operation code.
    operators: Vec<Option<Py<PyAny>>>,
    ufunc: Py<PyAny>,
    /// The class of NumPy's functions that arrays of other classes can take over.
    dispatcher: Py<PyAny>,
    where_: Py<PyAny>,
    clip: Py<PyAny>,
    clip_ufunc: Py<PyAny>,
    /// What unpacks to two targets, to three, and so on.
    unpackers: Vec<Py<PyAny>>,
    reducers: Vec<(Py<PyAny>, Reducer)>,
}

/// No ufunc of NumPy's or `scipy.special` has more outputs.
const MOST_OUTPUTS: usize = 4;

static KNOWN: PyOnceLock<Known> = PyOnceLock::new();

fn known(py: Python<'_>) -> Option<&Known> {
    if let Some(known) = KNOWN.get(py) {
        return Some(known);
    }
    hooks::numpy_generic(py)?;
    KNOWN.get_or_try_init(py, || look_up(py)).ok()
}

fn look_up(py: Python<'_>) -> PyResult<Known> {
    let numpy = py.import("numpy")?;
    let mut operators: Vec<Option<Py<PyAny>>> = (0..Op::COUNT).map(|_| None).collect();
    for (op, name) in OPERATORS.into_iter().chain([(Op::ABSOLUTE, "absolute")]) {
        operators[usize::from(op.0)] = Some(numpy.getattr(name)?.unbind());
    }
    let unpack = py
        .import("daisy.tracing.portables")?
        .getattr("unpack_function")?;
    let unpackers = (2..=MOST_OUTPUTS)
        .map(|count| Ok(unpack.call1((count,))?.unbind()))
        .collect::<PyResult<_>>()?;
    let reducers = REDUCERS
        .iter()
        .map(|&(name, reducer)| Ok((numpy.getattr(name)?.unbind(), reducer)))
        .collect::<PyResult<_>>()?;
    Ok(Known {
        operators,
        reducers,
        unpackers,
        ufunc: numpy.getattr("ufunc")?.unbind(),
        dispatcher: numpy.getattr("concatenate")?.get_type().into_any().unbind(),
        where_: numpy.getattr("where")?.unbind(),
        clip: numpy.getattr("clip")?.unbind(),
        clip_ufunc: py.import("numpy._core.umath")?.getattr("clip")?.unbind(),
    })
}

/// The methods of arrays that kernels know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    /// The elements in another dtype.
    AsType,
    Reduce(Reducer),
}

/// What makes one number of many elements.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reducer {
    Sum,
    Product,
    Mean,
    Least,
    Greatest,
    Any,
    All,
    /// The place of the least element.
    Argmin,
    /// The place of the greatest element.
    Argmax,
}

/// The names of the methods and functions, of which the last two are functions only.
const REDUCERS: [(&str, Reducer); 11] = [
    ("sum", Reducer::Sum),
    ("prod", Reducer::Product),
    ("mean", Reducer::Mean),
    ("min", Reducer::Least),
    ("max", Reducer::Greatest),
    ("any", Reducer::Any),
    ("all", Reducer::All),
    ("argmin", Reducer::Argmin),
    ("argmax", Reducer::Argmax),
    ("amin", Reducer::Least),
    ("amax", Reducer::Greatest),
];

/// The method of a name, if kernels know it.
pub fn method(name: &str) -> Option<Method> {
    if name == "astype" {
        return Some(Method::AsType);
    }
    let methods = &REDUCERS[..REDUCERS.len() - 2];
    let found = methods.iter().find(|(known, _)| *known == name);
    found.map(|&(_, reducer)| Method::Reduce(reducer))
}

/// The reduction that a function of NumPy's is, if kernels know it.
pub fn reducer(function: &Bound<'_, PyAny>) -> Option<Reducer> {
    let mut reducers = known(function.py())?.reducers.iter();
    let found = reducers.find(|(known, _)| function.is(known));
    found.map(|&(_, reducer)| reducer)
}

/// Finds NumPy's objects, so that [`is_operator`] and [`callee`] run no code of anybody's.
pub fn prepare(py: Python<'_>) -> bool {
    known(py).is_some()
}

/// Whether an operation is an operator that is element-wise on arrays.
pub fn is_operator(py: Python<'_>, op: Op) -> bool {
    op == Op::POWER || known(py).is_some_and(|known| known.operators[usize::from(op.0)].is_some())
}

/// What a call of a function with so many positional arguments is.
pub fn callee<'py>(function: &Bound<'py, PyAny>, arguments: usize) -> Option<Elementwise<'py>> {
    let py = function.py();
    let known = known(py)?;
    if function.get_type().is(&known.ufunc) {
        return takes(function, arguments).then(|| Elementwise::Ufunc(function.clone()));
    }
    if arguments == 1 {
        let mut unpackers = known.unpackers.iter();
        let place = unpackers.position(|unpacker| function.is(unpacker))?;
        return Some(Elementwise::Unpack(place + 2));
    }
    if arguments != 3 {
        return None;
    }
    if function.is(&known.where_) {
        return Some(Elementwise::Where);
    }
    let clip = function.is(&known.clip);
    clip.then(|| Elementwise::Clip(known.clip_ufunc.bind(py).clone()))
}

/// Whether a function is one of NumPy's that mostly give arrays.
pub fn is_numpy_function(function: &Bound<'_, PyAny>) -> bool {
    let kind = function.get_type();
    known(function.py()).is_some_and(|known| kind.is(&known.dispatcher) || kind.is(&known.ufunc))
}

/// How many outputs a ufunc has.
pub fn outputs(ufunc: &Bound<'_, PyAny>) -> usize {
    let number = ufunc.getattr(pyo3::intern!(ufunc.py(), "nout"));
    number.and_then(|number| number.extract()).unwrap_or(0)
}

/// Whether a ufunc has so many inputs, and outputs; further arguments would be outputs.
fn takes(ufunc: &Bound<'_, PyAny>, arguments: usize) -> bool {
    let inputs = ufunc
        .getattr("nin")
        .and_then(|number| number.extract::<usize>());
    // Those with a signature are not element-wise.
    let core = ufunc.getattr("signature").is_ok_and(|core| !core.is_none());
    let known = (1..=MOST_OUTPUTS).contains(&outputs(ufunc));
    !core && known && inputs.is_ok_and(|inputs| inputs == arguments)
}

/// What an operator is on arrays.
pub fn operator(py: Python<'_>, op: Op) -> Option<Elementwise<'_>> {
    if op == Op::POWER {
        return Some(Elementwise::Power);
    }
    let ufunc = known(py)?.operators[usize::from(op.0)].as_ref()?;
    Some(Elementwise::Ufunc(ufunc.bind(py).clone()))
}

/// Whether a ufunc is the one of NumPy's of this name.
pub fn is_ufunc(function: &Bound<'_, PyAny>, name: &str) -> bool {
    ufunc(function.py(), name).is_ok_and(|ufunc| ufunc.is(function))
}

/// The ufuncs that never tell of anything where they take and give integers and truth values: NumPy
/// looks at the floating-point status after each of them all the same, and so finds nothing.
const SILENT_ON_INTEGERS: &[&str] = &[
    "absolute",
    "add",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "equal",
    "greater",
    "greater_equal",
    "invert",
    "left_shift",
    "less",
    "less_equal",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "maximum",
    "minimum",
    "multiply",
    "negative",
    "not_equal",
    "positive",
    "right_shift",
    "square",
    "subtract",
];

/// Whether a ufunc on integers tells of nothing.
pub fn is_silent_on_integers(function: &Bound<'_, PyAny>) -> bool {
    let mut names = SILENT_ON_INTEGERS.iter();
    names.any(|name| is_ufunc(function, name))
}

/// Whether a ufunc is one of NumPy's own.
pub fn is_numpys(function: &Bound<'_, PyAny>) -> bool {
    let name = function
        .getattr("__name__")
        .and_then(|name| name.extract::<String>());
    name.is_ok_and(|name| is_ufunc(function, &name)) || is_clip(function)
}

/// Whether a ufunc is one of `scipy.special`.
pub fn is_of_scipy(function: &Bound<'_, PyAny>) -> bool {
    let found = || -> PyResult<bool> {
        let modules = function.py().import("sys")?.getattr("modules")?;
        let special = modules.get_item("scipy.special")?;
        let name = function.getattr("__name__")?.extract::<String>()?;
        Ok(special.getattr(name)?.is(function))
    };
    found().unwrap_or(false)
}

fn is_clip(function: &Bound<'_, PyAny>) -> bool {
    known(function.py()).is_some_and(|known| function.is(&known.clip_ufunc))
}

/// A ufunc of NumPy's, by name.
pub fn ufunc<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import("numpy")?.getattr(name)
}
