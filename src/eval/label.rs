//! One labelled record: its text or page, and what a perfect cleaner would leave of it.
//!
//! In: a JSON line, or a row as one. Out: a [`Labelled`] record, or why it is none. A record carries `gold` (the clean body) or `noise` (a list of
//! `{"start", "end", "kind"}` in characters of its `text`).

use serde::Deserialize;

use crate::document::{Format, Metadata, Span};
use crate::read::jsonl::{JsonRecord, Keys, host_of};
use crate::record::{Decoding, Provenance, Record};

/// What a record should become.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Label {
    /// This body.
    Gold(String),
    /// Its text without these spans (bytes), each of a kind; they do not overlap.
    Noise(Vec<(Span, String)>),
}

/// A record with its label.
#[derive(Clone, Debug)]
pub struct Labelled {
    /// The record as a cleaner would get it.
    pub record: Record,
    /// What it should become.
    pub label: Label,
    /// Its host, or `-`.
    pub host: String,
    /// Its language, or `-`.
    pub lang: String,
}

#[derive(Deserialize)]
struct NoiseSpan {
    start: usize,
    end: usize,
    #[serde(default)]
    kind: Option<String>,
}

impl Labelled {
    /// Reads a line. The `title` of a record with `gold` is part of the answer and is not given to the cleaner.
    pub fn parse(line: &str, provenance: Provenance, keys: &Keys) -> Result<Self, String> {
        let json = JsonRecord::parse(line)?;
        let page = json.string(&keys.html);
        let format = if page.is_some() { Format::Html } else { Format::Text };
        let content = page
            .or_else(|| json.string(&keys.text))
            .ok_or_else(|| format!("the record has no string under '{}' or '{}'; name the keys with --text-key or --html-key", keys.text, keys.html))?;
        // In a table, lists stand as JSON in a cell, and what a record lacks is empty; in columns it is null.
        let stated = |key: &str| json.raw(key).map(|raw| json.string(key).unwrap_or_else(|| raw.get().to_owned())).filter(|value| value != "null");
        let noise = stated("noise").filter(|noise| !noise.is_empty());
        let gold = json.string("gold").filter(|gold| noise.is_none() || !gold.is_empty());
        let label = match (gold, noise) {
            (Some(gold), _) => Label::Gold(gold),
            (None, Some(_)) if format == Format::Html => {
                return Err("'noise' counts characters of a text, but the record is a page; label pages with 'gold'".into());
            }
            (None, Some(raw)) => {
                let spans = serde_json::from_str(&raw).map_err(|error| format!("'noise' must be a list of {{\"start\", \"end\", \"kind\"}}: {error}"))?;
                Label::Noise(byte_spans(&content, spans)?)
            }
            (None, None) => return Err("the record has no label: give it 'gold' (the clean body) or 'noise' (spans to be removed)".into()),
        };
        let host = json.string("host").or_else(|| json.string(&keys.url).and_then(|url| host_of(&url))).map(|host| host.to_lowercase());
        let lang = json.string("lang").or_else(|| json.string("language"));
        let title = json.string("title").filter(|title| matches!(label, Label::Noise(_)) && !title.trim().is_empty());
        let id = json.name(&keys.id).unwrap_or_else(|| provenance.to_string());
        let or_none = |name: &Option<String>| name.clone().unwrap_or_else(|| "-".into());
        let (host_name, lang_name) = (or_none(&host), or_none(&lang));
        let metadata = Metadata { title, lang, host, ..Metadata::default() };
        let decoding = Decoding { encoding: "UTF-8", mark: false, replaced: 0 };
        Ok(Labelled { record: Record { id, provenance, format, content, metadata, decoding }, label, host: host_name, lang: lang_name })
    }
}

/// Character ranges as byte spans, in order, clipped so that none overlaps the one before it.
fn byte_spans(text: &str, mut spans: Vec<NoiseSpan>) -> Result<Vec<(Span, String)>, String> {
    spans.sort_by_key(|span| (span.start, span.end));
    let mut places: Vec<u32> = text.char_indices().map(|(at, _)| at as u32).collect();
    places.push(text.len() as u32);
    let mut bytes: Vec<(Span, String)> = Vec::with_capacity(spans.len());
    for span in spans {
        let (Some(&start), Some(&end)) = (places.get(span.start), places.get(span.end)) else {
            return Err(format!("a 'noise' span goes from {} to {}, but the text has {} characters", span.start, span.end, places.len() - 1));
        };
        let start = bytes.last().map_or(0, |(last, _)| last.end).max(start);
        if start < end {
            bytes.push((Span { start, end }, span.kind.unwrap_or_else(|| "-".into())));
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Labelled, String> {
        Labelled::parse(line, Provenance { source: "gold.jsonl".into(), line: Some(1), offset: 0 }, &Keys::default())
    }

    #[test]
    fn noise_counts_characters() {
        let found =
            parse(r#"{"text": "خبر Share x", "noise": [{"start": 4, "end": 9, "kind": "share"}, {"start": 6, "end": 9}], "title": "T"}"#).expect("parses");
        assert_eq!(found.label, Label::Noise(vec![(Span { start: 7, end: 12 }, "share".into())]));
        assert_eq!(found.record.metadata.title.as_deref(), Some("T"));
    }

    #[test]
    fn records_without_a_label_are_refused() {
        assert!(parse(r#"{"text": "x"}"#).is_err_and(|why| why.contains("'gold'")));
        assert!(parse(r#"{"text": "x", "noise": [{"start": 0, "end": 5}]}"#).is_err_and(|why| why.contains("1 characters")));
        assert!(parse(r#"{"html": "x", "noise": []}"#).is_err_and(|why| why.contains("page")));
        let gold = parse(r#"{"html": "<p>x", "gold": "x", "title": "T", "url": "https://A.example/"}"#).expect("parses");
        assert_eq!((gold.record.metadata.title, gold.host.as_str()), (None, "a.example"));
    }
}
