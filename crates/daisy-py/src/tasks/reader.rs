//! Reader: takes dask's nodes apart.

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use smallvec::{SmallVec, smallvec};

use super::action::{Action, Call, Items};
use super::classes::{Classes, Kind};
use super::entry::{Code, Entries, EntryId, Part, State};
use super::failure;
use super::index::Index;

/// Makes entries of the nodes of a dict.
pub struct Reader<'py> {
    pub mapping: Bound<'py, PyDict>,
    pub entries: Entries,
    /// The entries of keys that something needs and that are not in the dict.
    pub missing: Vec<EntryId>,
    classes: &'static Classes,
    index: Index,
    /// The keyword names met last: tasks in a row mostly have the same.
    kwnames: Option<Bound<'py, PyTuple>>,
}

/// A node whose arguments are being looked at.
struct Frame<'py> {
    action: Action,
    /// The arguments, or the keys of dependencies where the node is foreign.
    args: Option<Bound<'py, PyTuple>>,
    next: usize,
    inputs: usize,
}

impl<'py> Reader<'py> {
    pub fn new(mapping: &Bound<'py, PyDict>) -> PyResult<Self> {
        Ok(Self {
            mapping: mapping.clone(),
            entries: Entries::default(),
            missing: Vec::new(),
            classes: Classes::get(mapping.py())?,
            index: Index::default(),
            kwnames: None,
        })
    }

    /// The entry of a key that the caller asks for.
    pub fn request(&mut self, key: &Bound<'py, PyAny>) -> PyResult<EntryId> {
        match self.mapping.get_item(key)? {
            Some(node) => self.index.entry(&mut self.entries, key, &node),
            None => Err(failure::missing_key(key)),
        }
    }

    /// The entry of a key and of the node that stands under it.
    pub fn meet(&mut self, key: &Bound<'py, PyAny>, node: &Bound<'py, PyAny>) -> PyResult<EntryId> {
        self.index.entry(&mut self.entries, key, node)
    }

