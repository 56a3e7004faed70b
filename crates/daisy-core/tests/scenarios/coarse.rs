//! Clusters: no circle, little longer paths, and enough to do at once.

use daisy_core::coarse::{Clusters, clusters, width};
use daisy_core::{Graph, NodeId, OpId, Purity};
use proptest::prelude::*;

/// A graph of which node `n` needs these nodes.
fn graph(needs: &[Vec<usize>]) -> Graph {
    let mut graph = Graph::default();
    for needs in needs {
        let inputs: Vec<_> = needs
            .iter()
            .map(|&need| NodeId::new(need as u32).into())
            .collect();
        graph.add(OpId::new(0), &inputs, Purity::Impure);
    }
    graph
}

fn depth(graph: &Graph) -> usize {
    let mut depths: Vec<usize> = Vec::new();
    for id in graph.ids() {
        let before = graph.needs(id).map(|need| depths[need.index()]).max();
        depths.push(1 + before.unwrap_or(0));
    }
    depths.into_iter().max().unwrap_or(0)
}

/// Checks what always holds.
fn check(graph: &Graph, width: usize) -> Clusters {
    let found = clusters(graph, width);
    for id in graph.ids() {
        assert!(found.of(id) < found.len());
        for need in graph.needs(id) {
            assert!(found.of(need) <= found.of(id), "{need} is needed by {id}");
        }
    }
    let longest = found.longest_path(graph);
    assert!(longest <= 2 * depth(graph) + 3 * graph.len() / width);
    found
}

/// One node after the other is one cluster.
#[test]
fn a_chain() {
    let needs: Vec<_> = (0..1000)
        .map(|node: usize| node.checked_sub(1).into_iter().collect())
        .collect();
    assert_eq!(check(&graph(&needs), 8).len(), 1);
}

/// Chains are dealt out, and each stays whole.
#[test]
fn chains_side_by_side() {
    let needs: Vec<_> = (0..500 * 40)
        .map(|node: usize| {
            (!node.is_multiple_of(40))
                .then(|| node - 1)
                .into_iter()
                .collect()
        })
        .collect();
    let found = check(&graph(&needs), 62);
    assert_eq!(found.len(), 62);
}

/// Of a tree, whole branches are clusters, and few are left above them.
#[test]
fn a_tree() {
    let leaves = 8192;
    let mut needs: Vec<Vec<usize>> = vec![Vec::new(); leaves];
    let mut level: Vec<usize> = (0..leaves).collect();
    while level.len() > 1 {
        level = level
            .chunks(2)
            .map(|pair| {
                needs.push(pair.to_vec());
                needs.len() - 1
            })
            .collect();
    }
    let found = check(&graph(&needs), 16);
    assert!(found.len() <= 16 + 15, "{}", found.len());
}

/// What hangs on one node is not all done with that node.
#[test]
fn a_fan_of_one() {
    let needs: Vec<_> = (0..1000)
        .map(|node| if node == 0 { vec![] } else { vec![0] })
        .collect();
    let found = check(&graph(&needs), 10);
    assert!((11..=13).contains(&found.len()), "{}", found.len());
}

/// A wide and deep graph without order becomes several times fewer tasks.
#[test]
fn a_random_graph() {
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as usize % below
    };
    let (levels, wide) = (200, 100);
    let needs: Vec<Vec<usize>> = (0..levels * wide)
        .map(|node| {
            let level = node / wide;
            match level {
                0 => vec![],
                _ => (0..2).map(|_| (level - 1) * wide + random(wide)).collect(),
            }
        })
        .collect();
    let found = check(&graph(&needs), 16);
    assert!(found.len() <= levels * 16, "{}", found.len());
}

/// There are four clusters a thread at least, and more of a wide graph.
#[test]
fn how_many_begin_at_once() {
    let wide: Vec<_> = (0..8000).map(|_| vec![]).collect();
    let narrow: Vec<_> = (0..1000)
        .map(|node: usize| node.checked_sub(1).into_iter().collect())
        .collect();
    assert_eq!(width(&graph(&narrow), 2), 8);
    assert_eq!(width(&graph(&wide), 2), 128);
    assert_eq!(width(&graph(&wide), 100), 1000);
}

/// Nothing is a graph, too.
#[test]
fn nothing() {
    assert!(check(&graph(&[]), 3).is_empty());
}

fn needs() -> impl Strategy<Value = Vec<Vec<usize>>> {
    let reach = prop_oneof![Just(3_usize), Just(20), Just(1000)];
    (1_usize..300, reach).prop_flat_map(|(nodes, reach)| {
        let needs = (0..nodes).map(move |node| {
            let lowest = node.saturating_sub(reach);
            prop::collection::vec(lowest..node.max(1), 0..4).prop_map(move |mut needs| {
                needs.retain(|&need| need < node);
                needs
            })
        });
        needs.collect::<Vec<_>>()
    })
}

proptest! {
    /// Whatever the graph: no circle, the bound of paths, and as many clusters at once as are wanted.
    #[test]
    fn any_graph(needs in needs(), width in 1_usize..20) {
        let graph = graph(&needs);
        let found = check(&graph, width);
        let sources = needs.iter().filter(|needs| needs.is_empty()).count();
        let first: std::collections::HashSet<usize> = graph
            .ids()
            .filter(|&id| graph.needs(id).next().is_none())
            .map(|id| found.of(id))
            .collect();
        prop_assert_eq!(first.len(), sources.min(width));
    }
}
