//! Pieces: the steps of a group as kernels, one for each shape.

use std::sync::Arc;

use daisy_core::{Input, NodeId, Source};
use daisy_kernel::{Draft, InnerLoop, Program, Value, cast};
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::{SmallVec, smallvec};

use super::dtypes::DType;
use super::group::FusedGroup;
use super::layout::Layout;
use super::loops::{Loop, Maker};
use super::parts::Pace;
use super::reductions::Reducing;
use super::specialise::{Given, State, Step, Work};

/// A program, and what it is run with.
pub struct Kernel {
    pub program: Arc<Program>,
    /// The inputs of the program.
    pub feeds: Vec<Feed>,
    /// What it gives.
    pub results: Vec<Outcome>,
    /// What it reduces.
    pub reductions: Vec<Reduced>,
    /// What is computed; those whose values are not given as well, in order.
    pub members: Vec<NodeId>,
    /// The shape and the layout of the results; nothing where both are those of the inputs, which
    /// are all of one shape and in C order.
    pub layout: Option<Layout>,
    /// Whether it takes the blocks in order when it reduces them.
    pub in_order: bool,
    /// Whether one of its loops is not NumPy's own.
    pub foreign: bool,
    /// Whether several threads may run it at once.
    pub splits: bool,
    /// How long it takes.
    pub pace: Pace,
    _owners: Vec<Arc<Loop>>,
}

impl Kernel {
    /// Whether NumPy does something with what it gives, and may tell of that.
    pub fn calls_numpy(&self) -> bool {
        let mut reductions = self.reductions.iter();
        reductions.any(|reduced| reduced.reducing.is_divided())
    }
}

/// An array that a kernel gives.
pub struct Outcome {
    /// The members whose value it is.
    pub members: SmallVec<[NodeId; 1]>,
    pub dtype: DType,
}

/// A number that a kernel gives, or an array of such numbers.
pub struct Reduced {
    pub member: NodeId,
    /// Which output of the program is reduced: one of the arrays, or one behind them, which is written
    /// nowhere.
    pub output: usize,
    pub reducing: Reducing,
}

/// What an input of a program is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Feed {
    /// An array, as it is.
    Array(Input, DType),
    /// A single number, in a dtype.
    Number(Input, DType),
}

/// Makes kernels of the steps of a group. Nothing where results of one shape would have to lie in
/// memory in different ways.
pub fn kernels(
    group: &FusedGroup,
    steps: Vec<Step>,
    members: &[State],
    inputs: &[State],
    given: &Given<'_, '_>,
) -> Option<Vec<Kernel>> {
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    for step in steps {
        let layout = layout_of(&members[step.member.index()]);
        match pieces
            .iter_mut()
            .find(|piece| piece.layout.shape == layout.shape)
        {
            Some(piece) if !piece.layout.lies_as(layout) => return None,
            Some(piece) => piece.steps.push(step),
            None => pieces.push(Piece {
                layout,
                steps: vec![step],
            }),
        }
    }
    // A shape that another one is broadcast to has more axes, or more that are not of length 1.
    pieces.sort_by_key(|piece| {
        let shape = &piece.layout.shape;
        (
            shape.len(),
            shape.iter().filter(|&&length| length != 1).count(),
        )
    });
    let states = States { members, inputs };
    let wanted = Wanted::new(group, &pieces, &states);
    let kernels = pieces
        .into_iter()
        .enumerate()
        .map(|(number, piece)| piece.kernel(number, &wanted, &states, given.flat));
    kernels.collect()
}

fn layout_of(state: &State) -> &Layout {
    match state {
        State::Array(_, layout) | State::Several(_, layout) | State::Reduced(layout) => layout,
        _ => unreachable!("a step gives arrays, or a number of one"),
    }
}

/// The steps of one shape.
struct Piece<'a> {
    layout: &'a Layout,
    steps: Vec<Step>,
}

/// Which values a kernel has to give.
struct Wanted {
    /// By member: the number of the piece that computes it.
    piece: Vec<Option<usize>>,
    /// Those that are used elsewhere.
    elsewhere: FxHashSet<NodeId>,
}

