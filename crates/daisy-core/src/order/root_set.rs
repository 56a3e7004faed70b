//! Root set: sets of numbers, in which words in a row that have the same bits are one stretch.
//!
//! Sets of roots mostly are few runs of numbers, or so many that bits are the shortest way to write
//! them. Both are short as stretches, and two sets are combined in a walk along both.

/// Words from the first up to and without the end, all with these bits, which are not 0.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Stretch {
    first: u32,
    end: u32,
    bits: u64,
}

/// Numbers from the first up to and without the second.
pub(super) type Run = (u32, u32);

const WORD: u32 = u64::BITS;

/// Makes a set of sorted runs that do not touch.
pub(super) fn collect(set: &mut Vec<Stretch>, runs: &[Run]) {
    set.clear();
    let (mut word, mut bits) = (0, 0);
    for &(first, end) in runs {
        let (low, high) = (first / WORD, (end - 1) / WORD);
        if low > word {
            push(set, word, word + 1, bits);
            (word, bits) = (low, 0);
        }
        if low < high {
            push(set, word, low + 1, bits | ones(first % WORD, WORD));
            push(set, low + 1, high, u64::MAX);
            (word, bits) = (high, 0);
        }
        bits |= ones(first.max(high * WORD) % WORD, (end - 1) % WORD + 1);
    }
    push(set, word, word + 1, bits);
}

/// The bits of a word from the first up to and without the end.
fn ones(first: u32, end: u32) -> u64 {
    (u64::MAX << first) & (u64::MAX >> (WORD - end))
}

/// Adds words behind all others.
#[inline]
fn push(set: &mut Vec<Stretch>, first: u32, end: u32, bits: u64) {
    if bits == 0 || first == end {
        return;
    }
    match set.last_mut() {
        Some(last) if last.end == first && last.bits == bits => last.end = end,
        _ => set.push(Stretch { first, end, bits }),
    }
}

/// Makes a set by an operation on the bits of two, which gives 0 for two words of 0.
#[inline]
pub(super) fn combine(
    set: &mut Vec<Stretch>,
    mut left: &[Stretch],
    mut right: &[Stretch],
    operation: impl Fn(u64, u64) -> u64,
) {
    set.clear();
    let mut word = 0;
    while !(left.is_empty() && right.is_empty()) {
        let (left_bits, left_end) = look(&mut left, word);
        let (right_bits, right_end) = look(&mut right, word);
        let end = left_end.min(right_end);
        push(set, word, end, operation(left_bits, right_bits));
        word = end;
    }
}

/// What a set has at a word, and up to where that goes; drops what ends before.
#[inline]
fn look(rest: &mut &[Stretch], word: u32) -> (u64, u32) {
    while let Some((stretch, others)) = rest.split_first() {
        if word < stretch.first {
            return (0, stretch.first);
        }
        if word < stretch.end {
            return (stretch.bits, stretch.end);
        }
        *rest = others;
    }
    (0, u32::MAX)
}

/// How many numbers are in a set.
pub(super) fn count(set: &[Stretch]) -> u32 {
    let count = |stretch: &Stretch| (stretch.end - stretch.first) * stretch.bits.count_ones();
    set.iter().map(count).sum()
}

/// The run that a set of so many numbers is, if it is one.
pub(super) fn as_run(set: &[Stretch], count: u32) -> Option<Run> {
    let (low, high) = (set.first()?, set.last()?);
    let first = low.first * WORD + low.bits.trailing_zeros();
    let end = high.end * WORD - high.bits.leading_zeros();
    (end - first == count).then_some((first, end))
}

/// The numbers of a set.
pub(super) fn numbers(set: &[Stretch]) -> impl Iterator<Item = u32> + '_ {
    let words = set.iter().flat_map(|stretch| {
        let words = stretch.first..stretch.end;
        words.map(|word| (word, stretch.bits))
    });
    words.flat_map(|(word, bits)| {
        let places = (0..WORD).filter(move |place| bits >> place & 1 == 1);
        places.map(move |place| word * WORD + place)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Run, Stretch, as_run, collect, combine, count, numbers};

    fn set(runs: &[Run]) -> Vec<Stretch> {
        let mut set = Vec::new();
        collect(&mut set, runs);
        set
    }

    /// Runs of all lengths and distances that there are round the borders of words.
    fn many() -> Vec<Vec<Run>> {
        let borders = [0, 1, 63, 64, 65, 127, 128, 192, 200];
        let mut many = vec![Vec::new()];
        for places in 0_u32..1 << borders.len() {
            let chosen = (0..)
                .zip(&borders)
                .filter(|(bit, _)| places >> bit & 1 == 1);
            let chosen: Vec<u32> = chosen.map(|(_, &border)| border).collect();
            many.push(chosen.chunks_exact(2).map(|run| (run[0], run[1])).collect());
        }
        many
    }

    fn members(runs: &[Run]) -> Vec<u32> {
        runs.iter().flat_map(|&(first, end)| first..end).collect()
    }

    #[test]
    fn a_set_has_the_numbers_of_its_runs() {
        for runs in many() {
            let (set, members) = (set(&runs), members(&runs));
            assert_eq!(numbers(&set).collect::<Vec<_>>(), members);
            let len = members.len() as u32;
            assert_eq!(count(&set), len);
            let run = (runs.len() == 1).then(|| runs[0]);
            assert_eq!(as_run(&set, len), run);
        }
    }

    #[test]
    fn sets_combine_as_their_numbers_do() {
        let (many, mut found) = (many(), Vec::new());
        for left in many.iter().step_by(5) {
            for right in many.iter().step_by(7) {
                let (one, other) = (set(left), set(right));
                let (ones, others) = (members(left), members(right));
                combine(&mut found, &one, &other, |one, other| one & !other);
                let rest = ones
                    .iter()
                    .filter(|number| others.binary_search(number).is_err());
                assert!(numbers(&found).eq(rest.copied()));
                combine(&mut found, &one, &other, |one, other| one | other);
                let all: BTreeSet<u32> = ones.into_iter().chain(others).collect();
                assert!(numbers(&found).eq(all));
            }
        }
    }

    #[test]
    fn equal_sets_are_written_equally() {
        let mut found = Vec::new();
        let (even, odd) = (set(&[(0, 64), (128, 192)]), set(&[(64, 128), (192, 200)]));
        combine(&mut found, &even, &odd, |left, right| left | right);
        assert_eq!(found, set(&[(0, 200)]));
    }
}
