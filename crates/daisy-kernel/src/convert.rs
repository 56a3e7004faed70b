//! Convert: one type of numbers into another as somebody has asked for, and not only so that an operation
//! can be done. Besides the casts there are floats to integers, as far as C lays down the outcome.
//!
//! What is no number or does not fit, what becomes of it depends on the processor and the compiler. A
//! loop that meets such a one fails, and who called it asks somebody else.

use std::ffi::{c_int, c_void};

use crate::{Element, InnerLoop, cast};

/// The loop that converts one type into another, if there is one. It fails where the outcome is not laid
/// down.
pub fn convert(from: Element, to: Element) -> Option<InnerLoop> {
    if (from, to) == (Element::Bool, Element::Bool) {
        // The one way that keeps bytes which are no truth values.
        return cast(Element::U8, Element::U8);
    }
    cast(from, to).or_else(|| truncate(from, to))
}

/// The loop that cuts off what is behind the point.
fn truncate(from: Element, to: Element) -> Option<InnerLoop> {
    let function = match from {
        Element::F32 => to_integer::<f32>(to)?,
        Element::F64 => to_integer::<f64>(to)?,
        _ => return None,
    };
    // SAFETY: the loops below use what they are given and nothing else. That they compare and cut is
    // nothing to tell of.
    Some(unsafe { InnerLoop::own(function) }.silent())
}

fn to_integer<F: Truncate>(to: Element) -> Option<crate::Function> {
    Some(match to {
        Element::I8 => each::<F, i8>,
        Element::U8 => each::<F, u8>,
        Element::I16 => each::<F, i16>,
        Element::U16 => each::<F, u16>,
        Element::I32 => each::<F, i32>,
        Element::U32 => each::<F, u32>,
        Element::I64 => each::<F, i64>,
        Element::U64 => each::<F, u64>,
        _ => return None,
    })
}

/// A float, which a double holds exactly.
trait Truncate: Copy {
    fn double(self) -> f64;
}

impl Truncate for f32 {
    #[inline]
    fn double(self) -> f64 {
        f64::from(self)
    }
}

impl Truncate for f64 {
    #[inline]
    fn double(self) -> f64 {
        self
    }
}

/// An integer, and the doubles between which, both left out, everything fits.
trait Integer: Copy {
    const ABOVE: f64;
    const BELOW: f64;

    /// The integer part of a double.
    ///
    /// # Safety
    /// It fits.
    unsafe fn of(value: f64) -> Self;
}

macro_rules! integers {
    ($($integer:ty: $above:expr, $below:expr;)*) => {$(
        impl Integer for $integer {
            const ABOVE: f64 = $above;
            const BELOW: f64 = $below;

            #[inline]
            unsafe fn of(value: f64) -> Self {
                // SAFETY: the caller's promise.
                unsafe { value.to_int_unchecked() }
            }
        }
    )*};
}
/// 2^63. Doubles of this size are far apart: the next one below -2^63 is that far away, too.
const LARGE: f64 = 9_223_372_036_854_775_808.0;
integers! {
    i8: -129.0, 128.0;
    u8: -1.0, 256.0;
    i16: -32_769.0, 32_768.0;
    u16: -1.0, 65_536.0;
    i32: -2_147_483_649.0, 2_147_483_648.0;
    u32: -1.0, 4_294_967_296.0;
    i64: -LARGE - 2048.0, LARGE;
    // From 2^63 on processors have no single way for it.
    u64: -1.0, LARGE;
}

unsafe extern "C" fn each<F: Truncate, I: Integer>(
    _context: *mut c_void,
    data: *const *mut u8,
    lengths: *const isize,
    strides: *const isize,
    _auxiliary: *mut c_void,
) -> c_int {
    let mut all_fit = true;
    // SAFETY: the caller's promise: one input of `F`, one output of `I`, a stride each and a length.
    unsafe {
        let (mut from, mut to) = (*data, *data.add(1));
        let (step, step_to) = (*strides, *strides.add(1));
        let mut one = |from: *mut F, to: *mut I| {
            let value = (*from).double();
            // Both are looked at, and a zero is there for what does not fit, without a branch.
            let fits = value > I::ABOVE && value < I::BELOW;
            all_fit &= fits;
            *to = I::of(if fits { value } else { 0.0 });
        };
        let side_by_side = [size_of::<F>(), size_of::<I>()].map(usize::cast_signed);
        if [step, step_to] == side_by_side {
            // Known strides let the compiler take several elements at a time.
            for place in 0..(*lengths).cast_unsigned() {
                one(from.cast::<F>().add(place), to.cast::<I>().add(place));
            }
            return if all_fit { 0 } else { -1 };
        }
        for _ in 0..*lengths {
            one(from.cast(), to.cast());
            from = from.wrapping_offset(step);
            to = to.wrapping_offset(step_to);
        }
    }
    if all_fit { 0 } else { -1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn truncated(value: f64) -> Option<i32> {
        let (mut value, mut result) = (value, 0_i32);
        let data = [(&raw mut value).cast(), (&raw mut result).cast()];
        let inner = truncate(Element::F64, Element::I32).expect("there is such a loop");
        // SAFETY: one element each, of the right types.
        unsafe { inner.run(&data, &[8, 4], 1) }.then_some(result)
    }

    #[test]
    fn what_is_behind_the_point_is_cut_off() {
        assert_eq!(truncated(-0.9), Some(0));
        assert_eq!(truncated(2.5), Some(2));
        assert_eq!(truncated(-2_147_483_648.9), Some(i32::MIN));
    }

    #[test]
    fn what_does_not_fit_fails() {
        assert_eq!(truncated(f64::NAN), None);
        assert_eq!(truncated(f64::INFINITY), None);
        assert_eq!(truncated(2_147_483_648.0), None);
        assert_eq!(truncated(-2_147_483_649.0), None);
    }
}
