//! Conversion: what a call of `astype` asks for.

use pyo3::prelude::*;
use pyo3::types::{PyTuple, PyTupleMethods};

use super::dtypes::DType;
use super::settings::Setting;

/// The parameters of `ndarray.astype`, in order.
const PARAMETERS: [&str; 5] = ["dtype", "order", "casting", "subok", "copy"];

/// The dtype into which a call converts, as far as it makes a new array that lies in memory as the old
/// one does. What it is given are all arguments, and the names of the last ones.
pub fn dtype(
    py: Python<'_>,
    arguments: &[Setting<'_>],
    names: Option<&Bound<'_, PyTuple>>,
    from: DType,
) -> Option<DType> {
    let given = by_parameter(arguments, names)?;
    let dtype = given[0]?.dtype(py)?;
    let ordinary = |place: usize| matches!(given[place], None | Some(Setting::Truth(_)));
    let in_order = matches!(given[1], None | Some(Setting::Text("K")));
    let is_copy = !matches!(given[4], Some(Setting::Truth(false))) || from != dtype;
    (in_order && ordinary(3) && ordinary(4) && is_copy && is_allowed(py, from, dtype, given[2]))
        .then_some(dtype)
}

/// By parameter, what is given for it.
fn by_parameter<'a>(
    arguments: &[Setting<'a>],
    names: Option<&Bound<'_, PyTuple>>,
) -> Option<[Option<Setting<'a>>; PARAMETERS.len()]> {
    let by_name = names.map_or(0, PyTupleMethods::len);
    let positional = arguments.len().checked_sub(by_name)?;
    let mut given = [None; PARAMETERS.len()];
    let mut places: Vec<usize> = (0..positional).collect();
    for name in names.into_iter().flatten() {
        let name = name.to_string();
        places.push(PARAMETERS.iter().position(|known| *known == name)?);
    }
    for (place, &argument) in places.into_iter().zip(arguments) {
        let free = given.get_mut(place)?;
        if free.replace(argument).is_some() {
            return None;
        }
    }
    Some(given)
}

/// Whether NumPy allows a cast.
fn is_allowed(py: Python<'_>, from: DType, to: DType, casting: Option<Setting<'_>>) -> bool {
    let Some(Setting::Text(casting)) = casting else {
        return casting.is_none();
    };
    let asked = || -> PyResult<bool> {
        let arguments = (from.object(py)?, to.object(py)?, casting);
        let allowed = py.import("numpy")?.call_method1("can_cast", arguments)?;
        allowed.is_truthy()
    };
    asked().unwrap_or(false)
}
