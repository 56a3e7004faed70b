//! Launch: a program over arrays, block by block.

use std::ops::{Deref, Range};

use smallvec::SmallVec;

use crate::along::Along;
use crate::bench::Bench;
use crate::form::Form;
use crate::native::{Linked, Machine};
use crate::reduce::{Partial, Partials, Reductions};
use crate::scratch::{self, whole_lines};
use crate::status::{self, Raised};
use crate::turns::Turns;
use crate::{Program, Source};

/// What the values of a block take together at most, so that all stay in the first cache.
const CACHE: usize = 24 << 10;
/// Blocks are of a multiple of so many elements: vector loops then see whole vectors.
const GRAIN: usize = 64;
/// To call a loop takes as long as some ten elements do.
const SMALLEST: usize = 4 * GRAIN;
/// From one instruction of a tape to the next it is not far.
const SMALLEST_NATIVE: usize = GRAIN;
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
    linked: Option<Linked>,
    /// Outputs, and what they are reduced by.
    reductions: Reductions,
    /// The same for those that take the elements in order.
    in_order: Option<Turns<InOrder>>,
}

/// Outputs, and how they are reduced in order; as partials, none of them in place.
pub type InOrder = Vec<(usize, Along)>;

// SAFETY: `new` has its caller promise that any thread may run any part of it.
unsafe impl<P: Sync> Sync for Launch<P> {}
// SAFETY: the same promise.
unsafe impl<P: Send> Send for Launch<P> {}

impl Program {
    /// Does all of it with few elements, without a launch, which would take longer than they do. There
    /// is a place for each input, with the bytes from one element to the next, and one for each output,
    /// whose results come one behind the other; one that is null is only reduced. Gives what has come of
    /// that.
    ///
    /// # Safety
    /// All elements are there and aligned, there is room for the results, and nobody else uses that.
    ///
    /// # Errors
    /// When an inner loop fails.
    ///
    /// # Panics
    /// When the numbers of places are not those of the program.
    pub unsafe fn run_few(
        &self,
        inputs: &[(*mut u8, isize)],
        outputs: &[*mut u8],
        count: usize,
        (reductions, mut in_order): (Reductions, InOrder),
    ) -> Result<(Raised, Partials), Failed> {
        assert_eq!((inputs.len(), outputs.len()), (self.inputs, self.outputs));
        if count == 0 {
            return Ok(Default::default());
        }
        let between = self.form.sizes[inputs.len() + outputs.len()..].iter();
        let outer = outputs.iter().zip(&self.form.sizes[inputs.len()..]);
        let unwritten = outer.filter(|(output, _)| output.is_null());
        let kept = between.chain(unwritten.map(|(_, size)| size));
        let bytes = kept.map(|size| whole_lines(size * count)).sum();
        scratch::with(bytes, |memory| {
            status::clear();
            let mut bench = Bench::of_one_block(&self.form, inputs, outputs, count, memory);
            // SAFETY: the caller's promise; there is memory for all that is between.
            let raised = unsafe { bench.steps(count, None)? };
            let mut partials = starts(&reductions, count, 0);
            // SAFETY: the only block has been computed.
            let own = unsafe {
                join(&bench, count, &reductions, &mut partials)?;
                take_in(&bench, 0..count, &mut in_order)?
            };
            Ok((raised.and(own), Partials(partials)))
        })
    }
}

/// What comes of reductions of a stretch, before its first element.
fn starts(reductions: &Reductions, total: usize, start: usize) -> Vec<Partial> {
    let partial = |&(_, reduction)| Partial::new(reduction, total, start);
    reductions.iter().map(partial).collect()
}

/// Reduces a block of so many elements.
///
/// # Safety
/// The block has just been computed.
unsafe fn join(
    bench: &Bench<'_>,
    count: usize,
    reductions: &Reductions,
    partials: &mut [Partial],
) -> Result<(), Failed> {
    for (&(output, _), partial) in reductions.iter().zip(partials) {
        // SAFETY: the caller's promise.
        if !unsafe { bench.reduce(output, partial, count) } {
            return Err(Failed);
        }
    }
    Ok(())
}

