//! A step may run a graph on the pool that it runs on.

use std::sync::Arc;
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
