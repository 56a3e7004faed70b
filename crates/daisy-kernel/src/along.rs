//! Along: reductions that take the elements strictly in order, along an axis or over all of them.
//!
//! An array in C order has, along an axis, `middle` elements to reduce for each place before the axis
//! and each of the `inner` places behind it. Where nothing is behind it each row is reduced by itself, as if
//! it were an array; else NumPy goes row by row through the result, so that each number of it is
//! folded from the first element to the last.

use crate::pairwise::{Float, sum_of};
use crate::place::{Extremum, search_columns, search_row};
use crate::reduce::{Partial, Reduction, floats};
use crate::{Element, InnerLoop};

/// To call a loop for a row takes as long as to look at so many elements one by one.
const FEW: usize = 32;

/// A reduction of one output of a launch, and where the numbers go.
pub struct Along {
    reduction: Reduction,
    middle: usize,
    inner: usize,
    target: *mut u8,
    /// Bytes of a number of the result.
    size: usize,
    /// What has come of the row at hand.
    row: Option<Partial>,
    /// The extrema of all columns so far, where it is their places that are asked for.
    best: Vec<u64>,
}

// SAFETY: `new` has its caller promise that any thread may write to the target.
unsafe impl Send for Along {}

/// Where an element is: which row of numbers of the result, which element on the axis, and which column.
#[derive(Clone, Copy)]
struct At {
    outer: usize,
    middle: usize,
    inner: usize,
}

impl Along {
    /// Along an axis of length `middle`, behind which there are `inner` elements; the numbers are written
    /// one behind the other, of so many bytes each.
    ///
    /// # Safety
    /// As long as the result is used, the target is nobody else's, has room for the numbers and is aligned,
    /// and any thread may write to it.
    pub unsafe fn new(
        reduction: Reduction,
        [middle, inner]: [usize; 2],
        target: *mut u8,
        size: usize,
    ) -> Self {
        Self {
            reduction,
            middle,
            inner,
            target,
            size,
            row: None,
            best: Vec::new(),
        }
    }

    /// Whether nothing is told of what it does.
    pub(crate) fn is_silent(&self) -> bool {
        match self.reduction {
            Reduction::Fold(inner) => inner.is_silent(),
            Reduction::Sum(..) => false,
            Reduction::Place(_) => true,
        }
    }

    /// Takes in the next elements, of so many bytes each. Whether no loop failed.
    ///
    /// # Safety
    /// At `data` there are `count` elements of the right type, aligned for it, which follow the `start`
    /// elements before them.
    pub(crate) unsafe fn add(
        &mut self,
        data: *mut u8,
        size: usize,
        start: usize,
        count: usize,
    ) -> bool {
        let columns = self.inner > 1;
        let length = if columns { self.inner } else { self.middle };
        let (mut row, mut at) = (start / length, start % length);
        let (mut data, mut left) = (data, count);
        while left > 0 {
            let some = left.min(length - at);
            // SAFETY: the caller's promise.
            let done = unsafe {
                if columns {
                    let at = At {
                        outer: row / self.middle,
                        middle: row % self.middle,
                        inner: at,
                    };
                    self.columns(data, size, at, some)
                } else {
                    self.row(data, size, (row, at), some)
                }
            };
            if !done {
                return false;
            }
            data = data.wrapping_add(some * size);
            left -= some;
            (row, at) = (row + 1, 0);
        }
        true
    }

    /// Takes in elements of one row.
    ///
    /// # Safety
    /// As [`Along::add`]; they are in the row of this number, from the place on.
    unsafe fn row(
        &mut self,
        data: *mut u8,
        size: usize,
        (row, at): (usize, usize),
        count: usize,
    ) -> bool {
        let target = self.target.wrapping_add(row * self.size);
        // SAFETY: the caller's promise; there is room for a number.
        unsafe {
            match self.reduction {
                Reduction::Sum(element, _) if count == self.middle => {
                    return row_sum(element, data, count, target);
                }
                Reduction::Place(extremum) if count == self.middle && count <= FEW => {
                    return search_row(&extremum, target, data, count);
                }
                _ => {}
            }
            let partial = self.row.take();
            let (reduction, middle) = (self.reduction, self.middle);
            let mut partial = partial.unwrap_or_else(|| Partial::new(reduction, middle, at));
            if !partial.add(data, size, count) {
                return false;
            }
            if at + count < self.middle {
                self.row = Some(partial);
                return true;
            }
            let Some(number) = partial.finish() else {
                return false;
            };
            std::ptr::copy_nonoverlapping(number.bytes().as_ptr(), target, self.size);
        }
        true
    }