/// Reduces a block in order.
///
/// # Safety
/// The block has just been computed, and all before it have been taken in.
unsafe fn take_in(
    bench: &Bench<'_>,
    block: Range<usize>,
    reductions: &mut InOrder,
) -> Result<Raised, Failed> {
    let mut raised = Raised::default();
    for (output, along) in reductions {
        let (data, size) = bench.output(*output);
        // SAFETY: the caller's promise.
        if !unsafe { along.add(data, size, block.start, block.len()) } {
            return Err(Failed);
        }
        if !along.is_silent() {
            raised = raised.and(status::raised());
        }
    }
    Ok(raised)
}

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
        // SAFETY: the caller's promise; the processor is the best machine that it is.
        unsafe { Self::on(Machine::best(), program, sources, targets, length) }
    }

    /// The same on a machine that need not be the best.
    ///
    /// # Safety
    /// As [`Launch::new`]; the processor is such a machine.
    pub(crate) unsafe fn on(
        machine: Machine,
        program: P,
        sources: impl IntoIterator<Item = Source>,
        targets: impl IntoIterator<Item = *mut u8>,
        length: usize,
    ) -> Self {
        let mut sources: SmallVec<[Source; 8]> = sources.into_iter().collect();
        let targets: SmallVec<[*mut u8; 4]> = targets.into_iter().collect();
        assert_eq!(
            (sources.len(), targets.len()),
            (program.inputs, program.outputs)
        );
        let linked = Linked::new(machine, &program.form, &mut sources, &targets, length);
        let block = block_size(&program.form, &sources).min(length.next_multiple_of(GRAIN));
        Self {
            program,
            sources,
            targets,
            length,
            block,
            room: room(block),
            linked,
            reductions: Reductions::new(),
            in_order: None,
        }
    }

    /// Has some outputs reduced as well. One whose target is null is written nowhere else.
    ///
    /// # Panics
    /// When there is no such output.
    pub fn reduce_by(&mut self, reductions: Reductions) {
        let mut outputs = reductions.iter().map(|&(output, _)| output);
        assert!(outputs.all(|output| output < self.targets.len()));
        self.reductions = reductions;
    }

    /// Has some outputs reduced in order. The launch runs once then, and its parts are begun in their
    /// order.
    ///
    /// # Panics
    /// When there is no such output.
    pub fn reduce_in_order_by(&mut self, reductions: InOrder) {
        let mut outputs = reductions.iter().map(|&(output, _)| output);
        assert!(outputs.all(|output| output < self.targets.len()));
        self.in_order = (!reductions.is_empty()).then(|| Turns::new(reductions));
    }

    /// Whether each block has to wait for those before it.
    pub fn is_in_order(&self) -> bool {
        self.in_order.is_some()
    }

    /// How many blocks there are.
    pub fn blocks_count(&self) -> usize {
        self.length.div_ceil(self.block).max(1)
    }

    /// How many elements there are.
    pub fn length(&self) -> usize {
        self.length
    }

    /// How many elements are done at once, and more are not.
    pub fn at_once(&self) -> usize {
        self.room
    }

    /// Has enough blocks for so many parts, if they need not be too small for that.
    pub fn divide(&mut self, parts: usize) {
        let wanted = self.length.div_ceil(parts.max(1)).next_multiple_of(GRAIN);
        self.block = wanted.clamp(SMALLEST.min(self.block), self.block);
        self.room = room(self.block);
    }

    /// The ranges of elements that so many workers do, each a multiple of blocks but the last.
    pub fn parts(&self, workers: usize) -> impl ExactSizeIterator<Item = Range<usize>> + use<P> {
        let blocks = self.blocks_count();
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
        let mut partials = starts(&self.reductions, self.length, range.start);
        let raised = scratch::with(self.scratch_bytes(), |memory| {
            status::clear();
            let form = &self.program.form;
            let mut bench = Bench::new(form, &self.sources, &self.targets, self.room, memory);
            let mut blocks = self.blocks(range);
            let raised = blocks.try_fold(Raised::default(), |raised, block| {
                Ok(raised.and(self.block(&mut bench, block, &mut partials)?))
            });
            self.linked.as_ref().inspect(|linked| linked.finish());
            raised
        });
        if let (Err(Failed), Some(turns)) = (raised, &self.in_order) {
            turns.stop();
        }
        Ok((raised?, Partials(partials)))
    }

    /// Does a block, and reduces it.
    fn block(
        &self,
        bench: &mut Bench<'_>,
        block: Range<usize>,
        partials: &mut [Partial],
    ) -> Result<Raised, Failed> {
        let count = block.len();
        // SAFETY: the promise of `new`; `block` is a part of the elements and no longer than there is
        // room for.
        let raised = unsafe { bench.run(block.clone(), self.linked.as_ref())? };
        // SAFETY: the block has just been computed.
        unsafe { join(bench, count, &self.reductions, partials)? };
        let Some(turns) = &self.in_order else {
            return Ok(raised);
        };
        turns.take(block.clone(), |reductions| {
            // SAFETY: the block has just been computed, and all before it have had their turn.
            let own = unsafe { take_in(bench, block, reductions)? };
            Ok(raised.and(own))
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
        let outer = self.sources.len() + self.targets.len();
        let between = self.program.form.sizes[outer..].iter().copied();
        between
            .chain(gathered)
            .chain(self.unwritten())
            .map(|size| whole_lines(size * self.room))
            .sum()
    }
}

/// A short rest joins the last block.
const fn room(block: usize) -> usize {
    block + block / 2
}

fn block_size(form: &Form, sources: &[Source]) -> usize {
    let gathered = sources.iter().filter(|source| source.is_scattered());
    let ones = sources
        .iter()
        .zip(&form.sizes)
        .filter(|(source, _)| source.is_one());
    let bytes = form.sizes.iter().sum::<usize>() + gathered.map(Source::size).sum::<usize>()
        - ones.map(|(_, size)| size).sum::<usize>();
    let smallest = if form.is_native() {
        SMALLEST_NATIVE
    } else {
        SMALLEST
    };
    let fitting = CACHE / bytes.max(1) / GRAIN * GRAIN;
    fitting.clamp(smallest, LARGEST)
}
