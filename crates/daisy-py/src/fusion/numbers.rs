//! Numbers: what a kernel reduces, while it runs and afterwards.
//!
//! Where all reductions of a kernel are of all elements and can be put together of parts, they are what the
//! parts give. Otherwise all of them take the blocks in order, and have a place to write to.

use std::sync::Arc;

use daisy_kernel::{Along, InOrder, Launch, Partials, Program, Reduced, Reduction, Reductions};
use pyo3::prelude::*;
use smallvec::SmallVec;

use super::fed::targets;
use super::pieces::Kernel;
use super::reductions::Reducing;
use crate::memory;

/// What a kernel is to reduce, of arrays of a shape.
pub struct Numbers<'a, 'py> {
    kernel: &'a Kernel,
    shape: &'a [isize],
    /// Those that are put together of parts, by output.
    joined: Reductions,
    /// Where the others are written; by reduction.
    rooms: Vec<(Reduction, Room<'py>)>,
}

/// Where numbers are written.
enum Room<'py> {
    One(Box<Reduced>),
    Array(Bound<'py, PyAny>),
}

impl<'a, 'py> Numbers<'a, 'py> {
    /// Nothing where it is not known how NumPy does one of them.
    pub fn new(py: Python<'py>, kernel: &'a Kernel, shape: &'a [isize]) -> PyResult<Option<Self>> {
        let mut numbers = Numbers {
            kernel,
            shape,
            joined: Reductions::new(),
            rooms: Vec::new(),
        };
        let is_empty = shape.contains(&0);
        for reduced in &kernel.reductions {
            let reducing = &reduced.reducing;
            let reduction = reducing.reduction(py, numbers.lengths(reducing))?;
            let Some(reduction) = reduction.filter(|_| !is_empty) else {
                return Ok(None);
            };
            if kernel.in_order {
                let room = Room::new(py, reducing, shape)?;
                numbers.rooms.push((reduction, room));
            } else {
                numbers.joined.push((reduced.output, reduction));
            }
        }
        Ok(Some(numbers))
    }

    /// How many elements make a number, and how many are behind each of them.
    fn lengths(&self, reducing: &Reducing) -> [usize; 2] {
        let all = self.shape.iter().product::<isize>().cast_unsigned();
        let along = reducing.along;
        along.map_or([all, 1], |along| along.lengths(self.shape))
    }

    /// What a launch is to reduce, together and in order.
    ///
    /// # Safety
    /// What is reduced in order is reduced before this is let go.
    pub unsafe fn reductions(&mut self) -> (Reductions, InOrder) {
        if self.rooms.is_empty() {
            return (std::mem::take(&mut self.joined), InOrder::new());
        }
        let reductions = &self.kernel.reductions;
        let lengths = reductions
            .iter()
            .map(|reduced| self.lengths(&reduced.reducing));
        let lengths: SmallVec<[_; 1]> = lengths.collect();
        let places = reductions.iter().zip(lengths).zip(&mut self.rooms);
        let in_order = places.map(|((reduced, lengths), (reduction, room))| {
            let size = reduced.reducing.given.size();
            // SAFETY: the room was just made, for so many numbers of this size, nobody else has it,
            // and it lives as long as this.
            let along = unsafe { Along::new(*reduction, lengths, room.data(), size) };
            (reduced.output, along)
        });
        (std::mem::take(&mut self.joined), in_order.collect())
    }

    /// Has a launch reduce.
    ///
    /// # Safety
    /// The launch is over before this is let go.
    pub unsafe fn attach(&mut self, launch: &mut Launch<Arc<Program>>) {
        // SAFETY: the caller's promise.
        let (joined, in_order) = unsafe { self.reductions() };
        launch.reduce_by(joined);
        launch.reduce_in_order_by(in_order);
    }

    /// The results as NumPy gives them, in order; nothing where NumPy has to find one of them.
    ///
    /// # Errors
    /// What NumPy raises where a mean is too small.
    pub fn finish(
        self,
        py: Python<'py>,
        partials: &Partials,
    ) -> PyResult<Option<SmallVec<[Py<PyAny>; 2]>>> {
        if self.kernel.reductions.is_empty() {
            return Ok(Some(SmallVec::new()));
        }
        let rooms = if self.kernel.in_order {
            self.rooms.iter().map(|(_, room)| room.again()).collect()
        } else {
            let reduced = partials.finish().flatten();
            let rooms = reduced.map(|reduced| Room::One(Box::new(reduced)));
            rooms.collect::<SmallVec<[Room<'py>; 1]>>()
        };
        let reducing = self
            .kernel
            .reductions
            .iter()
            .map(|reduced| &reduced.reducing);
        let mut both = reducing.clone().zip(&rooms);
        // Looked at before any of them is made, which may warn.
        let sure = both.all(|(reducing, room)| room.is_sure(reducing));
        if rooms.len() < self.kernel.reductions.len() || !sure {
            return Ok(None);
        }
        let results = reducing.zip(rooms).map(|(reducing, room)| {
            let [count, _] = self.lengths(reducing);
            Ok(room.finish(py, reducing, count)?.unbind())
        });
        results.collect::<PyResult<_>>().map(Some)
    }
}

impl<'py> Room<'py> {
    fn new(py: Python<'py>, reducing: &Reducing, shape: &[isize]) -> PyResult<Self> {
        let Some(along) = reducing.along else {
            return Ok(Room::One(Box::default()));
        };
        let dtype = reducing.given.object(py)?;
        let array = memory::empty(py, &dtype, &along.shape(shape), false)?;
        Ok(Room::Array(array))
    }

    fn again(&self) -> Self {
        match self {
            Room::One(number) => Room::One(number.clone()),
            Room::Array(array) => Room::Array(array.clone()),
        }
    }

    fn data(&mut self) -> *mut u8 {
        match self {
            Room::One(number) => number.data(),
            Room::Array(array) => {
                let mut data = targets(std::slice::from_ref(array));
                data.next().expect("an array was made")
            }
        }
    }

    fn is_sure(&self, reducing: &Reducing) -> bool {
        match self {
            Room::One(number) => reducing.are_sure(&number.bytes()[..reducing.given.size()]),
            Room::Array(array) => {
                let Some(array) = crate::arrays::Array::held(array) else {
                    return false;
                };
                let bytes = array.len().cast_unsigned() * reducing.given.size();
                // SAFETY: the array was made for these numbers, all of which have been written, and
                // nobody else has it.
                let numbers = unsafe { std::slice::from_raw_parts(array.data(), bytes) };
                reducing.are_sure(numbers)
            }
        }
    }

    fn finish(
        self,
        py: Python<'py>,
        reducing: &Reducing,
        count: usize,
    ) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Room::One(number) => reducing.finish(py, &number, count),
            Room::Array(array) => {
                reducing.finish_array(py, &array, count)?;
                Ok(array)
            }
        }
    }
}
