//! The dtypes that kernels work on: NumPy's own numbers in native byte order.

use daisy_kernel::Element;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyTuple;

/// A dtype by its number in NumPy (`NPY_TYPES` in `numpy/ndarraytypes.h`): the booleans, the
/// integers, the floats but the half one, and the complex numbers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct DType(u8);

/// The characters of NumPy's dtypes, by number.
const CHARACTERS: &str = "?bBhHiIlLqQfdgFDG";

/// The dtypes, by number: one object each, which arrays of them share.
static DTYPES: PyOnceLock<Py<PyTuple>> = PyOnceLock::new();

/// The classes that stand for dtypes.
static CLASSES: PyOnceLock<Vec<(Py<PyAny>, DType)>> = PyOnceLock::new();

impl DType {
    pub const BOOL: DType = DType(0);

    /// The dtype of an array, by the object that it has for it. Others that are equal to it (in
    /// another byte order, with metadata) are none.
    pub fn of(py: Python<'_>, descriptor: *mut ffi::PyObject) -> Option<DType> {
        let table = table(py)?;
        let same = |dtype: &Bound<'_, PyAny>| dtype.as_ptr() == descriptor;
        let number = table.iter_borrowed().position(|dtype| same(&dtype))?;
        Some(DType(number as u8))
    }

    /// The dtype that a class stands for: one of NumPy's scalars, or of Python's numbers.
    pub fn of_class(class: &Bound<'_, PyAny>) -> Option<DType> {
        let py = class.py();
        table(py)?;
        let classes = CLASSES.get(py)?.iter();
        let known = classes.clone().find(|(known, _)| class.is(known));
        known.map(|&(_, dtype)| dtype)
    }

    /// Whether a text is what NumPy calls one by a character.
    pub fn is_character(text: &str) -> bool {
        text.len() == 1 && CHARACTERS.contains(text)
    }

    /// NumPy's object for it.
    pub fn object(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        let table = table(py).expect("whoever has a dtype found it in the table");
        table.get_item(self.number())
    }

    pub fn number(self) -> usize {
        usize::from(self.0)
    }

    /// Bytes of an element.
    pub fn size(self) -> usize {
        match self.character() {
            b'g' => size_of_long_double(),
            b'G' => 2 * size_of_long_double(),
            _ => self.element().map_or(0, Element::size),
        }
    }

    /// What the kernels call it, if they have loops of their own for it.
    pub fn element(self) -> Option<Element> {
        let long_is_wide = size_of::<std::ffi::c_long>() == 8;
        Some(match self.character() {
            b'?' => Element::Bool,
            b'b' => Element::I8,
            b'B' => Element::U8,
            b'h' => Element::I16,
            b'H' => Element::U16,
            b'l' if long_is_wide => Element::I64,
            b'L' if long_is_wide => Element::U64,
            b'i' | b'l' => Element::I32,
            b'I' | b'L' => Element::U32,
            b'q' => Element::I64,
            b'Q' => Element::U64,
            b'f' => Element::F32,
            b'd' => Element::F64,
            b'F' => Element::C64,
            b'D' => Element::C128,
            _ => return None,
        })
    }

    pub fn is_integer(self) -> bool {
        b"bBhHiIlLqQ".contains(&self.character())
    }

    /// A real number of single or double precision.
    pub fn is_float(self) -> bool {
        b"fd".contains(&self.character())
    }

    pub fn is_complex(self) -> bool {
        b"FDG".contains(&self.character())
    }

    fn character(self) -> u8 {
        CHARACTERS.as_bytes()[self.number()]
    }
}

/// `long double` is as NumPy was built; kernels only copy it.
const fn size_of_long_double() -> usize {
    if cfg!(any(target_arch = "x86_64", target_os = "linux")) {
        16
    } else {
        8
    }
}

/// NumPy's objects; nothing where NumPy is not there or has its dtypes in another way.
fn table(py: Python<'_>) -> Option<&Bound<'_, PyTuple>> {
    if let Some(table) = DTYPES.get(py) {
        return Some(table.bind(py));
    }
    let made = DTYPES.get_or_try_init(py, || {
        let dtype = py.import("numpy")?.getattr("dtype")?;
        let mut buffer = [0; 4];
        let objects = CHARACTERS
            .chars()
            .map(|character| dtype.call1((&*character.encode_utf8(&mut buffer),)))
            .collect::<PyResult<Vec<_>>>()?;
        let _ = CLASSES.set(py, classes(&dtype, &objects)?);
        PyResult::Ok(PyTuple::new(py, objects)?.unbind())
    });
    made.ok().map(|table| table.bind(py))
}

/// The class of the scalars of each dtype, and Python's own numbers.
fn classes(
    dtype: &Bound<'_, PyAny>,
    objects: &[Bound<'_, PyAny>],
) -> PyResult<Vec<(Py<PyAny>, DType)>> {
    let mut classes = Vec::new();
    for (number, object) in (0..).zip(objects) {
        classes.push((object.getattr("type")?.unbind(), DType(number)));
    }
    let builtins = dtype.py().import("builtins")?;
    for name in ["bool", "int", "float", "complex"] {
        let class = builtins.getattr(name)?;
        let object = dtype.call1((&class,))?;
        let number = objects.iter().position(|known| known.is(&object));
        if let Some(number) = number {
            classes.push((class.unbind(), DType(number as u8)));
        }
    }
    Ok(classes)
}
