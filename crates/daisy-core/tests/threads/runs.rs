//! Every step runs once, and the values are those of one thread.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use daisy_core::{Graph, Plan, Pool};

use crate::closures::{Closures, Random, chain, fan, random, run, sleep, sum, tree};

/// Runs a graph by one worker and by several; checks values, steps, and that nothing is left.
fn check(pool: &Pool, graph: &Arc<Graph>, exclusive: bool, workers: usize) {
    let ops = || vec![sum(), sleep(Duration::from_micros(20))];
    let alone = Arc::new(Closures::new(graph, exclusive, ops()));
    let expected = run(pool, graph, &alone, 1).expect("nothing fails");
    let host = Arc::new(Closures::new(graph, exclusive, ops()));
    assert_eq!(run(pool, graph, &host, workers), Ok(expected));
    let plan = Plan::new(graph);
    for id in graph.ids() {
        let runs = host.runs[id.index()].load(Ordering::Relaxed);
        let is_step = plan.steps().binary_search(&id).is_ok();
        assert_eq!(runs, usize::from(is_step), "{id} ran so often");
    }
    assert_eq!(host.alive_in_the_end(), 0);
}

fn check_all(graph: &Arc<Graph>) {
    let pool = Pool::new();
    for exclusive in [false, true] {
        for workers in [2, 3, 8] {
            check(&pool, graph, exclusive, workers);
        }
    }
    pool.stop();
}

/// Where nothing can run beside anything, several threads do what one does.
#[test]
fn a_chain_runs() {
    check_all(&chain(5_000, 0));
}

/// Steps that all wait for one value, and one that waits for all of them.
#[test]
fn a_fan_runs() {
    check_all(&fan(5_000, 0));
    check_all(&fan(500, 1));
}

/// Less and less can run beside each other.
#[test]
fn a_tree_runs() {
    check_all(&tree(4096, 0));
    check_all(&tree(256, 1));
}

/// A graph without steps, and with one.
#[test]
fn little_runs() {
    check_all(&Arc::new("return c0, c1".parse().expect("a graph")));
    check_all(&Arc::new("%0 = op0()\nreturn %0".parse().expect("a graph")));
}

/// Random graphs of steps that take long and steps that do not.
#[test]
fn random_graphs_run() {
    let mut numbers = Random(1);
    let pool = Pool::new();
    for round in 0..200 {
        let nodes = 1 + numbers.below(300);
        let graph = random(&mut numbers, nodes, 2);
        check(&pool, &graph, round % 2 == 0, 2 + round % 3);
    }
    pool.stop();
}

/// A million steps, of which the pool's threads do some, on either kind of host.
#[test]
fn a_million_steps_run() {
    let graph = fan(1_000_000, 0);
    let pool = Pool::new();
    for exclusive in [false, true] {
        let host = Arc::new(Closures::new(&graph, exclusive, vec![sum()]));
        assert_eq!(run(&pool, &graph, &host, 2), Ok(vec![2_000_001]));
    }
    pool.stop();
}

/// Steps that let go of the lock run beside each other, whatever the host.
#[test]
fn long_steps_overlap() {
    const STEPS: u32 = 60;
    const STEP: Duration = Duration::from_millis(3);
    let graph = fan(STEPS as usize, 1);
    let pool = Pool::new();
    for exclusive in [false, true] {
        let host = Arc::new(Closures::new(&graph, exclusive, vec![sum(), sleep(STEP)]));
        let start = Instant::now();
        run(&pool, &graph, &host, 4).expect("nothing fails");
        assert!(start.elapsed() < STEP * STEPS, "no two steps overlapped");
        assert!(host.on_helpers.load(Ordering::Relaxed) > 0);
    }
    pool.stop();
}

/// Many threads run graphs of their own on one pool.
#[test]
fn many_callers_share_a_pool() {
    let pool = Pool::new();
    for exclusive in [false, true] {
        std::thread::scope(|scope| {
            for seed in 0..8 {
                let pool = &pool;
                scope.spawn(move || {
                    let mut numbers = Random(seed);
                    for _ in 0..30 {
                        let graph = random(&mut numbers, 150, 2);
                        check(pool, &graph, exclusive, 3);
                    }
                });
            }
        });
    }
    pool.stop();
}
