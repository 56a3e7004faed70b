//! Set table: in which order a set of Python's is gone through, and how long its hash table is.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyFrozenSet, PySet};

/// What stands in the table of a set.
pub struct SetTable<'py> {
    /// By place in the table, free ones left out: keys and their hashes.
    pub keys: Vec<(Bound<'py, PyAny>, isize)>,
    /// How many places there are, as a power of two.
    pub length: u8,
}

impl<'py> SetTable<'py> {
    /// The table of a set, as it is now; `None` if the object is not exactly one.
    pub fn read(set: &Bound<'py, PyAny>) -> Option<Self> {
        if !set.is_exact_instance_of::<PyFrozenSet>() && !set.is_exact_instance_of::<PySet>() {
            return None;
        }
        let table = set.as_ptr().cast::<ffi::PySetObject>();
        let mut keys = Vec::new();
        // SAFETY: a set, by its type. Nothing here runs code of others, so the table stays.
        let mask = unsafe { (*table).mask.cast_unsigned() };
        for place in 0..=mask {
            // SAFETY: there are `mask + 1` places, whose keys are alive or null.
            unsafe {
                let entry = (*table).table.add(place);
                let key = Bound::from_borrowed_ptr_or_opt(set.py(), (*entry).key);
                // An object without a use stands where a key was taken away, under a hash of -1.
                keys.extend(
                    key.map(|key| (key, (*entry).hash))
                        .filter(|&(_, hash)| hash != -1),
                );
            }
        }
        Some(Self {
            keys,
            length: mask.count_ones() as u8,
        })
    }
}
