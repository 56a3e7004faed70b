//! Coarse: nodes of a graph put together, for schedulers to which every task is dear.
//!
//! The graph is cut into *bands*, one after the other. A band begins with all nodes whose needs were met in
//! earlier bands; they are its *seeds*, and are dealt out in their order to so many *clusters* at most. A
//! further node joins a cluster when all that it needs was there before the band or is in that cluster; if it
//! needs two clusters of the band, it waits for the next one.
//!
//! **No circle.** What a node needs is in its own cluster or in an earlier band. So all edges between
//! clusters lead from one band to a later one.
//!
//! **Enough is left to do at once.** Seeds are dealt out evenly, and as many clusters as are wanted begin at
//! once if there are as many seeds. A cluster grows to twice its share of the seeds for each level that it
//! reaches up, so that what hangs on one node alone is not all done in its cluster.
//!
//! **No path becomes much longer.** Along a path of clusters, all nodes of each count. The longest such path is
//! at most twice that of the graph and a share of three in `width` of all nodes; were it longer, nodes
//! would join nothing at all. Then a path meets each band once, and is at most as long as that of the graph
//! and one share of all nodes.

use crate::{Graph, NodeId};

/// Which nodes are one task.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Clusters {
    of: Vec<u32>,
    count: usize,
}

impl Clusters {
    /// The number of the cluster that a node is in. What a cluster needs has smaller numbers.
    pub fn of(&self, id: NodeId) -> usize {
        self.of[id.index()] as usize
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many nodes are on the longest path of clusters, all nodes of a cluster being on it.
    pub fn longest_path(&self, graph: &Graph) -> usize {
        let mut weights = vec![0; self.count];
        for id in graph.ids() {
            weights[self.of(id)] += 1;
        }
        let mut edges: Vec<(usize, usize)> = graph
            .ids()
            .flat_map(|id| graph.needs(id).map(move |need| (need, id)))
            .map(|(need, id)| (self.of(id), self.of(need)))
            .filter(|(user, need)| user != need)
            .collect();
        edges.sort_unstable();
        let mut paths: Vec<usize> = Vec::with_capacity(self.count);
        let mut edges = edges.into_iter().peekable();
        for (cluster, weight) in weights.into_iter().enumerate() {
            let mut before = 0;
            while let Some((_, need)) = edges.next_if(|&(user, _)| user == cluster) {
                before = before.max(paths[need]);
            }
            paths.push(before + weight);
        }
        paths.into_iter().max().unwrap_or(0)
    }
}

/// Puts nodes together into clusters, of which up to `width` begin at once.
///
/// # Panics
/// When `width` is 0.
///
/// ```
/// use daisy_core::coarse::clusters;
/// use daisy_core::{Graph, Input, OpId, Purity};
///
/// // Four chains of five nodes, and what needs all of them.
/// let mut graph = Graph::default();
/// let mut ends = Vec::new();
/// for chain in 0..4 {
///     let mut end = graph.add(OpId::new(chain), &[], Purity::Impure);
///     for _ in 1..5 {
///         end = graph.add(OpId::new(9), &[end.into()], Purity::Impure);
///     }
///     ends.push(Input::node(end));
/// }
/// graph.add(OpId::new(8), &ends, Purity::Impure);
/// assert_eq!(clusters(&graph, 4).len(), 5);
/// assert_eq!(clusters(&graph, 2).len(), 3);
/// ```
pub fn clusters(graph: &Graph, width: usize) -> Clusters {
    assert!(width > 0, "some clusters have to begin");
    let levels = levels(graph);
    let depth = levels
        .iter()
        .max()
        .map_or(0, |&highest| highest as usize + 1);
    let grown = Bands::new(graph, width, &levels, true).finish();
    if grown.longest_path(graph) <= 2 * depth + 3 * graph.len() / width {
        return grown;
    }
    Bands::new(graph, width, &levels, false).finish()
}

/// How many clusters are to begin at once where so many threads are at work: four for each, so that none
/// waits for the others, and more of a graph that has an eighth of its nodes as tasks even so.
///
/// # Panics
/// When `threads` is 0.
pub fn width(graph: &Graph, threads: usize) -> usize {
    assert!(threads > 0, "somebody has to work");
    let depth = levels(graph)
        .into_iter()
        .max()
        .map_or(1, |highest| highest as usize + 1);
    (graph.len() / (8 * depth)).clamp(4 * threads, 64 * threads)
}

/// By node: how many nodes are before it on its longest path.
fn levels(graph: &Graph) -> Vec<u32> {
    let mut levels: Vec<u32> = Vec::with_capacity(graph.len());
    for id in graph.ids() {
        let highest = graph.needs(id).map(|need| levels[need.index()] + 1).max();
        levels.push(highest.unwrap_or(0));
    }
    levels
}

/// In which cluster of the band at hand everything is that a node needs of that band.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Home {
    /// It needs none.
    Nowhere,
    Cluster(u32),
    /// It needs several.
    Several,
}

