//! One piece of work to finished bytes: reads, decodes, cleans and writes the records of a piece.
//!
//! Everything that depends on how a record is stored (file, page, JSON line) meets here; the cleaner sees documents only. A record
//! that fails becomes a quarantine line with its place and reason, and the next one is taken.

use std::borrow::Cow;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};

use encoding_rs::Encoding;
use serde::Serialize;

use crate::clean::{Article, Cleaner};
use crate::decode::{decode, encode};
use crate::dedupe::{Copies, Sketches};
use crate::document::{Document, Format, Metadata};
use crate::read::jsonl::{JsonRecord, Keys, host_of};
use crate::read::{Form, Piece, Source, open};
use crate::record::{Decoding, Provenance, Record, Unreadable};
use crate::report::Totals;
use crate::survey::Survey;
use crate::write::audit::{AuditLine, Frame, QuarantineLine, json_string, pack, removed_spans};
use crate::write::output::{push_file_line, push_json_line};

/// A finished piece of work.
#[derive(Debug, Default)]
pub struct Done {
    /// Number of its source.
    pub source: usize,
    /// It was the last of its source.
    pub last: bool,
    /// Output bytes.
    pub output: Vec<u8>,
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

/// The form of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputForm {
    /// Bodies as text.
    Text,
    /// A JSON record a line.
    JsonLines,
}

/// What a worker is to do.
#[derive(Clone, Debug)]
pub struct Task {
    /// Names of the keys in JSON records.
    pub keys: Keys,
    /// The form of the output; `None`: JSON Lines for JSON Lines, text for the rest.
    pub to: Option<OutputForm>,
    /// An encoding to believe whatever the bytes say.
    pub encoding: Option<&'static Encoding>,
    /// Write audit lines.
    pub audit: bool,
    /// Leave the removed text out of them.
    pub bare_audit: bool,
    /// What a survey groups records by.
    pub group_by: GroupBy,
}

/// What a survey groups records by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum GroupBy {
    /// The host: the key `host`, else that of the address, else the folder.
    #[default]
    Host,
    /// The folder of the file.
    Folder,
    /// The file.
    File,
    /// A key of JSON records.
    Key(String),
}

impl GroupBy {
    /// What a name on the command line, or in a survey's header, means.
    pub fn named(name: &str) -> Self {
        match name {
            "host" => GroupBy::Host,
            "folder" => GroupBy::Folder,
            "file" => GroupBy::File,
            key => GroupBy::Key(key.to_owned()),
        }
    }

    /// The group of a record, where it is not the host.
    fn group(&self, source: &Source, json: Option<&JsonRecord>) -> Option<String> {
        match self {
            GroupBy::Host => None,
            GroupBy::Folder => Some(folder_of(&source.name)),
            GroupBy::File => Some(source.name.to_string()),
            GroupBy::Key(key) => Some(json.and_then(|json| json.name(key)).unwrap_or_default()),
        }
    }
}

impl std::fmt::Display for GroupBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            GroupBy::Host => "host",
            GroupBy::Folder => "folder",
            GroupBy::File => "file",
            GroupBy::Key(key) => key,
        })
    }
}

fn folder_of(name: &str) -> String {
    name.rsplit_once('/').map_or_else(String::new, |(folder, _)| folder.to_owned())
}

/// A cleaner that knows how records are stored.
pub struct Worker {
    cleaner: Cleaner,
    task: Task,
    survey: Option<Survey>,
    sketches: Option<Sketches>,
    copies: Option<(Copies, OnCopy)>,
}

/// What becomes of a document that copies an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnCopy {
    /// It is flagged.
    Flag,
    /// It is flagged and not written; the audit keeps it.
    Drop,
}

impl Worker {
    /// A worker for a task.
    pub fn new(cleaner: Cleaner, task: Task) -> Self {
        Worker { cleaner, task, survey: None, sketches: None, copies: None }
    }

    /// A worker that counts what it reads, and cleans and writes nothing.
    pub fn surveying(cleaner: Cleaner, task: Task, survey: Survey) -> Self {
        Worker { survey: Some(survey), ..Worker::new(cleaner, task) }
    }

    /// A worker that cleans and sketches the bodies, and writes nothing.
    pub fn sketching(cleaner: Cleaner, task: Task, sketches: Sketches) -> Self {
        Worker { sketches: Some(sketches), ..Worker::new(cleaner, task) }
    }

