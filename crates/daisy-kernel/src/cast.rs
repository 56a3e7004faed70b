//! Casts from one type of numbers to another, as C has them and so NumPy.
//!
//! Those of which the outcome is not laid down (a float to an integer) or that lose a part (a complex
//! number to a real one) are left out.

use std::ffi::{c_int, c_void};

use crate::{Element, InnerLoop};

/// The loop that casts one type into another, if there is one.
pub fn cast(from: Element, to: Element) -> Option<InnerLoop> {
    match from {
        Element::Bool => from_integer::<Truth>(to),
        Element::U8 => from_integer::<u8>(to),
        Element::I8 => from_integer::<i8>(to),
        Element::I16 => from_integer::<i16>(to),
        Element::U16 => from_integer::<u16>(to),
        Element::I32 => from_integer::<i32>(to),
        Element::U32 => from_integer::<u32>(to),
        Element::I64 => from_integer::<i64>(to),
        Element::U64 => from_integer::<u64>(to),
        Element::F32 => from_float::<f32>(to),
        Element::F64 => from_float::<f64>(to),
        Element::C64 => from_complex::<Complex<f32>>(to),
        Element::C128 => from_complex::<Complex<f64>>(to),
    }
}

/// A complex number, as C and NumPy lay it out.
#[derive(Clone, Copy)]
#[repr(C)]
struct Complex<F> {
    real: F,
    imaginary: F,
}

/// A truth value in a byte: in a view of other bytes it may be any, and is true if it is not zero.
#[derive(Clone, Copy)]
#[repr(transparent)]
struct Truth(u8);

/// What one number is as another type.
trait Convert<To>: Copy {
    fn convert_to(self) -> To;
}

/// The casts of numbers that `as` does as C does.
macro_rules! by_as {
    ($($from:ty => $($to:ty)*;)*) => {$($(
        impl Convert<$to> for $from {
            #[inline]
            #[allow(clippy::cast_lossless, clippy::cast_sign_loss, clippy::cast_possible_wrap,
                    clippy::cast_precision_loss, trivial_numeric_casts, reason = "any to any")]
            fn convert_to(self) -> $to { self as $to }
        }
    )*)*};
}
by_as! {
    u8 => u8 i8 u16 i16 u32 i32 u64 i64 f32 f64;
    i8 => u8 i8 u16 i16 u32 i32 u64 i64 f32 f64;
    u16 => u8 i8 u16 i16 u32 i32 u64 i64 f32 f64;
    i16 => u8 i8 u16 i16 u32 i32 u64 i64 f32 f64;
    u32 => u8 i8 u16 i16 u32 i32 u64 i64 f32 f64;
    i32 => u8 i8 u16 i16 u32 i32 u64 i64 f32 f64;
    u64 => u8 i8 u16 i16 u32 i32 u64 i64 f32 f64;
    i64 => u8 i8 u16 i16 u32 i32 u64 i64 f32 f64;
    f32 => f32 f64;
    f64 => f32 f64;
}

/// What is a truth value if it is not zero.
macro_rules! truths {
    ($($from:ty)*) => {$(
        impl Convert<Truth> for $from {
            #[inline]
            #[allow(clippy::float_cmp, reason = "exactly zero is meant")]
            fn convert_to(self) -> Truth { Truth(u8::from(self != <$from>::default())) }
        }
    )*};
}
truths!(u8 i8 u16 i16 u32 i32 u64 i64 f32 f64);

/// What a truth value is as a number.
macro_rules! of_truth {
    ($($to:ty)*) => {$(
        impl Convert<$to> for Truth {
            #[inline]
            fn convert_to(self) -> $to { u8::from(self.0 != 0).into() }
        }
    )*};
}
of_truth!(u8 u16 i16 u32 i32 u64 i64);

/// What a truth value is as a float, by its bits: compilers make a branch of the cast, which is
/// guessed wrong every other time.
macro_rules! float_of_truth {
    ($($to:ty, $bits:ty;)*) => {$(
        impl Convert<$to> for Truth {
            #[inline]
            fn convert_to(self) -> $to {
                let all_or_nothing = <$bits>::from(self.0 != 0).wrapping_neg();
                <$to>::from_bits(all_or_nothing & (1.0 as $to).to_bits())
            }
        }
    )*};
}
float_of_truth!(f32, u32; f64, u64;);

impl Convert<i8> for Truth {
    #[inline]
    fn convert_to(self) -> i8 {
        i8::from(self.0 != 0)
    }
}

impl Convert<Truth> for Truth {
    #[inline]
    fn convert_to(self) -> Truth {
        Truth(u8::from(self.0 != 0))
    }
}

