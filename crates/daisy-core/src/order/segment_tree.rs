//! Segment tree: the least of entries in a row, of which those in an interval can be lowered at once.

/// What is compared: how many roots are missing, and then the rank.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Entry {
    pub(super) missing: u32,
    /// Whether no need of an end has run, and the place of the most preferred end.
    pub(super) rank: (bool, u32),
    /// The place in the row.
    pub(super) number: u32,
}

/// Entries in a row. The children of a place of the tree are at twice that and behind it; the
/// entries themselves are the second half.
///
/// The least entry below a place is written there as it is without what was taken off above.
pub(super) struct SegmentTree {
    least: Vec<Entry>,
    /// By place that has children: what was taken off all entries below.
    less: Vec<u32>,
}

/// What is written in the place of an entry that was taken away: more than any other.
const GONE: u32 = u32::MAX;

impl SegmentTree {
    pub(super) fn new(entries: &[Entry]) -> Self {
        let len = entries.len();
        let mut tree = Self {
            least: [entries, entries].concat(),
            less: vec![0; len],
        };
        for place in (1..len).rev() {
            tree.least[place] = tree.least_below(place);
        }
        tree
    }

    /// The least entry, if one is left.
    pub(super) fn least(&self) -> Option<Entry> {
        let least = *self.least.get(1)?;
        let is_left = self.least[self.leaf(least.number)].missing != GONE;
        is_left.then_some(least)
    }

    /// Takes one off what is missing in the entries from the first up to and without the end, none
    /// of which was taken away.
    pub(super) fn lower(&mut self, first: u32, end: u32) {
        let (mut low, mut high) = (self.leaf(first), self.leaf(end));
        while low < high {
            if low % 2 == 1 {
                self.lower_below(low);
                low += 1;
            }
            if high % 2 == 1 {
                high -= 1;
                self.lower_below(high);
            }
            (low, high) = (low / 2, high / 2);
        }
        self.update(self.leaf(first));
        if end - first > 1 {
            self.update(self.leaf(end - 1));
        }
    }

    /// Gives an entry a lesser rank; a greater one is not taken.
    pub(super) fn rank(&mut self, number: u32, rank: (bool, u32)) {
        let leaf = self.leaf(number);
        let entry = &mut self.least[leaf];
        if rank < entry.rank {
            entry.rank = rank;
            self.update(leaf);
        }
    }

    /// Takes an entry away.
    pub(super) fn remove(&mut self, number: u32) {
        let leaf = self.leaf(number);
        self.least[leaf].missing = GONE;
        self.update(leaf);
    }

    fn leaf(&self, number: u32) -> usize {
        self.less.len() + number as usize
    }

    fn lower_below(&mut self, place: usize) {
        self.least[place].missing -= 1;
        if let Some(less) = self.less.get_mut(place) {
            *less += 1;
        }
    }

    /// Looks again at what is above a place.
    fn update(&mut self, mut place: usize) {
        while place > 1 {
            place /= 2;
            self.least[place] = self.least_below(place);
        }
    }

    fn least_below(&self, place: usize) -> Entry {
        let mut least = self.least[2 * place].min(self.least[2 * place + 1]);
        least.missing -= self.less[place];
        least
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, SegmentTree};

    #[test]
    fn the_least_is_that_of_all_entries() {
        let mut random = 1_u32;
        let mut draw = |below: u32| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 8) % below
        };
        for len in 1..20 {
            let entry = |number| Entry {
                missing: 50,
                rank: (true, number * 7 % 5),
                number,
            };
            let mut entries: Vec<Entry> = (0..len).map(entry).collect();
            let mut tree = SegmentTree::new(&entries);
            for _ in 0..45 {
                let first = draw(len);
                let end = first + 1 + draw(len - first);
                tree.lower(first, end);
                for entry in entries
                    .iter_mut()
                    .filter(|entry| (first..end).contains(&entry.number))
                {
                    entry.missing -= 1;
                }
                let number = draw(len);
                tree.rank(number, (false, first));
                for entry in entries.iter_mut().filter(|entry| entry.number == number) {
                    entry.rank = entry.rank.min((false, first));
                }
                assert_eq!(tree.least(), entries.iter().copied().min());
            }
            while let Some(least) = entries.iter().copied().min() {
                assert_eq!(tree.least(), Some(least));
                tree.remove(least.number);
                entries.retain(|entry| entry.number != least.number);
            }
            assert_eq!(tree.least(), None);
        }
    }

    #[test]
    fn nothing_has_no_least() {
        assert_eq!(SegmentTree::new(&[]).least(), None);
    }
}
