//! From thunks to a graph: every node that the roots need, each distinct piece of work once.
//!
//! Nothing recurses: a chain of a million nodes is a loop over a stack of its own.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use daisy_core::{Graph, Input, NodeId, OpId, Purity, Source};
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use smallvec::SmallVec;

use crate::constants::Constants;
use crate::hooks;
use crate::node::{Arg, Expr, Node, NodeRef, State};
use crate::op::Op;
use crate::passes;

/// A graph and the Python objects that its ids stand for.
pub struct Compiled {
    pub graph: Graph,
    pub constants: Constants,
    /// The keyword names of the calls whose operation id is `Op::COUNT` and up.
    pub kwnames: Vec<Py<PyTuple>>,
    /// For each node of the graph the node it was made from (the first, where several folded).
    pub origins: Vec<NodeRef>,
    /// Further nodes that folded into one, with the graph node they became.
    pub twins: Vec<(NodeId, NodeRef)>,
    /// What stands for each root.
    pub roots: Vec<Input>,
}

/// Why a graph could not be made.
pub enum Obstacle {
    /// A node belongs to a run that another thread is in the middle of.
    Claimed(u64),
    /// A node waits for itself.
    Cycle,
    Python(PyErr),
}

impl From<PyErr> for Obstacle {
    fn from(error: PyErr) -> Self {
        Obstacle::Python(error)
    }
}

/// Says of a node that another run has claimed whether it may be taken.
pub trait Claims {
    /// # Errors
    /// When the node has to be left alone.
    fn may_take(&self, run: u64, slot: u32) -> Result<(), Obstacle>;
}

/// Compiles what `roots` need. `run` is the number of this run, which marks the visited nodes.
pub fn compile(
    py: Python<'_>,
    roots: &[NodeRef],
    run: u64,
    claims: &impl Claims,
) -> Result<Compiled, Obstacle> {
    let mut compiler = Compiler {
        py,
        run,
        claims,
        out: Compiled {
            graph: Graph::default(),
            constants: Constants::default(),
            kwnames: Vec::new(),
            origins: Vec::new(),
            twins: Vec::new(),
            roots: Vec::with_capacity(roots.len()),
        },
        pure_callees: Vec::new(),
        touching_callees: Vec::new(),
        touches: false,
        folded: HashSet::new(),
        apart: HashMap::new(),
        inputs: Vec::new(),
        result_displays: HashSet::new(),
        placed: HashMap::new(),
    };
    for root in roots {
        compiler.find_result_displays(root);
    }
    let mut order = Vec::new();
    for root in roots {
        compiler.sort(root, &mut order)?;
    }
    compiler.emit_all(&order)?;
    if compiler.touches && !compiler.out.twins.is_empty() {
        compiler.find_folded();
        compiler.emit_all(&order)?;
    }
    drop(order);
    for root in roots {
        // Counted as an input like any other, though a root's value is kept in any case.
        let input = compiler.input_of(root);
        let input = compiler.place(input, root);
        compiler.out.graph.push_output(input);
        compiler.out.roots.push(input);
    }
    Ok(compiler.finish()?)
}

struct Compiler<'a, 'py, C> {
    py: Python<'py>,
    run: u64,
    claims: &'a C,
    out: Compiled,
    /// By constant: whether calls of it fold, once that was asked.
    pure_callees: Vec<Option<bool>>,
    /// By constant: whether it may change or compare what it is called with, once that was asked.
    touching_callees: Vec<Option<bool>>,
    /// Whether such a callee is given a computed value anywhere.
    touches: bool,
    /// The nodes that folded with others, in the second round.
    folded: HashSet<*const Node>,
    /// The operations that have copies among their inputs.
    apart: HashMap<Written, NodeId>,
    /// The inputs of the node at hand, kept to save an allocation for each.
    inputs: Vec<Input>,
    /// The containers of which the results consist, by address.
    result_displays: HashSet<*const Node>,
    /// The values that stand in the results so far: for each the nodes that folded into it, and
    /// what stands for each of these.
    placed: HashMap<NodeId, Vec<(*const Node, Input)>>,
}

/// An operation as it was written, before copies stand in for its inputs.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Written {
    op: OpId,
    inputs: Vec<Input>,
    /// The places of the inputs that are copies, each with the first place of the same one.
    copies: Vec<(usize, usize)>,
    after: Option<NodeId>,
}

/// A node on the stack: to be entered, or to be listed because its children are.
enum Step {
    Enter(NodeRef),
    List(NodeRef),
}

/// The slot of a node that is claimed and has no number yet.
const OPEN: u32 = u32::MAX;

