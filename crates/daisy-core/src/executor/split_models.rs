//! Models of splits: parts are done once, from both ends or in order, and panics come out. As `models.rs`
//! says, for one piece of work in place of a graph.

use loom::sync::atomic::Ordering;

use super::models::model;
use super::{Parts, Pool};
use crate::sync::Arc;

/// Counts how often each part is done; one panics, if it is to.
#[derive(Default)]
struct Counting {
    done: [std::sync::atomic::AtomicUsize; 3],
    in_order: bool,
    panics: Option<usize>,
}

impl Parts for Counting {
    fn part(&self, number: usize) {
        let begun = self.done.iter().map(|done| done.load(Ordering::Relaxed));
        // Of those before it the other thread may be about to begin one.
        assert!(!self.in_order || begun.sum::<usize>() + 1 >= number);
        self.done[number].fetch_add(1, Ordering::Relaxed);
        assert_ne!(self.panics, Some(number), "this part panics");
    }

    fn in_order(&self) -> bool {
        self.in_order
    }
}

/// Splits such work, and says whether a panic came out.
fn split(work: Counting, helpers: usize) -> bool {
    let pool = Pool::new();
    let work = Arc::new(work);
    let split = std::panic::AssertUnwindSafe(|| pool.split(&work, 3, 1 + helpers));
    let panicked = std::panic::catch_unwind(split).is_err();
    let done = work.done.iter().map(|done| done.load(Ordering::Relaxed));
    assert!(
        done.clone().all(|count| count == 1),
        "{:?}",
        done.collect::<Vec<_>>()
    );
    pool.stop();
    panicked
}

/// Work in parts is done once, whoever comes when, and all of it when the caller comes back.
#[test]
fn parts_are_done_once() {
    model(3, || assert!(!split(Counting::default(), 1)));
    model(2, || assert!(!split(Counting::default(), 2)));
}

/// Where parts wait for those before them, they are begun from the front.
#[test]
fn parts_are_begun_in_order() {
    model(3, || {
        let work = Counting {
            in_order: true,
            ..Counting::default()
        };
        assert!(!split(work, 1));
    });
}

/// A part panics on either thread: that comes out when all others are done.
#[test]
fn a_part_panics() {
    for in_order in [false, true] {
        for number in [0, 2] {
            model(2, move || {
                let work = Counting {
                    in_order,
                    panics: Some(number),
                    ..Counting::default()
                };
                assert!(split(work, 1));
            });
        }
    }
}
