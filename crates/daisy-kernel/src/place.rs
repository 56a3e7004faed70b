//! Place: where the least or the greatest of some elements is.
//!
//! NumPy's loop finds which element of a block it is, and only where that beats all before it the block
//! is gone through for its place. The first of equal ones counts, both zeros are equal, and the first that
//! is no number beats all that are.

use crate::reduce::{Reduced, fold};
use crate::{Element, InnerLoop};

/// How the least or the greatest element is found.
#[derive(Clone, Copy)]
pub struct Extremum {
    /// Gives the one of two.
    pub inner: InnerLoop,
    /// What the elements are: no complex numbers.
    pub element: Element,
    /// Which one it is.
    pub greatest: bool,
}

/// Where the extremum of a stretch is.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    extremum: Extremum,
    /// How many elements there were before the next one.
    next: usize,
    best: Option<(Reduced, usize)>,
}

/// Numbers that have an order.
trait Ranked: Copy {
    /// Whether this one is the extremum, and not another one that comes before it.
    fn beats(self, before: Self, greatest: bool) -> bool;
}

macro_rules! ranked {
    ($($number:ty),*) => {$(
        impl Ranked for $number {
            #[inline]
            fn beats(self, before: Self, greatest: bool) -> bool {
                let better = if greatest { self > before } else { self < before };
                let is_number = |one: Self| one.partial_cmp(&one).is_some();
                better || (is_number(before) && !is_number(self))
            }
        }
    )*};
}

ranked!(u8, i8, u16, i16, u32, i32, u64, i64, f32, f64);

/// Calls a function that is generic in a number with the type of an element; otherwise gives nothing.
macro_rules! with_type {
    ($element:expr, $function:ident ( $($argument:expr),* )) => {
        match $element {
            Element::Bool | Element::U8 => Some($function::<u8>($($argument),*)),
            Element::I8 => Some($function::<i8>($($argument),*)),
            Element::I16 => Some($function::<i16>($($argument),*)),
            Element::U16 => Some($function::<u16>($($argument),*)),
            Element::I32 => Some($function::<i32>($($argument),*)),
            Element::U32 => Some($function::<u32>($($argument),*)),
            Element::I64 => Some($function::<i64>($($argument),*)),
            Element::U64 => Some($function::<u64>($($argument),*)),
            Element::F32 => Some($function::<f32>($($argument),*)),
            Element::F64 => Some($function::<f64>($($argument),*)),
            Element::C64 | Element::C128 => None,
        }
    };
}

impl Extremum {
    fn beats(&self, one: &Reduced, before: &Reduced) -> bool {
        let (one, before) = (one.bytes().as_ptr(), before.bytes().as_ptr());
        // SAFETY: both hold an element.
        unsafe { with_type!(self.element, beats(one, before, self.greatest)) }.unwrap_or(false)
    }
}

impl Place {
    pub(crate) fn new(extremum: Extremum, start: usize) -> Self {
        Self {
            extremum,
            next: start,
            best: None,
        }
    }

    /// Takes in the next elements. Whether the loop did not fail.
    ///
    /// # Safety
    /// At `data` there are so many elements, aligned.
    pub(crate) unsafe fn add(&mut self, data: *mut u8, count: usize) -> bool {
        let Extremum {
            inner,
            element,
            greatest,
        } = self.extremum;
        let mut found = None;
        // SAFETY: the caller's promise.
        if !unsafe { fold(&inner, &mut found, data, element.size(), count) } {
            return false;
        }
        if let Some(found) = found
            && self.is_new(&found)
        {
            let one = found.bytes().as_ptr();
            // SAFETY: the caller's promise; what was found is an element.
            let at = unsafe { with_type!(element, first(one, data, count, greatest)) };
            self.best = Some((found, self.next + at.unwrap_or(0)));
        }
        self.next += count;
        true
    }

    /// Takes in what comes behind this stretch.
    pub(crate) fn join(&mut self, next: Self) {
        if let Some((found, at)) = next.best
            && self.is_new(&found)
        {
            self.best = Some((found, at));
        }
        self.next = next.next;
    }

