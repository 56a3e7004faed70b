//! How many values are there at once: groups make it few more than there would be without them.

use daisy_core::{ConstId, Graph, Group, Input, NodeId, OpId, PassSet, Plan, Purity, Rewritten};
use expect_test::expect;
use proptest::prelude::*;

use crate::facts::{Known, PARTS, check};

/// How many values more there may be: `MOST_WAITING` of `fuse/waiting.rs`.
const MORE: i64 = 8;
/// An operation that is in no class.
const OPAQUE: usize = 20;

fn fused(graph: &Graph) -> Rewritten {
    let fused = PassSet::all().apply(graph, &Known::default());
    fused.expect("there are groups")
}

fn add(graph: &mut Graph, op: usize, inputs: &[Input]) -> Input {
    graph.add(OpId::from_index(op), inputs, Purity::Pure).into()
}

fn constant(index: usize) -> Input {
    ConstId::from_index(index).into()
}

/// `t = o1 + o2; t = t + o3; ...`, each result made right before it is used.
fn fan_in(results: usize) -> Graph {
    let mut graph = Graph::default();
    let mut sum = add(&mut graph, OPAQUE, &[constant(0)]);
    for index in 1..results {
        let result = add(&mut graph, OPAQUE, &[constant(index)]);
        sum = add(&mut graph, 0, &[sum, result]);
    }
    graph.push_output(sum);
    graph
}

/// `(o1 + o2) + (o3 + o4) + ...`, as Python evaluates it.
fn tree(graph: &mut Graph, depth: usize) -> Input {
    if depth == 0 {
        let results = graph.len();
        return add(graph, OPAQUE, &[constant(results)]);
    }
    let (left, right) = (tree(graph, depth - 1), tree(graph, depth - 1));
    add(graph, 0, &[left, right])
}

/// By node: the step after which its value goes.
fn ends(graph: &Graph) -> Vec<usize> {
    let mut ends: Vec<_> = graph.ids().map(NodeId::index).collect();
    for &step in Plan::new(graph).steps() {
        for value in graph.inputs(step).iter().filter_map(|it| it.as_node()) {
            ends[value.index()] = step.index();
        }
    }
    for value in graph.outputs().iter().filter_map(|it| it.as_node()) {
        ends[value.index()] = graph.len();
    }
    ends
}

/// By node: where its value begins; nothing for a group that is taken apart, as its parts are there when
/// it has run.
fn begins(graph: &Graph) -> Vec<Option<usize>> {
    let mut begins: Vec<_> = graph.ids().map(|id| Some(id.index())).collect();
    for part in graph.ids().filter(|&id| graph.op(id).index() >= PARTS) {
        let group = graph.needs(part).next().expect("a part is of a group");
        begins[group.index()] = None;
        begins[part.index()] = Some(group.index());
    }
    begins
}

/// How many values there are at most at any step of a run in order.
fn peak(graph: &Graph) -> i64 {
    let (begins, ends) = (begins(graph), ends(graph));
    let mut changes = vec![0; graph.len() + 2];
    for step in Plan::new(graph).steps().iter().map(|id| id.index()) {
        if let Some(begin) = begins[step] {
            changes[begin] += 1;
            changes[ends[step] + 1] -= 1;
        }
    }
    let live = changes.iter().scan(0, |now, change| {
        *now += change;
        Some(*now)
    });
    live.max().unwrap_or(0)
}

fn sizes(groups: &[Group]) -> Vec<usize> {
    groups.iter().map(|group| group.members.len()).collect()
}

