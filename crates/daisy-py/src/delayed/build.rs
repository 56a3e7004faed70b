//! Build: the value of one call.

use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyString, PyTuple};

use super::classes::{Classes, Kind};
use super::place::Places;

/// A call that is to become a value.
pub struct Call<'a, 'py> {
    pub func: Bound<'py, PyAny>,
    /// What stands for the function in the key if the call is pure.
    pub identity: Bound<'py, PyAny>,
    pub args: &'a Bound<'py, PyTuple>,
    pub kwargs: Option<&'a Bound<'py, PyDict>>,
    /// Whether it is pure, where no keyword says so: a truth value, or None.
    pub pure: Bound<'py, PyAny>,
    /// How many items the value has, or None.
    pub length: Bound<'py, PyAny>,
}

/// Keywords that are for dask and not for the function.
struct Options<'py> {
    key: Option<Bound<'py, PyAny>>,
    pure: Bound<'py, PyAny>,
    names: Vec<Bound<'py, PyString>>,
    values: Vec<Bound<'py, PyAny>>,
}

impl<'py> Call<'_, 'py> {
    /// The value.
    pub fn build(self) -> PyResult<Bound<'py, PyAny>> {
        let py = self.func.py();
        let classes = Classes::get(py)?;
        let options = Options::of(self.kwargs, self.pure)?;
        let count = options.values.len();
        let mut places = Places::new(classes, self.args.len() + count);
        for argument in self.args {
            places.push(argument)?;
        }
        let is_lasting = is_lasting(classes, &self.identity)?;
        let mut extra = Extra::default();
        if count > 0 {
            places.push_named(&options.names, options.values)?;
            extra.put("_names", PyTuple::new(py, options.names)?.into_any())?;
        }
        let is_pure = options.key.is_none() && is_pure(classes, &options.pure)?;
        if is_pure {
            extra.put("_identity", self.identity)?;
        }
        let annotations = classes.annotations.bind(py).call0()?;
        if annotations.is_truthy()? {
            extra.put("_annotations", annotations)?;
        }
        let is_circle_free = is_lasting && extra.0.is_none() && places.are_circle_free();
        let (args, needs) = places.finish(py)?;
        let value = classes.blank(py)?;
        let fields = &classes.fields;
        // SAFETY: a value, whose fields these are.
        unsafe {
            fields.func.fill(&value, self.func)?;
            fields.args.fill(&value, args)?;
            fields.needs.fill(&value, needs)?;
            fields.length.fill(&value, self.length)?;
            if let Some(extra) = extra.0 {
                fields.extra.fill(&value, extra.into_any())?;
            }
            if let Some(key) = options.key {
                fields.name.fill(&value, key)?;
            }
            if is_circle_free {
                // As CPython does with tuples of such things: it would look at a million values again
                // and again, which takes longer than to make them.
                ffi::PyObject_GC_UnTrack(value.as_ptr().cast());
            }
        }
        if is_pure {
            classes.settle.bind(py).call1((&value,))?;
        }
        Ok(value)
    }
}

/// What few values have. A value shows the cycle collector all that it has, so most have nothing of it.
#[derive(Default)]
struct Extra<'py>(Option<Bound<'py, PyDict>>);

impl<'py> Extra<'py> {
    fn put(&mut self, name: &str, value: Bound<'py, PyAny>) -> PyResult<()> {
        let py = value.py();
        self.0
            .get_or_insert_with(|| PyDict::new(py))
            .set_item(name, value)
    }
}

impl<'py> Options<'py> {
    fn of(kwargs: Option<&Bound<'py, PyDict>>, pure: Bound<'py, PyAny>) -> PyResult<Self> {
        let mut options = Options {
            key: None,
            pure,
            names: Vec::new(),
            values: Vec::new(),
        };
        let Some(kwargs) = kwargs else {
            return Ok(options);
        };
        for (name, value) in kwargs {
            let name = name.cast_into::<PyString>()?;
            if name == "dask_key_name" {
                options.key = (!value.is_none()).then_some(value);
            } else if name == "pure" {
                options.pure = value;
            } else {
                options.names.push(name);
                options.values.push(value);
            }
        }
        Ok(options)
    }
}

/// Whether the function is one that no circle of objects goes through.
fn is_lasting(classes: &Classes, identity: &Bound<'_, PyAny>) -> PyResult<bool> {
    if classes.kind(identity) != Kind::Leaf {
        return Ok(false);
    }
    // SAFETY: a leaf, by its kind.
    let lasting = unsafe { classes.lasting.read(identity)? };
    Ok(lasting.is(PyBool::new(identity.py(), true)))
}

/// Whether a call is pure; the configuration says where the call does not.
fn is_pure(classes: &Classes, pure: &Bound<'_, PyAny>) -> PyResult<bool> {
    if !pure.is_none() {
        return pure.is_truthy();
    }
    // Most configurations say nothing, and to ask takes longer than the rest of a call.
    let py = pure.py();
    let config = classes.config.bind(py).getattr(intern!(py, "config"))?;
    if let Ok(config) = config.cast::<PyDict>()
        && !config.contains(intern!(py, "delayed_pure"))?
        && !config.contains(intern!(py, "delayed-pure"))?
    {
        return Ok(false);
    }
    classes.is_pure.bind(py).call1((pure,))?.is_truthy()
}
