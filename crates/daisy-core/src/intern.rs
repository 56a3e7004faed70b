//! Intern table: finds the node that equals one about to be added.
//!
//! An ordinary hash table sends each look-up to a random place, which at a million nodes is a
//! cache miss each. Here the place follows from the inputs: ids grow with time, so nodes that
//! are added one after the other look near each other. A look-up tries
//!
//! 1. a few slots at its home, which moves with the largest of its inputs,
//! 2. a few slots at its second home, which moves with all of its inputs: it keeps the many
//!    parents of one young child together,
//! 3. slots all over the table, as double hashing does, once both are full.

use crate::key::Key;

/// What a look-up came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Found {
    /// There is an equal node.
    Node(u32),
    /// There is none, and this is the slot where it belongs.
    Free(usize),
}

/// The table: slots that hold node ids.
#[derive(Clone, Default)]
pub(crate) struct Interner {
    /// Node ids or `EMPTY`. The length is zero or a power of two and at least twice `len`.
    ///
    /// Invariant: every id in here is found along the path of its key before the first empty
    /// slot, and no id is in here twice. Nothing is ever removed.
    slots: Vec<u32>,
    /// How many slots are not empty.
    len: usize,
}

const EMPTY: u32 = u32::MAX;

/// How many slots in a row are tried at a home.
const NEIGHBOURHOOD: usize = 8;

/// Room for so many nodes from the beginning.
const SMALLEST: usize = 16;

impl Interner {
    /// A table that takes `nodes` ids before it grows.
    pub(crate) fn with_capacity(nodes: usize) -> Self {
        let mut table = Self::default();
        if nodes > 0 {
            table.clear_for(nodes);
        }
        table
    }

    /// Whether one more id would make the table more than half full.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        (self.len + 1) * 2 > self.slots.len()
    }

    /// Doubles the table; `ids` gives every id that is in it, with its key.
    ///
    /// The table grows where it is, because touching fresh memory costs more than filling it.
    pub(crate) fn grow(&mut self, ids: impl Iterator<Item = (u32, Key)>) {
        self.clear_for(self.slots.len());
        for (id, key) in ids {
            if let Found::Free(slot) = self.find(key, |_| false) {
                self.fill(slot, id);
            }
        }
    }

    /// Looks for the node for which `same` holds among those with this key.
    ///
    /// The table must not be full.
    #[inline]
    pub(crate) fn find(&self, key: Key, same: impl Fn(u32) -> bool + Copy) -> Found {
        self.probe(near(key.home, key.hash), same)
            .or_else(|| self.probe(near(key.second_home, key.hash), same))
            .or_else(|| self.probe(far(key.hash, self.slots.len()), same))
            .expect("a table that is half empty has an empty slot on every path")
    }

    /// Puts an id into the slot that `find` gave.
    #[inline]
    pub(crate) fn fill(&mut self, slot: usize, id: u32) {
        debug_assert_eq!(self.slots[slot], EMPTY, "a slot is filled once");
        self.slots[slot] = id;
        self.len += 1;
    }

    /// How many ids are in the table.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<u32>()
    }

    fn clear_for(&mut self, nodes: usize) {
        self.slots.clear();
        self.slots
            .resize((nodes.max(SMALLEST) * 2).next_power_of_two(), EMPTY);
        self.len = 0;
    }

    #[inline]
    fn probe(
        &self,
        path: impl Iterator<Item = usize>,
        same: impl Fn(u32) -> bool,
    ) -> Option<Found> {
        let mask = self.slots.len() - 1;
        for slot in path {
            let slot = slot & mask;
            match self.slots[slot] {
                EMPTY => return Some(Found::Free(slot)),
                id if same(id) => return Some(Found::Node(id)),
                _ => {}
            }
        }
        None
    }
}

/// The slots at a home, not yet cut to the table. Homes lie two slots apart, as the table is half
/// empty, and a bit of the hash tells two nodes of one home apart.
#[inline]
fn near(home: u32, hash: u64) -> impl Iterator<Item = usize> {
    let start = home as usize * 2 + (hash as usize & 1);
    (0..NEIGHBOURHOOD).map(move |step| start + step)
}

/// Every slot of a table, in an order that depends on the hash, not yet cut to the table: the
/// stride is odd and the length a power of two.
#[inline]
fn far(hash: u64, slots: usize) -> impl Iterator<Item = usize> {
    let (start, stride) = ((hash >> 32) as usize, (hash >> 8) as usize | 1);
    (0..slots).map(move |step| start.wrapping_add(step.wrapping_mul(stride)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Enters ids `0..ids`, whose keys `key` gives, and checks that each is found again.
    fn check(ids: u32, key: impl Fn(u32) -> Key + Copy) {
        let mut table = Interner::default();
        for id in 0..ids {
            if table.is_full() {
                table.grow((0..id).map(|id| (id, key(id))));
            }
            let Found::Free(slot) = table.find(key(id), |other| other == id) else {
                panic!("{id} is there before it was entered")
            };
            table.fill(slot, id);
        }
        assert_eq!(table.len(), ids as usize);
        for id in 0..ids {
            assert_eq!(table.find(key(id), |other| other == id), Found::Node(id));
        }
    }

    fn scrambled(id: u32) -> u64 {
        (u64::from(id) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    /// Ids that live one after the other, as those of a chain do.
    #[test]
    fn many_homes() {
        check(10_000, |id| Key {
            home: id,
            second_home: id,
            hash: scrambled(id),
        });
    }

    /// Ids of one first home, as those of the parents of one child are.
    #[test]
    fn one_first_home() {
        check(10_000, |id| Key {
            home: 5,
            second_home: id,
            hash: scrambled(id),
        });
    }

    /// Ids of one home only: they scatter.
    #[test]
    fn one_home() {
        check(10_000, |id| Key {
            home: 5,
            second_home: 5,
            hash: scrambled(id),
        });
    }

    /// Ids that nothing tells apart are still all found, however slowly.
    #[test]
    fn one_key() {
        check(500, |_| Key {
            home: 5,
            second_home: 5,
            hash: 5,
        });
    }

    /// Homes at the end of the numbers wrap round.
    #[test]
    fn the_last_home() {
        check(1_000, |id| Key {
            home: u32::MAX,
            second_home: u32::MAX - id,
            hash: u64::MAX,
        });
    }

    /// Room that was asked for is room that is there.
    #[test]
    fn capacity_is_kept() {
        for nodes in [1, 15, 16, 17, 1_000] {
            let mut table = Interner::with_capacity(nodes);
            let bytes = table.bytes();
            for slot in 0..nodes {
                assert!(!table.is_full());
                table.fill(slot, slot as u32);
            }
            assert_eq!(table.bytes(), bytes);
        }
    }
}
