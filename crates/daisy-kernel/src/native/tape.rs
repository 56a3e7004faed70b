//! Tape: the instructions of neighbouring chains.
//!
//! The machine has one accumulator, a tile of elements in registers. A chain loads it, does one
//! operation after the other with it, and stores it.

use super::operation::{Lane, Native, Operation};

/// What an instruction does with the accumulator; the other operand is an array, or with `One` in the
/// name one number for all elements.
#[repr(u8)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Code {
    Load,
    Add,
    Subtract,
    SubtractFrom,
    Multiply,
    Divide,
    DivideInto,
    LoadOne,
    AddOne,
    SubtractOne,
    SubtractFromOne,
    MultiplyOne,
    DivideOne,
    DivideIntoOne,
    Twice,
    Square,
    Negative,
    Absolute,
    SquareRoot,
    Store,
    /// Stores past the caches.
    Stream,
    /// Looks for a NaN.
    Watch,
}

impl Code {
    /// Whether it has an operand besides the accumulator.
    fn reads(self) -> bool {
        self.with_one() != self
    }

    /// The same, where the operand is one number for all elements.
    const fn with_one(self) -> Self {
        match self {
            Self::Load => Self::LoadOne,
            Self::Add => Self::AddOne,
            Self::Subtract => Self::SubtractOne,
            Self::SubtractFrom => Self::SubtractFromOne,
            Self::Multiply => Self::MultiplyOne,
            Self::Divide => Self::DivideOne,
            Self::DivideInto => Self::DivideIntoOne,
            other => other,
        }
    }

    /// An operation with the accumulator as its first operand, or as its second.
    const fn of(operation: Operation, first: bool) -> Self {
        match operation {
            Operation::Add => Self::Add,
            Operation::Subtract if first => Self::Subtract,
            Operation::Subtract => Self::SubtractFrom,
            Operation::Multiply => Self::Multiply,
            Operation::Divide if first => Self::Divide,
            Operation::Divide => Self::DivideInto,
            Operation::Negative => Self::Negative,
            Operation::Absolute => Self::Absolute,
            Operation::Square => Self::Square,
            Operation::SquareRoot => Self::SquareRoot,
        }
    }

    /// An operation whose both operands are the accumulator, if it has a form for that.
    pub(super) const fn of_both(operation: Operation) -> Option<Self> {
        match operation {
            Operation::Add => Some(Self::Twice),
            Operation::Multiply => Some(Self::Square),
            _ => None,
        }
    }
}

/// One instruction, and the register of its operand, if it has one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Instruction {
    pub(super) code: Code,
    pub(super) register: u32,
}

/// The instructions of neighbouring chains of one type of elements.
#[derive(Debug)]
pub(crate) struct Tape {
    pub(crate) lane: Lane,
    instructions: Vec<Instruction>,
    pub(crate) operations: usize,
}

/// An operand of an operation: what the one before it in the chain gave, or what is in a register.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Before,
    Register(u32),
}

impl Tape {
    pub(crate) fn new(lane: Lane) -> Self {
        Self {
            lane,
            instructions: Vec::new(),
            operations: 0,
        }
    }

    /// Another operation: of what comes from registers where it begins a chain.
    pub(crate) fn operation(&mut self, native: Native, operands: &[Place]) {
        let operation = native.operation;
        self.operations += 1;
        match *operands {
            [Place::Before] => self.push(Code::of(operation, true), 0),
            [Place::Register(only)] => {
                self.push(Code::Load, only);
                self.push(Code::of(operation, true), 0);
            }
            [Place::Before, Place::Before] => {
                let code = Code::of_both(operation).expect("chains join no other of these");
                self.push(code, 0);
            }
            [Place::Before, Place::Register(other)] => self.push(Code::of(operation, true), other),
            [Place::Register(other), Place::Before] => self.push(Code::of(operation, false), other),
            [Place::Register(one), Place::Register(other)] => {
                self.push(Code::Load, one);
                self.push(Code::of(operation, true), other);
            }
            _ => unreachable!("operations have one operand or two"),
        }
    }

    /// The end of a chain. It is watched for NaNs where others than this tape see what it gives.
    pub(crate) fn store(&mut self, register: u32, watched: bool) {
        self.push(Code::Store, register);
        if watched && self.lane.is_float() {
            self.push(Code::Watch, register);
        }
    }

    fn push(&mut self, code: Code, register: u32) {
        self.instructions.push(Instruction { code, register });
    }

    /// The instructions for operands of which some are one number for all elements, and results of
    /// which some are not to come into the caches.
    pub(crate) fn instructions(
        &self,
        is_one: impl Fn(u32) -> bool,
        is_streamed: impl Fn(u32) -> bool,
    ) -> impl Iterator<Item = Instruction> {
        self.instructions.iter().map(move |&instruction| {
            let Instruction { code, register } = instruction;
            let code = match code {
                Code::Store if is_streamed(register) => Code::Stream,
                code if code.reads() && is_one(register) => code.with_one(),
                code => code,
            };
            Instruction { code, register }
        })
    }

    /// The registers that it reads.
    pub(crate) fn reads(&self) -> impl Iterator<Item = u32> {
        let reading = self.instructions.iter();
        let reading = reading.filter(|instruction| instruction.code.reads());
        reading.map(|instruction| instruction.register)
    }
}
