//! `daisy._core`: the binding between CPython and the graph core.
//!
//! In the order in which a thunk passes through: what a node is and how one is made, from nodes
//! to a graph, from a graph to values.

use pyo3::prelude::*;

// What a node is.
mod node;
mod op;

// How one is made.
mod attributes;
mod capture;
mod construction;
mod containers;
mod context;
mod numpy;
mod operators;
mod protocol;
mod slot;
mod strict;
mod thunk;

// From nodes to a graph.
mod arrays;
mod clusters;
mod compile;
mod constants;
mod export;
mod pickle;
mod sharing;

// From a graph to values.
mod arithmetic;
mod direct;
mod engine;
mod foreign;
mod fusion;
mod memory;
mod nesting;
mod numpy_api;
mod parking;
mod passes;
mod registry;
mod run;
mod threads;
mod waiting;

// What the tracer calls.
mod template;
mod trace;

// Task graphs of dask's, and values of `daisy.delayed`.
mod delayed;
mod tasks;

// What Python calls, and what it hands over.
mod api;
mod errors;
mod hooks;

/// Nodes are many, small and of one size, and a graph's tables come and go with every run: glibc
/// gives the tables back to the kernel each time and pays page faults for them in the next run.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    thunk::register(module)?;
    threads::forks::watch(module.py())?;
    module.add_class::<export::Graph>()?;
    module.add_class::<export::Task>()?;
    module.add_class::<export::Ref>()?;
    module.add_function(wrap_pyfunction!(clusters::task_clusters, module)?)?;
    module.add_class::<fusion::CarriedGroup>()?;
    module.add_class::<fusion::LoadedGroup>()?;
    module.add_function(wrap_pyfunction!(api::is_thunk, module)?)?;
    module.add_function(wrap_pyfunction!(api::force, module)?)?;
    module.add_function(wrap_pyfunction!(api::force_all, module)?)?;
    module.add_function(wrap_pyfunction!(api::get_children, module)?)?;
    module.add_function(wrap_pyfunction!(api::node_id, module)?)?;
    module.add_function(wrap_pyfunction!(api::thunk_number, module)?)?;
    module.add_function(wrap_pyfunction!(api::known, module)?)?;
    module.add_function(wrap_pyfunction!(api::mentions_thunk, module)?)?;
    module.add_function(wrap_pyfunction!(api::classes, module)?)?;
    module.add_function(wrap_pyfunction!(api::flags, module)?)?;
    module.add_function(wrap_pyfunction!(api::defer, module)?)?;
    module.add_function(wrap_pyfunction!(api::keep_apart, module)?)?;
    module.add_function(wrap_pyfunction!(api::lift, module)?)?;
    module.add_function(wrap_pyfunction!(api::graph, module)?)?;
    module.add_function(wrap_pyfunction!(pickle::rebuild, module)?)?;
    module.add_function(wrap_pyfunction!(trace::set_short_cut, module)?)?;
    module.add_function(wrap_pyfunction!(trace::with_short_cut, module)?)?;
    module.add_class::<template::Templates>()?;
    module.add_class::<template::Templated>()?;
    module.add_function(wrap_pyfunction!(template::call_by_templates, module)?)?;
    module.add_function(wrap_pyfunction!(strict::speed_up_strict, module)?)?;
    module.add_function(wrap_pyfunction!(template::watch_traces, module)?)?;
    module.add_function(wrap_pyfunction!(op::set_operators, module)?)?;
    module.add_function(wrap_pyfunction!(hooks::set_strict, module)?)?;
    module.add_function(wrap_pyfunction!(hooks::set_tables, module)?)?;
    module.add_function(wrap_pyfunction!(hooks::set_generators, module)?)?;
    module.add_function(wrap_pyfunction!(hooks::set_scheduler, module)?)?;
    module.add_function(wrap_pyfunction!(hooks::set_workers, module)?)?;
    module.add_function(wrap_pyfunction!(tasks::entrance::get, module)?)?;
    module.add_function(wrap_pyfunction!(tasks::entrance::run_tasks, module)?)?;
    module.add_function(wrap_pyfunction!(tasks::entrance::task_order, module)?)?;
    module.add_function(wrap_pyfunction!(tasks::entrance::set_get_hook, module)?)?;
    module.add_function(wrap_pyfunction!(delayed::entrance::set_delayed, module)?)?;
    module.add_function(wrap_pyfunction!(delayed::entrance::delayed_call, module)?)?;
    module.add_function(wrap_pyfunction!(delayed::entrance::delayed_place, module)?)?;
    module.add_class::<delayed::entrance::DelayedProgram>()?;
    module.add_function(wrap_pyfunction!(passes::passes, module)?)?;
    module.add_function(wrap_pyfunction!(passes::traces_once, module)?)?;
    module.add_function(wrap_pyfunction!(passes::set_passes_off, module)?)?;
    module.add_function(wrap_pyfunction!(passes::set_passes_variable, module)?)?;
    module.add_function(wrap_pyfunction!(memory::empty_array, module)?)?;
    module.add_function(wrap_pyfunction!(memory::memory_stats, module)?)?;
    module.add_function(wrap_pyfunction!(memory::trim_memory, module)?)?;
    module.add_function(wrap_pyfunction!(memory::set_memory_limit, module)?)?;
    // So that nobody times a debug build.
    let profile = if cfg!(debug_assertions) {
        "debug"
    } else {
        "release"
    };
    module.add("build_profile", profile)
}
