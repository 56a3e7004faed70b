//! The native engine: runs the graphs of thunks, on this thread or with helpers.

mod groups;
mod step;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use daisy_core::{Arg, Args, ConstId, Crew, Graph, Host, NodeId, OpId, Plan, Purity, Source};
use pyo3::prelude::*;

use self::step::Step;
use crate::compile::Compiled;
use crate::containers;
use crate::errors;
use crate::hooks;
use crate::nesting::{self, Inside};
use crate::node::{NodeRef, is_held};
use crate::op::Op;
use crate::run::{self, Found, Run};
use crate::sharing::Sharing;
use crate::threads::{arrays, brief, helper, host, lifetime};

/// Runs a compiled graph with as many threads as are of use, and gives the values of the roots.
pub fn execute(
    py: Python<'_>,
    compiled: Compiled,
    nodes: &[NodeRef],
    inside: &Inside,
) -> PyResult<Vec<Py<PyAny>>> {
    let Some(pool) = lifetime::pool(py)? else {
        return execute_alone(py, compiled, nodes, inside);
    };
    let graph = &compiled.graph;
    let plan = Plan::in_sequence(graph, |id| has_effect(graph, id));
    let mut engine = Engine::new(compiled, plan, inside.run());
    if engine.may_have_large_kernels() {
        engine.kernel_workers = hooks::workers(py)?;
    }
    let engine = Arc::new(engine);
    let workers = || {
        // What the user says holds where the run was asked for.
        inside.leave_contexts(py)?;
        hooks::workers(py)
    };
    let result = pool.run(&engine.compiled.graph, &engine.plan, &engine, workers);
    finish(py, nodes, inside, result)
}

/// Runs a compiled graph on this thread and gives the values of the roots.
pub fn execute_alone(
    py: Python<'_>,
    compiled: Compiled,
    nodes: &[NodeRef],
    inside: &Inside,
) -> PyResult<Vec<Py<PyAny>>> {
    let plan = Plan::new(&compiled.graph);
    let engine = Engine::new(compiled, plan, inside.run());
    let result = daisy_core::execute(&engine.compiled.graph, &engine.plan, &engine);
    finish(py, nodes, inside, result)
}

fn finish(
    py: Python<'_>,
    nodes: &[NodeRef],
    inside: &Inside,
    result: PyResult<Vec<Py<PyAny>>>,
) -> PyResult<Vec<Py<PyAny>>> {
    inside.leave_contexts(py)?;
    Ok(run::deliver(py, nodes, result?))
}

/// What runs the steps of one graph, on any thread that is attached to the interpreter.
struct Engine {
    compiled: Arc<Compiled>,
    plan: Arc<Plan>,
    run: Arc<Run>,
    /// The nodes that folded into another one and that the user holds all the same.
    twins: HashMap<NodeId, Vec<NodeRef>>,
    /// The containers of the graph of which more than one call gets a part.
    shared: HashSet<NodeId>,
    sharing: OnceLock<Sharing<Arc<Compiled>>>,
    /// The constant that is a function and was found to be brief last.
    brief: AtomicUsize,
    /// How many threads may work on one kernel.
    kernel_workers: usize,
}

impl Engine {
    fn new(compiled: Compiled, plan: Plan, run: &Arc<Run>) -> Self {
        Self {
            twins: held_twins(&compiled),
            shared: shared_containers(&compiled, &plan),
            plan: Arc::new(plan),
            run: Arc::clone(run),
            sharing: OnceLock::new(),
            brief: AtomicUsize::new(usize::MAX),
            kernel_workers: 1,
            compiled: Arc::new(compiled),
        }
    }
}

impl Engine {
    /// Whether a kernel may get many elements: asked before the run, since what the user says of
    /// workers holds where it was asked for. What other operations give may be of any size.
    fn may_have_large_kernels(&self) -> bool {
        let graph = &self.compiled.graph;
        self.compiled.has_groups()
            && (self.compiled.constants.has_large()
                || graph
                    .ids()
                    .any(|id| !Op::of_id(graph.op(id)).is_of_fusion()))
    }
}

