#![doc = include_str!("../README.md")]
#![warn(clippy::undocumented_unsafe_blocks)]

// What one step does.
mod cast;
mod convert;
mod element;
mod inner;
mod native;
mod select;

// What a kernel does: steps, block by block.
mod along;
mod bench;
mod form;
mod launch;
mod pairwise;
mod place;
mod program;
mod reduce;
mod registers;
mod scratch;
mod source;
mod status;
mod turns;

// The memory of the results.
pub mod pool;

pub use along::Along;
pub use cast::cast;
pub use convert::convert;
pub use element::Element;
pub use inner::{Function, InnerLoop};
pub use launch::{Failed, InOrder, Launch};
pub use native::{Native, Operation};
pub use place::Extremum;
pub use program::{Draft, Program, Value};
pub use reduce::{Partials, Reduced, Reduction, Reductions};
pub use select::select;
pub use source::Source;
pub use status::Raised;
