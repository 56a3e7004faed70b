//! What a node does: one byte for each operation that the engine knows by heart.
//!
//! Everything else is [`Op::CALL`], whose callable is the node's first input.
//! The numbers of the operators are those of the tables in `lazy.operator`, which hold the
//! Python functions that stand for them.

use daisy_core::OpId;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyString, PyTuple};

use crate::hooks;

/// An operation code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Op(pub u8);

impl Op {
    /// Call the first input with the others.
    pub const CALL: Op = Op(0);
    const BINARY: u8 = 1;
    const UNARY: u8 = 20;
    const COMPARE: u8 = 30;
    /// `getattr(value, name)`.
    pub const GETATTR: Op = Op(44);
    /// `value[index]`.
    pub const GETITEM: Op = Op(45);
    /// The displays: real containers of the values of their inputs.
    pub const LIST: Op = Op(48);
    pub const TUPLE: Op = Op(49);
    pub const SET: Op = Op(50);
    pub const FROZENSET: Op = Op(51);
    /// Keys first, then as many values.
    pub const DICT: Op = Op(52);
    pub const SLICE: Op = Op(53);
    /// The class first, then the fields.
    pub const NAMEDTUPLE: Op = Op(54);
    /// A copy of a value that stands at two places of a result.
    pub const COPY: Op = Op(55);
    /// Connected element-wise operations that run as one; its variant is the number of the group.
    pub const GROUP: Op = Op(56);
    /// One of the values that a group gives; its variant is the place among them.
    pub const PART: Op = Op(57);
    /// How many codes there are.
    pub const COUNT: u8 = 64;

    pub const ADD: Op = Op(Self::BINARY);
    pub const POWER: Op = Op(Self::BINARY + 6);
    pub const DIVMOD: Op = Op(Self::BINARY + 13);
    pub const IS: Op = Op(Self::COMPARE + 6);
    pub const IS_NOT: Op = Op(Self::COMPARE + 7);
    pub const NEGATIVE: Op = Op(Self::UNARY);
    pub const POSITIVE: Op = Op(Self::UNARY + 1);
    pub const INVERT: Op = Op(Self::UNARY + 2);
    pub const ABSOLUTE: Op = Op(Self::UNARY + 3);

    /// The operator at `index` of `lazy.operator.BINARY`.
    pub const fn binary(index: u8) -> Op {
        Op(Self::BINARY + index)
    }

    /// The operator at `index` of `lazy.operator.UNARY`.
    pub const fn unary(index: u8) -> Op {
        Op(Self::UNARY + index)
    }

    /// The operator at `index` of `lazy.operator.COMPARE`.
    pub const fn compare(index: u8) -> Op {
        Op(Self::COMPARE + index)
    }

    /// Its id in a graph, in the variant that most operations are of.
    pub fn id(self) -> OpId {
        self.variant_id(0)
    }

    /// Its id in a graph in a variant, which is a number of `compile::Variants`.
    pub fn variant_id(self, variant: u32) -> OpId {
        OpId::new(variant * u32::from(Self::COUNT) + u32::from(self.0))
    }

    /// The operation of a graph's node.
    pub fn of_id(id: OpId) -> Op {
        Op((id.index() % usize::from(Self::COUNT)) as u8)
    }

    /// In which variant a graph's node has its operation.
    pub fn variant_of(id: OpId) -> usize {
        id.index() / usize::from(Self::COUNT)
    }

    /// Building a container of the values of the inputs.
    pub fn is_display(self) -> bool {
        (Self::LIST.0..=Self::NAMEDTUPLE.0).contains(&self.0)
    }

    /// Looking at nothing but which objects the inputs are, so that no context can matter.
    pub fn needs_no_context(self) -> bool {
        self.is_display() || matches!(self, Op::IS | Op::IS_NOT | Op::COPY | Op::PART)
    }

    /// A display whose result can be changed, so that two users of it must not share one.
    pub fn makes_mutable(self) -> bool {
        matches!(self, Op::LIST | Op::SET | Op::DICT)
    }

    /// Made by the pass that fuses, and so nothing that a user could have written.
    pub fn is_of_fusion(self) -> bool {
        matches!(self, Op::GROUP | Op::PART)
    }

    /// Reading a part of a value: plain Python gives the very same object each time.
    pub fn reads_part(self) -> bool {
        matches!(self, Op::GETATTR | Op::GETITEM)
    }

    /// The Python function that stands for this operation.
    pub fn function(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        FUNCTIONS
            .get(py)
            .and_then(|table| table.bind(py).get_item(self.0 as usize).ok())
            .filter(|function| !function.is_none())
            .ok_or_else(|| PyRuntimeError::new_err(format!("no function stands for {self:?}")))
    }
}

/// `lazy.operator`'s functions by operation code, `None` where a code has none.
static FUNCTIONS: PyOnceLock<Py<PyTuple>> = PyOnceLock::new();

/// The order in which `lazy.operator` hands over its single functions.
const SINGLES: [(&str, Op); 10] = [
    ("getattr", Op::GETATTR),
    ("getitem", Op::GETITEM),
    ("build_list", Op::LIST),
    ("build_tuple", Op::TUPLE),
    ("build_set", Op::SET),
    ("build_frozenset", Op::FROZENSET),
    ("build_dict", Op::DICT),
    ("build_slice", Op::SLICE),
    ("build_namedtuple", Op::NAMEDTUPLE),
    ("duplicate", Op::COPY),
];

/// Reads the functions of `lazy.operator`, once, when that module is imported.
#[pyfunction]
pub fn set_operators(module: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = module.py();
    let mut table: Vec<Py<PyAny>> = (0..Op::COUNT).map(|_| py.None()).collect();
    for (name, first) in [
        ("BINARY", Op::BINARY),
        ("UNARY", Op::UNARY),
        ("COMPARE", Op::COMPARE),
    ] {
        for (index, function) in module.getattr(name)?.try_iter()?.enumerate() {
            table[first as usize + index] = function?.unbind();
        }
    }
    for (name, op) in SINGLES {
        table[op.0 as usize] = module.getattr(PyString::new(py, name))?.unbind();
    }
    let inplace = PyTuple::new(
        py,
        module
            .getattr("GUARDED")?
            .try_iter()?
            .collect::<PyResult<Vec<_>>>()?,
    )?;
    let functions = (0..)
        .map(Op)
        .zip(&table)
        .map(|(op, entry)| (entry.bind(py).clone(), op));
    hooks::set_operator_table(
        py,
        functions.filter(|(entry, _)| !entry.is_none()),
        &inplace,
    )?;
    let table = PyTuple::new(py, table)?.unbind();
    // A second import (a reload) keeps the first functions: nodes may already stand for them.
    let _ = FUNCTIONS.set(py, table);
    Ok(())
}
