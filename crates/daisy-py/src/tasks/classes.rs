//! Classes: dask's node classes, looked up once, and what an object is by them.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

use super::field::Field;

/// dask's node classes and those of their fields that are read here.
pub struct Classes {
    graph_node: Py<PyType>,
    task_ref: Py<PyType>,
    task: Py<PyType>,
    alias: Py<PyType>,
    data_node: Py<PyType>,
    /// The containers, which are read as the tasks that they are; `None` for one that is none.
    list: Option<Py<PyType>>,
    tuple: Option<Py<PyType>>,
    set: Option<Py<PyType>>,
    dict: Option<Py<PyType>>,
    /// Of a task, as are the next two, and so of a container.
    pub func: Field,
    pub args: Field,
    pub kwargs: Field,
    /// Of an alias: the key that it stands for.
    pub target: Field,
    /// Of a data node.
    pub value: Field,
    /// Of every node.
    pub dependencies: Field,
    key: Field,
}

/// What an object is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Task,
    Alias,
    Data,
    List,
    Tuple,
    Set,
    Dict,
    /// A node of a class that is not read here: it is called as it is.
    Other,
    /// The name of another node's value.
    Ref,
    /// No node and no name of one.
    Value,
}

static CLASSES: PyOnceLock<Classes> = PyOnceLock::new();

impl Classes {
    /// The classes, once dask has been imported.
    pub fn get(py: Python<'_>) -> PyResult<&'static Classes> {
        CLASSES.get_or_try_init(py, || Self::look_up(py))
    }

    fn look_up(py: Python<'_>) -> PyResult<Self> {
        let module = py.import("dask._task_spec")?;
        let class = |name: &str| -> PyResult<Bound<'_, PyType>> {
            Ok(module.getattr(name)?.cast_into::<PyType>()?)
        };
        let (task, alias) = (class("Task")?, class("Alias")?);
        let container = |name: &str| -> PyResult<Option<Py<PyType>>> {
            let class = class(name)?;
            Ok(class.is_subclass(&task)?.then(|| class.unbind()))
        };
        let (data_node, task_ref) = (class("DataNode")?, class("TaskRef")?);
        let graph_node = class("GraphNode")?;
        Ok(Self {
            dependencies: Field::of(&graph_node, "_dependencies")?,
            func: Field::of(&task, "func")?,
            args: Field::of(&task, "args")?,
            kwargs: Field::of(&task, "kwargs")?,
            target: Field::of(&alias, "target")?,
            value: Field::of(&data_node, "value")?,
            key: Field::of(&task_ref, "key")?,
            graph_node: graph_node.unbind(),
            list: container("List")?,
            tuple: container("Tuple")?,
            set: container("Set")?,
            dict: container("Dict")?,
            task_ref: task_ref.unbind(),
            task: task.unbind(),
            alias: alias.unbind(),
            data_node: data_node.unbind(),
        })
    }

    /// What an object is, by its type alone: the object itself is not asked.
    #[inline]
    pub fn kind(&self, object: &Bound<'_, PyAny>) -> Kind {
        let class = object.get_type_ptr();
        // SAFETY: the type of a live object is alive.
        let is_static = unsafe { ffi::PyType_HasFeature(class, ffi::Py_TPFLAGS_HEAPTYPE) == 0 };
        if is_static {
            // Classes made in Python are on the heap, and so is what derives from them.
            return Kind::Value;
        }
        let is = |known: &Py<PyType>| class == known.as_ptr().cast();
        let is_one = |known: &Option<Py<PyType>>| known.as_ref().is_some_and(is);
        match () {
            () if is(&self.task_ref) => Kind::Ref,
            () if is(&self.task) => Kind::Task,
            () if is(&self.alias) => Kind::Alias,
            () if is(&self.data_node) => Kind::Data,
            () if is_one(&self.list) => Kind::List,
            () if is_one(&self.tuple) => Kind::Tuple,
            () if is_one(&self.set) => Kind::Set,
            () if is_one(&self.dict) => Kind::Dict,
            () => self.kind_by_base(class),
        }
    }

    fn kind_by_base(&self, class: *mut ffi::PyTypeObject) -> Kind {
        // SAFETY: both are types.
        let derives =
            |base: &Py<PyType>| unsafe { ffi::PyType_IsSubtype(class, base.as_ptr().cast()) != 0 };
        if derives(&self.graph_node) {
            Kind::Other
        } else if derives(&self.task_ref) {
            Kind::Ref
        } else {
            Kind::Value
        }
    }

    /// Whether an object is a data node, or one of a class derived from that.
    pub fn is_data(&self, object: &Bound<'_, PyAny>) -> bool {
        // SAFETY: both are types.
        unsafe { ffi::PyType_IsSubtype(object.get_type_ptr(), self.data_node.as_ptr().cast()) != 0 }
    }

    /// The key that a reference names.
    #[inline]
    pub fn key<'py>(&self, reference: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        debug_assert_eq!(self.kind(reference), Kind::Ref);
        if reference.get_type_ptr() == self.task_ref.as_ptr().cast() {
            // SAFETY: the field is of this class.
            return unsafe { self.key.read(reference) };
        }
        // A class of its own may have a property in its place, as futures do.
        reference.getattr(pyo3::intern!(reference.py(), "key"))
    }
}
