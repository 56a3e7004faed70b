//! Set table: in which order a set of Python's is gone through, and how long its hash table is.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyFrozenSet, PySet};

/// The table of a set, as it is whenever it is looked at.
pub struct SetTable<'py> {
    set: Bound<'py, PyAny>,
}

impl<'py> SetTable<'py> {
    /// The table of a set; `None` if the object is not exactly one.
    pub fn of(set: Bound<'py, PyAny>) -> Option<Self> {
        let is_set =
            set.is_exact_instance_of::<PyFrozenSet>() || set.is_exact_instance_of::<PySet>();
        is_set.then_some(Self { set })
    }

    fn object(&self) -> &ffi::PySetObject {
        // SAFETY: it is a set, by its type.
        unsafe { &*self.set.as_ptr().cast() }
    }

    /// How many keys are in the set.
    pub fn keys(&self) -> usize {
        self.object().used.cast_unsigned()
    }

    /// How many places the table has: a power of two.
    pub fn places(&self) -> usize {
        self.object().mask.cast_unsigned() + 1
    }

    /// The key at a place, and its hash, if one is there.
    ///
    /// # Safety
    /// The key may be gone once others' code has run: whoever calls that takes a reference before.
    #[inline]
    pub unsafe fn at(&self, place: usize) -> Option<(Borrowed<'_, 'py, PyAny>, isize)> {
        if place >= self.places() {
            return None;
        }
        // SAFETY: there is such a place, and its key is alive or null.
        let (key, hash) = unsafe {
            let entry = self.object().table.add(place);
            let key = Borrowed::from_ptr_or_opt(self.set.py(), (*entry).key);
            (key, (*entry).hash)
        };
        // An object without a use stands where a key was taken away, under a hash of -1.
        key.filter(|_| hash != -1).map(|key| (key, hash))
    }
}
