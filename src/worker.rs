//! One piece of work to finished bytes: reads, decodes, cleans and writes the records of a piece.
//!
//! Everything that depends on how a record is stored meets here; the cleaner sees documents only. A whole file is a record; every
//! other format gives its records as JSON objects, which are cleaned and written one way. A record that fails becomes a quarantine line
//! with its place and reason, and the next one is taken.

mod again;
mod aim;
mod columns;
mod group;
mod lines;
mod record;
mod rows;
mod warc;
mod whole;

use std::io;
use std::sync::Arc;

use arrow_array::RecordBatch;
use encoding_rs::Encoding;
use serde::Serialize;

use crate::clean::Cleaner;
use crate::read::jsonl::Keys;
use crate::read::{Form, Limits, Piece, Source};
use crate::record::{Provenance, Unreadable};
use crate::report::Totals;
use crate::sample::Sample;
use crate::write::audit::{AuditForm, QuarantineLine, RowOf};
use crate::write::output::Layout;

pub use aim::{OnCopy, Wanted};
pub use group::GroupBy;

use aim::Aim;
use record::{Kept, Stored, no_content};

/// A finished piece of work.
#[derive(Debug, Default)]
pub struct Done {
    /// Number of its source.
    pub source: usize,
    /// The member of that source that it belongs to, if the source is an archive.
    pub member: Option<Arc<Source>>,
    /// It was the last of its source or member.
    pub last: bool,
    /// Its number in its source.
    pub number: u64,
    /// Its output was written by the worker's thread, or could not be.
    pub written: Option<io::Result<()>>,
    /// Ranks of its records, when a sample is being drawn.
    pub ranks: Vec<u64>,
    /// Output bytes; for tables and columns the clean records as JSON lines.
    pub output: Vec<u8>,
    /// Clean records in columns, where they came so and go out so.
    pub batches: Vec<RecordBatch>,
    /// Audit lines.
    pub audit: Vec<u8>,
    /// Quarantine lines.
    pub quarantine: Vec<u8>,
    /// Lines of the report of copies.
    pub copies: Vec<u8>,
    /// What happened, for people: one message a quarantined record.
    pub messages: Vec<String>,
    /// Counts.
    pub totals: Totals,
    /// Input bytes it was made from.
    pub read: u64,
    /// About how many bytes of its source, as it lies on the disk, are read with it.
    pub at: u64,
}

/// What a worker is to do.
#[derive(Clone, Debug, Default)]
pub struct Task {
    /// Names of the keys in JSON records.
    pub keys: Keys,
    /// The form of the output; `None` is the input's own, and text for pages.
    pub to: Option<Form>,
    /// An encoding to believe whatever the bytes say.
    pub encoding: Option<&'static Encoding>,
    /// How JSON records are laid out.
    pub layout: Layout,
    /// Write audit lines of this form.
    pub audit: Option<AuditForm>,
    /// Leave the removed text out of them.
    pub bare_audit: bool,
    /// Which records are taken.
    pub sample: Sample,
    /// What a survey groups records by.
    pub group_by: GroupBy,
}

/// A cleaner that knows how records are stored.
pub struct Worker {
    cleaner: Cleaner,
    task: Task,
    aim: Aim,
}

impl Worker {
    /// A worker for a task.
    pub fn new(cleaner: Cleaner, task: Task) -> Self {
        Worker { cleaner, task, aim: Aim::Clean(None) }
    }

    /// The same worker for a part of the records.
    #[must_use]
    pub fn with_sample(self, sample: Sample) -> Self {
        Worker { task: Task { sample, ..self.task }, ..self }
    }

    /// What it is to do.
    pub fn task(&self) -> &Task {
        &self.task
    }

    /// The cleaner it works with.
    pub fn cleaner(&self) -> &Cleaner {
        &self.cleaner
    }

    /// Larger records are quarantined.
    pub fn max_record_bytes(&self) -> u64 {
        self.cleaner.rules().settings.clean.max_record_bytes
    }

