//! The `contextvars` context of the call that made a thunk.

use std::cell::RefCell;
use std::ffi::{c_int, c_void};

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

thread_local! {
    /// The context captured last on this thread. Calls in a row mostly share one context, and
    /// sharing the copy lets a run see that it need not switch.
    static LAST: RefCell<Option<Captured>> = const { RefCell::new(None) };
}

/// A context that was captured, and where it keeps its variables.
struct Captured {
    context: Py<PyAny>,
    storage: *mut ffi::PyObject,
}

/// The current context, as a copy that later changes do not reach.
pub fn capture(py: Python<'_>) -> PyResult<Py<PyAny>> {
    let current = copy(py, None)?;
    let storage = storage(&current);
    let last = LAST.with_borrow(|last| {
        let last = last.as_ref()?;
        let is_same = !storage.is_null() && storage == last.storage;
        Some((last.context.clone_ref(py), is_same))
    });
    if let Some((last, is_same)) = last
        && (is_same || same(last.bind(py), &current))
    {
        return Ok(last);
    }
    let context = current.unbind();
    let old = LAST.replace(Some(Captured {
        context: context.clone_ref(py),
        storage,
    }));
    drop(old);
    Ok(context)
}

/// Whether a captured context is the current one.
pub fn is_here(py: Python<'_>, captured: Option<&Py<PyAny>>) -> PyResult<bool> {
    let here = copy(py, None)?;
    Ok(captured.is_some_and(|captured| same(captured.bind(py), &here)))
}

/// A copy of a captured context, or of the current one.
pub fn copy<'py>(py: Python<'py>, context: Option<&Py<PyAny>>) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: both functions give a new reference or raise; what was captured is a context.
    unsafe {
        let copy = match context {
            Some(context) => ffi::PyContext_Copy(context.as_ptr()),
            None => ffi::PyContext_CopyCurrent(),
        };
        Bound::from_owned_ptr_or_err(py, copy)
    }
}

/// Whether two contexts hold the same variables with the very same values. `==` would take 1 for
/// True, and a value may say anything of itself.
fn same(left: &Bound<'_, PyAny>, right: &Bound<'_, PyAny>) -> bool {
    let storage = storage(left);
    if !storage.is_null() && storage == self::storage(right) {
        return true;
    }
    match (left.len(), right.len()) {
        (Ok(left_len), Ok(right_len)) if left_len == right_len => {
            bind_the_same(left, right).unwrap_or(false)
        }
        _ => false,
    }
}

/// The address of what a context keeps its variables in, which is never changed and which copies
/// share; null if it cannot be told. It is what a context that was never entered shows the cycle
/// collector, and nothing else.
fn storage(context: &Bound<'_, PyAny>) -> *mut ffi::PyObject {
    unsafe extern "C" fn visit(shown: *mut ffi::PyObject, found: *mut c_void) -> c_int {
        // SAFETY: `found` is what was given to `tp_traverse` below.
        unsafe { *found.cast::<*mut ffi::PyObject>() = shown };
        0
    }
    let mut found: *mut ffi::PyObject = std::ptr::null_mut();
    // SAFETY: the type of a live object, whose function for the cycle collector only reads.
    unsafe {
        if let Some(traverse) = (*context.get_type_ptr()).tp_traverse {
            traverse(context.as_ptr(), visit, (&raw mut found).cast());
        }
    }
    found
}

/// The same for contexts of one size. Copies of one context list their variables in one order;
/// others that happen not to count as different here, which costs a switch between them.
fn bind_the_same(left: &Bound<'_, PyAny>, right: &Bound<'_, PyAny>) -> PyResult<bool> {
    let items = intern!(left.py(), "items");
    let left = left.call_method0(items)?.try_iter()?;
    let right = right.call_method0(items)?.try_iter()?;
    for (left, right) in left.zip(right) {
        let (left, right) = (
            left?.cast_into::<PyTuple>()?,
            right?.cast_into::<PyTuple>()?,
        );
        let mut pairs = left.iter().zip(&right);
        if !pairs.all(|(left, right)| left.is(&right)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The contexts that one run enters.
///
/// A context can be entered only once at a time, and a nested run may need the same one, so a
/// run enters copies of its own. What tasks set in a context lives as long as the run.
pub struct Contexts {
    /// The context the run began in, in which nothing has to be entered.
    home: Py<PyAny>,
    /// Captured context and the copy that stands for it (`None`: it equals `home`).
    copies: Vec<(Py<PyAny>, Option<Py<PyAny>>)>,
    /// The captured context that the thread is in now, and the copy that was entered for it.
    current: Option<usize>,
}

impl Contexts {
    pub fn new(py: Python<'_>) -> PyResult<Self> {
        Ok(Contexts {
            home: copy(py, None)?.unbind(),
            copies: Vec::new(),
            current: None,
        })
    }

    /// Makes `wanted` the context of this thread.
    pub fn enter(&mut self, py: Python<'_>, wanted: Option<&Py<PyAny>>) -> PyResult<()> {
        let Some(wanted) = wanted else {
            return self.leave(py);
        };
        if let Some(index) = self.current
            && self.copies[index].0.is(wanted)
        {
            return Ok(());
        }
        self.leave(py)?;
        let index = self.find_or_copy(py, wanted)?;
        if let Some(copy) = &self.copies[index].1 {
            // SAFETY: `copy` is a context that only this run knows, and it is not entered.
            if unsafe { ffi::PyContext_Enter(copy.as_ptr()) } < 0 {
                return Err(PyErr::fetch(py));
            }
        }
        self.current = Some(index);
        Ok(())
    }

    /// Goes back to the context the run began in.
    pub fn leave(&mut self, py: Python<'_>) -> PyResult<()> {
        let Some(index) = self.current.take() else {
            return Ok(());
        };
        if let Some(copy) = &self.copies[index].1 {
            // SAFETY: this copy was entered by `enter` on this thread and not left since.
            if unsafe { ffi::PyContext_Exit(copy.as_ptr()) } < 0 {
                return Err(PyErr::fetch(py));
            }
        }
        Ok(())
    }

    fn find_or_copy(&mut self, py: Python<'_>, wanted: &Py<PyAny>) -> PyResult<usize> {
        // Runs meet few contexts, and mostly the one they met last.
        if let Some(index) = self.copies.iter().rposition(|(seen, _)| seen.is(wanted)) {
            return Ok(index);
        }
        let copy = if same(wanted.bind(py), self.home.bind(py)) {
            None
        } else {
            Some(copy(py, Some(wanted))?.unbind())
        };
        self.copies.push((wanted.clone_ref(py), copy));
        Ok(self.copies.len() - 1)
    }
}
