//! Contexts as numbers: which of the captured contexts of a graph are the same.
//!
//! Two contexts are the same where they bind the same variables to the same constants, as
//! `constants` has it. Python's `==` would not do: it takes 1 for True, and it runs code of the
//! user's, which may force a thunk in the midst of compiling.

use std::collections::HashMap;

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::constants::Constants;
use crate::hooks;
use crate::nesting;

/// The numbers of the contexts of one graph, in the order in which they were met.
#[derive(Default)]
pub(super) struct Contexts {
    /// The address of the context asked for last: operations in a row mostly share one.
    last: Option<(usize, u32)>,
    /// By the address of a context, which the nodes of the graph keep alive.
    by_address: HashMap<usize, u32>,
    by_bindings: HashMap<Vec<Binding>, u32>,
    /// The values of the variables.
    values: Constants,
    /// The variables that no operation can depend on.
    ignored: Vec<Py<PyAny>>,
}

/// A variable by its address, and its value by its place among `values`.
type Binding = (usize, usize);

impl Contexts {
    /// The number of a context; the first one is 0.
    #[inline]
    pub(super) fn number(&mut self, context: &Bound<'_, PyAny>) -> PyResult<u32> {
        let address = context.as_ptr() as usize;
        match self.last {
            Some((last, number)) if last == address => Ok(number),
            last => {
                let number = match last {
                    None => 0,
                    Some(first) => self.look_up(context, first)?,
                };
                self.last = Some((address, number));
                Ok(number)
            }
        }
    }

    /// The number of a context that is not the last one.
    #[cold]
    fn look_up(&mut self, context: &Bound<'_, PyAny>, last: (usize, u32)) -> PyResult<u32> {
        let py = context.py();
        if self.by_address.is_empty() {
            // Most graphs have one context, of which nothing has to be known.
            self.ignored = ignored(py)?;
            // SAFETY: the last context is one of the graph's, whose nodes keep it alive.
            let first = unsafe { Bound::from_borrowed_ptr(py, last.0 as *mut ffi::PyObject) };
            let bindings = self.bindings(&first)?;
            self.by_bindings.insert(bindings, last.1);
            self.by_address.insert(last.0, last.1);
        }
        if let Some(&known) = self.by_address.get(&(context.as_ptr() as usize)) {
            return Ok(known);
        }
        let bindings = self.bindings(context)?;
        let count = u32::try_from(self.by_bindings.len()).expect("fewer contexts than nodes");
        let number = *self.by_bindings.entry(bindings).or_insert(count);
        self.by_address.insert(context.as_ptr() as usize, number);
        Ok(number)
    }

    fn bindings(&mut self, context: &Bound<'_, PyAny>) -> PyResult<Vec<Binding>> {
        let mut bindings = Vec::new();
        for item in context
            .call_method0(intern!(context.py(), "items"))?
            .try_iter()?
        {
            let item = item?.cast_into::<PyTuple>()?;
            let (variable, value) = (item.get_item(0)?, item.get_item(1)?);
            if !self.ignored.iter().any(|ignored| ignored.is(&variable)) {
                let value = self.values.intern(&value);
                bindings.push((variable.as_ptr() as usize, value.index()));
            }
        }
        // Contexts that were filled in another order list their variables in another order.
        bindings.sort_unstable();
        Ok(bindings)
    }
}

/// The variables that a graph's operations cannot depend on: those of known modules, and the one
/// that says inside which runs a thread is.
fn ignored(py: Python<'_>) -> PyResult<Vec<Py<PyAny>>> {
    let mut ignored = hooks::idle_variables(py)?;
    ignored.extend(nesting::known_variable(py));
    Ok(ignored)
}
