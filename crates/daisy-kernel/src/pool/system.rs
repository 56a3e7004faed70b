//! System: the allocator of the C library, for what is too small to be mapped.
//!
//! Source: the manual page malloc(3).

use std::ptr::NonNull;

/// Memory of `size` bytes, or of one where there would be none.
pub fn allocate(size: usize) -> Option<NonNull<u8>> {
    // SAFETY: any size may be asked for.
    NonNull::new(unsafe { libc::malloc(size.max(1)) }.cast())
}

/// The same, all zeros.
pub fn allocate_zeroed(size: usize) -> Option<NonNull<u8>> {
    // SAFETY: any size may be asked for.
    NonNull::new(unsafe { libc::calloc(size.max(1), 1) }.cast())
}

/// The memory with another size, which may be elsewhere; if there is none, it stays as it is.
///
/// # Safety
/// The memory is of this module, and has not been freed.
pub unsafe fn reallocate(start: NonNull<u8>, size: usize) -> Option<NonNull<u8>> {
    // SAFETY: the caller's promise.
    NonNull::new(unsafe { libc::realloc(start.as_ptr().cast(), size.max(1)) }.cast())
}

/// Gives the memory back.
///
/// # Safety
/// The memory is of this module, has not been freed, and nobody uses it any more.
pub unsafe fn free(start: NonNull<u8>) {
    // SAFETY: the caller's promise.
    unsafe { libc::free(start.as_ptr().cast()) };
}
