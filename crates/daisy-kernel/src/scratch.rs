//! Scratch: memory for the values between the steps of a kernel, of each thread its own.

use std::cell::RefCell;

/// A line of the cache, so that what begins with one is aligned for every loop.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; 64]);

thread_local! {
    static SCRATCH: RefCell<Vec<Line>> = const { RefCell::new(Vec::new()) };
}

/// So many bytes round up to whole lines.
pub(crate) const fn whole_lines(bytes: usize) -> usize {
    bytes.next_multiple_of(size_of::<Line>())
}

/// Calls a function with so many bytes of this thread's own, which hold anything. It may come back
/// here: a loop that warns runs code of others. Then that has memory of its own.
pub(crate) fn with<R>(bytes: usize, function: impl FnOnce(*mut u8) -> R) -> R {
    let mut lines = SCRATCH.take();
    let wanted = bytes.div_ceil(size_of::<Line>());
    if lines.len() < wanted {
        lines.resize(wanted, Line([0; 64]));
    }
    let result = function(lines.as_mut_ptr().cast());
    SCRATCH.set(lines);
    result
}
