//! [`Span`]: the unit in which everything speaks of places in a text.

use std::ops::Range;

/// A half-open byte range in a document's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// All of a text.
    pub fn of(text: &str) -> Span {
        Span { start: 0, end: text.len() as u32 }
    }

    /// Its bytes as an index range.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Its length in bytes.
    pub fn len(self) -> u32 {
        self.end - self.start
    }

    /// Does it hold no bytes?
    pub fn is_empty(self) -> bool {
        self.start >= self.end
    }

    /// Do the two share a byte?
    pub fn overlaps(self, other: Span) -> bool {
        self.start < other.end && other.start < self.end
    }
}
