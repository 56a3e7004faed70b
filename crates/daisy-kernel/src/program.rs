//! Program: the steps of a kernel, and where each has its operands.

use smallvec::SmallVec;

use crate::InnerLoop;

/// A value that a kernel is given or computes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Value(usize);

/// The steps of a kernel over elements, in order, each with the places of its operands.
///
/// A place is a register: of the inputs first, then of the outputs, then of the values between, which
/// take each other's places as they are needed no more.
#[derive(Debug)]
pub struct Program {
    pub(crate) inputs: usize,
    /// Bytes of an element, by register.
    pub(crate) sizes: Vec<usize>,
    pub(crate) outputs: usize,
    pub(crate) steps: Vec<Step>,
    /// The registers of the operands of all steps, step after step.
    pub(crate) operands: Vec<u32>,
}

#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) inner: InnerLoop,
    /// The place in `operands` behind the last one of this step.
    pub(crate) end: usize,
}

impl std::fmt::Debug for InnerLoop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InnerLoop")
    }
}

impl Program {
    /// How many arrays it reads.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// How many arrays it writes.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// How many steps it does with each element.
    pub fn steps(&self) -> usize {
        self.steps.len()
    }

    /// The registers between, which need memory of their own.
    pub(crate) fn between(&self) -> &[usize] {
        &self.sizes[self.inputs + self.outputs..]
    }

    /// Bytes of an element of an output.
    pub fn output_size(&self, output: usize) -> usize {
        self.sizes[self.inputs + output]
    }
}

/// A program being made: values and the steps that compute them.
#[derive(Default)]
pub struct Draft {
    inputs: usize,
    /// Bytes of an element, by value; those of the inputs come first.
    sizes: Vec<usize>,
    steps: Vec<DraftStep>,
}

struct DraftStep {
    inner: InnerLoop,
    inputs: SmallVec<[usize; 3]>,
    /// The first value that it computes, and how many.
    first: usize,
    results: usize,
}

impl Draft {
    /// Another input, of so many bytes an element.
    ///
    /// # Panics
    /// When there are steps already.
    pub fn input(&mut self, size: usize) -> Value {
        assert!(self.steps.is_empty(), "inputs come before steps");
        self.inputs += 1;
        self.value(size)
    }

    /// Another step, which computes values of so many bytes an element each. Gives the first; the
    /// others come behind it.
    ///
    /// # Panics
    /// When an operand is not a value of this draft.
    pub fn step(&mut self, inner: InnerLoop, operands: &[Value], sizes: &[usize]) -> Value {
        let known = self.sizes.len();
        assert!(operands.iter().all(|value| value.0 < known));
        let inputs = operands.iter().map(|value| value.0).collect();
        let first = Value(known);
        for &size in sizes {
            self.value(size);
        }
        self.steps.push(DraftStep {
            inner,
            inputs,
            first: first.0,
            results: sizes.len(),
        });
        first
    }

    /// The value behind another one, of a step that computes several.
    pub fn after(value: Value, places: usize) -> Value {
        Value(value.0 + places)
    }

    fn value(&mut self, size: usize) -> Value {
        self.sizes.push(size);
        Value(self.sizes.len() - 1)
    }

    /// The program that gives `outputs`, each of which a step computes.
    ///
    /// # Panics
    /// When an output is an input, or stands twice.
    pub fn finish(self, outputs: &[Value]) -> Program {
        Registers::new(&self, outputs).assign(&self)
    }
}

/// Which value is in which register.
struct Registers {
    /// By value.
    of: Vec<Option<u32>>,
    /// By value: the step that uses it last.
    last_use: Vec<usize>,
    sizes: Vec<usize>,
    /// Registers whose value is needed no more.
    free: Vec<u32>,
}

const NEVER: usize = usize::MAX;

impl Registers {
    fn new(draft: &Draft, outputs: &[Value]) -> Self {
        let mut registers = Self {
            of: vec![None; draft.sizes.len()],
            last_use: vec![0; draft.sizes.len()],
            sizes: Vec::new(),
            free: Vec::new(),
        };
        for (number, step) in draft.steps.iter().enumerate() {
            for &value in &step.inputs {
                registers.last_use[value] = number;
            }
        }
        let inputs = 0..draft.inputs;
        for value in inputs.chain(outputs.iter().map(|output| output.0)) {
            assert!(
                registers.of[value].is_none(),
                "an output is a value of its own"
            );
            registers.add(value, draft.sizes[value]);
            registers.last_use[value] = NEVER;
        }
        registers
    }

    fn add(&mut self, value: usize, size: usize) -> u32 {
        let register = u32::try_from(self.sizes.len()).expect("a program has under 2^32 values");
        self.sizes.push(size);
        self.of[value] = Some(register);
        register
    }

    fn assign(mut self, draft: &Draft) -> Program {
        let outputs = self.sizes.len() - draft.inputs;
        let mut operands = Vec::new();
        let mut steps = Vec::with_capacity(draft.steps.len());
        for (number, step) in draft.steps.iter().enumerate() {
            operands.extend(
                step.inputs
                    .iter()
                    .map(|&value| self.of[value].expect(COMPUTED)),
            );
            for value in step.first..step.first + step.results {
                operands.push(self.place(value, draft.sizes[value]));
            }
            self.release(number, step);
            let end = operands.len();
            steps.push(Step {
                inner: step.inner,
                end,
            });
        }
        Program {
            inputs: draft.inputs,
            sizes: self.sizes,
            outputs,
            steps,
            operands,
        }
    }

    /// The register that a value is written to.
    fn place(&mut self, value: usize, size: usize) -> u32 {
        if let Some(register) = self.of[value] {
            return register;
        }
        let fitting = |&register: &u32| self.sizes[register as usize] == size;
        match self.free.iter().rposition(fitting) {
            Some(place) => {
                let register = self.free.swap_remove(place);
                self.of[value] = Some(register);
                register
            }
            None => self.add(value, size),
        }
    }

    /// Lets go of what no step after this one uses.
    fn release(&mut self, number: usize, step: &DraftStep) {
        let own = step.first..step.first + step.results;
        let mut used: SmallVec<[usize; 4]> = step.inputs.clone().into_iter().chain(own).collect();
        used.sort_unstable();
        used.dedup();
        for value in used {
            // What a step computes and nobody uses was used last by step 0, so to speak.
            if self.last_use[value] <= number {
                self.free.push(self.of[value].expect(COMPUTED));
            }
        }
    }
}

const COMPUTED: &str = "a value is computed before it is used";
