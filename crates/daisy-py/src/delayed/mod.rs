//! Values of `daisy.delayed`: the classes are Python's, what is done for every call and every value of
//! a graph is done here.
//!
//! In the order in which a value passes through.

// What the classes look like.
mod classes;

// From a call to a value.
mod build;
mod place;

// From values to what they compute.
mod order;
mod reader;

// What Python calls.
pub mod entrance;
