//! The native engine: runs a plan on this thread, with Python values.

use std::cell::{OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::sync::atomic::Ordering;

use daisy_core::{Arg, Args, ConstId, Host, Input, NodeId, OpId, Plan};
use pyo3::basic::CompareOp;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};
use smallvec::SmallVec;

use crate::arithmetic::{self, Operands};
use crate::compile::{Compiled, slot};
use crate::constants;
use crate::containers::{self, Copier};
use crate::context::Contexts;
use crate::errors;
use crate::node::{NodeRef, is_held};
use crate::op::Op;
use crate::run::{self, Run};
use crate::sharing::Sharing;
use crate::thunk;

/// Runs a compiled graph and gives the values of the roots.
pub fn execute(
    py: Python<'_>,
    compiled: &Compiled,
    nodes: &[NodeRef],
    run: &Run,
) -> PyResult<Vec<Py<PyAny>>> {
    let plan = Plan::new(&compiled.graph);
    let engine = Engine {
        py,
        compiled,
        plan: &plan,
        run,
        contexts: RefCell::new(Contexts::new(py)?),
        twins: held_twins(compiled),
        shared: shared_containers(compiled, &plan),
        sharing: OnceCell::new(),
    };
    let result = daisy_core::execute(&compiled.graph, &plan, &engine);
    engine.contexts.into_inner().leave(py)?;
    Ok(run::deliver(py, nodes, result?))
}

/// The containers that several operations get, and those that hold such a one.
fn shared_containers(compiled: &Compiled, plan: &Plan) -> HashSet<NodeId> {
    let graph = &compiled.graph;
    let mut shared = HashSet::new();
    for id in graph.ids() {
        let is_display = Op::of_id(graph.op(id)).is_display();
        if is_display {
            let mut parts = graph.inputs(id).iter().filter_map(|input| input.as_node());
            if plan.uses(id) > 1 || parts.any(|part| shared.contains(&part)) {
                shared.insert(id);
            }
        }
    }
    shared
}

/// The nodes that folded into another one and that the user holds all the same.
fn held_twins(compiled: &Compiled) -> HashMap<NodeId, Vec<NodeRef>> {
    let mut held: HashMap<NodeId, Vec<NodeRef>> = HashMap::new();
    for (id, node) in compiled.twins() {
        if is_held(node) {
            held.entry(id).or_default().push(node.clone());
        }
    }
    held
}

struct Engine<'a, 'py> {
    py: Python<'py>,
    compiled: &'a Compiled,
    plan: &'a Plan,
    run: &'a Run,
    contexts: RefCell<Contexts>,
    twins: HashMap<NodeId, Vec<NodeRef>>,
    /// The containers of the graph of which more than one call gets a part.
    shared: HashSet<NodeId>,
    sharing: OnceCell<Sharing<'a>>,
}

/// The values of a step's inputs; calls have one place free in front, which the vectorcall
/// protocol lets the callee use.
type Stack<'py> = SmallVec<[Bound<'py, PyAny>; 8]>;

impl Host for Engine<'_, '_> {
    type Value = Py<PyAny>;
    type Error = PyErr;

    fn run(&self, node: NodeId, op: OpId, args: Args<'_, Py<PyAny>>) -> PyResult<Py<PyAny>> {
        self.py.check_signals()?;
        let origin = self.compiled.origin(node);
        if self.run.robbed.load(Ordering::Relaxed)
            && let Some(value) = origin.value(self.py)
        {
            return Ok(value);
        }
        self.run.current.store(slot(node), Ordering::Relaxed);
        let step = Step {
            id: node,
            inputs: self.compiled.graph.inputs(node),
            args,
        };
        let result = self.compute(origin, op, step);
        self.run.current.store(u32::MAX, Ordering::Relaxed);
        let value = result
            .and_then(|value| self.usable(node, value))
            .map_err(|error| errors::blame(self.py, origin, error))?;
        self.publish(node, origin, &value)?;
        Ok(value.unbind())
    }

    fn constant(&self, constant: ConstId) -> Py<PyAny> {
        self.compiled
            .constants
            .get(constant)
            .value
            .clone_ref(self.py)
    }

