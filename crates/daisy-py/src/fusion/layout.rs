//! Layout: the shape of a result and how NumPy lays it out in memory.

use smallvec::SmallVec;

/// Lengths or strides by axis.
pub type Axes = SmallVec<[isize; 4]>;

/// The shape of an array, and from one element to the next how far it is along each axis, in any
/// unit.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Layout {
    pub shape: Axes,
    pub strides: Axes,
}

impl Layout {
    /// The layout of the result that NumPy makes for operands, in elements; nothing if they cannot be
    /// broadcast together.
    pub fn of_result(operands: &[&Layout]) -> Option<Layout> {
        let shape = broadcast(operands)?;
        let aligned: SmallVec<[Axes; 3]> = operands
            .iter()
            .map(|operand| operand.stretched(&shape))
            .collect();
        let mut strides = Axes::from_elem(0, shape.len());
        let mut distance = 1;
        for axis in best_order(shape.len(), &aligned) {
            strides[axis] = distance;
            distance *= shape[axis].max(1);
        }
        Some(Layout { shape, strides })
    }

    /// The strides with which it is gone through as an array of a larger shape.
    pub fn stretched(&self, shape: &[isize]) -> Axes {
        let missing = shape.len() - self.shape.len();
        let own = self.shape.iter().zip(&self.strides).zip(&shape[missing..]);
        let stretched = own.map(|((&length, &stride), &wanted)| {
            let same = length == wanted && length != 1;
            if same { stride } else { 0 }
        });
        std::iter::repeat_n(0, missing).chain(stretched).collect()
    }

    /// The axes from the one that varies slowest in memory to the one that varies fastest.
    pub fn order(&self) -> SmallVec<[usize; 4]> {
        let mut order: SmallVec<[usize; 4]> = (0..self.shape.len()).collect();
        order.sort_by_key(|&axis| -self.strides[axis]);
        order
    }

    /// Whether two results lie in memory in the same way: axes of length 1 say nothing about it.
    pub fn lies_as(&self, other: &Layout) -> bool {
        let axes = 0..self.shape.len();
        let told = axes.filter(|&axis| self.shape[axis] > 1);
        self.shape == other.shape
            && told
                .into_iter()
                .all(|axis| self.strides[axis] == other.strides[axis])
    }
}

fn broadcast(operands: &[&Layout]) -> Option<Axes> {
    let rank = operands.iter().map(|operand| operand.shape.len()).max()?;
    let mut shape = Axes::from_elem(1, rank);
    for operand in operands {
        let missing = rank - operand.shape.len();
        for (wanted, &length) in shape[missing..].iter_mut().zip(&operand.shape) {
            if *wanted == 1 {
                *wanted = length;
            } else if length != 1 && length != *wanted {
                return None;
            }
        }
    }
    Some(shape)
}

/// The axes from the one that is to vary fastest in the result to the one that is to vary slowest, for
/// operands with these strides: NumPy's rule for `order='K'` (`npyiter_find_best_axis_ordering` in
/// `nditer_constr.c`). It sorts the axes by insertion, from C order on; one goes further in than another
/// if an operand says so by its strides and none says the opposite. An operand that is repeated along
/// one of the two says nothing.
fn best_order(rank: usize, operands: &[Axes]) -> SmallVec<[usize; 4]> {
    let mut order: SmallVec<[usize; 4]> = (0..rank).rev().collect();
    for place in 1..rank {
        let axis = order[place];
        let mut target = place;
        for before in (0..place).rev() {
            match goes_inside(axis, order[before], operands) {
                Some(true) => target = before,
                Some(false) => break,
                None => {}
            }
        }
        order[target..=place].rotate_right(1);
    }
    order
}

/// Whether an axis goes inside of another one; nothing if no operand has an opinion.
fn goes_inside(axis: usize, other: usize, operands: &[Axes]) -> Option<bool> {
    let mut verdict = None;
    for strides in operands {
        let (own, others) = (strides[axis].abs(), strides[other].abs());
        if own != 0 && others != 0 {
            if others <= own {
                return Some(false);
            }
            verdict = Some(true);
        }
    }
    verdict
}
