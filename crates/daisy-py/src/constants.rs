//! The Python objects of one graph: callables, leaves and constants, by number.
//!
//! Constants are the same when type and value are (`1`, `1.0` and `True` are three, `0.0` and
//! `-0.0` two, a NaN equals its own bits); everything else is the same only as the same object.
//! No code of the user's runs here: only exact builtin types are looked into.

use std::hash::Hasher;

use daisy_core::ConstId;
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyComplex, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};

use crate::arrays::Array;
use crate::containers::{Shape, changes_with_use};
use crate::hooks;
use crate::threads::arrays;

/// Containers are compared item by item down to this depth; deeper ones by identity.
const DEPTH: u32 = 16;

/// Containers with more items than this are compared by identity: they are data.
const WIDTH: usize = 64;

/// A set of constants without equal ones, in the order in which they came.
#[derive(Default)]
pub struct Constants {
    values: Vec<Constant>,
    /// Ids by hash, open addressing, `EMPTY` where free; at most half full.
    /// The hash of a number is its value and that of an object its address, so that constants
    /// which are made one after the other lie side by side.
    table: Vec<u32>,
    /// The last constants seen, by address: the function that many nodes call is one of them.
    recent: [Option<ConstId>; RECENT],
    /// Whether a value that changes with its use is among them.
    changing: bool,
    /// Whether an array is among them, and one that keeps NumPy busy for a while.
    arrays: bool,
    large: bool,
}

/// One constant.
pub struct Constant {
    pub value: Py<PyAny>,
    /// A container that can be changed, or holds one: each use gets a copy of its own.
    pub mutable: bool,
    hash: u64,
}

const EMPTY: u32 = u32::MAX;

const RECENT: usize = 16;

impl Constants {
    /// Makes room for the constants of a graph of this many nodes.
    pub fn reserve(&mut self, nodes: usize) {
        self.values.reserve(nodes);
    }

    /// The id of a value that is the same as `value`.
    pub fn intern(&mut self, value: &Bound<'_, PyAny>) -> ConstId {
        let place = (value.as_ptr() as usize >> 4) % RECENT;
        if let Some(id) = self.recent[place]
            && self.get(id).value.is(value)
        {
            return id;
        }
        let id = self.look_up(value);
        self.recent[place] = Some(id);
        id
    }

    fn look_up(&mut self, value: &Bound<'_, PyAny>) -> ConstId {
        if self.values.len() * 2 >= self.table.len() {
            self.grow();
        }
        let hash = hash(value, DEPTH);
        let slot = self.find(value, hash);
        if self.table[slot] == EMPTY {
            self.table[slot] = u32::try_from(self.values.len()).expect("under 2^32 constants");
            let plain = is_immutable(value);
            self.changing |= !plain && changes_with_use(value);
            if !plain && Array::held(value).is_some() {
                self.arrays = true;
                self.large |= arrays::is_large(value.py(), value.as_ptr());
            }
            self.values.push(Constant {
                value: value.clone().unbind(),
                mutable: !plain && is_mutable(value, DEPTH),
                hash,
            });
        }
        ConstId::new(self.table[slot])
    }

    pub fn get(&self, id: ConstId) -> &Constant {
        &self.values[id.index()]
    }

    pub fn len(&self) -> usize {
        self.values.len()
    }

    pub fn has_changing(&self) -> bool {
        self.changing
    }

    pub fn has_arrays(&self) -> bool {
        self.arrays
    }

    pub fn has_large(&self) -> bool {
        self.large
    }

    /// The slot of an equal value, or the free one where it belongs.
    fn find(&self, value: &Bound<'_, PyAny>, hash: u64) -> usize {
        let mask = self.table.len() - 1;
        let mut slot = home(hash, mask);
        let mut step = 0;
        loop {
            let id = self.table[slot];
            if id == EMPTY {
                return slot;
            }
            let other = &self.values[id as usize];
            if other.hash == hash && same(other.value.bind(value.py()), value, DEPTH) {
                return slot;
            }
            step += 1;
            slot = next(slot, step, hash, mask);
        }
    }

