//! Form: the steps of a program in the order in which they are done, with the places of their operands.

use std::ops::Range;

use smallvec::SmallVec;

use crate::InnerLoop;
use crate::native::{self, Candidate, Native, Place, Tape};
use crate::program::{Draft, DraftStep};
use crate::registers::{Registers, Unit};

#[derive(Debug)]
pub(crate) struct Form {
    /// Bytes of an element, by register: of the inputs first, then of the outputs.
    pub(crate) sizes: Vec<usize>,
    pub(crate) steps: Vec<Step>,
    /// The registers of the operands of all loops, loop after loop.
    pub(crate) operands: Vec<u32>,
}

#[derive(Debug)]
pub(crate) enum Step {
    Loop(Call),
    /// What a tape does, and the loops that do the same: they come to the same registers, and what the
    /// tape reads is still there when it is done.
    Tape(Tape, Vec<Call>),
}

/// A loop, and which of all operands are its own.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) inner: InnerLoop,
    pub(crate) operands: Range<usize>,
}

impl Form {
    /// The form of a draft that gives some of its values.
    pub(crate) fn new(draft: &Draft, outputs: &[usize]) -> Self {
        let candidates: Vec<Candidate<'_>> = draft.steps.iter().map(candidate).collect();
        let chains = native::chains(&candidates, draft.sizes.len(), outputs);
        Maker::new(draft, outputs, groups(draft, &chains)).make()
    }

    /// The tapes among the steps.
    pub(crate) fn tapes(&self) -> impl Iterator<Item = &Tape> + Clone {
        self.steps.iter().filter_map(|step| match step {
            Step::Tape(tape, _) => Some(tape),
            Step::Loop(_) => None,
        })
    }

    /// Whether a step reads a register; a loop that writes it counts as well.
    pub(crate) fn reads(&self, register: u32) -> bool {
        self.steps.iter().any(|step| match step {
            Step::Tape(tape, _) => tape.reads().any(|read| read == register),
            Step::Loop(call) => self.operands[call.operands.clone()].contains(&register),
        })
    }

    /// Whether there are only tapes.
    pub(crate) fn is_native(&self) -> bool {
        self.tapes().count() == self.steps.len()
    }
}

fn candidate(step: &DraftStep) -> Candidate<'_> {
    Candidate {
        native: step.inner.native(),
        inputs: &step.inputs,
        first: step.first,
    }
}

/// Steps that are done together: neighbouring chains that make one tape, or one step.
struct Group {
    /// The numbers of the steps, and whether each is the last of its chain.
    steps: Vec<(usize, bool)>,
    /// For a tape: one of the native operations, whose elements all of them have.
    native: Option<Native>,
}

fn groups(draft: &Draft, chains: &[native::Chain]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for chain in chains {
        let own = draft.steps[chain[0]].inner.native();
        let fits = |group: &&mut Group| {
            let both = group.native.zip(own);
            both.is_some_and(|(native, own)| native.lane == own.lane)
        };
        let ends = (1..=chain.len()).map(|place| place == chain.len());
        let steps = chain.iter().copied().zip(ends);
        match groups.last_mut().filter(fits) {
            Some(group) => group.steps.extend(steps),
            None => groups.push(Group {
                steps: steps.collect(),
                native: own,
            }),
        }
    }
    // A single operation is what its loop does as well.
    for group in groups.iter_mut().filter(|group| group.steps.len() == 1) {
        group.native = None;
    }
    groups
}

struct Maker<'a> {
    draft: &'a Draft,
    groups: Vec<Group>,
    registers: Registers,
    /// By value: whether others than tapes see it.
    seen: Vec<bool>,
    operands: Vec<u32>,
}

impl<'a> Maker<'a> {
    fn new(draft: &'a Draft, outputs: &[usize], groups: Vec<Group>) -> Self {
        let units = units(draft, &groups);
        let registers = Registers::assign(&draft.sizes, draft.inputs, outputs, &units);
        Self {
            draft,
            seen: seen(draft, outputs, &groups),
            groups,
            registers,
            operands: Vec::new(),
        }
    }

    fn make(mut self) -> Form {
        let groups = std::mem::take(&mut self.groups);
        let steps = groups.iter().map(|group| {
            let mut calls = group.steps.iter().map(|&(number, _)| self.call(number));
            match group.native {
                None => Step::Loop(calls.next().expect("a group has a step")),
                Some(native) => {
                    let calls = calls.collect();
                    Step::Tape(self.tape(native, &group.steps), calls)
                }
            }
        });
        Form {
            steps: steps.collect(),
            sizes: self.registers.sizes,
            operands: self.operands,
        }
    }

    fn call(&mut self, number: usize) -> Call {
        let step = &self.draft.steps[number];
        let start = self.operands.len();
        let values = step.inputs.iter().copied().chain(step.values());
        self.operands
            .extend(values.map(|value| self.registers.of(value)));
        Call {
            inner: step.inner,
            operands: start..self.operands.len(),
        }
    }

    fn tape(&self, native: Native, steps: &[(usize, bool)]) -> Tape {
        let mut tape = Tape::new(native.lane);
        let mut before = None;
        for &(number, ends) in steps {
            let step = &self.draft.steps[number];
            let native = step.inner.native().expect("tapes are of native steps");
            let places = step.inputs.iter().map(|&value| match before {
                Some(before) if before == value => Place::Before,
                _ => Place::Register(self.registers.of(value)),
            });
            tape.operation(native, &places.collect::<SmallVec<[Place; 2]>>());
            before = Some(step.first).filter(|_| !ends);
            if ends {
                tape.store(self.registers.of(step.first), self.seen[step.first]);
            }
        }
        tape
    }
}

/// The steps as the registers see them.
fn units(draft: &Draft, groups: &[Group]) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::with_capacity(draft.steps.len());
    for group in groups {
        let range = units.len()..units.len() + group.steps.len();
        units.extend(group.steps.iter().map(|&(number, _)| Unit {
            inputs: draft.steps[number].inputs.as_slice().into(),
            results: draft.steps[number].values(),
            group: range.clone(),
        }));
    }
    units
}

/// By value: whether others than the tape that it is of see it, or nobody. If a tape meets a NaN, its loops
/// do what it has done, and not what tapes before it did.
fn seen(draft: &Draft, outputs: &[usize], groups: &[Group]) -> Vec<bool> {
    let mut maker = vec![None; draft.sizes.len()];
    for (number, group) in groups.iter().enumerate() {
        for &(step, _) in group.steps.iter().filter(|_| group.native.is_some()) {
            maker[draft.steps[step].first] = Some(number);
        }
    }
    let mut seen = vec![true; draft.sizes.len()];
    for is_seen in [false, true] {
        for (number, group) in groups.iter().enumerate() {
            let steps = group.steps.iter().map(|&(step, _)| &draft.steps[step]);
            let inputs = steps.flat_map(|step| &step.inputs);
            for &value in inputs.filter(|&&value| (maker[value] != Some(number)) == is_seen) {
                seen[value] = is_seen;
            }
        }
    }
    for &value in outputs {
        seen[value] = true;
    }
    seen
}
