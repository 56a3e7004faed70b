//! Forks while other threads are inside the pool.
#![cfg(unix)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use daisy_kernel::pool::shared;

const SIZE: usize = 100_000;

fn use_once() {
    let start = shared().allocate(SIZE).unwrap();
    // SAFETY: got just now, of this size, and not used after.
    unsafe {
        start.write_bytes(7, SIZE);
        shared().free(start);
    }
}

/// The exit status of a child that uses the pool; it has ten seconds for it.
fn child_says() -> i32 {
    // SAFETY: the child calls nothing but the pool, which is made for this, and leaves without
    // running anything of its parent's.
    unsafe {
        let child = libc::fork();
        if child == 0 {
            libc::alarm(10);
            use_once();
            libc::_exit(0);
        }
        let mut status = -1;
        libc::waitpid(child, &raw mut status, 0);
        status
    }
}

/// Guards that no lock is held in a child by a thread that is not there.
#[test]
fn a_child_uses_the_pool() {
    // Before there is a thread that a fork could meet while it sets up the pool.
    shared();
    let go_on = AtomicBool::new(true);
    let all_end_well = thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while go_on.load(Ordering::Relaxed) {
                    use_once();
                }
            });
        }
        let all_end_well = (0..50).all(|_| child_says() == 0);
        go_on.store(false, Ordering::Relaxed);
        all_end_well
    });
    assert!(all_end_well);
}
