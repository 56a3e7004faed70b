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

/// In the child of a fork, a run that goes on asks nothing of the threads that are not there.
#[test]
fn an_abandoned_pool_runs_on_its_callers() {
    let pool = Pool::new();
    pool.abandon();
    let (graph, host) = long_steps(false);
    assert_eq!(run(&pool, &graph, &host, 2), Ok(vec![41]));
    assert_eq!(host.on_helpers.load(Ordering::Relaxed), 0);
}

/// A plan runs the graph that it was made from, and no other.
#[test]
#[should_panic(expected = "the plan is of another graph")]
fn a_plan_of_another_graph_is_refused() {
    let (graph, host) = long_steps(false);
    let plan = Arc::new(Plan::new(&graph));
    let _ = Pool::new().run(&fan(3, 1), &plan, &host, || Ok(2));
}
