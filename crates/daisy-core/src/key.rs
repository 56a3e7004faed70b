//! Key: what decides where the intern table looks for a node.

use crate::node::Tag;
use crate::{Input, Source};

/// What decides where a node is looked for.
#[derive(Clone, Copy)]
pub(crate) struct Key {
    /// Grows with the youngest of what the node is made of.
    pub(crate) home: u32,
    /// Grows with any of what the node is made of.
    pub(crate) second_home: u32,
    /// Depends on everything that makes nodes different.
    pub(crate) hash: u64,
}

/// One look over everything that makes up a node.
pub(crate) struct Scan {
    /// One more than the largest node.
    pub(crate) nodes: u32,
    largest_constant: u32,
    op: u32,
    /// Of everything.
    sum: u32,
    hash: u64,
}

impl Scan {
    #[inline]
    pub(crate) fn of(tag: Tag, inputs: &[Input], after: Option<Input>) -> Self {
        let mut scan = Self {
            nodes: 0,
            largest_constant: 0,
            sum: tag.op().raw(),
            op: tag.op().raw(),
            hash: mix(0, tag.raw()),
        };
        for &input in inputs {
            scan.take(input);
        }
        if let Some(after) = after {
            scan.take(after);
        }
        scan
    }

    #[inline]
    fn take(&mut self, input: Input) {
        self.hash = mix(self.hash, input.raw());
        match input.unpack() {
            Source::Node(id) => {
                self.nodes = self.nodes.max(id.raw() + 1);
                self.sum = self.sum.wrapping_add(id.raw());
            }
            Source::Const(id) => {
                self.largest_constant = self.largest_constant.max(id.raw());
                self.sum = self.sum.wrapping_add(id.raw());
            }
        }
    }

    #[inline]
    pub(crate) fn key(&self) -> Key {
        let largest = self.nodes.wrapping_add(self.largest_constant);
        Key {
            home: largest.wrapping_add(self.op),
            second_home: self.sum,
            hash: self.hash ^ (self.hash >> 32),
        }
    }
}

/// Adds a word to a hash: a rotation and a multiplication, the constant being odd and without
/// a pattern.
#[inline]
pub(crate) fn mix(hash: u64, word: u32) -> u64 {
    (hash.rotate_left(23) ^ u64::from(word)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
