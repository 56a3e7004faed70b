//! Trials: programs on every machine that this processor is, against plain loops one by one.

mod plain;

use proptest::prelude::*;

use super::Operation;
use super::machine::Machine;
use crate::{Draft, Element, Launch, Program, Raised, Source, Value};
use plain::{CALLS, special, step};

use Operation::{Absolute, Add, Divide, Multiply, Negative, Square, SquareRoot, Subtract};

const OPERATIONS: [Operation; 8] = [
    Add, Subtract, Multiply, Divide, Negative, Absolute, Square, SquareRoot,
];
const ELEMENTS: [Element; 6] = [
    Element::F64,
    Element::F32,
    Element::I64,
    Element::U64,
    Element::I32,
    Element::U32,
];

fn machines() -> Vec<Machine> {
    let mut machines = vec![Machine::Portable];
    #[cfg(target_arch = "x86_64")]
    {
        let best = Machine::best();
        machines.extend(
            [Machine::Avx2, Machine::Avx512]
                .into_iter()
                .filter(|&other| other as u8 <= best as u8),
        );
    }
    machines
}

/// How the elements of an input lie in memory.
#[derive(Clone, Copy, Debug)]
enum Lies {
    Dense,
    EveryOther,
    Backwards,
    One,
}

/// A program: for each step the operation and the numbers of its operands among all values, which are
/// the inputs first; and which values are outputs besides the last one.
#[derive(Clone, Debug)]
struct Trial {
    element: Element,
    inputs: Vec<(Lies, Vec<u64>)>,
    steps: Vec<(Operation, usize, usize)>,
    outputs: Vec<usize>,
    /// The steps that have no native form.
    loops: Vec<usize>,
    length: usize,
}

/// All bytes of the results, and what was noticed.
type Outcome = (Vec<Vec<u8>>, Raised);

impl Trial {
    fn program(&self, with_native: bool) -> Program {
        let size = self.element.size();
        let mut draft = Draft::default();
        let mut values: Vec<Value> = self.inputs.iter().map(|_| draft.input(size)).collect();
        let mut outputs = Vec::new();
        for (number, &(operation, one, other)) in self.steps.iter().enumerate() {
            let with_native = with_native && !self.loops.contains(&number);
            let Some(inner) = step(operation, self.element, with_native) else {
                continue;
            };
            let operands = [values[one % values.len()], values[other % values.len()]];
            values.push(draft.step(inner, &operands[..operation.operands()], &[size]));
            if self.outputs.contains(&number) {
                outputs.push(values[values.len() - 1]);
            }
        }
        let last = *values.last().expect("there are inputs");
        if values.len() > self.inputs.len() && !outputs.contains(&last) {
            outputs.push(last);
        }
        draft.finish(&outputs)
    }

    /// What a machine makes of it, or what comes of the loops alone.
    fn run(&self, machine: Option<Machine>) -> Outcome {
        let program = self.program(machine.is_some());
        let size = self.element.size();
        let memory: Vec<Vec<u8>> = self
            .inputs
            .iter()
            .map(|(_, values)| {
                let elements = values.iter().cycle().take(2 * self.length.max(1));
                elements
                    .flat_map(|bits| bits.to_le_bytes().into_iter().take(size))
                    .collect()
            })
            .collect();
        let sources = self.inputs.iter().zip(&memory).map(|(&(lies, _), bytes)| {
            let (length, size_of) = (self.length, size.cast_signed());
            let start = bytes.as_ptr().cast_mut();
            let last = start.wrapping_add(size * length.saturating_sub(1));
            match lies {
                Lies::Dense => Source::new(start, size, [(length, size_of)], true),
                Lies::EveryOther => Source::new(start, size, [(length, 2 * size_of)], true),
                Lies::Backwards => Source::new(last, size, [(length, -size_of)], true),
                Lies::One => Source::new(start, size, [], true),
            }
        });
        let mut results = vec![vec![0xAA_u8; self.length * size]; program.outputs()];
        let targets: Vec<*mut u8> = results.iter_mut().map(Vec::as_mut_ptr).collect();
        // SAFETY: memory and results live on; bytes from the allocator are aligned for every element.
        let launch = unsafe {
            Launch::on(
                machine.unwrap_or(Machine::Portable),
                &program,
                sources,
                targets,
                self.length,
            )
        };
        let middle = (self.length / 3).next_multiple_of(64).min(self.length);
        let one = launch.run(0..middle).expect("no loop fails");
        let other = launch.run(middle..self.length).expect("no loop fails");
        (results, one.and(other))
    }