impl<C: Claims> Compiler<'_, '_, C> {
    /// Claims `root` and all it needs, and lists them, children first and depth first. That comes
    /// before anything is added to the graph, so that the graph is made in its size at once.
    fn sort(&self, root: &NodeRef, order: &mut Vec<NodeRef>) -> Result<(), Obstacle> {
        let mut stack = vec![Step::Enter(root.clone())];
        while let Some(step) = stack.pop() {
            match step {
                Step::Enter(node) => self.enter(node, &mut stack, order)?,
                Step::List(node) => order.push(node),
            }
        }
        Ok(())
    }

    fn enter(
        &self,
        node: NodeRef,
        stack: &mut Vec<Step>,
        order: &mut Vec<NodeRef>,
    ) -> Result<(), Obstacle> {
        let (run, slot) = node.claim();
        // Nodes are made after their children, so what was entered before is listed by now.
        if run == self.run {
            return Ok(());
        }
        let state = node.lock(self.py);
        let State::Pending(expr) = &*state else {
            return Ok(());
        };
        self.claims.may_take(run, slot)?;
        node.set_claim(self.run, OPEN);
        let children: SmallVec<[NodeRef; 4]> = expr.children().rev().cloned().collect();
        drop(state);
        if children.is_empty() {
            order.push(node);
        } else {
            stack.push(Step::List(node));
            stack.extend(children.into_iter().map(Step::Enter));
        }
        Ok(())
    }

    /// Adds all nodes to a new graph. What was found out about constants stays.
    fn emit_all(&mut self, order: &[NodeRef]) -> Result<(), Obstacle> {
        self.out.graph = Graph::with_capacity(order.len());
        self.out.origins.clear();
        self.out.origins.reserve_exact(order.len());
        self.out.twins.clear();
        self.placed.clear();
        self.apart.clear();
        for node in order {
            node.reset_inputs();
        }
        for node in order {
            self.emit(node.clone())?;
        }
        Ok(())
    }

    /// Remembers which nodes folded with others. That is known only when all are in the graph,
    /// and what is done about it needs it before: hence the second round.
    fn find_folded(&mut self) {
        for (id, node) in &self.out.twins {
            self.folded.insert(NodeRef::as_ptr(node));
            self.folded
                .insert(NodeRef::as_ptr(&self.out.origins[id.index()]));
        }
    }

    fn emit(&mut self, node: NodeRef) -> Result<(), Obstacle> {
        let id = {
            let state = node.lock(self.py);
            // It was pending when it was entered, and the compile lock is held since.
            let State::Pending(expr) = &*state else {
                return Ok(());
            };
            let in_result = self.result_displays.contains(&NodeRef::as_ptr(&node));
            self.add(expr, in_result)?
        };
        node.set_slot(slot(id));
        match id.index().cmp(&self.out.origins.len()) {
            Ordering::Less => self.out.twins.push((id, node)),
            Ordering::Equal => self.out.origins.push(node),
            // Copies that were added on the way have the same origin.
            Ordering::Greater => self.out.origins.resize(id.index() + 1, node),
        }
        Ok(())
    }

    fn add(&mut self, expr: &Expr, in_result: bool) -> Result<NodeId, Obstacle> {
        let mut inputs = std::mem::take(&mut self.inputs);
        inputs.clear();
        for arg in &expr.args {
            let input = self.arg(arg);
            inputs.push(match arg {
                Arg::Node(node) if in_result => self.place(input, node),
                _ => input,
            });
        }
        let after = expr.after().map(|node| self.input_of(node));
        let after = after.and_then(Input::as_node);
        let mut call = Written {
            op: self.op_id(expr),
            inputs,
            copies: Vec::new(),
            after,
        };
        let id = if in_result {
            self.put(&call, Purity::Impure)
        } else {
            let purity = self.purity(expr, &call.inputs)?;
            let copies = self.copies(expr, &call.inputs)?;
            call.copies = copies;
            self.put_apart(expr, &call, purity)
        };
        self.inputs = call.inputs;
        Ok(id)
    }

    /// Collects the containers of which a result consists: the root and what it displays.
    fn find_result_displays(&mut self, root: &NodeRef) {
        let mut stack = vec![root.clone()];
        while let Some(node) = stack.pop() {
            let State::Pending(expr) = &*node.lock(self.py) else {
                continue;
            };
            if expr.op.is_display() && self.result_displays.insert(NodeRef::as_ptr(&node)) {
                stack.extend(expr.children().cloned());
            }
        }
    }