/// Whether it can be told when a step runs, so that it has to be when the plain function does it.
/// Copies and the containers of a result are only told apart by the graph.
fn has_effect(graph: &Graph, id: NodeId) -> bool {
    let only_apart = |op: Op| op == Op::COPY || op.is_display();
    graph.purity(id) == Purity::Impure && !only_apart(Op::of_id(graph.op(id)))
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

impl Host for Engine {
    type Value = Py<PyAny>;
    type Error = PyErr;

    fn run(&self, node: NodeId, op: OpId, args: Args<'_, Py<PyAny>>) -> PyResult<Py<PyAny>> {
        // SAFETY: a graph runs only on threads that are attached.
        let py = unsafe { Python::assume_attached() };
        py.check_signals()?;
        let origin = self.compiled.origin(node);
        let step = Step {
            py,
            engine: self,
            args,
            outer: None,
        };
        let value = if Op::of_id(op).is_of_fusion() {
            step.fused(node, op)?
        } else {
            self.compute(step, op, (node, origin), |value| {
                let value = self.usable(node, value)?;
                self.publish(node, origin, &value)?;
                Ok(value)
            })?
        };
        Ok(value.unbind())
    }

    fn constant(&self, constant: ConstId) -> Py<PyAny> {
        // SAFETY: as in `run`.
        let py = unsafe { Python::assume_attached() };
        self.compiled.constants.get(constant).value.clone_ref(py)
    }

    fn share(&self, value: &Py<PyAny>) -> Py<PyAny> {
        host::share(value)
    }

    fn interrupts(&self, error: &PyErr) -> bool {
        host::is_interrupt(error)
    }
}

impl Crew for Engine {
    fn attached(self: Arc<Self>, work: &mut dyn FnMut()) {
        helper::attached(|py| {
            let result = nesting::enter(py, &self.run).and_then(|inside| {
                work();
                inside.leave_contexts(py)
            });
            if let Err(error) = result {
                // There is nobody on this thread who could be told.
                error.write_unraisable(py, None);
            }
            drop(self);
        });
    }

    fn wait(&self, sleep: &mut dyn FnMut()) -> PyResult<()> {
        host::wait(sleep)
    }

    fn may_be_long(&self, _node: NodeId, op: OpId, args: Args<'_, Py<PyAny>>) -> bool {
        // SAFETY: as in `run`.
        let py = unsafe { Python::assume_attached() };
        let op = Op::of_id(op);
        if op.is_display() || op.reads_part() || op == Op::PART {
            return false;
        }
        (op == Op::CALL && self.callee_may_be_long(py, args))
            || args
                .values()
                .any(|value| arrays::is_large(py, value.as_ptr()))
            || (self.compiled.constants.has_large() && self.gets_large_constant(py, args))
    }

    fn learn(&self, node: NodeId, is_brief: bool) {
        let graph = &self.compiled.graph;
        if Op::of_id(graph.op(node)) != Op::CALL {
            return;
        }
        match graph.inputs(node)[0].unpack() {
            Source::Const(id) => {
                self.brief.store(usize::MAX, Ordering::Relaxed);
                brief::learn(self.compiled.constants.get(id).value.as_ptr(), is_brief);
            }
            Source::Node(_) => brief::learn_method(is_brief),
        }
    }

    /// There is a GIL: see `tasks::host`.
    fn exclusive(&self) -> bool {
        true
    }
}

impl Engine {
    /// The value of an operation, unless another run has taken it over and gives its own. `slot` is
    /// its number as the claim keeps it. What is done with the value in the end is done before
    /// others hear that it is there.
    fn compute<'py>(
        &self,
        step: Step<'_, 'py>,
        op: OpId,
        (slot, origin): (NodeId, &NodeRef),
        keep: impl FnOnce(Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = step.py;
        let level = nesting::innermost().expect("whoever runs steps has entered the run");
        let computing = level.begin(slot);
        let found = if self.run.is_robbed() {
            drop(computing);
            run::begin_step(py, &level, origin, slot)?
        } else {
            Found::Nothing(computing)
        };
        let (value, computing) = match found {
            Found::Value(value) => (Ok(value.into_bound(py)), None),
            Found::Nothing(computing) => {
                let wanted = origin.context.as_ref();
                let entered = level.contexts.borrow_mut().enter(py, wanted);
                (entered.and_then(|()| step.compute(op)), Some(computing))
            }
        };
        let value = value
            .and_then(keep)
            .map_err(|error| errors::blame(py, origin, error));
        // Whoever waits for the step finds its value.
        drop(computing);
        value
    }

    #[inline]
    fn callee_may_be_long(&self, py: Python<'_>, args: Args<'_, Py<PyAny>>) -> bool {
        match args.get(0) {
            // Many steps in a row call one function.
            Arg::Const(id) => {
                self.brief.load(Ordering::Relaxed) != id.index() && self.is_unknown_or_long(id)
            }
            Arg::Value { value, .. } => {
                let method = value.as_ptr();
                !brief::is_brief(method) || arrays::is_method_of_large(py, method)
            }
        }
    }

    fn is_unknown_or_long(&self, callee: ConstId) -> bool {
        let is_brief = brief::is_brief(self.compiled.constants.get(callee).value.as_ptr());
        if is_brief {
            self.brief.store(callee.index(), Ordering::Relaxed);
        }
        !is_brief
    }

    #[cold]
    fn gets_large_constant(&self, py: Python<'_>, args: Args<'_, Py<PyAny>>) -> bool {
        let constants = &self.compiled.constants;
        (0..args.len()).any(|index| match args.source(index) {
            Source::Const(id) => arrays::is_large(py, constants.get(id).value.as_ptr()),
            Source::Node(_) => false,
        })
    }

    /// Keeps a value in the thunks that the user holds of it. Two thunks that folded into one
    /// node get a copy each.
    fn publish(&self, id: NodeId, origin: &NodeRef, value: &Bound<'_, PyAny>) -> PyResult<()> {
        if is_held(origin) && Op::of_id(self.compiled.graph.op(id)) != Op::COPY {
            origin.publish(value.py(), value.clone().unbind());
        }
        if self.twins.is_empty() {
            return Ok(());
        }
        for twin in self.twins.get(&id).into_iter().flatten() {
            twin.publish(value.py(), step::duplicate(value)?.unbind());
        }
        Ok(())
    }

    /// Refuses what changes with its use, such as an iterator, where several operations use it: one
    /// value stands for all of them, and where the plain function has one iterator too, the order of
    /// the uses is not kept.
    fn usable<'py>(&self, id: NodeId, value: Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        if containers::changes_with_use(&value) {
            // Asked for by few graphs, and then for several of their values.
            let sharing = self
                .sharing
                .get_or_init(|| Sharing::of(Arc::clone(&self.compiled)));
            if sharing.would_be_used_up(value.py(), id) {
                return Err(errors::shared_iterator(&value));
            }
        }
        Ok(value)
    }
}
