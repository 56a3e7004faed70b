//! Portable: vectors of any processor, which the compiler makes what it can of.

use super::vector::Vector;

/// Some elements side by side.
macro_rules! vector {
    ($name:ident: $lanes:literal of $lane:ty; $($method:ident($one:ident $(, $other:ident)?) = $body:expr;)*
     $(=> has_nan($left:ident, $right:ident) = $nan:expr;)?) => {
        #[derive(Clone, Copy)]
        pub(super) struct $name([$lane; $lanes]);

        impl Vector for $name {
            const LANES: usize = $lanes;

            #[inline(always)]
            unsafe fn load(from: *const u8) -> Self {
                // SAFETY: the caller's promise.
                Self(unsafe { from.cast::<[$lane; $lanes]>().read_unaligned() })
            }

            #[inline(always)]
            unsafe fn splat(from: *const u8) -> Self {
                // SAFETY: the caller's promise.
                Self([unsafe { from.cast::<$lane>().read_unaligned() }; $lanes])
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut u8) {
                // SAFETY: the caller's promise.
                unsafe { to.cast::<[$lane; $lanes]>().write_unaligned(self.0) };
            }

            $(
                #[inline(always)]
                unsafe fn $method(self $(, $other: Self)?) -> Self {
                    Self(std::array::from_fn(|at| {
                        let $one = self.0[at];
                        $(let $other = $other.0[at];)?
                        $body
                    }))
                }
            )*

            $(
                #[inline(always)]
                unsafe fn has_nan(self, other: Self) -> bool {
                    let mut pairs = self.0.iter().zip(&other.0);
                    pairs.any(|($left, $right)| $nan)
                }
            )?
        }
    };
}

macro_rules! float {
    ($name:ident: $lanes:literal of $lane:ty) => {
        vector! {
            $name: $lanes of $lane;
            add(a, b) = a + b;
            subtract(a, b) = a - b;
            multiply(a, b) = a * b;
            divide(a, b) = a / b;
            negative(a) = -a;
            absolute(a) = a.abs();
            square_root(a) = a.sqrt();
            => has_nan(a, b) = a.is_nan() | b.is_nan();
        }
    };
}

macro_rules! integer {
    ($name:ident: $lanes:literal of $lane:ty) => {
        vector! {
            $name: $lanes of $lane;
            add(a, b) = a.wrapping_add(b);
            subtract(a, b) = a.wrapping_sub(b);
            multiply(a, b) = a.wrapping_mul(b);
            negative(a) = a.wrapping_neg();
        }
    };
}

// As wide as the registers of nearly all processors.
float!(F64x2: 2 of f64);
float!(F32x4: 4 of f32);
integer!(I64x2: 2 of i64);
integer!(I32x4: 4 of i32);
