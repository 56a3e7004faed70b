//! Bench: where the operands of one block are, register by register.

use std::ops::Range;

use smallvec::SmallVec;

use crate::form::{Form, Step};
use crate::launch::Failed;
use crate::native::{Instruction, Machine, Stretch};
use crate::scratch::whole_lines;
use crate::status::{self, Raised};
use crate::{InnerLoop, Source};

pub(crate) struct Bench<'a> {
    form: &'a Form,
    sources: &'a [Source],
    targets: &'a [*mut u8],
    pointers: SmallVec<[*mut u8; 16]>,
    strides: SmallVec<[isize; 16]>,
    /// The inputs that are elsewhere in each block, and the buffers of those that are gathered.
    moving: SmallVec<[(usize, *mut u8); 8]>,
}

impl<'a> Bench<'a> {
    /// The registers of a form, with room for so many elements each in some memory.
    pub(crate) fn new(
        form: &'a Form,
        sources: &'a [Source],
        targets: &'a [*mut u8],
        room: usize,
        mut memory: *mut u8,
    ) -> Self {
        let mut take = |size: usize| {
            let taken = memory;
            memory = memory.wrapping_add(whole_lines(size * room));
            taken
        };
        let outer = sources.len() + targets.len();
        let mut pointers: SmallVec<[*mut u8; 16]> =
            SmallVec::from_elem(std::ptr::null_mut(), outer);
        let sizes = form.sizes.iter();
        let mut strides: SmallVec<[isize; 16]> = sizes.map(|size| size.cast_signed()).collect();
        let mut moving = SmallVec::new();
        for (register, source) in sources.iter().enumerate() {
            match source.in_place(0) {
                Some((pointer, 0)) => (pointers[register], strides[register]) = (pointer, 0),
                Some((_, stride)) => {
                    strides[register] = stride;
                    moving.push((register, std::ptr::null_mut()));
                }
                None => {
                    pointers[register] = take(source.size());
                    moving.push((register, pointers[register]));
                }
            }
        }
        pointers.extend(form.sizes[outer..].iter().map(|&size| take(size)));
        Self {
            form,
            sources,
            targets,
            pointers,
            strides,
            moving,
        }
    }

    /// Does a block, the tapes being linked to these instructions. Nothing if a tape met a NaN.
    ///
    /// # Safety
    /// As [`crate::Launch::run`] says; the processor is such a machine.
    pub(crate) unsafe fn run(
        &mut self,
        block: Range<usize>,
        machine: Machine,
        tapes: &[Box<[Instruction]>],
    ) -> Result<Option<Raised>, Failed> {
        // SAFETY: the caller's promise.
        unsafe {
            self.place(&block);
            self.steps(block.len(), machine, tapes)
        }
    }

    /// Points the registers of inputs and outputs to a block, and gathers what has to be.
    ///
    /// # Safety
    /// As [`Bench::run`].
    unsafe fn place(&mut self, block: &Range<usize>) {
        for &(register, buffer) in &self.moving {
            let source = &self.sources[register];
            if let Some((pointer, _)) = source.in_place(block.start) {
                self.pointers[register] = pointer;
            } else {
                // SAFETY: the elements of the block are there, and the buffer has room for them.
                unsafe { source.gather(block.start, block.len(), buffer) };
            }
        }
        let first = self.sources.len();
        for (register, &target) in (first..).zip(self.targets) {
            let offset = block.start * self.form.sizes[register];
            self.pointers[register] = target.wrapping_add(offset);
        }
    }

    /// # Safety
    /// The registers point to `count` elements each; the processor is such a machine.
    unsafe fn steps(
        &self,
        count: usize,
        machine: Machine,
        tapes: &[Box<[Instruction]>],
    ) -> Result<Option<Raised>, Failed> {
        let mut raised = Raised::default();
        let mut first = 0;
        let mut tapes = tapes.iter();
        for step in &self.form.steps {
            match step {
                Step::Loop { inner, end } => {
                    // SAFETY: the caller's promise.
                    let done = unsafe { self.inner_loop(inner, first..*end, count) };
                    raised = raised.and(done?);
                    first = *end;
                }
                Step::Tape(tape) => {
                    let stretch = Stretch {
                        instructions: tapes.next().expect("every tape is linked"),
                        pointers: &self.pointers,
                        count,
                    };
                    // SAFETY: the caller's promise; registers do not overlap.
                    if unsafe { machine.run(tape.lane, stretch) } {
                        return Ok(None);
                    }
                    if tape.lane.is_float() {
                        raised = raised.and(status::raised());
                    }
                }
            }
        }
        Ok(Some(raised))
    }

    /// # Safety
    /// As [`Bench::steps`].
    unsafe fn inner_loop(
        &self,
        inner: &InnerLoop,
        operands: Range<usize>,
        count: usize,
    ) -> Result<Raised, Failed> {
        let operands = self.form.operands[operands].iter();
        let (pointers, strides): (SmallVec<[*mut u8; 6]>, SmallVec<[isize; 6]>) = operands
            .map(|&at| (self.pointers[at as usize], self.strides[at as usize]))
            .unzip();
        // SAFETY: the caller's promise; registers do not overlap.
        if !unsafe { inner.run(&pointers, &strides, count) } {
            return Err(Failed);
        }
        // Some loops of NumPy's (comparisons, for example) clear the status in the end.
        if inner.is_silent() {
            return Ok(Raised::default());
        }
        Ok(status::raised())
    }
}
