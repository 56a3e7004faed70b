//! Launch: a program over arrays, block by block.

use std::ops::{Deref, Range};

use smallvec::SmallVec;

use crate::reduce::{Partial, Partials, Reductions};
use crate::scratch::{self, whole_lines};
use crate::status::{self, Raised};
use crate::{Program, Source};

/// What the values of a block take together at most, so that all stay in the first cache.
const CACHE: usize = 24 << 10;
/// Blocks are of a multiple of so many elements: vector loops then see whole vectors.
const GRAIN: usize = 64;
const SMALLEST: usize = 4 * GRAIN;
const LARGEST: usize = 64 * GRAIN;

/// An inner loop failed; what it has done is worth nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Failed;

/// A program and the arrays that it reads and writes.
pub struct Launch<P> {
    program: P,
    sources: SmallVec<[Source; 8]>,
    targets: SmallVec<[*mut u8; 4]>,
    length: usize,
    /// Elements of a block.
    block: usize,
    /// Elements that there is room for in each buffer.
    room: usize,
    /// Outputs, and what they are reduced by.
    reductions: Reductions,
}

// SAFETY: `new` has its caller promise that any thread may run any part of it.
unsafe impl<P: Sync> Sync for Launch<P> {}
// SAFETY: the same promise.
unsafe impl<P: Send> Send for Launch<P> {}

impl<P: Deref<Target = Program>> Launch<P> {
    /// A program over `length` elements: an array for each input, and for each output memory, into
    /// which the results are written one behind the other.
    ///
    /// # Safety
    /// As long as the result is run, the arrays live, nobody writes to them and nobody uses the
    /// targets otherwise, which are aligned and have room for all results. A target is no part of a
    /// source. The program's loops take elements of the sizes given.
    ///
    /// # Panics
    /// When the numbers of arrays are not those of the program.
    pub unsafe fn new(
        program: P,
        sources: impl IntoIterator<Item = Source>,
        targets: impl IntoIterator<Item = *mut u8>,
        length: usize,
    ) -> Self {
        let sources: SmallVec<[Source; 8]> = sources.into_iter().collect();
        let targets: SmallVec<[*mut u8; 4]> = targets.into_iter().collect();
        assert_eq!(
            (sources.len(), targets.len()),
            (program.inputs, program.outputs)
        );
        let block = block_size(&program, &sources).min(length.next_multiple_of(GRAIN));
        Self {
            program,
            sources,
            targets,
            length,
            block,
            room: block + block / 2,
            reductions: Reductions::new(),
        }
    }

    /// The same launch, of which some outputs are reduced as well. One whose target is null is written
    /// nowhere else.
    ///
    /// # Panics
    /// When there is no such output.
    #[must_use]
    pub fn reducing(self, reductions: Reductions) -> Self {
        let mut outputs = reductions.iter().map(|&(output, _)| output);
        assert!(outputs.all(|output| output < self.targets.len()));
        Self { reductions, ..self }
    }

    /// How many elements there are.
    pub fn length(&self) -> usize {
        self.length
    }

    /// How many elements are done at once, and more are not.
    pub fn at_once(&self) -> usize {
        self.room
    }

    /// The ranges of elements that so many workers do, each a multiple of blocks but the last.
    pub fn parts(&self, workers: usize) -> impl ExactSizeIterator<Item = Range<usize>> + use<P> {
        let blocks = self.length.div_ceil(self.block).max(1);
        let workers = workers.clamp(1, blocks);
        let (block, length) = (self.block, self.length);
        let bound = move |part: usize| (blocks * part / workers * block).min(length);
        (0..workers).map(move |part| bound(part)..bound(part + 1))
    }

    /// Does a range of the elements, and says what the floating-point unit has noticed.
    ///
    /// # Errors
    /// When an inner loop fails.
    ///
    /// # Panics
    /// When there are not so many elements.
    pub fn run(&self, range: Range<usize>) -> Result<Raised, Failed> {
        self.reduce(range).map(|(raised, _)| raised)
    }

    /// The same, with what has come of the reductions.
    ///
    /// # Errors
    /// When an inner loop fails.
    ///
    /// # Panics
    /// When there are not so many elements.
    pub fn reduce(&self, range: Range<usize>) -> Result<(Raised, Partials), Failed> {
        assert!(range.end <= self.length);
        let partial = |&(_, reduction)| Partial::new(reduction, self.length, range.start);
        let mut partials: SmallVec<[Partial; 2]> = self.reductions.iter().map(partial).collect();
        scratch::with(self.scratch_bytes(), |memory| {
            status::clear();
            let mut bench = Bench::new(self, memory);
            let mut raised = Raised::default();
            for block in self.blocks(range) {
                // SAFETY: the promise of `new`; `block` is a part of the elements and no longer
                // than there is room for.
                raised = raised.and(unsafe { bench.run(block.clone())? });
                for (&(output, _), partial) in self.reductions.iter().zip(&mut partials) {
                    // SAFETY: the block has just been computed.
                    if !unsafe { bench.reduce(output, partial, block.len()) } {
                        return Err(Failed);
                    }
                }
            }
            Ok((raised, Partials(partials)))
        })
    }

    /// The sizes of the outputs that are written nowhere.
    fn unwritten(&self) -> impl Iterator<Item = usize> {
        let targets = self.targets.iter().enumerate();
        let unwritten = targets.filter(|(_, target)| target.is_null());
        unwritten.map(|(output, _)| self.program.output_size(output))
    }

