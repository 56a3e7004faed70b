//! Marks: which uses of values are the last, two bits a use.

/// Which uses of values are the last. A use is named by its place.
#[derive(Clone, Default)]
pub(crate) struct Marks(Vec<u64>);

/// The value goes after this use.
const RELEASES: u64 = 0b01;
/// Besides, the step that uses it here uses it nowhere else.
const SOLE: u64 = 0b10;

/// Uses in a word.
const WORD: usize = 32;

impl Marks {
    /// No marks, for places below `len`.
    pub(crate) fn new(len: usize) -> Self {
        Self(vec![0; len.div_ceil(WORD)])
    }

    /// Marks a use as the last one of its value, and as the only one in its step.
    #[inline]
    pub(crate) fn mark(&mut self, place: usize) {
        self.0[place / WORD] |= (RELEASES | SOLE) << (place % WORD * 2);
    }

    /// Takes back that a use is the only one in its step.
    #[inline]
    pub(crate) fn share(&mut self, place: usize) {
        self.0[place / WORD] &= !(SOLE << (place % WORD * 2));
    }

    /// Whether a use is the last one of its value.
    #[inline]
    pub(crate) fn releases(&self, place: usize) -> bool {
        self.bits(place) & RELEASES != 0
    }

    /// Whether a use is the last one of its value and the only one in its step.
    #[inline]
    pub(crate) fn is_sole(&self, place: usize) -> bool {
        self.bits(place) & SOLE != 0
    }

    #[inline]
    fn bits(&self, place: usize) -> u64 {
        self.0[place / WORD] >> (place % WORD * 2)
    }
}