/// A group of which eight inputs would be gone without it gets no more members.
#[test]
fn a_group_ends_where_too_many_values_wait() {
    let text = (1..10).map(|it| {
        format!(
            "%{} = op20(c{it})\n%{} = op0(%{}, %{})",
            2 * it - 1,
            2 * it,
            2 * it - 2,
            2 * it - 1
        )
    });
    let text = format!(
        "%0 = op20(c0)\n{}\nreturn %18",
        text.collect::<Vec<_>>().join("\n")
    );
    check(
        &text,
        &expect![[r#"
        %0 = op20(c0)
        %1 = op20(c1)
        %2 = op20(c2)
        %3 = op20(c3)
        %4 = op20(c4)
        %5 = op20(c5)
        %6 = op20(c6)
        %7 = op20(c7)
        %8 = op20(c8)
        %9 = op1000(%0, %1, %2, %3, %4, %5, %6, %7, %8)
        %10 = op20(c9)
        %11 = op0(%9, %10)
        return %11
        group 0 of %2, %4, %6, %8, %10, %12, %14, %16:
          %0 = op0(c0, c1)
          %1 = op0(%0, c2)
          %2 = op0(%1, c3)
          %3 = op0(%2, c4)
          %4 = op0(%3, c5)
          %5 = op0(%4, c6)
          %6 = op0(%5, c7)
          %7 = op0(%6, c8)
          return %7
    "#]],
    );
}

/// Inputs that are used later on wait for nobody, however many a group has.
#[test]
fn values_that_are_used_later_do_not_wait() {
    let results = (0..12).map(|it| format!("%{it} = op20(c{it})\n"));
    let sums = (12..24).map(|it| format!("%{it} = op0(%{}, %{})\n", it - 1, it - 12));
    let all: Vec<_> = (0..12).map(|it| format!("%{it}")).collect();
    let text = format!(
        "{}{}%24 = op21({})\nreturn %23, %24",
        results.collect::<String>(),
        sums.collect::<String>(),
        all.join(", ")
    );
    let graph: Graph = text.parse().expect("the text is a graph");
    assert_eq!(sizes(&fused(&graph).groups), [12]);
}

/// A sum of a thousand results keeps as many at once as one of ten.
#[test]
fn a_fan_in_keeps_few_values() {
    let graph = fan_in(1_000);
    let out = fused(&graph);
    assert_eq!(peak(&graph), 3);
    assert_eq!(peak(&out.graph), 10);
    assert!(sizes(&out.groups).iter().all(|&size| size >= 7));
}

/// A value waits as well if something that is no member has used it last.
#[test]
fn what_others_used_last_waits_too() {
    let mut graph = Graph::default();
    let (mut sum, mut other) = (constant(0), constant(0));
    for index in 1..100 {
        let result = add(&mut graph, OPAQUE, &[constant(index)]);
        sum = add(&mut graph, 0, &[sum, result]);
        other = add(&mut graph, OPAQUE, &[other, result]);
    }
    graph.push_output(sum);
    graph.push_output(other);
    let out = fused(&graph);
    assert!(peak(&out.graph) <= peak(&graph) + MORE);
    let sizes = sizes(&out.groups);
    assert!(sizes[..sizes.len() - 1].iter().all(|&size| size >= 8));
}

/// A tree of a thousand results as well, and most of its nodes are members.
#[test]
fn a_tree_keeps_few_values() {
    let mut graph = Graph::default();
    let root = tree(&mut graph, 10);
    graph.push_output(root);
    let out = fused(&graph);
    assert!(peak(&out.graph) <= peak(&graph) + MORE);
    assert!(sizes(&out.groups).iter().sum::<usize>() > 800);
}

/// Outputs that read the same array and each a result of its own keep no more than without groups.
#[test]
fn outputs_do_not_keep_what_they_read() {
    let mut graph = Graph::default();
    for index in 0..100 {
        let result = add(&mut graph, OPAQUE, &[constant(index)]);
        let half = add(&mut graph, 0, &[result, constant(0)]);
        let output = add(&mut graph, 1, &[half]);
        graph.push_output(output);
    }
    let out = fused(&graph);
    assert_eq!(sizes(&out.groups), [2; 100]);
    assert!(peak(&out.graph) <= peak(&graph) + MORE);
}

/// Sums that grow in turns keep few values together, not each.
#[test]
fn many_groups_together_keep_few_values() {
    let mut graph = Graph::default();
    let mut sums: Vec<_> = (0..20).map(constant).collect();
    for round in 1..20 {
        for (place, sum) in sums.iter_mut().enumerate() {
            let result = add(&mut graph, OPAQUE, &[constant(20 * round + place)]);
            *sum = add(&mut graph, 0, &[*sum, result]);
        }
    }
    let all = add(&mut graph, OPAQUE, &sums);
    graph.push_output(all);
    if let Some(out) = PassSet::all().apply(&graph, &Known::default()) {
        assert!(peak(&out.graph) <= peak(&graph) + MORE);
    }
}

/// A node by its kind and how far back its inputs are.
type Pick = (usize, usize, usize);

/// Every third node is opaque; the others go on from what they went on from, or from something near.
fn random(picks: &[Pick]) -> Graph {
    let mut graph = Graph::default();
    let mut last = constant(0);
    for &(kind, one, other) in picks {
        let back = |graph: &Graph, far: usize| match graph.len().checked_sub(far) {
            Some(place) => NodeId::from_index(place).into(),
            None => constant(far),
        };
        let (near, far) = (back(&graph, one), back(&graph, other));
        let unique = constant(10 + graph.len());
        match kind {
            0..3 => _ = add(&mut graph, OPAQUE, &[unique]),
            3 => _ = add(&mut graph, OPAQUE, &[near, unique]),
            4..8 => last = add(&mut graph, 0, &[last, near]),
            8 => last = add(&mut graph, 10, &[last, near]),
            _ => _ = add(&mut graph, 1, &[near, far]),
        }
    }
    let end = add(&mut graph, OPAQUE, &[last]);
    graph.push_output(end);
    graph
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// Whatever the graph: groups make the peak at most `MORE` values higher.
    #[test]
    fn the_peak_is_little_higher(picks in prop::collection::vec((0..12_usize, 1..4_usize, 1..30_usize), 1..200)) {
        let graph = random(&picks);
        if let Some(out) = PassSet::all().apply(&graph, &Known::default()) {
            let culled = PassSet::all().without("fuse").expect("there is such a pass");
            let plain = culled.apply(&graph, &Known::default());
            let before = plain.map_or_else(|| peak(&graph), |plain| peak(&plain.graph));
            prop_assert!(peak(&out.graph) <= before + MORE);
        }
    }
}
