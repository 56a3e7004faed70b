//! x86: the vectors of AVX2 and AVX-512.

#[allow(
    clippy::wildcard_imports,
    reason = "the names say where they come from"
)]
use std::arch::x86_64::*;

use super::vector::Vector;

/// A vector type around one of the processor's, and which instruction each method is.
macro_rules! vector {
    (
        $(#[$doc:meta])* $name:ident($inner:ident): $lanes:literal of $lane:ty;
        load = $load:ident, splat = $splat:ident, store = $store:ident, stream = $stream:ident;
        $($method:ident($one:ident $(, $other:ident)?) = $body:expr;)*
        $(=> has_nan($left:ident, $right:ident) = $nan:expr;)?
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(super) struct $name($inner);

        // SAFETY of all blocks: the promises of the trait.
        impl Vector for $name {
            const LANES: usize = $lanes;

            #[inline(always)]
            unsafe fn load(from: *const u8) -> Self {
                // SAFETY: see above.
                Self(unsafe { $load(from.cast()) })
            }

            #[inline(always)]
            unsafe fn splat(from: *const u8) -> Self {
                // SAFETY: see above.
                Self(unsafe { $splat(from.cast::<$lane>().read_unaligned()) })
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut u8) {
                // SAFETY: see above.
                unsafe { $store(to.cast(), self.0) };
            }

            #[inline(always)]
            unsafe fn stream(self, to: *mut u8) {
                // SAFETY: see above.
                unsafe { $stream(to.cast(), self.0) };
            }

            $(
                #[inline(always)]
                unsafe fn $method(self $(, $other: Self)?) -> Self {
                    let $one = self.0;
                    $(let $other = $other.0;)?
                    // SAFETY: see above.
                    Self(unsafe { $body })
                }
            )*

            $(
                #[inline(always)]
                unsafe fn has_nan(self, other: Self) -> bool {
                    let ($left, $right) = (self.0, other.0);
                    // SAFETY: see above.
                    unsafe { $nan }
                }
            )?
        }
    };
}

vector! {
    /// Doubles of AVX2.
    F64x4(__m256d): 4 of f64;
    load = _mm256_loadu_pd, splat = _mm256_set1_pd, store = _mm256_storeu_pd, stream = _mm256_stream_pd;
    add(a, b) = _mm256_add_pd(a, b);
    subtract(a, b) = _mm256_sub_pd(a, b);
    multiply(a, b) = _mm256_mul_pd(a, b);
    divide(a, b) = _mm256_div_pd(a, b);
    negative(a) = _mm256_xor_pd(a, _mm256_set1_pd(-0.0));
    absolute(a) = _mm256_andnot_pd(_mm256_set1_pd(-0.0), a);
    square_root(a) = _mm256_sqrt_pd(a);
    => has_nan(a, b) = _mm256_movemask_pd(_mm256_cmp_pd::<_CMP_UNORD_Q>(a, b)) != 0;
}

vector! {
    /// Floats of AVX2.
    F32x8(__m256): 8 of f32;
    load = _mm256_loadu_ps, splat = _mm256_set1_ps, store = _mm256_storeu_ps, stream = _mm256_stream_ps;
    add(a, b) = _mm256_add_ps(a, b);
    subtract(a, b) = _mm256_sub_ps(a, b);
    multiply(a, b) = _mm256_mul_ps(a, b);
    divide(a, b) = _mm256_div_ps(a, b);
    negative(a) = _mm256_xor_ps(a, _mm256_set1_ps(-0.0));
    absolute(a) = _mm256_andnot_ps(_mm256_set1_ps(-0.0), a);
    square_root(a) = _mm256_sqrt_ps(a);
    => has_nan(a, b) = _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_UNORD_Q>(a, b)) != 0;
}

