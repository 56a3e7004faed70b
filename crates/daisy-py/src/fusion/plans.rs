//! Plans that are kept: kernels for a group of operations and the kinds of values it met.
//!
//! They are found again by structure, so the second call of a function, or an equal piece of another
//! one, pays for a look-up.

use std::sync::Arc;

use parking_lot::Mutex;
use pyo3::prelude::*;
use pyo3::sync::MutexExt;
use rustc_hash::FxHashMap;

use super::kinds::Signature;
use super::specialise::Plan;

/// The plans of all groups of one structure.
#[derive(Default)]
pub struct Plans {
    known: Mutex<FxHashMap<Signature, Arc<Plan>>>,
}

/// So many signatures are kept of a group; a program that meets ever new shapes begins anew.
const MOST_SIGNATURES: usize = 64;
/// Structures of so many words together are kept, some 100,000 operations.
const MOST_WORDS: usize = 1 << 19;

static GROUPS: Mutex<Option<Groups>> = Mutex::new(None);

/// The plans of all structures.
#[derive(Default)]
struct Groups {
    plans: FxHashMap<Box<[u32]>, Arc<Plans>>,
    /// How long all structures are together.
    words: usize,
}

impl Plans {
    /// Those of groups of a structure.
    pub fn of(py: Python<'_>, structure: &[u32]) -> Arc<Plans> {
        let (plans, old) = {
            let mut groups = GROUPS.lock_py_attached(py);
            let groups = groups.get_or_insert_default();
            if let Some(plans) = groups.plans.get(structure) {
                return Arc::clone(plans);
            }
            let full = groups.words + structure.len() > MOST_WORDS;
            let old = full.then(|| std::mem::take(groups));
            groups.words += structure.len();
            let plans: Arc<Plans> = Arc::default();
            groups.plans.insert(structure.into(), Arc::clone(&plans));
            (plans, old)
        };
        // After the lock is let go: a ufunc that goes may run code.
        drop(old);
        plans
    }

    /// The plan for a signature, made now if there is none yet.
    pub fn find(
        &self,
        py: Python<'_>,
        signature: Signature,
        make: impl FnOnce() -> Plan,
    ) -> Arc<Plan> {
        if let Some(plan) = self.known.lock_py_attached(py).get(&signature) {
            return Arc::clone(plan);
        }
        let plan = Arc::new(make());
        let old = {
            let mut known = self.known.lock_py_attached(py);
            let full = known.len() >= MOST_SIGNATURES;
            let old = if full {
                std::mem::take(&mut *known)
            } else {
                FxHashMap::default()
            };
            known.insert(signature, Arc::clone(&plan));
            old
        };
        drop(old);
        plan
    }
}