    /// What stands at one place of a result. Two nodes that folded into one give a copy each: the
    /// plain function would give two objects.
    fn place(&mut self, input: Input, node: &NodeRef) -> Input {
        // Where nothing folded so far and nothing more can, no two places share a value.
        let single = self.out.twins.is_empty() && self.result_displays.len() <= 1;
        let Some(id) = input.as_node().filter(|_| !single) else {
            return input;
        };
        let own = owner(self.py, node);
        let places = self.placed.entry(id).or_default();
        if let Some((_, place)) = places.iter().find(|(owner, _)| *owner == own) {
            return *place;
        }
        let first = places.is_empty();
        let place = if first {
            input
        } else {
            copy_node(&mut self.out, input, node)
        };
        self.placed.entry(id).or_default().push((own, place));
        place
    }

    fn put(&mut self, written: &Written, purity: Purity) -> NodeId {
        let Written {
            op, inputs, after, ..
        } = written;
        self.out.graph.add_after(*op, inputs, purity, *after)
    }

    /// Adds an operation with the copies that it needs. Equal ones are one operation still, which
    /// the graph cannot see: copies are never equal.
    fn put_apart(&mut self, expr: &Expr, written: &Written, purity: Purity) -> NodeId {
        if written.copies.is_empty() {
            return self.put(written, purity);
        }
        if let Some(&id) = self.apart.get(written)
            && purity == Purity::Pure
        {
            return id;
        }
        let mut own = written.clone();
        let mut made: HashMap<usize, Input> = HashMap::new();
        for &(index, first) in &written.copies {
            let Arg::Node(node) = &expr.args[index] else {
                continue;
            };
            own.inputs[index] = *made
                .entry(first)
                .or_insert_with(|| copy_node(&mut self.out, written.inputs[index], node));
        }
        let id = self.put(&own, purity);
        self.apart.insert(written.clone(), id);
        id
    }

    /// Which inputs of an operation have to be objects of its own, because folding made one of
    /// several and that can be told: a container, which may be changed; the operands of `is`;
    /// whatever a function of the user's is called with, since it may change it or ask for its
    /// identity. Gives places, each with the first place of the same node: one copy does for both.
    fn copies(&mut self, expr: &Expr, inputs: &[Input]) -> Result<Vec<(usize, usize)>, Obstacle> {
        let compares = expr.op == Op::IS || expr.op == Op::IS_NOT;
        let touches = expr.op == Op::CALL && self.callee_touches(inputs[0])?;
        let mut owners: HashMap<NodeId, *const Node> = HashMap::new();
        let mut places: HashMap<*const Node, usize> = HashMap::new();
        let mut copies = Vec::new();
        for (index, (arg, input)) in expr.args.iter().zip(inputs).enumerate() {
            let (Arg::Node(node), Some(id)) = (arg, input.as_node()) else {
                continue;
            };
            let op = Op::of_id(self.out.graph.op(id));
            let told = compares || touches || op.is_some_and(Op::makes_mutable);
            if !told {
                continue;
            }
            self.touches |= touches;
            let own = owner(self.py, node);
            let folded = touches && self.folded.contains(&own);
            if folded || *owners.entry(id).or_insert(own) != own {
                copies.push((index, *places.entry(own).or_insert(index)));
            }
        }
        Ok(copies)
    }

    /// Whether a callee may change or compare the objects that it is called with. Builtin
    /// functions, NumPy's and the constructors of known types do not.
    fn callee_touches(&mut self, callee: Input) -> Result<bool, Obstacle> {
        let Source::Const(id) = callee.unpack() else {
            return Ok(false);
        };
        let known = self.touching_callees.get(id.index()).copied().flatten();
        if let Some(touches) = known {
            return Ok(touches);
        }
        let touches = hooks::touches(self.out.constants.get(id).value.bind(self.py))?;
        let count = self.out.constants.len();
        self.touching_callees.resize(count, None);
        self.touching_callees[id.index()] = Some(touches);
        Ok(touches)
    }

    fn arg(&mut self, arg: &Arg) -> Input {
        match arg {
            Arg::Node(node) => self.input_of(node),
            Arg::Value(value) => Input::constant(self.out.constants.intern(value.bind(self.py))),
        }
    }

    /// What stands for a node that was visited: its value, if it is there, else its number.
    fn input_of(&mut self, node: &NodeRef) -> Input {
        if let State::Done(value) = &*node.lock(self.py) {
            return Input::constant(self.out.constants.intern(value.bind(self.py)));
        }
        node.count_input();
        Input::node(NodeId::new(node.claim().1))
    }

