//! Order: the order in which dask would run the tasks of a graph, one after the other.
//!
//! The algorithm is that of [`dask.order`](https://github.com/dask/dask/blob/main/dask/order.py),
//! and so is every choice that it makes where several would do, on numbers in the place of keys:
//!
//! * `shape`: data that several tasks need is left out; it is there before anything runs.
//! * `depth_first`: an order in which needs come first, for everything that adds up.
//! * `totals`, `ancestry`, `preference`: what nodes are compared by, made once; a set of roots is a
//!   `root_set`.
//! * `target`: which end of the graph is to be reached next; `intervals` and a `segment_tree` are for
//!   that.
//! * `walk`: the way there: back to what can run, and forth again.
//! * `branches`: what runs on the way because it can: paths that end, or that meet others.
//! * `progress`: what has its place, and what that makes ready.
//!
//! Which roots are behind which node may take room for every pair of them, in dask too. Where that
//! would be hundreds of megabytes, the order is depth-first.
//!
//! Dask goes through sets of keys here and there, so that its order is another in each process
//! where keys are strings; `hash_order` gives the order of these sets. Of two keys of the same
//! text, such as `1` and `"1"`, that nothing else tells apart, here the one that stands first in
//! the graph comes first, and in dask the one that stands first in a set. Data that a task needs
//! has places just before the task, in dask's order in any.

mod ancestry;
mod branches;
mod depth_first;
mod hash_order;
mod intervals;
mod links;
mod preference;
mod progress;
mod root_set;
mod segment_tree;
mod shape;
mod target;
mod totals;
mod walk;

pub use links::Links;
pub use shape::Keys;

use ancestry::Ancestry;
use depth_first::depth_first;
use preference::Preference;
use progress::Progress;
use shape::Shape;
use target::Targets;
use walk::Walk;

/// The nodes of a graph without circles, in dask's order.
///
/// `sort_by_text` puts nodes into the order of their keys as text.
///
/// # Errors
/// Those of `sort_by_text`, as they are.
pub fn order<E>(
    keys: Keys,
    sort_by_text: impl FnMut(&mut [u32]) -> Result<(), E>,
) -> Result<Vec<u32>, E> {
    let most = MOST.max(keys.needs.len() * 32);
    order_within(most, keys, sort_by_text)
}

/// How long tables may be, if that is more than some entries for each node.
const MOST: usize = 1 << 26;

fn order_within<E>(
    most: usize,
    keys: Keys,
    sort_by_text: impl FnMut(&mut [u32]) -> Result<(), E>,
) -> Result<Vec<u32>, E> {
    let shape = Shape::new(keys);
    let needs_first = depth_first(&shape);
    let Some(ancestry) = Ancestry::new(&shape, &needs_first, most) else {
        return Ok(shape.data_first(&needs_first));
    };
    let preference = Preference::new(&shape, &needs_first, &ancestry, sort_by_text)?;
    let Some(targets) = Targets::new(&shape, &ancestry, &preference, most) else {
        return Ok(shape.data_first(&needs_first));
    };
    let progress = Progress::new(&shape, &ancestry, &preference, targets);
    Ok(Walk::new(progress).run())
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::{Keys, Links, order_within};

    /// Ten roots and ten ends, each of which needs other roots, and before them a value that all
    /// ends need.
    fn needs() -> Links {
        let mut needs = Links::default();
        for _ in 0..11 {
            needs.push([]);
        }
        for end in 1..11 {
            let roots = (1..11).filter(|root| root % end == 0 || root * 3 % 11 < end);
            needs.push(std::iter::once(0).chain(roots));
        }
        needs
    }

    fn ordered(most: usize) -> Vec<u32> {
        let needs = needs();
        let keys = Keys {
            lengths: vec![3; needs.len()],
            hashes: (0..needs.len() as u64).collect(),
            data: needs.nodes().map(|node| node == 0).collect(),
            needs,
        };
        let sort = |nodes: &mut [u32]| {
            nodes.sort_unstable();
            Ok::<_, Infallible>(())
        };
        let Ok(order) = order_within(most, keys, sort);
        order
    }

    #[test]
    fn where_sets_would_take_too_much_room_needs_still_come_first() {
        let needs = needs();
        for most in 0..100 {
            let order = ordered(most);
            let place = |node: u32| order.iter().position(|&other| other == node).unwrap();
            assert_eq!(order.len(), needs.len());
            for node in needs.nodes() {
                assert!(needs.of(node).iter().all(|&need| place(need) < place(node)));
            }
        }
        assert_ne!(ordered(0), ordered(100));
    }
}
