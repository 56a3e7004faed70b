#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

// Ids and what is built of them.
mod graph;
mod id;
mod input;
mod intern;
mod key;
mod node;
mod purity;

// A graph as text, and whether it is legal.
mod parse;
mod text;
mod verify;

// From graph to graph.
mod cull;
mod facts;
mod fuse;
mod group;
mod pass;

// From graph to fewer tasks.
pub mod coarse;

// From graph to values.
mod args;
mod executor;
mod marks;
mod plan;
mod run;
mod scheduler;
mod sequence;
mod slots;
mod sync;
mod waiters;

// In which order tasks of dask's run.
pub mod order;

mod bits;

pub use args::{Arg, Args};
pub use executor::{Crew, Parts, Pool};
pub use facts::{Facts, Given, NoFacts};
pub use graph::Graph;
pub use group::Group;
pub use id::{ConstId, NodeId, OpId};
pub use input::{Input, Source};
pub use parse::ParseError;
pub use pass::{Moved, PASSES, Pass, PassSet, Rewritten, UnknownPass};
pub use plan::Plan;
pub use purity::Purity;
pub use run::{Host, execute};
pub use scheduler::{Event, Next, Scheduler};
pub use verify::Fault;
