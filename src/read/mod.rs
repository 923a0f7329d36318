//! Inputs to work: finds the files, opens them whatever they are compressed with, and cuts them into pieces that a worker can
//! clean on its own ([`Work`]), in a stable order and without reading more than it must.
//!
//! Each format is one file here that cuts a stream into [`Piece`]s and, where a record is more than its text, gives it as a JSON line:
//! what follows knows JSON records and whole files only.

mod archive;
pub mod arrow;
pub mod columns;
mod form;
pub mod http;
pub mod jsonl;
mod lines;
mod names;
mod open;
mod piece;
pub mod remote;
pub mod rows;
mod sources;
mod table;
mod walk;
pub mod warc;

pub use form::{Form, PACKED};
pub use names::part_names;
use open::open_metered;
pub use open::{Limits, Meter, open, open_within};
pub use piece::{Piece, Rows};
pub use sources::{InputError, Source, find_sources};

use std::fs::File;
use std::io::{self, BufRead, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use encoding_rs::Encoding;

use lines::Lines;
use table::Table;
use warc::Warc;

/// Bytes in a piece, where records do not make it larger.
const PIECE: usize = 1 << 18;

/// A piece of input for one worker.
#[derive(Debug)]
pub struct Work {
    /// Number of the source in the list it was made from.
    pub source: usize,
    /// The member of that source that it belongs to, if the source is an archive.
    pub member: Option<Arc<Source>>,
    /// It is the last piece of its source or member.
    pub last: bool,
    /// Number of the piece in its source, from 0.
    pub number: u64,
    /// About how many bytes of the source, as it lies on the disk, were read when the piece was cut.
    pub at: u64,
    /// What to clean.
    pub piece: Piece,
}

/// Pieces of one source, in order.
pub type Pieces<'a> = Box<dyn Iterator<Item = Piece> + 'a>;

/// Pieces that a source's reader may be ahead of the workers.
const AHEAD: usize = 4;

/// A piece of a source or of a member of an archive, whether it is the last, and how far the source was read for it.
struct Sent {
    member: Option<Arc<Source>>,
    last: bool,
    piece: Piece,
    at: u64,
}

/// Where the reader of a source sends its pieces.
struct Way<'a> {
    sender: &'a SyncSender<Sent>,
    meter: Meter,
}

impl Way<'_> {
    fn send(&self, member: Option<&Arc<Source>>, last: bool, piece: Piece) -> Result<(), Stopped> {
        self.sender.send(Sent { member: member.cloned(), last, piece, at: self.meter.get() }).map_err(|_| Stopped)
    }

    fn send_all(&self, member: Option<&Arc<Source>>, pieces: io::Result<Pieces>) -> Result<(), Stopped> {
        let mut pieces = pieces.unwrap_or_else(|error| Box::new(std::iter::once(Piece::failed(error)))).peekable();
        while let Some(piece) = pieces.next() {
            let last = pieces.peek().is_none();
            self.send(member, last, piece)?;
        }
        Ok(())
    }
}

/// Cuts sources into work, one after the other. What is more than a file each is read on a thread of its own, so that workers need not
/// wait for a disk or a decompressor.
pub struct Works<'a> {
    sources: &'a [Source],
    next: usize,
    open: Option<Receiver<Sent>>,
    limits: Limits,
    /// Source and number of the piece that comes next, if its source goes on.
    at: (usize, u64),
    /// The first piece to give.
    from: (usize, u64),
    /// Records that may still be read.
    left: Option<u64>,
}

