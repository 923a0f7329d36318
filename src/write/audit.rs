//! The audit: one JSON line a record, with every removed span and its reason, enough to build the input again.
//!
//! Besides the spans a line carries how the text was decoded and, for JSON Lines and tables, what stood before and behind the text on
//! its line. Where that would not give the input's bytes back (undecodable bytes, unusual escapes, web pages, whose body
//! comes from the visible text), the line carries the input itself, compressed, as `original`.

use std::collections::BTreeMap;
use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::clean::{Article, Cleaner};
use crate::document::Document;
use crate::record::Provenance;
use crate::verdict::{Action, Source};

/// What the lines of an audit are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditForm {
    /// naqi's own: [`AuditLine`].
    Naqi,
    /// Attributes as Dolma reads them: [`dolma_line`].
    Dolma,
}

/// A record's removed spans as Dolma attributes: by noise class, each `[start, end, score]` in characters of the decoded text. All of a record
/// that is left out as a copy is a span too. `id` is the record's own, as Dolma compares it with the document's.
pub fn dolma_line(id: &serde_json::Value, article: &Article, document: &Document, dropped: bool) -> serde_json::Value {
    let mut attributes: BTreeMap<String, Vec<(usize, usize, f32)>> = BTreeMap::new();
    let mut chars = 0;
    for verdict in &article.verdicts {
        let start = chars;
        chars += document.slice(verdict.span).chars().count();
        if let Some(reason) = verdict.reason.filter(|_| verdict.action == Action::Drop) {
            let name = format!("naqi__removed__{}", reason.class.replace('-', "_"));
            attributes.entry(name).or_default().push((start, chars, verdict.score));
        }
    }
    if dropped {
        attributes.insert("naqi__copy".to_owned(), vec![(0, chars, 1.0)]);
    }
    json!({ "id": id, "attributes": attributes })
}

/// One record's audit.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
#[allow(missing_docs)]
pub struct AuditLine {
    pub id: String,
    pub source: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<u64>,
    pub offset: u64,
    pub form: String,
    pub encoding: String,
    #[serde(skip_serializing_if = "is_false", default)]
    pub mark: bool,
    pub replaced: usize,
    pub status: String,
    pub flags: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub title: Option<String>,
    pub removed: f64,
    pub spans: Vec<AuditSpan>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub frame: Option<Frame>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub original: Option<String>,
    #[serde(skip_serializing_if = "is_false", default)]
    pub dropped: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_false(value: &bool) -> bool {
    !value
}

impl AuditLine {
    /// A line for bytes that belong to no record: blank lines, a header without rows, records of a dump that hold no page.
    pub fn rest(source: &str, offset: u64, bytes: &[u8]) -> Self {
        AuditLine {
            id: String::new(),
            source: source.to_owned(),
            line: None,
            offset,
            form: REST.to_owned(),
            encoding: "UTF-8".to_owned(),
            mark: false,
            replaced: 0,
            status: "no-record".to_owned(),
            flags: Vec::new(),
            title: None,
            removed: 0.0,
            spans: Vec::new(),
            frame: None,
            original: Some(pack(bytes)),
            dropped: false,
        }
    }
}

/// The line that a row of columns is restored as: its id, and its text or page.
pub fn row_line(id: &str, key: &str, cell: &str) -> String {
    format!("{{\"id\":{},\"{key}\":{}}}\n", json_string(id, false), json_string(cell, false))
}

/// The form of audit lines for bytes that belong to no record.
pub const REST: &str = "rest";

/// A removed span: bytes of the decoded text, who removed it and why.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
#[allow(missing_docs)]
pub struct AuditSpan {
    pub start: u32,
    pub end: u32,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub detector: Option<String>,
    pub class: String,
    pub score: f32,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub text: Option<String>,
}

/// What stands around the text of a JSON line or a table's row, line end included.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct Frame {
    /// From the line's start up to the text's opening quote.
    pub before: String,
    /// From behind its closing quote.
    pub after: String,
    /// How the text is written between them.
    pub style: Style,
}

/// How a line writes its text.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Style {
    /// A JSON string.
    Json,
    /// A JSON string whose characters beyond ASCII are escaped.
    AsciiJson,
    /// A cell in quotes.
    Quoted,
    /// A cell without quotes.
    Bare,
}

