//! One worker: the very order in which dask's schedulers run a graph with one worker.
//!
//! dask ranks all keys (`dask.order`). Its schedulers keep a stack of what is ready, the best rank
//! on top, and put what a task made ready on top of it. With one worker nothing else has a say, so
//! the whole sequence is known before the first task runs. Several workers have it as their plan:
//! of what is ready they begin with what one worker would do first.

use pyo3::prelude::*;

use super::dask_order::in_order;
use super::entry::{Entries, EntryId};
use super::reader::Reader;

/// The order in which entries are to run; `walked` is any order in which needs come first.
pub fn order(reader: &mut Reader<'_>, walked: &[EntryId]) -> PyResult<Vec<EntryId>> {
    let ranked = in_order(reader)?;
    Ok(by_rank(&reader.entries, walked, &ranked))
}

/// The order in which entries are to run that have been ranked.
pub fn by_rank(entries: &Entries, walked: &[EntryId], ranked: &[EntryId]) -> Vec<EntryId> {
    let (data, tasks): (Vec<_>, Vec<_>) = walked.iter().partition(|&&entry| entries.is_data(entry));
    let tasks = sorted(&tasks, ranked, entries.len());
    let mut order = data;
    order.extend(Stack::new(entries, &tasks));
    order
}

/// The tasks by rank. One that has none comes last: its key was taken from the dict meanwhile.
fn sorted(tasks: &[EntryId], ranked: &[EntryId], entries: usize) -> Vec<EntryId> {
    let mut is_left = vec![false; entries];
    for &task in tasks {
        is_left[task as usize] = true;
    }
    let all = ranked.iter().chain(tasks).copied();
    all.filter(|&entry| std::mem::take(&mut is_left[entry as usize]))
        .collect()
}

/// The stack of ready tasks, gone through.
struct Stack {
    ready: Vec<EntryId>,
    /// By entry: how many of its needs have not run.
    waits: Vec<u32>,
    /// By entry: where what needs it begins in `dependents`; one more for the end.
    first: Vec<usize>,
    /// What needs an entry, the worst rank first.
    dependents: Vec<EntryId>,
}

impl Stack {
    /// The stack before anything has run, of tasks by falling rank.
    fn new(entries: &Entries, tasks: &[EntryId]) -> Self {
        let mut stack = Self {
            ready: Vec::new(),
            waits: vec![0; entries.len()],
            first: vec![0; entries.len() + 1],
            dependents: Vec::new(),
        };
        stack.count_dependents(entries, tasks);
        stack.place_dependents(entries, tasks);
        let ready = tasks
            .iter()
            .rev()
            .filter(|&&task| stack.waits[task as usize] == 0);
        stack.ready = ready.copied().collect();
        stack
    }

    fn count_dependents(&mut self, entries: &Entries, tasks: &[EntryId]) {
        for &task in tasks {
            for need in waited_for(entries, task) {
                self.waits[task as usize] += 1;
                self.first[need as usize + 1] += 1;
            }
        }
        for entry in 1..self.first.len() {
            self.first[entry] += self.first[entry - 1];
        }
    }

    fn place_dependents(&mut self, entries: &Entries, tasks: &[EntryId]) {
        let mut free = self.first.clone();
        self.dependents = vec![0; free[free.len() - 1]];
        for &task in tasks.iter().rev() {
            for need in waited_for(entries, task) {
                self.dependents[free[need as usize]] = task;
                free[need as usize] += 1;
            }
        }
    }
}

/// The needs of a task that have to run first: data is there from the beginning.
fn waited_for(entries: &Entries, task: EntryId) -> impl Iterator<Item = EntryId> + '_ {
    entries.needs(task).filter(|&need| !entries.is_data(need))
}

impl Iterator for Stack {
    type Item = EntryId;

    fn next(&mut self) -> Option<EntryId> {
        let task = self.ready.pop()?;
        let place = task as usize;
        for &dependent in &self.dependents[self.first[place]..self.first[place + 1]] {
            let waits = &mut self.waits[dependent as usize];
            *waits -= 1;
            if *waits == 0 {
                self.ready.push(dependent);
            }
        }
        Some(task)
    }
}
