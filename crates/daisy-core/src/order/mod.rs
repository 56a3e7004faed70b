//! Order: the order in which dask would run the tasks of a graph, one after the other.
//!
//! The algorithm is that of [`dask.order`](https://github.com/dask/dask/blob/main/dask/order.py),
//! and so is every choice that it makes where several would do, on numbers in the place of keys:
//!
//! * `shape`: data that several tasks need is left out; it is there before anything runs.
//! * `depth_first`: an order in which needs come first, for everything that adds up.
//! * `totals`, `ancestry`, `preference`: what nodes are compared by, made once.
//! * `target`: which end of the graph is to be reached next.
//! * `walk`: the way there: back to what can run, and forth again.
//! * `branches`: what runs on the way because it can: paths that end, or that meet others.
//! * `progress`: what has its place, and what that makes ready.
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
mod links;
mod preference;
mod progress;
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
    let shape = Shape::new(keys);
    let needs_first = depth_first(&shape);
    let ancestry = Ancestry::new(&shape, &needs_first);
    let preference = Preference::new(&shape, &needs_first, &ancestry, sort_by_text)?;
    let targets = Targets::new(&shape, &ancestry, &preference);
    let progress = Progress::new(&shape, &ancestry, &preference, targets);
    Ok(Walk::new(progress).run())
}