    fn share(&self, value: &Py<PyAny>) -> Py<PyAny> {
        value.clone_ref(self.py)
    }

    fn clone_value(&self, value: &Py<PyAny>) -> PyResult<Py<PyAny>> {
        Ok(value.clone_ref(self.py))
    }
}

/// The inputs of one step, as ids and as values.
#[derive(Clone, Copy)]
struct Step<'a> {
    id: NodeId,
    inputs: &'a [Input],
    args: Args<'a, Py<PyAny>>,
}

impl<'py> Engine<'_, 'py> {
    /// Keeps a value in the thunks that the user holds of it. Two thunks that folded into one
    /// node get a copy each.
    fn publish(&self, id: NodeId, origin: &NodeRef, value: &Bound<'py, PyAny>) -> PyResult<()> {
        if is_held(origin) && Op::of_id(self.compiled.graph.op(id)) != Op::COPY {
            origin.publish(self.py, value.clone().unbind());
        }
        if self.twins.is_empty() {
            return Ok(());
        }
        for twin in self.twins.get(&id).into_iter().flatten() {
            twin.publish(self.py, duplicate(value)?.unbind());
        }
        Ok(())
    }

    /// Refuses what changes with its use, such as an iterator, where several operations use it: one value stands for all of them,
    /// and where the plain function has one iterator too, the order of the uses is not kept.
    fn usable(&self, id: NodeId, value: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        if containers::changes_with_use(&value) && self.sharing().would_be_used_up(self.py, id) {
            return Err(errors::shared_iterator(&value));
        }
        Ok(value)
    }

    /// Asked for by few graphs, and then for several of their values.
    fn sharing(&self) -> &Sharing<'_> {
        self.sharing.get_or_init(|| Sharing::of(self.compiled))
    }

    fn compute(&self, origin: &NodeRef, op: OpId, step: Step<'_>) -> PyResult<Bound<'py, PyAny>> {
        self.contexts
            .borrow_mut()
            .enter(self.py, origin.context.as_ref())?;
        let value = self.apply(op, step)?;
        // A plain function may give a thunk, for example because it calls an autodask function.
        match thunk::cast(&value) {
            Some(thunk) => thunk::value(thunk),
            None => Ok(value),
        }
    }

    fn apply(&self, op: OpId, step: Step<'_>) -> PyResult<Bound<'py, PyAny>> {
        match Op::of_id(op) {
            Op::CALL => self.call(step, self.kwnames(op)),
            op => self.operate(op, step),
        }
    }

    fn kwnames(&self, op: OpId) -> Option<&Bound<'py, PyTuple>> {
        let names = self.compiled.variants.kwnames(op);
        names.map(|names| names.bind(self.py))
    }

    /// The values of all inputs, put where they are wanted instead of moved there.
    fn gather(&self, step: Step<'_>, stack: &mut Stack<'py>) -> PyResult<()> {
        let mut copier = Copier::default();
        for index in 0..step.args.len() {
            stack.push(self.value(step, index, &mut copier)?);
        }
        Ok(())
    }

    /// The values of the items of a container. It may hold others that are shared: who gets it
    /// in the end gets a copy then.
    fn items(&self, step: Step<'_>, stack: &mut Stack<'py>) -> PyResult<()> {
        let mut copier = Copier::default();
        for arg in step.args.iter() {
            stack.push(match arg {
                Arg::Value { value, .. } => value.bind(self.py).clone(),
                Arg::Const(id) => self.constant_value(id, &mut copier)?,
            });
        }
        Ok(())
    }

    fn constant_value(&self, id: ConstId, copier: &mut Copier<'py>) -> PyResult<Bound<'py, PyAny>> {
        let constant = self.compiled.constants.get(id);
        let value = constant.value.bind(self.py);
        if constant.mutable {
            copier.copy(value)
        } else {
            Ok(value.clone())
        }
    }

    /// The value of one input of a call. A container that others get as well, or that holds such
    /// a one, is handed out as a copy, so that no two calls ever get the same one.
    fn value(
        &self,
        step: Step<'_>,
        index: usize,
        copier: &mut Copier<'py>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match step.args.get(index) {
            Arg::Value { value, .. } => {
                let value = value.bind(self.py);
                let input = step.inputs[index].as_node();
                if !self.shared.is_empty() && input.is_some_and(|id| self.shared.contains(&id)) {
                    copier.copy(value)
                } else {
                    Ok(value.clone())
                }
            }
            Arg::Const(id) => self.constant_value(id, copier),
        }
    }

    /// Whether nobody needs the value of an input any more once this step is done. An operand
    /// that is both operands has its last use here as well, though no single one of them says so.
    fn dies(&self, step: Step<'_>, index: usize) -> bool {
        let twice = step.inputs[0] == step.inputs[1];
        match step.args.get(index) {
            Arg::Const(_) => false,
            Arg::Value { last, .. } if !twice => last,
            Arg::Value { .. } => {
                let mut released = self.plan.released_by(&self.compiled.graph, step.id);
                released.any(|id| Some(id) == step.inputs[index].as_node())
            }
        }
    }

    fn call(
        &self,
        step: Step<'_>,
        kwnames: Option<&Bound<'py, PyTuple>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let mut stack = Stack::new();
        self.gather(step, &mut stack)?;
        let named = kwnames.map_or(0, PyTupleMethods::len);
        let positional = stack.len() - 1 - named;
        let kwnames = kwnames.map_or(std::ptr::null_mut(), Bound::as_ptr);
        // A `Bound` is a pointer to its object, and nothing else.
        let pointers = stack.as_ptr().cast::<*mut ffi::PyObject>();
        // SAFETY: `stack` keeps every argument alive during the call. The callee's own pointer
        // lies in front of the arguments, which is the place that the offset flag lets it use
        // and restore.
        unsafe {
            let result = ffi::PyObject_Vectorcall(
                *pointers,
                pointers.add(1),
                positional | ffi::PY_VECTORCALL_ARGUMENTS_OFFSET,
                kwnames,
            );
            Bound::from_owned_ptr_or_err(self.py, result)
        }
    }

    fn operate(&self, op: Op, step: Step<'_>) -> PyResult<Bound<'py, PyAny>> {
        if op.is_display() {
            let mut items = Stack::new();
            self.items(step, &mut items)?;
            return containers::build(self.py, op, &items);
        }
        let mut copier = Copier::default();
        let left = self.value(step, 0, &mut copier)?;
        if step.args.len() == 1 {
            return self.unary(op, &left);
        }
        let right = self.value(step, 1, &mut copier)?;
        match op.0 {
            1..=14 => {
                let dies = [self.dies(step, 0), self.dies(step, 1)];
                arithmetic::apply(op, &Operands { left, right, dies })
            }
            30..=35 => compare(op, &left, &right),
            _ if op == Op::GETATTR => left.getattr(right.cast::<PyString>()?),
            _ if op == Op::GETITEM => left.get_item(right),
            _ => op.function(self.py)?.call1((left, right)),
        }
    }

    fn unary(&self, op: Op, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        match op {
            Op::NEGATIVE => value.neg(),
            Op::POSITIVE => value.pos(),
            Op::INVERT => value.bitnot(),
            Op::ABSOLUTE => value.abs(),
            Op::COPY => duplicate(value),
            _ => op.function(self.py)?.call1((value,)),
        }
    }
}

/// The comparisons in the order of `lazy.operator.COMPARE`.
fn compare<'py>(
    op: Op,
    left: &Bound<'py, PyAny>,
    right: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    const ORDER: [CompareOp; 6] = [
        CompareOp::Lt,
        CompareOp::Le,
        CompareOp::Eq,
        CompareOp::Ne,
        CompareOp::Gt,
        CompareOp::Ge,
    ];
    left.rich_compare(right, ORDER[usize::from(op.0 - Op::compare(0).0)])
}

/// A copy of a value that stands for two; what cannot be copied (a lock, a generator) stays one.
fn duplicate<'py>(value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    if constants::is_immutable(value) {
        return Ok(value.clone());
    }
    Op::COPY.function(value.py())?.call1((value,))
}
