//! The templates of one function.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use pyo3::PyTraverseError;
use pyo3::exceptions::PyTypeError;
use pyo3::gc::PyVisit;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use triomphe::Arc;

use super::arguments::{self, Arguments};
use super::call::Call;
use super::given::Given;
use super::steps::Steps;
use super::surroundings::Surrounding;
use super::{Fit, Template};
use crate::arrays;
use crate::node::NodeRef;
use crate::passes;
use crate::thunk;

/// So many are kept; the one that was used longest ago goes.
const KEPT: usize = 8;

/// How many want to see traces as they happen: meanwhile no call does without one.
static WATCHERS: AtomicUsize = AtomicUsize::new(0);

/// Begins or ends a time in which every call is traced, in all threads.
#[pyfunction]
pub fn watch_traces(watch: bool) {
    if watch {
        WATCHERS.fetch_add(1, Ordering::SeqCst);
    } else {
        WATCHERS.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The templates of one function, the one used last first.
///
/// The list is locked only to read and to change it: nothing of Python's runs meanwhile.
#[pyclass(frozen, module = "daisy._core")]
pub struct Templates {
    known: Mutex<Vec<Arc<Template>>>,
    hits: AtomicUsize,
}

#[pymethods]
impl Templates {
    #[new]
    fn new() -> Self {
        Templates {
            known: Mutex::new(Vec::new()),
            hits: AtomicUsize::new(0),
        }
    }

    /// The thunk of a call, or None where it has to be traced.
    fn call<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: &Bound<'py, PyDict>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let named = arguments::named(kwargs);
        self.thunk(args.py(), &Arguments::new(args, &named))
    }

    /// Keeps the trace of a call; says whether that could be done.
    ///
    /// Args:
    ///     result: the thunk that it gave.
    ///     record: what was read: `leaves`, thunks, one for each array or pending thunk that was
    ///         given; `given` and `names`, the arguments, and `facts`, as `Given::read` wants them;
    ///         `surroundings`, as `Surrounding::read` wants them; `is_constant(value)`.
    ///     args: the positional arguments of the call.
    ///     kwargs: its keyword arguments.
    fn add<'py>(
        &self,
        result: &Bound<'py, PyAny>,
        record: &Bound<'py, PyAny>,
        args: &Bound<'py, PyTuple>,
        kwargs: &Bound<'py, PyDict>,
    ) -> PyResult<bool> {
        let Some(template) = read(result, record)? else {
            return Ok(false);
        };
        // Whatever has changed while the function was traced is found here.
        let named = arguments::named(kwargs);
        if !matches!(
            template.fit(args.py(), &Arguments::new(args, &named))?,
            Fit::Whole(_)
        ) {
            return Ok(false);
        }
        self.keep(template);
        Ok(true)
    }

    /// How many calls were not traced.
    #[getter]
    fn hits(&self) -> usize {
        self.hits.load(Ordering::Relaxed)
    }

    /// How many calls of the templates that are kept were computed without a graph.
    #[getter]
    fn direct(&self) -> usize {
        let known = self.known.lock();
        let counts = known.iter().map(|one| one.direct.load(Ordering::Relaxed));
        counts.sum()
    }

    fn __len__(&self) -> usize {
        self.known.lock().len()
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // What is not shown counts as held from outside: nothing is freed too early.
        let Some(known) = self.known.try_lock() else {
            return Ok(());
        };
        // A call that has not been computed holds its template, too, and the collector does not see it:
        // what such a template needs would be cleared under it.
        let mut own = known.iter().filter(|template| Arc::is_unique(template));
        own.try_for_each(|template| template.traverse(&visit))
    }

    fn __clear__(&self) {
        let known = std::mem::take(&mut *self.known.lock());
        drop(known);
    }
}

impl Templates {
    /// The thunk of a call; nothing where it has to be traced.
    pub(super) fn thunk<'py>(
        &self,
        py: Python<'py>,
        arguments: &Arguments<'_, '_>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(mut template) = self.at(0) else {
            return Ok(None);
        };
        if WATCHERS.load(Ordering::SeqCst) > 0 || !passes::traces_once(py)? {
            return Ok(None);
        }
        let mut place = 0;
        loop {
            match template.fit(py, arguments)? {
                Fit::Whole(leaves) => {
                    self.hits.fetch_add(1, Ordering::Relaxed);
                    self.used(&template, place);
                    return Call::thunk(py, template, leaves).map(Some);
                }
                Fit::Outdated => self.remove(&template),
                Fit::Other => place += 1,
            }
            let Some(next) = self.at(place) else {
                return Ok(None);
            };
            template = next;
        }
    }

    fn at(&self, place: usize) -> Option<Arc<Template>> {
        self.known.lock().get(place).cloned()
    }

    fn used(&self, template: &Arc<Template>, place: usize) {
        if place == 0 {
            return;
        }
        let mut known = self.known.lock();
        // Another thread may have changed the list.
        if known
            .get(place)
            .is_some_and(|there| Arc::ptr_eq(there, template))
        {
            known[..=place].rotate_right(1);
        }
    }

    fn keep(&self, template: Template) {
        let mut known = self.known.lock();
        known.insert(0, Arc::new(template));
        let oldest = (known.len() > KEPT).then(|| known.pop());
        // Dropping it may run Python code: only after the lock is let go.
        drop(known);
        drop(oldest);
    }

    fn remove(&self, template: &Arc<Template>) {
        self.known
            .lock()
            .retain(|other| !Arc::ptr_eq(other, template));
    }
}

fn read<'py>(result: &Bound<'py, PyAny>, record: &Bound<'py, PyAny>) -> PyResult<Option<Template>> {
    let py = result.py();
    // So that arguments can be told to be arrays.
    let _ = arrays::ndarray(py);
    let leaves: Vec<Bound<'_, PyAny>> = record.getattr(intern!(py, "leaves"))?.extract()?;
    let leaves = leaves.iter().map(node_of).collect::<PyResult<Vec<_>>>()?;
    let is_constant = record.getattr(intern!(py, "is_constant"))?;
    let Some(steps) = Steps::read(&node_of(result)?, &leaves, &is_constant)? else {
        return Ok(None);
    };
    let given = Given::read(
        record.getattr(intern!(py, "given"))?.extract()?,
        record.getattr(intern!(py, "names"))?.extract()?,
        record.getattr(intern!(py, "facts"))?.extract()?,
    )?;
    // After the constants were looked at, of which some are functions, whose code counts.
    let surroundings: Vec<Bound<'_, PyTuple>> =
        record.getattr(intern!(py, "surroundings"))?.extract()?;
    let surroundings = surroundings.iter().map(Surrounding::read);
    Ok(Some(Template {
        given,
        surroundings: surroundings.collect::<PyResult<_>>()?,
        steps,
        work: OnceLock::new(),
        direct: AtomicUsize::new(0),
    }))
}

fn node_of(thunk: &Bound<'_, PyAny>) -> PyResult<NodeRef> {
    let thunk = thunk::cast(thunk).ok_or_else(|| PyTypeError::new_err("a thunk is wanted"))?;
    Ok(thunk.get().node.clone())
}
