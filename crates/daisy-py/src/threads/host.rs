//! Host: what both engines answer alike when the core asks.

use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;

/// A second handle on a value. To be called attached, as whatever the core asks for is.
#[inline]
pub fn share(value: &Py<PyAny>) -> Py<PyAny> {
    // SAFETY: a run asks only on threads that are attached.
    let py = unsafe { Python::assume_attached() };
    value.clone_ref(py)
}

/// Whether an error ends a run at once, whatever other steps do.
pub fn is_interrupt(error: &PyErr) -> bool {
    // SAFETY: as in `share`.
    let py = unsafe { Python::assume_attached() };
    error.is_instance_of::<PyKeyboardInterrupt>(py)
}

/// On the calling thread, which has nothing to do: does `sleep` without the GIL. Signals have their
/// say before and after.
pub fn wait(sleep: &mut dyn FnMut()) -> PyResult<()> {
    // SAFETY: as in `share`.
    let py = unsafe { Python::assume_attached() };
    py.check_signals()?;
    let sleep = Sleep(sleep);
    py.detach(move || sleep.now());
    py.check_signals()
}

/// What a thread does while it is detached.
struct Sleep<'a>(&'a mut dyn FnMut());

// SAFETY: PyO3 wants what runs detached to be `Send`, so that no Python object gets in. This does
// not leave its thread, and it waits for a condition of the core, which has no Python objects.
unsafe impl Send for Sleep<'_> {}

impl Sleep<'_> {
    fn now(self) {
        (self.0)();
    }
}
