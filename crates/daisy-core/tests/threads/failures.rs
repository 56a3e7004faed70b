//! What fails ends its run, comes to the caller as it is, and leaves nothing behind.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use daisy_core::{Graph, Pool};

use crate::closures::{
    Closure, Closures, Random, detached, fan, random, run, run_in_sequence, sleep, sum,
};

/// Sleeps a little and fails with its first argument.
fn fail() -> Closure {
    Box::new(|_, numbers| {
        detached(|| std::thread::sleep(Duration::from_micros(30)));
        Err(format!("failed at {:?}", numbers.first()))
    })
}

/// Waits until a helper is inside a step.
fn await_helper(host: &Closures) {
    while host.on_helpers.load(Ordering::Relaxed) == 0 {
        detached(|| std::thread::sleep(Duration::from_millis(1)));
    }
}

/// A failing step ends the run; values of all threads go, and the pool works on.
#[test]
fn a_failing_step_ends_the_run() {
    let mut numbers = Random(2);
    let pool = Pool::new();
    for round in 0..300 {
        let graph = random(&mut numbers, 120, 30);
        let mut ops: Vec<_> = (0..29).map(|_| sleep(Duration::from_micros(10))).collect();
        ops.push(fail());
        let host = Arc::new(Closures::new(&graph, round % 2 == 0, ops));
        let result = run(&pool, &graph, &host, 3);
        let alone = run(&pool, &graph, &host, 1);
        assert_eq!(result.is_err(), alone.is_err());
        assert_eq!(host.alive_in_the_end(), 0);
    }
    pool.stop();
}

/// The caller does not wait for what other threads are doing when a step fails.
#[test]
fn the_caller_leaves_at_once() {
    let text = "%0 = op1()\n%1 = op2()\n%2 = op1()\nreturn %0, %1, %2";
    let graph: Arc<Graph> = Arc::new(text.parse().expect("a graph"));
    for exclusive in [false, true] {
        let pool = Pool::new();
        let caller = std::thread::current().id();
        let slow: Closure = Box::new(move |host, _| {
            // The caller fails once a helper is inside its step.
            if std::thread::current().id() == caller {
                await_helper(host);
                return Err("the caller".to_owned());
            }
            detached(|| std::thread::sleep(Duration::from_millis(300)));
            Ok(1)
        });
        let same: Closure = Box::new(|host, numbers| host.ops[1](host, numbers));
        let host = Arc::new(Closures::new(&graph, exclusive, vec![sum(), slow, same]));
        let start = Instant::now();
        let result = run(&pool, &graph, &host, 2);
        assert_eq!(result, Err("the caller".to_owned()));
        assert!(start.elapsed() < Duration::from_millis(250));
        assert_eq!(host.alive_in_the_end(), 0);
        pool.stop();
        assert_eq!(Arc::strong_count(&host), 1);
    }
}

/// Where runs are in sequence, a step that fails waits for those before it, which may fail as well;
/// one that is interrupted does not.
#[test]
fn an_interrupt_waits_for_no_step() {
    const SLOW: Duration = Duration::from_millis(300);
    let text = "%0 = op1()\n%1 = op2()\n%2 = op3()\nreturn %0, %1, %2";
    let graph: Arc<Graph> = Arc::new(text.parse().expect("a graph"));
    for (error, waits) in [("failed", true), ("interrupted", false)] {
        let pool = Pool::new();
        // The caller does the first step until a helper is in the second, and then the third.
        let first: Closure = Box::new(|host, _| {
            await_helper(host);
            Ok(1)
        });
        let failing: Closure = Box::new(move |_, _| Err(error.to_owned()));
        let ops = vec![sum(), first, sleep(SLOW), failing];
        let host = Arc::new(Closures::new(&graph, false, ops));
        let start = Instant::now();
        let result = run_in_sequence(&pool, &graph, &host, 2);
        assert_eq!(result, Err(error.to_owned()));
        assert_eq!(start.elapsed() >= SLOW, waits);
        assert_eq!(host.alive_in_the_end(), 0);
        pool.stop();
    }
}

/// Where runs are in sequence, a panic of an earlier step is what a single worker would have met.
#[test]
fn a_panic_before_a_failure_counts() {
    let text = "%0 = op1()\n%1 = op2()\n%2 = op3()\nreturn %0, %1, %2";
    let graph: Arc<Graph> = Arc::new(text.parse().expect("a graph"));
    let pool = Pool::new();
    let first: Closure = Box::new(|host, _| {
        await_helper(host);
        Ok(1)
    });
    let panicking: Closure = Box::new(|_, _| {
        std::thread::sleep(Duration::from_millis(50));
        panic!("as the first to fail");
    });
    let failing: Closure = Box::new(|_, _| Err("failed".to_owned()));
    let ops = vec![sum(), first, panicking, failing];
    let host = Arc::new(Closures::new(&graph, false, ops));
    let work = AssertUnwindSafe(|| run_in_sequence(&pool, &graph, &host, 2));
    assert!(catch_unwind(work).is_err());
    assert_eq!(host.alive_in_the_end(), 0);
    pool.stop();
}

/// What interrupts a caller that waits ends its run while a helper is inside a step.
#[test]
fn a_waiting_caller_can_be_interrupted() {
    let text = "%0 = op1!()\n%1 = op1!()\n%2 = op0(%0, %1)\nreturn %2";
    let graph: Arc<Graph> = Arc::new(text.parse().expect("a graph"));
    for exclusive in [false, true] {
        let pool = Pool::new();
        let caller = std::thread::current().id();
        let uneven: Closure = Box::new(move |host, _| {
            if std::thread::current().id() == caller {
                await_helper(host);
            } else {
                detached(|| std::thread::sleep(Duration::from_secs(1)));
            }
            Ok(1)
        });
        let host = Arc::new(Closures::new(&graph, exclusive, vec![sum(), uneven]));
        let when = Instant::now() + Duration::from_millis(100);
        *host.interrupt.lock().expect("nobody panics here") = Some(when);
        assert_eq!(run(&pool, &graph, &host, 2), Err("interrupted".to_owned()));
        assert!(when.elapsed() < Duration::from_millis(500));
        assert_eq!(host.alive_in_the_end(), 0);
        pool.stop();
    }
}

/// A panic on any thread comes out of the run, and the pool works on.
#[test]
fn a_panic_comes_to_the_caller() {
    let graph = fan(100, 1);
    let pool = Pool::new();
    for on_caller in [false, true] {
        let caller = std::thread::current().id();
        let panics: Closure = Box::new(move |_, _| {
            std::thread::sleep(Duration::from_micros(100));
            let here = std::thread::current().id() == caller;
            assert_ne!(here, on_caller, "this step panics");
            Ok(1)
        });
        let host = Arc::new(Closures::new(&graph, false, vec![sum(), panics]));
        let work = AssertUnwindSafe(|| run(&pool, &graph, &host, 2));
        let payload = catch_unwind(work).expect_err("it panics");
        let text = payload.downcast_ref::<String>().expect("a text");
        assert!(text.contains("this step panics"));
        assert_eq!(host.alive_in_the_end(), 0);
        let host = Arc::new(Closures::new(&graph, false, vec![sum(), sum()]));
        assert_eq!(run(&pool, &graph, &host, 2), Ok(vec![201]));
    }
    pool.stop();
}
