//! The behaviour of the core, one scenario a file: text in, text expected.

mod adder;

mod coarse;
mod cull;
mod execute;
mod facts;
mod folding;
mod fuse;
mod fuse_agree;
mod fuse_memory;
mod fuse_order;
mod fuse_sharing;
mod order;
mod passes_agree;
mod plan;
mod program;
mod scheduler;
mod sequence;
mod text;
