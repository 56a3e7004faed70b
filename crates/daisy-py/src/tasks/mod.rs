//! Task graphs of dask's, read and run natively: the scheduler behind `daisy.get`.
//!
//! In the order in which a call of `get` passes through.

// What dask's nodes look like.
mod classes;
mod field;

// From a dict of nodes to entries.
mod action;
mod entry;
mod index;
mod reader;
mod walk;

// What runs when.
mod dask_order;
mod key_text;
mod one_worker;
mod set_table;

// From entries to a graph, and from the graph to values.
mod host;
mod isolation;
mod program;
mod request;

// Which threads that happens on.
mod event_loop;
mod quick;

// What Python calls, and what it gets when that fails.
pub mod entrance;
mod failure;
mod traceback;
