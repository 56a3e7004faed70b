//! Reduce: one number of all elements of a value, taken from it block by block.

use crate::pairwise::{Float, Pairwise};
use crate::place::{Extremum, Place};
use crate::{Element, InnerLoop};

/// How a value is reduced to a number.
#[derive(Clone, Copy)]
pub enum Reduction {
    /// By a loop of two operands, to which order and grouping mean nothing.
    Fold(InnerLoop),
    /// As the sum of floats or complex numbers, in NumPy's order: all at once, or in chunks of so many.
    Sum(Element, Option<usize>),
    /// To the place of the first element that is the least or the greatest.
    Place(Extremum),
}

/// What a launch reduces: which of its outputs, and how. Most reduce nothing, so there is no room in place,
/// which would be moved along.
pub type Reductions = Vec<(usize, Reduction)>;

/// A number of any dtype, as it lies in memory.
#[derive(Clone, Copy)]
#[repr(C, align(16))]
pub struct Reduced([u8; 32]);

impl Default for Reduced {
    fn default() -> Self {
        Self::NOTHING
    }
}

impl Reduced {
    const NOTHING: Reduced = Reduced([0; 32]);

    /// Where it lies, for whoever writes it.
    pub fn data(&mut self) -> *mut u8 {
        self.0.as_mut_ptr()
    }

    /// Its bytes, more than it has perhaps.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn of<F: Copy, const PARTS: usize>(parts: [F; PARTS]) -> Reduced {
        let mut reduced = Self::NOTHING;
        assert!(size_of_val(&parts) <= reduced.0.len());
        // SAFETY: there is room for all parts, which are plain numbers, and the alignment is theirs.
        unsafe { reduced.0.as_mut_ptr().cast::<[F; PARTS]>().write(parts) };
        reduced
    }
}

/// What has come of a stretch of elements.
pub(crate) enum Partial {
    Fold(InnerLoop, Option<Reduced>),
    Place(Place),
    Single(Pairwise<f32, 1>),
    Double(Pairwise<f64, 1>),
    SingleComplex(Pairwise<f32, 2>),
    DoubleComplex(Pairwise<f64, 2>),
}

/// What has come of all reductions of a launch, of one stretch. One takes hundreds of bytes and most launches
/// have none, so they are not kept in place.
#[derive(Default)]
pub struct Partials(pub(crate) Vec<Partial>);

impl Partials {
    /// Adds the stretch behind this one. Whether no loop failed.
    pub fn join(&mut self, next: Partials) -> bool {
        let mut pairs = self.0.iter_mut().zip(next.0);
        pairs.all(|(partial, next)| partial.join(next))
    }

    /// The numbers, once all stretches are there; nothing where there was no element.
    pub fn finish(&self) -> impl Iterator<Item = Option<Reduced>> {
        self.0.iter().map(Partial::finish)
    }
}

impl Partial {
    /// Of a stretch that begins at one of `total` elements.
    ///
    /// # Panics
    /// When a sum is of other numbers than floats and complex ones.
    pub(crate) fn new(reduction: Reduction, total: usize, start: usize) -> Self {
        let (element, chunk) = match reduction {
            Reduction::Fold(inner) => return Self::Fold(inner, None),
            Reduction::Place(extremum) => return Self::Place(Place::new(extremum, start)),
            Reduction::Sum(element, chunk) => (element, chunk.unwrap_or(total).max(1)),
        };
        match element {
            Element::F32 => Self::Single(Pairwise::new(total, chunk, start)),
            Element::F64 => Self::Double(Pairwise::new(total, chunk, start)),
            Element::C64 => Self::SingleComplex(Pairwise::new(total, chunk, start)),
            Element::C128 => Self::DoubleComplex(Pairwise::new(total, chunk, start)),
            _ => panic!("a sum in pairs is of floats"),
        }
    }

    /// Takes in the next elements, of so many bytes each. Whether the loop did not fail.
    ///
    /// # Safety
    /// At `data` there are `count` elements of the right type, aligned for it.
    pub(crate) unsafe fn add(&mut self, data: *mut u8, size: usize, count: usize) -> bool {
        // SAFETY: the caller's promise.
        unsafe {
            match self {
                Self::Fold(inner, folded) => return fold(inner, folded, data, size, count),
                Self::Place(place) => return place.add(data, count),
                Self::Single(sum) => sum.add(floats(data, count)),
                Self::Double(sum) => sum.add(floats(data, count)),
                Self::SingleComplex(sum) => sum.add(floats(data, 2 * count)),
                Self::DoubleComplex(sum) => sum.add(floats(data, 2 * count)),
            }
        }
        true
    }

    fn join(&mut self, next: Self) -> bool {
        match (self, next) {
            (Self::Fold(inner, folded), Self::Fold(_, Some(mut next))) => {
                // SAFETY: one number of the type that the loop takes.
                return unsafe { fold(inner, folded, next.0.as_mut_ptr(), next.0.len(), 1) };
            }
            (Self::Place(place), Self::Place(next)) => place.join(next),
            (Self::Single(sum), Self::Single(next)) => sum.join(next),
            (Self::Double(sum), Self::Double(next)) => sum.join(next),
            (Self::SingleComplex(sum), Self::SingleComplex(next)) => sum.join(next),
            (Self::DoubleComplex(sum), Self::DoubleComplex(next)) => sum.join(next),
            // A stretch of no elements.
            _ => {}
        }
        true
    }

    pub(crate) fn finish(&self) -> Option<Reduced> {
        match self {
            Self::Fold(_, folded) => *folded,
            Self::Place(place) => place.finish(),
            Self::Single(sum) => sum.total().map(Reduced::of),
            Self::Double(sum) => sum.total().map(Reduced::of),
            Self::SingleComplex(sum) => sum.total().map(Reduced::of),
            Self::DoubleComplex(sum) => sum.total().map(Reduced::of),
        }
    }
}

/// # Safety
/// At `data` there are so many floats, aligned.
pub(crate) unsafe fn floats<'a, F: Float>(data: *mut u8, count: usize) -> &'a [F] {
    // SAFETY: the caller's promise.
    unsafe { std::slice::from_raw_parts(data.cast(), count) }
}

/// Folds elements into what there is already: at first into the first of them.
///
/// # Safety
/// As [`Partial::add`]; the loop takes two such elements and gives one.
pub(crate) unsafe fn fold(
    inner: &InnerLoop,
    folded: &mut Option<Reduced>,
    data: *mut u8,
    size: usize,
    count: usize,
) -> bool {
    if count == 0 {
        return true;
    }
    let (mut data, mut count) = (data, count);
    let target = folded.get_or_insert_with(|| {
        let mut first = Reduced::NOTHING;
        let size = size.min(first.0.len());
        // SAFETY: there is an element, and room for one of any type.
        unsafe { std::ptr::copy_nonoverlapping(data, first.0.as_mut_ptr(), size) };
        data = data.wrapping_add(size);
        count -= 1;
        first
    });
    let to = target.0.as_mut_ptr();
    // SAFETY: the caller's promise; the first operand is the result exactly.
    count == 0 || unsafe { inner.run(&[to, data, to], &[0, size.cast_signed(), 0], count) }
}