    /// Checks every machine, and gives how often plain loops were called.
    fn check(&self) -> usize {
        let wanted = self.run(None);
        CALLS.set(0);
        for machine in machines() {
            let found = self.run(Some(machine));
            assert!(found == wanted, "{machine:?}: {self:?}");
        }
        CALLS.get()
    }
}

fn lies() -> impl Strategy<Value = Lies> {
    prop_oneof![
        4 => Just(Lies::Dense),
        1 => Just(Lies::EveryOther),
        1 => Just(Lies::Backwards),
        2 => Just(Lies::One),
    ]
}

/// Mostly tame values, or any.
fn values(element: Element) -> impl Strategy<Value = Vec<u64>> {
    let tame = match element {
        Element::F64 => (1..100_u32)
            .prop_map(|value| (f64::from(value) / 16.0).to_bits())
            .boxed(),
        Element::F32 => (1..100_u16)
            .prop_map(|value| u64::from((f32::from(value) / 16.0).to_bits()))
            .boxed(),
        _ => any::<u64>().boxed(),
    };
    prop_oneof![
        prop::collection::vec(tame.clone(), 1..40),
        prop::collection::vec(
            prop_oneof![9 => tame, 1 => prop::sample::select(special(element))],
            1..200
        ),
        prop::collection::vec(prop::sample::select(special(element)), 1..40),
    ]
}

fn trials(most: usize) -> impl Strategy<Value = Trial> {
    prop::sample::select(&ELEMENTS[..]).prop_flat_map(move |element| {
        let inputs = prop::collection::vec((lies(), values(element)), 1..5);
        let step = (
            prop::sample::select(&OPERATIONS[..]),
            0..40_usize,
            0..40_usize,
        );
        let steps = prop::collection::vec(step, 1..most);
        let outputs = prop::collection::vec(0..most, 0..3);
        let loops = prop::collection::vec(0..most, 0..most / 3);
        let length = prop_oneof![0..68_usize, 64..200_usize, 200..2000_usize];
        (inputs, steps, outputs, loops, length).prop_map(
            move |(inputs, steps, outputs, loops, length)| Trial {
                element,
                inputs,
                steps,
                outputs,
                loops,
                length,
            },
        )
    })
}

proptest! {
    /// Whatever the operations, operands and lengths: the bits and the status are those of the loops.
    #[test]
    fn all_machines_give_the_bits_of_the_loops(trial in trials(6)) {
        trial.check();
    }

    /// Values between take each other's places and never mix.
    #[test]
    fn long_programs_do_as_well(trial in trials(60)) {
        trial.check();
    }
}

/// Each operation after each other one, on either side of it, with arrays and single numbers, at every
/// length up to beyond the largest tile.
#[test]
fn every_pair_gives_the_bits_of_the_loops() {
    for element in ELEMENTS {
        let arrays = special(element)
            .iter()
            .map(|&bits| bits.rotate_left(9))
            .chain(special(element).iter().copied());
        let arrays: Vec<u64> = arrays.collect();
        for (number, first) in OPERATIONS.into_iter().enumerate() {
            for (turn, second) in OPERATIONS.into_iter().enumerate() {
                for (one, other) in [(3, 2), (2, 3), (3, 3)] {
                    let lies = [Lies::Dense, Lies::One][(number + turn) % 2];
                    let inputs = [(Lies::Dense, 0), (lies, 3), (Lies::Dense, 8)];
                    let inputs = inputs.map(|(lies, skip)| (lies, arrays[skip..].to_vec()));
                    let steps = vec![(first, 0, 1), (second, one, other)];
                    let length = (67 * number + 13 * turn) % 150;
                    Trial {
                        element,
                        inputs: inputs.to_vec(),
                        steps,
                        outputs: vec![],
                        loops: vec![],
                        length,
                    }
                    .check();
                }
            }
        }
    }
}

