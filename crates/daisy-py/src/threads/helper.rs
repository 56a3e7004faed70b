//! Helper: a thread of the pool as CPython sees it.

use pyo3::ffi;
use pyo3::prelude::*;

thread_local! {
    /// On a helper thread, from the first time on that it is attached.
    static STATE: State = State::keep();
}

/// The thread state of this thread, kept between the times that the thread is attached: making a
/// new one costs more than a task.
struct State;

impl State {
    /// Counts this thread as attached once more than it will be detached, so that CPython does not
    /// drop its state. The thread must be attached.
    fn keep() -> Self {
        // SAFETY: an attached thread may ask for what it has; `drop` gives it back.
        unsafe { ffi::PyGILState_Ensure() };
        Self
    }
}

impl Drop for State {
    fn drop(&mut self) {
        // Where the interpreter is going away, it takes the state with it.
        Python::try_attach(|_| {
            // SAFETY: takes back what `keep` did on this thread. The thread stays attached, as
            // `try_attach` counted as well.
            unsafe { ffi::PyGILState_Release(ffi::PyGILState_STATE::PyGILState_LOCKED) };
        });
    }
}

/// Does some work attached; does nothing where the interpreter is going away.
pub fn attached(work: impl FnOnce(Python<'_>)) {
    Python::try_attach(|py| {
        STATE.with(|_| ());
        work(py);
    });
}
