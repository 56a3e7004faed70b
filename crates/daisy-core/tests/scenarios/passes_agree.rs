//! Whatever passes are on, a run gives what plain evaluation gives.

use std::cell::{Cell, RefCell};

use daisy_core::{
    Arg, Args, ConstId, Graph, Group, Host, NodeId, OpId, PASSES, PassSet, Plan, Purity, execute,
};
use proptest::prelude::*;

use crate::facts::{GROUPS, PARTS};
use crate::program::{meaning, program};

/// Runs graphs by `meaning`, and spoils each argument that it may change in place.
struct Meaning<'g> {
    graph: &'g Graph,
    groups: &'g [Group],
    /// By constant of a group.
    constants: Option<Vec<u64>>,
    impure: Cell<u64>,
    /// By node: what it gave, all of it if that was several values.
    given: RefCell<Vec<Vec<u64>>>,
}

/// One value, or those that a group gives.
type Values = RefCell<Vec<u64>>;

impl<'g> Meaning<'g> {
    fn new(graph: &'g Graph, groups: &'g [Group], constants: Option<Vec<u64>>) -> Self {
        Self {
            graph,
            groups,
            constants,
            impure: Cell::new(0),
            given: RefCell::new(vec![Vec::new(); graph.len()]),
        }
    }

    fn run_all(&self) -> Result<Vec<u64>, String> {
        let values = execute(self.graph, &Plan::new(self.graph), self)?;
        Ok(values.into_iter().map(|it| it.into_inner()[0]).collect())
    }

    /// The values of a group, by running its graph on what its node was given.
    fn run_group(&self, group: usize, args: Vec<u64>) -> Result<Vec<u64>, String> {
        Meaning::new(&self.groups[group].graph, &[], Some(args)).run_all()
    }

    fn run_one(&self, node: NodeId, op: OpId, args: &[u64]) -> Result<u64, String> {
        let impure = self.graph.purity(node) == Purity::Impure;
        let before = impure.then_some(self.impure.get());
        self.impure.set(self.impure.get() + u64::from(impure));
        meaning(op.index() as u32, before, args)
    }

    fn number(&self, constant: ConstId) -> u64 {
        let own = constant.index() as u64;
        self.constants
            .as_ref()
            .map_or(own, |it| it[constant.index()])
    }

    /// An argument, which is spoilt where that is allowed.
    fn take(&self, arg: &Arg<'_, Values>) -> Vec<u64> {
        match arg {
            Arg::Value { value, last: true } => value.replace(vec![u64::MAX; 60]),
            Arg::Value { value, last: false } => value.borrow().clone(),
            Arg::Const(id) => vec![self.number(*id)],
        }
    }
}

impl Host for Meaning<'_> {
    type Value = Values;
    type Error = String;

    fn run(&self, node: NodeId, op: OpId, args: Args<'_, Values>) -> Result<Values, String> {
        let args: Vec<_> = args.iter().map(|arg| self.take(&arg)).collect();
        let first = || args.iter().map(|values| values[0]).collect::<Vec<_>>();
        let values = match op.index() {
            part if part >= PARTS => vec![args[0][part - PARTS]],
            group if group >= GROUPS => self.run_group(group - GROUPS, first())?,
            _ => vec![self.run_one(node, op, &first())?],
        };
        self.given.borrow_mut()[node.index()].clone_from(&values);
        Ok(RefCell::new(values))
    }

    fn constant(&self, constant: ConstId) -> Values {
        RefCell::new(vec![self.number(constant)])
    }

    fn share(&self, value: &Values) -> Values {
        value.clone()
    }
}

/// The passes at the places where the bits of a number are set.
fn subset(bits: usize) -> PassSet {
    let mut set = PassSet::none();
    for (place, pass) in PASSES.iter().enumerate() {
        set.set(pass.name, bits >> place & 1 == 1)
            .expect("the name is in the table");
    }
    set
}

proptest! {
    /// With every subset of the passes a run gives the values of plain evaluation, or fails when
    /// that fails. Every node that is still there gives what its statement gave.
    #[test]
    fn any_subset_of_passes_gives_the_same(program in program()) {
        let expected = program.values();
        let results = expected.clone().map(|values| program.results(&values));
        let (graph, ids) = program.graph();
        for bits in 0..1 << PASSES.len() {
            let rewritten = subset(bits).apply(&graph, &program.facts(&ids));
            let (now, groups) = rewritten
                .as_ref()
                .map_or((&graph, &[][..]), |it| (&it.graph, &it.groups[..]));
            prop_assert!(now.verify().is_ok());
            let host = Meaning::new(now, groups, None);
            prop_assert_eq!(&host.run_all(), &results);
            let Ok(expected) = &expected else { continue };
            let live = program.live();
            for (place, &id) in ids.iter().enumerate().filter(|(place, _)| live[*place]) {
                let new = rewritten.as_ref().map_or(Some(id), |it| it.moved.get(id));
                if let Some(new) = new {
                    prop_assert_eq!(&host.given.borrow()[new.index()], &[expected[place]]);
                }
            }
        }
    }

    /// Every graph that can be built is read from its own text.
    #[test]
    fn any_graph_is_read_from_its_text(program in program()) {
        let text = program.graph().0.to_string();
        let read: Graph = text.parse().expect("the text is a graph");
        prop_assert_eq!(read.to_string(), text);
    }
}

/// The table of passes has each name once, and says why each is there.
#[test]
fn passes_have_names_and_reasons() {
    for (place, pass) in PASSES.iter().enumerate() {
        assert!(!pass.why.is_empty());
        assert!(PASSES[..place].iter().all(|other| other.name != pass.name));
    }
}