    /// The cleaner and the sketches of all bodies, if it was to make them.
    pub fn into_sketches(self) -> (Cleaner, Option<Sketches>) {
        (self.cleaner, self.sketches)
    }

    /// The same worker, told which records are copies of others.
    #[must_use]
    pub fn with_copies(self, copies: Copies, on_copy: OnCopy) -> Self {
        Worker { copies: Some((copies, on_copy)), ..self }
    }

    /// The survey of all that was read, if it was to make one.
    pub fn into_survey(self) -> Option<Survey> {
        self.survey
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
    pub fn output_form(&self, form: Form) -> OutputForm {
        let own = if form == Form::JsonLines { OutputForm::JsonLines } else { OutputForm::Text };
        self.task.to.unwrap_or(own)
    }

    /// Cleans a piece of a source.
    pub fn work(&self, source: &Source, piece: Piece) -> Done {
        let mut done = Done::default();
        let place = |line, offset| Provenance { source: source.name.clone(), line, offset };
        match piece {
            Piece::File => match self.read_whole(source) {
                Ok(bytes) => self.file(source, &bytes, &mut done),
                Err(reason) => self.refuse(Unreadable { provenance: place(None, 0), reason, bytes: Vec::new() }, &mut done),
            },
            Piece::Bytes(bytes) => self.file(source, &bytes, &mut done),
            Piece::Lines { first, offset, bytes } => self.lines(source, first, offset, &bytes, &mut done),
            Piece::TooLong { line, offset, len } => {
                self.refuse(Unreadable { provenance: place(Some(line), offset), reason: self.too_long(len), bytes: Vec::new() }, &mut done);
            }
            Piece::Failed { line, reason } => {
                self.refuse(Unreadable { provenance: place(line, 0), reason: format!("cannot be read any further: {reason}"), bytes: Vec::new() }, &mut done);
            }
        }
        done
    }

    fn too_long(&self, len: u64) -> String {
        format!("a record of {len} bytes is larger than clean.max-record-bytes = {}; raise it to read such records", self.max_record_bytes())
    }

    /// The result for a piece on which naqi itself failed.
    pub fn broken(&self, source: &Source, reason: &str) -> Done {
        let mut done = Done::default();
        let provenance = Provenance { source: source.name.clone(), line: None, offset: 0 };
        self.refuse(Unreadable { provenance, reason: reason.to_owned(), bytes: Vec::new() }, &mut done);
        done
    }

    fn read_whole(&self, source: &Source) -> Result<Vec<u8>, String> {
        let limit = self.max_record_bytes();
        let mut bytes = Vec::with_capacity(usize::try_from(source.bytes.min(limit)).unwrap_or(0) + 1);
        let reader = open(source).map_err(|error| format!("cannot be read: {error}"))?;
        reader.take(limit + 1).read_to_end(&mut bytes).map_err(|error| format!("cannot be read: {error}"))?;
        if bytes.len() as u64 > limit {
            return Err(format!("the file is larger than clean.max-record-bytes = {limit}; raise it to read such files"));
        }
        Ok(bytes)
    }

    fn refuse(&self, record: Unreadable, done: &mut Done) {
        done.totals.count_unreadable();
        done.messages.push(record.to_string());
        push_line(&mut done.quarantine, &QuarantineLine::new(&record.provenance, &record.reason, &record.bytes));
    }

    /// Cleans a document with panics caught; in a survey or for sketches counts it, and there is nothing to write.
    fn judge(&self, source: &Source, record: Record, done: &mut Done) -> Result<Option<(Document, Article)>, String> {
        let (id, line) = (record.id.clone(), record.provenance.line);
        let judged = catch_unwind(AssertUnwindSafe(|| {
            let document = self.cleaner.segment(record);
            if let Some(survey) = &self.survey {
                survey.add(document.metadata.group_name(), &document);
                return Err(document.text.len());
            }
            let mut article = self.cleaner.clean(&document);
            if let Some(sketches) = &self.sketches {
                sketches.add(source, line, &id, &article.body);
                return Err(document.text.len());
            }
            if let Some(copy) = self.copies.as_ref().and_then(|(copies, _)| copies.of(source, line)) {
                article.flag(format!("near-duplicate:{}", copy.id));
            }
            Ok((document, article))
        }));
        match judged.map_err(|panic| panic_message(panic.as_ref()))? {
            Ok(judged) => Ok(Some(judged)),
            Err(bytes) => {
                done.totals.count_surveyed(bytes as u64);
                Ok(None)
            }
        }
    }

    fn file(&self, source: &Source, bytes: &[u8], done: &mut Done) {
        done.read += bytes.len() as u64;
        let provenance = Provenance { source: source.name.clone(), line: None, offset: 0 };
        let format = if source.form == Form::Html { Format::Html } else { Format::Text };
        let outcome = decode(bytes, format, self.task.encoding).and_then(|decoded| {
            let decoding = decoded.decoding;
            let folder = source.name.rsplit_once('/').map(|(folder, _)| folder.rsplit('/').next().unwrap_or(folder).to_owned());
            let metadata = Metadata { host: folder, group: self.task.group_by.group(source, None), ..Metadata::default() };
            let record = Record { id: source.name.to_string(), provenance: provenance.clone(), format, content: decoded.text, metadata, decoding };
            self.judge(source, record, done).map(|judged| judged.map(|(document, article)| (document, article, decoding)))
        });
        let (document, article, decoding) = match outcome {
            Ok(Some(outcome)) => outcome,
            Ok(None) => return,
            Err(reason) => return self.refuse(Unreadable { provenance, reason, bytes: bytes.to_vec() }, done),
        };
        let dropped = self.is_dropped(source, None, &source.name, done);
        match self.output_form(source.form) {
            _ if dropped => {}
            OutputForm::Text => done.output.extend_from_slice(article.body.as_bytes()),
            OutputForm::JsonLines => push_file_line(&mut done.output, &source.name, &self.task.keys, &article, format == Format::Html),
        }
        if self.task.audit {
            let whole = format == Format::Text && encode(&document.text, &decoding) == bytes;
            let line = self.audit_line(&source.name, &provenance, source.form, &document, &article, decoding);
            push_line(&mut done.audit, &AuditLine { original: (dropped || !whole).then(|| pack(bytes)), dropped, ..line });
        }
        done.totals.count(&article, &self.cleaner, decoding.replaced);
    }

    fn lines(&self, source: &Source, first: u64, offset: u64, bytes: &[u8], done: &mut Done) {
        done.read += bytes.len() as u64;
        let mut at = 0;
        let mut skipped = 0;
        for (number, line) in (first..).zip(bytes.split_inclusive(|&byte| byte == b'\n')) {
            let start = at;
            at += line.len();
            if line.trim_ascii().is_empty() {
                skipped += line.len();
                continue;
            }
            let lead = std::mem::take(&mut skipped);
            let provenance = Provenance { source: source.name.clone(), line: Some(number), offset: offset + (start - lead) as u64 };
            let whole = &bytes[start - lead..at];
            if let Err(reason) = self.line(source, &provenance, whole, done) {
                self.refuse(Unreadable { provenance, reason, bytes: whole.to_vec() }, done);
            }
        }
    }

    /// Cleans one JSON line; `bytes` may open with blank lines.
    fn line(&self, source: &Source, provenance: &Provenance, bytes: &[u8], done: &mut Done) -> Result<(), String> {
        if bytes.len() as u64 > self.max_record_bytes() {
            return Err(self.too_long(bytes.len() as u64));
        }
        let (text, mut decoding) = self.decode_line(bytes)?;
        let json = JsonRecord::parse(text.trim().trim_start_matches('\u{feff}'))?;
        let keys = &self.task.keys;
        let page = json.content(&keys.html);
        let format = if page.is_some() { Format::Html } else { Format::Text };
        let (content, surrogates) = page.or_else(|| json.content(&keys.text)).ok_or_else(|| {
            let seen: Vec<&str> = json.fields.iter().map(|(key, _)| key.as_ref()).collect();
            format!(
                "the record has no string under '{}' or '{}' (its keys: {}); name the keys with --text-key or --html-key",
                keys.text,
                keys.html,
                seen.join(", ")
            )
        })?;
        decoding.replaced += surrogates;
        let id = json.name(&keys.id).unwrap_or_else(|| provenance.to_string());
        let record = Record { id: id.clone(), provenance: provenance.clone(), format, content, metadata: self.metadata(source, &json), decoding };
        let Some((document, article)) = self.judge(source, record, done)? else { return Ok(()) };
        let dropped = self.is_dropped(source, provenance.line, &id, done);
        match self.output_form(Form::JsonLines) {
            _ if dropped => {}
            OutputForm::JsonLines => push_json_line(&mut done.output, &json.fields, keys, &article, format == Format::Html),
            OutputForm::Text => {
                done.output.extend_from_slice(article.body.trim_end().as_bytes());
                done.output.extend_from_slice(b"\n\n");
            }
        }
        if self.task.audit {
            let frame = if format == Format::Text && !dropped { frame(&text, bytes, &json, &keys.text, &document.text) } else { None };
            let original = frame.is_none().then(|| pack(bytes));
            let line = self.audit_line(&id, provenance, source.form, &document, &article, decoding);
            push_line(&mut done.audit, &AuditLine { frame, original, dropped, ..line });
        }
        done.totals.count(&article, &self.cleaner, decoding.replaced);
        Ok(())
    }

    /// Is the record left out as a copy? Notes copies for the report.
    fn is_dropped(&self, source: &Source, line: Option<u64>, id: &str, done: &mut Done) -> bool {
        let Some((copies, on_copy)) = &self.copies else { return false };
        let Some(copy) = copies.of(source, line) else { return false };
        let similarity = (copy.similarity * 100.0).round() / 100.0;
        push_line(&mut done.copies, &CopyLine { id, source: &source.name, line, copy_of: &copy.id, similarity });
        done.totals.copies += 1;
        *on_copy == OnCopy::Drop
    }

    fn decode_line<'a>(&self, bytes: &'a [u8]) -> Result<(Cow<'a, str>, Decoding), String> {
        if self.task.encoding.is_none()
            && let Ok(text) = std::str::from_utf8(bytes)
        {
            return Ok((Cow::Borrowed(text), Decoding { encoding: "UTF-8", mark: false, replaced: 0 }));
        }
        let decoded = decode(bytes, Format::Text, self.task.encoding)?;
        Ok((Cow::Owned(decoded.text), decoded.decoding))
    }

