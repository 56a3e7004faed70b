//! Machine: what works off a tape, with the vectors of this processor.
#![expect(
    clippy::inline_always,
    reason = "only what is inlined is compiled for the processor that has the vectors"
)]

use super::operation::Lane;
use super::portable::{F32x4, F64x2, I32x4, I64x2};
use super::tape::{Code, Instruction};
use super::vector::Vector;
#[cfg(target_arch = "x86_64")]
use super::x86::{F32x8, F32x16, F64x4, F64x8, I32x8, I32x16, I64x4, I64x8};

/// Vectors of a tile. With the operand that is at work they leave some of the 16 registers over that
/// each processor has at least.
const VECTORS: usize = 8;

/// The vectors that this processor has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Machine {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

/// Instructions, and the elements that they work on: where each register begins, and how many
/// elements there are, which is a tile at least.
#[derive(Clone, Copy)]
pub(crate) struct Stretch<'a> {
    pub(crate) instructions: &'a [Instruction],
    pub(crate) pointers: &'a [*mut u8],
    pub(crate) count: usize,
}

impl Machine {
    /// The best one that this processor is.
    pub(crate) fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            let wide = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512dq");
            if wide {
                return Self::Avx512;
            }
            if is_x86_feature_detected!("avx2") {
                return Self::Avx2;
            }
        }
        Self::Portable
    }

    /// How many elements of a type it has in registers.
    pub(crate) const fn tile(self, lane: Lane) -> usize {
        let bytes = match self {
            Self::Portable => 16,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => 32,
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => 64,
        };
        VECTORS * bytes / lane.size()
    }

    /// Has everybody see what was stored past the caches.
    pub(crate) fn fence(self) {
        #[cfg(target_arch = "x86_64")]
        if self != Self::Portable {
            // SAFETY: every processor of this kind has it.
            unsafe { std::arch::x86_64::_mm_sfence() };
        }
    }

    /// Does all instructions with all elements. Gives whether a value that is watched is a NaN.
    ///
    /// # Safety
    /// This processor is such a machine. The registers that are read or written have so many elements
    /// of this type, or one where the instruction says so. None that is written overlaps another, and
    /// what is read and not written before is written nowhere. What is streamed nobody else touches
    /// before [`Machine::fence`] is called.
    pub(crate) unsafe fn run(self, lane: Lane, stretch: Stretch<'_>) -> bool {
        // SAFETY: the caller's promise.
        unsafe {
            match self {
                Self::Portable => match lane {
                    Lane::F64 => work::<F64x2>(stretch),
                    Lane::F32 => work::<F32x4>(stretch),
                    Lane::I64 => work::<I64x2>(stretch),
                    Lane::I32 => work::<I32x4>(stretch),
                },
                #[cfg(target_arch = "x86_64")]
                Self::Avx2 => match lane {
                    Lane::F64 => with_avx2::<F64x4>(stretch),
                    Lane::F32 => with_avx2::<F32x8>(stretch),
                    Lane::I64 => with_avx2::<I64x4>(stretch),
                    Lane::I32 => with_avx2::<I32x8>(stretch),
                },
                #[cfg(target_arch = "x86_64")]
                Self::Avx512 => match lane {
                    Lane::F64 => with_avx512::<F64x8>(stretch),
                    Lane::F32 => with_avx512::<F32x16>(stretch),
                    Lane::I64 => with_avx512::<I64x8>(stretch),
                    Lane::I32 => with_avx512::<I32x16>(stretch),
                },
            }
        }
    }
}

/// # Safety
/// As [`Machine::run`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn with_avx2<V: Vector>(stretch: Stretch<'_>) -> bool {
    // SAFETY: the caller's promise.
    unsafe { work::<V>(stretch) }
}

/// # Safety
/// As [`Machine::run`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq")]
unsafe fn with_avx512<V: Vector>(stretch: Stretch<'_>) -> bool {
    // SAFETY: the caller's promise.
    unsafe { work::<V>(stretch) }
}

