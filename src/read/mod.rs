//! Inputs to work: finds the files, opens them whatever they are compressed with, and cuts them into pieces that a worker can
//! clean on its own ([`Work`]), in a stable order and without reading more than it must.
//!
//! Each format is one file here that cuts a stream into [`Piece`]s and, where a record is more than its text, gives it as a JSON line:
//! what follows knows JSON records and whole files only.

mod archive;
mod arrow;
pub mod columns;
mod form;
pub mod http;
pub mod jsonl;
mod lines;
mod open;
pub mod remote;
pub mod rows;
mod sources;
pub mod warc;

pub use form::{Form, PACKED};
pub use open::{Limits, open, open_within};
pub use sources::{InputError, Source, find_sources};

use std::fs::File;
use std::io::{self, BufRead, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use encoding_rs::Encoding;

use columns::Batch;
use lines::Lines;
use rows::{Header, Table};
use warc::{Warc, WarcRecord};

/// Bytes in a piece, where records do not make it larger.
const PIECE: usize = 1 << 20;

/// A piece of input for one worker.
#[derive(Debug)]
pub struct Work {
    /// Number of the source in the list it was made from.
    pub source: usize,
    /// The member of that source that it belongs to, if the source is an archive.
    pub member: Option<Arc<Source>>,
    /// It is the last piece of its source or member.
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
    /// Whole rows of a table.
    Rows(Rows),
    /// Rows of a file in columns.
    Batch(Batch),
    /// Records of a WARC or WET file.
    Warc(Vec<WarcRecord>),
    /// A line larger than a record may be.
    TooLong {
        /// Its number, from 1.
        line: u64,
        /// First byte in the decompressed file.
        offset: u64,
        /// Its length in bytes.
        len: u64,
    },
    /// Bytes that cannot be read as records, or the end of a source that cannot be read any further.
    Failed {
        /// Their first line, if they stand inside of the source.
        line: Option<u64>,
        /// First byte in the decompressed file.
        offset: u64,
        /// What went wrong.
        reason: String,
        /// The bytes, as far as they are known.
        bytes: Vec<u8>,
    },
}

/// Whole rows of a table.
#[derive(Debug)]
pub struct Rows {
    /// The table's first row.
    pub header: Arc<Header>,
    /// The header's bytes, before the table's first rows; none before later ones.
    pub lead: Vec<u8>,
    /// Line of the first row, from 1.
    pub first: u64,
    /// First byte of the first row in the decompressed file.
    pub offset: u64,
    /// The rows with their ends.
    pub bytes: Vec<u8>,
}

impl Piece {
    fn failed(reason: impl std::fmt::Display) -> Piece {
        Piece::Failed { line: None, offset: 0, reason: format!("cannot be read: {reason}"), bytes: Vec::new() }
    }
}

/// Pieces of one source, in order.
pub type Pieces<'a> = Box<dyn Iterator<Item = Piece> + 'a>;

/// Pieces that a source's reader may be ahead of the workers.
const AHEAD: usize = 4;

/// A piece of a source or of a member of an archive, and whether it is the last.
type Sent = (Option<Arc<Source>>, bool, Piece);

/// Cuts sources into work, one after the other. What is more than a file each is read on a thread of its own, so that workers need not
/// wait for a disk or a decompressor.
pub struct Works<'a> {
    sources: &'a [Source],
    next: usize,
    open: Option<Receiver<Sent>>,
    limits: Limits,
}

impl<'a> Works<'a> {
    /// Work over `sources`, within limits.
    pub fn new(sources: &'a [Source], limits: Limits) -> Self {
        Works { sources, next: 0, open: None, limits }
    }
}

impl Iterator for Works<'_> {
    type Item = Work;

    fn next(&mut self) -> Option<Work> {
        loop {
            if let Some(sent) = &self.open {
                if let Ok((member, last, piece)) = sent.recv() {
                    return Some(Work { source: self.next - 1, member, last, piece });
                }
                self.open = None;
            }
            let source = self.sources.get(self.next)?;
            self.next += 1;
            if source.form.is_whole() && !source.is_standard() {
                return Some(Work { source: self.next - 1, member: None, last: true, piece: Piece::File });
            }
            let (sender, receiver) = sync_channel(AHEAD);
            let (source, limits) = (source.clone(), self.limits);
            std::thread::spawn(move || {
                // A file that a format's reader stumbles over is no reason to stop. Nobody listens when the run was stopped.
                let read = catch_unwind(AssertUnwindSafe(|| send_pieces(&source, &limits, &sender)));
                if read.is_err() {
                    let _ = sender.send((None, true, Piece::failed("its bytes do not fit its format")));
                }
            });
            self.open = Some(receiver);
        }
    }
}

/// Nobody takes pieces any more.
struct Stopped;

fn send_pieces(source: &Source, limits: &Limits, sender: &SyncSender<Sent>) -> Result<(), Stopped> {
    if source.form.is_archive() {
        return archive::send_members(source, limits, sender);
    }
    send_all(None, pieces_of(source, limits), sender)
}

fn send_all(member: Option<&Arc<Source>>, pieces: io::Result<Pieces>, sender: &SyncSender<Sent>) -> Result<(), Stopped> {
    let mut pieces = pieces.unwrap_or_else(|error| Box::new(std::iter::once(Piece::failed(error)))).peekable();
    while let Some(piece) = pieces.next() {
        let last = pieces.peek().is_none();
        sender.send((member.cloned(), last, piece)).map_err(|_| Stopped)?;
    }
    Ok(())
}

/// The pieces of a source that is no archive.
pub fn pieces_of(source: &Source, limits: &Limits) -> io::Result<Pieces<'static>> {
    // What must be read at any place is, unless it is compressed.
    if let (Form::Parquet, Some(path)) = (source.form, &source.path)
        && !PACKED.iter().any(|ending| source.name.ends_with(ending))
    {
        return Ok(Box::new(columns::parquet(File::open(path)?, limits)?));
    }
    pieces(source.form, open_within(source, limits)?, limits)
}

/// The pieces of a stream of this form.
fn pieces<'a>(form: Form, mut reader: Box<dyn BufRead + 'a>, limits: &Limits) -> io::Result<Pieces<'a>> {
    Ok(match form {
        Form::Text | Form::Html => {
            let mut bytes = Vec::new();
            reader.take(limits.record_bytes + 1).read_to_end(&mut bytes)?;
            Box::new(std::iter::once(Piece::Bytes(bytes)))
        }
        Form::Parquet => Box::new(columns::parquet(columns::spooled(reader)?, limits)?),
        Form::Warc => Box::new(Warc::new(reader, limits.record_bytes)),
        Form::Arrow => Box::new(arrow::arrow(reader, limits)?),
        Form::JsonLines => Box::new(Lines::new(reader, limits.record_bytes)),
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
