//! Ancestry: which roots, nodes without needs, stand behind each node.
//!
//! Roots are numbered as a walk from the ends meets them, so that those behind one node mostly have
//! numbers in a row: a set of roots is kept as runs of numbers. Equal sets are one.

use std::collections::HashMap;
use std::rc::Rc;

use super::shape::Shape;

/// What stands behind each node.
pub(super) struct Ancestry {
    /// By node.
    pub(super) roots: Vec<Roots>,
    /// By node: how many nodes need that one of the roots that most need.
    pub(super) widest: Vec<u32>,
    sets: Vec<Rc<[Run]>>,
    /// By set: how many roots are in it.
    sizes: Vec<u32>,
    pub(super) root_count: u32,
}

/// Numbers from the first up to and without the second.
type Run = (u32, u32);

/// A set of roots: one run; or, under a first number that none has, the place of several in the
/// table of sets.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Roots(u32, u32);

const SEVERAL: u32 = u32::MAX;

impl Ancestry {
    /// `order` has needs before who needs them.
    pub(super) fn new(shape: &Shape, order: &[u32]) -> Self {
        let nodes = shape.needs.len();
        let mut ancestry = Self {
            roots: vec![Roots(0, 0); nodes],
            widest: vec![0; nodes],
            sets: Vec::new(),
            sizes: Vec::new(),
            root_count: 0,
        };
        let mut unions = Unions::default();
        for &node in order {
            let place = node as usize;
            if let Some((&first, others)) = shape.needs.of(node).split_first() {
                ancestry.roots[place] = ancestry.union(first, others, &mut unions);
                let widest = |need: &u32| ancestry.widest[*need as usize];
                let all = shape.needs.of(node).iter();
                ancestry.widest[place] = all.map(widest).max().unwrap_or(0);
            } else {
                let number = ancestry.root_count;
                ancestry.root_count += 1;
                ancestry.roots[place] = Roots(number, number + 1);
                ancestry.widest[place] = shape.dependents.of(node).len() as u32;
            }
        }
        ancestry
    }

    #[inline]
    fn union(&mut self, first: u32, others: &[u32], unions: &mut Unions) -> Roots {
        let roots = self.roots[first as usize];
        let is_same = |other: &u32| self.roots[*other as usize] == roots;
        if others.iter().all(is_same) {
            return roots;
        }
        unions.runs.clear();
        let mut last = None;
        for node in std::iter::once(&first).chain(others) {
            let roots = self.roots[*node as usize];
            if last != Some(roots) {
                unions.runs.extend(self.runs(roots));
            }
            last = Some(roots);
        }
        unions.merge();
        match unions.runs[..] {
            [(first, end)] => Roots(first, end),
            _ => self.intern(unions),
        }
    }

    fn intern(&mut self, unions: &mut Unions) -> Roots {
        if let Some(&known) = unions.known.get(&unions.runs[..]) {
            return Roots(SEVERAL, known);
        }
        let place = self.sets.len() as u32;
        let set: Rc<[Run]> = unions.runs[..].into();
        self.sizes
            .push(set.iter().map(|&(first, end)| end - first).sum());
        self.sets.push(set.clone());
        unions.known.insert(set, place);
        Roots(SEVERAL, place)
    }

    fn runs(&self, roots: Roots) -> impl Iterator<Item = Run> + '_ {
        let (one, several) = if roots.0 == SEVERAL {
            (None, &self.sets[roots.1 as usize][..])
        } else {
            (Some((roots.0, roots.1)), &[][..])
        };
        one.into_iter().chain(several.iter().copied())
    }

    /// The numbers of a set of roots.
    pub(super) fn numbers(&self, roots: Roots) -> impl Iterator<Item = u32> + '_ {
        self.runs(roots).flat_map(|(first, end)| first..end)
    }

    /// How many roots are in a set.
    #[inline]
    pub(super) fn count(&self, roots: Roots) -> u32 {
        if roots.0 == SEVERAL {
            self.sizes[roots.1 as usize]
        } else {
            roots.1 - roots.0
        }
    }

    /// The number of a root.
    pub(super) fn number(&self, root: u32) -> u32 {
        self.roots[root as usize].0
    }
}

/// Room for a union in the making, and those of several runs that were made.
#[derive(Default)]
struct Unions {
    runs: Vec<Run>,
    known: HashMap<Rc<[Run]>, u32>,
}

impl Unions {
    /// Sorts the runs and joins those that touch.
    fn merge(&mut self) {
        self.runs.sort_unstable();
        self.runs.dedup_by(|next, run| {
            let touch = next.0 <= run.1;
            if touch {
                run.1 = run.1.max(next.1);
            }
            touch
        });
    }
}
