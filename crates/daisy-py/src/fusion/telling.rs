//! Telling: whether NumPy or `scipy` would warn or raise of what happens in a kernel.

use daisy_kernel::Raised;
use parking_lot::Mutex;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::{MutexExt, PyOnceLock};
use pyo3::types::PyDict;

/// `scipy.special.geterr`, once it is there.
static GETERR: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
/// What it gave last when nothing was to be told of.
static SILENT: Mutex<Option<Py<PyAny>>> = Mutex::new(None);

/// Whether the functions of `scipy.special` are told to warn or to raise: they do so by themselves, and
/// would do so once for each block, and again where NumPy does the work once more.
pub fn may_tell(py: Python<'_>) -> PyResult<bool> {
    let Some(geterr) = geterr(py)? else {
        return Ok(false);
    };
    let settings = geterr.call0()?;
    let silent = SILENT
        .lock_py_attached(py)
        .as_ref()
        .map(|settings| settings.clone_ref(py));
    if let Some(silent) = silent
        && settings.eq(silent)?
    {
        return Ok(false);
    }
    let settings = settings.cast_into::<PyDict>()?;
    for (category, setting) in &settings {
        // That there is no memory is raised unless somebody says otherwise.
        let is_usual = category.extract::<&str>()? == "memory";
        if !is_usual && setting.extract::<&str>()? != "ignore" {
            return Ok(true);
        }
    }
    *SILENT.lock_py_attached(py) = Some(settings.into_any().unbind());
    Ok(false)
}

/// `scipy.special.geterr`, if that has been imported; before, nobody has a function of it.
fn geterr(py: Python<'_>) -> PyResult<Option<&Bound<'_, PyAny>>> {
    if GETERR.get(py).is_none() {
        let modules = py.import("sys")?.getattr(intern!(py, "modules"))?;
        let Ok(special) = modules.get_item("scipy.special") else {
            return Ok(None);
        };
        let _ = GETERR.set(py, special.getattr(intern!(py, "geterr"))?.unbind());
    }
    Ok(GETERR.get(py).map(|geterr| geterr.bind(py)))
}

/// Whether NumPy would tell of what the floating-point unit has noticed, as `np.errstate` says here.
pub fn is_told(py: Python<'_>, raised: Raised) -> PyResult<bool> {
    let settings = py.import("numpy")?.call_method0(intern!(py, "geterr"))?;
    let settings = settings.cast_into::<PyDict>()?;
    let kinds = [
        ("divide", raised.divided_by_zero()),
        ("over", raised.overflowed()),
        ("under", raised.underflowed()),
        ("invalid", raised.was_invalid()),
    ];
    for (name, happened) in kinds {
        if happened && settings.as_any().get_item(name)?.extract::<&str>()? != "ignore" {
            return Ok(true);
        }
    }
    Ok(false)
}
