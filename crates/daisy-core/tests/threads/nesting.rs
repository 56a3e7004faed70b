//! A step may run a graph on the pool that it runs on.

use std::sync::{Arc, Barrier};
use std::time::Duration;

use daisy_core::Pool;

use crate::closures::{Closure, Closures, fan, run, sleep, sum};

/// A step that runs a graph, whose steps run graphs, so many levels deep.
fn nested(pool: &Arc<Pool>, depth: usize, exclusive: bool) -> Closure {
    let pool = Arc::clone(pool);
    Box::new(move |_, _| {
        let graph = fan(6, 1);
        let inner = if depth == 0 {
            sleep(Duration::from_micros(50))
        } else {
            nested(&pool, depth - 1, exclusive)
        };
        let host = Arc::new(Closures::new(&graph, exclusive, vec![sum(), inner]));
        Ok(run(&pool, &graph, &host, 2)?[0])
    })
}

/// Runs inside of steps inside of runs end, with one helper for all of them.
#[test]
fn runs_nest() {
    for exclusive in [false, true] {
        let pool = Arc::new(Pool::new());
        let graph = fan(6, 1);
        let ops = vec![sum(), nested(&pool, 2, exclusive)];
        let host = Arc::new(Closures::new(&graph, exclusive, ops));
        assert_eq!(run(&pool, &graph, &host, 2), Ok(vec![2851]));
        pool.stop();
    }
}

/// Runs inside of runs may wait for each other: each gets the helpers that it may have.
#[test]
fn runs_inside_of_runs_get_helpers() {
    let pool = Arc::new(Pool::new());
    let all = Arc::new(Barrier::new(4));
    let inner_pool = Arc::clone(&pool);
    let inner: Closure = Box::new(move |_, _| {
        let all = Arc::clone(&all);
        let meet: Closure = Box::new(move |_, _| {
            all.wait();
            Ok(1)
        });
        let graph = fan(2, 1);
        let host = Arc::new(Closures::new(&graph, false, vec![sum(), meet]));
        Ok(run(&inner_pool, &graph, &host, 2)?[0])
    });
    let graph = fan(2, 1);
    let host = Arc::new(Closures::new(&graph, false, vec![sum(), inner]));
    assert_eq!(run(&pool, &graph, &host, 2), Ok(vec![7]));
    pool.stop();
}
