//! Plain: the operations as loops, one element after the other, and values that are worth a try.

use std::cell::Cell;
use std::ffi::{c_int, c_void};

use super::OPERATIONS;
use crate::native::Native;
use crate::native::Operation::{
    self, Absolute, Add, Divide, Multiply, Negative, Square, SquareRoot, Subtract,
};
use crate::{Element, InnerLoop};

/// A type of elements: what the operations are, and from which bits its special values come.
trait Number: Copy {
    const SPECIAL: &'static [u64];
    fn apply(operation: Operation, one: Self, other: Self) -> Self;
}

macro_rules! float {
    ($float:ty, $special:expr) => {
        impl Number for $float {
            const SPECIAL: &'static [u64] = &$special;

            fn apply(operation: Operation, one: Self, other: Self) -> Self {
                match operation {
                    Add => one + other,
                    Subtract => one - other,
                    Multiply => one * other,
                    Divide => one / other,
                    Negative => -one,
                    Absolute => one.abs(),
                    Square => one * one,
                    SquareRoot => one.sqrt(),
                }
            }
        }
    };
}

macro_rules! integer {
    ($integer:ty) => {
        impl Number for $integer {
            const SPECIAL: &'static [u64] =
                &[0, 1, u64::MAX, 1 << 31, 1 << 63, (1 << 63) - 1, 12345];

            fn apply(operation: Operation, one: Self, other: Self) -> Self {
                match operation {
                    Add => one.wrapping_add(other),
                    Subtract => one.wrapping_sub(other),
                    Multiply => one.wrapping_mul(other),
                    Negative => one.wrapping_neg(),
                    Square => one.wrapping_mul(one),
                    Divide | Absolute | SquareRoot => unreachable!("integers have no such form"),
                }
            }
        }
    };
}

float!(
    f64,
    [
        0,
        1 << 63,
        1,
        0x8000_0000_0000_0001,
        0x0010_0000_0000_0000,
        0x7FEF_FFFF_FFFF_FFFF,
        0x7FF0_0000_0000_0000,
        0xFFF0_0000_0000_0000,
        0x3FF0_0000_0000_0000,
        0xBFF8_0000_0000_0000,
        0x7FF8_0000_0000_0000,
        0xFFF8_0000_0000_1234,
        0x7FF8_DEAD_BEEF_0001,
        0x7FF0_0000_0000_0001,
    ]
);
float!(
    f32,
    [
        0,
        1 << 31,
        1,
        0x8000_0001,
        0x0080_0000,
        0x7F7F_FFFF,
        0x7F80_0000,
        0xFF80_0000,
        0x3F80_0000,
        0xBFC0_0000,
        0x7FC0_0000,
        0xFFC0_1234,
        0x7FC0_BEEF,
        0x7F80_0001,
    ]
);
integer!(i64);
integer!(u64);
integer!(i32);
integer!(u32);

thread_local! {
    /// How often a plain loop has been called.
    pub(super) static CALLS: Cell<usize> = const { Cell::new(0) };
}

unsafe extern "C" fn plain<T: Number>(
    context: *mut c_void,
    data: *const *mut u8,
    lengths: *const isize,
    strides: *const isize,
    _: *mut c_void,
) -> c_int {
    CALLS.set(CALLS.get() + 1);
    // SAFETY: called for as many operands as the operation has, whose type is `T`, and a result.
    unsafe {
        let operation = *context.cast::<Operation>();
        let operands = operation.operands();
        for place in 0..*lengths {
            let at = |operand: usize| {
                (*data.add(operand)).wrapping_offset(place * *strides.add(operand))
            };
            let (one, other) = (
                at(0).cast::<T>().read(),
                at(operands - 1).cast::<T>().read(),
            );
            let result = std::hint::black_box(T::apply(operation, one, other));
            at(operands).cast::<T>().write(result);
        }
    }
    0
}

/// An operation as a step: its loop, and the native form if it is to have one.
pub(super) fn step(operation: Operation, element: Element, with_native: bool) -> Option<InnerLoop> {
    let native = Native::new(operation, element)?;
    let function = match element {
        Element::F64 => plain::<f64>,
        Element::F32 => plain::<f32>,
        Element::I64 => plain::<i64>,
        Element::U64 => plain::<u64>,
        Element::I32 => plain::<i32>,
        _ => plain::<u32>,
    };
    let place = OPERATIONS.iter().position(|&other| other == operation)?;
    let context = std::ptr::from_ref(&OPERATIONS[place]).cast_mut().cast();
    // SAFETY: the loop reads its operation and needs nothing else.
    let inner = unsafe { InnerLoop::new(function, context, std::ptr::null_mut()) };
    Some(if with_native {
        inner.with_native(native)
    } else {
        inner
    })
}

pub(super) fn special(element: Element) -> &'static [u64] {
    match element {
        Element::F64 => f64::SPECIAL,
        Element::F32 => f32::SPECIAL,
        _ => i64::SPECIAL,
    }
}
