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
mod rows;
mod warc;
mod whole;

use std::io;
use std::sync::Arc;

use arrow_array::RecordBatch;
use encoding_rs::Encoding;
use serde::Serialize;

use crate::clean::{Article, Cleaner};
use crate::document::{Format, Metadata};
use crate::read::jsonl::{JsonRecord, Keys, host_of};
use crate::read::{Form, Limits, Piece, Source};
use crate::record::{Decoding, Provenance, Record, Unreadable};
use crate::report::Totals;
use crate::sample::Sample;
use crate::write::audit::{AuditForm, AuditLine, Frame, QuarantineLine, dolma_line, removed_spans};
use crate::write::output::{Layout, push_datatrove_line, push_json_line};
use crate::write::warc::Conversion;

pub use aim::OnCopy;
pub use group::GroupBy;

use aim::{Aim, Judged};

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
                Err(reason) => refused(place(None, 0), reason, Vec::new(), &mut done),
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
        done.totals.count_unreadable();
        done.messages.push(record.to_string());
        push_line(&mut done.quarantine, &QuarantineLine::new(&record.provenance, source.form.name(), &record.reason, &record.bytes));
    }

    /// Cleans a record that is stored as a JSON object, or read as one; `None` when there is nothing to write. `keep` says how its bytes are
    /// kept, given its text and whether it is left out of the output.
    fn record(&self, stored: Stored, json: &JsonRecord, keep: impl FnOnce(&str, bool) -> Kept, done: &mut Done) -> Result<Option<Article>, String> {
        let Stored { source, provenance, format, content, decoding } = stored;
        let id = json.name(&self.task.keys.id).unwrap_or_else(|| provenance.to_string());
        let record = Record { id: id.clone(), provenance: provenance.clone(), format, content, metadata: self.metadata(source, json), decoding };
        let Some(judged) = self.judge(source, record, done)? else { return Ok(None) };
        self.note(source.form, &id, provenance, (&judged, decoding), keep, done);
        done.totals.count(&judged.article, &self.cleaner, decoding.replaced);
        Ok((!judged.dropped).then_some(judged.article))
    }

    /// The text or page that a JSON record holds, and its count of lone surrogates.
    fn content(&self, json: &JsonRecord) -> Result<(Format, String, usize), String> {
        let keys = &self.task.keys;
        let page = json.content(&keys.html);
        let format = if page.is_some() { Format::Html } else { Format::Text };
        let (content, surrogates) = page.or_else(|| json.content(&keys.text)).ok_or_else(|| no_content(json, keys))?;
        Ok((format, content, surrogates))
    }

    /// Writes a clean record whose other values are those of a JSON object.
    fn put(&self, source: &Source, provenance: &Provenance, json: &JsonRecord, format: Format, article: &Article, done: &mut Done) {
        match self.output_form(source.form) {
            Form::Text => {
                done.output.extend_from_slice(article.body.trim_end().as_bytes());
                done.output.extend_from_slice(b"\n\n");
            }
            Form::Warc => {
                let (url, date) = (json.string(&self.task.keys.url), json.string("date"));
                let id = json.name(&self.task.keys.id).unwrap_or_else(|| provenance.to_string());
                let conversion = Conversion { id: &id, url: url.as_deref(), date: date.as_deref() };
                conversion.push(&mut done.output, &article.body);
            }
            _ if self.task.layout == Layout::Datatrove => {
                let id = json.name(&self.task.keys.id).unwrap_or_else(|| provenance.to_string());
                push_datatrove_line(&mut done.output, &id, &json.fields, &self.task.keys, article, format == Format::Html);
            }
            _ => push_json_line(&mut done.output, &json.fields, &self.task.keys, article, format == Format::Html),
        }
    }

    /// Notes bytes that belong to no record, so that the input can be put together again.
    fn rest(&self, source: &Source, offset: u64, bytes: &[u8], done: &mut Done) {
        // A sample is never put together again.
        if self.task.audit == Some(AuditForm::Naqi) && self.task.sample == Sample::All && !bytes.is_empty() {
            push_line(&mut done.audit, &AuditLine::rest(&source.name, offset, bytes));
        }
    }

    fn metadata(&self, source: &Source, json: &JsonRecord) -> Metadata {
        let key = &self.task.keys.url;
        // datatrove's records have their address below `metadata`.
        let nested = || JsonRecord::parse(json.raw("metadata")?.get()).ok()?.string(key);
        let host = json.string("host").or_else(|| json.string(key).or_else(nested).and_then(|url| host_of(&url)));
        let folder = || source.name.rsplit_once('/').map(|(folder, _)| folder.rsplit('/').next().unwrap_or(folder).to_owned());
        Metadata {
            title: json.string("title").filter(|title| !title.trim().is_empty()),
            lang: json.string("lang").or_else(|| json.string("language")),
            host: host.or_else(folder).map(|host| host.to_lowercase()),
            group: self.task.group_by.group(source, Some(json)),
            ..Metadata::default()
        }
    }

    /// Adds a record's audit line. `keep` says how its bytes are kept.
    fn note(
        &self,
        form: Form,
        id: &str,
        provenance: &Provenance,
        (judged, decoding): (&Judged, Decoding),
        keep: impl FnOnce(&str, bool) -> Kept,
        done: &mut Done,
    ) {
        let Judged { document, article, dropped } = judged;
        match self.task.audit {
            None => return,
            // Attributes stand beside the records of the output, one line each.
            Some(AuditForm::Dolma) if *dropped => return,
            Some(AuditForm::Dolma) => return push_line(&mut done.audit, &dolma_line(id, article, document)),
            Some(AuditForm::Naqi) => {}
        }
        let Kept { frame, original } = keep(&document.text, *dropped);
        let line = AuditLine {
            id: id.to_owned(),
            source: provenance.source.to_string(),
            line: provenance.line,
            offset: provenance.offset,
            form: form.name().to_owned(),
            encoding: decoding.encoding.to_owned(),
            mark: decoding.mark,
            replaced: decoding.replaced,
            status: article.status.word().to_owned(),
            flags: article.flags.clone(),
            title: article.title.clone(),
            removed: (article.removed * 10_000.0).round() / 10_000.0,
            spans: removed_spans(article, document, &self.cleaner, self.task.bare_audit),
            frame,
            original,
            dropped: *dropped,
        };
        push_line(&mut done.audit, &line);
    }
}

fn push_line<T: Serialize>(out: &mut Vec<u8>, line: &T) {
    // Plain structures cannot fail to serialise into memory.
    let _ = serde_json::to_writer(&mut *out, line);
    out.push(b'\n');
}

/// How a record that is no whole file came.
struct Stored<'a> {
    source: &'a Source,
    provenance: &'a Provenance,
    format: Format,
    content: String,
    decoding: Decoding,
}

/// How a record's bytes are kept in the audit: what stands around its text, or all of them, packed.
#[derive(Default)]
struct Kept {
    frame: Option<Frame>,
    original: Option<String>,
}

fn no_content(json: &JsonRecord, keys: &Keys) -> String {
    let seen: Vec<&str> = json.fields.iter().map(|(key, _)| key.as_ref()).collect();
    let Keys { text, html, .. } = keys;
    format!("the record has no string under '{text}' or '{html}' (its keys: {}); name the keys with --text-key or --html-key", seen.join(", "))
}

/// What a panic said.
pub(crate) fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    format!("naqi failed on this record ({}); please report it with the record", text.unwrap_or("no message"))
}
