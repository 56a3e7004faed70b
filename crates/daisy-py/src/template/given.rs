//! The arguments that a template is for.

use pyo3::PyTraverseError;
use pyo3::exceptions::PyValueError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::PyString;
use smallvec::SmallVec;

use super::arguments::Arguments;
use crate::arrays;
use crate::constants;
use crate::node::{Arg, Args};
use crate::thunk::{self, AutodaskThunk};

/// One argument.
enum Kind {
    /// A constant.
    Static(Py<PyAny>),
    /// Exactly an ndarray: the leaf of this number.
    Array(usize),
    /// An `autodaskthunk` of a pure operation that is still to be computed: the leaf of this
    /// number.
    Pending(usize),
}

/// What tracing asked of an array.
struct Fact {
    leaf: usize,
    /// `ndim`, `shape` or `dtype`.
    name: Py<PyString>,
    value: Py<PyAny>,
}

/// All arguments of a call.
pub(super) struct Given {
    /// By position first.
    kinds: Vec<Kind>,
    /// The names of the last ones, in their order.
    names: Vec<Py<PyAny>>,
    facts: Vec<Fact>,
}

/// What was given for each leaf.
type Leaves<'a, 'py> = SmallVec<[Borrowed<'a, 'py, PyAny>; 4]>;

impl Given {
    /// Reads arguments as `("static", value)`, `("array", leaf)` or `("pending", leaf)`, and facts
    /// as `(leaf, name, value)`, a leaf being a number.
    pub(super) fn read(
        kinds: Vec<(String, Bound<'_, PyAny>)>,
        names: Vec<Py<PyAny>>,
        facts: Vec<(usize, Py<PyString>, Py<PyAny>)>,
    ) -> PyResult<Self> {
        let kinds = kinds.into_iter().map(|(kind, value)| {
            Ok(match kind.as_str() {
                "static" => Kind::Static(value.unbind()),
                "array" => Kind::Array(value.extract()?),
                "pending" => Kind::Pending(value.extract()?),
                _ => return Err(PyValueError::new_err(format!("no argument is {kind}"))),
            })
        });
        let facts = facts
            .into_iter()
            .map(|(leaf, name, value)| Fact { leaf, name, value });
        Ok(Given {
            kinds: kinds.collect::<PyResult<_>>()?,
            names,
            facts: facts.collect(),
        })
    }

    /// What these arguments give for each leaf; nothing where they are other arguments.
    pub(super) fn leaves(
        &self,
        py: Python<'_>,
        arguments: &Arguments<'_, '_>,
    ) -> PyResult<Option<Args>> {
        let Arguments { values, names } = arguments;
        if names.len() != self.names.len() || values.len() != self.kinds.len() {
            return Ok(None);
        }
        let mut named = self.names.iter().zip(names);
        if !named.all(|(name, given)| constants::are_same(name.bind(py), given)) {
            return Ok(None);
        }
        let mut leaves = Leaves::new();
        for (kind, &value) in self.kinds.iter().zip(values) {
            if !kind.takes(value, &mut leaves) {
                return Ok(None);
            }
        }
        for fact in &self.facts {
            if !fact.holds(&leaves)? {
                return Ok(None);
            }
        }
        Ok(Some(leaves.into_iter().map(leaf).collect()))
    }

    pub(super) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        for kind in &self.kinds {
            if let Kind::Static(value) = kind {
                visit.call(value)?;
            }
        }
        for name in &self.names {
            visit.call(name)?;
        }
        for fact in &self.facts {
            visit.call(&fact.name)?;
            visit.call(&fact.value)?;
        }
        Ok(())
    }
}

impl Kind {
    /// Whether a value is such an argument. One that is a leaf is put among the leaves, or is the
    /// very object that is there: where two arguments were one object, they are one leaf, and
    /// where they were two, they must be two.
    fn takes<'a, 'py>(
        &self,
        value: Borrowed<'a, 'py, PyAny>,
        leaves: &mut Leaves<'a, 'py>,
    ) -> bool {
        let leaf = match self {
            Kind::Static(wanted) => return constants::are_same(wanted.bind(value.py()), &value),
            Kind::Array(leaf) if is_array(&value) => *leaf,
            Kind::Pending(leaf) if is_pending(&value) => *leaf,
            _ => return false,
        };
        if let Some(known) = leaves.get(leaf) {
            return known.is(&*value);
        }
        if leaves.iter().any(|other| other.is(&*value)) {
            return false;
        }
        leaves.push(value);
        true
    }
}

impl Fact {
    fn holds(&self, leaves: &Leaves<'_, '_>) -> PyResult<bool> {
        let array = &leaves[self.leaf];
        let found = array.getattr(self.name.bind(array.py()))?;
        Ok(constants::are_same(self.value.bind(array.py()), &found))
    }
}

/// What a leaf is to the nodes of a template: a value, or the node of a thunk.
fn leaf(value: Borrowed<'_, '_, PyAny>) -> Arg {
    match thunk::cast(&value) {
        Some(thunk) => Arg::Node(thunk.get().node.clone()),
        None => Arg::Value(value.to_owned().unbind()),
    }
}

/// Whether a value is exactly an ndarray.
fn is_array(value: &Bound<'_, PyAny>) -> bool {
    arrays::known(value.py()).is_some_and(|ndarray| ndarray.as_ptr() == value.get_type_ptr().cast())
}

/// Whether a value is exactly an `autodaskthunk`, of a pure operation that has not been computed.
fn is_pending(value: &Bound<'_, PyAny>) -> bool {
    value.is_exact_instance_of::<AutodaskThunk>()
        && thunk::cast(value).is_some_and(|thunk| thunk.get().node.is_pure_and_pending(value.py()))
}
