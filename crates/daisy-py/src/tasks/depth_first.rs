//! Depth first: an order of the entries in which values are needed for a short time only.
//!
//! A node is preceded by what it needs, subtree by subtree, and the subtree that keeps most values
//! at once comes first, because nothing of its siblings has to be kept meanwhile. How many values
//! a subtree keeps is the number of registers that an expression needs (Sethi and Ullman, "The
//! generation of optimal code for arithmetic expressions", 1970): exact for trees, and a guide
//! where subtrees are shared.

use std::cmp::Reverse;

use super::entry::{Entries, EntryId};
use super::walk::LEAVE;

/// The order in which entries are to run; `walked` is any order in which needs come first.
pub fn order(entries: &Entries, walked: Vec<EntryId>, roots: &[EntryId]) -> Vec<EntryId> {
    let mut costs = Costs {
        by_entry: vec![0; entries.len()],
        in_order: true,
        scratch: Vec::new(),
    };
    for &entry in &walked {
        costs.note(entries, entry);
    }
    if costs.in_order {
        // The walk went depth first in the order of the arguments, which needs no change.
        return walked;
    }
    again(entries, &costs.by_entry, roots, walked.len())
}

struct Costs {
    /// How many values an entry keeps at once, its own included; none for those that are there.
    by_entry: Vec<u32>,
    /// Whether every entry names its needs by falling cost.
    in_order: bool,
    scratch: Vec<u32>,
}

impl Costs {
    fn note(&mut self, entries: &Entries, entry: EntryId) {
        if entries.is_data(entry) {
            return;
        }
        let costs = entries
            .needs(entry)
            .map(|need| self.by_entry[need as usize]);
        self.scratch.clear();
        self.scratch.extend(costs.filter(|&cost| cost > 0));
        if !self.scratch.is_sorted_by(|left, right| left >= right) {
            self.in_order = false;
            self.scratch.sort_unstable_by_key(|&cost| Reverse(cost));
        }
        // While one subtree runs, the values of those before it are kept.
        let kept = (0..).zip(&self.scratch).map(|(before, cost)| before + cost);
        self.by_entry[entry as usize] = kept.max().unwrap_or(1);
    }
}

/// A walk that takes the dearer subtrees first.
fn again(entries: &Entries, costs: &[u32], roots: &[EntryId], len: usize) -> Vec<EntryId> {
    let mut order = Vec::with_capacity(len);
    let mut entered = vec![false; entries.len()];
    let mut stack: Vec<EntryId> = roots.iter().rev().copied().collect();
    while let Some(entry) = stack.pop() {
        if entry & LEAVE != 0 {
            order.push(entry & !LEAVE);
        } else if !std::mem::replace(&mut entered[entry as usize], true) {
            stack.push(entry | LEAVE);
            let first = stack.len();
            stack.extend(entries.needs(entry));
            // Turned round, as what is on top comes first; a stable sort keeps equals turned.
            stack[first..].reverse();
            stack[first..].sort_by_key(|&need| costs[need as usize]);
        }
    }
    order
}
