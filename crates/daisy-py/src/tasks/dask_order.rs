//! Dask's order: the order of the core, asked for all nodes of a dict.

use daisy_core::order::{Keys, Links, order};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use super::classes::Kind;
use super::entry::EntryId;
use super::key_text;
use super::reader::Reader;
use super::set_table::SetTable;

const NONE: u32 = u32::MAX;

/// The entries of all nodes in the order of `dask.order`, which looks at the whole graph. Among
/// them, or left out, may be entries under whose keys nothing stands.
pub fn in_order(reader: &mut Reader<'_>) -> PyResult<Vec<EntryId>> {
    let keys = reader.mapping.keys();
    let nodes = reader.mapping.values();
    let mut numbers = Numbers::default();
    for (key, node) in keys.iter().zip(&nodes) {
        numbers.entries.push(reader.meet(&key, &node)?);
    }
    for &entry in &numbers.entries {
        reader.read(entry)?;
    }
    numbers.complete(reader)?;
    let graph = Collector::new(reader, &numbers)?.collect(&nodes)?;
    let py = reader.mapping.py();
    let ordered = order(graph, |equals| {
        key_text::sort(equals, |number| {
            let entry = numbers.entries[number as usize];
            reader.entries.keys[entry as usize].bind_borrowed(py)
        })
    })?;
    let entry = |number: u32| numbers.entries[number as usize];
    Ok(ordered.into_iter().map(entry).collect())
}

/// Entries by number, which is the place of their key in the dict.
#[derive(Default)]
struct Numbers {
    entries: Vec<EntryId>,
    /// By entry. Entries of one missing key have one number.
    by_entry: Vec<u32>,
}

impl Numbers {
    /// Gives numbers to everything that has none.
    fn complete(&mut self, reader: &Reader<'_>) -> PyResult<()> {
        self.by_entry = vec![NONE; reader.entries.len()];
        for (number, &entry) in (0..).zip(&self.entries) {
            self.by_entry[entry as usize] = number;
        }
        let py = reader.mapping.py();
        let others = PyDict::new(py);
        for entry in 0..reader.entries.len() {
            if self.by_entry[entry] != NONE {
                continue;
            }
            let key = reader.entries.keys[entry].bind(py);
            if let Some(known) = others.get_item(key)? {
                self.by_entry[entry] = known.extract()?;
                continue;
            }
            let number = self.entries.len() as u32;
            self.entries.push(entry as EntryId);
            self.by_entry[entry] = number;
            others.set_item(key, number)?;
        }
        Ok(())
    }
}

/// Writes a graph of numbers.
struct Collector<'a, 'py> {
    reader: &'a Reader<'py>,
    numbers: &'a Numbers,
    graph: Keys,
    /// By number: the last node that was seen to need it.
    seen: Vec<u32>,
    needs: Vec<u32>,
    by_hash: Vec<(u64, u32)>,
}

impl<'a, 'py> Collector<'a, 'py> {
    fn new(reader: &'a Reader<'py>, numbers: &'a Numbers) -> PyResult<Self> {
        let count = numbers.entries.len();
        let mut hashes = Vec::with_capacity(count);
        for &entry in &numbers.entries {
            let key = reader.entries.keys[entry as usize].bind(reader.mapping.py());
            hashes.push(key.hash()?.cast_unsigned() as u64);
        }
        Ok(Self {
            reader,
            numbers,
            graph: Keys {
                needs: Links::with_capacity(count, reader.entries.codes.len()),
                lengths: Vec::with_capacity(count),
                hashes,
                data: Vec::with_capacity(count),
            },
            seen: vec![NONE; count],
            needs: Vec::new(),
            by_hash: Vec::new(),
        })
    }

    /// The graph of all entries, the first of them being those of these nodes.
    fn collect(mut self, nodes: &Bound<'py, PyList>) -> PyResult<Keys> {
        for (number, node) in (0..).zip(nodes) {
            self.find_needs(number);
            let length = self.sort_needs(&node)?;
            let entry = self.numbers.entries[number as usize];
            let is_data = self.reader.entries.is_data(entry) || self.reader.is_foreign_data(&node);
            self.push(length, is_data);
        }
        self.needs.clear();
        for _ in nodes.len()..self.numbers.entries.len() {
            self.push(0, true);
        }
        Ok(self.graph)
    }

    fn push(&mut self, length: u8, is_data: bool) {
        self.graph.needs.push(self.needs.iter().copied());
        self.graph.lengths.push(length);
        self.graph.data.push(is_data);
    }

    /// The needs of a node as it names them, each once.
    fn find_needs(&mut self, number: u32) {
        self.needs.clear();
        let entry = self.numbers.entries[number as usize];
        for need in self.reader.entries.needs(entry) {
            let need = self.numbers.by_entry[need as usize];
            let seen = &mut self.seen[need as usize];
            if *seen != number {
                *seen = number;
                self.needs.push(need);
            }
        }
    }

    /// Puts the needs into the order of the node's set of them, and gives the length of its table.
    fn sort_needs(&mut self, node: &Bound<'py, PyAny>) -> PyResult<u8> {
        if self.needs.len() < 2 {
            return Ok(0);
        }
        let table = SetTable::of(self.reader.dependencies(node)?);
        let Some(table) = table.filter(|table| table.keys() == self.needs.len()) else {
            return Ok(0);
        };
        self.by_hash.clear();
        let hash = |&need: &u32| (self.graph.hashes[need as usize], need);
        self.by_hash.extend(self.needs.iter().map(hash));
        self.by_hash.sort_unstable();
        self.needs.clear();
        for place in 0..table.places() {
            // SAFETY: `find` takes a reference before it compares keys.
            if let Some((key, hash)) = unsafe { table.at(place) }
                && let Some(need) = self.find(key, hash.cast_unsigned() as u64)?
            {
                self.needs.push(need);
            }
        }
        self.restore();
        Ok(table.places().trailing_zeros() as u8)
    }

    /// The need of a key.
    fn find(&self, key: Borrowed<'_, 'py, PyAny>, hash: u64) -> PyResult<Option<u32>> {
        let first = self.by_hash.partition_point(|need| need.0 < hash);
        let same = self.by_hash[first..].iter();
        let same = same.take_while(|need| need.0 == hash).map(|need| need.1);
        let mut others = same.clone();
        let first = others.next();
        if others.next().is_none() {
            return Ok(first);
        }
        let key = key.to_owned();
        for need in same {
            let entry = self.numbers.entries[need as usize];
            if self.reader.entries.has_key(entry, &key)? {
                return Ok(Some(need));
            }
        }
        Ok(None)
    }

    /// Adds what a set did not have: a node may say that it depends on other keys than it names.
    fn restore(&mut self) {
        if self.needs.len() < self.by_hash.len() {
            for &(_, need) in &self.by_hash {
                if !self.needs.contains(&need) {
                    self.needs.push(need);
                }
            }
        }
    }
}

impl<'py> Reader<'py> {
    /// What a node says that it depends on.
    fn dependencies(&self, node: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        if self.classes().kind(node) == Kind::Other {
            node.getattr(intern!(node.py(), "dependencies"))
        } else {
            // SAFETY: one of dask's nodes, by its type.
            unsafe { self.classes().dependencies.read(node) }
        }
    }

    fn is_foreign_data(&self, node: &Bound<'py, PyAny>) -> bool {
        self.classes().kind(node) == Kind::Other && self.classes().is_data(node)
    }
}
