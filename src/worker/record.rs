//! A record that is stored as a JSON object, or read as one: cleaned, written and noted one way, whatever format it came in.

use serde_json::Value;
use serde_json::value::RawValue;

use super::aim::Judged;
use super::{Done, Worker, push_line};
use crate::clean::Article;
use crate::document::{Format, Metadata};
use crate::read::jsonl::{JsonRecord, Keys, host_of};
use crate::read::{Form, Source};
use crate::record::{Decoding, Provenance, Record};
use crate::sample::Sample;
use crate::write::audit::{AuditForm, AuditLine, Frame, dolma_line, removed_spans};
use crate::write::output::{Layout, push_datatrove_line, push_json_line};
use crate::write::warc::Conversion;

/// How a record that is no whole file came.
pub(super) struct Stored<'a> {
    pub(super) source: &'a Source,
    pub(super) provenance: &'a Provenance,
    pub(super) format: Format,
    pub(super) content: String,
    pub(super) decoding: Decoding,
}

/// How a record's bytes are kept in the audit: what stands around its text, or all of them, packed.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) frame: Option<Frame>,
    pub(super) original: Option<String>,
}

pub(super) fn no_content<'a>(seen: impl Iterator<Item = &'a str>, keys: &Keys) -> String {
    let seen: Vec<&str> = seen.collect();
    let Keys { text, html, .. } = keys;
    format!("the record has no string under '{text}' or '{html}' (its keys: {}); name the keys with --text-key or --html-key", seen.join(", "))
}

/// The id of a record as it states it, or its name.
fn stated_id(name: &str, stated: Option<&RawValue>) -> Value {
    stated.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_else(|| name.into())
}

impl Worker {
    /// Keeps Dolma's attributes in line with the documents: a record that is refused has none.
    pub(super) fn note_refused(&self, json: &JsonRecord, done: &mut Done) {
        if self.task.audit == Some(AuditForm::Dolma) {
            let id = stated_id("", json.raw(&self.task.keys.id));
            push_line(&mut done.audit, &serde_json::json!({ "id": id, "attributes": {} }));
        }
    }

    /// Cleans a record that is stored as a JSON object, or read as one; `None` when there is nothing to write. `keep` says how its bytes are
    /// kept, given its text and whether it is left out of the output.
    pub(super) fn record(&self, stored: Stored, json: &JsonRecord, keep: impl FnOnce(&str, bool) -> Kept, done: &mut Done) -> Result<Option<Article>, String> {
        let Stored { source, provenance, format, content, decoding } = stored;
        let id = json.name(&self.task.keys.id).unwrap_or_else(|| provenance.to_string());
        let record = Record { id: id.clone(), provenance: provenance.clone(), format, content, metadata: self.metadata(source, json), decoding };
        let Some(judged) = self.judge(source, record, done)? else { return Ok(None) };
        self.note(source.form, (&id, json.raw(&self.task.keys.id)), provenance, (&judged, decoding), keep, done);
        done.totals.count(&judged.article, &self.cleaner, decoding.replaced);
        Ok((!judged.dropped).then_some(judged.article))
    }

    /// The text or page that a JSON record holds, and its count of lone surrogates.
    pub(super) fn content(&self, json: &JsonRecord) -> Result<(Format, String, usize), String> {
        let keys = &self.task.keys;
        let page = json.content(&keys.html);
        let format = if page.is_some() { Format::Html } else { Format::Text };
        let (content, surrogates) =
            page.or_else(|| json.content(&keys.text)).ok_or_else(|| no_content(json.fields.iter().map(|(key, _)| key.as_ref()), keys))?;
        Ok((format, content, surrogates))
    }

    /// Writes a clean record whose other values are those of a JSON object.
    pub(super) fn put(&self, source: &Source, provenance: &Provenance, json: &JsonRecord, format: Format, article: &Article, done: &mut Done) {
        let to = self.output_form(source.form);
        match to {
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
                push_datatrove_line(&mut done.output, &id, &json.fields, &self.task.keys, article, format == Format::Html, to.is_lines());
            }
            _ => push_json_line(&mut done.output, &json.fields, &self.task.keys, article, format == Format::Html),
        }
    }

    /// Notes bytes that belong to no record, so that the input can be put together again.
    pub(super) fn rest(&self, source: &Source, offset: u64, bytes: &[u8], done: &mut Done) {
        // A sample is never put together again.
        if self.task.audit == Some(AuditForm::Naqi) && self.task.sample == Sample::All && !bytes.is_empty() {
            push_line(&mut done.audit, &AuditLine::rest(&source.name, offset, bytes));
        }
    }

    pub(super) fn metadata(&self, source: &Source, json: &JsonRecord) -> Metadata {
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

    /// Adds a record's audit line: with its name, and with the id that it states itself. `keep` says how its bytes are kept.
    pub(super) fn note(
        &self,
        form: Form,
        (id, stated): (&str, Option<&RawValue>),
        provenance: &Provenance,
        (judged, decoding): (&Judged, Decoding),
        keep: impl FnOnce(&str, bool) -> Kept,
        done: &mut Done,
    ) {
        let Judged { document, article, dropped } = judged;
        match self.task.audit {
            None => return,
            // Attributes stand beside the records of the input, one line each, and their ids must be the same.
            Some(AuditForm::Dolma) => return push_line(&mut done.audit, &dolma_line(&stated_id(id, stated), article, document, *dropped)),
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
