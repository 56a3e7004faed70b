//! Launch: a group's work, with kernels where they can do it and operation by operation elsewhere.

use std::sync::Arc;

use daisy_core::{Input, NodeId, Source as From};
use pyo3::prelude::*;

use super::dtypes::DType;
use super::fed::{Fed, fits, source, without_array};
use super::group::FusedGroup;
use super::kinds::{self, Kind};
use super::pieces::{Feed, Kernel};
use super::scalars::Number;
use super::specialise::{Given, Plan, specialise};
use super::telling::is_told;
use crate::arrays::Array;

/// Computes a member as plain Python does, from the values of the members that it needs.
pub trait Members {
    /// How many threads may work on one kernel.
    fn workers(&self) -> usize;

    /// # Errors
    /// What the operation raises.
    fn compute(&self, member: NodeId, values: &[Option<Py<PyAny>>]) -> PyResult<Py<PyAny>>;

    /// Hears of a value that a kernel has computed.
    fn publish(&self, member: NodeId, value: &Py<PyAny>);
}

/// A group with its inputs, at one moment of its work.
pub struct Stage<'a, 'py, M> {
    py: Python<'py>,
    group: &'a FusedGroup,
    inputs: &'a [Bound<'py, PyAny>],
    members: &'a M,
    /// By member.
    values: Vec<Option<Py<PyAny>>>,
    /// By member: whether it has been computed, be it in the midst of a kernel.
    done: Vec<bool>,
    /// By member: how many uses of its value are still to come.
    left: Vec<u32>,
}

impl<'a, 'py, M> Stage<'a, 'py, M> {
    pub fn new(
        py: Python<'py>,
        group: &'a FusedGroup,
        inputs: &'a [Bound<'py, PyAny>],
        members: &'a M,
    ) -> Self {
        let count = group.uses.len();
        Stage {
            py,
            group,
            inputs,
            members,
            values: std::iter::repeat_with(|| None).take(count).collect(),
            done: vec![false; count],
            left: group.uses.clone(),
        }
    }

    /// The plan for what is still to be done.
    pub fn plan(&self) -> Arc<Plan> {
        let computed: Vec<Option<Bound<'py, PyAny>>> = self
            .values
            .iter()
            .map(|value| value.as_ref().map(|value| value.bind(self.py).clone()))
            .collect();
        let mut values = self.inputs.to_vec();
        values.extend(computed.iter().flatten().cloned());
        let kinds: Vec<Kind<'_>> = values.iter().map(Kind::of).collect();
        let flat = kinds::are_flat(&kinds);
        let mut signature = kinds::signature(
            &values,
            &kinds,
            flat,
            self.group.has_powers(),
            &self.group.roles,
        );
        signature.extend(
            self.done
                .iter()
                .enumerate()
                .filter(|(_, done)| **done)
                .map(|(at, _)| at as u64),
        );
        let known = computed
            .iter()
            .map(|value| value.as_ref().map(Kind::of))
            .collect::<Vec<_>>();
        self.group.plans(self.py).find(self.py, signature, || {
            let given = Given {
                inputs: self.inputs,
                kinds: &kinds[..self.inputs.len()],
                computed: &known,
                done: &self.done,
                flat,
            };
            specialise(self.py, self.group, &given)
        })
    }
}

impl<M: Members> Stage<'_, '_, M> {
    /// The values of the group's outputs, in order.
    pub fn run(mut self) -> PyResult<Vec<Py<PyAny>>> {
        while !self.done.iter().all(|&done| done) {
            let plan = self.plan();
            for kernel in &plan.kernels {
                self.launch(kernel)?;
            }
            self.compute_others(&plan)?;
        }
        let outputs = self.group.group.graph.outputs().iter();
        let values = outputs.filter_map(|output| {
            let value = self.values[output.as_node()?.index()].as_ref();
            Some(value.expect(KEPT).clone_ref(self.py))
        });
        Ok(values.collect())
    }

    /// Computes what no kernel could, as far as nothing that a kernel may do better then has to
    /// come before.
    fn compute_others(&mut self, plan: &Plan) -> PyResult<()> {
        for member in self.group.group.graph.ids() {
            if !self.done[member.index()] && self.is_ready(member, plan) {
                self.compute(member)?;
            }
        }
        Ok(())
    }

