//! Operation: what has a native form.

use crate::Element;

/// An operation of one or two operands of one type, which gives that type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
    Negative,
    Absolute,
    Square,
    SquareRoot,
}

impl Operation {
    /// How many operands it has.
    pub const fn operands(self) -> usize {
        match self {
            Self::Add | Self::Subtract | Self::Multiply | Self::Divide => 2,
            Self::Negative | Self::Absolute | Self::Square | Self::SquareRoot => 1,
        }
    }

    /// Whether integers have it, too: the result of a division is no integer or tells of zeros, and
    /// absolute values of unsigned numbers are another matter.
    const fn is_for_integers(self) -> bool {
        !matches!(self, Self::Divide | Self::Absolute | Self::SquareRoot)
    }
}

/// What the machine computes with: integers wrap, so that their sign does not matter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Lane {
    F64,
    F32,
    I64,
    I32,
}

impl Lane {
    /// Bytes of an element.
    pub(crate) const fn size(self) -> usize {
        match self {
            Self::F64 | Self::I64 => 8,
            Self::F32 | Self::I32 => 4,
        }
    }

    pub(crate) const fn is_float(self) -> bool {
        matches!(self, Self::F64 | Self::F32)
    }
}

/// An operation on elements of a type, as the machine does it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Native {
    pub(crate) operation: Operation,
    pub(crate) lane: Lane,
}

impl Native {
    /// An operation on elements of a type, if there is a native form of it.
    pub const fn new(operation: Operation, element: Element) -> Option<Self> {
        let lane = match element {
            Element::F64 => Lane::F64,
            Element::F32 => Lane::F32,
            Element::I64 | Element::U64 => Lane::I64,
            Element::I32 | Element::U32 => Lane::I32,
            _ => return None,
        };
        if lane.is_float() || operation.is_for_integers() {
            Some(Self { operation, lane })
        } else {
            None
        }
    }
}