impl Style {
    /// The text as it stands in its line.
    pub fn write(self, text: &str) -> String {
        match self {
            Style::Json | Style::AsciiJson => json_string(text, self == Style::AsciiJson),
            Style::Quoted => format!("\"{}\"", text.replace('"', "\"\"")),
            Style::Bare => text.to_owned(),
        }
    }
}

/// The removed spans of an article, with their text unless `bare`.
pub fn removed_spans(article: &Article, document: &Document, cleaner: &Cleaner, bare: bool) -> Vec<AuditSpan> {
    let dropped = article.verdicts.iter().filter(|verdict| verdict.action == Action::Drop);
    dropped
        .filter_map(|verdict| {
            let reason = verdict.reason?;
            let name = cleaner.name(reason);
            let (rule, detector) = if matches!(reason.source, Source::Rule(_)) { (Some(name), None) } else { (None, Some(name)) };
            let text = (!bare).then(|| document.slice(verdict.span).to_owned());
            Some(AuditSpan { start: verdict.span.start, end: verdict.span.end, rule, detector, class: reason.class.to_owned(), score: verdict.score, text })
        })
        .collect()
}

/// The decoded text, from the body and the removed spans; `None` when they do not fit together.
pub fn rebuild(body: &str, spans: &[AuditSpan]) -> Option<String> {
    let mut text = String::with_capacity(body.len());
    let mut rest = body;
    for span in spans {
        let kept = (span.start as usize).checked_sub(text.len())?;
        text.push_str(rest.get(..kept)?);
        rest = &rest[kept..];
        text.push_str(span.text.as_deref()?);
        if text.len() != span.end as usize {
            return None;
        }
    }
    text.push_str(rest);
    Some(text)
}

/// A text as a JSON string, its characters beyond ASCII escaped as Python and others do by default, or not.
pub fn json_string(text: &str, ascii: bool) -> String {
    let plain = serde_json::to_string(text).unwrap_or_default();
    if !ascii || plain.is_ascii() {
        return plain;
    }
    let mut out = String::with_capacity(plain.len() * 2);
    let mut units = [0; 2];
    for c in plain.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}

/// Bytes packed to go into a JSON line.
pub fn pack(bytes: &[u8]) -> String {
    const LEVEL: i32 = 3;
    // In one go, with tables no larger than the bytes need. Compressing into memory fails only when memory does.
    STANDARD.encode(zstd::bulk::compress(bytes, LEVEL).unwrap_or_default())
}

/// Packed bytes as they were.
pub fn unpack(packed: &str) -> Option<Vec<u8>> {
    let bytes = STANDARD.decode(packed).ok()?;
    let mut out = Vec::new();
    zstd::Decoder::new(bytes.as_slice()).ok()?.read_to_end(&mut out).ok()?;
    Some(out)
}

/// One record that could not be read, with its bytes packed.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
#[allow(missing_docs)]
pub struct QuarantineLine {
    pub source: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<u64>,
    pub offset: u64,
    pub form: String,
    pub reason: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub table: Option<RowOf>,
    pub bytes: String,
}

/// The table that a refused row stands in, so that it can be tried again without the table.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
pub struct RowOf {
    /// Names of its columns.
    pub columns: Vec<String>,
    /// What stands between cells.
    pub delimiter: char,
    /// Bytes before the row: the header, blank lines.
    pub lead: usize,
}

impl QuarantineLine {
    /// The line for a record.
    pub fn new(provenance: &Provenance, form: &str, reason: &str, bytes: &[u8]) -> Self {
        QuarantineLine {
            source: provenance.source.to_string(),
            line: provenance.line,
            offset: provenance.offset,
            form: form.to_owned(),
            reason: reason.to_owned(),
            table: None,
            bytes: pack(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_strings_are_those_of_python() {
        assert_eq!(json_string("a\"é\n😀", true), r#""a\"\u00e9\n\ud83d\ude00""#);
    }

    #[test]
    fn packing_gives_the_bytes_back() {
        assert_eq!(unpack(&pack(b"\xff\x00abc")).as_deref(), Some(&b"\xff\x00abc"[..]));
    }
}
