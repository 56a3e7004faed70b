//! Source: an array in memory, as the elements that a kernel reads one after the other.

use smallvec::SmallVec;

/// An array of a shape, gone through in the order of its axes, the last one fastest.
#[derive(Clone, Debug)]
pub struct Source {
    data: *mut u8,
    /// Bytes of an element.
    size: usize,
    layout: Layout,
}

#[derive(Clone, Debug)]
enum Layout {
    /// From each element to the next it is so many bytes, and all are aligned.
    Linear(isize),
    /// By axis, the last one fastest; neighbours that make one axis are one.
    Axes(Box<[Axis]>),
}

#[derive(Clone, Copy, Debug)]
struct Axis {
    length: usize,
    stride: isize,
}

impl Source {
    /// The elements at `data`, of `size` bytes each, by `(length, stride in bytes)` of each axis.
    /// What is not aligned is never read in place.
    ///
    /// # Panics
    /// When no numbers are of that size.
    pub fn new(
        data: *mut u8,
        size: usize,
        axes: impl IntoIterator<Item = (usize, isize)>,
        aligned: bool,
    ) -> Self {
        assert!(
            matches!(size, 1 | 2 | 4 | 8 | 16 | 32),
            "elements of {size} bytes"
        );
        let mut merged: SmallVec<[Axis; 4]> = SmallVec::new();
        for (length, stride) in axes {
            push(&mut merged, Axis { length, stride });
        }
        let layout = match merged.as_slice() {
            _ if !aligned => Layout::Axes(merged.into_vec().into()),
            [] => Layout::Linear(0),
            [only] => Layout::Linear(only.stride),
            _ => Layout::Axes(merged.into_vec().into()),
        };
        Self { data, size, layout }
    }

    /// Elements at `data`, of `size` bytes each, all aligned, from each to the next so many bytes. A
    /// single one has a stride, too, by which loops of NumPy's may choose how they work.
    #[inline]
    pub fn line(data: *mut u8, size: usize, stride: isize) -> Self {
        Self {
            data,
            size,
            layout: Layout::Linear(stride),
        }
    }

    /// A single element at `data`, of `size` bytes, which is read for all.
    #[inline]
    pub fn single(data: *mut u8, size: usize) -> Self {
        Self::line(data, size, 0)
    }

    /// Where the elements from `start` on can be read in place, and the stride; nothing where they
    /// have to be gathered.
    #[inline]
    pub(crate) fn in_place(&self, start: usize) -> Option<(*mut u8, isize)> {
        match self.layout {
            Layout::Linear(stride) => {
                let offset = start.cast_signed() * stride;
                Some((self.data.wrapping_offset(offset), stride))
            }
            Layout::Axes(_) => None,
        }
    }

    /// Whether it is one element, again and again.
    pub(crate) fn is_one(&self) -> bool {
        matches!(self.layout, Layout::Linear(0))
    }

    /// Has the elements gathered, so many as there are, where they do not lie one behind the other
    /// and are not all one.
    pub(crate) fn make_dense(&mut self, length: usize) {
        if let Layout::Linear(stride) = self.layout
            && stride != 0
            && stride != self.size.cast_signed()
        {
            self.layout = Layout::Axes(Box::new([Axis { length, stride }]));
        }
    }

    /// Whether its elements have to be gathered.
    pub(crate) fn is_scattered(&self) -> bool {
        matches!(self.layout, Layout::Axes(_))
    }

    /// Bytes of an element.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// Copies `count` elements from the one at `start` on to `into`, one behind the other.
    ///
    /// # Safety
    /// The elements are there, and at `into` is room for them that is nobody else's.
    pub(crate) unsafe fn gather(&self, start: usize, count: usize, into: *mut u8) {
        let Layout::Axes(axes) = &self.layout else {
            return;
        };
        // SAFETY: the caller's promise.
        unsafe {
            match self.size {
                1 => gather::<u8>(self.data, axes, start, count, into),
                2 => gather::<u16>(self.data, axes, start, count, into),
                4 => gather::<u32>(self.data, axes, start, count, into),
                8 => gather::<u64>(self.data, axes, start, count, into),
                16 => gather::<[u64; 2]>(self.data, axes, start, count, into),
                _ => gather::<[u64; 4]>(self.data, axes, start, count, into),
            }
        }
    }
}

/// Adds an axis behind the others, and makes one of the last two where that goes through the same
/// elements in the same order.
fn push(axes: &mut SmallVec<[Axis; 4]>, next: Axis) {
    if next.length == 1 {
        return;
    }
    if let Some(last) = axes.last_mut()
        && last.stride == next.stride * next.length.cast_signed()
    {
        last.length *= next.length;
        last.stride = next.stride;
        return;
    }
    axes.push(next);
}