    /// Whether the operands of a member are there, and it was looked at with all of them known, or
    /// has no array among them.
    fn is_ready(&self, member: NodeId, plan: &Plan) -> bool {
        let inputs = self.group.group.graph.inputs(member);
        let there = |input: &Input| input.as_node().is_none_or(|id| self.done[id.index()]);
        inputs.iter().all(there)
            && (plan.hopeless[member.index()] || !inputs.iter().any(|&input| self.is_array(input)))
    }

    fn is_array(&self, input: Input) -> bool {
        self.value(input)
            .is_some_and(|value| Kind::of(value.bind(self.py)).is_array())
    }

    fn value(&self, input: Input) -> Option<&Py<PyAny>> {
        match input.unpack() {
            From::Const(id) => Some(self.inputs[id.index()].as_unbound()),
            From::Node(id) => self.values[id.index()].as_ref(),
        }
    }

    fn compute(&mut self, member: NodeId) -> PyResult<()> {
        let group = self.group;
        let inputs = group.group.graph.inputs(member).iter();
        // A method, which nobody needed while kernels did the work.
        for input in inputs.filter_map(|input| input.as_node()) {
            if !self.done[input.index()] {
                self.compute(input)?;
            }
        }
        let value = self.members.compute(member, &self.values)?;
        self.values[member.index()] = Some(value);
        self.finish(member);
        Ok(())
    }

    /// Lets go of what only this member still needed.
    fn finish(&mut self, member: NodeId) {
        self.done[member.index()] = true;
        let group = self.group;
        let inputs = group.group.graph.inputs(member);
        for id in inputs.iter().filter_map(|input| input.as_node()) {
            self.left[id.index()] -= 1;
            if self.left[id.index()] == 0 {
                self.values[id.index()] = None;
                // A method of which kernels did all calls.
                if !self.done[id.index()] {
                    self.finish(id);
                }
            }
        }
    }

    /// Runs a kernel. What NumPy would tell of, and what it might refuse, is left to NumPy.
    fn launch(&mut self, kernel: &Kernel) -> PyResult<()> {
        let results = match self.feed(kernel) {
            Some(fed) => fed
                .run(
                    self.py,
                    kernel,
                    || Ok(self.members.workers()),
                    |raised| is_told(self.py, raised),
                )
                .or_else(|error| without_array(self.py, error))?,
            None => None,
        };
        let Some(results) = results else {
            return kernel
                .members
                .iter()
                .try_for_each(|&member| self.compute(member));
        };
        let arrays = kernel.results.iter().map(|outcome| &outcome.members[..]);
        let numbers = kernel.reductions.iter();
        let members = arrays.chain(numbers.map(|reduced| std::slice::from_ref(&reduced.member)));
        for (members, value) in members.zip(results) {
            for &member in members {
                self.members.publish(member, &value);
                self.values[member.index()] = Some(value.clone_ref(self.py));
            }
        }
        kernel
            .members
            .iter()
            .for_each(|&member| self.finish(member));
        Ok(())
    }

    /// What a kernel reads, and the shape of what it gives.
    fn feed(&self, kernel: &Kernel) -> Option<Fed> {
        let order = kernel
            .layout
            .as_ref()
            .map(|layout| (&layout.shape, layout.order()));
        let mut fed = Fed::default();
        for feed in &kernel.feeds {
            match *feed {
                Feed::Number(input, dtype) => {
                    fed.numbers
                        .push(Number::new(self.value(input)?.bind(self.py), dtype)?);
                    fed.sources.push(None);
                }
                Feed::Array(input, dtype) => {
                    let value = self.value(input)?.clone_ref(self.py);
                    let array = Array::held(value.bind(self.py))?;
                    // Code of others may have run since the kernel was chosen.
                    if DType::of(self.py, array.descriptor()) != Some(dtype) {
                        return None;
                    }
                    let order = order
                        .as_ref()
                        .map(|(shape, order)| (shape.as_slice(), order.as_slice()));
                    fed.sources.push(Some(source(array, dtype, order)));
                    if order.is_none() && fed.shape.is_empty() {
                        fed.shape = array.shape().into();
                    }
                    let wanted = order.map_or(fed.shape.as_slice(), |(shape, _)| shape);
                    if !fits(array, wanted, order.is_none()) {
                        return None;
                    }
                    fed.held.push(value);
                }
            }
        }
        if let Some((shape, _)) = order {
            fed.shape.clone_from(shape);
        }
        Some(fed)
    }
}

const KEPT: &str = "an output is kept";
