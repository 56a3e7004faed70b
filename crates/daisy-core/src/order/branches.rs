//! Branches: what may run before its turn, because all it needs is there.
//!
//! Everything that became ready is followed until it meets a node with several needs. A path runs
//! if it reaches an end or if it is the last that such a node waits for; otherwise it is kept with
//! the node, until others arrive there or the walk comes by. Running what is ready at once would
//! keep too many values, and running it only when it is needed would keep what it could release.

use std::collections::{HashMap, VecDeque};

use super::progress::{Progress, mark};

type Path = Vec<u32>;

/// Paths that were followed, and paths that are to be.
#[derive(Default)]
pub(super) struct Branches {
    /// By the node where they wait.
    known: HashMap<u32, Vec<Path>>,
    /// Each with the number of times that it parted from others.
    open: VecDeque<(usize, Path)>,
}

impl Branches {
    pub(super) fn is_known(&self, node: u32) -> bool {
        self.known.contains_key(&node)
    }

    /// The paths that wait at a node.
    pub(super) fn take(&mut self, node: u32) -> Vec<Path> {
        self.known.remove(&node).unwrap_or_default()
    }

    /// Follows everything that is ready.
    pub(super) fn follow_all(&mut self, progress: &mut Progress<'_>) {
        while !progress.runnable.is_empty() {
            for node in std::mem::take(&mut progress.runnable).into_iter().rev() {
                if progress.is(node, mark::ON_PATH | mark::DONE) {
                    continue;
                }
                if progress.shape.dependents.of(node).is_empty() {
                    progress.finish(node);
                    continue;
                }
                self.open.push_back((0, vec![node]));
                while let Some((parted, path)) = self.open.pop_front() {
                    self.follow(parted, path, progress);
                }
            }
        }
    }

    fn follow(&mut self, parted: usize, mut path: Path, progress: &mut Progress<'_>) {
        loop {
            let Some(&node) = path.last() else { return };
            progress.mark(node, mark::ON_PATH);
            let is_alone = path.len() == 1 || progress.shape.needs.of(node).len() == 1;
            match *progress.shape.dependents.of(node) {
                [] => return arrive(node, &path, progress),
                [next] if is_alone => path.push(next),
                _ if is_alone => return self.part(parted + 1, node, &path, progress),
                _ => return self.meet(parted, node, path, progress),
            }
        }
    }

    /// A path goes on with each dependent of its last node that needs nothing else.
    fn part(&mut self, parted: usize, node: u32, path: &Path, progress: &Progress<'_>) {
        let needs = &progress.shape.needs;
        let dependents = progress.shape.dependents.of(node).iter().copied();
        let mut after: Vec<u32> = dependents
            .filter(|&next| needs.of(next).len() == 1)
            .collect();
        after.sort_unstable_by_key(|&next| progress.preference.place[next as usize]);
        for next in after {
            let mut branch = Vec::with_capacity(path.len() + 1);
            branch.extend_from_slice(path);
            branch.push(next);
            self.open.push_back((parted, branch));
        }
    }

    /// A path comes to a node with several needs.
    fn meet(&mut self, parted: usize, node: u32, path: Path, progress: &mut Progress<'_>) {
        let waits = progress.waits[node as usize];
        if let Some(paths) = self.known.get_mut(&node) {
            paths.push(path);
            progress.unmark(node, mark::ON_PATH);
            if paths.len() >= waits as usize {
                self.gather(parted, node, progress);
            }
        } else if waits <= 1 {
            finish_all(&path, progress);
        } else {
            self.known.insert(node, vec![path]);
            progress.unmark(node, mark::ON_PATH);
        }
    }

    /// Runs the paths that wait at a node, if they are all it waits for.
    fn gather(&mut self, parted: usize, node: u32, progress: &mut Progress<'_>) {
        let mut paths = self.take(node);
        paths.retain(|path| {
            let [.., before, _] = path[..] else {
                return false;
            };
            !progress.is_done(before)
        });
        if paths.len() < progress.waits[node as usize] as usize {
            self.known.insert(node, paths);
        } else if parted > 1 {
            self.open.push_back((parted - 1, paths.concat()));
        } else {
            run_in_turns(paths.into(), progress);
        }
    }
}

fn arrive(end: u32, path: &[u32], progress: &mut Progress<'_>) {
    if progress.waits[end as usize] <= 1 {
        finish_all(path, progress);
    } else {
        progress.unmark(end, mark::ON_PATH);
    }
}

fn finish_all(path: &[u32], progress: &mut Progress<'_>) {
    for &node in path {
        progress.finish(node);
    }
}

/// Runs each path as far as it goes; one that has to wait comes again after the others.
fn run_in_turns(mut paths: VecDeque<Path>, progress: &mut Progress<'_>) {
    while let Some(path) = paths.pop_front() {
        for &node in &path {
            if progress.waits[node as usize] > 0 {
                paths.push_back(path);
                break;
            }
            progress.finish(node);
        }
    }
}
