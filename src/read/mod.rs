//! Inputs to work: finds the files, opens them whatever they are compressed with, and cuts them into pieces that a worker can
//! clean on its own ([`Work`]), in a stable order and without reading more than it must.

pub mod jsonl;
mod lines;
mod open;
mod sources;

pub use open::open;
pub use sources::{Form, InputError, Source, find_sources};

use std::io::{BufRead, Read};

use lines::Lines;

/// A piece of input for one worker.
#[derive(Debug)]
pub struct Work {
    /// Number of the source in the list it was made from.
    pub source: usize,
    /// It is the last piece of its source.
    pub last: bool,
    /// What to clean.
    pub piece: Piece,
}

/// What a piece of work holds.
#[derive(Debug)]
pub enum Piece {
    /// A whole file, still to be read.
    File,
    /// Bytes of a whole file that was read already (standard input).
    Bytes(Vec<u8>),
    /// Whole lines of a JSON Lines file.
    Lines {
        /// Number of the first line, from 1.
        first: u64,
        /// First byte in the decompressed file.
        offset: u64,
        /// The lines with their ends.
        bytes: Vec<u8>,
    },
    /// A line larger than a record may be.
    TooLong {
        /// Its number, from 1.
        line: u64,
        /// First byte in the decompressed file.
        offset: u64,
        /// Its length in bytes.
        len: u64,
    },
    /// The source cannot be read any further.
    Failed {
        /// The line at which reading stopped, if it stopped inside.
        line: Option<u64>,
        /// What went wrong.
        reason: String,
    },
}

/// Cuts sources into work, one after the other.
pub struct Works<'a> {
    sources: &'a [Source],
    next: usize,
    open: Option<Lines<Box<dyn BufRead + Send>>>,
    max_record_bytes: u64,
}

impl<'a> Works<'a> {
    /// Work over `sources`; records larger than `max_record_bytes` are reported, not read.
    pub fn new(sources: &'a [Source], max_record_bytes: u64) -> Self {
        Works { sources, next: 0, open: None, max_record_bytes }
    }

    fn next_piece(&mut self) -> Option<Work> {
        let lines = self.open.as_mut()?;
        let source = self.next - 1;
        let piece = match lines.next_piece() {
            Ok(Some(piece)) => piece,
            Ok(None) => {
                self.open = None;
                return None;
            }
            Err(error) => {
                let line = Some(lines.line());
                self.open = None;
                return Some(Work { source, last: true, piece: Piece::Failed { line, reason: error.to_string() } });
            }
        };
        let last = lines.is_done();
        if last {
            self.open = None;
        }
        Some(Work { source, last, piece })
    }
}

impl Iterator for Works<'_> {
    type Item = Work;

    fn next(&mut self) -> Option<Work> {
        loop {
            if let Some(work) = self.next_piece() {
                return Some(work);
            }
            let source = self.sources.get(self.next)?;
            let number = self.next;
            self.next += 1;
            let whole = |piece| Some(Work { source: number, last: true, piece });
            if source.form != Form::JsonLines {
                if source.path.is_some() {
                    return whole(Piece::File);
                }
                let mut bytes = Vec::new();
                return match open(source).and_then(|mut reader| reader.read_to_end(&mut bytes)) {
                    Ok(_) => whole(Piece::Bytes(bytes)),
                    Err(error) => whole(Piece::Failed { line: None, reason: error.to_string() }),
                };
            }
            match open(source) {
                Ok(reader) => self.open = Some(Lines::new(reader, self.max_record_bytes)),
                Err(error) => return whole(Piece::Failed { line: None, reason: error.to_string() }),
            }
        }
    }
}
