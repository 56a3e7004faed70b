//! Class: the sizes in which memory is mapped, so that a block fits the next result of about its size.

/// Eight sizes a doubling: a block is at most an eighth larger than what was asked for.
const STEPS: u32 = 3;

/// The size of the block that holds `size` bytes; `None` if no block is so large. The size of a
/// block is the size of its own block, too.
///
/// Sizes over 32 KiB give multiples of 4 KiB.
pub fn capacity(size: usize) -> Option<usize> {
    // No object may be larger: offsets into it are signed.
    isize::try_from(size).ok()?;
    let last = size.saturating_sub(1);
    let shift = last.checked_ilog2()?.checked_sub(STEPS)?;
    Some(((last >> shift) + 1) << shift)
}

#[cfg(test)]
mod tests {
    use super::capacity;

    /// A class is a whole number of small pages, and the next size up is in the next class.
    #[test]
    fn there_are_eight_classes_a_doubling() {
        let mut size = 1 << 16;
        for _ in 0..8 {
            assert_eq!(capacity(size), Some(size));
            assert_eq!(size % 4096, 0);
            size = capacity(size + 1).unwrap();
        }
        assert_eq!(size, 1 << 17);
    }

    /// What is asked for fits, with little left over.
    #[test]
    fn a_block_is_as_large_as_asked_for_and_not_much_larger() {
        for size in (40_000..10_000_000).step_by(12_347) {
            let block = capacity(size).unwrap();
            assert!(size <= block && block <= size + size / 8 + 1);
            assert_eq!(capacity(block), Some(block));
        }
    }

    /// A size that no memory has is none, and no overflow.
    #[test]
    fn there_is_no_block_of_more_than_half_the_address_space() {
        assert_eq!(capacity(usize::MAX), None);
        assert_eq!(capacity(1 << 63), None);
        assert_eq!(capacity((1 << 63) - 1), Some(1 << 63));
    }
}
