//! Table: what is known of inputs.
//!
//! It is addressed by the ids of the inputs, as the one that folds is: an ordinary hash table, tried
//! here, takes three times as long at a million.

use crate::intern::{Found, Interner};
use crate::key::{Key, mix};
use crate::{Input, Source};

/// A value for each input, under each of several headings.
pub(super) struct Table<V> {
    entries: Vec<Entry<V>>,
    /// Holds the place of every entry.
    places: Interner,
}

struct Entry<V> {
    input: Input,
    heading: u64,
    value: V,
}

impl<V> Table<V> {
    pub(super) fn new() -> Self {
        Self {
            entries: Vec::new(),
            places: Interner::default(),
        }
    }

    /// The value of an input under a heading, and the one to take if there is none yet.
    #[inline]
    pub(super) fn entry(&mut self, input: Input, heading: u64, value: V) -> &mut V {
        if self.places.is_full() {
            self.grow();
        }
        let entries = &self.entries;
        let same = |place: u32| {
            let entry = &entries[place as usize];
            entry.input == input && entry.heading == heading
        };
        let place = match self.places.find(key(input, heading), same) {
            Found::Node(place) => place as usize,
            Found::Free(slot) => {
                let place = self.entries.len();
                self.places.fill(slot, place as u32);
                self.entries.push(Entry {
                    input,
                    heading,
                    value,
                });
                place
            }
        };
        &mut self.entries[place].value
    }

    #[cold]
    fn grow(&mut self) {
        let keys = self.entries.iter().map(|it| key(it.input, it.heading));
        self.places.grow((0..).zip(keys));
    }
}

/// Where an entry is looked for: near those of inputs that were made at the same time.
fn key(input: Input, heading: u64) -> Key {
    let home = match input.unpack() {
        Source::Node(id) => id.raw(),
        Source::Const(id) => id.raw(),
    };
    Key {
        home,
        second_home: home.wrapping_add(heading as u32),
        hash: mix(mix(0, input.raw()) ^ heading, (heading >> 32) as u32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ConstId, NodeId};

    /// An entry is found again however many there are, and none of another kind in its place.
    #[test]
    fn entries_are_found_again() {
        let mut table = Table::new();
        let inputs = |id| [Input::from(NodeId::new(id)), ConstId::new(id).into()];
        let all = || {
            (0..1_000)
                .flat_map(inputs)
                .flat_map(|it| [(it, 0), (it, 1 << 32)])
        };
        for (value, (input, heading)) in all().enumerate() {
            assert_eq!(*table.entry(input, heading, value), value);
        }
        for (value, (input, heading)) in all().enumerate() {
            assert_eq!(*table.entry(input, heading, usize::MAX), value);
        }
    }
}