vector! {
    /// Integers of AVX2, which has no product of 64 bits: it is put together from those of 32.
    I64x4(__m256i): 4 of i64;
    load = _mm256_loadu_si256, splat = _mm256_set1_epi64x, store = _mm256_storeu_si256, stream = _mm256_stream_si256;
    add(a, b) = _mm256_add_epi64(a, b);
    subtract(a, b) = _mm256_sub_epi64(a, b);
    multiply(a, b) = {
        let one = _mm256_mul_epu32(_mm256_srli_epi64::<32>(a), b);
        let other = _mm256_mul_epu32(a, _mm256_srli_epi64::<32>(b));
        let high = _mm256_slli_epi64::<32>(_mm256_add_epi64(one, other));
        _mm256_add_epi64(_mm256_mul_epu32(a, b), high)
    };
    negative(a) = _mm256_sub_epi64(_mm256_setzero_si256(), a);
}

vector! {
    /// Short integers of AVX2.
    I32x8(__m256i): 8 of i32;
    load = _mm256_loadu_si256, splat = _mm256_set1_epi32, store = _mm256_storeu_si256, stream = _mm256_stream_si256;
    add(a, b) = _mm256_add_epi32(a, b);
    subtract(a, b) = _mm256_sub_epi32(a, b);
    multiply(a, b) = _mm256_mullo_epi32(a, b);
    negative(a) = _mm256_sub_epi32(_mm256_setzero_si256(), a);
}

vector! {
    /// Doubles of AVX-512.
    F64x8(__m512d): 8 of f64;
    load = _mm512_loadu_pd, splat = _mm512_set1_pd, store = _mm512_storeu_pd, stream = _mm512_stream_pd;
    add(a, b) = _mm512_add_pd(a, b);
    subtract(a, b) = _mm512_sub_pd(a, b);
    multiply(a, b) = _mm512_mul_pd(a, b);
    divide(a, b) = _mm512_div_pd(a, b);
    negative(a) = _mm512_xor_pd(a, _mm512_set1_pd(-0.0));
    absolute(a) = _mm512_abs_pd(a);
    square_root(a) = _mm512_sqrt_pd(a);
    => has_nan(a, b) = _mm512_cmp_pd_mask::<_CMP_UNORD_Q>(a, b) != 0;
}

vector! {
    /// Floats of AVX-512.
    F32x16(__m512): 16 of f32;
    load = _mm512_loadu_ps, splat = _mm512_set1_ps, store = _mm512_storeu_ps, stream = _mm512_stream_ps;
    add(a, b) = _mm512_add_ps(a, b);
    subtract(a, b) = _mm512_sub_ps(a, b);
    multiply(a, b) = _mm512_mul_ps(a, b);
    divide(a, b) = _mm512_div_ps(a, b);
    negative(a) = _mm512_xor_ps(a, _mm512_set1_ps(-0.0));
    absolute(a) = _mm512_abs_ps(a);
    square_root(a) = _mm512_sqrt_ps(a);
    => has_nan(a, b) = _mm512_cmp_ps_mask::<_CMP_UNORD_Q>(a, b) != 0;
}

vector! {
    /// Integers of AVX-512.
    I64x8(__m512i): 8 of i64;
    load = _mm512_loadu_si512, splat = _mm512_set1_epi64, store = _mm512_storeu_si512, stream = _mm512_stream_si512;
    add(a, b) = _mm512_add_epi64(a, b);
    subtract(a, b) = _mm512_sub_epi64(a, b);
    multiply(a, b) = _mm512_mullo_epi64(a, b);
    negative(a) = _mm512_sub_epi64(_mm512_setzero_si512(), a);
}

vector! {
    /// Short integers of AVX-512.
    I32x16(__m512i): 16 of i32;
    load = _mm512_loadu_si512, splat = _mm512_set1_epi32, store = _mm512_storeu_si512, stream = _mm512_stream_si512;
    add(a, b) = _mm512_add_epi32(a, b);
    subtract(a, b) = _mm512_sub_epi32(a, b);
    multiply(a, b) = _mm512_mullo_epi32(a, b);
    negative(a) = _mm512_sub_epi32(_mm512_setzero_si512(), a);
}
