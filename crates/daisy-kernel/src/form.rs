//! Form: one way to do the steps of a program.

use std::ops::Range;

use smallvec::SmallVec;

use crate::InnerLoop;
use crate::native::{self, Candidate, Chain, Native, Place, Tape};
use crate::program::Draft;
use crate::registers::{Registers, Unit};

/// Steps in order, with the places of their operands.
#[derive(Debug)]
pub(crate) struct Form {
    /// Bytes of an element, by register: of the inputs first, then of the outputs.
    pub(crate) sizes: Vec<usize>,
    pub(crate) steps: Vec<Step>,
    /// The registers of the operands of all loops, step after step.
    pub(crate) operands: Vec<u32>,
}

#[derive(Debug)]
pub(crate) enum Step {
    Loop {
        inner: InnerLoop,
        /// The place in `operands` behind the last one of this step.
        end: usize,
    },
    Tape(Tape),
}

impl Form {
    /// The plain form: a loop for each step.
    pub(crate) fn plain(draft: &Draft, outputs: &[usize]) -> Self {
        let chains = (0..draft.steps.len()).map(|step| Chain::from_slice(&[step]));
        let groups = (0..draft.steps.len()).map(|step| Group {
            chains: step..step + 1,
            native: None,
        });
        Maker::new(
            draft,
            outputs,
            &chains.collect::<Vec<_>>(),
            &groups.collect::<Vec<_>>(),
        )
        .make()
    }

    /// The native form, where some steps have one and it saves something.
    pub(crate) fn native(draft: &Draft, outputs: &[usize]) -> Option<Self> {
        let candidates: Vec<Candidate<'_>> = draft
            .steps
            .iter()
            .map(|step| Candidate {
                native: step.inner.native(),
                inputs: &step.inputs,
                first: step.first,
            })
            .collect();
        let chains = native::chains(&candidates, draft.sizes.len(), outputs);
        let groups = groups(draft, &chains);
        let saves = groups.iter().any(|group| group.native.is_some());
        saves.then(|| Maker::new(draft, outputs, &chains, &groups).make())
    }

    /// The tapes among the steps.
    pub(crate) fn tapes(&self) -> impl Iterator<Item = &Tape> {
        self.steps.iter().filter_map(|step| match step {
            Step::Tape(tape) => Some(tape),
            Step::Loop { .. } => None,
        })
    }

    /// Whether there are only tapes.
    pub(crate) fn is_native(&self) -> bool {
        self.tapes().count() == self.steps.len()
    }
}

/// Neighbouring chains that make one tape, or a step that is done by its loop.
struct Group {
    chains: Range<usize>,
    native: Option<Native>,
}

fn groups(draft: &Draft, chains: &[Chain]) -> Vec<Group> {
    let native = |chain: &Chain| draft.steps[chain[0]].inner.native();
    let mut groups: Vec<Group> = Vec::new();
    for (number, chain) in chains.iter().enumerate() {
        let own = native(chain);
        match groups.last_mut() {
            Some(Group {
                chains,
                native: Some(last),
            }) if own.is_some_and(|own| own.lane == last.lane) => {
                chains.end = number + 1;
            }
            _ => groups.push(Group {
                chains: number..number + 1,
                native: own,
            }),
        }
    }
    for group in &mut groups {
        // A single operation is what its loop does as well.
        if chains[group.chains.clone()]
            .iter()
            .map(|chain| chain.len())
            .sum::<usize>()
            == 1
        {
            group.native = None;
        }
    }
    groups
}

struct Maker<'a> {
    draft: &'a Draft,
    chains: &'a [Chain],
    groups: &'a [Group],
    registers: Registers,
    /// By value: whether others than tapes see it.
    seen: Vec<bool>,
    form: Form,
}

impl<'a> Maker<'a> {
    fn new(draft: &'a Draft, outputs: &[usize], chains: &'a [Chain], groups: &'a [Group]) -> Self {
        let units: Vec<Unit> = groups
            .iter()
            .flat_map(|group| {
                group
                    .chains
                    .clone()
                    .map(|number| unit(draft, &chains[number], group))
            })
            .collect();
        let mut seen = vec![true; draft.sizes.len()];
        for group in groups.iter().filter(|group| group.native.is_some()) {
            for unit in &units[group.chains.clone()] {
                unit.inputs.iter().for_each(|&value| seen[value] = false);
            }
        }
        for group in groups.iter().filter(|group| group.native.is_none()) {
            for unit in &units[group.chains.clone()] {
                unit.inputs.iter().for_each(|&value| seen[value] = true);
            }
        }
        outputs.iter().for_each(|&value| seen[value] = true);
        let registers = Registers::assign(&draft.sizes, draft.inputs, outputs, &units);
        let form = Form {
            sizes: Vec::new(),
            steps: Vec::new(),
            operands: Vec::new(),
        };
        Self {
            draft,
            chains,
            groups,
            registers,
            seen,
            form,
        }
    }

    fn make(mut self) -> Form {
        for group in self.groups {
            match group.native {
                Some(native) => self.tape(native, group.chains.clone()),
                None => self.inner_loop(self.chains[group.chains.start][0]),
            }
        }
        self.form.sizes = self.registers.sizes;
        self.form
    }

    fn inner_loop(&mut self, number: usize) {
        let step = &self.draft.steps[number];
        let values = step.inputs.iter().copied().chain(step.values());
        self.form
            .operands
            .extend(values.map(|value| self.registers.of(value)));
        let end = self.form.operands.len();
        self.form.steps.push(Step::Loop {
            inner: step.inner,
            end,
        });
    }

    fn tape(&mut self, native: Native, chains: Range<usize>) {
        let mut tape = Tape::new(native.lane);
        for chain in &self.chains[chains] {
            let mut before = None;
            for &number in chain {
                let step = &self.draft.steps[number];
                let place = |&value: &usize| match before {
                    Some(before) if before == value => Place::Before,
                    _ => Place::Register(self.registers.of(value)),
                };
                let places: SmallVec<[Place; 2]> = step.inputs.iter().map(place).collect();
                tape.operation(step.inner.native().expect(NATIVE), &places);
                before = Some(step.first);
            }
            let result = before.expect("a chain has a step");
            tape.store(self.registers.of(result), self.seen[result]);
        }
        self.form.steps.push(Step::Tape(tape));
    }
}

const NATIVE: &str = "only native steps are in chains";

/// A chain as the registers see it.
fn unit(draft: &Draft, chain: &Chain, group: &Group) -> Unit {
    let inside = |value: usize| chain.iter().any(|&step| draft.steps[step].first == value);
    let inputs = chain
        .iter()
        .flat_map(|&step| draft.steps[step].inputs.iter().copied());
    let last = &draft.steps[*chain.last().expect("a chain has a step")];
    Unit {
        inputs: inputs.filter(|&value| !inside(value)).collect(),
        results: last.values(),
        group: group.chains.clone(),
    }
}
