//! Stream: results that are written past the caches.
//!
//! A processor reads a line of memory into its cache before it writes to a part of it. Of results that
//! are larger than the caches nothing is there any more when somebody reads them, so all of that reading
//! is for nothing: a third of what `a + b` moves. A block of results is therefore computed where it stays
//! in the first cache, and put into memory line by line from there.
//!
//! Source: "non-temporal" stores in Intel's manual for developers, volume 1, 10.4.6.2.

/// From so many bytes of results on, none of them will be in a cache of one core when all are there.
pub(crate) const WORTHWHILE: usize = 4 << 20;

/// Copies a block. Others see it after [`finish`].
///
/// # Safety
/// So many bytes are there to be read, and there is room for them, elsewhere.
pub(crate) unsafe fn copy(from: *const u8, to: *mut u8, bytes: usize) {
    // SAFETY: the caller's promise; what the first did is not done again.
    unsafe {
        let done = copy_lines(from, to, bytes);
        std::ptr::copy_nonoverlapping(from.add(done), to.add(done), bytes - done);
    }
}

/// Copies as much as can be written past the caches, and says how much that was.
///
/// # Safety
/// As [`copy`].
#[cfg(target_arch = "x86_64")]
unsafe fn copy_lines(from: *const u8, to: *mut u8, bytes: usize) -> usize {
    use std::arch::x86_64::{__m128i, _mm_loadu_si128, _mm_stream_si128};

    const STEP: usize = size_of::<__m128i>();
    if !to.addr().is_multiple_of(STEP) {
        return 0;
    }
    let steps = bytes / STEP;
    let (from, to) = (from.cast::<__m128i>(), to.cast::<__m128i>());
    for step in 0..steps {
        // SAFETY: within the bytes of the caller; `to` is aligned. Every x86-64 has SSE2.
        unsafe { _mm_stream_si128(to.add(step), _mm_loadu_si128(from.add(step))) };
    }
    steps * STEP
}

#[cfg(not(target_arch = "x86_64"))]
unsafe fn copy_lines(_from: *const u8, _to: *mut u8, _bytes: usize) -> usize {
    0
}

/// Has all that this thread copied be seen by other threads before whatever it does next.
pub(crate) fn finish() {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: it only waits. Every x86-64 has SSE.
    unsafe {
        std::arch::x86_64::_mm_sfence();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_any_number_of_bytes_to_anywhere() {
        let from: Vec<u8> = (0..=255).collect();
        for start in 0..20 {
            for bytes in [0, 1, 15, 16, 17, 63, 64, 200] {
                let mut to = vec![7; 256];
                // SAFETY: both have room for 20 and 200 bytes.
                unsafe { copy(from.as_ptr(), to.as_mut_ptr().add(start), bytes) };
                finish();
                assert_eq!(to[start..start + bytes], from[..bytes]);
                let others = to[..start].iter().chain(&to[start + bytes..]);
                assert!(others.copied().all(|byte| byte == 7));
            }
        }
    }
}
