//! Walk: from the end that is to be reached back to what can run, and forth again.

use super::branches::Branches;
use super::hash_order::Table;
use super::progress::Progress;

/// The walk through a graph.
pub(super) struct Walk<'g> {
    progress: Progress<'g>,
    branches: Branches,
    /// What is to run, the last first, each behind what it needs as far as that was seen.
    path: Vec<u32>,
    table: Table,
    rest: Vec<u32>,
}

impl<'g> Walk<'g> {
    pub(super) fn new(progress: Progress<'g>) -> Self {
        Self {
            progress,
            branches: Branches::default(),
            path: Vec::new(),
            table: Table::new(),
            rest: Vec::new(),
        }
    }

    /// The order of all nodes.
    pub(super) fn run(mut self) -> Vec<u32> {
        while self.progress.order.len() < self.progress.shape.needs.len() {
            let Some(target) = self.progress.target() else {
                break;
            };
            self.plan(target);
            self.go();
            self.branches.follow_all(&mut self.progress);
        }
        self.progress.order
    }

    /// Goes from a target to a node that can run, each time to the need that has most behind it.
    fn plan(&mut self, target: u32) {
        self.path.push(target);
        let shape = self.progress.shape;
        let mut next = self.dearest(shape.needs.of(target));
        while let Some(node) = next {
            self.path.push(node);
            self.look_back(node);
            self.path.extend_from_slice(&self.rest);
            next = self.dearest(&self.rest);
        }
    }

    fn dearest(&self, nodes: &[u32]) -> Option<u32> {
        let place = |node: &u32| self.progress.preference.place[*node as usize];
        nodes.iter().copied().max_by_key(place)
    }

    /// Finds what a node needs that is not done.
    fn look_back(&mut self, node: u32) {
        let progress = &self.progress;
        let is_done = |node| progress.is_done(node);
        let done = progress.order.len();
        let (table, rest) = (&mut self.table, &mut self.rest);
        progress.shape.remaining(node, is_done, done, table, rest);
    }

    /// Runs what is on the path, and what that needs.
    fn go(&mut self) {
        let mut went_back = false;
        while let Some(node) = self.path.pop() {
            if self.progress.is_done(node) {
                continue;
            }
            if self.progress.waits[node as usize] > 0 {
                went_back |= self.go_back(node);
                continue;
            }
            if went_back && self.progress.runnable.len() < self.path.len() {
                self.branches.follow_all(&mut self.progress);
            }
            self.progress.finish(node);
        }
    }

    /// Puts what a node needs on top of it; says whether there was a choice.
    fn go_back(&mut self, node: u32) -> bool {
        self.path.push(node);
        let progress = &self.progress;
        let needs = progress.shape.needs.of(node).iter().copied();
        self.rest.clear();
        self.rest
            .extend(needs.filter(|&need| !progress.is_done(need)));
        let place = |need: &u32| progress.preference.place[*need as usize];
        self.rest.sort_unstable_by_key(place);
        let unknown = self.rest.iter().copied();
        let unknown = unknown.filter(|&need| !self.branches.is_known(need));
        let before = self.path.len();
        self.path.extend(unknown);
        let has_choice = self.path.len() - before > 1;
        for &need in &self.rest {
            for path in self.branches.take(need) {
                self.path.extend(path.iter().rev());
            }
        }
        has_choice
    }
}
