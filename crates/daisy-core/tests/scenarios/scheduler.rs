//! A scheduler hands out each step once, and never before what it needs.

use std::fmt::Write;

use daisy_core::{ConstId, Event, Graph, Input, Next, NodeId, OpId, Plan, Purity, Scheduler};
use expect_test::{Expect, expect};
use proptest::prelude::*;

fn parse(text: &str) -> Graph {
    text.parse().expect("the text is a graph")
}

/// Follows a script: `?` asks for a step, `more?` whether there would be one
/// for a further worker, a number says that this step is finished, `!` before it that it failed.
fn check(text: &str, script: &str, expected: &Expect) {
    let graph = parse(text);
    let plan = Plan::new(&graph);
    let mut scheduler = Scheduler::new(&graph);
    let mut diary = String::new();
    let mut note = |word: &str, answer: String| writeln!(diary, "{word:<6}{answer}").unwrap();
    for word in script.split_whitespace() {
        let id = |digits: &str| NodeId::new(digits.parse().expect("a number"));
        match word {
            "?" => note(word, format!("{:?}", scheduler.next(&graph, &plan))),
            "more?" => note(word, format!("{:?}", scheduler.has_ready(&graph, &plan))),
            _ => scheduler.report(
                match word.strip_prefix('!') {
                    Some(digits) => Event::Failed(id(digits)),
                    None => Event::Finished(id(word)),
                },
                &graph,
                &plan,
            ),
        }
    }
    expected.assert_eq(&diary);
}