    fn grow(&mut self) {
        let size = (self.table.len() * 4).max(64);
        self.table.clear();
        self.table.resize(size, EMPTY);
        let mask = size - 1;
        for (id, constant) in (0..).zip(&self.values) {
            let mut slot = home(constant.hash, mask);
            let mut step = 0;
            while self.table[slot] != EMPTY {
                step += 1;
                slot = next(slot, step, constant.hash, mask);
            }
            self.table[slot] = id;
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the mask takes the low bits"
)]
fn home(hash: u64, mask: usize) -> usize {
    hash as usize & mask
}

/// The next slot to look at: neighbours first, then, where many came together, far away by the
/// mixed hash. The steps differ from each other by odd numbers, so every slot is reached.
fn next(slot: usize, step: usize, hash: u64, mask: usize) -> usize {
    if step < 8 {
        (slot + 1) & mask
    } else {
        let mixed = (hash ^ (hash >> 29)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        (slot + (home(mixed, mask) | 1)) & mask
    }
}

fn hash(value: &Bound<'_, PyAny>, depth: u32) -> u64 {
    if is_hashed_by_value(value) {
        // Numbers hash to themselves; strings remember their hash.
        return value.hash().map_or(0, |hash| hash.cast_unsigned() as u64);
    }
    if let Ok(float) = value.cast_exact::<PyFloat>() {
        return mix(1, float.value().to_bits());
    }
    if let Ok(complex) = value.cast_exact::<PyComplex>() {
        return mix(complex.real().to_bits(), complex.imag().to_bits());
    }
    if is_numpy_scalar(value)
        && let Some(bytes) = scalar_bytes(value)
    {
        return hash(bytes.as_any(), 0);
    }
    match small_items(value, depth) {
        Some(items) => items.iter().fold(items.len() as u64, |seed, item| {
            mix(seed, hash(item, depth - 1))
        }),
        // Objects lie at multiples of 16.
        None => (value.as_ptr() as u64) >> 4,
    }
}

fn mix(seed: u64, word: u64) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    hasher.write_u64(seed);
    hasher.write_u64(word);
    hasher.finish()
}

/// Exactly int, str or bytes: `==` and `hash` are the interpreter's own.
fn is_hashed_by_value(value: &Bound<'_, PyAny>) -> bool {
    value.is_exact_instance_of::<PyInt>()
        || value.is_exact_instance_of::<PyString>()
        || value.is_exact_instance_of::<PyBytes>()
}

/// Whether two values are one constant.
pub fn are_same(left: &Bound<'_, PyAny>, right: &Bound<'_, PyAny>) -> bool {
    same(left, right, DEPTH)
}

fn same(left: &Bound<'_, PyAny>, right: &Bound<'_, PyAny>, depth: u32) -> bool {
    if left.is(right) {
        return true;
    }
    if left.get_type_ptr() != right.get_type_ptr() {
        return false;
    }
    if is_hashed_by_value(left) {
        return left.eq(right).unwrap_or(false);
    }
    if let (Ok(left), Ok(right)) = (left.cast_exact::<PyFloat>(), right.cast_exact::<PyFloat>()) {
        return left.value().to_bits() == right.value().to_bits();
    }
    if let (Ok(left), Ok(right)) = (
        left.cast_exact::<PyComplex>(),
        right.cast_exact::<PyComplex>(),
    ) {
        return left.real().to_bits() == right.real().to_bits()
            && left.imag().to_bits() == right.imag().to_bits();
    }
    if is_numpy_scalar(left) {
        return same_scalar(left, right);
    }
    match (small_items(left, depth), small_items(right, depth)) {
        (Some(left), Some(right)) => {
            left.len() == right.len() && left.iter().zip(&right).all(|(a, b)| same(a, b, depth - 1))
        }
        _ => false,
    }
}

/// The items of a small container, `None` for anything else.
fn small_items<'py>(value: &Bound<'py, PyAny>, depth: u32) -> Option<Vec<Bound<'py, PyAny>>> {
    if depth == 0 {
        return None;
    }
    match Shape::of(value)? {
        Shape::Tuple => few(value.cast::<PyTuple>().ok()?.len())
            .then(|| value.cast::<PyTuple>().map(|t| t.iter().collect()).ok())?,
        Shape::List => few(value.cast::<PyList>().ok()?.len())
            .then(|| value.cast::<PyList>().map(|l| l.iter().collect()).ok())?,
        Shape::Dict => {
            let dict = value.cast::<PyDict>().ok()?;
            few(dict.len()).then(|| dict.keys().iter().chain(dict.values().iter()).collect())
        }
        Shape::Slice => {
            let py = value.py();
            [
                intern!(py, "start"),
                intern!(py, "stop"),
                intern!(py, "step"),
            ]
            .into_iter()
            .map(|name| value.getattr(name).ok())
            .collect()
        }
        // The order of a set is no part of its value, and a namedtuple's class may define `==`.
        Shape::Set | Shape::FrozenSet | Shape::NamedTuple => None,
    }
}

