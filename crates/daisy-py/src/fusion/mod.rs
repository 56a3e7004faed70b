//! Fusion: connected element-wise work of NumPy's, done block by block as one kernel.
//!
//! Before a run, `facts` tells the core which operations are element-wise on arrays, and its pass
//! makes one node of those that are connected. When the inputs of such a group are there, `kinds`
//! looks at what they are, `specialise` makes kernels for these kinds of values (`plans` keeps them),
//! and `launch` runs them. What no kernel can do with NumPy's own bits is done operation by operation,
//! as without fusion: in the midst of a group where a value between is of no use to a kernel, or for
//! the whole group, also when the floating-point unit has noticed something that NumPy would tell of.
//! `whole` is the short way for a group that is all the work of a call, and `carried` is a group as data
//! that other schedulers' workers can compute.

mod axes;
mod carried;
mod choices;
mod conversion;
pub mod dtypes;
pub mod facts;
mod fed;
pub mod group;
mod kinds;
mod launch;
mod layout;
mod loops;
mod native;
mod numbers;
mod operations;
mod parts;
mod pieces;
mod plans;
mod reduced;
mod reductions;
mod scalars;
mod settings;
mod several;
mod spacing;
mod specialise;
mod telling;
mod whole;

pub use carried::{CarriedGroup, LoadedGroup};
pub use group::FusedGroup;
pub use launch::{Members, Stage};
pub use telling::is_told;
pub use whole::{Origin, Values, Whole};
