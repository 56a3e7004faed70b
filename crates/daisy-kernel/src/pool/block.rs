//! Block: a piece of mapped memory, and all that the pool asks of the system about it.
//!
//! Sources: the manual pages mmap(2), munmap(2) and madvise(2).

use std::ptr::NonNull;

/// Mapped memory, readable and writable, which is unmapped when the block is dropped.
#[derive(Debug)]
pub struct Block {
    start: NonNull<u8>,
    size: usize,
}

// SAFETY: a block owns its pages, and these belong to the process, not to a thread.
unsafe impl Send for Block {}

impl Block {
    /// The first byte, at the beginning of a page.
    pub fn start(&self) -> NonNull<u8> {
        self.start
    }

    /// In bytes.
    pub fn size(&self) -> usize {
        self.size
    }
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
mod system {
    use super::Block;
    use std::ptr::{self, NonNull};

    /// Whether memory can be mapped here.
    pub const AVAILABLE: bool = true;

    /// The size of a huge page on the machines that have them; elsewhere it only aligns.
    const HUGE: usize = 2 << 20;

    /// How to ask for huge pages, where one has to.
    #[cfg(target_os = "linux")]
    const HUGE_PAGES: Option<libc::c_int> = Some(libc::MADV_HUGEPAGE);
    #[cfg(not(target_os = "linux"))]
    const HUGE_PAGES: Option<libc::c_int> = None;

    impl Block {
        /// Maps `size` bytes of zeros; from the size of a huge page on, aligned to one.
        pub fn map(size: usize) -> Option<Self> {
            if size < HUGE {
                return Self::map_anywhere(size);
            }
            let block = Self::map_anywhere(size.checked_add(HUGE)?)?.aligned(size);
            // That the system may say no matters to the speed and to nothing else.
            if let Some(advice) = HUGE_PAGES {
                block.advise(advice);
            }
            Some(block)
        }

        fn map_anywhere(size: usize) -> Option<Self> {
            let protection = libc::PROT_READ | libc::PROT_WRITE;
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
            // SAFETY: a new mapping at an address that the system chooses touches nothing that is
            // there.
            let start = unsafe { libc::mmap(ptr::null_mut(), size, protection, flags, -1, 0) };
            if start == libc::MAP_FAILED {
                return None;
            }
            let start = NonNull::new(start.cast())?;
            Some(Self { start, size })
        }

        /// The part of `size` bytes that begins at a huge page; the rest is unmapped.
        fn aligned(self, size: usize) -> Self {
            let before = self.start.align_offset(HUGE);
            let (_head, rest) = self.split(before);
            let (block, _tail) = rest.split(size);
            block
        }

        /// Two blocks of one, the first of `size` bytes.
        fn split(self, size: usize) -> (Self, Self) {
            let whole = std::mem::ManuallyDrop::new(self);
            // SAFETY: `size` is at most that of the block, by the calls above.
            let middle = unsafe { whole.start.add(size) };
            let first = Self {
                start: whole.start,
                size,
            };
            (
                first,
                Self {
                    start: middle,
                    size: whole.size - size,
                },
            )
        }

        /// Lets the system take the pages when it needs them, which it may do until they are
        /// written to again: they may then read as they are or as zeros. Whether it agreed.
        pub fn discard(&self) -> bool {
            self.advise(libc::MADV_FREE)
        }

        fn advise(&self, advice: libc::c_int) -> bool {
            // SAFETY: the pages are those of this block. Neither advice unmaps them; that their
            // contents may go is what `discard` says.
            unsafe { libc::madvise(self.start.as_ptr().cast(), self.size, advice) == 0 }
        }
    }

    impl Drop for Block {
        fn drop(&mut self) {
            if self.size > 0 {
                // SAFETY: the block owns these pages, and nobody has a block any more that is
                // dropped.
                unsafe { libc::munmap(self.start.as_ptr().cast(), self.size) };
            }
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
mod system {
    use super::Block;

    /// Whether memory can be mapped here.
    pub const AVAILABLE: bool = false;

    impl Block {
        /// No memory is mapped here.
        pub fn map(_size: usize) -> Option<Self> {
            None
        }

        /// There is no block to which this could happen.
        #[expect(clippy::unused_self, reason = "elsewhere it is used")]
        pub fn discard(&self) -> bool {
            false
        }
    }
}

pub use system::AVAILABLE;
