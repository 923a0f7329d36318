//! Records of WARC and WET files: which of them hold a page or text, and what they state of it.

use std::borrow::Cow;

use serde_json::json;

use super::{Done, Kept, Stored, Worker};
use crate::decode::{decode_stated, encoding_named};
use crate::document::Format;
use crate::read::Source;
use crate::read::http::{content_type, response};
use crate::read::jsonl::JsonRecord;
use crate::read::warc::{Head, WarcRecord};
use crate::record::{Provenance, Unreadable};
use crate::write::audit::pack;

/// The page or text of a record.
struct Payload<'a> {
    format: Format,
    charset: Option<String>,
    bytes: Cow<'a, [u8]>,
}

impl Worker {
    pub(super) fn warc(&self, source: &Source, records: &[WarcRecord], done: &mut Done) {
        for record in records {
            done.read += record.bytes.len() as u64;
            let provenance = Provenance { source: source.name.clone(), line: Some(record.number), offset: record.offset };
            match self.warc_record(source, &provenance, record, done) {
                Ok(true) => {}
                Ok(false) => {
                    done.totals.passed += 1;
                    self.rest(source, record.offset, &record.bytes, done);
                }
                Err(reason) => self.refuse(source, Unreadable { provenance, reason, bytes: record.bytes.clone() }, done),
            }
        }
    }

    /// Cleans a record; false when it holds neither page nor text.
    fn warc_record(&self, source: &Source, provenance: &Provenance, record: &WarcRecord, done: &mut Done) -> Result<bool, String> {
        let lead = record.bytes.len() - record.bytes.trim_ascii_start().len();
        let (head, _) = Head::parse(&record.bytes[lead..]).ok_or("the WARC record has no head")?;
        let payload = payload(&head, &record.bytes[record.start..record.end], self.max_record_bytes()).transpose();
        let Some(payload) = payload else { return Ok(false) };
        if !self.takes(provenance, done) {
            return Ok(true);
        }
        let payload = payload?;
        let keys = &self.task.keys;
        let stated = payload.charset.as_deref().and_then(encoding_named);
        let decoded = decode_stated(&payload.bytes, payload.format, self.task.encoding, stated)?;
        let url = head.get("WARC-Target-URI").map(|url| url.trim_matches(['<', '>']));
        let id = head.get("WARC-Record-ID").map(|id| id.trim_matches(['<', '>']));
        let content = if payload.format == Format::Html { &keys.html } else { &keys.text };
        let facts = json!({ &keys.id: id, &keys.url: url, "date": head.get("WARC-Date"), content: null }).to_string();
        let json = JsonRecord::parse(&facts)?;
        let keep = |_: &str, _: bool| Kept { frame: None, original: Some(pack(&record.bytes)) };
        let (format, content, decoding) = (payload.format, decoded.text, decoded.decoding);
        let article = self.record(Stored { source, provenance, format, content, decoding }, &json, keep, done)?;
        if let Some(article) = article {
            self.put(source, provenance, &json, format, &article, done);
        }
        Ok(true)
    }
}

/// The page or text that a record holds, if it holds one: a response that was a success, a resource or a conversion.
fn payload<'a>(head: &Head, content: &'a [u8], limit: u64) -> Result<Option<Payload<'a>>, String> {
    let (own, own_charset) = head.get("Content-Type").map(content_type).unwrap_or_default();
    let (media, charset, bytes) = match head.get("WARC-Type").unwrap_or_default().to_ascii_lowercase().as_str() {
        "response" if own == "application/http" => {
            let found = response(content, limit)?;
            if !(200..300).contains(&found.status) {
                return Ok(None);
            }
            (found.media, found.charset, found.body)
        }
        // wget files its own arguments and log so.
        "resource" if head.get("WARC-Target-URI").is_some_and(|url| url.trim_start_matches('<').starts_with("metadata:")) => return Ok(None),
        "resource" | "conversion" => (Some(own), own_charset, Cow::Borrowed(content)),
        _ => return Ok(None),
    };
    let stated = media.filter(|media| !media.is_empty()).or_else(|| head.get("WARC-Identified-Payload-Type").map(|value| content_type(value).0));
    let format = match stated.as_deref() {
        Some("text/html" | "application/xhtml+xml") => Format::Html,
        Some("text/plain") => Format::Text,
        // Some servers do not say what they send.
        None if bytes.trim_ascii_start().starts_with(b"<") => Format::Html,
        _ => return Ok(None),
    };
    Ok((!bytes.trim_ascii().is_empty()).then_some(Payload { format, charset, bytes }))
}