    /// The place, as a number of the size of a pointer.
    pub(crate) fn finish(&self) -> Option<Reduced> {
        self.best.map(|(_, at)| Reduced::of([at.cast_signed()]))
    }

    fn is_new(&self, found: &Reduced) -> bool {
        let beats = |(before, _): &(Reduced, usize)| self.extremum.beats(found, before);
        self.best.as_ref().is_none_or(beats)
    }
}

/// Writes the place of the extremum of a row of a few elements, as a number of the size of a pointer.
/// Whether they have an order.
///
/// # Safety
/// There are so many elements, aligned, and room for the number.
pub(crate) unsafe fn search_row(
    extremum: &Extremum,
    target: *mut u8,
    data: *const u8,
    count: usize,
) -> bool {
    // SAFETY: the caller's promise.
    let place = unsafe { with_type!(extremum.element, row(data, count, extremum.greatest)) };
    // SAFETY: the caller's promise.
    place.inspect(|place| unsafe {
        target
            .cast::<[u8; size_of::<usize>()]>()
            .write(place.to_ne_bytes());
    });
    place.is_some()
}

/// # Safety
/// As [`search_row`].
unsafe fn row<T: Ranked>(data: *const u8, count: usize, greatest: bool) -> usize {
    // SAFETY: the caller's promise.
    let elements = unsafe { std::slice::from_raw_parts(data.cast::<T>(), count) };
    let mut best = 0;
    for place in 1..count {
        if elements[place].beats(elements[best], greatest) {
            best = place;
        }
    }
    best
}

/// Goes on with one row of a column-wise search: the elements that are the best so far, where they are,
/// and those of row number `row`.
///
/// # Safety
/// At each there are so many elements, aligned; those of the first two are nobody else's.
pub(crate) unsafe fn search_columns(
    extremum: &Extremum,
    (best, places): (*mut u8, *mut u8),
    data: *const u8,
    row: usize,
    count: usize,
) -> bool {
    // SAFETY: the caller's promise.
    let known = unsafe {
        with_type!(
            extremum.element,
            columns(best, places, data, row, count, extremum.greatest)
        )
    };
    known.is_some()
}

/// # Safety
/// Both pointers lead to an aligned number.
unsafe fn beats<T: Ranked>(one: *const u8, before: *const u8, greatest: bool) -> bool {
    // SAFETY: the caller's promise.
    unsafe { (*one.cast::<T>()).beats(*before.cast::<T>(), greatest) }
}

/// The place of the first element that this one does not beat.
///
/// # Safety
/// As [`Place::add`].
unsafe fn first<T: Ranked>(one: *const u8, data: *const u8, count: usize, greatest: bool) -> usize {
    // SAFETY: the caller's promise.
    let (one, elements) = unsafe {
        (
            *one.cast::<T>(),
            std::slice::from_raw_parts(data.cast::<T>(), count),
        )
    };
    let place = elements
        .iter()
        .position(|&other| !one.beats(other, greatest));
    place.unwrap_or(0)
}

/// # Safety
/// As [`search_columns`].
#[expect(clippy::cast_ptr_alignment, reason = "the caller's promise")]
unsafe fn columns<T: Ranked>(
    best: *mut u8,
    places: *mut u8,
    data: *const u8,
    row: usize,
    count: usize,
    greatest: bool,
) {
    // SAFETY: the caller's promise.
    let (best, places, data) = unsafe {
        (
            std::slice::from_raw_parts_mut(best.cast::<T>(), count),
            std::slice::from_raw_parts_mut(places.cast::<isize>(), count),
            std::slice::from_raw_parts(data.cast::<T>(), count),
        )
    };
    for ((best, place), &element) in best.iter_mut().zip(places).zip(data) {
        if row == 0 || element.beats(*best, greatest) {
            *best = element;
            *place = row.cast_signed();
        }
    }
}
