//! A plan says what runs, how often each value is used, and when it can go.

use daisy_core::{Event, Graph, NodeId, Plan, Scheduler};
use expect_test::{Expect, expect};

/// Plans a graph and compares the steps: uses of the value, and what can go afterwards.
fn check(text: &str, expected: &Expect) {
    let graph: Graph = text.parse().expect("the text is a graph");
    let plan = Plan::new(&graph);
    let line = |&step: &NodeId| {
        let gone: Vec<_> = plan.released_by(&graph, step).collect();
        format!("{step}: {} uses, then {gone:?} can go\n", plan.uses(step))
    };
    expected.assert_eq(&plan.steps().iter().map(line).collect::<String>());
}

/// A value goes after its last use, not after an earlier one.
#[test]
fn a_value_goes_after_its_last_use() {
    check(
        "
        %0 = op0(c0)
        %1 = op1(%0)
        %2 = op2(%0, %1)
        %3 = op3(%2)
        return %3
        ",
        &expect![[r#"
            %0: 2 uses, then [] can go
            %1: 1 uses, then [] can go
            %2: 1 uses, then [%0, %1] can go
            %3: 1 uses, then [%2] can go
        "#]],
    );
}

/// An output is a use, so the value stays.
#[test]
fn an_output_stays() {
    check(
        "
        %0 = op0(c0)
        %1 = op1(%0)
        return %0, %1, %0
        ",
        &expect![[r#"
            %0: 3 uses, then [] can go
            %1: 1 uses, then [] can go
        "#]],
    );
}

/// A value that a step uses twice goes once.
#[test]
fn a_value_that_is_used_twice_goes_once() {
    check(
        "
        %0 = op0(c0)
        %1 = op1(%0, c1, %0)
        return %1
        ",
        &expect![[r#"
            %0: 2 uses, then [] can go
            %1: 1 uses, then [%0] can go
        "#]],
    );
}

/// What no output needs is no step, and its uses do not count.
#[test]
fn a_dead_node_is_no_step() {
    check(
        "
        %0 = op0(c0)
        %1 = op1(%0)
        %2 = op2(%0)
        %3 = op3!(%1)
        return %2
        ",
        &expect![[r#"
            %0: 1 uses, then [] can go
            %2: 1 uses, then [%0] can go
        "#]],
    );
}

/// What is only waited for is a step; its value, which nothing uses, goes at once.
#[test]
fn waiting_is_no_use_of_the_value() {
    check(
        "
        %0 = op0!()
        %1 = op1!() after %0
        %2 = op2!(%1) after %1
        return %2
        ",
        &expect![[r#"
            %0: 0 uses, then [%0] can go
            %1: 1 uses, then [] can go
            %2: 1 uses, then [%1] can go
        "#]],
    );
}

/// Where only constants are wanted there is nothing to do.
#[test]
fn constants_need_no_step() {
    check("return c0, c1", &expect![""]);
}

fn chain_of_two() -> Plan {
    let graph: Graph = "%0 = op0()\n%1 = op0(%0)\nreturn %1"
        .parse()
        .expect("the text is a graph");
    Plan::new(&graph)
}

/// A scheduler hands out the next step only once the one before is finished, and each once.
#[test]
fn steps_are_handed_out_one_by_one() {
    let plan = chain_of_two();
    let mut scheduler = Scheduler::new(&plan);
    let first = scheduler.next().expect("a step is ready");
    assert_eq!(scheduler.next(), None);
    scheduler.report(Event::Finished(first));
    assert_eq!(scheduler.remaining(), 1);
    let second = scheduler.next().expect("a step is ready");
    scheduler.report(Event::Finished(second));
    assert_eq!((first.index(), second.index()), (0, 1));
    assert_eq!((scheduler.next(), scheduler.remaining()), (None, 0));
}

/// After a failure no step is handed out.
#[test]
fn a_failure_is_the_end() {
    let plan = chain_of_two();
    let mut scheduler = Scheduler::new(&plan);
    let first = scheduler.next().expect("a step is ready");
    scheduler.report(Event::Failed(first));
    assert_eq!((scheduler.next(), scheduler.remaining()), (None, 1));
}

/// A report about a step that is not running is a mistake of the executor, and says so.
#[test]
#[should_panic(expected = "only the running step can be reported")]
fn only_a_running_step_is_reported() {
    let plan = chain_of_two();
    Scheduler::new(&plan).report(Event::Finished(NodeId::new(0)));
}