    /// Takes in neighbours behind one place of the axis.
    ///
    /// # Safety
    /// As [`Along::add`]; the first of them is there.
    unsafe fn columns(&mut self, data: *mut u8, size: usize, at: At, count: usize) -> bool {
        let number = at.outer * self.inner + at.inner;
        let target = self.target.wrapping_add(number * self.size);
        // SAFETY: the caller's promise; there is room for the numbers.
        unsafe {
            match self.reduction {
                Reduction::Place(extremum) => {
                    let best = self.best(&extremum).wrapping_add(at.inner * size);
                    search_columns(&extremum, (best, target), data, at.middle, count)
                }
                Reduction::Sum(element, _) => add_columns(element, target, data, at.middle, count),
                Reduction::Fold(inner) => {
                    fold_columns(&inner, target, data, size, at.middle, count)
                }
            }
        }
    }

    fn best(&mut self, extremum: &Extremum) -> *mut u8 {
        let bytes = self.inner * extremum.element.size();
        self.best.resize(bytes.div_ceil(size_of::<u64>()), 0);
        self.best.as_mut_ptr().cast()
    }
}

/// Writes the sum of a row; false where it is of no floats.
///
/// # Safety
/// There are so many elements, and room for a number.
unsafe fn row_sum(element: Element, data: *mut u8, count: usize, target: *mut u8) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        match element {
            Element::F32 => write(target, sum_of::<f32, 1>(floats(data, count))),
            Element::F64 => write(target, sum_of::<f64, 1>(floats(data, count))),
            Element::C64 => write(target, sum_of::<f32, 2>(floats(data, 2 * count))),
            Element::C128 => write(target, sum_of::<f64, 2>(floats(data, 2 * count))),
            _ => return false,
        }
    }
    true
}

/// # Safety
/// There is room for the parts, aligned for them.
unsafe fn write<F, const PARTS: usize>(target: *mut u8, parts: [F; PARTS]) {
    // SAFETY: the caller's promise.
    unsafe { target.cast::<[F; PARTS]>().write(parts) }
}

/// Adds elements to as many numbers, of which the first are added to zeros; false where they are no
/// floats.
///
/// # Safety
/// There are so many of both, and the numbers are nobody else's.
unsafe fn add_columns(
    element: Element,
    target: *mut u8,
    data: *const u8,
    row: usize,
    count: usize,
) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        match element {
            Element::F32 => add::<f32>(target, data, row, count),
            Element::F64 => add::<f64>(target, data, row, count),
            Element::C64 => add::<f32>(target, data, row, 2 * count),
            Element::C128 => add::<f64>(target, data, row, 2 * count),
            _ => return false,
        }
    }
    true
}

/// # Safety
/// As [`add_columns`], with so many floats.
unsafe fn add<F: Float>(target: *mut u8, data: *const u8, row: usize, count: usize) {
    // SAFETY: the caller's promise.
    let (sums, floats) = unsafe {
        (
            std::slice::from_raw_parts_mut(target.cast::<F>(), count),
            std::slice::from_raw_parts(data.cast::<F>(), count),
        )
    };
    let pairs = sums.iter_mut().zip(floats);
    if row == 0 {
        pairs.for_each(|(sum, &float)| *sum = F::ZERO + float);
    } else {
        pairs.for_each(|(sum, &float)| *sum += float);
    }
}

/// Folds elements into as many numbers: the first ones they become.
///
/// # Safety
/// As [`add_columns`]; the loop takes two such elements and gives one.
unsafe fn fold_columns(
    inner: &InnerLoop,
    target: *mut u8,
    data: *mut u8,
    size: usize,
    row: usize,
    count: usize,
) -> bool {
    let stride = size.cast_signed();
    // SAFETY: the caller's promise; the first operand is the result exactly.
    unsafe {
        if row == 0 {
            std::ptr::copy_nonoverlapping(data, target, count * size);
            return true;
        }
        inner.run(&[target, data, target], &[stride; 3], count)
    }
}
