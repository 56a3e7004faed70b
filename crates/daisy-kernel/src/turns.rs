//! Turns: what several threads do block by block, and yet strictly in order.
//!
//! Whoever has computed a block waits until those before it have been taken in. Blocks are begun in their
//! order, so that the one that all wait for is always being computed by somebody.

use std::cell::UnsafeCell;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::launch::Failed;

/// No turn comes after this.
const STOPPED: usize = usize::MAX;
/// So often somebody looks whether it is their turn before others may have the processor.
const LOOKS: usize = 200;

/// Something that is given from block to block.
pub(crate) struct Turns<T> {
    /// The element that the next block begins with.
    next: AtomicUsize,
    state: UnsafeCell<T>,
}

// SAFETY: only one thread at a time has its turn, and sees what the one before it has written.
unsafe impl<T: Send> Sync for Turns<T> {}

/// Ends all turns where one is not finished.
struct Turn<'a>(&'a AtomicUsize, usize);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.store(self.1, Ordering::Release);
    }
}

impl<T> Turns<T> {
    pub(crate) fn new(state: T) -> Self {
        Self {
            next: AtomicUsize::new(0),
            state: UnsafeCell::new(state),
        }
    }

    /// Calls a function once all elements before a block have had their turn.
    ///
    /// # Errors
    /// When the function fails, or one of those before did not come to an end.
    pub(crate) fn take<R>(
        &self,
        block: Range<usize>,
        function: impl FnOnce(&mut T) -> Result<R, Failed>,
    ) -> Result<R, Failed> {
        self.wait(block.start)?;
        let mut turn = Turn(&self.next, STOPPED);
        // SAFETY: it is this thread's turn until `turn` is dropped.
        let result = function(unsafe { &mut *self.state.get() })?;
        turn.1 = block.end;
        Ok(result)
    }

    fn wait(&self, start: usize) -> Result<(), Failed> {
        let mut looks = 0_usize;
        loop {
            let next = self.next.load(Ordering::Acquire);
            if next == start {
                return Ok(());
            }
            if next > start {
                return Err(Failed);
            }
            looks += 1;
            if looks > LOOKS {
                std::thread::yield_now();
            } else {
                std::hint::spin_loop();
            }
        }
    }

    /// Has nobody wait any more: a block is missing.
    pub(crate) fn stop(&self) {
        self.next.store(STOPPED, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_several_threads_come_in_order() {
        let turns = Turns::new(Vec::new());
        std::thread::scope(|scope| {
            for first in 0..3 {
                let turns = &turns;
                scope.spawn(move || {
                    for block in (first..300).step_by(3) {
                        let taken = turns.take(block..block + 1, |seen: &mut Vec<usize>| {
                            seen.push(block);
                            Ok(())
                        });
                        assert_eq!(taken, Ok(()));
                    }
                });
            }
        });
        assert_eq!(turns.state.into_inner(), (0..300).collect::<Vec<_>>());
    }

    #[test]
    fn nobody_waits_for_a_block_that_failed() {
        let turns = Turns::new(());
        assert_eq!(turns.take(0..1, |()| Err::<(), _>(Failed)), Err(Failed));
        assert_eq!(turns.take(1..2, |()| Ok(())), Err(Failed));
    }

    #[test]
    fn nobody_waits_for_a_block_that_panics() {
        let turns = Turns::new(());
        let turn = || turns.take(0..1, |()| -> Result<(), Failed> { panic!("in a loop") });
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(turn)).is_err());
        assert_eq!(turns.take(1..2, |()| Ok(())), Err(Failed));
    }
}
