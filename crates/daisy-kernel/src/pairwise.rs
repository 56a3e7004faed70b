//! Pairwise: sums in the order in which NumPy adds, so that each has NumPy's bits.
//!
//! NumPy (`loops_utils.h.src`) adds a run of up to 128 floats with eight partial sums, and halves a longer
//! one at a multiple of eight: a tree. What it has to cast first it takes in chunks, of which the
//! sums are added one after the other. A complex number is two floats, whose sums are apart.
//!
//! Here the floats come block by block, and a leaf of the tree can be left anywhere. Sums of a subtree are
//! added as soon as both are there.

use std::ops::{Add, AddAssign};

/// Floats of a leaf at most.
const LEAF: usize = 128;
/// Partial sums of a leaf.
const LANES: usize = 8;

/// A float of either precision.
pub(crate) trait Float: Copy + Add<Output = Self> + AddAssign {
    /// What changes no sum, not even a negative zero.
    const NOTHING: Self;
    const ZERO: Self;
}

impl Float for f32 {
    const NOTHING: Self = -0.0;
    const ZERO: Self = 0.0;
}

impl Float for f64 {
    const NOTHING: Self = -0.0;
    const ZERO: Self = 0.0;
}

/// Part of the tree: so many floats, and how many sums are to be added once its own is there.
#[derive(Clone, Copy)]
struct Branch {
    start: usize,
    length: usize,
    closes: usize,
}

impl Branch {
    /// The two halves of what is longer than a leaf.
    fn halves(self) -> (Branch, Branch) {
        let half = self.length / 2;
        let half = half - half % LANES;
        let first = Branch {
            length: half,
            closes: 0,
            ..self
        };
        let second = Branch {
            start: self.start + half,
            length: self.length - half,
            closes: self.closes + 1,
        };
        (first, second)
    }
}

/// All floats of a sum, and the leaves of their tree in order.
#[derive(Clone)]
struct Leaves {
    total: usize,
    chunk: usize,
    /// Where the chunk behind those in `pending` begins.
    next_chunk: usize,
    /// What is still to come of the chunk at hand, the next in the end.
    pending: Vec<Branch>,
}

impl Leaves {
    /// From the leaf that a float is in.
    fn from(total: usize, chunk: usize, place: usize) -> Self {
        let mut leaves = Leaves {
            total,
            chunk,
            next_chunk: place / chunk * chunk,
            pending: Vec::new(),
        };
        leaves.begin_chunk();
        while let Some(branch) = leaves.pending.pop() {
            if branch.length <= LEAF {
                leaves.pending.push(branch);
                break;
            }
            let (first, second) = branch.halves();
            if place < second.start {
                leaves.pending.extend([second, first]);
            } else {
                leaves.pending.push(second);
            }
        }
        leaves
    }

    fn begin_chunk(&mut self) {
        let start = self.next_chunk;
        let length = self.chunk.min(self.total - start);
        self.next_chunk += length;
        if length > 0 {
            // The sum of a chunk is added to that of the chunks before.
            let closes = usize::from(start > 0);
            self.pending.push(Branch {
                start,
                length,
                closes,
            });
        }
    }

    fn next(&mut self) -> Option<Branch> {
        if self.pending.is_empty() {
            self.begin_chunk();
        }
        let mut branch = self.pending.pop()?;
        while branch.length > LEAF {
            let (first, second) = branch.halves();
            self.pending.push(second);
            branch = first;
        }
        Some(branch)
    }
}

/// The sum of a leaf, as far as its floats have come.
#[derive(Clone, Copy)]
struct Open<F> {
    leaf: Branch,
    seen: usize,
    lanes: [F; LANES],
    /// The floats behind the last whole line, which are added one by one in the end.
    rest: [F; LANES],
}

/// The sum of a stretch of floats, or of numbers of `PARTS` floats each.
#[derive(Clone)]
pub(crate) struct Pairwise<F, const PARTS: usize> {
    /// What belongs to a leaf that began before the stretch.
    before: Vec<F>,
    /// How much of that is still to come.
    missing: usize,
    leaves: Leaves,
    open: Option<Open<F>>,
    /// Sums that are still to be added to others, each with how many are to be added to it first.
    sums: Vec<([F; PARTS], usize)>,
}

