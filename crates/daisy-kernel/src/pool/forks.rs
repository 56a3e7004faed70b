//! Forks: a child may be made while another thread is inside the shared pool.
//!
//! The child has only the thread that forked. So that no lock is held there by a thread that is not
//! there, and nothing is half done, the forking thread itself holds the lock while it forks. It is
//! taken by `pthread_atfork`, after what Python runs before a fork, so that no code of anybody's
//! runs while it is held that could want memory of the pool; and only what allocates for the pool's
//! own tables is asked for a lock while this one is held.
//!
//! Blocks that another thread was just handing to the system are lost to the child.
//!
//! Source: the manual page `pthread_atfork`(3).

use std::cell::RefCell;
use std::sync::MutexGuard;

use super::{SHARED, State};

thread_local! {
    /// The lock, from just before this thread forks to just after.
    static HELD: RefCell<Option<MutexGuard<'static, State>>> = const { RefCell::new(None) };
}

/// Asks to be told of forks.
pub fn watch() {
    // SAFETY: the functions are there as long as the process, since what they are in, a program or
    // an extension module of Python's, is never unloaded. If there is no memory for this, forks are
    // as they were.
    #[cfg(unix)]
    unsafe {
        libc::pthread_atfork(Some(hold), Some(release), Some(release));
    }
}

#[cfg_attr(not(unix), expect(dead_code, reason = "nothing forks here"))]
extern "C" fn hold() {
    // At the end of a thread its variables may be gone; then nothing is held.
    let _ = HELD.try_with(|held| *held.borrow_mut() = Some(SHARED.lock()));
}

#[cfg_attr(not(unix), expect(dead_code, reason = "nothing forks here"))]
extern "C" fn release() {
    let _ = HELD.try_with(|held| held.borrow_mut().take());
}
