//! Classes: those of `daisy.delayed`, what this side asks of that one, and what an object is by them.

use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyType};

use crate::tasks::classes::Classes as Nodes;
use crate::tasks::field::Field;

/// The classes, those of their fields that are used here, and functions of Python's.
pub struct Classes {
    delayed: Py<PyType>,
    leaf: Py<PyType>,
    attribute: Py<PyType>,
    nested: Py<PyType>,
    /// What stands among arguments in the place of an input.
    pub place: Py<PyAny>,
    /// `unpack_collections(x)`: what dask's search makes of an object, and what that needs.
    pub unpack: Py<PyAny>,
    /// `Unpacked(stands, collections, original)`: what dask's search found something in.
    pub unpacked: Py<PyAny>,
    /// `dask.config`.
    pub config: Py<PyAny>,
    /// `is_pure(pure)`: whether a call is pure where the configuration says something.
    pub is_pure: Py<PyAny>,
    /// `get_annotations()`: those that hold now.
    pub annotations: Py<PyAny>,
    /// `settle(value)`: gives a pure value its key now if dask would complain of its arguments.
    pub settle: Py<PyAny>,
    /// Of every value.
    pub fields: Fields,
    /// Of a leaf: its object.
    pub object: Field,
    /// Of a leaf: whether that is a function which no circle of objects goes through.
    pub lasting: Field,
    /// Of lists and tuples among arguments.
    pub items: Items,
    /// dask's own classes.
    pub nodes: &'static Nodes,
}

/// The fields of a value.
pub struct Fields {
    pub func: Field,
    pub args: Field,
    pub needs: Field,
    pub name: Field,
    pub length: Field,
    /// A dict of what few values have: not filled where there is nothing.
    pub extra: Field,
}

/// The fields of a list or a tuple of values.
pub struct Items {
    pub kind: Field,
    pub args: Field,
    pub needs: Field,
}

/// What an object is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What a call, an attribute or a search gave.
    Value,
    Leaf,
    Nested,
    Other,
}

static CLASSES: PyOnceLock<Classes> = PyOnceLock::new();

impl Classes {
    /// The classes, once they were handed over.
    pub fn get(py: Python<'_>) -> PyResult<&'static Classes> {
        CLASSES
            .get(py)
            .ok_or_else(|| PyRuntimeError::new_err("daisy.delayed has not been imported"))
    }

    /// Takes the classes and functions out of a module that has them all.
    pub fn set(module: &Bound<'_, PyAny>) -> PyResult<()> {
        let classes = Self::look_up(module)?;
        let _ = CLASSES.set(module.py(), classes);
        Ok(())
    }

    fn look_up(module: &Bound<'_, PyAny>) -> PyResult<Self> {
        let class = |name: &str| -> PyResult<Bound<'_, PyType>> {
            Ok(module.getattr(name)?.cast_into::<PyType>()?)
        };
        let function = |name: &str| module.getattr(name).map(Bound::unbind);
        let (delayed, leaf, nested) = (class("Delayed")?, class("DelayedLeaf")?, class("Nested")?);
        Ok(Self {
            fields: Fields::of(&delayed)?,
            object: Field::of(&leaf, "_obj")?,
            lasting: Field::of(&leaf, "_lasting")?,
            items: Items {
                kind: Field::of(&nested, "kind")?,
                args: Field::of(&nested, "args")?,
                needs: Field::of(&nested, "needs")?,
            },
            delayed: delayed.unbind(),
            leaf: leaf.unbind(),
            attribute: class("DelayedAttr")?.unbind(),
            nested: nested.unbind(),
            place: function("PLACE")?,
            unpack: function("unpack_collections")?,
            unpacked: function("Unpacked")?,
            config: function("config")?,
            is_pure: function("is_pure")?,
            annotations: function("get_annotations")?,
            settle: function("settle")?,
            nodes: Nodes::get(module.py())?,
        })
    }

    /// What an object is, by its type alone.
    #[inline]
    pub fn kind(&self, object: &Bound<'_, PyAny>) -> Kind {
        let class = object.get_type_ptr();
        let is = |known: &Py<PyType>| class == known.as_ptr().cast();
        match () {
            () if is(&self.delayed) || is(&self.attribute) => Kind::Value,
            () if is(&self.leaf) => Kind::Leaf,
            () if is(&self.nested) => Kind::Nested,
            () => Kind::Other,
        }
    }

    /// An instance of `Delayed` of which no field is filled.
    pub fn blank<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        // SAFETY: a class made in Python, whose instances are nothing but fields.
        unsafe {
            let class = self.delayed.as_ptr().cast();
            Bound::from_owned_ptr_or_err(py, ffi::PyType_GenericAlloc(class, 0))
        }
    }

    /// An instance of `Nested`.
    pub fn nested<'py>(
        &self,
        kind: &Bound<'py, PyType>,
        args: Bound<'py, PyAny>,
        needs: Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.nested.bind(kind.py()).call1((kind, args, needs))
    }
}

impl Fields {
    /// What a value has under a name in its dict of what few have.
    ///
    /// # Safety
    /// The object is a value.
    pub unsafe fn rare<'py>(
        &self,
        value: &Bound<'py, PyAny>,
        name: &str,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        // SAFETY: the caller's promise.
        unsafe {
            if !self.extra.is_filled(value) {
                return Ok(None);
            }
            self.extra.read(value)?.cast::<PyDict>()?.get_item(name)
        }
    }

    fn of(class: &Bound<'_, PyType>) -> PyResult<Self> {
        Ok(Self {
            func: Field::of(class, "_func")?,
            args: Field::of(class, "_args")?,
            needs: Field::of(class, "_deps")?,
            name: Field::of(class, "_name")?,
            length: Field::of(class, "_length")?,
            extra: Field::of(class, "_extra")?,
        })
    }
}
