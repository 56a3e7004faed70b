//! Threads of a pool come when wanted, stay, and go when told.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use daisy_core::{Graph, Plan, Pool};

use crate::closures::{Closures, fan, run, sleep, sum};

fn long_steps(exclusive: bool) -> (Arc<Graph>, Arc<Closures>) {
    let graph = fan(20, 1);
    let ops = vec![sum(), sleep(Duration::from_millis(2))];
    let host = Arc::new(Closures::new(&graph, exclusive, ops));
    (graph, host)
}

/// A stopped pool does what its callers do.
#[test]
fn a_stopped_pool_runs_on_its_callers() {
    for exclusive in [false, true] {
        let pool = Pool::new();
        let (graph, host) = long_steps(exclusive);
        assert_eq!(run(&pool, &graph, &host, 2), Ok(vec![41]));
        pool.stop();
        pool.stop();
        let (graph, host) = long_steps(exclusive);
        assert_eq!(run(&pool, &graph, &host, 2), Ok(vec![41]));
        assert_eq!(host.on_helpers.load(Ordering::Relaxed), 0);
    }
}

/// A pool can be stopped while it works: the run ends on its caller.
#[test]
fn a_working_pool_can_be_stopped() {
    for exclusive in [false, true] {
        let pool = Pool::new();
        let (graph, host) = long_steps(exclusive);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(Duration::from_millis(8));
                pool.stop();
            });
            assert_eq!(run(&pool, &graph, &host, 3), Ok(vec![41]));
        });
    }
}

/// A run waits while the pool is held, and goes on when it is let go.
#[test]
fn a_held_pool_is_let_go() {
    let pool = Pool::new();
    let (graph, host) = long_steps(false);
    std::thread::scope(|scope| {
        let hold = pool.hold();
        let run = scope.spawn(|| run(&pool, &graph, &host, 2));
        std::thread::sleep(Duration::from_millis(5));
        drop(hold);
        assert_eq!(run.join().expect("no panic"), Ok(vec![41]));
    });
    pool.stop();
}

/// What a fork leaves of a pool is as good as new, also if the pool was stopped.
#[test]
fn a_renewed_pool_starts_threads_of_its_own() {
    let pool = Pool::new();
    let (graph, host) = long_steps(false);
    assert_eq!(run(&pool, &graph, &host, 2), Ok(vec![41]));
    pool.stop();
    pool.hold().renew();
    let (graph, host) = long_steps(false);
    assert_eq!(run(&pool, &graph, &host, 2), Ok(vec![41]));
    assert!(host.on_helpers.load(Ordering::Relaxed) > 0);
    pool.stop();
}

/// A plan runs the graph that it was made from, and no other.
#[test]
#[should_panic(expected = "the plan is of another graph")]
fn a_plan_of_another_graph_is_refused() {
    let (graph, host) = long_steps(false);
    let plan = Arc::new(Plan::new(&graph));
    let _ = Pool::new().run(&fan(3, 1), &plan, &host, || Ok(2));
}
