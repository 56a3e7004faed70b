//! Totals: how many paths lead down from each node, itself included.
//!
//! The number doubles with each diamond, so it may have as many digits as the graph has levels.

use super::links::Links;

/// Set in a total that stands in the table of big ones.
const BIG: u64 = 1 << 63;

/// One number a node, so that they compare as the totals do; `order` has needs before who needs them.
pub(super) fn totals(needs: &Links, order: &[u32]) -> Vec<u64> {
    let mut sums = Sums {
        totals: vec![1; needs.len()],
        big: Vec::new(),
    };
    for &node in order {
        sums.totals[node as usize] = sums.add(needs.of(node));
    }
    sums.ranked()
}

struct Sums {
    totals: Vec<u64>,
    /// Numbers of several digits to the base 2^64, the lowest first.
    big: Vec<Vec<u64>>,
}

impl Sums {
    #[inline]
    fn add(&mut self, needs: &[u32]) -> u64 {
        let mut sum: u64 = 1;
        for &need in needs {
            let total = self.totals[need as usize];
            // None of the two has the top bit, or one is big.
            sum = sum.saturating_add(total);
            if sum >= BIG {
                return self.add_big(needs);
            }
        }
        sum
    }

    #[cold]
    fn add_big(&mut self, needs: &[u32]) -> u64 {
        let mut sum = vec![1];
        for &need in needs {
            let total = self.totals[need as usize];
            if total < BIG {
                add(&mut sum, &[total]);
            } else {
                add(&mut sum, &self.big[(total - BIG) as usize]);
            }
        }
        self.big.push(sum);
        BIG + self.big.len() as u64 - 1
    }

    /// Big totals become their rank among the big ones.
    fn ranked(mut self) -> Vec<u64> {
        if self.big.is_empty() {
            return self.totals;
        }
        let size = |place: &usize| {
            let number = &self.big[*place];
            (number.len(), number.iter().rev())
        };
        let mut sorted: Vec<usize> = (0..self.big.len()).collect();
        sorted.sort_by(|left, right| {
            let ((left_len, left), (right_len, right)) = (size(left), size(right));
            left_len.cmp(&right_len).then_with(|| left.cmp(right))
        });
        let mut ranks = vec![0; sorted.len()];
        for pair in sorted.windows(2) {
            let more = u64::from(self.big[pair[0]] != self.big[pair[1]]);
            ranks[pair[1]] = ranks[pair[0]] + more;
        }
        for total in self.totals.iter_mut().filter(|total| **total >= BIG) {
            *total = BIG + ranks[(*total - BIG) as usize];
        }
        self.totals
    }
}

fn add(sum: &mut Vec<u64>, other: &[u64]) {
    if sum.len() < other.len() {
        sum.resize(other.len(), 0);
    }
    let mut carry = false;
    for (place, digit) in sum.iter_mut().enumerate() {
        let Some(&more) = other.get(place).or((carry).then_some(&0)) else {
            return;
        };
        let (once, over) = digit.overflowing_add(more);
        let (twice, again) = once.overflowing_add(u64::from(carry));
        *digit = twice;
        carry = over || again;
    }
    if carry {
        sum.push(1);
    }
}

#[cfg(test)]
mod tests {
    use super::{Links, totals};

    /// The totals of levels of three nodes: two that need both such of the level before, so that
    /// their totals are as many binary ones as there are levels so far, and one above them.
    fn ladder(levels: u32) -> Vec<u64> {
        let mut needs = Links::default();
        for level in 0..levels {
            let first = 3 * level;
            let below = if level == 0 {
                0..0
            } else {
                first - 3..first - 1
            };
            needs.push(below.clone());
            needs.push(below);
            needs.push([first]);
        }
        let order: Vec<u32> = needs.nodes().collect();
        totals(&needs, &order)
    }

    #[test]
    fn totals_of_several_digits_compare_as_the_numbers_do() {
        let ones = (1..=126).map(|digits| (1u128 << digits) - 1);
        let exact: Vec<u128> = ones.flat_map(|ones| [ones, ones, ones + 1]).collect();
        let totals = ladder(126);
        for (left, more) in totals.iter().zip(&exact) {
            for (right, less) in totals.iter().zip(&exact) {
                assert_eq!(left.cmp(right), more.cmp(less), "{more} and {less}");
            }
        }
    }

    #[test]
    fn a_digit_more_is_more() {
        let totals = ladder(300);
        let tops: Vec<u64> = totals.chunks(3).map(|level| level[2]).collect();
        assert!(tops.is_sorted_by(|less, more| less < more));
    }
}
