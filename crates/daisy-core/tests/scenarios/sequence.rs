//! A plan in sequence: whoever runs the steps, it looks as if one worker did.

use daisy_core::{ConstId, Event, Graph, Input, Next, NodeId, OpId, Plan, Purity, Scheduler};
use proptest::prelude::*;

/// A graph of nodes that name earlier ones; all are outputs.
fn graph(picks: &[Vec<usize>]) -> Graph {
    let mut graph = Graph::default();
    for (index, inputs) in picks.iter().enumerate() {
        let earlier = |&back: &usize| Some(NodeId::from_index(index.checked_sub(1 + back)?));
        let inputs = inputs.iter().filter_map(earlier).map(Input::node);
        let inputs: Vec<_> = inputs.chain([ConstId::new(0).into()]).collect();
        let id = graph.add(OpId::new(0), &inputs, Purity::Impure);
        graph.push_output(id.into());
    }
    graph
}

/// What several workers did, of whom a random one is done with its step next.
struct Done {
    steps: Vec<NodeId>,
    failed: Option<NodeId>,
}

fn simulate(graph: &Graph, plan: &Plan, workers: usize, choices: &[usize], is: &Kinds) -> Done {
    let mut scheduler = Scheduler::new(graph);
    let mut running = Vec::new();
    let mut steps = Vec::new();
    let mut choices = choices.iter().cycle();
    loop {
        while running.len() < workers {
            match scheduler.next(graph, plan) {
                Next::Run(step) => {
                    let before = plan.steps().iter().take_while(|&&other| other != step);
                    let mut before = before.copied();
                    assert!(!is.effect(step) || before.all(|other| steps.contains(&other)));
                    running.push(step);
                }
                Next::Again => {}
                Next::Wait => {
                    assert!(!running.is_empty());
                    break;
                }
                Next::Done => {
                    let failed = scheduler.failed();
                    return Done { steps, failed };
                }
            }
        }
        let choice = choices.next().expect("it cycles") % running.len();
        let step = running.swap_remove(choice);
        if is.failing(step) {
            scheduler.report(Event::Failed(step), graph, plan);
        } else {
            steps.push(step);
            scheduler.report(Event::Finished(step), graph, plan);
        }
    }
}

/// Which steps have effects, and which fail.
#[derive(Debug)]
struct Kinds(Vec<(bool, bool)>);

impl Kinds {
    fn effect(&self, id: NodeId) -> bool {
        self.0[id.index() % self.0.len()].0
    }

    fn failing(&self, id: NodeId) -> bool {
        self.0[id.index() % self.0.len()].1
    }
}

fn kinds() -> impl Strategy<Value = Kinds> {
    let kind = (prop::bool::weighted(0.3), prop::bool::weighted(0.05));
    prop::collection::vec(kind, 1..60).prop_map(Kinds)
}

proptest! {
    /// The failure is that of one worker, and all steps before it were done; without a failure all
    /// steps are done. No effect comes before what stands before it.
    #[test]
    fn several_workers_look_like_one(
        picks in prop::collection::vec(prop::collection::vec(0..12_usize, 0..4), 0..60),
        kinds in kinds(),
        workers in 1..5_usize,
        choices in prop::collection::vec(0..8_usize, 1..40),
    ) {
        let graph = graph(&picks);
        let plan = Plan::in_sequence(&graph, |id| kinds.effect(id));
        let first = plan.steps().iter().copied().find(|&step| kinds.failing(step));
        let done = simulate(&graph, &plan, workers, &choices, &kinds);
        prop_assert_eq!(done.failed, first);
        let before = plan.steps().iter().take_while(|&&step| Some(step) != first);
        for step in before {
            prop_assert!(done.steps.contains(step));
        }
        for &effect in done.steps.iter().filter(|&&step| kinds.effect(step)) {
            prop_assert!(first.is_none_or(|first| effect < first));
        }
    }
}

/// A plan of values only has no effects: the first failure that is reported counts.
#[test]
fn values_alone_need_no_sequence() {
    let graph = graph(&[vec![], vec![]]);
    let plan = Plan::new(&graph);
    let mut scheduler = Scheduler::new(&graph);
    let [first, second] = [0, 1].map(NodeId::new);
    assert_eq!(scheduler.next(&graph, &plan), Next::Run(first));
    assert_eq!(scheduler.next(&graph, &plan), Next::Run(second));
    scheduler.report(Event::Failed(second), &graph, &plan);
    scheduler.report(Event::Failed(first), &graph, &plan);
    assert_eq!(scheduler.failed(), Some(second));
    assert_eq!(scheduler.next(&graph, &plan), Next::Done);
}
