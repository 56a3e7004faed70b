//! Carried: a group as plain Python data, which graphs of dask's carry to wherever they run.
//!
//! Values have numbers: first the inputs of the group, then what its steps give, in order. A step is
//! `(operator, numbers, names)`: an operator of `lazy.operator` and its operands, or `None` for a call of
//! the first value with the others, of which the last ones go by names. So it can be pickled, and
//! computed step by step where daisy is not installed.

use daisy_core::{ConstId, Graph, Group, Input, NodeId, Purity, Source};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use super::group::FusedGroup;
use super::launch::{Members, Stage};
use crate::containers::changes_with_use;
use crate::errors;
use crate::hooks;
use crate::op::Op;
use crate::parking;
use crate::thunk;

/// A group as plain data.
#[pyclass(frozen, get_all, module = "daisy._core")]
pub struct CarriedGroup {
    /// How many inputs it has.
    inputs: usize,
    steps: Py<PyTuple>,
    /// The numbers of the values that are wanted outside.
    outputs: Py<PyTuple>,
    /// By step: where the user wrote it, or `None`.
    sites: Py<PyTuple>,
}

/// A group of such data that can be computed.
#[pyclass(frozen, module = "daisy._core")]
pub struct LoadedGroup {
    group: FusedGroup,
    inputs: usize,
}

impl CarriedGroup {
    /// A group of a compiled graph as data. `inputs` is how many inputs its node has.
    pub fn of(
        py: Python<'_>,
        fused: &FusedGroup,
        inputs: usize,
        sites: impl ExactSizeIterator<Item = Option<Py<PyAny>>>,
    ) -> PyResult<Self> {
        let graph = &fused.group.graph;
        let number = |input: &Input| match input.unpack() {
            Source::Const(id) => id.index(),
            Source::Node(id) => inputs + id.index(),
        };
        let numbers = |of: &[Input]| PyTuple::new(py, of.iter().map(number));
        let steps = graph.ids().map(|member| {
            let operator = match fused.op(member) {
                Op::CALL => py.None().into_bound(py),
                op => op.function(py)?,
            };
            let names = fused.names(py, member).cloned();
            let names = names.unwrap_or_else(|| PyTuple::empty(py));
            (operator, numbers(graph.inputs(member))?, names).into_pyobject(py)
        });
        Ok(CarriedGroup {
            inputs,
            steps: PyTuple::new(py, steps.collect::<PyResult<Vec<_>>>()?)?.unbind(),
            outputs: numbers(graph.outputs())?.unbind(),
            sites: PyTuple::new(py, sites)?.unbind(),
        })
    }
}

type Steps<'py> = Vec<(Bound<'py, PyAny>, Vec<usize>, Bound<'py, PyTuple>)>;

#[pymethods]
impl LoadedGroup {
    /// # Errors
    /// `ValueError` where the data is none that this version knows how to compute.
    #[new]
    fn new(py: Python<'_>, inputs: usize, steps: Steps<'_>, outputs: Vec<usize>) -> PyResult<Self> {
        let mut graph = Graph::default();
        let mut known_names: Vec<Py<PyTuple>> = Vec::new();
        for (operator, numbers, names) in steps {
            let op = operation(&operator).ok_or_else(|| unknown("an operator"))?;
            let named = names.len();
            let variant = if names.is_empty() {
                0
            } else {
                known_names.push(names.unbind());
                u32::try_from(known_names.len()).expect("fewer names than steps")
            };
            let operands = numbers
                .into_iter()
                .map(|number| input(number, inputs, &graph));
            let operands = operands.collect::<PyResult<Vec<_>>>()?;
            if operands.len() <= named {
                return Err(unknown("a step without operands"));
            }
            let before = graph.len();
            graph.add(op.variant_id(variant), &operands, Purity::Pure);
            if graph.len() == before {
                return Err(unknown("a step that is there twice"));
            }
        }
        for number in outputs {
            let output = input(number, inputs, &graph)?;
            output
                .as_node()
                .ok_or_else(|| unknown("an input that is an output"))?;
            graph.push_output(output);
        }
        let names = |op| match Op::variant_of(op) {
            0 => None,
            number => Some(known_names[number - 1].clone_ref(py)),
        };
        let members = graph.ids().collect();
        let group = FusedGroup::new(py, Group { graph, members }, names);
        Ok(LoadedGroup { group, inputs })
    }

