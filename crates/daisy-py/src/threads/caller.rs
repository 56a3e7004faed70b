//! Caller: the thread that asked for a run, while it has nothing to do.

use pyo3::prelude::*;

/// Does `sleep` without the GIL. Signals have their say before and after.
pub fn wait(sleep: &mut dyn FnMut()) -> PyResult<()> {
    // SAFETY: the caller of a run is attached.
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
