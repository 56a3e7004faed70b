//! Linked: the tapes of a program, for the sources of one launch and the machine that runs it.

use super::machine::{Machine, Stretch};
use super::tape::{Instruction, Tape};
use crate::Source;

pub(crate) struct Linked {
    machine: Machine,
    /// The instructions, tape by tape.
    tapes: Vec<Box<[Instruction]>>,
}

impl Linked {
    /// The tapes for these sources, if there are any and a block of this length is a tile for one. What
    /// they read is then read as they want it: one behind the other, or one for all.
    pub(crate) fn new<'a>(
        machine: Machine,
        tapes: impl Iterator<Item = &'a Tape> + Clone,
        sources: &mut [Source],
        length: usize,
    ) -> Option<Self> {
        let shortest = tapes.clone().map(|tape| machine.tile(tape.lane)).min()?;
        if length < shortest {
            return None;
        }
        for register in tapes.clone().flat_map(Tape::reads) {
            if let Some(source) = sources.get_mut(register as usize) {
                source.make_dense(length);
            }
        }
        let is_one = |register: u32| sources.get(register as usize).is_some_and(Source::is_one);
        let tapes = tapes.map(|tape| tape.instructions(is_one).collect());
        Some(Self {
            machine,
            tapes: tapes.collect(),
        })
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
        unsafe { self.machine.run(tape.lane, stretch) }
    }
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