fn few(count: usize) -> bool {
    count <= WIDTH
}

/// An instance of one of NumPy's own scalar types. Told by the type alone: `isinstance` may ask the
/// value for its class, which is code of the user's, as may be the methods of a derived class.
pub fn is_numpy_scalar(value: &Bound<'_, PyAny>) -> bool {
    let Some(generic) = hooks::numpy_generic(value.py()) else {
        return false;
    };
    let kind = value.get_type_ptr();
    // SAFETY: both are live types. Only types written in C are not on the heap.
    unsafe {
        (*kind).tp_flags & ffi::Py_TPFLAGS_HEAPTYPE == 0
            && ffi::PyType_IsSubtype(kind, generic.as_ptr().cast()) != 0
    }
}

fn scalar_bytes<'py>(value: &Bound<'py, PyAny>) -> Option<Bound<'py, PyBytes>> {
    let bytes = value.call_method0(intern!(value.py(), "tobytes")).ok()?;
    bytes.cast_into::<PyBytes>().ok()
}

fn same_scalar(left: &Bound<'_, PyAny>, right: &Bound<'_, PyAny>) -> bool {
    let name = intern!(left.py(), "dtype");
    let same_dtype = match (left.getattr(name), right.getattr(name)) {
        (Ok(left), Ok(right)) => left.eq(right).unwrap_or(false),
        _ => false,
    };
    same_dtype
        && match (scalar_bytes(left), scalar_bytes(right)) {
            (Some(left), Some(right)) => left.as_bytes() == right.as_bytes(),
            _ => false,
        }
}

/// Whether `value` is a container that can be changed, or holds one.
pub fn is_mutable_container(value: &Bound<'_, PyAny>) -> bool {
    is_mutable(value, DEPTH)
}

fn is_mutable(value: &Bound<'_, PyAny>, depth: u32) -> bool {
    if is_immutable(value) {
        return false;
    }
    match Shape::of(value) {
        None | Some(Shape::FrozenSet | Shape::Slice) => false,
        Some(Shape::List | Shape::Dict | Shape::Set) => true,
        Some(Shape::Tuple | Shape::NamedTuple) => value
            .cast::<PyTuple>()
            .is_ok_and(|items| depth > 0 && items.iter().any(|item| is_mutable(&item, depth - 1))),
    }
}

/// Whether `value` cannot be changed, so that two results may be one object.
pub fn is_immutable(value: &Bound<'_, PyAny>) -> bool {
    let kind = value.get_type_ptr();
    // Only addresses of static type objects are compared.
    value.is_none()
        || kind == &raw mut ffi::PyLong_Type
        || kind == &raw mut ffi::PyFloat_Type
        || kind == &raw mut ffi::PyBool_Type
        || kind == &raw mut ffi::PyUnicode_Type
        || kind == &raw mut ffi::PyBytes_Type
        || kind == &raw mut ffi::PyComplex_Type
        || kind == &raw mut ffi::PyType_Type
        || kind == &raw mut ffi::PyFunction_Type
        || kind == &raw mut ffi::PyCFunction_Type
        || kind == &raw mut ffi::PyRange_Type
}
