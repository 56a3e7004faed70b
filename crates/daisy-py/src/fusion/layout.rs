//! Layout: the shape of a result and how NumPy lays it out in memory.

use smallvec::SmallVec;

use crate::arrays::Array;

/// Lengths or strides by axis.
pub type Axes = SmallVec<[isize; 4]>;

/// The shape of an array, and from one element to the next how far it is along each axis, in any
/// unit.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Layout {
    pub shape: Axes,
    pub strides: Axes,
}

/// The two orders of axes that NumPy knows by name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// The last axis varies fastest.
    C,
    /// The first axis varies fastest.
    Fortran,
}

impl Layout {
    /// The layout of an array without gaps.
    fn contiguous(shape: Axes, order: Order) -> Layout {
        let mut strides = Axes::from_elem(1, shape.len());
        let mut distance = 1_isize;
        let mut place = |axis: usize| {
            strides[axis] = distance;
            distance = distance.saturating_mul(shape[axis].max(1));
        };
        match order {
            Order::C => (0..shape.len()).rev().for_each(&mut place),
            Order::Fortran => (0..shape.len()).for_each(&mut place),
        }
        Layout { shape, strides }
    }

    /// Whether its elements lie side by side in this order, strides being in elements.
    pub fn is_contiguous(&self, order: Order) -> bool {
        self.lies_as(&Self::contiguous(self.shape.clone(), order))
    }

    /// The layout of an array whose elements have so many bytes. Its strides are in elements if they are
    /// whole ones; else it is contiguous in no order, and the unit does not matter.
    pub fn of_array(array: Array<'_>, size: usize) -> Layout {
        let size = size.cast_signed();
        let whole = array.strides().iter().all(|stride| stride % size == 0);
        let unit = if whole { size } else { 1 };
        Layout {
            shape: array.shape().into(),
            strides: array.strides().iter().map(|stride| stride / unit).collect(),
        }
    }

    /// The layout of the result that NumPy makes for operands, in elements; nothing if they cannot be
    /// broadcast together.
    pub fn of_result(operands: &[&Layout]) -> Option<Layout> {
        let shape = broadcast(operands)?;
        // Where all operands lie alike, NumPy takes a shorter way than the one below.
        for order in [Order::C, Order::Fortran] {
            let mut operands = operands.iter();
            if operands.all(|one| one.shape == shape && one.is_contiguous(order)) {
                return Some(Self::contiguous(shape, order));
            }
        }
        let aligned: SmallVec<[Axes; 3]> = operands
            .iter()
            .map(|operand| operand.stretched(&shape))
            .collect();
        let mut strides = Axes::from_elem(0, shape.len());
        let mut distance = 1_isize;
        for axis in best_order(shape.len(), &aligned) {
            strides[axis] = distance;
            distance = distance.saturating_mul(shape[axis].max(1));
        }
        Some(Layout { shape, strides })
    }

    /// Whether its strides leave no doubt in which order its axes lie in memory: then all that NumPy
    /// makes to lie as it does lies alike.
    pub fn has_one_order(&self) -> bool {
        let axes = self.shape.iter().zip(&self.strides);
        let told = axes.filter(|(length, _)| **length > 1);
        let mut strides: Axes = told.map(|(_, stride)| stride.abs()).collect();
        strides.sort_unstable();
        let distinct = strides.windows(2).all(|pair| pair[0] < pair[1]);
        distinct && strides.first() != Some(&0)
    }

    /// Whether no axis of several elements has a lesser stride than this.
    pub fn goes_forwards(&self, least: isize) -> bool {
        let mut axes = self.shape.iter().zip(&self.strides);
        axes.all(|(&length, &stride)| length < 2 || stride >= least)
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
