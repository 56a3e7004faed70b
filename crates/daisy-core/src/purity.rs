//! Purity: whether doing an operation once is as good as doing it twice.

/// Whether an operation gives the same value each time and changes nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Purity {
    /// Same inputs, same value, nothing else changed.
    Pure,
    /// Anything else: each call written is a call made.
    Impure,
}

impl Purity {
    /// Whether two equal nodes of this purity are one node.
    ///
    /// This is the one place that decides it.
    #[inline]
    pub const fn folds(self) -> bool {
        matches!(self, Purity::Pure)
    }
}
