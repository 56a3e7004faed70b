//! Ancestry: which roots, nodes without needs, stand behind each node.
//!
//! Roots are numbered as a walk from the ends meets them, so that those behind one node mostly have
//! numbers in a row: most sets of roots are one run of numbers. The others are in a table, and equal
//! sets are one there.

use std::collections::HashMap;
use std::rc::Rc;

use super::root_set::{Run, Stretch, as_run, collect, combine, count, numbers};
use super::shape::Shape;

/// What stands behind each node.
pub(super) struct Ancestry {
    /// By node.
    pub(super) roots: Vec<Roots>,
    /// By node: how many nodes need that one of the roots that most need.
    pub(super) widest: Vec<u32>,
    sets: Vec<Rc<[Stretch]>>,
    /// By set: how many roots are in it.
    sizes: Vec<u32>,
    pub(super) root_count: u32,
}

/// A set of roots: one run; or, under a first number that none has, the place of several in the
/// table of sets.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Roots(u32, u32);

const SEVERAL: u32 = u32::MAX;

impl Roots {
    pub(super) const NONE: Self = Self(0, 0);
}

impl Ancestry {
    /// `order` has needs before who needs them. `None` if all sets together are longer than `most`.
    pub(super) fn new(shape: &Shape, order: &[u32], most: usize) -> Option<Self> {
        let nodes = shape.needs.len();
        let mut ancestry = Self {
            roots: vec![Roots::NONE; nodes],
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
            if unions.length > most {
                return None;
            }
        }
        Some(ancestry)
    }

    #[inline]
    fn union(&mut self, first: u32, others: &[u32], unions: &mut Unions) -> Roots {
        let roots = self.roots[first as usize];
        let is_same = |other: &u32| self.roots[*other as usize] == roots;
        if others.iter().all(is_same) {
            return roots;
        }
        unions.begin();
        let mut last = None;
        for node in std::iter::once(&first).chain(others) {
            let roots = self.roots[*node as usize];
            if last != Some(roots) {
                unions.add(roots);
            }
            last = Some(roots);
        }
        unions.merge();
        if let ([(first, end)], []) = (&unions.runs[..], &unions.several[..]) {
            return Roots(*first, *end);
        }
        unions.combine(&self.sets);
        self.intern(unions)
    }

    fn intern(&mut self, unions: &mut Unions) -> Roots {
        let size = count(&unions.set);
        if let Some((first, end)) = as_run(&unions.set, size) {
            return Roots(first, end);
        }
        if let Some(&known) = unions.known.get(&unions.set[..]) {
            return Roots(SEVERAL, known);
        }
        let place = self.sets.len() as u32;
        let set: Rc<[Stretch]> = unions.set[..].into();
        unions.length += set.len();
        self.sizes.push(size);
        self.sets.push(set.clone());
        unions.known.insert(set, place);
        Roots(SEVERAL, place)
    }

    /// The numbers of those of some roots that are not among others.
    pub(super) fn without(&self, roots: Roots, others: Roots) -> Vec<u32> {
        let mut rest = Vec::new();
        let (roots, others) = (self.set(roots), self.set(others));
        combine(&mut rest, &roots, &others, |root, other| root & !other);
        numbers(&rest).collect()
    }

    fn set(&self, roots: Roots) -> Rc<[Stretch]> {
        if roots.0 == SEVERAL {
            return self.sets[roots.1 as usize].clone();
        }
        let mut set = Vec::new();
        if roots != Roots::NONE {
            collect(&mut set, &[(roots.0, roots.1)]);
        }
        set.into()
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

/// Room for a union in the making, and those that are no run.
#[derive(Default)]
struct Unions {
    /// What the union is of: runs, and places of sets.
    runs: Vec<Run>,
    several: Vec<u32>,
    set: Vec<Stretch>,
    before: Vec<Stretch>,
    known: HashMap<Rc<[Stretch]>, u32>,
    /// How long all of these are together.
    length: usize,
}

impl Unions {
    fn begin(&mut self) {
        self.runs.clear();
        self.several.clear();
    }

    fn add(&mut self, roots: Roots) {
        if roots.0 == SEVERAL {
            self.several.push(roots.1);
        } else {
            self.runs.push((roots.0, roots.1));
        }
    }

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

    /// Makes the union of all.
    fn combine(&mut self, sets: &[Rc<[Stretch]>]) {
        collect(&mut self.set, &self.runs);
        for &place in &self.several {
            std::mem::swap(&mut self.set, &mut self.before);
            let set = &sets[place as usize];
            combine(&mut self.set, &self.before, set, |one, other| one | other);
        }
    }
}
