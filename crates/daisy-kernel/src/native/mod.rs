//! Native: arithmetic of our own, for chains of operations whose values between stay in registers.
//!
//! NumPy's loops read and write memory for each operation. Where a value is used once, by an operation
//! that is native as well, the two become one *chain*; neighbouring chains are a *tape* of instructions,
//! which a *machine* works off, tile by tile: a tile is as many elements as fit into the vector
//! registers, and an instruction does one operation with all of them. The bits are those of NumPy's
//! loops, since each operation is one of IEEE 754's or wraps: nothing is contracted or reordered. The
//! exception is a NaN, whose payload depends on the order of the operands where both are one: a tape
//! says if what it gives has any, which a NaN on the way leads to, and then loops do the block again.

mod chain;
mod linked;
mod machine;
mod operation;
mod portable;
mod tape;
#[cfg(test)]
mod trials;
mod vector;
#[cfg(target_arch = "x86_64")]
mod x86;

pub(crate) use chain::{Candidate, Chain, chains};
pub(crate) use linked::{Linked, Patience};
pub(crate) use machine::Machine;
pub use operation::{Native, Operation};
pub(crate) use tape::{Place, Tape};
