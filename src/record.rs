//! The nouns of reading: [`Record`], one raw input item, and [`Provenance`], where it came from.

use std::fmt;
use std::sync::Arc;

use crate::document::{Format, Metadata};

/// Where a record came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provenance {
    /// The file, as found below the input, or `-` for standard input.
    pub source: Arc<str>,
    /// Line in the file, from 1; `None` when the record is the whole file.
    pub line: Option<u64>,
    /// First byte in the (decompressed) file.
    pub offset: u64,
}

impl fmt::Display for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.source),
            None => write!(f, "{}", self.source),
        }
    }
}

/// One raw input item, decoded to text but not yet parted into blocks.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its name: the record's own id, or its provenance.
    pub id: String,
    /// Where it came from.
    pub provenance: Provenance,
    /// Whether `content` is text or HTML.
    pub format: Format,
    /// The decoded content.
    pub content: String,
    /// What the record states beside it.
    pub metadata: Metadata,
    /// How it was decoded.
    pub decoding: Decoding,
}

/// How bytes became text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decoding {
    /// The encoding's name, as WHATWG spells it.
    pub encoding: &'static str,
    /// A byte order mark stood first.
    pub mark: bool,
    /// Characters that could not be decoded and became U+FFFD.
    pub replaced: usize,
}

/// A record that could not be read, decoded or parsed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{provenance}: {reason}")]
pub struct Unreadable {
    /// Where it stands.
    pub provenance: Provenance,
    /// What is wrong, what was expected and what to do.
    pub reason: String,
    /// Its bytes, unless there are too many.
    pub bytes: Vec<u8>,
}