    fn metadata(&self, source: &Source, json: &JsonRecord) -> Metadata {
        let host = json.string("host").or_else(|| json.string(&self.task.keys.url).and_then(|url| host_of(&url)));
        let folder = || source.name.rsplit_once('/').map(|(folder, _)| folder.rsplit('/').next().unwrap_or(folder).to_owned());
        Metadata {
            title: json.string("title").filter(|title| !title.trim().is_empty()),
            lang: json.string("lang").or_else(|| json.string("language")),
            host: host.or_else(folder).map(|host| host.to_lowercase()),
            group: self.task.group_by.group(source, Some(json)),
            ..Metadata::default()
        }
    }

    fn audit_line(&self, id: &str, provenance: &Provenance, form: Form, document: &Document, article: &Article, decoding: Decoding) -> AuditLine {
        let form = match (form, document.format) {
            (Form::JsonLines, _) => "jsonl",
            (_, Format::Html) => "html",
            (_, Format::Text) => "text",
        };
        AuditLine {
            id: id.to_owned(),
            source: provenance.source.to_string(),
            line: provenance.line,
            offset: provenance.offset,
            form: form.to_owned(),
            encoding: decoding.encoding.to_owned(),
            mark: decoding.mark,
            replaced: decoding.replaced,
            status: article.status.word().to_owned(),
            flags: article.flags.clone(),
            title: article.title.clone(),
            removed: (article.removed * 10_000.0).round() / 10_000.0,
            spans: removed_spans(article, document, &self.cleaner, self.task.bare_audit),
            frame: None,
            original: None,
            dropped: false,
        }
    }
}

/// A line of the report of copies.
#[derive(Serialize)]
struct CopyLine<'a> {
    id: &'a str,
    source: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    copy_of: &'a str,
    similarity: f64,
}

fn push_line<T: Serialize>(out: &mut Vec<u8>, line: &T) {
    // Plain structures cannot fail to serialise into memory.
    let _ = serde_json::to_writer(&mut *out, line);
    out.push(b'\n');
}

/// What stands around the text's value, when it and the text give the line's bytes back.
fn frame(line: &str, bytes: &[u8], json: &JsonRecord, key: &str, text: &str) -> Option<Frame> {
    let raw = json.raw(key)?.get();
    let start = raw.as_ptr() as usize - line.as_ptr() as usize;
    let (before, after) = (&line[..start], &line[start + raw.len()..]);
    let ascii = [false, true].into_iter().find(|&ascii| json_string(text, ascii) == raw)?;
    (line.as_bytes() == bytes).then(|| Frame { before: before.to_owned(), after: after.to_owned(), ascii })
}

/// What a panic said.
pub(crate) fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    format!("naqi failed on this record ({}); please report it with the record", text.unwrap_or("no message"))
}
