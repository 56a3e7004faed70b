//! Axes: along which axis a reduction goes, and of which shape what comes of it is.

use pyo3::prelude::*;
use pyo3::types::{PyTuple, PyTupleMethods};

use super::layout::Axes;
use super::settings::Setting;

/// What a call asks for.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Asked {
    axis: Axis,
    /// Whether what is reduced stays as an axis of length 1.
    keeps_axes: bool,
}

/// The axis as it was written.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
enum Axis {
    #[default]
    All,
    One(i64),
}

/// What is reduced to numbers of an array.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Along {
    /// Nothing for all axes.
    axis: Option<usize>,
    keeps_axes: bool,
}

impl Asked {
    /// What a call asks for, given its arguments behind the array and the names of the last ones; nothing
    /// if that is anything else than an axis.
    pub fn of<'a>(
        mut arguments: impl ExactSizeIterator<Item = Setting<'a>>,
        names: Option<&Bound<'_, PyTuple>>,
    ) -> Option<Asked> {
        let mut asked = Asked::default();
        let keywords = names.map_or(0, PyTupleMethods::len);
        match arguments.len() - keywords {
            0 => {}
            // The first argument is the axis.
            1 => asked.axis = axis(arguments.next()?)?,
            _ => return None,
        }
        for (name, setting) in names.into_iter().flatten().zip(arguments) {
            match (name.to_string().as_str(), setting) {
                ("axis", setting) => asked.axis = axis(setting)?,
                ("keepdims", Setting::Truth(keeps_axes)) => asked.keeps_axes = keeps_axes,
                _ => return None,
            }
        }
        Some(asked)
    }

    /// Whether it is one number of all elements, whatever the array.
    pub fn is_number(self) -> bool {
        self == Asked::default()
    }

    /// The same of an array of so many axes, where that is not one number of all elements.
    ///
    /// # Errors
    /// When there is no such axis.
    pub fn along(self, rank: usize) -> Result<Option<Along>, NoAxis> {
        let Asked { axis, keeps_axes } = self;
        let axis = match axis {
            Axis::All => None,
            Axis::One(axis) => Some(place(axis, rank).ok_or(NoAxis)?),
        };
        let is_number = !keeps_axes && (axis.is_none() || rank == 1);
        Ok((!is_number).then_some(Along { axis, keeps_axes }))
    }
}

/// An array has no such axis.
pub struct NoAxis;

fn axis(setting: Setting<'_>) -> Option<Axis> {
    match setting {
        Setting::Nothing => Some(Axis::All),
        Setting::Int(axis) => Some(Axis::One(axis)),
        _ => None,
    }
}

fn place(axis: i64, rank: usize) -> Option<usize> {
    let rank = i64::try_from(rank).ok()?;
    let place = if axis < 0 { axis + rank } else { axis };
    usize::try_from(place).ok().filter(|_| place < rank)
}

impl Along {
    /// The shape of the result.
    pub fn shape(self, shape: &[isize]) -> Axes {
        let is_reduced = |place: usize| self.axis.is_none_or(|axis| axis == place);
        let axes = shape.iter().enumerate();
        let kept = axes.filter_map(|(place, &length)| {
            if is_reduced(place) {
                self.keeps_axes.then_some(1)
            } else {
                Some(length)
            }
        });
        kept.collect()
    }

    /// How many elements make a number, and how many are behind each of them.
    pub fn lengths(self, shape: &[isize]) -> [usize; 2] {
        let (middle, inner) = match self.axis {
            Some(axis) => (shape[axis], shape[axis + 1..].iter().product()),
            None => (shape.iter().product(), 1),
        };
        [middle.cast_unsigned(), inner.cast_unsigned()]
    }
}
