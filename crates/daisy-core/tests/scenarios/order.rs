//! The order of dask's tasks. That it is dask's is tested from Python, against dask.

use std::convert::Infallible;

use daisy_core::order::{Keys, Links, order};

/// The order of nodes that need others, whose keys are their numbers with two digits.
fn ordered(needs: &[&[u32]]) -> Vec<u32> {
    let mut links = Links::default();
    for needs in needs {
        links.push(needs.iter().copied());
    }
    let keys = Keys {
        needs: links,
        lengths: vec![3; needs.len()],
        hashes: (0..needs.len() as u64).collect(),
        data: vec![false; needs.len()],
    };
    let sort = |nodes: &mut [u32]| {
        nodes.sort_unstable();
        Ok::<_, Infallible>(())
    };
    let Ok(order) = order(keys, sort);
    order
}

#[test]
fn nothing_has_an_order() {
    assert!(ordered(&[]).is_empty());
}

#[test]
fn a_chain_runs_along_however_it_is_numbered() {
    assert_eq!(ordered(&[&[], &[0], &[1]]), [0, 1, 2]);
    assert_eq!(ordered(&[&[1], &[2], &[]]), [2, 1, 0]);
}

#[test]
fn subtrees_are_finished_one_after_the_other() {
    let tree: &[&[u32]] = &[&[], &[], &[], &[], &[0, 1], &[2, 3], &[4, 5]];
    let order = ordered(tree);
    let place = |node: u32| order.iter().position(|&other| other == node);
    let (first, second) = (place(4).min(place(5)), place(4).max(place(5)));
    assert_eq!((first, second, place(6)), (Some(2), Some(5), Some(6)));
}

#[test]
fn what_is_long_needs_no_stack() {
    let needs: Vec<Vec<u32>> = (0..100_000)
        .map(|node: u32| node.checked_sub(1).into_iter().collect())
        .collect();
    let needs: Vec<&[u32]> = needs.iter().map(Vec::as_slice).collect();
    let run = std::thread::Builder::new().stack_size(64 << 10);
    std::thread::scope(|scope| {
        let thread = run.spawn_scoped(scope, || ordered(&needs));
        let order = thread.expect("a thread starts").join();
        assert!(order.expect("it ends").into_iter().eq(0..100_000));
    });
}

#[test]
fn ends_that_add_up_what_is_before_them_take_no_room_for_each_pair() {
    // A root, the sum of all roots so far, and an end: in the third of ends, 5e9 pairs with a root.
    let needs: Vec<Vec<u32>> = (0..300_000)
        .map(|node: u32| match node % 3 {
            0 => vec![],
            1 if node > 1 => vec![node - 3, node - 1],
            _ => vec![node - 1],
        })
        .collect();
    let needs: Vec<&[u32]> = needs.iter().map(Vec::as_slice).collect();
    assert!(ordered(&needs).into_iter().eq(0..300_000));
}

#[test]
fn an_error_of_the_texts_comes_out() {
    let mut needs = Links::default();
    needs.push([]);
    needs.push([]);
    let keys = Keys {
        needs,
        lengths: vec![3; 2],
        hashes: vec![1, 2],
        data: vec![false; 2],
    };
    assert_eq!(order(keys, |_| Err("no text")), Err("no text"));
}
