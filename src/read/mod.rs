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
    /// Number of the piece in its source, from 0.
    pub number: u64,
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
    /// Source and number of the piece that comes next, if its source goes on.
    at: (usize, u64),
    /// The first piece to give.
    from: (usize, u64),
    /// Records that may still be read.
    left: Option<u64>,
}

impl<'a> Works<'a> {
    /// Work over `sources`; records larger than `max_record_bytes` are reported, not read.
    pub fn new(sources: &'a [Source], max_record_bytes: u64) -> Self {
        Works { sources, next: 0, open: None, max_record_bytes, at: (0, 0), from: (0, 0), left: None }
    }

    /// Ends after the first `most` records.
    #[must_use]
    pub fn limited(self, most: Option<u64>) -> Self {
        Works { left: most, ..self }
    }

    /// Begins with piece number `pieces` of `source`: what stands before it is cut again, but given to nobody.
    #[must_use]
    pub fn from(self, source: usize, pieces: u64) -> Self {
        // Where records are counted, those of earlier sources count too.
        let next = if self.left.is_none() { source } else { 0 };
        Works { from: (source, pieces), next, ..self }
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
                return Some(Work { source, last: true, number: 0, piece: Piece::Failed { line, reason: error.to_string() } });
            }
        };
        let last = lines.is_done();
        if last {
            self.open = None;
        }
        Some(Work { source, last, number: 0, piece })
    }

    /// The next piece of the next source.
    fn cut(&mut self) -> Option<Work> {
        loop {
            if let Some(work) = self.next_piece() {
                return Some(work);
            }
            let source = self.sources.get(self.next)?;
            let number = self.next;
            self.next += 1;
            let whole = |piece| Some(Work { source: number, last: true, number: 0, piece });
            if !source.form.is_lines() {
                if source.path.is_some() {
                    return whole(Piece::File);
                }
                let mut bytes = Vec::new();
                return match open(source).and_then(|reader| reader.take(self.max_record_bytes + 1).read_to_end(&mut bytes)) {
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

impl Iterator for Works<'_> {
    type Item = Work;

    fn next(&mut self) -> Option<Work> {
        loop {
            if self.left == Some(0) {
                return None;
            }
            let mut work = self.cut()?;
            let number = if work.source == self.at.0 { self.at.1 } else { 0 };
            self.at = (work.source, number + 1);
            work.number = number;
            if let Some(left) = self.left {
                let rest = left - work.piece.keep_first(left);
                work.last |= rest == 0;
                self.left = Some(rest);
            }
            if (work.source, number) >= self.from {
                return Some(work);
            }
        }
    }
}

impl Piece {
    /// Keeps at most the first `most` records; says how many are left.
    fn keep_first(&mut self, most: u64) -> u64 {
        let Piece::Lines { bytes, .. } = self else { return 1 };
        let (mut end, mut count) = (0, 0);
        for line in bytes.split_inclusive(|&byte| byte == b'\n') {
            if count == most {
                break;
            }
            end += line.len();
            count += u64::from(!line.trim_ascii().is_empty());
        }
        bytes.truncate(end);
        count
    }
}
