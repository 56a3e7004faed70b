//! Bench: where the operands of one block are, register by register.

use std::ops::Range;

use smallvec::SmallVec;

use crate::Source;
use crate::form::{Call, Form, Step};
use crate::launch::Failed;
use crate::native::{Linked, Patience, Tape};
use crate::reduce::Partial;
use crate::scratch::whole_lines;
use crate::status::{self, Raised};

pub(crate) struct Bench<'a> {
    form: &'a Form,
    /// The register of the first output.
    outputs: usize,
    sources: &'a [Source],
    targets: &'a [*mut u8],
    pointers: SmallVec<[*mut u8; 16]>,
    strides: SmallVec<[isize; 16]>,
    /// The inputs that are elsewhere in each block, and the buffers of those that are gathered.
    moving: SmallVec<[(usize, *mut u8); 8]>,
    /// For each tape whether it is to be tried.
    patience: SmallVec<[Patience; 4]>,
}

impl<'a> Bench<'a> {
    /// The registers of a form, with room for so many elements each in some memory.
    pub(crate) fn new(
        form: &'a Form,
        sources: &'a [Source],
        targets: &'a [*mut u8],
        room: usize,
        memory: *mut u8,
    ) -> Self {
        let outer = sources.len() + targets.len();
        let sizes = form.sizes.iter();
        let mut bench = Self {
            form,
            outputs: sources.len(),
            sources,
            targets,
            pointers: SmallVec::from_elem(std::ptr::null_mut(), outer),
            strides: sizes.map(|size| size.cast_signed()).collect(),
            moving: SmallVec::new(),
            patience: form.tapes().map(|_| Patience::default()).collect(),
        };
        let mut memory = memory;
        let mut take = |size: usize| {
            let taken = memory;
            memory = memory.wrapping_add(whole_lines(size * room));
            taken
        };
        for register in 0..sources.len() {
            bench.source(register, &mut take);
        }
        for (register, target) in (sources.len()..).zip(targets) {
            if target.is_null() {
                bench.pointers[register] = take(form.sizes[register]);
            }
        }
        let between = form.sizes[outer..].iter();
        bench.pointers.extend(between.map(|&size| take(size)));
        bench
    }

    /// The registers of a form for one block: where each input and each output is, and from one element
    /// to the next of an input so many bytes. An output that is nowhere is kept in the memory.
    pub(crate) fn of_one_block(
        form: &'a Form,
        inputs: &[(*mut u8, isize)],
        outputs: &[*mut u8],
        room: usize,
        memory: *mut u8,
    ) -> Self {
        let outer = inputs.len() + outputs.len();
        // Filled where it lies: to move such lists takes as long as to make them.
        let mut bench = Self {
            form,
            outputs: inputs.len(),
            sources: &[],
            targets: &[],
            pointers: SmallVec::new(),
            strides: SmallVec::new(),
            moving: SmallVec::new(),
            patience: SmallVec::new(),
        };
        let mut memory = memory;
        let mut take = |size: usize| {
            let taken = memory;
            memory = memory.wrapping_add(whole_lines(size * room));
            taken
        };
        bench.pointers.extend(inputs.iter().map(|input| input.0));
        let written = outputs.iter().zip(&form.sizes[inputs.len()..]);
        bench.pointers.extend(written.map(
            |(&output, &size)| {
                if output.is_null() { take(size) } else { output }
            },
        ));
        let between = form.sizes[outer..].iter();
        bench.pointers.extend(between.map(|&size| take(size)));
        bench.strides.extend(inputs.iter().map(|input| input.1));
        let others = form.sizes[inputs.len()..].iter();
        bench.strides.extend(others.map(|size| size.cast_signed()));
        bench
    }

    /// An input: of what is the same in each block, the place; of what is gathered, a buffer.
    fn source(&mut self, register: usize, take: &mut impl FnMut(usize) -> *mut u8) {
        let source = &self.sources[register];
        let in_place = source.in_place(0);
        self.pointers[register] = match in_place {
            Some((pointer, stride)) => {
                self.strides[register] = stride;
                pointer
            }
            None => take(source.size()),
        };
        if !source.is_one() {
            self.moving.push((register, self.pointers[register]));
        }
    }