    /// The form in which records of a source are written.
    pub fn output_form(&self, form: Form) -> Form {
        self.task.to.unwrap_or(form.written())
    }

    /// How large inputs may be.
    pub fn limits(&self) -> Limits {
        let read = &self.cleaner.rules().settings.read;
        let source_bytes = if read.max_source_bytes == 0 { u64::MAX } else { read.max_source_bytes };
        Limits { record_bytes: self.max_record_bytes(), source_bytes, ratio: read.max_ratio.max(1), ratio_from: read.ratio_from }
    }

    /// Cleans a piece of a source.
    pub fn work(&self, source: &Source, piece: Piece) -> Done {
        let mut done = Done::default();
        let place = |line, offset| Provenance { source: source.name.clone(), line, offset };
        let refused = |provenance, reason, bytes, done: &mut Done| self.refuse(source, Unreadable { provenance, reason, bytes }, done);
        match piece {
            Piece::File | Piece::Bytes(_) if !self.takes(&place(None, 0), &mut done) => {}
            Piece::File => match self.read_whole(source) {
                Ok(bytes) => self.file(source, &place(None, 0), &bytes, &mut done),
                Err((reason, bytes)) => refused(place(None, 0), reason, bytes, &mut done),
            },
            Piece::Bytes(bytes) if bytes.len() as u64 > self.max_record_bytes() => {
                refused(place(None, 0), self.too_long(bytes.len() as u64), Vec::new(), &mut done);
            }
            Piece::Bytes(bytes) => self.file(source, &place(None, 0), &bytes, &mut done),
            Piece::Lines { first, offset, bytes } => self.lines(source, first, offset, &bytes, &mut done),
            Piece::TooLong { line, offset, .. } if !self.takes(&place(Some(line), offset), &mut done) => {}
            Piece::TooLong { line, offset, len } => refused(place(Some(line), offset), self.too_long(len), Vec::new(), &mut done),
            Piece::Rows(rows) => self.rows(source, &rows, &mut done),
            Piece::Warc(records) => self.warc(source, &records, &mut done),
            Piece::Batch(batch) => self.batch(source, &batch, &mut done),
            Piece::Failed { line, offset, reason, bytes } => refused(place(line, offset), reason, bytes, &mut done),
        }
        done
    }

    /// Is this record to be cleaned?
    fn takes(&self, provenance: &Provenance, done: &mut Done) -> bool {
        self.task.sample.takes(provenance, &mut done.ranks)
    }

    fn too_long(&self, len: u64) -> String {
        format!("a record of {len} bytes is larger than clean.max-record-bytes = {}; raise it to read such records", self.max_record_bytes())
    }

    /// The result for a piece on which naqi itself failed.
    pub fn broken(&self, source: &Source, reason: &str) -> Done {
        let mut done = Done::default();
        let provenance = Provenance { source: source.name.clone(), line: None, offset: 0 };
        self.refuse(source, Unreadable { provenance, reason: reason.to_owned(), bytes: Vec::new() }, &mut done);
        done
    }

    fn refuse(&self, source: &Source, record: Unreadable, done: &mut Done) {
        self.refuse_row(source, record, None, done);
    }

    /// The same for a row, which is told of its table.
    fn refuse_row(&self, source: &Source, record: Unreadable, table: Option<RowOf>, done: &mut Done) {
        done.totals.count_unreadable();
        done.messages.push(record.to_string());
        let line = QuarantineLine::new(&record.provenance, source.form.name(), &record.reason, &record.bytes);
        push_line(&mut done.quarantine, &QuarantineLine { table, ..line });
    }
}

fn push_line<T: Serialize>(out: &mut Vec<u8>, line: &T) {
    // Plain structures cannot fail to serialise into memory.
    let _ = serde_json::to_writer(&mut *out, line);
    out.push(b'\n');
}

/// What a panic said.
pub(crate) fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    format!("naqi failed on this record ({}); please report it with the record", text.unwrap_or("no message"))
}