    fn op_id(&mut self, expr: &Expr) -> OpId {
        let Some(names) = expr.kwnames() else {
            return expr.op.id();
        };
        let known = self.out.kwnames.iter().rposition(|other| {
            other.is(names) || other.bind(self.py).eq(names.bind(self.py)).unwrap_or(false)
        });
        let index = known.unwrap_or_else(|| {
            self.out.kwnames.push(names.clone_ref(self.py));
            self.out.kwnames.len() - 1
        });
        let index = u32::try_from(index).expect("fewer calls than nodes");
        OpId::new(u32::from(Op::COUNT) + index)
    }

    /// The one place that decides what may be folded.
    fn purity(&mut self, expr: &Expr, inputs: &[Input]) -> Result<Purity, Obstacle> {
        let pure = !expr.impure
            && match expr.op {
                Op::CALL => self.call_is_pure(inputs[0])?,
                Op::GETATTR => !self.is_impure(inputs[0]),
                _ => true,
            };
        Ok(if pure { Purity::Pure } else { Purity::Impure })
    }

    fn call_is_pure(&mut self, callee: Input) -> Result<bool, Obstacle> {
        match callee.unpack() {
            Source::Const(id) => {
                let known = self.pure_callees.get(id.index()).copied().flatten();
                if let Some(pure) = known {
                    return Ok(pure);
                }
                let pure = hooks::is_pure(self.out.constants.get(id).value.bind(self.py))?;
                let count = self.out.constants.len();
                self.pure_callees.resize(count, None);
                self.pure_callees[id.index()] = Some(pure);
                Ok(pure)
            }
            Source::Node(id) => Ok(!self.is_impure(callee) && !self.is_unknown_method(id)?),
        }
    }

    fn is_impure(&self, input: Input) -> bool {
        input
            .as_node()
            .is_some_and(|id| self.out.graph.purity(id) == Purity::Impure)
    }

    /// A method of a leaf whose class is not known to have pure ones.
    fn is_unknown_method(&self, callee: NodeId) -> Result<bool, Obstacle> {
        let graph = &self.out.graph;
        if Op::of_id(graph.op(callee)) != Some(Op::GETATTR) {
            return Ok(false);
        }
        match graph.inputs(callee)[0].unpack() {
            Source::Node(_) => Ok(false),
            Source::Const(id) => {
                let owner = self.out.constants.get(id).value.bind(self.py);
                Ok(!hooks::is_known_class(&owner.get_type())?)
            }
        }
    }

    /// Runs the passes and takes along what they moved.
    fn finish(self) -> PyResult<Compiled> {
        let passes = passes::current(self.py)?;
        let mut out = self.out;
        let Some(rewritten) = passes.apply(&out.graph) else {
            return Ok(out);
        };
        let moved = rewritten.moved;
        let old = std::mem::take(&mut out.origins);
        let mut origins: Vec<(NodeId, NodeRef)> = (0..)
            .zip(old)
            .filter_map(|(id, node)| Some((moved.get(NodeId::new(id))?, node)))
            .collect();
        origins.sort_by_key(|(id, _)| *id);
        out.origins = origins.into_iter().map(|(_, node)| node).collect();
        out.twins = std::mem::take(&mut out.twins)
            .into_iter()
            .filter_map(|(id, node)| Some((moved.get(id)?, node)))
            .collect();
        out.roots = rewritten.graph.outputs().to_vec();
        out.graph = rewritten.graph;
        Ok(out)
    }
}

/// A copy of a value, which belongs to the same line of the user's.
fn copy_node(out: &mut Compiled, input: Input, node: &NodeRef) -> Input {
    let copy = out.graph.add(Op::COPY.id(), &[input], Purity::Impure);
    out.origins.resize(copy.index() + 1, node.clone());
    Input::node(copy)
}

/// What the value of a node is an object of: a part of a value (an attribute, an item) is the same
/// object however often it is read, so what counts is whose part it is.
fn owner(py: Python<'_>, node: &NodeRef) -> *const Node {
    let mut node = node.clone();
    loop {
        let next = match &*node.lock(py) {
            State::Pending(expr) if expr.op.reads_part() => match &expr.args[0] {
                Arg::Node(owner) => Some(owner.clone()),
                // The address of a leaf tells as well as that of a node.
                Arg::Value(value) => return value.as_ptr().cast_const().cast(),
            },
            _ => None,
        };
        match next {
            Some(owner) => node = owner,
            None => return NodeRef::as_ptr(&node),
        }
    }
}

/// A node's number as the claim keeps it.
pub fn slot(id: NodeId) -> u32 {
    u32::try_from(id.index()).expect("a graph has under 2^32 nodes")
}