    /// Does a block, the tapes as they are linked, if they are.
    ///
    /// # Safety
    /// As [`crate::Launch::run`] says; the processor is the machine that they are linked for.
    ///
    /// # Errors
    /// When a loop fails.
    pub(crate) unsafe fn run(
        &mut self,
        block: Range<usize>,
        linked: Option<&Linked>,
    ) -> Result<Raised, Failed> {
        // SAFETY: the caller's promise.
        unsafe {
            self.place(&block);
            self.steps(block.len(), linked)
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
        for (register, &target) in (self.outputs..).zip(self.targets) {
            if !target.is_null() {
                let offset = block.start * self.form.sizes[register];
                self.pointers[register] = target.wrapping_add(offset);
            }
        }
    }

    /// Takes a block of an output into what it is reduced to. Whether no loop failed.
    ///
    /// # Safety
    /// The block has been computed, and has so many elements.
    pub(crate) unsafe fn reduce(&self, output: usize, partial: &mut Partial, count: usize) -> bool {
        let (data, size) = self.output(output);
        // SAFETY: the caller's promise; the elements are of the program's size.
        unsafe { partial.add(data, size, count) }
    }

    /// Where the block of an output is, and the bytes of its elements.
    pub(crate) fn output(&self, output: usize) -> (*mut u8, usize) {
        let register = self.outputs + output;
        (self.pointers[register], self.form.sizes[register])
    }

    /// # Safety
    /// The registers point to `count` elements each; further as [`Bench::run`].
    pub(crate) unsafe fn steps(
        &mut self,
        count: usize,
        linked: Option<&Linked>,
    ) -> Result<Raised, Failed> {
        let mut raised = Raised::default();
        let mut tapes = 0..;
        for step in &self.form.steps {
            // SAFETY: the caller's promise.
            let own = unsafe {
                match step {
                    Step::Loop(call) => self.call(call, count)?,
                    Step::Tape(tape, calls) => {
                        let number = tapes.next().expect("numbers have no end");
                        match linked.and_then(|linked| self.tape(number, tape, linked, count)) {
                            Some(own) => own,
                            None => self.calls(calls, count)?,
                        }
                    }
                }
            };
            raised = raised.and(own);
        }
        Ok(raised)
    }

    /// Does a block by a tape, if it is long enough and nothing in it is NaN.
    ///
    /// # Safety
    /// As [`Bench::steps`].
    unsafe fn tape(
        &mut self,
        number: usize,
        tape: &Tape,
        linked: &Linked,
        count: usize,
    ) -> Option<Raised> {
        if count < linked.tile(tape) || !self.patience[number].is_over() {
            return None;
        }
        // SAFETY: the caller's promise; registers do not overlap.
        let met_nan = unsafe { linked.run(number, tape, &self.pointers, count) };
        self.patience[number].learn(met_nan);
        if met_nan {
            // What was noticed on the way may be more than the loops notice, and what was noticed
            // before has been written down.
            status::clear();
            return None;
        }
        let silent = !tape.lane.is_float();
        Some(if silent {
            Raised::default()
        } else {
            status::raised()
        })
    }

    /// # Safety
    /// As [`Bench::steps`].
    unsafe fn calls(&self, calls: &[Call], count: usize) -> Result<Raised, Failed> {
        let mut raised = Raised::default();
        for call in calls {
            // SAFETY: the caller's promise.
            raised = raised.and(unsafe { self.call(call, count)? });
        }
        Ok(raised)
    }

    /// # Safety
    /// As [`Bench::steps`].
    unsafe fn call(&self, call: &Call, count: usize) -> Result<Raised, Failed> {
        let operands = self.form.operands[call.operands.clone()].iter();
        let operands = operands.map(|&at| at as usize);
        let mut pointers: SmallVec<[*mut u8; 6]> = SmallVec::new();
        let mut strides: SmallVec<[isize; 6]> = SmallVec::new();
        pointers.extend(operands.clone().map(|at| self.pointers[at]));
        strides.extend(operands.map(|at| self.strides[at]));
        // SAFETY: the caller's promise; registers do not overlap.
        if !unsafe { call.inner.run(&pointers, &strides, count) } {
            return Err(Failed);
        }
        // Some loops of NumPy's (comparisons, for example) clear the status in the end.
        let silent = call.inner.is_silent();
        Ok(if silent {
            Raised::default()
        } else {
            status::raised()
        })
    }
}