impl<'a> Works<'a> {
    /// Work over `sources`, within limits.
    pub fn new(sources: &'a [Source], limits: Limits) -> Self {
        Works { sources, next: 0, open: None, limits, at: (0, 0), from: (0, 0), left: None }
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

    /// Is what comes next a file that nobody needs to read before it is given?
    pub fn is_before_file(&self) -> bool {
        self.open.is_none() && self.sources.get(self.next).is_some_and(|source| source.form.is_whole() && !source.is_standard())
    }

    /// The next piece of the next source.
    fn cut(&mut self) -> Option<Work> {
        loop {
            if let Some(sent) = &self.open {
                if let Ok(Sent { member, last, piece, at }) = sent.recv() {
                    return Some(Work { source: self.next - 1, member, last, number: 0, at, piece });
                }
                self.open = None;
            }
            let is_file = self.is_before_file();
            let source = self.sources.get(self.next)?;
            self.next += 1;
            if is_file {
                return Some(Work { source: self.next - 1, member: None, last: true, number: 0, at: source.bytes, piece: Piece::File });
            }
            let (sender, receiver) = sync_channel(AHEAD);
            let (source, limits) = (source.clone(), self.limits);
            std::thread::spawn(move || {
                // A file that a format's reader stumbles over is no reason to stop. Nobody listens when the run was stopped.
                let way = Way { sender: &sender, meter: Meter::default() };
                let read = catch_unwind(AssertUnwindSafe(|| send_pieces(&source, &limits, &way)));
                if read.is_err() {
                    let _ = way.send(None, true, Piece::failed("its bytes do not fit its format"));
                }
            });
            self.open = Some(receiver);
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

/// Nobody takes pieces any more.
struct Stopped;

fn send_pieces(source: &Source, limits: &Limits, way: &Way) -> Result<(), Stopped> {
    if source.form.is_archive() {
        return archive::send_members(source, limits, way);
    }
    way.send_all(None, pieces_of(source, limits, &way.meter))
}

/// The pieces of a source that is no archive; the meter tells how far it is read.
pub fn pieces_of(source: &Source, limits: &Limits, meter: &Meter) -> io::Result<Pieces<'static>> {
    // What must be read at any place is, unless it is compressed.
    if let (Form::Parquet, Some(path)) = (source.form, &source.path)
        && !PACKED.iter().any(|ending| source.name.ends_with(ending))
    {
        return Ok(Box::new(columns::parquet(File::open(path)?, limits, meter)?));
    }
    pieces(source.form, open_metered(source, limits, meter.clone())?, limits)
}

/// The pieces of a stream of this form.
pub fn pieces<'a>(form: Form, mut reader: Box<dyn BufRead + 'a>, limits: &Limits) -> io::Result<Pieces<'a>> {
    Ok(match form {
        Form::Text | Form::Html => {
            let mut bytes = Vec::new();
            let read = reader.take(limits.record_bytes + 1).read_to_end(&mut bytes);
            Box::new(std::iter::once(match read {
                Ok(_) => Piece::Bytes(bytes),
                Err(error) => Piece::cut_off(error, bytes),
            }))
        }
        Form::Parquet => Box::new(columns::parquet(columns::spooled(reader)?, limits, &Meter::default())?),
        Form::Warc => Box::new(Warc::new(reader, limits.record_bytes)),
        Form::Arrow => Box::new(arrow::arrow(reader, limits)?),
        Form::JsonLines | Form::Quarantine => Box::new(Lines::new(reader, limits.record_bytes)),
        Form::Csv | Form::Tsv => {
            let delimiter = (form == Form::Tsv).then_some(b'\t');
            // Spreadsheets write tables in UTF-16 with a mark; they are decoded before they are cut.
            let wide = Encoding::for_bom(reader.fill_buf()?).map(|(encoding, _)| encoding).filter(|encoding| *encoding != encoding_rs::UTF_8);
            let reader: Box<dyn BufRead + 'a> =
                if wide.is_some() { Box::new(io::BufReader::new(encoding_rs_io::DecodeReaderBytes::new(reader))) } else { reader };
            Box::new(Table::new(reader, delimiter, wide, limits.record_bytes))
        }
        Form::Tar | Form::Zip => return Err(io::Error::other("an archive inside of an archive is not read; unpack it first")),
    })
}
