//! Args: what a step is called with.

use crate::{ConstId, Input, Plan, Source};

/// The arguments of one step, seen where they are kept.
pub struct Args<'a, V> {
    inputs: &'a [Input],
    slots: &'a [Option<V>],
    plan: &'a Plan,
    /// The place of the first of `inputs` among all inputs of the graph.
    first: usize,
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

impl<'a, V> Args<'a, V> {
    pub(crate) fn new(
        inputs: &'a [Input],
        slots: &'a [Option<V>],
        plan: &'a Plan,
        first: usize,
    ) -> Self {
        Self {
            inputs,
            slots,
            plan,
            first,
        }
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
        match self.inputs[index].unpack() {
            Source::Const(id) => Arg::Const(id),
            Source::Node(id) => Arg::Value {
                value: self.slots[id.index()]
                    .as_ref()
                    .expect("a value stays until its last use"),
                last: self.plan.is_reusable(self.first + index),
            },
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