/// A cluster of the band at hand.
struct Growing {
    size: usize,
    /// How many of its nodes are seeds.
    seeds: usize,
    lowest: u32,
}

/// Bands being made.
struct Bands<'a> {
    graph: &'a Graph,
    width: usize,
    levels: &'a [u32],
    /// Whether further nodes join the seeds.
    grows: bool,
    /// The nodes that need a node, one after the other, and by node where its own begin.
    users: Vec<NodeId>,
    first_user: Vec<u32>,
    /// By node: how many nodes that it needs have no cluster yet, counted by use.
    pending: Vec<u32>,
    home: Vec<Home>,
    of: Vec<u32>,
    count: usize,
}

const NONE: u32 = u32::MAX;

impl<'a> Bands<'a> {
    fn new(graph: &'a Graph, width: usize, levels: &'a [u32], grows: bool) -> Self {
        let mut pending = vec![0; graph.len()];
        let mut first_user = vec![0; graph.len() + 1];
        for id in graph.ids() {
            for need in graph.needs(id) {
                pending[id.index()] += 1;
                first_user[need.index() + 1] += 1;
            }
        }
        for at in 1..first_user.len() {
            first_user[at] += first_user[at - 1];
        }
        let mut next = first_user.clone();
        let mut users = vec![NodeId::new(0); next[graph.len()] as usize];
        for id in graph.ids() {
            for need in graph.needs(id) {
                users[next[need.index()] as usize] = id;
                next[need.index()] += 1;
            }
        }
        Bands {
            graph,
            width,
            levels,
            grows,
            users,
            first_user,
            pending,
            home: vec![Home::Nowhere; graph.len()],
            of: vec![NONE; graph.len()],
            count: 0,
        }
    }

    fn finish(mut self) -> Clusters {
        let no_needs = |id: &NodeId| self.pending[id.index()] == 0;
        let mut seeds: Vec<NodeId> = self.graph.ids().filter(no_needs).collect();
        while !seeds.is_empty() {
            seeds = self.band(&seeds);
        }
        Clusters {
            of: self.of,
            count: self.count,
        }
    }

    /// Makes the clusters of one band, and gives the seeds of the next.
    fn band(&mut self, seeds: &[NodeId]) -> Vec<NodeId> {
        let first = self.count;
        let mut growing: Vec<Growing> = self.deal(seeds);
        let mut next = Vec::new();
        let mut queue: Vec<NodeId> = seeds.to_vec();
        let mut at = 0;
        while at < queue.len() {
            let (node, cluster) = (queue[at], self.of[queue[at].index()]);
            at += 1;
            for place in self.first_user[node.index()]..self.first_user[node.index() + 1] {
                let user = self.users[place as usize];
                self.pending[user.index()] -= 1;
                let home = &mut self.home[user.index()];
                *home = match *home {
                    Home::Nowhere => Home::Cluster(cluster),
                    Home::Cluster(other) if other == cluster => *home,
                    _ => Home::Several,
                };
                if self.pending[user.index()] > 0 {
                    continue;
                }
                let own = &mut growing[cluster as usize - first];
                let is_own = self.home[user.index()] == Home::Cluster(cluster);
                if self.grows && is_own && own.takes(self.levels[user.index()]) {
                    own.size += 1;
                    self.of[user.index()] = cluster;
                    queue.push(user);
                } else {
                    next.push(user);
                }
            }
        }
        // What waits for nodes of later bands begins anew then: those of this one are there.
        for &node in &queue {
            for place in self.first_user[node.index()]..self.first_user[node.index() + 1] {
                self.home[self.users[place as usize].index()] = Home::Nowhere;
            }
        }
        next.sort_unstable();
        next
    }

    /// Deals out the seeds of a band: those that stand side by side come together.
    fn deal(&mut self, seeds: &[NodeId]) -> Vec<Growing> {
        let clusters = seeds.len().min(self.width);
        let first = self.count;
        let mut growing = Vec::with_capacity(clusters);
        for (place, seed) in seeds.iter().enumerate() {
            let cluster = place * clusters / seeds.len();
            self.of[seed.index()] = (first + cluster) as u32;
            let level = self.levels[seed.index()];
            if growing.len() == cluster {
                growing.push(Growing {
                    size: 0,
                    seeds: 0,
                    lowest: level,
                });
            }
            let own: &mut Growing = &mut growing[cluster];
            own.size += 1;
            own.seeds += 1;
            own.lowest = own.lowest.min(level);
        }
        self.count += clusters;
        growing
    }
}

impl Growing {
    /// Whether it is not too large for one more node of a level.
    fn takes(&self, level: u32) -> bool {
        let levels = level.saturating_sub(self.lowest) as usize + 1;
        self.size < 2 * self.seeds * levels
    }
}
