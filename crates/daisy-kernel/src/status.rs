//! Status: what the floating-point unit of this thread has noticed (`fenv.h` of C).

use std::ffi::c_int;

/// The exceptions of IEEE 754 that have happened; that a result was inexact is not counted.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Raised(c_int);

impl Raised {
    /// Whether nothing has happened.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether an operation had no result, such as the root of a negative number.
    pub fn was_invalid(self) -> bool {
        self.0 & BITS[0] != 0
    }

    /// Whether an infinite result came of finite operands, such as 1 / 0.
    pub fn divided_by_zero(self) -> bool {
        self.0 & BITS[1] != 0
    }

    /// Whether a result was too large.
    pub fn overflowed(self) -> bool {
        self.0 & BITS[2] != 0
    }

    /// Whether a result was too small.
    pub fn underflowed(self) -> bool {
        self.0 & BITS[3] != 0
    }

    /// What has happened here or there.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Invalid, divided by zero, overflow, underflow: the bits of `fenv.h`, which differ by processor.
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
const BITS: [c_int; 4] = [1, 4, 8, 16];
#[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
const BITS: [c_int; 4] = [1, 2, 4, 8];

const WATCHED: c_int = BITS[0] | BITS[1] | BITS[2] | BITS[3];

unsafe extern "C" {
    fn feclearexcept(exceptions: c_int) -> c_int;
    fn fetestexcept(exceptions: c_int) -> c_int;
}

/// Forgets what has happened on this thread.
pub(crate) fn clear() {
    // Mostly there is nothing to forget, and to look is cheaper than to write.
    if !raised().is_empty() {
        // SAFETY: changes flags of this thread that everybody clears before looking at them.
        unsafe { feclearexcept(WATCHED) };
    }
}

/// What has happened on this thread since.
pub(crate) fn raised() -> Raised {
    // SAFETY: reads flags.
    Raised(unsafe { fetestexcept(WATCHED) })
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;

    use super::*;

    #[test]
    fn a_division_by_zero_is_noticed_until_it_is_cleared() {
        clear();
        assert!(raised().is_empty());
        black_box(black_box(1.0) / black_box(0.0));
        assert!(!raised().is_empty());
        clear();
        assert!(raised().is_empty());
    }

    #[test]
    fn an_inexact_result_is_nothing_to_notice() {
        clear();
        black_box(black_box(1.0) / black_box(3.0));
        assert!(raised().is_empty());
    }
}
