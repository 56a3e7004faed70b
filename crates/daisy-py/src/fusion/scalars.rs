//! Scalars: single numbers as the elements that a kernel reads.

use daisy_kernel::{Draft, Element, Launch, Source, cast};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyComplex, PyFloat, PyInt};

use super::dtypes::DType;
use crate::arrays::Array;

/// A number of any dtype, as it lies in memory.
#[derive(Clone, Copy)]
#[repr(C, align(16))]
pub struct Number([u8; 32]);

impl Number {
    const ZERO: Number = Number([0; 32]);

    /// Where it lies, for a kernel that reads it.
    pub fn data(&self) -> *mut u8 {
        self.0.as_ptr().cast_mut()
    }

    fn of<const N: usize>(bytes: [u8; N]) -> Number {
        let mut number = Number::ZERO;
        number.0[..N].copy_from_slice(&bytes);
        number
    }

    /// The number that a scalar is in a dtype; nothing if NumPy might refuse it or warn of it.
    pub fn new(value: &Bound<'_, PyAny>, dtype: DType) -> Option<Number> {
        let element = dtype.element();
        if value.is_exact_instance_of::<PyBool>() {
            let truth = Number::of([u8::from(value.is_truthy().ok()?)]);
            return truth.cast(Element::Bool, element?);
        }
        if value.is_exact_instance_of::<PyInt>() {
            return from_int(value, element?);
        }
        if value.is_exact_instance_of::<PyFloat>() {
            return from_double(value.extract().ok()?, element?);
        }
        if let Ok(complex) = value.cast_exact::<PyComplex>() {
            return from_complex([complex.real(), complex.imag()], element?);
        }
        from_numpy(value, dtype)
    }

    fn cast(&self, from: Element, to: Element) -> Option<Number> {
        if from == to {
            return Some(*self);
        }
        let mut draft = Draft::default();
        let input = draft.input(from.size());
        let output = draft.step(cast(from, to)?, &[input], &[to.size()]);
        let program = draft.finish(&[output]);
        let sources = [Source::single(self.data(), from.size())];
        let mut result = Number::ZERO;
        let targets = [result.0.as_mut_ptr()];
        // SAFETY: both numbers have room for any element and live until the end of the function.
        let launch = unsafe { Launch::new(&program, sources, targets, 1) };
        let raised = launch.run(0..1).ok()?;
        raised.is_empty().then_some(result)
    }
}

/// A scalar of NumPy's, or an array without axes.
fn from_numpy(value: &Bound<'_, PyAny>, dtype: DType) -> Option<Number> {
    let py = value.py();
    let held;
    let array = if let Some(array) = Array::held(value) {
        array
    } else {
        held = py
            .import("numpy")
            .ok()?
            .call_method1("asarray", (value,))
            .ok()?;
        Array::held(&held)?
    };
    let own = DType::of(py, array.descriptor())?;
    let mut number = Number::ZERO;
    // SAFETY: an array without axes has one element, of the size of its dtype.
    unsafe { std::ptr::copy_nonoverlapping(array.data(), number.0.as_mut_ptr(), own.size()) };
    if own == dtype {
        return Some(number);
    }
    number.cast(own.element()?, dtype.element()?)
}

fn from_int(value: &Bound<'_, PyAny>, element: Element) -> Option<Number> {
    Some(match element {
        Element::I8 => Number::of(value.extract::<i8>().ok()?.to_ne_bytes()),
        Element::U8 => Number::of(value.extract::<u8>().ok()?.to_ne_bytes()),
        Element::I16 => Number::of(value.extract::<i16>().ok()?.to_ne_bytes()),
        Element::U16 => Number::of(value.extract::<u16>().ok()?.to_ne_bytes()),
        Element::I32 => Number::of(value.extract::<i32>().ok()?.to_ne_bytes()),
        Element::U32 => Number::of(value.extract::<u32>().ok()?.to_ne_bytes()),
        Element::I64 => Number::of(value.extract::<i64>().ok()?.to_ne_bytes()),
        Element::U64 => Number::of(value.extract::<u64>().ok()?.to_ne_bytes()),
        _ => return from_double(value.extract().ok()?, element),
    })
}

fn from_double(value: f64, element: Element) -> Option<Number> {
    Some(match element {
        Element::F32 => Number::of(single(value)?.to_ne_bytes()),
        Element::F64 => Number::of(value.to_ne_bytes()),
        _ => return from_complex([value, 0.0], element),
    })
}

fn from_complex(value: [f64; 2], element: Element) -> Option<Number> {
    let mut number = Number::ZERO;
    match element {
        Element::C64 => {
            number.0[..4].copy_from_slice(&single(value[0])?.to_ne_bytes());
            number.0[4..8].copy_from_slice(&single(value[1])?.to_ne_bytes());
        }
        Element::C128 => {
            number.0[..8].copy_from_slice(&value[0].to_ne_bytes());
            number.0[8..16].copy_from_slice(&value[1].to_ne_bytes());
        }
        _ => return None,
    }
    Some(number)
}

/// A number in single precision, where that is no news to the floating-point unit: what overflows
/// or is too small is NumPy's to tell of.
fn single(value: f64) -> Option<f32> {
    let single = value as f32;
    let told = value.is_finite() && value != 0.0 && !single.is_normal();
    (!told).then_some(single)
}