fn chain(values: &[f64], steps: &[(Operation, usize, usize)], length: usize) -> Trial {
    let bits = values.iter().map(|value| value.to_bits()).collect();
    Trial {
        element: Element::F64,
        inputs: vec![(Lies::Dense, bits)],
        steps: steps.to_vec(),
        outputs: vec![],
        loops: vec![],
        length,
    }
}

/// A chain needs none of the loops, from one tile on; shorter ones have nothing but loops.
#[test]
fn chains_are_native_from_a_tile_on() {
    let steps = [(Multiply, 0, 0), (Add, 1, 0), (SquareRoot, 2, 2)];
    assert_eq!(chain(&[1.0, 2.0, 0.5], &steps, 1000).check(), 0);
    assert_ne!(chain(&[1.0, 2.0, 0.5], &steps, 15).check(), 0);
}

/// Nothing is native that would be one operation from memory to memory.
#[test]
fn a_single_operation_is_its_loop() {
    let trial = chain(&[1.0], &[(Multiply, 0, 0)], 1000);
    assert_eq!(trial.program(true).form.tapes().count(), 0);
}

/// Where both operands are NaN the order matters: then the loops decide, block by block.
#[test]
fn a_nan_is_left_to_the_loops() {
    let values = [
        f64::from_bits(0x7FF8_0000_0000_0001),
        f64::from_bits(0xFFF8_0000_0000_0002),
    ];
    let steps = [(Add, 0, 0), (Multiply, 1, 0)];
    assert_ne!(chain(&values, &steps, 1000).check(), 0);
    let mut far = vec![1.0; 3000];
    far[2500] = f64::NAN;
    assert_ne!(chain(&far, &steps, 3000).check(), 0);
}

/// What is too much for the caches is stored past them; not so what is read again.
#[test]
fn large_results_are_the_same() {
    let mut trial = chain(&[1.0, 0.5, 3.0], &[(Add, 0, 0), (Multiply, 1, 0)], 5000);
    trial.outputs = vec![0];
    assert_eq!(trial.check(), 0);
    trial.inputs[0].1[1] = f64::NAN.to_bits();
    assert_ne!(trial.check(), 0);
}

/// One block with a NaN does not keep the others from being native.
#[test]
fn the_native_form_is_tried_again() {
    let mut values = vec![1.0; 100_000];
    values[0] = f64::NAN;
    let calls = chain(&values, &[(Add, 0, 0), (Multiply, 1, 0)], 100_000).check();
    assert!(calls <= 2 * 2 * machines().len(), "{calls}");
}

/// What is noticed while a block is tried and given up is not told: a signalling NaN that only changes
/// its sign is nothing to notice.
#[test]
fn what_is_given_up_leaves_no_trace() {
    let signalling = f64::from_bits(0x7FF0_0000_0000_0001);
    let trial = chain(
        &[signalling, 1.0],
        &[(Negative, 0, 0), (Absolute, 1, 1)],
        1000,
    );
    trial.check();
    assert!(trial.run(Some(Machine::best())).1.is_empty());
}

/// The sum of products is a chain for each product, and not all products first.
#[test]
fn sums_of_products_need_few_registers() {
    let mut steps = vec![(Multiply, 0, 0)];
    for sum in (1..100).step_by(2) {
        steps.extend([(Multiply, 0, 0), (Add, sum, sum + 1)]);
    }
    let program = chain(&[1.0], &steps, 1).program(true);
    assert_eq!(program.form.tapes().count(), 1);
    assert!(program.form.sizes.len() <= 5, "{:?}", program.form.sizes);
}