impl<F: Float, const PARTS: usize> Pairwise<F, PARTS> {
    /// Of a stretch that begins at number `start` of `total`, which are added in chunks of so many.
    pub(crate) fn new(total: usize, chunk: usize, start: usize) -> Self {
        let [total, chunk, start] = [total, chunk, start].map(|count| count * PARTS);
        let mut leaves = Leaves::from(total, chunk, start);
        let mut missing = 0;
        if let Some(leaf) = leaves.pending.last().filter(|leaf| leaf.start < start) {
            missing = leaf.start + leaf.length - start;
            leaves.pending.pop();
        }
        Self {
            before: Vec::new(),
            missing,
            leaves,
            open: None,
            sums: Vec::new(),
        }
    }

    /// Adds the next floats.
    pub(crate) fn add(&mut self, floats: &[F]) {
        let (before, mut floats) = floats.split_at(self.missing.min(floats.len()));
        self.before.extend_from_slice(before);
        self.missing -= before.len();
        while !floats.is_empty() {
            let mut next = || self.leaves.next();
            let leaf = self.open.take().or_else(|| next().map(Open::new));
            let mut leaf = leaf.expect("there are no more floats than leaves for them");
            let (own, rest) = floats.split_at((leaf.leaf.length - leaf.seen).min(floats.len()));
            match leaf.add::<PARTS>(own) {
                Some(sum) => self.close(sum, leaf.leaf.closes),
                None => self.open = Some(leaf),
            }
            floats = rest;
        }
    }

    /// Adds the sum of the stretch behind this one.
    pub(crate) fn join(&mut self, next: Self) {
        self.add(&next.before);
        if next.missing > 0 || (next.sums.is_empty() && next.open.is_none()) {
            return;
        }
        for (sum, closes) in next.sums {
            self.close(sum, closes);
        }
        self.leaves = next.leaves;
        self.open = next.open;
    }

    /// The sum of all, once all are there; nothing where there are none.
    pub(crate) fn total(&self) -> Option<[F; PARTS]> {
        let [(sum, 0)] = self.sums[..] else {
            return None;
        };
        // NumPy adds them to a zero.
        Some(sum.map(|part| F::ZERO + part))
    }

    /// Adds to a sum those before it that are there, and keeps it.
    fn close(&mut self, mut sum: [F; PARTS], mut closes: usize) {
        while closes > 0
            && let Some(&(before, 0)) = self.sums.last()
        {
            self.sums.pop();
            for (part, before) in sum.iter_mut().zip(before) {
                *part = before + *part;
            }
            closes -= 1;
        }
        self.sums.push((sum, closes));
    }
}

/// The sum of floats that are all there, or of numbers of `PARTS` floats each.
pub(crate) fn sum_of<F: Float, const PARTS: usize>(floats: &[F]) -> [F; PARTS] {
    if floats.len() < LANES {
        let mut sum = [F::NOTHING; PARTS];
        for (place, &float) in floats.iter().enumerate() {
            sum[place % PARTS] += float;
        }
        return sum.map(|part| F::ZERO + part);
    }
    let all = Branch {
        start: 0,
        length: floats.len(),
        closes: 0,
    };
    branch_sum(floats, all).map(|part| F::ZERO + part)
}

/// As deep as the tree, which has no more levels than a number has digits.
fn branch_sum<F: Float, const PARTS: usize>(floats: &[F], branch: Branch) -> [F; PARTS] {
    if branch.length > LEAF {
        let (first, second) = branch.halves();
        let one: [F; PARTS] = branch_sum(floats, first);
        let other: [F; PARTS] = branch_sum(floats, second);
        return std::array::from_fn(|part| one[part] + other[part]);
    }
    let own = &floats[branch.start..branch.start + branch.length];
    Open::new(branch).add(own).expect("all floats are there")
}

impl<F: Float> Open<F> {
    fn new(leaf: Branch) -> Self {
        Self {
            leaf,
            seen: 0,
            lanes: [F::NOTHING; LANES],
            rest: [F::NOTHING; LANES],
        }
    }

    /// Adds the next floats of the leaf, and gives its sum once all are there.
    fn add<const PARTS: usize>(&mut self, floats: &[F]) -> Option<[F; PARTS]> {
        let whole_lines = self.leaf.length - self.leaf.length % LANES;
        let in_lines = whole_lines.saturating_sub(self.seen).min(floats.len());
        let (in_lines, rest) = floats.split_at(in_lines);
        self.add_lines(in_lines);
        self.seen += in_lines.len();
        for &float in rest {
            self.rest[self.seen - whole_lines] = float;
            self.seen += 1;
        }
        (self.seen == self.leaf.length).then(|| self.sum(self.seen - whole_lines))
    }

