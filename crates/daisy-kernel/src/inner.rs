//! Inner loop: one operation over a stretch of elements.

use std::ffi::{c_int, c_void};

use crate::Native;

/// The signature of NumPy's strided loops (`PyArrayMethod_StridedLoop` in `numpy/dtype_api.h`): the
/// context, a pointer for each operand, the number of elements, a stride in bytes for each operand,
/// and what the loop keeps besides. Gives 0, or -1 when it failed.
pub type Function = unsafe extern "C" fn(
    context: *mut c_void,
    data: *const *mut u8,
    lengths: *const isize,
    strides: *const isize,
    auxiliary: *mut c_void,
) -> c_int;

/// One operation over a stretch of elements, and what it is called with.
#[derive(Clone, Copy)]
pub struct InnerLoop {
    function: Function,
    context: *mut c_void,
    auxiliary: *mut c_void,
    /// Whether nobody is to look what the floating-point unit notices in it.
    silent: bool,
    native: Option<Native>,
}

// SAFETY: whoever makes an inner loop promises that any thread may call it at any time.
unsafe impl Send for InnerLoop {}
// SAFETY: the same promise.
unsafe impl Sync for InnerLoop {}

impl InnerLoop {
    /// A loop of NumPy's or one that looks like it.
    ///
    /// # Safety
    /// For as long as the result or a copy of it is used, any number of threads may call `function`
    /// with these two pointers at once, without holding anything. It reads its inputs and writes its
    /// outputs, so many elements of each as it is told, and nothing else.
    pub const unsafe fn new(
        function: Function,
        context: *mut c_void,
        auxiliary: *mut c_void,
    ) -> Self {
        Self {
            function,
            context,
            auxiliary,
            silent: false,
            native: None,
        }
    }

    /// The same loop, of which nothing is told that the floating-point unit notices: what a loop over
    /// integers does there by the way means nothing.
    #[must_use]
    pub const fn silent(self) -> Self {
        Self {
            silent: true,
            ..self
        }
    }

    /// The same loop, which does what a native operation does: its elements have the same bits, but for
    /// the payload of a NaN, and it tells of the same.
    #[must_use]
    pub const fn with_native(self, native: Native) -> Self {
        Self {
            native: Some(native),
            ..self
        }
    }

    /// The native operation that does the same, if there is one.
    pub(crate) const fn native(&self) -> Option<Native> {
        self.native
    }

    /// Whether nothing is told of what it does.
    pub(crate) const fn is_silent(&self) -> bool {
        self.silent
    }

    /// One of this crate's own loops, which need nothing besides their operands.
    ///
    /// # Safety
    /// As [`InnerLoop::new`], with pointers to nothing.
    pub(crate) const unsafe fn own(function: Function) -> Self {
        // SAFETY: the caller's promise.
        unsafe { Self::new(function, std::ptr::null_mut(), std::ptr::null_mut()) }
    }

    /// Does `count` elements. Whether it succeeded.
    ///
    /// # Safety
    /// There is a pointer and a stride for each operand. All elements that they lead to are there
    /// and aligned, those of the outputs are nobody else's, and an output overlaps an input nowhere
    /// or is that input exactly.
    #[inline]
    pub(crate) unsafe fn run(&self, data: &[*mut u8], strides: &[isize], count: usize) -> bool {
        let count = count.cast_signed();
        // SAFETY: the promises of `new` and of the caller.
        let status = unsafe {
            (self.function)(
                self.context,
                data.as_ptr(),
                &raw const count,
                strides.as_ptr(),
                self.auxiliary,
            )
        };
        status == 0
    }
}

impl std::fmt::Debug for InnerLoop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InnerLoop")
    }
}
