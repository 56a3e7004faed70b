//! Linked: the tapes of a program, for the sources of one launch and the machine that runs it.

use super::machine::{Machine, Stretch};
use super::tape::{Instruction, Tape};
use crate::Source;
use crate::form::Form;

pub(crate) struct Linked {
    machine: Machine,
    /// The instructions, tape by tape.
    tapes: Vec<Box<[Instruction]>>,
}

impl Linked {
    /// The tapes for these sources, if there are any and a block of this length is a tile for one. What
    /// they read is then read as they want it: one behind the other, or one for all.
    pub(crate) fn new(
        machine: Machine,
        form: &Form,
        sources: &mut [Source],
        targets: &[*mut u8],
        length: usize,
    ) -> Option<Self> {
        let shortest = form.tapes().map(|tape| machine.tile(tape.lane)).min()?;
        if length < shortest {
            return None;
        }
        for register in form.tapes().flat_map(Tape::reads) {
            if let Some(source) = sources.get_mut(register as usize) {
                source.make_dense(length);
            }
        }
        let sources = &*sources;
        let is_one = |register: u32| sources.get(register as usize).is_some_and(Source::is_one);
        let streamed = streamed(form, sources, targets, length);
        let is_streamed = |register: u32| streamed.contains(&register);
        let tapes = form.tapes();
        let tapes = tapes.map(|tape| tape.instructions(is_one, is_streamed).collect());
        Some(Self {
            machine,
            tapes: tapes.collect(),
        })
    }

    /// Has everybody see what the tapes have written.
    pub(crate) fn finish(&self) {
        self.machine.fence();
    }

    /// How many elements a tape needs at least.
    pub(crate) fn tile(&self, tape: &Tape) -> usize {
        self.machine.tile(tape.lane)
    }

    /// Does what the tape of a number does. Gives whether a value that is watched is a NaN.
    ///
    /// # Safety
    /// As [`Machine::run`].
    pub(crate) unsafe fn run(
        &self,
        number: usize,
        tape: &Tape,
        pointers: &[*mut u8],
        count: usize,
    ) -> bool {
        let stretch = Stretch {
            instructions: &self.tapes[number],
            pointers,
            count,
        };
        // SAFETY: the caller's promise.
        let met_nan = unsafe { self.machine.run(tape.lane, stretch) };
        if met_nan {
            // Loops write to the same places now.
            self.finish();
        }
        met_nan
    }
}

/// From so many bytes on that a launch reads and writes, the results are not left in the caches: they
/// are more than one core has of the last of them, and what is stored past it need not be read from
/// memory first. That takes a fifth off `(a + b) + (a + b)` of ten million integers. In tests much is
/// large, so that they are about both ways.
const LARGE: usize = if cfg!(test) { 1 << 14 } else { 16 << 20 };

/// The outputs that are stored past the caches: of a large launch those that nothing reads again.
fn streamed(form: &Form, sources: &[Source], targets: &[*mut u8], length: usize) -> Vec<u32> {
    let outputs = sources.len()..sources.len() + targets.len();
    let read = sources.iter().filter(|source| !source.is_one());
    let bytes = read
        .map(Source::size)
        .chain(form.sizes[outputs.clone()].iter().copied());
    if bytes.sum::<usize>() * length < LARGE {
        return Vec::new();
    }
    // What is written nowhere is only reduced, from the cache.
    let written = outputs.zip(targets).filter(|(_, target)| !target.is_null());
    let outputs = written.map(|(register, _)| register as u32);
    outputs.filter(|&register| !form.reads(register)).collect()
}

/// After a NaN so many blocks at most are left to the loops at once.
const MOST: usize = 64;

/// How long a tape that met a NaN is left alone. Where all data have NaNs in them, as those of the sea
/// have on land, to try it for each block would be work for nothing.
#[derive(Default)]
pub(crate) struct Patience {
    /// So many blocks are left to the loops now.
    left: usize,
    /// And so many the last time.
    last: usize,
}

impl Patience {
    /// Whether the tape is to be tried with this block.
    pub(crate) fn is_over(&mut self) -> bool {
        let over = self.left == 0;
        self.left = self.left.saturating_sub(1);
        over
    }

    /// Takes note of whether it met a NaN.
    pub(crate) fn learn(&mut self, met_nan: bool) {
        self.last = if met_nan {
            (2 * self.last).clamp(1, MOST)
        } else {
            0
        };
        self.left = self.last;
    }
}