    /// The values of the outputs, in order. `notes` has for each step the text of the note that its
    /// exception gets, or `None`.
    fn compute<'py>(
        &self,
        py: Python<'py>,
        inputs: &Bound<'py, PyTuple>,
        notes: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyList>> {
        let inputs: Vec<_> = inputs.iter().collect();
        if inputs.len() != self.inputs {
            return Err(unknown("another number of inputs"));
        }
        let members = Alone {
            py,
            group: &self.group,
            inputs: &inputs,
            notes,
        };
        PyList::new(py, Stage::new(py, &self.group, &inputs, &members).run()?)
    }
}

fn operation(operator: &Bound<'_, PyAny>) -> Option<Op> {
    if operator.is_none() {
        return Some(Op::CALL);
    }
    hooks::operator(operator)
}

fn input(number: usize, inputs: usize, graph: &Graph) -> PyResult<Input> {
    let place = |index: usize| u32::try_from(index).map_err(|_| unknown("too many values"));
    if number < inputs {
        return Ok(ConstId::new(place(number)?).into());
    }
    if number - inputs >= graph.len() {
        return Err(unknown("a value before it is made"));
    }
    Ok(Input::node(NodeId::new(place(number - inputs)?)))
}

fn unknown(what: &str) -> PyErr {
    PyValueError::new_err(format!(
        "a group has {what} here, which this version cannot compute"
    ))
}

/// The members of a group that is computed by itself, in the thread and the context of its caller.
struct Alone<'a, 'py> {
    py: Python<'py>,
    group: &'a FusedGroup,
    inputs: &'a [Bound<'py, PyAny>],
    notes: &'a Bound<'py, PyTuple>,
}

impl Members for Alone<'_, '_> {
    /// The scheduler whose task this is has threads of its own, and counts on one for each task.
    fn workers(&self) -> usize {
        1
    }

    fn compute(&self, member: NodeId, values: &[Option<Py<PyAny>>]) -> PyResult<Py<PyAny>> {
        self.py.check_signals()?;
        self.value(member, values).inspect_err(|error| {
            if let Ok(note) = self.notes.get_item(member.index())
                && !note.is_none()
            {
                errors::annotate_with(error, &note);
            }
        })
    }

    fn publish(&self, _: NodeId, _: &Py<PyAny>) {}
}

impl Alone<'_, '_> {
    fn value(&self, member: NodeId, values: &[Option<Py<PyAny>>]) -> PyResult<Py<PyAny>> {
        let py = self.py;
        let operands = self.group.group.graph.inputs(member).iter();
        let operands = operands.map(|operand| match operand.unpack() {
            Source::Const(id) => self.inputs[id.index()].clone(),
            Source::Node(id) => {
                let value = values[id.index()].as_ref();
                value
                    .expect("operands are computed before")
                    .bind(py)
                    .clone()
            }
        });
        let mut operands: Vec<_> = operands.collect();
        let function = match self.group.op(member) {
            Op::CALL => operands.remove(0),
            op => op.function(py)?,
        };
        let value = self.call(member, &function, operands)?;
        // A plain function may give a thunk, for example because it calls an autodask function.
        let value = match thunk::cast(&value) {
            Some(thunk) => thunk::value(thunk)?,
            None => value,
        };
        if self.group.uses[member.index()] > 1 && changes_with_use(&value) {
            return Err(errors::shared_iterator(&value));
        }
        Ok(value.unbind())
    }

    fn call<'py>(
        &self,
        member: NodeId,
        function: &Bound<'py, PyAny>,
        mut operands: Vec<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = function.py();
        let Some(names) = self.group.names(py, member) else {
            return parking::call(function, PyTuple::new(py, operands)?, None);
        };
        let last = operands.split_off(operands.len() - names.len());
        let keywords = PyDict::new(py);
        for (name, value) in names.iter().zip(last) {
            keywords.set_item(name, value)?;
        }
        parking::call(function, PyTuple::new(py, operands)?, Some(&keywords))
    }
}
