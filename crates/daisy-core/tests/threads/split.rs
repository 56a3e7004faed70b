//! Work in parts: each part is done once, by whoever comes, and nobody comes back too early.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use daisy_core::{Parts, Pool};

struct Counting {
    parts: Vec<AtomicUsize>,
    pause: Duration,
    panics: Option<usize>,
}

impl Parts for Counting {
    fn part(&self, number: usize) {
        thread::sleep(self.pause);
        self.parts[number].fetch_add(1, Ordering::Relaxed);
        assert_ne!(self.panics, Some(number), "this part panics");
    }
}

fn work(parts: usize, pause: Duration) -> Counting {
    Counting {
        parts: (0..parts).map(|_| AtomicUsize::new(0)).collect(),
        pause,
        panics: None,
    }
}

fn assert_each_once(work: &Counting) {
    let counts = work.parts.iter().map(|part| part.load(Ordering::Relaxed));
    assert!(counts.into_iter().all(|count| count == 1));
}

/// However many parts and threads, all parts are done when the caller comes back.
#[test]
fn each_part_is_done_once() {
    let pool = Pool::new();
    for parts in [0, 1, 2, 3, 7, 40] {
        for workers in [0, 1, 2, 5] {
            let work = Arc::new(work(parts, Duration::ZERO));
            pool.split(&work, parts, workers);
            assert_each_once(&work);
        }
    }
    pool.stop();
}

/// Helpers take parts while the caller does.
#[test]
fn parts_are_done_at_the_same_time() {
    let (pool, pause) = (Pool::new(), Duration::from_millis(40));
    let work = Arc::new(work(4, pause));
    let start = std::time::Instant::now();
    pool.split(&work, 4, 4);
    assert!(start.elapsed() < pause * 3);
    assert_each_once(&work);
    pool.stop();
}

/// A part that panics does so where the work was asked for, after all others are done.
#[test]
fn a_panic_comes_out() {
    let pool = Pool::new();
    for panics in 0..3 {
        let mut work = work(3, Duration::from_millis(1));
        work.panics = Some(panics);
        let work = Arc::new(work);
        let split = std::panic::AssertUnwindSafe(|| pool.split(&work, 3, 2));
        assert!(std::panic::catch_unwind(split).is_err());
        assert_each_once(&work);
    }
    pool.stop();
}

/// Several callers at once, on one pool.
#[test]
fn many_callers_split_at_once() {
    let pool = Pool::new();
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                for _ in 0..30 {
                    let work = Arc::new(work(5, Duration::from_micros(20)));
                    pool.split(&work, 5, 3);
                    assert_each_once(&work);
                }
            });
        }
    });
    pool.stop();
}

/// A pool that has been stopped leaves all to the caller.
#[test]
fn a_stopped_pool_gives_no_help() {
    let pool = Pool::new();
    pool.stop();
    let work = Arc::new(work(4, Duration::ZERO));
    pool.split(&work, 4, 3);
    assert_each_once(&work);
}
