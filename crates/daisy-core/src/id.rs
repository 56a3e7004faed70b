//! Ids: what a graph says instead of holding things.

use std::fmt;

/// Declares one kind of id, so that the three kinds cannot be mixed up.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $sigil:literal, $limit:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u32);

        impl $name {
            /// How many ids of this kind there can be: ids are below this.
            pub const LIMIT: u32 = $limit;

            /// The id at a place in its table.
            ///
            /// # Panics
            /// When `index` is not below [`Self::LIMIT`].
            #[inline]
            pub const fn new(index: u32) -> Self {
                assert!(index < Self::LIMIT, concat!("too many ids of the kind ", $sigil));
                Self(index)
            }

            /// The id at a place in its table, given as a `usize`.
            ///
            /// # Panics
            /// When `index` is not below [`Self::LIMIT`].
            #[inline]
            pub const fn from_index(index: usize) -> Self {
                assert!(
                    index < Self::LIMIT as usize,
                    concat!("too many ids of the kind ", $sigil)
                );
                Self(index as u32)
            }

            /// The place in its table.
            #[inline]
            pub const fn index(self) -> usize {
                self.0 as usize
            }

            /// The number itself.
            #[inline]
            pub(crate) const fn raw(self) -> u32 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($sigil, "{}"), self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

id!(
    /// A node of one graph: its place in the order in which nodes were added.
    NodeId,
    "%",
    1 << 31
);

id!(
    /// An operation: a place in a table that the host owns.
    OpId,
    "op",
    1 << 30
);

id!(
    /// A constant: a place in a table that the host owns.
    ConstId,
    "c",
    1 << 31
);
