//! Articles to bytes: output records ([`output`]), encoders of whole files ([`Writer`]), audit lines ([`audit`]), files that appear
//! whole or not at all ([`target`]).

pub mod audit;
pub mod columns;
mod encoder;
mod nameless;
pub mod output;
mod packing;
mod rows;
pub mod target;
pub mod warc;

use std::io;
use std::path::Path;

use arrow_array::RecordBatch;
use serde::{Deserialize, Serialize};

use crate::read::Form;
use columns::ColumnWriter;
use rows::RowWriter;
use target::Target;

/// How far a file is written, and what its writer must know to go on from there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// Bytes that are written.
    pub len: u64,
    /// The columns of a table, or what a file in columns is to say of its parts: what came since the last mark, or, to go on from, all of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// An output file of some form, made of finished pieces: text as it stands, clean records as JSON lines, or rows in columns.
pub enum Writer {
    /// Bytes go out as they come.
    Plain(Target),
    /// JSON lines become rows.
    Rows(Box<RowWriter>),
    /// JSON lines and batches become columns.
    Columns(Box<ColumnWriter>),
    /// WARC records go out one by one.
    Warc(Target),
}

/// The byte between cells of a table of this form.
fn delimiter(form: Form) -> u8 {
    if form == Form::Tsv { b'\t' } else { b',' }
}

impl Writer {
    /// A writer of this form. `open` says that later records may have keys that the first ones lack.
    pub fn new(target: Target, form: Form, open: bool) -> Self {
        match form {
            Form::Csv | Form::Tsv => Writer::Rows(Box::new(RowWriter::new(target, delimiter(form), open))),
            Form::Parquet | Form::Arrow => Writer::Columns(Box::new(ColumnWriter::new(target, form, open))),
            Form::Warc => Writer::Warc(target.in_members()),
            Form::Text | Form::Html | Form::JsonLines | Form::Quarantine | Form::Tar | Form::Zip => Writer::Plain(target),
        }
    }

    /// The writer of a file that a run left at a mark; what is written stays when it is dropped.
    pub fn resumed(path: &Path, form: Form, open: bool, mark: &Mark) -> io::Result<Self> {
        match form {
            Form::Parquet | Form::Arrow if mark.len > 0 => Ok(Writer::Columns(Box::new(ColumnWriter::resumed(path, form, open, mark)?))),
            Form::Csv | Form::Tsv if mark.len > 0 => {
                let target = Target::resumed(path, mark.len)?;
                Ok(Writer::Rows(Box::new(RowWriter::resumed(target, delimiter(form), open, &mark.notes))))
            }
            form => Ok(Writer::new(Target::resumed(path, mark.len)?, form, open)),
        }
    }

    /// Hands everything to the system; gives the mark from which a later run may go on once the file is on the disk.
    pub fn checkpoint(&mut self) -> io::Result<Mark> {
        match self {
            Writer::Plain(target) | Writer::Warc(target) => Ok(Mark { len: target.checkpoint()?, notes: Vec::new() }),
            Writer::Rows(rows) => rows.checkpoint(),
            Writer::Columns(columns) => columns.checkpoint(),
        }
    }

    /// Adds a finished piece.
    pub fn write(&mut self, piece: &[u8], batches: &[RecordBatch]) -> io::Result<()> {
        match self {
            Writer::Plain(target) => target.write(piece),
            Writer::Rows(rows) => rows.write(piece),
            Writer::Columns(columns) => columns.write(piece, batches),
            Writer::Warc(target) => warc::write_records(target, piece),
        }
    }

    /// Ends the file and puts it in its place; a writer that is dropped before leaves nothing.
    pub fn finish(self) -> io::Result<()> {
        match self {
            Writer::Plain(target) | Writer::Warc(target) => target.finish(),
            Writer::Rows(rows) => rows.finish().finish(),
            Writer::Columns(columns) => columns.finish()?.finish(),
        }
    }
}
