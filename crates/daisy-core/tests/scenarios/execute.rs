//! A run gives the outputs, drops values in time, and lets errors through.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use daisy_core::{
    Arg, Args, ConstId, Graph, Host, Input, NodeId, OpId, Plan, Purity, Source, execute,
};
use expect_test::{Expect, expect};

use crate::adder::{Adder, PANICS};

/// Runs a graph and compares the diary; `*` marks an argument that may be changed in place.
fn check(text: &str, expected: &Expect) {
    let graph: Graph = text.parse().expect("the text is a graph");
    let host = Adder::default();
    let result = execute(&graph, &Plan::new(&graph), &host);
    let result = result.map(|outputs| {
        outputs
            .iter()
            .map(|output| output.value)
            .collect::<Vec<_>>()
    });
    expected.assert_eq(&format!("{}{result:?}\n", host.diary.borrow()));
}

/// Steps run in order, and each value goes as soon as its last use is over.
#[test]
fn values_are_dropped_at_their_last_use() {
    check(
        "
        %0 = op1(c2)
        %1 = op2(%0)
        %2 = op3(%0, %1, c1)
        %3 = op4(%2)
        return %3
        ",
        &expect![[r#"
            %0 = op1(c2) = 3
            %1 = op2(3) = 5
            %2 = op3(3*, 5*, c1) = 12
            drop %0
            drop %1
            %3 = op4(12*) = 16
            drop %2
            drop %3
            Ok([16])
        "#]],
    );
}

/// An argument that stands twice in its last step may not be changed in place, and is dropped.
#[test]
fn a_doubled_argument_is_not_reusable() {
    check(
        "
        %0 = op1(c2)
        %1 = op2(%0, %0)
        return %1
        ",
        &expect![[r#"
            %0 = op1(c2) = 3
            %1 = op2(3, 3) = 8
            drop %0
            drop %1
            Ok([8])
        "#]],
    );
}

/// An output is neither changed in place nor dropped before the end.
#[test]
fn an_output_is_not_reusable() {
    check(
        "
        %0 = op1(c2)
        %1 = op2(%0)
        return %0, %1
        ",
        &expect![[r#"
            %0 = op1(c2) = 3
            %1 = op2(3) = 5
            drop %0
            drop %1
            Ok([3, 5])
        "#]],
    );
}

/// The value of a node that is only waited for goes at once.
#[test]
fn a_value_that_nothing_uses_is_dropped_at_once() {
    check(
        "
        %0 = op1!()
        %1 = op2!() after %0
        return %1
        ",
        &expect![[r#"
            %0 = op1() = 1
            drop %0
            %1 = op2() = 2
            drop %1
            Ok([2])
        "#]],
    );
}

/// An output in two places is copied once: the last place has the value itself.
#[test]
fn an_output_in_two_places_is_copied() {
    check(
        "
        %0 = op1(c2)
        return %0, c5, %0, c5
        ",
        &expect![[r#"
            %0 = op1(c2) = 3
            copy %0
            drop copy of %0
            drop c5
            drop %0
            drop c5
            Ok([3, 5, 3, 5])
        "#]],
    );
}

/// An error comes through as it is, nothing runs after it, and every value is dropped.
#[test]
fn an_error_ends_the_run() {
    check(
        "
        %0 = op1(c2)
        %1 = op2(%0)
        %2 = op9(%1)
        %3 = op3(%2, %0)
        return %3, %0
        ",
        &expect![[r#"
            %0 = op1(c2) = 3
            %1 = op2(3) = 5
            %2 = op9(5*) failed
            drop %0
            drop %1
            Err("%2 failed")
        "#]],
    );
}

/// A failing operation whose value nobody needs does not run.
#[test]
fn dead_work_does_not_fail() {
    check(
        "
        %0 = op9(c2)
        %1 = op1(c2)
        return %1
        ",
        &expect![[r#"
            %1 = op1(c2) = 3
            drop %1
            Ok([3])
        "#]],
    );
}

/// An error while an output is copied ends the run just so.
#[test]
fn a_copy_can_fail() {
    check(
        "
        %0 = op1(c12)
        %1 = op1(c0)
        return %1, %0, %0
        ",
        &expect![[r#"
            %0 = op1(c12) = 13
            %1 = op1(c0) = 1
            drop %1
            drop %0
            Err("%0 cannot be copied")
        "#]],
    );
}

/// A host that panics leaves no value behind.
#[test]
fn a_panic_drops_all_values() {
    let mut graph = Graph::default();
    let value = graph.add(OpId::new(1), &[], Purity::Pure);
    let panics = graph.add(PANICS, &[value.into()], Purity::Pure);
    graph.push_output(panics.into());
    let host = Adder::default();
    let diary = Rc::clone(&host.diary);
    let run = AssertUnwindSafe(|| execute(&graph, &Plan::new(&graph), &host).map(drop));
    assert!(catch_unwind(run).is_err());
    expect![[r#"
        %0 = op1() = 1
        drop %0
    "#]]
    .assert_eq(&diary.borrow());
}

/// A plan runs the graph that it was made from, and no other.
#[test]
#[should_panic(expected = "the plan is of another graph")]
fn a_plan_of_another_graph_is_refused() {
    let graph: Graph = "%0 = op0()\nreturn %0"
        .parse()
        .expect("the text is a graph");
    let _ = execute(&Graph::default(), &Plan::new(&graph), &Adder::default());
}

/// A plan can run many times.
#[test]
fn a_plan_can_run_again() {
    let graph: Graph = "%0 = op1(c1)\nreturn %0"
        .parse()
        .expect("the text is a graph");
    let plan = Plan::new(&graph);
    for _ in 0..2 {
        let values = execute(&graph, &plan, &Adder::default()).expect("nothing fails");
        assert_eq!(values[0].value, 2);
    }
}

const MILLION: u32 = 1_000_000;

/// Counts how many values are alive.
struct Counter {
    alive: Rc<()>,
    most: Cell<usize>,
}

impl Host for Counter {
    type Value = (u64, Rc<()>);
    type Error = String;

    fn run(&self, _: NodeId, _: OpId, args: Args<'_, Self::Value>) -> Result<Self::Value, String> {
        let numbers = args.iter().map(|arg| match arg {
            Arg::Value { value, .. } => value.0,
            Arg::Const(_) => 1,
        });
        let value = (numbers.sum(), Rc::clone(&self.alive));
        let alive = Rc::strong_count(&self.alive) - 1;
        self.most.set(self.most.get().max(alive));
        Ok(value)
    }

    fn constant(&self, _: ConstId) -> Self::Value {
        (1, Rc::clone(&self.alive))
    }

    fn share(&self, value: &Self::Value) -> Self::Value {
        value.clone()
    }
}

/// Runs a graph in a thread with a small stack; gives its value and how many were alive at most.
fn count(graph: Graph) -> (u64, usize) {
    let work = move || {
        let host = Counter {
            alive: Rc::new(()),
            most: Cell::new(0),
        };
        let outputs = execute(&graph, &Plan::new(&graph), &host).expect("nothing fails");
        assert_eq!(Rc::strong_count(&host.alive), outputs.len() + 1);
        (outputs[0].0, host.most.get())
    };
    let thread = std::thread::Builder::new()
        .stack_size(64 * 1024)
        .spawn(work);
    thread
        .expect("a thread can start")
        .join()
        .expect("the run does not panic")
}

/// A million steps deep: nothing recurses, and two values are alive at a time.
#[test]
fn a_deep_chain_runs() {
    let mut graph = Graph::default();
    let one = Input::constant(ConstId::new(0));
    let mut last = one;
    for _ in 0..MILLION {
        last = graph.add(OpId::new(0), &[last, one], Purity::Pure).into();
    }
    graph.push_output(last);
    assert_eq!(count(graph), (u64::from(MILLION) + 1, 2));
}

/// A million inputs wide: each value is there for the one step that uses all.
#[test]
fn a_wide_fan_in_runs() {
    let mut graph = Graph::default();
    let constants = (0..MILLION).map(|index| Input::constant(ConstId::new(index)));
    let all: Vec<Input> = constants
        .map(|input| graph.add(OpId::new(0), &[input], Purity::Pure).into())
        .collect();
    let sum = graph.add(OpId::new(0), &all, Purity::Pure);
    graph.push_output(sum.into());
    assert_eq!(count(graph), (u64::from(MILLION), MILLION as usize + 1));
}

/// Written depth first, a tree needs as many values at a time as it is deep.
#[test]
fn a_tree_needs_few_values_at_a_time() {
    let mut graph = Graph::default();
    let mut stack: Vec<(u32, Input)> = Vec::new();
    for leaf in 0..1 << 16 {
        let constant = Input::constant(ConstId::new(leaf));
        let mut top = (0, graph.add(OpId::new(0), &[constant], Purity::Pure).into());
        while stack.last().is_some_and(|left| left.0 == top.0) {
            let (height, left) = stack.pop().expect("there is one");
            top = (
                height + 1,
                graph.add(OpId::new(0), &[left, top.1], Purity::Pure).into(),
            );
        }
        stack.push(top);
    }
    graph.push_output(stack[0].1);
    assert_eq!(count(graph), (1 << 16, 18));
}

/// An argument can be looked at by its place, and how many there are is known.
#[test]
fn arguments_have_places() {
    struct Second;
    impl Host for Second {
        type Value = u32;
        type Error = String;
        fn run(&self, node: NodeId, _: OpId, args: Args<'_, u32>) -> Result<u32, String> {
            if args.is_empty() {
                return Ok(40 + node.index() as u32);
            }
            assert_eq!((args.len(), args.iter().len()), (2, 2));
            assert_eq!(args.get(0), Arg::Const(ConstId::new(7)));
            assert_eq!(
                args.get(1),
                Arg::Value {
                    value: &40,
                    last: true
                }
            );
            assert_eq!(args.iter().next_back(), Some(args.get(1)));
            Ok(1)
        }
        fn constant(&self, _: ConstId) -> u32 {
            0
        }
        fn share(&self, value: &u32) -> u32 {
            *value
        }
        fn clone_value(&self, value: &u32) -> Result<u32, String> {
            Ok(*value)
        }
    }
    let graph: Graph = "%0 = op0()\n%1 = op0(c7, %0)\nreturn %1"
        .parse()
        .expect("the text is a graph");
    assert_eq!(graph.outputs()[0].unpack(), Source::Node(NodeId::new(1)));
    assert_eq!(execute(&graph, &Plan::new(&graph), &Second), Ok(vec![1]));
}
