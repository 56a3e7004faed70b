//! Task graphs of dask's, read and run natively: the scheduler behind `daisy.get`.
//!
//! In the order in which a call of `get` passes through.

// What dask's nodes look like.
pub mod classes;
pub mod field;

// From a dict of nodes to entries.
pub mod action;
pub mod entry;
pub mod index;
mod reader;
mod walk;

// What runs when.
mod dask_order;
mod key_text;
pub mod one_worker;
mod set_table;

// From entries to a graph, and from the graph to values.
mod host;
mod isolation;
pub mod program;
mod request;

// Which threads that happens on.
mod event_loop;
mod quick;

// What Python calls, and what it gets when that fails.
pub mod entrance;
mod failure;
mod traceback;
