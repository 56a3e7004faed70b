//! Intervals: in a row of sets of roots, those that a root is in.
//!
//! Sets that stand side by side mostly have most roots in common: where each adds up what is before
//! it, every root is in one interval of the row, and in very many sets.

use super::ancestry::{Ancestry, Roots};
use super::links::Links;

/// By number of a root: the intervals.
pub(super) struct Intervals {
    /// Where each begins.
    first: Links,
    /// The place behind each.
    end: Links,
}

impl Intervals {
    /// `None` if there are more than `most`.
    pub(super) fn new(
        row: impl ExactSizeIterator<Item = Roots>,
        ancestry: &Ancestry,
        most: usize,
    ) -> Option<Self> {
        let mut first = Links::with_capacity(row.len(), row.len());
        let mut end = Links::with_capacity(row.len() + 1, row.len());
        let mut before = Roots::NONE;
        for roots in row {
            first.push(ancestry.without(roots, before));
            end.push(ancestry.without(before, roots));
            if first.total() > most {
                return None;
            }
            before = roots;
        }
        end.push(ancestry.without(before, Roots::NONE));
        let roots = ancestry.root_count as usize;
        Some(Self {
            first: first.reversed(roots),
            end: end.reversed(roots),
        })
    }

    /// Those of a root: the first place, and the one behind the last.
    pub(super) fn of(&self, root: u32) -> impl Iterator<Item = (u32, u32)> + '_ {
        let first = self.first.of(root).iter().copied();
        first.zip(self.end.of(root).iter().copied())
    }
}
