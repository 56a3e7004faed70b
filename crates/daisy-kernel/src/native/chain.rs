//! Chain: operations one after the other, each with the result of the one before, which nobody else
//! needs.

use smallvec::SmallVec;

use super::operation::Native;
use super::tape::Code;

/// A step as chains see it: values are numbers.
pub(crate) struct Candidate<'a> {
    /// The native form, if it has one.
    pub(crate) native: Option<Native>,
    pub(crate) inputs: &'a [usize],
    /// The first value that it gives.
    pub(crate) first: usize,
}

/// The numbers of the steps of a chain, in order.
pub(crate) type Chain = SmallVec<[usize; 3]>;

/// Joins steps to chains, which are given in the order of their last steps: then every operand has
/// been computed. A step without a native form is a chain of its own.
///
/// Of two operands that could be the one before, the later is taken: the sum of many products then is
/// a chain for each product, where the sum so far comes in last, and not all products first.
pub(crate) fn chains(steps: &[Candidate<'_>], values: usize, outputs: &[usize]) -> Vec<Chain> {
    let users = users(steps, values, outputs);
    let mut made_by = vec![None; values];
    let mut chains: Vec<Chain> = Vec::with_capacity(steps.len());
    for (number, step) in steps.iter().enumerate() {
        let before = before(step, &users, &made_by, steps);
        let mut chain = before.map_or_else(Chain::new, |number: usize| {
            std::mem::take(&mut chains[number])
        });
        chain.push(number);
        chains.push(chain);
        made_by[step.first] = Some(number);
    }
    chains.retain(|chain| !chain.is_empty());
    chains
}

/// By value: how many steps need it; what is given counts as needed by many.
fn users(steps: &[Candidate<'_>], values: usize, outputs: &[usize]) -> Vec<u32> {
    let mut users = vec![0; values];
    for step in steps {
        for (place, &value) in step.inputs.iter().enumerate() {
            if !step.inputs[..place].contains(&value) {
                users[value] += 1;
            }
        }
    }
    for &output in outputs {
        users[output] = u32::MAX;
    }
    users
}

/// The step that one can be joined to.
fn before(
    step: &Candidate<'_>,
    users: &[u32],
    made_by: &[Option<usize>],
    steps: &[Candidate<'_>],
) -> Option<usize> {
    let native = step.native?;
    let twice = step.inputs.len() == 2 && step.inputs[0] == step.inputs[1];
    if twice && Code::of_both(native.operation).is_none() {
        return None;
    }
    let joins = |&number: &usize| {
        let other = steps[number].native;
        other.is_some_and(|other| other.lane == native.lane)
    };
    let own = step.inputs.iter().filter(|&&value| users[value] == 1);
    own.filter_map(|&value| made_by[value]).filter(joins).max()
}