    /// dask's classes.
    pub fn classes(&self) -> &'static Classes {
        self.classes
    }

    /// The entry of a key that a node names.
    #[inline]
    fn need(&mut self, key: &Bound<'py, PyAny>) -> PyResult<EntryId> {
        if let Some(node) = self.mapping.get_item(key)? {
            return self.index.entry(&mut self.entries, key, &node);
        }
        let entry = self.entries.add_missing(key);
        self.missing.push(entry);
        Ok(entry)
    }

    /// Looks into the node of an entry, if nobody has so far.
    pub fn read(&mut self, entry: EntryId) -> PyResult<()> {
        let state = &mut self.entries.states[entry as usize];
        let State::Unread(node) = state else {
            return Ok(());
        };
        let node = node.clone_ref(self.mapping.py());
        let first = self.entries.codes.len();
        let action = self.unpack(node.into_bound(self.mapping.py()))?;
        self.entries.set(entry, action, first);
        Ok(())
    }

    /// What a node does. Nodes among its arguments become parts, the inner before the outer.
    fn unpack(&mut self, node: Bound<'py, PyAny>) -> PyResult<Action> {
        let mut open: SmallVec<[Frame<'py>; 1]> = smallvec![self.open(node)?];
        loop {
            let place = open.len() - 1;
            if let Some(nested) = self.scan(&mut open[place])? {
                open.push(self.open(nested)?);
                continue;
            }
            let frame = open.pop().expect("a frame was looked at just now");
            let (action, inputs) = frame.close();
            if open.is_empty() {
                return Ok(action);
            }
            self.nest(action, inputs);
        }
    }

    fn nest(&mut self, action: Action, inputs: usize) {
        let part = self.entries.parts.len() as u32;
        self.entries.parts.push(Part { action, inputs });
        self.entries.codes.push(Code::Make(part));
    }

    /// Notes the inputs among the arguments, up to one that is a node with arguments of its own.
    #[inline]
    fn scan(&mut self, frame: &mut Frame<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(args) = frame.args.clone() else {
            return Ok(None);
        };
        let foreign = matches!(frame.action, Action::Foreign { .. });
        while frame.next < args.len() {
            let item = args.get_borrowed_item(frame.next)?;
            frame.next += 1;
            let kind = if foreign {
                Kind::Value
            } else {
                self.classes.kind(&item)
            };
            let key = match kind {
                Kind::Value if foreign => item.to_owned(),
                Kind::Value => continue,
                Kind::Ref => self.classes.key(&item)?,
                // SAFETY: an alias, by its type.
                Kind::Alias => unsafe { self.classes.target.read(&item)? },
                _ => {
                    frame.inputs += 1;
                    return Ok(Some(item.to_owned()));
                }
            };
            frame.inputs += 1;
            let entry = self.need(&key)?;
            self.entries.codes.push(Code::Take(entry));
        }
        Ok(None)
    }

    fn open(&mut self, node: Bound<'py, PyAny>) -> PyResult<Frame<'py>> {
        let kind = self.classes.kind(&node);
        match kind {
            Kind::Task => self.open_task(node),
            // SAFETY: a data node, by its type.
            Kind::Data => Ok(Frame::leaf(Action::Data(unsafe {
                self.classes.value.read(&node)?.unbind()
            }))),
            Kind::Alias => self.open_alias(&node),
            Kind::List | Kind::Tuple | Kind::Set | Kind::Dict => self.open_container(node, kind),
            Kind::Other => open_foreign(node),
            Kind::Ref | Kind::Value => Err(not_a_node(&node)),
        }
    }

    fn open_alias(&mut self, node: &Bound<'py, PyAny>) -> PyResult<Frame<'py>> {
        // SAFETY: an alias, by its type.
        let target = unsafe { self.classes.target.read(node)? };
        let entry = self.need(&target)?;
        self.entries.codes.push(Code::Take(entry));
        Ok(Frame::leaf(Action::Alias))
    }

    fn open_task(&mut self, node: Bound<'py, PyAny>) -> PyResult<Frame<'py>> {
        let classes = self.classes;
        // SAFETY: a task, by its type.
        let (func, args, kwargs) = unsafe {
            (
                classes.func.read(&node)?,
                classes.args.read(&node)?,
                classes.kwargs.read(&node)?,
            )
        };
        let (Ok(args), Ok(kwargs)) = (args.cast_into::<PyTuple>(), kwargs.cast_into::<PyDict>())
        else {
            return open_foreign(node);
        };
        if kwargs.is_empty() {
            return Ok(Frame::call(func, args, None));
        }
        // A copy, so that the names and the values are of one moment whatever else runs.
        let kwargs = kwargs.copy()?;
        if kwargs
            .keys()
            .iter()
            .any(|name| !name.is_exact_instance_of::<PyString>())
        {
            // Python says what is wrong with such a name.
            return open_foreign(node);
        }
        let kwnames = self.kwnames(&kwargs)?;
        let all = args
            .iter()
            .chain(kwargs.values().iter())
            .collect::<Vec<_>>();
        Ok(Frame::call(
            func,
            PyTuple::new(node.py(), all)?,
            Some(kwnames),
        ))
    }

    fn kwnames(&mut self, kwargs: &Bound<'py, PyDict>) -> PyResult<Bound<'py, PyTuple>> {
        if let Some(known) = &self.kwnames
            && known.len() == kwargs.len()
            && known
                .iter()
                .zip(kwargs.keys())
                .all(|(known, name)| known.is(&name))
        {
            return Ok(known.clone());
        }
        let names = PyTuple::new(kwargs.py(), kwargs.keys())?;
        self.kwnames = Some(names.clone());
        Ok(names)
    }

    fn open_container(&mut self, node: Bound<'py, PyAny>, kind: Kind) -> PyResult<Frame<'py>> {
        // SAFETY: a container that is a task, by its kind.
        let (args, kwargs) = unsafe {
            (
                self.classes.args.read(&node)?,
                self.classes.kwargs.read(&node)?,
            )
        };
        // The constructor is the only keyword of a container that nobody tampered with.
        let is_whole = kwargs.len()? == 1;
        let Ok(args) = args.cast_into::<PyTuple>() else {
            return open_foreign(node);
        };
        if !is_whole || (kind == Kind::Dict && args.len() % 2 == 1) {
            return open_foreign(node);
        }
        let items = Items::of(&args);
        let action = match kind {
            Kind::List => Action::List(items),
            Kind::Tuple => Action::Tuple(items),
            Kind::Set => Action::Set(items),
            _ => Action::Dict(items),
        };
        Ok(Frame::new(action, args))
    }
}

impl Items {
    fn of(args: &Bound<'_, PyTuple>) -> Self {
        Items {
            args: args.clone().unbind(),
            inputs: 0,
        }
    }
}

impl<'py> Frame<'py> {
    fn new(action: Action, args: Bound<'py, PyTuple>) -> Self {
        Frame {
            action,
            args: Some(args),
            next: 0,
            inputs: 0,
        }
    }

    fn leaf(action: Action) -> Self {
        Frame {
            action,
            args: None,
            next: 0,
            inputs: 0,
        }
    }

    fn call(
        func: Bound<'py, PyAny>,
        args: Bound<'py, PyTuple>,
        kwnames: Option<Bound<'py, PyTuple>>,
    ) -> Self {
        let call = Call {
            func: func.unbind(),
            items: Items::of(&args),
            kwnames: kwnames.map(Bound::unbind),
        };
        Frame::new(Action::Call(call), args)
    }

    fn close(mut self) -> (Action, usize) {
        self.action.set_inputs(self.inputs);
        (self.action, self.inputs)
    }
}

/// A node that is called with a dict of what it says it depends on.
fn open_foreign(node: Bound<'_, PyAny>) -> PyResult<Frame<'_>> {
    let py = node.py();
    let keys = node.getattr(intern!(py, "dependencies"))?;
    let keys: Vec<_> = keys.try_iter()?.collect::<PyResult<_>>()?;
    let keys = PyTuple::new(py, keys)?;
    let action = Action::Foreign {
        node: node.unbind(),
        keys: keys.clone().unbind(),
    };
    Ok(Frame::new(action, keys))
}

fn not_a_node(node: &Bound<'_, PyAny>) -> PyErr {
    let class = node.get_type();
    PyTypeError::new_err(format!(
        "a graph of nodes of dask._task_spec is wanted here, and one of its values is {class:?}; \
         dask._task_spec.convert_legacy_graph makes nodes of it"
    ))
}