    /// The blocks of a range. What is left in the end and would make a short one joins the last.
    fn blocks(&self, range: Range<usize>) -> impl Iterator<Item = Range<usize>> + use<P> {
        let (block, room, end) = (self.block, self.room, range.end);
        let mut start = range.start;
        std::iter::from_fn(move || {
            let left = end.checked_sub(start).filter(|&left| left > 0)?;
            let some = if left <= room { left } else { block };
            start += some;
            Some(start - some..start)
        })
    }

    /// For the registers between, and for the sources that are gathered.
    fn scratch_bytes(&self) -> usize {
        let gathered = self.sources.iter().filter(|source| source.is_scattered());
        let gathered = gathered.map(Source::size);
        let between = self.program.between().iter().copied();
        between
            .chain(gathered)
            .chain(self.unwritten())
            .map(|size| whole_lines(size * self.room))
            .sum()
    }
}

fn block_size(program: &Program, sources: &[Source]) -> usize {
    let gathered = sources.iter().filter(|source| source.is_scattered());
    let bytes: usize =
        program.sizes.iter().sum::<usize>() + gathered.map(Source::size).sum::<usize>();
    let fitting = CACHE / bytes.max(1) / GRAIN * GRAIN;
    fitting.clamp(SMALLEST, LARGEST)
}

/// Where the operands of one block are, register by register.
struct Bench<'a> {
    program: &'a Program,
    sources: &'a [Source],
    targets: &'a [*mut u8],
    pointers: SmallVec<[*mut u8; 16]>,
    strides: SmallVec<[isize; 16]>,
    /// The buffers of the sources that are gathered, in order.
    gathered: SmallVec<[*mut u8; 4]>,
}

impl<'a> Bench<'a> {
    fn new<P: Deref<Target = Program>>(launch: &'a Launch<P>, mut memory: *mut u8) -> Self {
        let program = &*launch.program;
        let mut take = |size: usize| {
            let taken = memory;
            memory = memory.wrapping_add(whole_lines(size * launch.room));
            taken
        };
        let strides = program
            .sizes
            .iter()
            .map(|size| size.cast_signed())
            .collect();
        let outer = program.inputs + program.outputs;
        let mut pointers = SmallVec::from_elem(std::ptr::null_mut(), outer);
        let outputs = pointers[program.inputs..].iter_mut().zip(&launch.targets);
        for (output, (pointer, target)) in outputs.enumerate() {
            if target.is_null() {
                *pointer = take(program.output_size(output));
            }
        }
        pointers.extend(program.between().iter().map(|&size| take(size)));
        let scattered = launch.sources.iter().filter(|source| source.is_scattered());
        let gathered = scattered.map(|source| take(source.size())).collect();
        Self {
            program,
            sources: &launch.sources,
            targets: &launch.targets,
            pointers,
            strides,
            gathered,
        }
    }

    /// # Safety
    /// As [`Launch::run`] says.
    unsafe fn run(&mut self, block: Range<usize>) -> Result<Raised, Failed> {
        // SAFETY: the caller's promise.
        unsafe {
            self.place(&block);
            self.steps(block.len())
        }
    }

    /// Points the registers of inputs and outputs to a block, and gathers what has to be.
    ///
    /// # Safety
    /// As [`Bench::run`].
    unsafe fn place(&mut self, block: &Range<usize>) {
        let mut buffers = self.gathered.iter();
        for (register, source) in self.sources.iter().enumerate() {
            if let Some((pointer, stride)) = source.in_place(block.start) {
                self.pointers[register] = pointer;
                self.strides[register] = stride;
            } else {
                let buffer = *buffers.next().expect("there is a buffer for each");
                // SAFETY: the elements of the block are there, and the buffer has room for them.
                unsafe { source.gather(block.start, block.len(), buffer) };
                self.pointers[register] = buffer;
            }
        }
        let first = self.sources.len();
        for (register, &target) in (first..).zip(self.targets) {
            if !target.is_null() {
                let offset = block.start * self.program.sizes[register];
                self.pointers[register] = target.wrapping_add(offset);
            }
        }
    }

    /// Takes a block of an output into what it is reduced to. Whether no loop failed.
    ///
    /// # Safety
    /// The block has been computed, and has so many elements.
    unsafe fn reduce(&self, output: usize, partial: &mut Partial, count: usize) -> bool {
        let register = self.sources.len() + output;
        // SAFETY: the caller's promise; the elements are of the program's size.
        unsafe { partial.add(self.pointers[register], self.program.sizes[register], count) }
    }

    /// # Safety
    /// The registers point to `count` elements each.
    unsafe fn steps(&self, count: usize) -> Result<Raised, Failed> {
        let program = self.program;
        let mut raised = Raised::default();
        let mut first = 0;
        for step in &program.steps {
            let operands = &program.operands[first..step.end];
            first = step.end;
            let pointers: SmallVec<[*mut u8; 6]> = operands
                .iter()
                .map(|&at| self.pointers[at as usize])
                .collect();
            let strides: SmallVec<[isize; 6]> = operands
                .iter()
                .map(|&at| self.strides[at as usize])
                .collect();
            // SAFETY: the caller's promise; registers do not overlap.
            if !unsafe { step.inner.run(&pointers, &strides, count) } {
                return Err(Failed);
            }
            // Some loops of NumPy's (comparisons, for example) clear the status in the end.
            if !step.inner.is_silent() {
                raised = raised.and(status::raised());
            }
        }
        Ok(raised)
    }
}
