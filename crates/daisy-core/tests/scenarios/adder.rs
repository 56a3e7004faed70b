//! The host of these tests: it adds numbers, and keeps a diary of calls and drops.

use std::cell::RefCell;
use std::fmt::Write;
use std::rc::Rc;

use daisy_core::{Arg, Args, ConstId, Host, NodeId, OpId};

/// The operation that fails.
pub const FAILS: OpId = OpId::new(9);
/// The operation that panics.
pub const PANICS: OpId = OpId::new(8);

/// What happened, a line each.
pub type Diary = Rc<RefCell<String>>;

/// Adds up an operation's number and its arguments; a constant is its own number.
#[derive(Default)]
pub struct Adder {
    pub diary: Diary,
}

/// A number that writes into the diary when it is dropped.
pub struct Number {
    pub value: u64,
    name: String,
    diary: Diary,
}

impl Drop for Number {
    fn drop(&mut self) {
        let _ = writeln!(self.diary.borrow_mut(), "drop {}", self.name);
    }
}

impl Adder {
    fn number(&self, name: String, value: u64) -> Number {
        Number {
            value,
            name,
            diary: Rc::clone(&self.diary),
        }
    }

    fn note(&self, line: &str) {
        let _ = writeln!(self.diary.borrow_mut(), "{line}");
    }
}

/// `1`, or `1*` when the step may change it, or `c1`.
fn shown(arg: &Arg<'_, Number>) -> String {
    match arg {
        Arg::Value { value, last: false } => value.value.to_string(),
        Arg::Value { value, last: true } => format!("{}*", value.value),
        Arg::Const(id) => id.to_string(),
    }
}

fn value_of(arg: &Arg<'_, Number>) -> u64 {
    match arg {
        Arg::Value { value, .. } => value.value,
        Arg::Const(id) => id.index() as u64,
    }
}

impl Host for Adder {
    type Value = Number;
    type Error = String;

    fn run(&self, node: NodeId, op: OpId, args: Args<'_, Number>) -> Result<Number, String> {
        let list: Vec<_> = args.iter().map(|arg| shown(&arg)).collect();
        let call = format!("{node} = {op}({})", list.join(", "));
        assert_ne!(op, PANICS, "{call} panicked");
        if op == FAILS {
            self.note(&format!("{call} failed"));
            return Err(format!("{node} failed"));
        }
        let value = op.index() as u64 + args.iter().map(|arg| value_of(&arg)).sum::<u64>();
        self.note(&format!("{call} = {value}"));
        Ok(self.number(node.to_string(), value))
    }

    fn constant(&self, constant: ConstId) -> Number {
        self.number(constant.to_string(), constant.index() as u64)
    }

    fn share(&self, _: &Number) -> Number {
        unreachable!("one thread needs no second handle")
    }

    fn clone_value(&self, value: &Number) -> Result<Number, String> {
        if value.value == 13 {
            return Err(format!("{} cannot be copied", value.name));
        }
        self.note(&format!("copy {}", value.name));
        Ok(self.number(format!("copy of {}", value.name), value.value))
    }
}
