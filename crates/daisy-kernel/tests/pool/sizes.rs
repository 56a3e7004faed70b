//! What a size is answered with, step by step.

use daisy_kernel::pool::{Pool, SMALLEST, default_limit, shared};

const MIB: usize = 1 << 20;

/// A large piece begins at a page, and one with huge pages at one of these.
#[test]
fn memory_is_aligned() {
    let pool = Pool::new(0);
    for (size, alignment) in [
        (SMALLEST, 4096),
        (MIB, 4096),
        (2 * MIB, 2 * MIB),
        (9 * MIB, 2 * MIB),
    ] {
        let start = pool.allocate(size).unwrap();
        assert_eq!(start.addr().get() % alignment, 0);
    }
}

/// The second result of about a size lies where the first one lay, and counts as used, not as kept.
#[test]
fn a_block_is_used_again() {
    let pool = Pool::new(8 * MIB);
    let first = pool.allocate(MIB).unwrap();
    assert_eq!((pool.stats().used, pool.stats().kept), (MIB, 0));
    // SAFETY: got above, and nobody uses it.
    unsafe { pool.free(first) };
    assert_eq!((pool.stats().used, pool.stats().kept), (0, MIB));
    assert_eq!(pool.allocate(MIB - 5000), Some(first));
    assert_eq!((pool.stats().used, pool.stats().kept), (MIB, 0));
}

/// Where nothing may be kept, nothing is.
#[test]
fn a_limit_of_nothing_keeps_nothing() {
    let pool = Pool::new(0);
    let start = pool.allocate(MIB).unwrap();
    // SAFETY: got above, and nobody uses it.
    unsafe { pool.free(start) };
    assert_eq!((pool.stats().used, pool.stats().kept), (0, 0));
}

/// Growing within the block moves nothing; to the C library's and to other blocks it copies.
#[test]
fn another_size_keeps_the_contents() {
    let pool = Pool::new(8 * MIB);
    let start = pool.allocate_zeroed(SMALLEST + 1).unwrap();
    // SAFETY: each address is what the call before gave, and the sizes are as asked for.
    unsafe {
        start.write(7);
        let same = pool.reallocate(start, SMALLEST + 2).unwrap();
        assert_eq!(same, start);
        let large = pool.reallocate(same, MIB).unwrap();
        let small = pool.reallocate(large, 100).unwrap();
        let large = pool.reallocate(small, MIB).unwrap();
        assert_eq!((large.read(), large.add(99).read()), (7, 0));
        pool.free(large);
    }
    assert_eq!(pool.stats().used, 0);
}

/// More than there can be is refused, and a piece that cannot grow stays as it is.
#[test]
fn what_cannot_be_had_is_refused() {
    let pool = Pool::new(8 * MIB);
    assert_eq!(pool.allocate(usize::MAX), None);
    assert_eq!(pool.allocate_zeroed(1 << 60), None);
    let start = pool.allocate(MIB).unwrap();
    // SAFETY: got above; where the answer is none, it stays.
    unsafe {
        start.write(7);
        assert_eq!(pool.reallocate(start, 1 << 60), None);
        assert_eq!(start.read(), 7);
    }
    assert_eq!(pool.stats().used, MIB);
}

/// The pool of the process begins with a share of the memory as its limit.
#[test]
fn the_shared_pool_keeps_a_share() {
    assert_eq!(shared().stats().limit, default_limit());
}