/// Row by row along the last axis.
///
/// # Safety
/// As [`Source::gather`], for elements as large as `T`.
unsafe fn gather<T: Copy>(
    data: *mut u8,
    axes: &[Axis],
    start: usize,
    mut count: usize,
    into: *mut u8,
) {
    let Some((row, outer)) = axes.split_last() else {
        // SAFETY: a single element, as often as it is asked for.
        unsafe { copy::<T>(data, 0, into, count) };
        return;
    };
    let mut to = into;
    let (mut row_number, mut at) = (start / row.length, start % row.length);
    while count > 0 {
        let some = count.min(row.length - at);
        let offset = offset_of(outer, row_number) + at.cast_signed() * row.stride;
        // SAFETY: some elements of one row, for which there is room.
        unsafe { copy::<T>(data.wrapping_offset(offset), row.stride, to, some) };
        to = to.wrapping_add(some * size_of::<T>());
        count -= some;
        row_number += 1;
        at = 0;
    }
}

/// How many bytes from the first row it is to a row of a number.
fn offset_of(outer: &[Axis], mut number: usize) -> isize {
    let mut offset = 0;
    for axis in outer.iter().rev() {
        offset += (number % axis.length).cast_signed() * axis.stride;
        number /= axis.length;
    }
    offset
}

/// # Safety
/// There are `count` elements at `from`, wherever the stride leads, and room for them at `into`.
unsafe fn copy<T: Copy>(from: *const u8, stride: isize, into: *mut u8, count: usize) {
    let mut from = from;
    // SAFETY: the caller's promise; neither side need be aligned.
    unsafe {
        if stride == size_of::<T>().cast_signed() {
            std::ptr::copy_nonoverlapping(from, into, count * size_of::<T>());
            return;
        }
        for place in 0..count {
            let element = from.cast::<T>().read_unaligned();
            into.cast::<T>()
                .wrapping_add(place)
                .write_unaligned(element);
            from = from.wrapping_offset(stride);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The offsets of all elements, by going through all places of the shape.
    fn offsets(axes: &[(usize, isize)]) -> Vec<isize> {
        let Some(((length, stride), inner)) = axes.split_first() else {
            return vec![0];
        };
        let behind = offsets(inner);
        let along = |place: usize| place.cast_signed() * stride;
        (0..*length)
            .flat_map(|place| behind.iter().map(move |offset| along(place) + offset))
            .collect()
    }

    fn axes() -> impl Strategy<Value = Vec<(usize, isize)>> {
        let stride = prop_oneof![Just(0), Just(8), Just(24), -5..6_isize];
        prop::collection::vec((1..5_usize, stride), 0..4)
    }

    proptest! {
        /// Whatever the strides, a source gives the elements of the shape in order, from anywhere.
        #[test]
        fn gives_all_elements_in_order(
            axes in axes(), aligned: bool, skip in 0..9_usize, size in 0..6_u32,
        ) {
            let size = 1 << size;
            let memory: Vec<u8> = (0..=255).cycle().take(4096).collect();
            let middle = memory.as_ptr().wrapping_add(2048).cast_mut();
            let wanted: Vec<*const u8> =
                offsets(&axes).iter().map(|&at| middle.wrapping_offset(at).cast_const()).collect();
            let skip = skip.min(wanted.len() - 1);
            let source = Source::new(middle, size, axes, aligned);
            if let Some((mut at, stride)) = source.in_place(skip) {
                for place in &wanted[skip..] {
                    prop_assert_eq!(at.cast_const(), *place);
                    at = at.wrapping_offset(stride);
                }
                return Ok(());
            }
            let mut found = vec![0_u8; (wanted.len() - skip) * size];
            // SAFETY: all offsets and the sizes stay within the memory, and there is room.
            unsafe { source.gather(skip, wanted.len() - skip, found.as_mut_ptr()) };
            for (place, element) in wanted[skip..].iter().zip(found.chunks(size)) {
                // SAFETY: as above.
                prop_assert_eq!(element, unsafe { std::slice::from_raw_parts(*place, size) });
            }
        }
    }

    #[test]
    fn what_lies_in_one_line_is_read_in_place() {
        let data = std::ptr::dangling_mut();
        assert!(!Source::new(data, 8, [(4, 24), (3, 8)], true).is_scattered());
        assert!(!Source::new(data, 8, [(4, 0), (1, 5), (3, 0)], true).is_scattered());
        assert!(Source::new(data, 8, [(4, 24), (3, 8)], false).is_scattered());
        assert!(Source::new(data, 8, [(4, 8), (3, 32)], true).is_scattered());
    }
}
