//! Args: what a step is called with.

use crate::slots::Taken;
use crate::{ConstId, Input, NodeId, Plan, Source};

/// The arguments of one step, seen where they are kept.
pub struct Args<'a, V> {
    inputs: &'a [Input],
    values: Values<'a, V>,
}

/// One argument of a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arg<'a, V> {
    /// The value that another step gave.
    Value {
        /// The value.
        value: &'a V,
        /// Whether nothing uses it after this step or in another argument of this step, so that
        /// the step may change it in place.
        last: bool,
    },
    /// A constant of the host's table.
    Const(ConstId),
}

/// Where the values of the arguments are.
enum Values<'a, V> {
    /// In the table of all values, for a step that runs alone.
    Kept {
        slots: &'a [Option<V>],
        plan: &'a Plan,
        /// The place of the first input of the step among all inputs of the graph.
        first: usize,
    },
    /// By input of the step, which took them with it.
    Taken(&'a [Option<Taken<V>>]),
    /// By node, wherever they come from; others may need all of them later.
    Lent(&'a [Option<V>]),
}

const THERE: &str = "a value stays until its last use";

impl<'a, V> Args<'a, V> {
    pub(crate) fn kept(
        inputs: &'a [Input],
        slots: &'a [Option<V>],
        plan: &'a Plan,
        first: usize,
    ) -> Self {
        let values = Values::Kept { slots, plan, first };
        Self { inputs, values }
    }

    pub(crate) fn taken(inputs: &'a [Input], taken: &'a [Option<Taken<V>>]) -> Self {
        let values = Values::Taken(taken);
        Self { inputs, values }
    }

    /// Inputs of which those that are nodes stand for values at hand, by the number of the node. None
    /// of these may be changed.
    pub fn lent(inputs: &'a [Input], values: &'a [Option<V>]) -> Self {
        let values = Values::Lent(values);
        Self { inputs, values }
    }

    /// How many arguments there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.inputs.len()
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.inputs.is_empty()
    }

    /// The argument at a place.
    ///
    /// # Panics
    /// When there is none there.
    #[inline]
    pub fn get(&self, index: usize) -> Arg<'a, V> {
        let id = match self.inputs[index].unpack() {
            Source::Const(id) => return Arg::Const(id),
            Source::Node(id) => id,
        };
        let last = match self.values {
            Values::Kept { plan, first, .. } => plan.is_reusable(first + index),
            Values::Taken(taken) => taken[index].as_ref().expect(THERE).last,
            Values::Lent(_) => false,
        };
        let value = self.value(index, id);
        Arg::Value { value, last }
    }

    /// Where the argument at a place comes from.
    ///
    /// # Panics
    /// When there is none there.
    #[inline]
    pub fn source(&self, index: usize) -> Source {
        self.inputs[index].unpack()
    }

    /// The values that other steps gave, in order.
    #[inline]
    pub fn values(&self) -> impl Iterator<Item = &'a V> + use<'a, V> {
        let args = *self;
        let inputs = args.inputs.iter().enumerate();
        inputs.filter_map(move |(index, input)| Some(args.value(index, input.as_node()?)))
    }

    #[inline]
    fn value(&self, index: usize, id: NodeId) -> &'a V {
        match self.values {
            Values::Kept { slots, .. } | Values::Lent(slots) => {
                slots[id.index()].as_ref().expect(THERE)
            }
            Values::Taken(taken) => &taken[index].as_ref().expect(THERE).value,
        }
    }

    /// Says of an argument whose value no other step will use, and no output is, how many handles on
    /// it the run itself has now. A host that counts handles can tell by that whether somebody else
    /// has one: the step may change the value in place if not, even if it is several arguments.
    pub fn handles_on_spare(&self, index: usize) -> Option<usize> {
        let input = self.inputs[index];
        input.as_node()?;
        let same = (0..self.len()).filter(|&other| self.inputs[other] == input);
        match self.values {
            Values::Kept { plan, first, .. } => {
                let mut places = same.map(|index| first + index);
                places.any(|place| plan.releases(place)).then_some(1)
            }
            Values::Taken(taken) => {
                let mut taken = same.clone().filter_map(|index| taken[index].as_ref());
                taken.any(|taken| taken.released).then(|| same.count())
            }
            Values::Lent(_) => None,
        }
    }

    /// The arguments in order.
    #[inline]
    pub fn iter(
        &self,
    ) -> impl DoubleEndedIterator<Item = Arg<'a, V>> + ExactSizeIterator + use<'a, V> {
        let args = *self;
        (0..args.len()).map(move |index| args.get(index))
    }
}

impl<V> Clone for Args<'_, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V> Copy for Args<'_, V> {}

impl<V> Clone for Values<'_, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V> Copy for Values<'_, V> {}
