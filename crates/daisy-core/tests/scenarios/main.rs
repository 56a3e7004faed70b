//! The behaviour of the core, one scenario a file: text in, text expected.

mod adder;

mod cull;
mod execute;
mod facts;
mod folding;
mod fuse;
mod order;
mod passes_agree;
mod plan;
mod scheduler;
mod sequence;
mod text;
