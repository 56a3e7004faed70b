//! Key text: keys by what `str` makes of them.

use std::io::Write;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyInt, PyString, PyTuple};

/// The text of one key, in a buffer for all of them.
struct Text {
    /// The first bytes behind what all texts begin with.
    head: u64,
    start: usize,
    end: usize,
    number: u32,
}

/// Sorts numbers by the texts of the keys that they stand for.
pub fn sort<'py>(
    numbers: &mut [u32],
    key: impl Fn(u32) -> Borrowed<'py, 'py, PyAny>,
) -> PyResult<()> {
    let mut buffer = Vec::with_capacity(numbers.len() * 8);
    let mut texts = Vec::with_capacity(numbers.len());
    for &number in &*numbers {
        let start = buffer.len();
        write_key(&mut buffer, &key(number))?;
        texts.push(Text {
            head: 0,
            start,
            end: buffer.len(),
            number,
        });
    }
    let common = common(&buffer, &texts);
    for text in &mut texts {
        text.head = head(&buffer[text.start + common..text.end]);
    }
    texts.sort_unstable_by(|left, right| {
        let (one, other) = (
            &buffer[left.start..left.end],
            &buffer[right.start..right.end],
        );
        let by_head = left.head.cmp(&right.head);
        let by_text = by_head.then_with(|| one.cmp(other));
        by_text.then_with(|| left.number.cmp(&right.number))
    });
    for (place, text) in numbers.iter_mut().zip(&texts) {
        *place = text.number;
    }
    Ok(())
}

/// How many bytes all texts begin with.
fn common(buffer: &[u8], texts: &[Text]) -> usize {
    let Some(first) = texts.first() else { return 0 };
    let first = &buffer[first.start..first.end];
    texts.iter().fold(first.len(), |common, text| {
        let text = &buffer[text.start..text.end];
        let pairs = first[..common].iter().zip(text);
        pairs.take_while(|(one, other)| one == other).count()
    })
}

fn head(text: &[u8]) -> u64 {
    let mut head = [0; 8];
    let len = text.len().min(8);
    head[..len].copy_from_slice(&text[..len]);
    u64::from_be_bytes(head)
}

/// Appends `str(key)` in UTF-8, which sorts as Python's strings do. What keys mostly are, Python is
/// not asked for.
fn write_key(buffer: &mut Vec<u8>, key: &Bound<'_, PyAny>) -> PyResult<()> {
    if let Some(text) = exact_text(key) {
        buffer.extend_from_slice(text.as_bytes());
        return Ok(());
    }
    let start = buffer.len();
    if write_number(buffer, key) || write_tuple(buffer, key) {
        return Ok(());
    }
    buffer.truncate(start);
    let text = key.str()?;
    let how = (
        intern!(key.py(), "utf-8"),
        intern!(key.py(), "surrogatepass"),
    );
    let bytes = text.call_method1(intern!(key.py(), "encode"), how)?;
    buffer.extend_from_slice(bytes.cast::<PyBytes>()?.as_bytes());
    Ok(())
}

fn exact_text<'a>(key: &'a Bound<'_, PyAny>) -> Option<&'a str> {
    key.cast_exact::<PyString>().ok()?.to_str().ok()
}

fn write_number(buffer: &mut Vec<u8>, key: &Bound<'_, PyAny>) -> bool {
    let number = key.cast_exact::<PyInt>().ok();
    let number = number.and_then(|number| number.extract::<i64>().ok());
    number.is_some_and(|number| write!(buffer, "{number}").is_ok())
}

/// Appends a tuple of numbers and plain strings; says whether it was one.
fn write_tuple(buffer: &mut Vec<u8>, key: &Bound<'_, PyAny>) -> bool {
    let Ok(tuple) = key.cast_exact::<PyTuple>() else {
        return false;
    };
    let mut before: &[u8] = b"(";
    for item in tuple.iter_borrowed() {
        buffer.extend_from_slice(before);
        if !write_number(buffer, &item) && !write_quoted(buffer, &item) {
            return false;
        }
        before = b", ";
    }
    let end: &[u8] = if tuple.len() == 1 { b",)" } else { b")" };
    buffer.extend_from_slice(end);
    !tuple.is_empty()
}

fn write_quoted(buffer: &mut Vec<u8>, item: &Bound<'_, PyAny>) -> bool {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'\'' && byte != b'\\';
    let text = exact_text(item).filter(|text| text.bytes().all(is_plain));
    text.is_some_and(|text| write!(buffer, "'{text}'").is_ok())
}
