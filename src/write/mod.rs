//! Articles to bytes: output records ([`output`]), encoders of whole files ([`Writer`]), audit lines ([`audit`]), files that appear
//! whole or not at all ([`target`]).

pub mod audit;
pub mod columns;
pub mod output;
mod rows;
pub mod target;
pub mod warc;

use std::io;
use std::path::Path;

use arrow_array::RecordBatch;

use crate::read::Form;
use columns::ColumnWriter;
use rows::RowWriter;
use target::Target;

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

impl Writer {
    /// A file of this form, compressed as its name says.
    pub fn file(path: &Path, form: Form, open: bool) -> io::Result<Self> {
        let target = if form == Form::Warc { Target::members(path)? } else { Target::file(path)? };
        Ok(Writer::new(target, form, open))
    }

    /// A writer of this form. `open` says that later records may have keys that the first ones lack.
    pub fn new(target: Target, form: Form, open: bool) -> Self {
        match form {
            Form::Csv => Writer::Rows(Box::new(RowWriter::new(target, b',', open))),
            Form::Tsv => Writer::Rows(Box::new(RowWriter::new(target, b'\t', open))),
            Form::Parquet | Form::Arrow => Writer::Columns(Box::new(ColumnWriter::new(target, form, open))),
            Form::Warc => Writer::Warc(target),
            Form::Text | Form::Html | Form::JsonLines | Form::Quarantine | Form::Tar | Form::Zip => Writer::Plain(target),
        }
    }

    /// Can a later run go on where a file of this form was left? Text and JSON lines end at any record; a table's columns, a WARC's and a
    /// columnar file's inner state are known to their writer only.
    pub fn resumes(form: Form) -> bool {
        matches!(form, Form::Text | Form::JsonLines)
    }

    /// A file of a form that [`resumes`](Writer::resumes), of which `len` bytes were written up to a checkpoint.
    pub fn resumed(path: &Path, len: u64) -> io::Result<Self> {
        Ok(Writer::Plain(Target::resumed(path, len)?))
    }

    /// Brings everything to the disk; gives the length from which a later run may go on.
    pub fn checkpoint(&mut self) -> io::Result<u64> {
        match self {
            Writer::Plain(target) => target.checkpoint(),
            Writer::Rows(_) | Writer::Columns(_) | Writer::Warc(_) => Err(io::Error::other("a file of this form cannot be taken up again")),
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
            Writer::Rows(rows) => rows.finish()?.finish(),
            Writer::Columns(columns) => columns.finish()?.finish(),
        }
    }
}