/// Tile by tile. The last tile reaches back, so that it is a whole one: what is done twice is done with
/// the same elements, since nothing is overwritten that is still to be read.
///
/// # Safety
/// As [`Machine::run`], for vectors of the type of the elements.
#[inline(always)]
unsafe fn work<V: Vector>(stretch: Stretch<'_>) -> bool {
    let tile = VECTORS * V::LANES;
    debug_assert!(stretch.count >= tile);
    let last = stretch.count - tile;
    let mut start = 0;
    let mut met_nan = false;
    loop {
        // SAFETY: the caller's promise; there is a whole tile at `start`.
        met_nan |= unsafe { one_tile::<V>(stretch, start * size_of::<V>() / V::LANES) };
        if start == last {
            return met_nan;
        }
        start = (start + tile).min(last);
    }
}

/// # Safety
/// As [`work`]; there is a whole tile so many bytes behind where the arrays begin.
#[inline(always)]
unsafe fn one_tile<V: Vector>(stretch: Stretch<'_>, offset: usize) -> bool {
    let mut met_nan = false;
    // SAFETY: a register has any content, which the first instruction overwrites.
    let mut all = unsafe { [V::splat([0_u8; 8].as_ptr()); VECTORS] };
    for instruction in stretch.instructions {
        let one = stretch.pointers[instruction.register as usize];
        let array = one.wrapping_add(offset);
        // One operation with every vector of the tile, the other operand being an array, one
        // number, or none.
        macro_rules! each {
            (|$it:ident| $new:expr) => {
                for $it in &mut all {
                    *$it = $new;
                }
            };
            (|$it:ident, array| $new:expr) => {
                for (place, now) in all.iter_mut().enumerate() {
                    let other = V::load(array.add(place * size_of::<V>()));
                    let $it = (*now, other);
                    *now = $new;
                }
            };
            (|$it:ident, one| $new:expr) => {
                let other = V::splat(one);
                for now in &mut all {
                    let $it = (*now, other);
                    *now = $new;
                }
            };
        }
        // SAFETY: the caller's promise.
        unsafe {
            match instruction.code {
                Code::Load => each!(|it, array| it.1),
                Code::Add => each!(|it, array| it.0.add(it.1)),
                Code::Subtract => each!(|it, array| it.0.subtract(it.1)),
                Code::SubtractFrom => each!(|it, array| it.1.subtract(it.0)),
                Code::Multiply => each!(|it, array| it.0.multiply(it.1)),
                Code::Divide => each!(|it, array| it.0.divide(it.1)),
                Code::DivideInto => each!(|it, array| it.1.divide(it.0)),
                Code::LoadOne => {
                    each!(|it, one| it.1);
                }
                Code::AddOne => {
                    each!(|it, one| it.0.add(it.1));
                }
                Code::SubtractOne => {
                    each!(|it, one| it.0.subtract(it.1));
                }
                Code::SubtractFromOne => {
                    each!(|it, one| it.1.subtract(it.0));
                }
                Code::MultiplyOne => {
                    each!(|it, one| it.0.multiply(it.1));
                }
                Code::DivideOne => {
                    each!(|it, one| it.0.divide(it.1));
                }
                Code::DivideIntoOne => {
                    each!(|it, one| it.1.divide(it.0));
                }
                Code::Twice => each!(|it| it.add(*it)),
                Code::Square => each!(|it| it.multiply(*it)),
                Code::Negative => each!(|it| it.negative()),
                Code::Absolute => each!(|it| it.absolute()),
                Code::SquareRoot => each!(|it| it.square_root()),
                Code::Stream if array.addr().is_multiple_of(size_of::<V>()) => {
                    for (place, one) in all.iter().enumerate() {
                        one.stream(array.add(place * size_of::<V>()));
                    }
                }
                Code::Store | Code::Stream => store(&all, array),
                Code::Watch => {
                    for pair in all.chunks_exact(2) {
                        met_nan |= pair[0].has_nan(pair[1]);
                    }
                }
            }
        }
    }
    met_nan
}

/// # Safety
/// There is room for all elements.
#[inline(always)]
unsafe fn store<V: Vector>(all: &[V; VECTORS], to: *mut u8) {
    for (place, one) in all.iter().enumerate() {
        // SAFETY: the caller's promise.
        unsafe { one.store(to.add(place * size_of::<V>())) };
    }
}
