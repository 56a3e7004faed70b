//! Vector: some elements side by side in a register.

/// Elements of one type side by side, and the arithmetic with them.
///
/// Each function is inlined into the machine, which is compiled for the processor that has these
/// vectors: that is why none is declared for a processor itself.
///
/// # Safety
/// All of it wants a processor that has these vectors.
pub(super) trait Vector: Copy {
    /// How many elements it has.
    const LANES: usize;

    /// The elements at a place, aligned or not.
    ///
    /// # Safety
    /// They are there.
    unsafe fn load(from: *const u8) -> Self;

    /// One element, as often as there are lanes.
    ///
    /// # Safety
    /// It is there.
    unsafe fn splat(from: *const u8) -> Self;

    /// Writes the elements to a place, aligned or not.
    ///
    /// # Safety
    /// There is room for them.
    unsafe fn store(self, to: *mut u8);

    /// The same past the caches, if the processor can.
    ///
    /// # Safety
    /// There is room, the place is aligned, and nobody else touches it before a fence.
    unsafe fn stream(self, to: *mut u8) {
        // SAFETY: the caller's promise.
        unsafe { self.store(to) };
    }

    unsafe fn add(self, other: Self) -> Self;
    unsafe fn subtract(self, other: Self) -> Self;
    unsafe fn multiply(self, other: Self) -> Self;
    unsafe fn negative(self) -> Self;

    /// Only of floats, like the others below; `Native::new` lets no integer come here.
    unsafe fn divide(self, _other: Self) -> Self {
        unreachable!("integers have no native division")
    }

    unsafe fn absolute(self) -> Self {
        unreachable!("integers have no native absolute value")
    }

    unsafe fn square_root(self) -> Self {
        unreachable!("integers have no native root")
    }

    /// Whether there is a NaN in one of these two.
    unsafe fn has_nan(self, _other: Self) -> bool {
        false
    }
}