impl Wanted {
    fn new(group: &FusedGroup, pieces: &[Piece<'_>], states: &States<'_>) -> Self {
        let graph = &group.group.graph;
        let mut piece = vec![None; graph.len()];
        for (number, steps) in pieces.iter().enumerate() {
            for step in &steps.steps {
                piece[step.member.index()] = Some(number);
            }
        }
        let outputs = graph.outputs().iter();
        let outputs = outputs.filter_map(|&output| states.whose(output));
        let mut elsewhere: FxHashSet<NodeId> = outputs.collect();
        // Who calls a method uses its owner; the method itself is made only where that needs it.
        let users = graph.ids().filter(|&id| !states.is_method(id));
        for user in users {
            let inputs = graph.inputs(user).iter();
            for id in inputs.filter_map(|&input| states.whose(input)) {
                if piece[user.index()] != piece[id.index()] || piece[user.index()].is_none() {
                    elsewhere.insert(id);
                }
            }
        }
        Wanted { piece, elsewhere }
    }
}

struct States<'a> {
    members: &'a [State],
    inputs: &'a [State],
}

impl States<'_> {
    fn of(&self, input: Input) -> &State {
        match input.unpack() {
            Source::Const(id) => &self.inputs[id.index()],
            Source::Node(id) => &self.members[id.index()],
        }
    }

    fn is_method(&self, member: NodeId) -> bool {
        matches!(self.members[member.index()], State::Method(..))
    }

    /// The member that an input is, or whose method it is.
    fn whose(&self, input: Input) -> Option<NodeId> {
        match self.of(input) {
            State::Method(owner, _) => owner.as_node(),
            _ => input.as_node(),
        }
    }
}

impl Piece<'_> {
    fn kernel(
        self,
        number: usize,
        wanted: &Wanted,
        states: &States<'_>,
        flat: bool,
    ) -> Option<Kernel> {
        let inside = |input: Input| {
            let node = input.as_node()?;
            (wanted.piece[node.index()] == Some(number)).then_some(node)
        };
        let mut assembly = Assembly::default();
        for step in &self.steps {
            for &(input, dtype) in &step.operands {
                if inside(input).is_none() {
                    assembly.feed(input, dtype, states.of(input));
                }
            }
        }
        for step in &self.steps {
            let mut operands: SmallVec<[Value; 3]> = SmallVec::new();
            for &(input, dtype) in &step.operands {
                operands.push(match inside(input) {
                    Some(node) => assembly.computed(node, dtype)?,
                    None => assembly.fed(input, dtype, states.of(input))?,
                });
            }
            assembly.step(step, &operands);
        }
        let steps = self.steps.iter();
        let arrays = steps.filter(|step| !matches!(step.work, Work::Reduce(_)));
        let results = arrays
            .map(|step| step.member)
            .filter(|member| wanted.elsewhere.contains(member))
            .collect();
        let layout = (!flat).then(|| self.layout.clone());
        let members = self.steps.iter().map(|step| step.member).collect();
        let owners = self
            .steps
            .into_iter()
            .filter_map(|step| match step.work {
                Work::Loop(_, owner) => owner,
                Work::Reduce(reducing) => reducing.owner(),
                _ => None,
            })
            .collect();
        Some(assembly.finish(results, members, layout, owners))
    }
}

/// A kernel being made.
#[derive(Default)]
struct Assembly {
    draft: Draft,
    feeds: Vec<Feed>,
    fed: FxHashMap<Feed, (Value, DType)>,
    /// The members computed so far, with their dtypes: of a tuple the first value.
    computed: FxHashMap<NodeId, (Value, DType)>,
    /// What is reduced, and how.
    reductions: Vec<(NodeId, Value, Reducing)>,
    /// Values in another dtype than their own.
    casted: FxHashMap<(Feed, DType), Value>,
}

impl Assembly {
    /// What an input of a step is read from. A number is there in the dtype that is wanted.
    fn feed_of(input: Input, dtype: DType, state: &State) -> (Feed, DType) {
        match state {
            State::Array(own, _) => (Feed::Array(input, *own), *own),
            _ => (Feed::Number(input, dtype), dtype),
        }
    }

