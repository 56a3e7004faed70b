//! Index: which entry stands for a key that was met before.
//!
//! Keys are looked up in the caller's dict, which gives the node. The index goes by the address of
//! the node then, so that no key is hashed a second time.

use std::collections::HashMap;

use pyo3::prelude::*;

use super::entry::{Entries, EntryId};

/// The entries by the node that they were made of.
#[derive(Default)]
pub struct Index {
    /// Open addressing, a power of two long and at most half full.
    places: Vec<Place>,
    len: usize,
    /// By hash of their key: the entries of nodes that stand under several keys, but for the first
    /// of each. Dask runs such a node once a key.
    twins: HashMap<isize, Vec<EntryId>>,
}

#[derive(Clone, Copy)]
struct Place {
    /// The address of a node; 0 is no address.
    node: usize,
    entry: EntryId,
}

const FREE: Place = Place { node: 0, entry: 0 };

impl Index {
    /// The entry of a key and its node; a new one if there was none.
    #[inline]
    pub fn entry(
        &mut self,
        entries: &mut Entries,
        key: &Bound<'_, PyAny>,
        node: &Bound<'_, PyAny>,
    ) -> PyResult<EntryId> {
        if self.len * 2 >= self.places.len() {
            self.grow();
        }
        let address = node.as_ptr() as usize;
        let place = self.find(address);
        if self.places[place].node == 0 {
            let entry = entries.add(key, node);
            self.places[place] = Place {
                node: address,
                entry,
            };
            self.len += 1;
            return Ok(entry);
        }
        let entry = self.places[place].entry;
        if entries.has_key(entry, key)? {
            return Ok(entry);
        }
        self.twin(entries, key, node)
    }

    #[cold]
    fn twin(
        &mut self,
        entries: &mut Entries,
        key: &Bound<'_, PyAny>,
        node: &Bound<'_, PyAny>,
    ) -> PyResult<EntryId> {
        let same_hash = self.twins.entry(key.hash()?).or_default();
        for &entry in same_hash.iter() {
            if entries.has_key(entry, key)? {
                return Ok(entry);
            }
        }
        let entry = entries.add(key, node);
        same_hash.push(entry);
        Ok(entry)
    }

    /// Where an address is, or the free place where it belongs.
    #[inline]
    fn find(&self, address: usize) -> usize {
        let mask = self.places.len() - 1;
        let mut place = home(address) & mask;
        while self.places[place].node != address && self.places[place].node != 0 {
            place = (place + 1) & mask;
        }
        place
    }

    #[cold]
    fn grow(&mut self) {
        let len = (self.places.len() * 2).max(64);
        let before = std::mem::replace(&mut self.places, vec![FREE; len]);
        for place in before.into_iter().filter(|place| place.node != 0) {
            let free = self.find(place.node);
            self.places[free] = place;
        }
    }
}

/// Where the search for an address begins. Nodes made one after the other lie side by side, so the
/// addresses of one stretch of memory stay together and share a line of the cache; stretches are
/// scattered.
#[inline]
fn home(address: usize) -> usize {
    let stretch = (address >> 9).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    (stretch << 3) | ((address >> 6) & 7)
}
