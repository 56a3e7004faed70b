//! Program: the steps of a kernel, and what they compute.

use std::ops::Range;

use smallvec::SmallVec;

use crate::InnerLoop;
use crate::form::Form;

/// A value that a kernel is given or computes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Value(usize);

/// The steps of a kernel over elements, in order, each with the places of its operands.
#[derive(Debug)]
pub struct Program {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    pub(crate) form: Form,
    steps: usize,
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
        self.steps
    }

    /// Bytes of an element of an output.
    pub fn output_size(&self, output: usize) -> usize {
        self.form.sizes[self.inputs + output]
    }
}

/// A program being made: values and the steps that compute them.
#[derive(Default)]
pub struct Draft {
    pub(crate) inputs: usize,
    /// Bytes of an element, by value; those of the inputs come first.
    pub(crate) sizes: Vec<usize>,
    pub(crate) steps: Vec<DraftStep>,
}

pub(crate) struct DraftStep {
    pub(crate) inner: InnerLoop,
    pub(crate) inputs: SmallVec<[usize; 3]>,
    /// The first value that it computes, and how many.
    pub(crate) first: usize,
    results: usize,
}

impl DraftStep {
    /// The values that it computes.
    pub(crate) fn values(&self) -> Range<usize> {
        self.first..self.first + self.results
    }
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
    /// When an operand is not a value of this draft, or a native operation has others.
    pub fn step(&mut self, inner: InnerLoop, operands: &[Value], sizes: &[usize]) -> Value {
        let known = self.sizes.len();
        assert!(operands.iter().all(|value| value.0 < known));
        if let Some(native) = inner.native() {
            assert_eq!(operands.len(), native.operation.operands());
            assert_eq!(
                sizes,
                [native.lane.size()],
                "a native operation gives one value"
            );
        }
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
        let outputs: Vec<usize> = outputs.iter().map(|output| output.0).collect();
        Program {
            inputs: self.inputs,
            outputs: outputs.len(),
            form: Form::new(&self, &outputs),
            steps: self.steps.len(),
        }
    }
}