impl<F: Convert<f32>> Convert<Complex<f32>> for F {
    #[inline]
    fn convert_to(self) -> Complex<f32> {
        let (real, imaginary) = (self.convert_to(), 0.0);
        Complex { real, imaginary }
    }
}

impl<F: Convert<f64>> Convert<Complex<f64>> for F {
    #[inline]
    fn convert_to(self) -> Complex<f64> {
        let (real, imaginary) = (self.convert_to(), 0.0);
        Complex { real, imaginary }
    }
}

/// The casts between complex numbers of two sizes, part by part.
trait Widen<To>: Copy {
    fn widen(self) -> To;
}

macro_rules! widen {
    ($($from:ty => $($to:ty)*;)*) => {$($(
        impl Widen<Complex<$to>> for Complex<$from> {
            #[inline]
            fn widen(self) -> Complex<$to> {
                Complex { real: self.real.convert_to(), imaginary: self.imaginary.convert_to() }
            }
        }
    )*)*};
}
widen! { f32 => f32 f64; f64 => f32 f64; }

fn from_integer<A>(to: Element) -> Option<InnerLoop>
where
    A: Convert<u8> + Convert<i8> + Convert<u16> + Convert<i16> + Convert<u32> + Convert<i32>,
    A: Convert<u64> + Convert<i64> + Convert<f32> + Convert<f64> + Convert<Truth>,
{
    Some(match to {
        Element::U8 => each(convert::<A, u8>),
        Element::I8 => each(convert::<A, i8>),
        Element::U16 => each(convert::<A, u16>),
        Element::I16 => each(convert::<A, i16>),
        Element::U32 => each(convert::<A, u32>),
        Element::I32 => each(convert::<A, i32>),
        Element::U64 => each(convert::<A, u64>),
        Element::I64 => each(convert::<A, i64>),
        other => return from_float::<A>(other),
    })
}

fn from_float<A>(to: Element) -> Option<InnerLoop>
where
    A: Convert<f32> + Convert<f64> + Convert<Truth>,
{
    Some(match to {
        Element::Bool => each(convert::<A, Truth>),
        Element::F32 => each(convert::<A, f32>),
        Element::F64 => each(convert::<A, f64>),
        Element::C64 => each(convert::<A, Complex<f32>>),
        Element::C128 => each(convert::<A, Complex<f64>>),
        _ => return None,
    })
}

fn from_complex<A>(to: Element) -> Option<InnerLoop>
where
    A: Widen<Complex<f32>> + Widen<Complex<f64>>,
{
    match to {
        Element::C64 => Some(each(widened::<A, Complex<f32>>)),
        Element::C128 => Some(each(widened::<A, Complex<f64>>)),
        _ => None,
    }
}

fn each(function: crate::Function) -> InnerLoop {
    // SAFETY: the loops below use what they are given and nothing else.
    unsafe { InnerLoop::own(function) }
}

unsafe extern "C" fn convert<A: Convert<B>, B>(
    _context: *mut c_void,
    data: *const *mut u8,
    lengths: *const isize,
    strides: *const isize,
    _auxiliary: *mut c_void,
) -> c_int {
    // SAFETY: the caller's promise: one input of `A`, one output of `B`.
    unsafe { map(data, lengths, strides, A::convert_to) }
}

unsafe extern "C" fn widened<A: Widen<B>, B>(
    _context: *mut c_void,
    data: *const *mut u8,
    lengths: *const isize,
    strides: *const isize,
    _auxiliary: *mut c_void,
) -> c_int {
    // SAFETY: the caller's promise: one input of `A`, one output of `B`.
    unsafe { map(data, lengths, strides, A::widen) }
}

/// Puts through a function what lies at one pointer, and its results at the other.
///
/// # Safety
/// As for an inner loop of one input of `A` and one output of `B`.
#[inline]
unsafe fn map<A: Copy, B>(
    data: *const *mut u8,
    lengths: *const isize,
    strides: *const isize,
    function: impl Fn(A) -> B,
) -> c_int {
    // SAFETY: the caller's promise: two pointers and strides, and a length.
    unsafe {
        let (mut from, mut to) = (*data, *data.add(1));
        let (step, step_to) = (*strides, *strides.add(1));
        let side_by_side = [size_of::<A>(), size_of::<B>()].map(usize::cast_signed);
        if [step, step_to] == side_by_side {
            // Known strides let the compiler take several elements at a time.
            for place in 0..(*lengths).cast_unsigned() {
                *to.cast::<B>().add(place) = function(*from.cast::<A>().add(place));
            }
            return 0;
        }
        for _ in 0..*lengths {
            *to.cast::<B>() = function(*from.cast::<A>());
            from = from.wrapping_offset(step);
            to = to.wrapping_offset(step_to);
        }
    }
    0
}