    fn feed(&mut self, input: Input, dtype: DType, state: &State) {
        let (feed, own) = Self::feed_of(input, dtype, state);
        if !self.fed.contains_key(&feed) {
            self.feeds.push(feed);
            let value = self.draft.input(own.size());
            self.fed.insert(feed, (value, own));
        }
    }

    fn fed(&mut self, input: Input, dtype: DType, state: &State) -> Option<Value> {
        let (feed, _) = Self::feed_of(input, dtype, state);
        let (value, own) = self.fed[&feed];
        self.cast(feed, value, own, dtype)
    }

    fn computed(&mut self, node: NodeId, dtype: DType) -> Option<Value> {
        let (value, own) = self.computed[&node];
        self.cast(Feed::Array(Input::node(node), own), value, own, dtype)
    }

    /// A value in the dtype that is wanted.
    fn cast(&mut self, feed: Feed, value: Value, own: DType, wanted: DType) -> Option<Value> {
        if own == wanted {
            return Some(value);
        }
        if let Some(&casted) = self.casted.get(&(feed, wanted)) {
            return Some(casted);
        }
        let inner: InnerLoop = cast(own.element()?, wanted.element()?)?;
        let casted = self.draft.step(inner, &[value], &[wanted.size()]);
        self.casted.insert((feed, wanted), casted);
        Some(casted)
    }

    fn step(&mut self, step: &Step, operands: &[Value]) {
        let value = match step.work {
            Work::Loop(inner, _) => {
                let sizes: SmallVec<[usize; 2]> =
                    step.outputs.iter().map(|dtype| dtype.size()).collect();
                self.draft.step(inner, operands, &sizes)
            }
            Work::Reduce(ref reducing) => {
                let reduction = (step.member, operands[0], reducing.clone());
                return self.reductions.push(reduction);
            }
            Work::Item(tuple, place) => Draft::after(self.computed[&tuple].0, place),
            Work::Unpack(tuple) => self.computed[&tuple].0,
        };
        self.computed.insert(step.member, (value, step.outputs[0]));
    }

    /// The values of members, each of them once.
    fn values(&self, members: Vec<NodeId>) -> (Vec<Value>, Vec<Outcome>) {
        let (mut values, mut outcomes): (Vec<Value>, Vec<Outcome>) = Default::default();
        for member in members {
            let (value, dtype) = self.computed[&member];
            if let Some(place) = values.iter().position(|&other| other == value) {
                outcomes[place].members.push(member);
            } else {
                values.push(value);
                outcomes.push(Outcome {
                    members: smallvec![member],
                    dtype,
                });
            }
        }
        (values, outcomes)
    }

    fn finish(
        self,
        results: Vec<NodeId>,
        members: Vec<NodeId>,
        layout: Option<Layout>,
        owners: Vec<Arc<Loop>>,
    ) -> Kernel {
        let (mut values, results) = self.values(results);
        let reductions = reduced(self.reductions, &mut values);
        Kernel {
            program: Arc::new(self.draft.finish(&values)),
            feeds: self.feeds,
            results,
            in_order: reductions
                .iter()
                .any(|reduced| reduced.reducing.is_in_order()),
            reductions,
            members,
            layout,
            foreign: owners.iter().any(|owner| owner.maker != Maker::NumPy),
            splits: owners.iter().all(|owner| owner.maker != Maker::Other),
            pace: Pace::default(),
            _owners: owners,
        }
    }
}

/// Where what is reduced is among the outputs; what is none yet becomes one.
fn reduced(reductions: Vec<(NodeId, Value, Reducing)>, outputs: &mut Vec<Value>) -> Vec<Reduced> {
    let reductions = reductions.into_iter().map(|(member, value, reducing)| {
        let known = outputs.iter().position(|&output| output == value);
        let output = known.unwrap_or_else(|| {
            outputs.push(value);
            outputs.len() - 1
        });
        Reduced {
            member,
            output,
            reducing,
        }
    });
    reductions.collect()
}
