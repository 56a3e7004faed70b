//! Threads of a pool come when wanted, stay, and go when told.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use daisy_core::{Graph, Plan, Pool};

use crate::closures::{Closure, Closures, fan, run, sleep, sum};

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

/// A step on a helper's thread may be what stops the pool, also more than once.
#[test]
fn a_step_can_stop_the_pool() {
    let pool = Arc::new(Pool::new());
    let graph = fan(2, 1);
    let stopping = Arc::clone(&pool);
    let caller = std::thread::current().id();
    let stop: Closure = Box::new(move |host, _| {
        if std::thread::current().id() == caller {
            while host.on_helpers.load(Ordering::Relaxed) == 0 {
                std::thread::yield_now();
            }
        } else {
            stopping.stop();
            stopping.stop();
        }
        Ok(1)
    });
    let host = Arc::new(Closures::new(&graph, false, vec![sum(), stop]));
    assert_eq!(run(&pool, &graph, &host, 2), Ok(vec![3]));
    pool.stop();
}

/// A helper that only watched a run goes to another one as soon as that run is over.
#[test]
fn a_helper_goes_where_it_is_wanted() {
    let pool = Pool::new();
    let caller = |time: u64| {
        let graph = fan(12, 1);
        let ops = vec![sum(), sleep(Duration::from_millis(time))];
        let host = Arc::new(Closures::new(&graph, false, ops));
        assert!(run(&pool, &graph, &host, 2).is_ok());
        host
    };
    let helped = std::thread::scope(|scope| {
        let first = scope.spawn(|| caller(5));
        std::thread::sleep(Duration::from_millis(2));
        let second = scope.spawn(|| caller(20));
        first.join().expect("it ends");
        let second = second.join().expect("it ends");
        second.on_helpers.load(Ordering::Relaxed)
    });
    assert!(helped > 0, "the helper of the first run was not sent on");
}

/// In the child of a fork, a run that goes on asks nothing of the threads that are not there, and
/// neither does who stops the pool.
#[test]
fn an_abandoned_pool_runs_on_its_callers() {
    let pool = Pool::new();
    pool.abandon();
    let (graph, host) = long_steps(false);
    assert_eq!(run(&pool, &graph, &host, 2), Ok(vec![41]));
    assert_eq!(host.on_helpers.load(Ordering::Relaxed), 0);
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
