//! Records of JSON Lines: one object a line, written back with its other keys untouched.

use std::borrow::Cow;

use super::{Done, Kept, Stored, Worker};
use crate::decode::decode;
use crate::document::Format;
use crate::read::jsonl::JsonRecord;
use crate::read::{Form, Source};
use crate::record::{Decoding, Provenance, Unreadable};
use crate::write::audit::{Frame, Style, json_string, pack};

impl Worker {
    pub(super) fn lines(&self, source: &Source, first: u64, offset: u64, bytes: &[u8], done: &mut Done) {
        done.read += bytes.len() as u64;
        done.output.reserve(bytes.len());
        let mut at = 0;
        let mut skipped = 0;
        let ends = memchr::memchr_iter(b'\n', bytes).map(|end| end + 1).chain([bytes.len()]);
        for (number, end) in (first..).zip(ends) {
            let start = std::mem::replace(&mut at, end);
            let line = &bytes[start..end];
            if line.trim_ascii().is_empty() {
                skipped += line.len();
                continue;
            }
            let lead = std::mem::take(&mut skipped);
            let provenance = Provenance { source: source.name.clone(), line: Some(number), offset: offset + (start - lead) as u64 };
            let whole = &bytes[start - lead..at];
            if !self.takes(&provenance, done) {
                continue;
            }
            if source.form == Form::Quarantine {
                self.again(source, provenance, whole, done);
            } else if let Err(reason) = self.line(source, &provenance, whole, done) {
                self.refuse(source, Unreadable { provenance, reason, bytes: whole.to_vec() }, done);
                if let Ok((text, _)) = self.decode_line(whole)
                    && let Ok(json) = JsonRecord::parse(text.trim())
                {
                    self.note_refused(&json, done);
                }
            }
        }
        self.rest(source, offset + (at - skipped) as u64, &bytes[at - skipped..], done);
    }

    /// Cleans one JSON line; `bytes` may open with blank lines.
    pub(super) fn line(&self, source: &Source, provenance: &Provenance, bytes: &[u8], done: &mut Done) -> Result<(), String> {
        if bytes.len() as u64 > self.max_record_bytes() {
            return Err(self.too_long(bytes.len() as u64));
        }
        let (text, mut decoding) = self.decode_line(bytes)?;
        let json = JsonRecord::parse(text.trim().trim_start_matches('\u{feff}'))?;
        let (format, content, surrogates) = self.content(&json)?;
        decoding.replaced += surrogates;
        let keep = |content: &str, dropped: bool| {
            let frame = if format == Format::Text && !dropped { frame(&text, bytes, &json, &self.task.keys.text, content) } else { None };
            Kept { original: frame.is_none().then(|| pack(bytes)), frame }
        };
        let article = self.record(Stored { source, provenance, format, content, decoding }, &json, keep, done)?;
        if let Some(article) = article {
            self.put(source, provenance, &json, format, &article, done);
        }
        Ok(())
    }

    /// A record's bytes as text.
    pub(super) fn decode_line<'a>(&self, bytes: &'a [u8]) -> Result<(Cow<'a, str>, Decoding), String> {
        if self.task.encoding.is_none()
            && let Ok(text) = simdutf8::basic::from_utf8(bytes)
        {
            return Ok((Cow::Borrowed(text), Decoding { encoding: "UTF-8", mark: false, replaced: 0 }));
        }
        let decoded = decode(bytes, Format::Text, self.task.encoding)?;
        Ok((Cow::Owned(decoded.text), decoded.decoding))
    }
}

/// What stands around the text's value, when it and the text give the line's bytes back.
fn frame(line: &str, bytes: &[u8], json: &JsonRecord, key: &str, text: &str) -> Option<Frame> {
    let raw = json.raw(key)?.get();
    let start = raw.as_ptr() as usize - line.as_ptr() as usize;
    let (before, after) = (&line[..start], &line[start + raw.len()..]);
    let style = [Style::Json, Style::AsciiJson].into_iter().find(|&style| json_string(text, style == Style::AsciiJson) == raw)?;
    (line.as_bytes() == bytes).then(|| Frame { before: before.to_owned(), after: after.to_owned(), style })
}