/// Steps that need nothing of each other are handed out in a row.
#[test]
fn independent_steps_run_together() {
    check(
        "
        %0 = op0(c0)
        %1 = op0(c1)
        %2 = op1(%0, %1)
        return %2
        ",
        "? more? ? more? ? 1 ? 0 more? ? ? 2 ?",
        &expect![[r#"
            ?     Run(%0)
            more? true
            ?     Run(%1)
            more? false
            ?     Wait
            ?     Wait
            more? true
            ?     Run(%2)
            ?     Wait
            ?     Done
        "#]],
    );
}

/// A step that is not ready is passed over, and comes before later ones once it is.
#[test]
fn a_step_that_was_passed_over_comes_first_again() {
    check(
        "
        %0 = op0(c0)
        %1 = op1(%0)
        %2 = op0(c1)
        %3 = op0(c2)
        return %1, %2, %3
        ",
        "? ? 0 ? ? 1 2 3 ?",
        &expect![[r#"
            ?     Run(%0)
            ?     Run(%2)
            ?     Run(%1)
            ?     Run(%3)
            ?     Done
        "#]],
    );
}

/// Steps that become ready together are handed out in the order of the plan.
#[test]
fn ready_steps_come_in_order() {
    check(
        "
        %0 = op0(c0)
        %1 = op1(%0)
        %2 = op2(%0)
        %3 = op3(%0)
        return %1, %2, %3
        ",
        "? ? 0 ? ? ?",
        &expect![[r#"
            ?     Run(%0)
            ?     Wait
            ?     Run(%1)
            ?     Run(%2)
            ?     Run(%3)
        "#]],
    );
}

/// A step waits for one need after the other, in whatever order these are done.
#[test]
fn a_step_waits_for_all_its_needs() {
    check(
        "
        %0 = op0(c0)
        %1 = op0(c1)
        %2 = op0(c2)
        %3 = op1(%0, %1, %2, %1)
        return %3
        ",
        "? ? ? ? 0 ? 2 ? 1 ?",
        &expect![[r#"
            ?     Run(%0)
            ?     Run(%1)
            ?     Run(%2)
            ?     Wait
            ?     Wait
            ?     Wait
            ?     Run(%3)
        "#]],
    );
}

/// What a step only waits for is a need like its inputs.
#[test]
fn a_step_waits_for_what_it_runs_after() {
    check(
        "
        %0 = op0!()
        %1 = op0!() after %0
        return %1
        ",
        "? ? 0 ?",
        &expect![[r#"
            ?     Run(%0)
            ?     Wait
            ?     Run(%1)
        "#]],
    );
}

/// After a failure no step is handed out, whether it was ready or not, while others finish.
#[test]
fn a_failure_is_the_end() {
    check(
        "
        %0 = op0(c0)
        %1 = op0(c1)
        %2 = op0(c2)
        return %0, %1, %2
        ",
        "? ? more? !0 ? more? 1 ?",
        &expect![[r#"
            ?     Run(%0)
            ?     Run(%1)
            more? true
            ?     Done
            more? false
            ?     Done
        "#]],
    );
}

/// A scheduler that has been stopped hands out nothing.
#[test]
fn a_stop_is_the_end() {
    let graph = parse("%0 = op0()\nreturn %0");
    let mut scheduler = Scheduler::new(&graph);
    scheduler.stop();
    assert_eq!(scheduler.next(&graph, &Plan::new(&graph)), Next::Done);
}

/// One question passes over so many steps and no more.
#[test]
fn much_to_pass_over_is_passed_over_in_parts() {
    let mut graph = Graph::default();
    let one = |graph: &mut Graph, input| graph.add(OpId::new(0), &[input], Purity::Pure);
    let first = one(&mut graph, ConstId::new(0).into());
    let mut last = first;
    for _ in 0..1000 {
        last = one(&mut graph, last.into());
    }
    graph.push_output(last.into());
    let plan = Plan::new(&graph);
    let mut scheduler = Scheduler::new(&graph);
    assert_eq!(scheduler.next(&graph, &plan), Next::Run(first));
    for _ in 0..3 {
        assert_eq!(scheduler.next(&graph, &plan), Next::Again);
    }
    assert_eq!(scheduler.next(&graph, &plan), Next::Wait);
}

/// A report about a step that was not handed out is a mistake of the executor, and says so.
#[test]
#[should_panic(expected = "only a running step can be reported")]
fn only_a_running_step_is_reported() {
    let graph = parse("%0 = op0()\nreturn %0");
    let plan = Plan::new(&graph);
    Scheduler::new(&graph).report(Event::Finished(NodeId::new(0)), &graph, &plan);
}

/// A step that is reported twice is one too.
#[test]
#[should_panic(expected = "only a running step can be reported")]
fn a_step_is_reported_once() {
    let graph = parse("%0 = op0(c0)\n%1 = op0(c1)\nreturn %0, %1");
    let plan = Plan::new(&graph);
    let mut scheduler = Scheduler::new(&graph);
    scheduler.next(&graph, &plan);
    scheduler.next(&graph, &plan);
    scheduler.report(Event::Finished(NodeId::new(0)), &graph, &plan);
    scheduler.report(Event::Finished(NodeId::new(0)), &graph, &plan);
}

/// Picks that `graph` turns into nodes which name earlier ones.
type Picks = Vec<(Vec<usize>, Option<usize>)>;

fn picks() -> impl Strategy<Value = Picks> {
    let inputs = prop::collection::vec(0..15_usize, 0..4);
    let after = prop::option::weighted(0.2, 0..15_usize);
    prop::collection::vec((inputs, after), 0..80)
}

fn graph(picks: &Picks) -> Graph {
    let mut graph = Graph::default();
    for (index, (inputs, after)) in picks.iter().enumerate() {
        let earlier = |back: usize| Some(NodeId::from_index(index.checked_sub(1 + back)?));
        let inputs: Vec<_> = inputs
            .iter()
            .map(|&back| earlier(back).map_or(Input::constant(ConstId::new(0)), Input::node))
            .collect();
        let after = after.and_then(earlier);
        let id = graph.add_after(OpId::new(0), &inputs, Purity::Impure, after);
        if index % 3 == 0 {
            graph.push_output(id.into());
        }
    }
    graph
}

/// Runs a plan with so many workers, of which a random one finishes next; gives the order in which
/// steps were begun.
fn simulate(graph: &Graph, workers: usize, choices: &[usize], fails: Option<usize>) -> Vec<NodeId> {
    let plan = Plan::new(graph);
    let mut scheduler = Scheduler::new(graph);
    let (mut running, mut done, mut begun) = (Vec::new(), vec![false; graph.len()], Vec::new());
    let mut choices = choices.iter().cycle();
    loop {
        while running.len() < workers {
            match scheduler.next(graph, &plan) {
                Next::Run(step) => {
                    assert!(graph.needs(step).all(|need| done[need.index()]));
                    begun.push(step);
                    running.push(step);
                }
                Next::Again => {}
                Next::Wait => {
                    assert!(!running.is_empty());
                    break;
                }
                Next::Done => return begun,
            }
        }
        let choice = choices.next().expect("it cycles") % running.len();
        let step = running.swap_remove(choice);
        if fails == Some(begun.len()) {
            scheduler.report(Event::Failed(step), graph, &plan);
            assert_eq!(scheduler.next(graph, &plan), Next::Done);
            return begun;
        }
        scheduler.report(Event::Finished(step), graph, &plan);
        done[step.index()] = true;
    }
}

proptest! {
    /// Every step is handed out once and after what it needs, in whatever order steps finish.
    #[test]
    fn every_step_runs_once_and_in_time(
        picks in picks(),
        workers in 1..5_usize,
        choices in prop::collection::vec(0..8_usize, 1..40),
    ) {
        let graph = graph(&picks);
        let mut begun = simulate(&graph, workers, &choices, None);
        begun.sort_unstable();
        let plan = Plan::new(&graph);
        prop_assert_eq!(&begun, plan.steps());
    }

    /// With one worker, steps run in the order of the plan.
    #[test]
    fn one_worker_follows_the_plan(picks in picks()) {
        let graph = graph(&picks);
        let plan = Plan::new(&graph);
        prop_assert_eq!(&simulate(&graph, 1, &[0], None), plan.steps());
    }

    /// After a failure nothing is handed out, whatever else runs.
    #[test]
    fn nothing_runs_after_a_failure(picks in picks(), workers in 1..5_usize, fails in 1..60_usize) {
        let graph = graph(&picks);
        let begun = simulate(&graph, workers, &[1, 0, 2], Some(fails));
        prop_assert!(begun.len() <= Plan::new(&graph).steps().len());
    }
}