    /// Adds floats to the partial sums, of which the next one need not be the first.
    fn add_lines(&mut self, floats: &[F]) {
        let at = self.seen % LANES;
        let (first, floats) = floats.split_at(((LANES - at) % LANES).min(floats.len()));
        let (lines, last) = floats.as_chunks::<LANES>();
        // A copy stays in registers.
        let mut sums = self.lanes;
        for (sum, &float) in sums[at..].iter_mut().zip(first) {
            *sum += float;
        }
        for line in lines {
            for (sum, &float) in sums.iter_mut().zip(line) {
                *sum += float;
            }
        }
        for (sum, &float) in sums.iter_mut().zip(last) {
            *sum += float;
        }
        self.lanes = sums;
    }

    /// The sum of all, of which so many are no whole line.
    fn sum<const PARTS: usize>(&self, rest: usize) -> [F; PARTS] {
        let mut sum = if self.leaf.length < LANES {
            [F::NOTHING; PARTS]
        } else {
            self.lanes_together()
        };
        for (place, &float) in self.rest[..rest].iter().enumerate() {
            sum[place % PARTS] += float;
        }
        sum
    }

    fn lanes_together<const PARTS: usize>(&self) -> [F; PARTS] {
        let lanes = &self.lanes;
        // What is one apart, then two, then four: of a complex number it is the next but one.
        let quarter = |part: usize, first: usize| match PARTS {
            1 => lanes[first] + lanes[first + 1],
            _ => lanes[first + part] + lanes[first + part + 2],
        };
        std::array::from_fn(|part| match PARTS {
            1 => (quarter(0, 0) + quarter(0, 2)) + (quarter(0, 4) + quarter(0, 6)),
            _ => quarter(part, 0) + quarter(part, 4),
        })
    }
}

#[cfg(test)]
#[expect(clippy::cast_precision_loss, reason = "numbers to add")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As NumPy has it, by recursion.
    fn tree(floats: &[f64]) -> f64 {
        let length = floats.len();
        if length < 8 {
            return floats.iter().fold(-0.0, |sum, float| sum + float);
        }
        if length > LEAF {
            let half = length / 2 / 8 * 8;
            return tree(&floats[..half]) + tree(&floats[half..]);
        }
        let mut r: [f64; 8] = std::array::from_fn(|lane| floats[lane]);
        for line in floats[8..].chunks_exact(8) {
            r.iter_mut()
                .zip(line)
                .for_each(|(sum, float)| *sum += float);
        }
        let sum = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
        let rest = &floats[length - length % 8..];
        rest.iter().fold(sum, |sum, float| sum + float)
    }

    proptest! {
        /// However the floats are cut into parts and blocks, the sum is that of the tree.
        #[test]
        fn sums_have_the_bits_of_the_tree(
            length in 1..3000_usize, chunk in 1..40_usize,
            cuts in prop::collection::vec(0..3000_usize, 0..4), block in 1..300_usize,
        ) {
            let floats: Vec<f64> = (0..length).map(|n| 1.0 / (n as f64 - 70.5)).collect();
            let chunk = chunk * 64;
            let wanted = floats.chunks(chunk).map(tree).reduce(|sum, next| sum + next);
            let mut cuts: Vec<usize> = cuts.iter().map(|&cut| cut.min(length)).collect();
            cuts.extend([0, length]);
            cuts.sort_unstable();
            cuts.dedup();
            let parts = cuts.windows(2).map(|cut| {
                let mut part = Pairwise::<f64, 1>::new(length, chunk, cut[0]);
                floats[cut[0]..cut[1]].chunks(block).for_each(|some| part.add(some));
                part
            });
            let sum = parts.reduce(|mut sum, next| { sum.join(next); sum });
            prop_assert_eq!(sum.and_then(|sum| Some(sum.total()?[0].to_bits())), wanted.map(f64::to_bits));
            let [row] = sum_of(&floats);
            prop_assert_eq!(row.to_bits(), (0.0 + tree(&floats)).to_bits());
        }
    }
}
